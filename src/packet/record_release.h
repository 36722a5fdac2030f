// Records of manifests, signatures, rechecks, releases and what the lane does with them. See record.h.
#pragma once

#include "packet/archive.h"
#include "packet/record_packet.h"

namespace sallyport::packet {

// ---- manifest and signatures

// [person, role]
struct NamedSigner {
  PersonId person;
  std::string role;

  template <class A> void items(A& a) {
    a(person);
    a(role);
  }

  auto operator<=>(const NamedSigner&) const = default;
};

struct ManifestDrafted {
  static constexpr std::string_view kind = "manifest.drafted";
  PacketId packet;
  ManifestId id;
  Digest revision;
  AccountId actor;
  std::optional<std::vector<NamedSigner>> signers = {}; // who is to sign, where the flow names them; sorted

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("id", id);
    a("revision", revision);
    a("actor", actor);
    a("signers", signers);
  }
};

// `manifest` is the SHA-256 of the bytes that signers sign; the audience's opening is in the body.
struct ManifestSubmitted {
  static constexpr std::string_view kind = "manifest.submitted";
  PacketId packet;
  ManifestId id;
  Digest manifest;
  Digest revision;
  Digest view;
  Digest holds;
  Digest roster;
  Digest charter;
  LeafNumber head = 0; // size of the checkpoint that the manifest binds
  PersonId person;
  AccountId actor;
  std::optional<std::vector<HoldId>> overrides;               // to cross by override; absent: none
  std::optional<std::map<std::string, PersonId>> substitutes; // role -> who stands in; absent: none
  // Of a packet with a ledger:
  std::optional<LeafNumber> ledger_at = {};
  std::optional<Digest> ledger = {};
  std::optional<Digest> accepted = {};

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("id", id);
    a("manifest", manifest);
    a("revision", revision);
    a("view", view);
    a("holds", holds);
    a("roster", roster);
    a("charter", charter);
    a("head", head);
    a("person", person);
    a("actor", actor);
    a("overrides", overrides);
    a("substitutes", substitutes);
    a("ledger_at", ledger_at);
    a("ledger", ledger);
    a("accepted", accepted);
  }
};

// superseded | merged | split | withdrawn | refused | charter_changed | annex_promoted | holds_changed |
// replaced | edit_accepted | ledger_changed
struct ManifestVoided {
  static constexpr std::string_view kind = "manifest.voided";
  PacketId packet;
  ManifestId id;
  std::string cause;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("id", id);
    a("cause", cause);
  }
};

struct ManifestSigned {
  static constexpr std::string_view kind = "manifest.signed";
  PacketId packet;
  Digest manifest;
  PersonId person;
  AccountId account;
  std::string role;
  Digest key;
  std::string key_class;
  std::string sig; // base64 of the canonical SSHSIG blob
  std::optional<std::uint32_t> flags;
  std::optional<std::uint32_t> counter;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("manifest", manifest);
    a("person", person);
    a("account", account);
    a("role", role);
    a("key", key);
    a("class", key_class);
    a("sig", sig);
    a("flags", flags);
    a("counter", counter);
  }
};

struct SignatureWithdrawn {
  static constexpr std::string_view kind = "signature.withdrawn";
  PacketId packet;
  Digest manifest;
  PersonId person; // whose signature
  PersonId by;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("manifest", manifest);
    a("person", person);
    a("by", by);
    a("account", account);
  }
};

// Somebody who may says that the substitute named by the manifest may sign for the role.
struct SubstituteRatified {
  static constexpr std::string_view kind = "substitute.ratified";
  PacketId packet;
  Digest manifest;
  std::string role;
  PersonId substitute;
  PersonId person;
  AccountId account;
  SignedStatement act;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("manifest", manifest);
    a("role", role);
    a("substitute", substitute);
    a("person", person);
    a("account", account);
    act.fields(a);
  }
};

struct ManifestRefused {
  static constexpr std::string_view kind = "manifest.refused";
  PacketId packet;
  Digest manifest;
  PersonId person;
  AccountId account;
  std::string code;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("manifest", manifest);
    a("person", person);
    a("account", account);
    a("code", code);
  }
};

// The quorum stands and nothing blocks (T25), or no longer.
struct ManifestAuthorised {
  static constexpr std::string_view kind = "manifest.authorised";
  PacketId packet;
  ManifestId id;
  bool authorised = true;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("id", id);
    a("authorised", authorised);
  }
};

// ---- release

// [source, [objects], within]: an answer counts that was observed after the recheck opened and arrived
// before opened + within.
struct NeededAnswer {
  std::string source;
  std::vector<ObjectId> objects;
  Duration within;

  template <class A> void items(A& a) {
    a(source);
    a(objects);
    a(within);
  }
};

