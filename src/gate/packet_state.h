// What the log says of one packet: its head, holds, manifests and signatures, and what people decided about
// it. A part of State (state.h), and like it a fold of leaves and of nothing else.
#pragma once

#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"
#include "gate/workspace_state.h"
#include "packet/record.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::gate {

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
  std::optional<LeafNumber> ledger_at = {}; // as it was sealed

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
    a("ledger_at", ledger_at);
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
  // Of a packet with a ledger:
  std::optional<std::vector<packet::NamedSigner>> signers = {}; // who is to sign
  std::optional<LeafNumber> ledger_at = {};
  std::optional<Digest> ledger = {};
  std::optional<Digest> accepted = {};

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
    a("signers", signers);
    a("ledger_at", ledger_at);
    a("ledger", ledger);
    a("accepted", accepted);
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
  bool preview = false; // shows what would come, and has no slot

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
    if (preview) {
      a("preview", preview);
    }
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

// The order to destroy a unit's keys; until it is done it is to be carried out.
struct Erasure {
  std::string end_state; // of a fragment; the packet itself has none
  Instant deadline;
  LeafNumber ordered = 0;
  LeafNumber done = 0;

  template <class A> void fields(A& a) {
    a("end_state", end_state);
    a("deadline", deadline);
    a("ordered", ordered);
    a("done", done);
  }
};

// When the packet closed, and the charter of its lane then, which says how long it is kept.
struct Closing {
  Instant at;
  std::optional<Digest> charter;

  template <class A> void fields(A& a) {
    a("at", at);
    a("charter", charter);
  }
};

// What forbids it: of one fragment, or of the packet and all of them.
struct LegalHold {
  std::optional<std::string> unit;
  PersonId by;
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("unit", unit);
    a("by", by);
    a("leaf", leaf);
  }
};

// What an agent prepared longer ago does not count against its rate.
inline constexpr Duration rate_window{3'600'000};

struct Packet {
  std::string lane;
  std::string status = "open"; // open | merged | withdrawn | released
  std::optional<PacketId> merged_into;
  std::optional<packet::Continues> continues;
  std::vector<Carried> carried;
  std::map<PacketId, Apart> apart;
  std::optional<Partial> partial; // the last one
  std::vector<Partial> earlier;   // of heads before: what they left to others is still not this packet's
  AccountId submitter;
  std::optional<PersonId> triager;
  std::set<PersonId> authors; // of any revision
  std::set<PersonId> mergers;
  std::set<Digest> acts; // use_of_act() of every signed act on it: none counts twice
  std::optional<Head> head;
  std::vector<SpentRevision> spent;
  std::map<HoldId, Hold> holds; // open ones
  std::map<ManifestId, ManifestState> manifests;
  std::optional<StandingRequest> request;
  std::optional<Recheck> recheck;
  std::optional<BlockedRecheck> blocked;
  std::optional<RefusedAttempt> attempt;
  std::map<AccountId, std::vector<Instant>> prepared; // by agents, each within the window before its last
  std::optional<EntryId> entry;
  LeafNumber last_resign = 0; // the last hold that made signatures fall (INV-46)
  LeafNumber last_leaf = 0;
  Instant opened_at;
  std::optional<Workspace> workspace = {}; // where people write it together
  std::set<std::string> fragments;         // of any revision that people sealed together
  std::map<std::string, Erasure> erasures; // by fragment
  std::optional<Erasure> own_erasure = {}; // of the packet itself: all that is not a fragment
  std::optional<Closing> closed = {};      // where it is
  std::vector<LegalHold> legal_holds;      // that stand

  bool open() const { return status == "open"; }

  // Whether what it held is gone for good, except fragments.
  bool erased() const { return own_erasure && own_erasure->done != 0; }

  // Whether a recheck is open on which it may cross.
  bool releasing() const { return recheck && !recheck->preview; }

  std::uint32_t last_number() const;
  const Hold* find_hold(std::string_view code, std::string_view subject) const;
  // The one manifest in review or authorised; null where there is none.
  const ManifestState* reviewed(ManifestId* id = nullptr) const;
  const ManifestState* by_digest(const Digest& digest, ManifestId* id = nullptr) const;
  // The split of the present head's scope; null where it crosses whole.
  const Partial* split() const;
  // Every split there was, the last at the end.
  std::vector<const Partial*> splits() const;

  template <class A> void fields(A& a) {
    std::vector<PersonId> author_list(authors.begin(), authors.end());
    std::vector<PersonId> merger_list(mergers.begin(), mergers.end());
    std::vector<Digest> act_list(acts.begin(), acts.end());
    a("lane", lane);
    a("status", status);
    a("merged_into", merged_into);
    a("continues", continues);
    a("carried", carried);
    a("apart", apart);
    a("partial", partial);
    if (!earlier.empty()) {
      a("earlier", earlier);
    }
    a("submitter", submitter);
    a("triager", triager);
    a("authors", author_list);
    a("mergers", merger_list);
    a("acts", act_list);
    a("head", head);
    a("spent", spent);
    a("holds", holds);
    a("manifests", manifests);
    a("request", request);
    a("recheck", recheck);
    a("blocked", blocked);
    a("attempt", attempt);
    if (!prepared.empty()) {
      a("prepared", prepared);
    }
    a("entry", entry);
    a("last_resign", last_resign);
    a("last_leaf", last_leaf);
    a("opened_at", opened_at);
    a("workspace", workspace);
    if (!fragments.empty()) {
      std::vector<std::string> fragment_list(fragments.begin(), fragments.end());
      a("fragments", fragment_list);
    }
    if (!erasures.empty()) {
      a("erasures", erasures);
    }
    if (own_erasure) {
      a("own_erasure", own_erasure);
    }
    if (closed) {
      a("closed", closed);
    }
    if (!legal_holds.empty()) {
      a("legal_holds", legal_holds);
    }
  }
};

} // namespace sallyport::gate
