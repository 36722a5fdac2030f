// What people sign: an in-toto Statement v1 with one subject, the revision, and the whole bound tuple
// as its predicate (requirements amendment 1; worked example section 5). Canonical bytes; after
// verification only those bytes are parsed. Nothing in it needs hiding.
#pragma once

#include "packet/archive.h"
#include "packet/bounds.h"
#include "packet/coproduced.h"
#include "packet/disclosure.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::packet {

inline constexpr std::string_view dispatch_predicate = "urn:sallyport:act:dispatch:v1";
// Of a packet with a ledger, whose release is its owner's act.
inline constexpr std::string_view release_predicate = "urn:sallyport:act:release:v1";

struct BoundEvidence {
  std::string source;
  std::string record; // disclosure digest; binds key, occurred_at, content
  Instant observed_at;
  Instant complete_through;
  std::uint64_t leaf = 0;

  template <class A> void fields(A& a) {
    a("source", source);
    a("record", record);
    a("observed_at", observed_at);
    a("complete_through", complete_through);
    a("leaf", leaf);
  }

  auto operator<=>(const BoundEvidence&) const = default;
};

struct BoundHold {
  HoldId hold;
  std::string code;
  std::string subject;
  std::string mode; // visible | override | accepted
  Instant first_opened;

  template <class A> void fields(A& a) {
    a("hold", hold);
    a("code", code);
    a("subject", subject);
    a("mode", mode);
    a("first_opened", first_opened);
  }

  auto operator<=>(const BoundHold&) const = default;
};

struct BoundAudience {
  std::string name;
  std::string members; // digest of the disclosure /audience/members

  template <class A> void fields(A& a) {
    a("name", name);
    a("members", members);
  }

  auto operator<=>(const BoundAudience&) const = default;
};

struct BoundCharter {
  std::string id;
  std::uint32_t version = 0;
  Digest digest;

  template <class A> void fields(A& a) {
    a("id", id);
    a("version", version);
    a("digest", digest);
  }

  auto operator<=>(const BoundCharter&) const = default;
};

struct BoundRoster {
  std::uint32_t version = 0;
  Digest digest;

  template <class A> void fields(A& a) {
    a("version", version);
    a("digest", digest);
  }

  auto operator<=>(const BoundRoster&) const = default;
};

struct BoundLog {
  std::string origin;
  std::uint64_t size = 0;
  Digest root;

  template <class A> void fields(A& a) {
    a("origin", origin);
    a("size", size);
    a("root", root);
  }

  auto operator<=>(const BoundLog&) const = default;
};

// One row of signers.require: `roles` has one role, or the roles of an any_of row.
struct BoundRequirement {
  std::vector<std::string> roles;
  std::int64_t count = 1;

  template <class A> void fields(A& a) {
    a("roles", roles);
    a("count", count);
  }

  auto operator<=>(const BoundRequirement&) const = default;
};

struct EligibleSigner {
  PersonId person;
  std::string role;

  template <class A> void fields(A& a) {
    a("person", person);
    a("role", role);
  }

  auto operator<=>(const EligibleSigner&) const = default;
};

// Nobody who holds `role` can sign; `person` holds `by` and signs for it once `ratified_by` said so.
struct BoundSubstitute {
  std::string role;
  PersonId person;
  std::string by;
  std::string ratified_by;

  template <class A> void fields(A& a) {
    a("role", role);
    a("person", person);
    a("by", by);
    a("ratified_by", ratified_by);
  }

  auto operator<=>(const BoundSubstitute&) const = default;
};

struct BoundSigners {
  std::vector<BoundRequirement> require;
  std::vector<EligibleSigner> eligible; // sorted
  std::string key_class_min;
  Duration valid_for;
  std::optional<std::vector<BoundSubstitute>> substitutes{}; // sorted by role; absent: none

  template <class A> void fields(A& a) {
    a("require", require);
    a("eligible", eligible);
    a("substitutes", substitutes);
    a("key_class_min", key_class_min);
    a("valid_for", valid_for);
  }

  auto operator<=>(const BoundSigners&) const = default;
};

// A window of the charter with the instants that were said in it or read for it: `at` of an embargo, starts
// and ends of a freeze in pairs, none of a shift.
struct BoundWindow {
  std::string window;
  std::string kind; // shift | embargo_until | embargo_after | freeze
  std::vector<Instant> instants;

  template <class A> void fields(A& a) {
    a("window", window);
    a("kind", kind);
    a("instants", instants);
  }

  auto operator<=>(const BoundWindow&) const = default;
};

// ---- what a packet with a ledger binds beside that

struct BoundOwner {
  PersonId person;
  std::string role;

  template <class A> void fields(A& a) {
    a("person", person);
    a("role", role);
  }

  auto operator<=>(const BoundOwner&) const = default;
};

struct BoundItem {
  std::string category;
  std::string item_kind;
  std::string code;
  std::string state;
  std::optional<std::string> status;
  std::string subject;
  std::vector<std::string> statements; // disclosure digests, in their order
  std::optional<std::string> stub;

  template <class A> void fields(A& a) {
    a("category", category);
    a("item_kind", item_kind);
    a("code", code);
    a("state", state);
    a("status", status);
    a("subject", subject);
    a("statements", statements);
    a("stub", stub);
  }

  bool operator==(const BoundItem&) const = default;
};

// Every item there ever was, and the leaf of the last record about any: at the seal, and now.
struct BoundLedger {
  LeafNumber sealed_at = 0;
  LeafNumber at = 0;
  std::map<std::string, BoundItem> items;
  Digest digest; // SHA-256 of JCS of `items`