// A request that waits for a slot of the lane, and stands until another wait or a hold begins.
struct ReleaseRequested {
  static constexpr std::string_view kind = "release.requested";
  PacketId packet;
  Digest manifest;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("manifest", manifest);
    a("person", person);
    a("account", account);
  }
};

// The standing request fell: something else than the lane's slots is in the way now.
struct ReleaseLapsed {
  static constexpr std::string_view kind = "release.lapsed";
  PacketId packet;
  std::string code; // the hold, wait or refusal code that ended it

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("code", code);
  }
};

struct RecheckOpened {
  static constexpr std::string_view kind = "recheck.opened";
  PacketId packet;
  RecheckId recheck;
  Digest manifest;
  std::vector<NeededAnswer> needed;
  Duration within;
  std::string why;            // completing_signature | request
  std::optional<PersonId> by; // who asked, where somebody did
  LeafNumber cause = 0;
  std::optional<std::string> mode = {}; // preview: nothing crosses on it

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("recheck", recheck);
    a("manifest", manifest);
    a("needed", needed);
    a("within", within);
    a("why", why);
    a("by", by);
    a("cause", cause);
    a("mode", mode);
  }
};

// Closed without a release. `unanswered` names the sources that did not answer.
struct RecheckClosed {
  static constexpr std::string_view kind = "recheck.closed";
  PacketId packet;
  RecheckId recheck;
  std::vector<Reason> reasons;
  std::uint32_t more = 0;
  std::vector<std::string> unanswered;
  std::optional<std::string> result = {}; // of a preview: would_cross | blocked | cancelled

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("recheck", recheck);
    a("reasons", reasons);
    a("more", more);
    a("unanswered", unanswered);
    a("result", result);
  }
};

// What each check saw is in the body.
struct ReleaseCommitted {
  static constexpr std::string_view kind = "release.committed";
  PacketId packet;
  EntryId entry;
  Digest entry_digest;
  std::string lane;
  Digest manifest;
  Digest revision;
  Digest view;
  Digest holds;
  RecheckId recheck;
  std::vector<LeafNumber> answers;
  std::vector<LeafNumber> sigs;
  std::map<std::string, std::vector<std::string>> checks; // result -> codes
  // Of a packet with a ledger:
  std::optional<Digest> ledger = {};
  std::optional<Digest> accepted = {};
  std::optional<std::vector<LeafNumber>> accepts = {}; // the acts of acceptance, sorted

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("entry", entry);
    a("entry_digest", entry_digest);
    a("lane", lane);
    a("manifest", manifest);
    a("revision", revision);
    a("view", view);
    a("holds", holds);
    a("recheck", recheck);
    a("answers", answers);
    a("sigs", sigs);
    a("checks", checks);
    a("ledger", ledger);
    a("accepted", accepted);
    a("accepts", accepts);
  }
};

struct EntryDelivered {
  static constexpr std::string_view kind = "entry.delivered";
  PacketId packet;
  EntryId entry;
  LeafNumber checkpoint = 0; // size of the head that the receipt is under

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("entry", entry);
    a("checkpoint", checkpoint);
  }
};

struct EntryAcknowledged {
  static constexpr std::string_view kind = "entry.acknowledged";
  PacketId packet;
  EntryId entry;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("entry", entry);
    a("person", person);
    a("account", account);
  }
};

// Whether the lane takes anything now, as its steward says; why is in the body.
struct LaneStateSet {
  static constexpr std::string_view kind = "lane.state";
  std::string lane;
  std::string state; // open | closed | unreachable
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("lane", lane);
    a("state", state);
    a("person", person);
    a("account", account);
  }
};

struct LaneVerdict {
  static constexpr std::string_view kind = "lane.verdict";
  PacketId packet;
  EntryId entry;
  PersonId person;
  AccountId account;
  std::string code;
  std::vector<std::string> found;         // a closed list; none is said as []
  std::optional<PacketId> successor = {}; // the workspace in which the case goes on

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("entry", entry);
    a("person", person);
    a("account", account);
    a("code", code);
    a("found", found);
    a("successor", successor);
  }
};

// What turned out wrong after the crossing. It never edits or recalls the entry; the reason is in the body.
struct CorrectionRecorded {
  static constexpr std::string_view kind = "correction.recorded";
  PacketId packet;
  EntryId entry;
  PersonId person;
  AccountId account;
  std::string code; // wrong_version | wrong_audience | over_broad_scope | other

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("entry", entry);
    a("person", person);
    a("account", account);
    a("code", code);
  }
};

// Tells the lane that there is something newer than the entry; the entry stays. The note is in the body.
struct SupersessionNotice {
  static constexpr std::string_view kind = "supersession.notice";
  PacketId packet;
  EntryId entry;
  PersonId person;
  AccountId account;
  std::optional<PacketId> successor;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("entry", entry);
    a("person", person);
    a("account", account);
    a("successor", successor);
  }
};

} // namespace sallyport::packet
