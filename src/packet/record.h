// The records of the log: what has happened, as far as auditors may read it. Ids, digests and codes
// only; what they mean lies in erasable bodies (design section 2.2). A kind's shape is frozen once
// released: a change is a new kind or a new `v`.
//
// Naming of members follows the worked example. `packet` is there on every record that concerns one.
#pragma once

#include "packet/archive.h"

#include <variant>

namespace sallyport::packet {

using LeafNumber = std::uint64_t;

// One person's SSHSIG over a statement. `key` is the SHA-256 of the public key blob.
struct OwnerSignature {
  PersonId person;
  Digest key;
  std::string sig; // base64 of the SSHSIG blob

  template <class A> void fields(A& a) {
    a("person", person);
    a("key", key);
    a("sig", sig);
  }
};

// An in-toto Statement and the signatures over its canonical bytes, which lie literally in the leaf.
struct SignedStatement {
  canon::Value statement;
  std::vector<OwnerSignature> sigs;

  template <class A> void fields(A& a) {
    a("statement", statement);
    a("sigs", sigs);
  }
};

// ---- trust

struct Genesis {
  static constexpr std::string_view kind = "genesis";
  SignedStatement act;

  template <class A> void fields(A& a) { act.fields(a); }
};

// The name that people see is in the body.
struct PrincipalAdded {
  static constexpr std::string_view kind = "principal.added";
  AccountId account;
  std::string account_kind;          // person | agent | service
  std::optional<PersonId> person;    // kind person: whose account it is
  std::optional<PersonId> operator_; // kind agent, service: who answers for it
  std::optional<AccountId> by;       // absent for the first account, made at init

  template <class A> void fields(A& a) {
    a("account", account);
    a("account_kind", account_kind);
    a("person", person);
    a("operator", operator_);
    a("by", by);
  }
};

struct PrincipalDisabled {
  static constexpr std::string_view kind = "principal.disabled";
  AccountId account;
  AccountId by;

  template <class A> void fields(A& a) {
    a("account", account);
    a("by", by);
  }
};

// The statement's predicate: {act: "key", person, key, class, valid_from, valid_until[, rp_id, origins]}.
struct KeyEnrolled {
  static constexpr std::string_view kind = "key.enrolled";
  SignedStatement act;

  template <class A> void fields(A& a) { act.fields(a); }
};

struct KeyRevoked {
  static constexpr std::string_view kind = "key.revoked";
  PersonId person;
  Digest key;
  AccountId by;

  template <class A> void fields(A& a) {
    a("person", person);
    a("key", key);
    a("by", by);
  }
};

struct RosterActivated {
  static constexpr std::string_view kind = "roster.activated";
  std::string lane;
  std::uint32_t version = 0;
  Digest roster;
  SignedStatement act;

  template <class A> void fields(A& a) {
    a("lane", lane);
    a("version", version);
    a("roster", roster);
    act.fields(a);
  }
};

// The configuration itself is in the body. `epoch` moves on configuration, silence and recovery.
struct SourceConfigured {
  static constexpr std::string_view kind = "source.configured";
  std::string source;
  std::uint32_t epoch = 0;
  AccountId by;

  template <class A> void fields(A& a) {
    a("source", source);
    a("epoch", epoch);
    a("by", by);
  }
};

struct CharterProposed {
  static constexpr std::string_view kind = "charter.proposed";
  std::string charter;
  std::uint32_t version = 0;
  Digest digest;
  std::string lane;
  PersonId person;

  template <class A> void fields(A& a) {
    a("charter", charter);
    a("version", version);
    a("digest", digest);
    a("lane", lane);
    a("person", person);
  }
};

struct CharterRatified {
  static constexpr std::string_view kind = "charter.ratified";
  Digest digest;
  SignedStatement act;

  template <class A> void fields(A& a) {
    a("digest", digest);
    act.fields(a);
  }
};

struct CharterActivated {
  static constexpr std::string_view kind = "charter.activated";
  std::string charter;
  std::uint32_t version = 0;
  Digest digest;
  std::vector<LeafNumber> ratified;

  template <class A> void fields(A& a) {
    a("charter", charter);
    a("version", version);
    a("digest", digest);
    a("ratified", ratified);
  }
};

// ---- intake and lineage

// [citation, source, object, content ordinal, observed_at, complete_through]
struct Cite {
  std::string citation;
  std::string source;
  ObjectId object;
  std::uint32_t ordinal = 0;
  Instant observed_at;
  Instant complete_through;