  template <class A> void fields(A& a) {
    a("sealed_at", sealed_at);
    a("at", at);
    a("items", items);
    a("digest", digest);
  }

  bool operator==(const BoundLedger&) const = default;
};

struct AcceptedBy {
  PersonId person;
  std::string role;
  Digest statement; // of the bytes that were signed
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("person", person);
    a("role", role);
    a("statement", statement);
    a("leaf", leaf);
  }

  auto operator<=>(const AcceptedBy&) const = default;
};

// An item that crosses unresolved, in whose words, and who accepted it.
struct BoundAcceptance {
  ItemId item;
  std::string item_kind;
  std::string category;
  std::string wording;
  std::vector<AcceptedBy> by; // sorted

  template <class A> void fields(A& a) {
    a("item", item);
    a("item_kind", item_kind);
    a("category", category);
    a("wording", wording);
    a("by", by);
  }

  auto operator<=>(const BoundAcceptance&) const = default;
};

// A clock that runs for a fragment, as the registry stated it.
struct BoundClock {
  std::string clock;
  std::string subject; // the fragment
  Instant deadline;
  std::string end_state;
  std::string state;                            // running
  std::optional<std::string> disputed;          // the item
  std::map<std::string, std::uint32_t> records; // the registry's citations -> content ordinal

  template <class A> void fields(A& a) {
    a("clock", clock);
    a("subject", subject);
    a("deadline", deadline);
    a("end_state", end_state);
    a("state", state);
    a("disputed", disputed);
    a("records", records);
  }

  bool operator==(const BoundClock&) const = default;
};

struct BoundFragments {
  std::map<std::string, SealedDump> dumps;
  std::map<std::string, Digest> parts; // fragment -> digest of its envelope

  template <class A> void fields(A& a) {
    a("dumps", dumps);
    a("parts", parts);
  }

  bool operator==(const BoundFragments&) const = default;
};

Digest ledger_digest(const std::map<std::string, BoundItem>& items);
Digest accepted_digest(const std::vector<BoundAcceptance>& accepted);

struct Manifest {
  ManifestId manifest;
  PacketId packet;
  std::uint32_t revision = 0;
  Digest revision_digest; // the statement's one subject
  std::string lane;
  Digest view;
  std::map<std::string, std::vector<std::string>> scope; // dimension -> disclosure digests, sorted
  std::optional<Bounds> bounds;                          // the dimensions that stand in clear, where any does
  BoundAudience audience;
  BoundCharter charter;
  BoundRoster roster;
  BoundSigners signers;
  std::map<std::string, BoundEvidence> evidence; // by citation
  std::vector<BoundHold> holds;                  // sorted by hold id
  Digest holds_digest;                           // SHA-256 of JCS of `holds`
  BoundLog log;                                  // the last signed checkpoint at submission
  std::vector<BoundWindow> windows;              // sorted by id; `[]`: none is said
  // Lineage that crosses, where there is any:
  std::optional<std::vector<PacketId>> also; // packets that a person split this one from, sorted
  std::optional<PacketId> continues;         // the packet that this one continues
  std::optional<bool> remainder;             // true: a part of the revision's scope is held elsewhere
  // Of a packet with a ledger, where all of these are there; then the act is a release.
  std::optional<BoundOwner> owner = {};
  std::optional<BoundLedger> ledger = {};
  std::vector<BoundAcceptance> accepted = {}; // sorted by item; `[]`: none is said
  std::optional<Digest> accepted_digest = {};
  std::optional<std::vector<BoundClock>> clock_state = {};
  std::optional<BoundFragments> fragments = {};

  bool is_release() const { return owner.has_value(); }

  template <class A> void predicate(A& a) {
    std::string act = is_release() ? "release" : "dispatch";
    a("act", act);
    a("manifest", manifest);
    a("packet", packet);
    a("revision", revision);
    a("lane", lane);
    a("view", view);
    a("scope", scope);
    a("bounds", bounds);
    a("audience", audience);
    a("charter", charter);
    a("roster", roster);
    a("signers", signers);
    a("evidence", evidence);
    a("holds", holds);
    a("holds_digest", holds_digest);
    a("log", log);
    a("windows", windows);
    a("accepted", accepted);
    a("also", also);
    a("continues", continues);
    a("remainder", remainder);
    a("owner", owner);
    a("ledger", ledger);
    a("accepted_digest", accepted_digest);
    a("clock_state", clock_state);
    a("fragments", fragments);
  }

  bool operator==(const Manifest&) const = default;
};

Digest holds_digest(const std::vector<BoundHold>& holds);
// The SSHSIG namespace that its signatures are made in.
std::string_view signing_act(const Manifest& manifest);

std::string manifest_bytes(const Manifest& manifest);
// Refuses bytes that are not exactly manifest_bytes() of what they say.
Result<Manifest> read_manifest(std::string_view bytes);

struct AudienceMember {
  PersonId person;
  std::vector<std::string> clearances; // sorted

  template <class A> void fields(A& a) {
    a("person", person);
    a("clearances", clearances);
  }

  auto operator<=>(const AudienceMember&) const = default;
};

// The opening of Manifest::audience: members sorted by person.
Disclosure audience_disclosure(const Salt& salt, const std::vector<AudienceMember>& members);
Result<std::vector<AudienceMember>> read_audience(const Disclosure& disclosure);

} // namespace sallyport::packet
