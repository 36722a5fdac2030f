// The acts that people sign apart from manifests: each is a canonical in-toto Statement with its own
// predicateType that names log origin, act and subject, under its own SSHSIG namespace, so that one
// kind of signature can never be used as another (design section 4).
#pragma once

#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "canon/value.h"
#include "packet/disclosure.h"
#include "packet/record.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::packet {

// SSHSIG namespaces.
namespace act {
inline constexpr std::string_view genesis = "genesis@sallyport";
inline constexpr std::string_view key = "key@sallyport"; // keys and rosters
inline constexpr std::string_view charter = "charter@sallyport";
inline constexpr std::string_view dispatch = "dispatch@sallyport";
inline constexpr std::string_view release = "release@sallyport"; // a manifest of a packet with a ledger
inline constexpr std::string_view accept = "accept@sallyport";
inline constexpr std::string_view annex = "annex@sallyport";
inline constexpr std::string_view split = "split@sallyport"; // of two packets, and of one packet's scope
inline constexpr std::string_view hold = "hold@sallyport";   // overrides and substitutions
} // namespace act

struct GenesisOwner {
  PersonId person;
  std::string role;
  std::string key;                  // "ssh-ed25519 AAAA..."
  std::string key_class;            // software | sk | sk-uv | webauthn-uv
  std::optional<std::string> rp_id; // passkeys
  std::vector<std::string> origins; // passkeys; else empty

  template <class A> void fields(A& a) {
    a("person", person);
    a("role", role);
    a("key", key);
    a("class", key_class);
    a("rp_id", rp_id);
    a("origins", origins);
  }

  auto operator<=>(const GenesisOwner&) const = default;
};

// Subject: log/<origin> with the SHA-256 of the vkey line.
struct GenesisStatement {
  std::string origin;
  std::string log_vkey;
  std::string gate_spki; // base64 of the SPKI
  std::string rule;      // all
  std::vector<GenesisOwner> owners;
  Instant keys_from;
  Instant keys_until;

  bool operator==(const GenesisStatement&) const = default;
};

// Subject: key/<person> with the SHA-256 of the key blob.
struct KeyStatement {
  std::string origin;
  PersonId person;
  std::string key;
  std::string key_class;
  Instant valid_from;
  Instant valid_until;
  std::optional<std::string> rp_id;
  std::vector<std::string> origins;

  bool operator==(const KeyStatement&) const = default;
};

// Subject: roster/<lane>/<version> with the digest of roster.json.
struct RosterStatement {
  std::string origin;
  std::string lane;
  std::uint32_t version = 0;
  Digest roster;
  std::optional<Digest> replaces;

  bool operator==(const RosterStatement&) const = default;
};

// Subject: charter/<id>/<version> with the charter's digest.
struct RatifyStatement {
  std::string origin;
  std::string charter;
  std::uint32_t version = 0;
  Digest digest;
  std::optional<Digest> replaces;

  bool operator==(const RatifyStatement&) const = default;
};

// Subject: packet/<id>/revision/<n> with the revision's digest.
struct AnnexStatement {
  std::string origin;
  PacketId packet;
  std::uint32_t revision = 0;
  Digest revision_digest;
  std::string part;
  std::string from; // held | redacted
  std::string to;   // included

  bool operator==(const AnnexStatement&) const = default;
};

// Subject: split/<first>/<second> with the digest of the rationale, a salted disclosure.
struct SplitStatement {
  std::string origin;
  PacketId first; // before the second, so that one decision has one spelling
  PacketId second;
  Digest rationale;

  bool operator==(const SplitStatement&) const = default;
};

// Subject: packet/<id>/revision/<n> with the revision's digest. The lists are sorted and share nothing.
struct PartialStatement {
  std::string origin;
  PacketId packet;
  std::uint32_t revision = 0;
  Digest revision_digest;
  std::string dimension;
  std::vector<std::string> free;
  std::vector<std::string> held;

  bool operator==(const PartialStatement&) const = default;
};

// One hold crosses with one manifest all the same. Subject: manifest/<id> with the manifest's digest.
struct OverrideStatement {
  std::string origin;
  PacketId packet;
  ManifestId manifest;
  Digest manifest_digest;
  HoldId hold;
  std::string rationale; // digest of the disclosure /rationale

  bool operator==(const OverrideStatement&) const = default;
};

// A substitute may fill a role's place in one manifest. Subject: manifest/<id> with the manifest's digest.
struct SubstituteStatement {
  std::string origin;
  PacketId packet;
  ManifestId manifest;
  Digest manifest_digest;
  std::string role; // that nobody can sign for
  PersonId substitute;

  bool operator==(const SubstituteStatement&) const = default;
};

// One item that a person accepts, as it is worded and as the ledger was.
struct AcceptedItem {
  ItemId item;
  std::string item_kind;
  std::string category;
  LeafNumber as_of = 0;
  std::string wording; // digest of the disclosure /accepted/<item>/wording

  template <class A> void fields(A& a) {
    a("item", item);
    a("item_kind", item_kind);
    a("category", category);
    a("as_of", as_of);
    a("wording", wording);
  }

  auto operator<=>(const AcceptedItem&) const = default;
};

// A person lets items of the ledger cross unresolved. Subject: packet/<id>/revision/<n> with the revision's
// digest.
struct AcceptStatement {
  std::string origin;
  PacketId packet;
  std::uint32_t revision = 0;
  Digest revision_digest;
  std::string lane;
  Digest charter;
  std::string role;
  PersonId person;
  std::optional<std::string> symbolization; // the level that the revision declares, where it declares one
  std::vector<AcceptedItem> items;          // sorted by item

  bool operator==(const AcceptStatement&) const = default;
};

canon::Value statement(const AcceptStatement&);
canon::Value statement(const GenesisStatement&);
canon::Value statement(const KeyStatement&);
canon::Value statement(const RosterStatement&);
canon::Value statement(const RatifyStatement&);
canon::Value statement(const AnnexStatement&);
canon::Value statement(const SplitStatement&);
canon::Value statement(const PartialStatement&);
canon::Value statement(const OverrideStatement&);
canon::Value statement(const SubstituteStatement&);

// Each refuses a statement that is not exactly what statement() would write.
Result<GenesisStatement> read_genesis(const canon::Value& value);
Result<KeyStatement> read_key(const canon::Value& value);
Result<RosterStatement> read_roster_statement(const canon::Value& value);
Result<RatifyStatement> read_ratify(const canon::Value& value);
Result<AnnexStatement> read_annex(const canon::Value& value);
Result<SplitStatement> read_split(const canon::Value& value);
Result<PartialStatement> read_partial(const canon::Value& value);
Result<OverrideStatement> read_override(const canon::Value& value);
Result<SubstituteStatement> read_substitute(const canon::Value& value);
Result<AcceptStatement> read_accept(const canon::Value& value);

// In which words an item is accepted. Its digest is what acceptors sign.
Disclosure wording_disclosure(const Salt& salt, const ItemId& item, std::string text);
// The item of an opening; refuses another name and an empty text.
Result<ItemId> read_wording(const Disclosure& disclosure);

// Why two packets were split, as the disclosure whose digest the statement names: the leaf keeps the
// digest, a body the opening.
Disclosure rationale_disclosure(const Salt& salt, std::string text);
// The text of an opening; refuses another name and an empty text.
Result<std::string> read_rationale(const Disclosure& disclosure);

} // namespace sallyport::packet
