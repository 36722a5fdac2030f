// Records of packets as they come in and wait: intake, lineage, evidence, holds, attempts. See record.h.
#pragma once

#include "packet/archive.h"
#include "packet/record_trust.h"

namespace sallyport::packet {

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
  // Of a revision that a workspace sealed:
  std::optional<LeafNumber> ledger_at = {};    // the last record of the ledger that is in it
  std::optional<std::uint32_t> pending = {};   // edits that waited when it was sealed
  std::optional<std::uint32_t> fragments = {}; // of dumps

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
    a("ledger_at", ledger_at);
    a("pending", pending);
    a("fragments", fragments);
  }
};

// [packet, revision]: the packet that another one continues, and the revision at which it does.
struct Continues {
  PacketId packet;
  Digest revision;

  template <class A> void items(A& a) {
    a(packet);
    a(revision);
  }

  auto operator<=>(const Continues&) const = default;
};

struct PacketSubmitted {
  static constexpr std::string_view kind = "packet.submitted";
  PacketId packet;
  std::string lane;
  std::optional<Continues> continues; // a case that the lane returned comes again
  SealedFacts facts;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("lane", lane);
    a("continues", continues);
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

// [row of lineage.case_keys, digest of the shared tuples]: on what two packets were equal.
struct CaseEquality {
  std::uint32_t row = 0;
  Digest keys;

  template <class A> void items(A& a) {
    a(row);
    a(keys);
  }

  auto operator<=>(const CaseEquality&) const = default;
};

// Two packets are two cases, says a person, and why (in the body). Each of the two has such a leaf, with
// the same act.
struct DuplicateSplit {
  static constexpr std::string_view kind = "duplicate.split";
  PacketId packet;
  PacketId other;
  std::optional<CaseEquality> equal; // absent: only reported to be equal
  SignedStatement act;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("other", other);
    a("equal", equal);
    act.fields(a);
  }
};

// A suspicion that was none; the rationale is in the body. Each of the two packets has such a leaf.
struct DuplicateDismissed {
  static constexpr std::string_view kind = "duplicate.dismissed";
  PacketId packet;
  std::optional<PacketId> other; // absent: a packet that is not here
  std::optional<CaseEquality> equal;
  PersonId by;
  AccountId actor;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("other", other);
    a("equal", equal);
    a("by", by);
    a("actor", actor);
  }
};

// A part of the head goes on, the rest is held in a packet of its own. Which is which, the act says.
struct ScopeSplit {
  static constexpr std::string_view kind = "scope.split";
  PacketId packet;
  PacketId remainder;
  SignedStatement act;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("remainder", remainder);
    act.fields(a);
  }
};

// [element, held since]
struct HeldElement {
  std::string element;
  Instant since;

  template <class A> void items(A& a) {
    a(element);
    a(since);
  }
};

struct RemainderOpened {
  static constexpr std::string_view kind = "remainder.opened";
  PacketId packet;
  Continues continues;
  std::string dimension;
  std::vector<HeldElement> held;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("continues", continues);
    a("dimension", dimension);
    a("held", held);
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

// What a scan of one revision of a dump found, as far as the gate decides on it: numbers, and the root of the
// tree over the redacted fragments. The report is in the body.
struct ScanFacts {
  std::string dump;
  std::uint32_t rev = 0;
  std::uint32_t passes = 0;
  Digest root;
  std::uint32_t size = 0; // fragments under the root
  std::uint64_t unaccounted = 0;
  std::uint32_t budgets_hit = 0;
  std::uint32_t re_exposed = 0;                  // against the revision before
  std::uint32_t lost = 0;                        // frames that no longer unwind
  std::map<std::string, std::uint32_t> residual; // exposure class -> hits that are left

  template <class A> void fields(A& a) {
    a("dump", dump);
    a("rev", rev);
    a("passes", passes);
    a("root", root);
    a("size", size);
    a("unaccounted", unaccounted);
    a("budgets_hit", budgets_hit);
    a("re_exposed", re_exposed);
    a("lost", lost);
    a("residual", residual);
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
  std::optional<Instant> changed_at = {}; // when it became so, where the source knows
  std::optional<std::map<std::string, std::uint32_t>> pins =
      {}; // of a scan: ordinals of the contents it used
  std::optional<ScanFacts> facts = {};
  std::optional<AccountId> account = {}; // who brought it, where no source was asked

  template <class A> void fields(A& a) {
    a("source", source);
    a("epoch", epoch);
    a("observed_at", observed_at);
    a("complete_through", complete_through);
    a("objects", objects);
    a("recheck", recheck);
    a("changed_at", changed_at);
    a("pins", pins);
    a("facts", facts);
    a("account", account);
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
  std::optional<Instant> changed_at = {}; // when it happened, where the source knows

  template <class A> void fields(A& a) {
    a("source", source);
    a("event", event);
    a("packet", packet);
    a("effect", effect);
    a("actor", actor);
    a("changed_at", changed_at);
  }
};

// What the head cites is other than it was, and the charter has that supersede it: the head is spent, and its
// manifests are void.
struct MaterialTriggered {
  static constexpr std::string_view kind = "material.triggered";
  PacketId packet;
  Digest revision;                       // the head until now
  std::string trigger;                   // object.changed | object.gone, or the event that a source reported
  std::vector<std::string> matched;      // citations or dimensions, sorted
  std::vector<ManifestId> voids;         // sorted
  std::optional<std::uint32_t> row = {}; // of lineage.triggers, where one matched
  std::optional<std::vector<LeafNumber>> acceptances_void = {}; // that fall with the head, where any do

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("revision", revision);
    a("trigger", trigger);
    a("matched", matched);
    a("voids", voids);
    a("row", row);
    a("acceptances_void", acceptances_void);
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
  std::string clears;   // auto | new_revision | person | new_manifest | merge | dismissal | ratification
  canon::Object saw;
  std::optional<AccountId> actor = std::nullopt; // who placed it by hand; the reason is in the body

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
    a("actor", actor);
  }
};

struct HoldCleared {
  static constexpr std::string_view kind = "hold.cleared";
  PacketId packet;
  HoldId hold;
  // auto | new_revision | person | new_manifest | merge | split | dismissal | promotion | ratification | scan
  // | moot
  std::string rule;
  std::optional<LeafNumber> cause; // the leaf that made it clear
  std::optional<PersonId> by;      // where a person did; the evidence is in a body

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("hold", hold);
    a("rule", rule);
    a("cause", cause);
    a("by", by);
  }
};

// One person's signature for letting the hold cross with this manifest; the rationale is in the body.
struct HoldOverridden {
  static constexpr std::string_view kind = "hold.overridden";
  PacketId packet;
  HoldId hold;
  Digest manifest;
  PersonId person;
  AccountId account;
  SignedStatement act;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("hold", hold);
    a("manifest", manifest);
    a("person", person);
    a("account", account);
    act.fields(a);
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
  std::string principal; // an account id, "unauthenticated", or "others" beyond what is told apart
  Instant minute;
  std::map<std::string, std::uint32_t> counts;

  template <class A> void fields(A& a) {
    a("principal", principal);
    a("minute", minute);
    a("counts", counts);
  }
};

} // namespace sallyport::packet
