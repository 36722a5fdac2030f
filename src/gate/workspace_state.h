// What the log says of a workspace: its sections, the edits of them, and the ledger of what people do not
// agree about. A part of Packet (packet_state.h), and like it a fold of leaves and of nothing else.
#pragma once

#include "packet/coproduced.h"
#include "packet/record.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::gate {

using packet::LeafNumber;

struct SectionState {
  std::optional<PersonId> owner;
  LeafNumber version = 0; // of its last accepted edit; at first that of the opening

  template <class A> void fields(A& a) {
    a("owner", owner);
    a("version", version);
  }
};

struct EditState {
  std::string section;
  LeafNumber base = 0;
  std::vector<std::string> touches;
  AccountId actor;
  PersonId by; // the person, or the agent's operator
  bool machine = false;
  std::vector<EditId> answers;
  std::string status = "proposed"; // proposed | accepted | rejected
  std::string code;                // of the rejection
  Instant at;
  LeafNumber leaf = 0;
  LeafNumber decided = 0; // the leaf of its acceptance or rejection
  std::optional<PersonId> decider;

  template <class A> void fields(A& a) {
    a("section", section);
    a("base", base);
    a("touches", touches);
    a("actor", actor);
    a("by", by);
    a("machine", machine);
    a("answers", answers);
    a("status", status);
    a("code", code);
    a("at", at);
    a("leaf", leaf);
    a("decided", decided);
    a("decider", decider);
  }
};

// A symbolization that was asked for beyond the bound.
struct RefusedRequest {
  std::string level;
  std::string bound;
  PersonId person;

  template <class A> void fields(A& a) {
    a("level", level);
    a("bound", bound);
    a("person", person);
  }
};

struct Flag {
  std::string subject;
  std::string category;
  AccountId actor;
  PersonId operator_;
  std::string status = "open"; // open | raised | dismissed
  Instant at;
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("subject", subject);
    a("category", category);
    a("actor", actor);
    a("operator", operator_);
    a("status", status);
    a("at", at);
    a("leaf", leaf);
  }
};

// A thing that people do not agree about, or that a scan found. While it is open it is its own hold.
struct Item {
  std::string kind; // finding | objection | conflict | boundary
  std::string category;
  std::string code;
  std::string subject;
  std::string state = "open";          // open | fixed | resolved | withdrawn; accepted is derived
  std::optional<std::string> status;   // of a finding: suspected | confirmed | disputed
  std::optional<std::string> exposure; // of a finding
  std::optional<PersonId> raiser;      // of an objection
  std::optional<std::string> stub;
  std::uint32_t statements = 0;
  std::vector<LeafNumber> between; // of a conflict between instructions
  LeafNumber cause = 0;            // of a finding: its scan
  LeafNumber raised = 0;
  LeafNumber moved = 0; // the last that made it more than it was: acceptances before that are of another one
  Instant first_opened;
  bool agreed = false; // its raiser says that it is settled
  std::optional<packet::ItemResolution> resolution;

  bool open() const { return state == "open"; }

  template <class A> void fields(A& a) {
    a("kind", kind);
    a("category", category);
    a("code", code);
    a("subject", subject);
    a("state", state);
    a("status", status);
    a("exposure", exposure);
    a("raiser", raiser);
    a("stub", stub);
    a("statements", statements);
    a("between", between);
    a("cause", cause);
    a("raised", raised);
    a("moved", moved);
    a("first_opened", first_opened);
    a("agreed", agreed);
    a("resolution", resolution);
  }
};

struct Instruction {
  std::string subject;
  std::string stance; // include | exclude
  PersonId person;
  bool withdrawn = false;
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("subject", subject);
    a("stance", stance);
    a("person", person);
    a("withdrawn", withdrawn);
    a("leaf", leaf);
  }
};

// Words in which an item may be accepted, and who offered them.
struct Wording {
  std::string item;
  PersonId by;

  template <class A> void fields(A& a) {
    a("item", item);
    a("by", by);
  }
};

// One person's act of acceptance, as far as it stands.
struct AcceptanceState {
  PersonId person;
  AccountId account;
  std::string role;
  Digest key;
  Digest statement;
  std::map<std::string, std::string> items; // item -> digest of the wording; without what was withdrawn
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("person", person);
    a("account", account);
    a("role", role);
    a("key", key);
    a("statement", statement);
    a("items", items);
    a("leaf", leaf);
  }
};

struct Ledger {
  std::map<ItemId, Item> items; // every one that there ever was
  std::vector<Instruction> instructions;
  std::map<std::string, Wording> wordings;  // by digest
  std::vector<AcceptanceState> acceptances; // of the present head
  LeafNumber at = 0;                        // the last record of the ledger, acts of acceptance included
  LeafNumber items_at = 0;                  // the same without them: what an acceptor says to have seen

  template <class A> void fields(A& a) {
    a("items", items);
    a("instructions", instructions);
    a("wordings", wordings);
    a("acceptances", acceptances);
    a("at", at);
    a("items_at", items_at);
  }
};

struct Workspace {
  std::map<std::string, SectionState> sections;
  PersonId owner; // of the release
  std::optional<ItemId> boundary;
  std::map<EditId, EditState> edits;
  std::map<std::string, RefusedRequest> refused; // symbolization requests
  std::vector<Flag> flags;
  Ledger ledger;
  std::optional<packet::ContinuedEntry> continues;
  LeafNumber opened = 0;

  template <class A> void fields(A& a) {
    a("sections", sections);
    a("owner", owner);
    a("boundary", boundary);
    a("edits", edits);
    a("refused", refused);
    a("flags", flags);
    a("ledger", ledger);
    a("continues", continues);
    a("opened", opened);
  }
};

// A scan of a revision of a dump, as its source stated it.
struct ScanState {
  packet::ScanFacts facts;
  std::map<std::string, std::uint32_t> pins; // of the contents that it used
  LeafNumber leaf = 0;

  template <class A> void fields(A& a) {
    a("facts", facts);
    a("pins", pins);
    a("leaf", leaf);
  }
};

} // namespace sallyport::gate
