// What the log says is so: a fold of leaves, and of nothing else (design section 2.1). Times are the
// log's; sets are ordered; there is no pointer and no hash order, so equal logs give equal states.
//
// Whether something may cross is not in here: it is derived, whenever it is asked, by checks.h and
// standing.h. The holds below are the register that people read, and the latched facts that only a
// person, a new revision or a new manifest ends.
#pragma once

#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"
#include "gate/packet_state.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::gate {

// ---- people and trust

struct Account {
  std::string kind; // person | agent | service
  std::optional<PersonId> person;
  std::optional<PersonId> operator_;
  bool disabled = false;

  template <class A> void fields(A& a) {
    a("kind", kind);
    a("person", person);
    a("operator", operator_);
    a("disabled", disabled);
  }
};

struct Key {
  PersonId person;
  std::string line;
  std::string key_class;
  Instant from;
  Instant until;
  std::optional<std::string> rp_id;
  std::vector<std::string> origins;
  bool revoked = false;
  LeafNumber leaf = 0;

  bool valid(Instant now) const { return !revoked && now >= from && now < until; }

  template <class A> void fields(A& a) {
    a("person", person);
    a("line", line);
    a("class", key_class);
    a("from", from);
    a("until", until);
    a("rp_id", rp_id);
    a("origins", origins);
    a("revoked", revoked);
    a("leaf", leaf);
  }
};

struct GovernanceOwner {
  PersonId person;
  std::string role;

  template <class A> void fields(A& a) {
    a("person", person);
    a("role", role);
  }
};

struct Ratification {
  PersonId person;
  LeafNumber leaf = 0;
  Instant at;

  template <class A> void fields(A& a) {
    a("person", person);
    a("leaf", leaf);
    a("at", at);
  }
};

struct CharterVersion {
  std::string id;
  std::uint32_t version = 0;
  std::string lane;
  PersonId proposer;
  std::string status; // proposed | active | retired
  std::vector<Ratification> ratified;
  LeafNumber leaf = 0; // of its proposal
  LeafNumber activated = 0;

  template <class A> void fields(A& a) {
    a("id", id);
    a("version", version);
    a("lane", lane);
    a("proposer", proposer);
    a("status", status);
    a("ratified", ratified);
    a("leaf", leaf);
    a("activated", activated);
  }
};

struct LaneState {
  std::optional<Digest> charter; // the active one
  std::optional<Digest> roster;
  std::uint32_t roster_version = 0;
  std::vector<LeafNumber> roster_leaves; // of each version, from 1
  std::string status = "open";           // open | closed | unreachable, as its steward says
  Instant since;                         // of that

  template <class A> void fields(A& a) {
    a("charter", charter);
    a("roster", roster);
    a("roster_version", roster_version);
    a("roster_leaves", roster_leaves);
    a("status", status);
    a("since", since);
  }
};

// ---- evidence

struct SourceState {
  std::uint32_t epoch = 0;
  std::optional<Instant> last_contact;
  LeafNumber leaf = 0; // of the newest observation: its body is where a directory's answer lies
  bool unreachable = false;

  template <class A> void fields(A& a) {
    a("epoch", epoch);
    a("last_contact", last_contact);
    a("leaf", leaf);
    a("unreachable", unreachable);
  }
};

struct ObjectState {
  std::string source;
  std::string status = "same"; // of the last observation
  std::uint32_t ordinal = 0;
  Instant observed_at;
  Instant complete_through;
  LeafNumber leaf = 0;
  bool observed = false;    // false: only cited so far
  bool clock_fault = false; // an observation contradicted an equally old one

  template <class A> void fields(A& a) {
    a("source", source);
    a("status", status);
    a("ordinal", ordinal);
    a("observed_at", observed_at);
    a("complete_through", complete_through);
    a("leaf", leaf);
    a("observed", observed);
    a("clock_fault", clock_fault);
  }
};

// ---- entries

// What a person said of an entry after it crossed; the reason is in the body of the leaf.
struct Remark {
  std::string what; // correction | notice
  std::string code; // of a correction
  std::optional<PacketId> successor;
  PersonId person;
  Instant at;
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("what", what);
    a("code", code);
    a("successor", successor);
    a("person", person);
    a("at", at);
    a("leaf", leaf);
  }
};

struct EntryState {
  PacketId packet;
  std::string lane;
  Digest manifest;
  Digest digest;
  Instant released_at;
  LeafNumber leaf = 0;
  bool delivered = false;
  bool acknowledged = false;
  std::optional<std::string> verdict;
  std::vector<std::string> found; // with the verdict
  std::vector<Remark> remarks;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("lane", lane);
    a("manifest", manifest);
    a("digest", digest);
    a("released_at", released_at);
    a("leaf", leaf);
    a("delivered", delivered);
    a("acknowledged", acknowledged);
    a("verdict", verdict);
    a("found", found);
    a("remarks", remarks);
  }
};

// A credential as the log knows it. Whether a caller has its secret, the store knows.
struct TokenState {
  AccountId account;
  std::vector<std::string> scopes; // sorted
  Instant until;
  bool revoked = false;

  template <class A> void fields(A& a) {
    a("account", account);
    a("scopes", scopes);
    a("until", until);
    a("revoked", revoked);
  }
};

struct State {
  std::string origin; // empty before genesis
  LeafNumber size = 0;
  Instant last_at;
  std::vector<GovernanceOwner> owners; // of the genesis
  std::string gate_spki;               // base64
  std::string log_vkey;
  std::map<AccountId, Account> accounts;
  std::map<TokenId, TokenState> tokens;
  std::map<Digest, Key> keys; // by fingerprint
  std::map<Digest, CharterVersion> charters;
  std::map<std::string, LaneState> lanes;
  std::map<std::string, SourceState> sources;
  std::map<ObjectId, ObjectState> objects;
  std::map<PacketId, Packet> packets;
  std::map<EntryId, EntryState> entries;
  std::map<std::string, std::vector<ScanState>> scans = {}; // by dump, in the order of the log

  // Derived, for speed: open packets by cited object, by lane, by open recheck, and by lane those whose
  // request stands. Not in the digest.
  std::map<ObjectId, std::set<PacketId>> citing;
  std::map<std::string, std::set<PacketId>> open_in_lane;
  std::map<RecheckId, PacketId> rechecks;
  std::map<std::string, std::set<PacketId>> requested;
  std::map<std::string, std::set<EntryId>> unread; // by lane: entries that nobody has acknowledged

  const Packet* find(const PacketId& id) const;
  const Account* account(const AccountId& id) const;
  // The newest scan of that revision of the dump; null where none is on record.
  const ScanState* last_scan(const std::string& dump, std::int64_t rev) const;

  template <class A> void fields(A& a) {
    a("origin", origin);
    a("size", size);
    a("last_at", last_at);
    a("owners", owners);
    a("gate_spki", gate_spki);
    a("log_vkey", log_vkey);
    a("accounts", accounts);
    a("tokens", tokens);
    a("keys", keys);
    a("charters", charters);
    a("lanes", lanes);
    a("sources", sources);
    a("objects", objects);
    a("packets", packets);
    a("entries", entries);
    if (!scans.empty()) {
      a("scans", scans);
    }
  }
};

// SHA-256 of the state's canonical JSON (INV-40).
Digest state_digest(const State& state);

} // namespace sallyport::gate