  template <class A> void items(A& a) {
    a(citation);
    a(source);
    a(object);
    a(ordinal);
    a(observed_at);
    a(complete_through);
  }
};

// What a sealed revision tells the log.
struct SealedFacts {
  std::uint32_t revision = 0;
  Digest digest;
  Digest charter;
  std::string severity;
  std::vector<Cite> cites;
  std::map<std::string, std::string> parts; // part id -> held | redacted
  std::uint32_t withheld = 0;               // values replaced before sealing
  AccountId actor;
  std::optional<PersonId> triager;
  std::vector<PersonId> authors;

  template <class A> void fields(A& a) {
    a("revision", revision);
    a("digest", digest);
    a("charter", charter);
    a("severity", severity);
    a("cites", cites);
    a("parts", parts);
    a("withheld", withheld);
    a("actor", actor);
    a("triager", triager);
    a("authors", authors);
  }
};

struct PacketSubmitted {
  static constexpr std::string_view kind = "packet.submitted";
  PacketId packet;
  std::string lane;
  SealedFacts facts;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("lane", lane);
    facts.fields(a);
  }
};

struct RevisionSealed {
  static constexpr std::string_view kind = "revision.sealed";
  PacketId packet;
  std::optional<Digest> spent; // the head that this one replaces, where one was left
  SealedFacts facts;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("spent", spent);
    facts.fields(a);
  }
};

// A reason of a refusal: a hold code, wait reason or refusal code, and where (a JSON Pointer or id).
struct Reason {
  std::string code;
  std::string where;

  template <class A> void items(A& a) {
    a(code);
    a(where);
  }

  auto operator<=>(const Reason&) const = default;
};

struct IntakeRefused {
  static constexpr std::string_view kind = "intake.refused";
  AccountId actor;
  std::vector<Reason> reasons;
  std::uint32_t more = 0; // reasons beyond the inline limit

  template <class A> void fields(A& a) {
    a("actor", actor);
    a("reasons", reasons);
    a("more", more);
  }
};

struct DuplicateMerged {
  static constexpr std::string_view kind = "duplicate.merged";
  PacketId packet; // the winner
  PacketId loser;
  PersonId by;
  AccountId actor;
  std::string code;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("loser", loser);
    a("by", by);
    a("actor", actor);
    a("code", code);
  }
};

struct PacketWithdrawn {
  static constexpr std::string_view kind = "packet.withdrawn";
  PacketId packet;
  AccountId by;
  std::string code;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("by", by);
    a("code", code);
  }
};

struct AnnexPromoted {
  static constexpr std::string_view kind = "annex.promoted";
  PacketId packet;
  Digest revision;
  std::string part;
  SignedStatement act;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("revision", revision);
    a("part", part);
    act.fields(a);
  }
};

// ---- evidence

// [object, same | changed | gone | unknown, content ordinal]
struct ObservedObject {
  ObjectId object;
  std::string status;
  std::uint32_t ordinal = 0;

  template <class A> void items(A& a) {
    a(object);
    a(status);
    a(ordinal);
  }
};

// What the objects say (attributes, touched values as refs) is in the body.
struct SourceObserved {
  static constexpr std::string_view kind = "source.observed";
  std::string source;
  std::uint32_t epoch = 0;
  Instant observed_at;
  Instant complete_through;
  std::vector<ObservedObject> objects;
  std::optional<RecheckId> recheck;

  template <class A> void fields(A& a) {
    a("source", source);
    a("epoch", epoch);
    a("observed_at", observed_at);
    a("complete_through", complete_through);
    a("objects", objects);
    a("recheck", recheck);
  }
};

// The first failure since the last contact, or a failed answer to a recheck.
struct SourceUnreachable {
  static constexpr std::string_view kind = "source.unreachable";
  std::string source;
  std::uint32_t epoch = 0;
  std::optional<RecheckId> recheck;

  template <class A> void fields(A& a) {
    a("source", source);
    a("epoch", epoch);
    a("recheck", recheck);
  }
};

// An event that a source reports, and what the charter's triggers make of it.
struct SourceEvent {
  static constexpr std::string_view kind = "source.event";
  std::string source;
  std::string event;
  std::optional<PacketId> packet; // absent: unrelated to any open packet
  std::string effect;             // unrelated | note | hold | supersede
  AccountId actor;

