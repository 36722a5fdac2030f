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
#include "packet/record.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::gate {

using packet::LeafNumber;

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

// ---- packets

struct Hold {
  std::string code;
  std::string subject;
  std::string mode; // blocking | visible
  bool latched = false;
  std::string clears;
  Instant first_opened;
  LeafNumber leaf = 0;             // of its last opening
  std::optional<AccountId> opener; // who placed it, or whose refused act opened it

  template <class A> void fields(A& a) {
    a("code", code);
    a("subject", subject);
    a("mode", mode);
    a("latched", latched);
    a("clears", clears);
    a("first_opened", first_opened);
    a("leaf", leaf);
    a("opener", opener);
  }
};

// The last refused attempt on a packet: a hold that its own reason opens follows it at once.
struct RefusedAttempt {
  AccountId actor;
  std::vector<std::string> codes;
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("actor", actor);
    a("codes", codes);
    a("leaf", leaf);
  }
};

struct Head {
  std::uint32_t number = 0;
  Digest digest;
  Digest charter; // active when it was sealed
  std::string severity;
  std::vector<packet::Cite> cites;
  std::map<std::string, std::string> parts; // held | redacted | included
  std::uint32_t withheld = 0;
  LeafNumber leaf = 0;
  Instant sealed_at;

  template <class A> void fields(A& a) {
    a("number", number);
    a("digest", digest);
    a("charter", charter);
    a("severity", severity);
    a("cites", cites);
    a("parts", parts);
    a("withheld", withheld);
    a("leaf", leaf);
    a("sealed_at", sealed_at);
  }
};

struct SpentRevision {
  std::uint32_t number = 0;
  Digest digest;
  std::string cause;   // superseded | merged | withdrawn | released
  LeafNumber leaf = 0; // of its seal

  template <class A> void fields(A& a) {
    a("number", number);
    a("digest", digest);
    a("cause", cause);
    a("leaf", leaf);
  }
};

struct Signature {
  PersonId person;
  AccountId account;
  std::string role;
  Digest key;
  std::string key_class;
  Instant at;
  LeafNumber leaf = 0;
  bool withdrawn = false;
  Instant withdrawn_at;

  template <class A> void fields(A& a) {
    a("person", person);
    a("account", account);
    a("role", role);
    a("key", key);
    a("class", key_class);
    a("at", at);
    a("leaf", leaf);
    a("withdrawn", withdrawn);
    a("withdrawn_at", withdrawn_at);
  }
};

// A signature beside the manifest: for an override, or for a substitute.
struct SignedAct {
  PersonId person;
  AccountId account;
  Digest key;
  Instant at;
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("person", person);
    a("account", account);
    a("key", key);
    a("at", at);
    a("leaf", leaf);
  }
};

// What a manifest asks for beyond the rule, bound at its submission.
struct Waived {
  std::set<HoldId> overrides;                  // holds that are to cross all the same
  std::map<std::string, PersonId> substitutes; // role -> who signs for it

  template <class A> void fields(A& a) {
    std::vector<HoldId> list(overrides.begin(), overrides.end());
    a("overrides", list);
    a("substitutes", substitutes);
  }
};

struct ManifestState {
  std::string status = "draft"; // draft | in_review | authorised | consumed | void
  std::string void_cause;
  Digest revision;
  AccountId drafter;
  std::optional<PersonId> drafter_person;
  Instant drafted_at;
  // From submission on:
  Digest digest;
  Digest view;
  Digest holds;
  Digest roster;
  Digest charter;
  PersonId submitter;
  Instant submitted_at;
  LeafNumber leaf = 0;
  std::vector<Signature> signatures;
  Waived waived;
  std::map<HoldId, std::vector<SignedAct>> overridden;
  std::map<std::string, std::vector<SignedAct>> ratified; // by role
  Instant authorised_at;
  Instant ended_at; // void or consumed

  bool open() const { return status == "draft" || in_review(); }

  bool in_review() const { return status == "in_review" || status == "authorised"; }

  template <class A> void fields(A& a) {
    a("status", status);
    a("void_cause", void_cause);
    a("revision", revision);
    a("drafter", drafter);
    a("drafter_person", drafter_person);
    a("drafted_at", drafted_at);
    a("digest", digest);
    a("view", view);
    a("holds", holds);
    a("roster", roster);
    a("charter", charter);
    a("submitter", submitter);
    a("submitted_at", submitted_at);
    a("leaf", leaf);
    a("signatures", signatures);
    a("waived", waived);
    a("overridden", overridden);
    a("ratified", ratified);
    a("authorised_at", authorised_at);
    a("ended_at", ended_at);
  }
};