  template <class A> void fields(A& a) {
    a("source", source);
    a("event", event);
    a("packet", packet);
    a("effect", effect);
    a("actor", actor);
  }
};

// ---- holds

struct HoldOpened {
  static constexpr std::string_view kind = "hold.opened";
  PacketId packet;
  HoldId hold;
  std::string code;
  std::string subject;  // a pointer or id, never a value
  std::string mode;     // blocking | visible
  bool latched = false; // only a person, a new revision or a new manifest clears it
  bool resign = false;  // signatures made before this leaf no longer count
  std::string clears;   // auto | new_revision | person | new_manifest | merge
  canon::Object saw;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("hold", hold);
    a("code", code);
    a("subject", subject);
    a("mode", mode);
    a("latched", latched);
    a("resign", resign);
    a("clears", clears);
    a("saw", saw);
  }
};

struct HoldCleared {
  static constexpr std::string_view kind = "hold.cleared";
  PacketId packet;
  HoldId hold;
  std::string rule;                // auto | new_revision | person | new_manifest | merge | moot
  std::optional<LeafNumber> cause; // the leaf that made it clear
  std::optional<PersonId> by;      // rule person; the evidence is in the body

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("hold", hold);
    a("rule", rule);
    a("cause", cause);
    a("by", by);
  }
};

// ---- manifest and signatures

struct ManifestDrafted {
  static constexpr std::string_view kind = "manifest.drafted";
  PacketId packet;
  ManifestId id;
  Digest revision;
  AccountId actor;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("id", id);
    a("revision", revision);
    a("actor", actor);
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
  }
};

// superseded | merged | withdrawn | refused | charter_changed | annex_promoted | holds_changed | replaced
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

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("recheck", recheck);
    a("manifest", manifest);
    a("needed", needed);
    a("within", within);
    a("why", why);
    a("by", by);
    a("cause", cause);
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

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("recheck", recheck);
    a("reasons", reasons);
    a("more", more);
    a("unanswered", unanswered);
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

struct LaneVerdict {
  static constexpr std::string_view kind = "lane.verdict";
  PacketId packet;
  EntryId entry;
  PersonId person;
  AccountId account;
  std::string code;
  std::vector<std::string> found; // a closed list; none is said as []

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("entry", entry);
    a("person", person);
    a("account", account);
    a("code", code);
    a("found", found);
  }
};

// ---- attempts and access

// An authenticated attempt that changed nothing.
struct AttemptRefused {
  static constexpr std::string_view kind = "attempt.refused";
  std::optional<PacketId> packet;
  std::string verb;
  AccountId actor;
  std::vector<Reason> reasons;
  std::uint32_t more = 0;
  std::optional<std::string> topic; // drift topic, where the verb is outside this family

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("verb", verb);
    a("actor", actor);
    a("reasons", reasons);
    a("more", more);
    a("topic", topic);
  }
};

struct AccessRecorded {
  static constexpr std::string_view kind = "access.recorded";
  PacketId packet;
  std::string what; // entry | lane_bundle | proof_bundle | signer_view
  AccountId actor;
  std::optional<EntryId> entry;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("what", what);
    a("actor", actor);
    a("entry", entry);
  }
};

// Malformed or unauthenticated input of one minute, coalesced per principal and code.
struct JournalCoalesced {
  static constexpr std::string_view kind = "journal.coalesced";
  std::string principal; // an account id, or "unauthenticated"
  Instant minute;
  std::map<std::string, std::uint32_t> counts;

  template <class A> void fields(A& a) {
    a("principal", principal);
    a("minute", minute);
    a("counts", counts);
  }
};

using Record =
    std::variant<Genesis, PrincipalAdded, PrincipalDisabled, KeyEnrolled, KeyRevoked, RosterActivated,
                 SourceConfigured, CharterProposed, CharterRatified, CharterActivated, PacketSubmitted,
                 RevisionSealed, IntakeRefused, DuplicateMerged, PacketWithdrawn, AnnexPromoted,
                 SourceObserved, SourceUnreachable, SourceEvent, HoldOpened, HoldCleared, ManifestDrafted,
                 ManifestSubmitted, ManifestVoided, ManifestSigned, SignatureWithdrawn, ManifestRefused,
                 ManifestAuthorised, RecheckOpened, RecheckClosed, ReleaseCommitted, EntryDelivered,
                 EntryAcknowledged, LaneVerdict, AttemptRefused, AccessRecorded, JournalCoalesced>;

} // namespace sallyport::packet