struct Recheck {
  RecheckId id;
  Digest manifest;
  std::vector<packet::NeededAnswer> needed;
  std::map<std::string, LeafNumber> answers; // source -> its observation
  std::set<std::string> failed;
  Instant opened_at;
  Duration within;
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    std::vector<std::string> list(failed.begin(), failed.end());
    a("id", id);
    a("manifest", manifest);
    a("needed", needed);
    a("answers", answers);
    a("failed", list);
    a("opened_at", opened_at);
    a("within", within);
    a("leaf", leaf);
  }
};

// A request that found the lane full (charter.md 3.4).
struct StandingRequest {
  Digest manifest;
  PersonId person;
  Instant at;
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("manifest", manifest);
    a("person", person);
    a("at", at);
    a("leaf", leaf);
  }
};

// The last recheck that did not release, as far as SYS.RECHECK needs it.
struct BlockedRecheck {
  std::vector<std::string> unanswered;
  Instant at;

  template <class A> void fields(A& a) {
    a("unanswered", unanswered);
    a("at", at);
  }
};

// What a person decided of two packets that looked like one case.
struct Apart {
  std::string how;                           // split | dismissed
  std::optional<packet::CaseEquality> equal; // on what they were equal then
  PersonId by;
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("how", how);
    a("equal", equal);
    a("by", by);
    a("leaf", leaf);
  }
};

// A person's split of a head's scope. Of that revision only; what went away stays away for the later ones.
struct Partial {
  Digest revision;
  std::string dimension;
  std::vector<std::string> free;        // sorted
  std::map<std::string, PacketId> held; // element -> the packet that it is held in

  template <class A> void fields(A& a) {
    a("revision", revision);
    a("dimension", dimension);
    a("free", free);
    a("held", held);
  }
};

// A hold of the packet that this one continues: opened again here, it is as old as it was there (INV-22).
struct Carried {
  std::string code;
  std::string subject;
  Instant first_opened;

  template <class A> void items(A& a) {
    a(code);
    a(subject);
    a(first_opened);
  }
};

struct Packet {
  std::string lane;
  std::string status = "open"; // open | merged | withdrawn | released
  std::optional<PacketId> merged_into;
  std::optional<packet::Continues> continues;
  std::vector<Carried> carried;
  std::map<PacketId, Apart> apart;
  std::optional<Partial> partial; // the last one
  AccountId submitter;
  std::optional<PersonId> triager;
  std::set<PersonId> authors; // of any revision
  std::set<PersonId> mergers;
  std::optional<Head> head;
  std::vector<SpentRevision> spent;
  std::map<HoldId, Hold> holds; // open ones
  std::map<ManifestId, ManifestState> manifests;
  std::optional<StandingRequest> request;
  std::optional<Recheck> recheck;
  std::optional<BlockedRecheck> blocked;
  std::optional<RefusedAttempt> attempt;
  std::optional<EntryId> entry;
  LeafNumber last_resign = 0; // the last hold that made signatures fall (INV-46)
  LeafNumber last_leaf = 0;
  Instant opened_at;

  bool open() const { return status == "open"; }

  std::uint32_t last_number() const;
  const Hold* find_hold(std::string_view code, std::string_view subject) const;
  // The one manifest in review or authorised; null where there is none.
  const ManifestState* reviewed(ManifestId* id = nullptr) const;
  const ManifestState* by_digest(const Digest& digest, ManifestId* id = nullptr) const;
  // The split of the present head's scope; null where it crosses whole.
  const Partial* split() const;

  template <class A> void fields(A& a) {
    std::vector<PersonId> author_list(authors.begin(), authors.end());
    std::vector<PersonId> merger_list(mergers.begin(), mergers.end());
    a("lane", lane);
    a("status", status);
    a("merged_into", merged_into);
    a("continues", continues);
    a("carried", carried);
    a("apart", apart);
    a("partial", partial);
    a("submitter", submitter);
    a("triager", triager);
    a("authors", author_list);
    a("mergers", merger_list);
    a("head", head);
    a("spent", spent);
    a("holds", holds);
    a("manifests", manifests);
    a("request", request);
    a("recheck", recheck);
    a("blocked", blocked);
    a("attempt", attempt);
    a("entry", entry);
    a("last_resign", last_resign);
    a("last_leaf", last_leaf);
    a("opened_at", opened_at);
  }
};

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

  // Derived, for speed: open packets by cited object, by lane and by open recheck. Not in the digest.
  std::map<ObjectId, std::set<PacketId>> citing;
  std::map<std::string, std::set<PacketId>> open_in_lane;
  std::map<RecheckId, PacketId> rechecks;
  std::map<std::string, std::set<EntryId>> unread; // by lane: entries that nobody has acknowledged

  const Packet* find(const PacketId& id) const;
  const Account* account(const AccountId& id) const;

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
  }
};

// SHA-256 of the state's canonical JSON (INV-40).
Digest state_digest(const State& state);

} // namespace sallyport::gate
