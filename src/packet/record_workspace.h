// Records of a packet that people and agents write together: the workspace and its edits, and the ledger of
// what they do not agree about. Texts, wordings and ops are in bodies. See record.h.
#pragma once

#include "packet/archive.h"
#include "packet/record_packet.h"

namespace sallyport::packet {

// ---- workspace and edits

// The entry after whose verdict the case goes on, and the revision that crossed in it.
struct ContinuedEntry {
  PacketId packet;
  std::uint32_t revision = 0;
  Digest digest;
  EntryId entry;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("revision", revision);
    a("digest", digest);
    a("entry", entry);
  }

  auto operator<=>(const ContinuedEntry&) const = default;
};

// Opened by a person, or, after a verdict that asks for more, by the gate; then it says what it continues.
struct WorkspaceOpened {
  static constexpr std::string_view kind = "workspace.opened";
  PacketId packet;
  std::string lane;
  Digest charter;
  std::uint32_t working = 1;
  std::map<std::string, PersonId> sections; // those that have an owner
  PersonId owner;                           // of the release
  std::optional<PersonId> person = {};
  std::optional<AccountId> account = {};
  std::optional<ItemId> boundary = {}; // where the charter has people confirm the symbolization boundary
  std::optional<ContinuedEntry> continues = {};
  std::optional<std::vector<ItemId>> carried = {}; // items of what it continues, sorted
  std::optional<LeafNumber> cause = {};

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("lane", lane);
    a("charter", charter);
    a("working", working);
    a("sections", sections);
    a("owner", owner);
    a("person", person);
    a("account", account);
    a("boundary", boundary);
    a("continues", continues);
    a("carried", carried);
    a("cause", cause);
  }
};

struct SectionAssigned {
  static constexpr std::string_view kind = "section.assigned";
  PacketId packet;
  std::string section;
  PersonId owner;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("section", section);
    a("owner", owner);
    a("person", person);
    a("account", account);
  }
};

// The ops, and what an agent had read when it made them, are in the body.
struct EditProposed {
  static constexpr std::string_view kind = "edit.proposed";
  PacketId packet;
  EditId edit;
  std::string section;
  LeafNumber base = 0;              // the section's version that it was made on
  std::vector<std::string> touches; // sorted pointers of ids, computed from the ops
  AccountId actor;
  PersonId by;                                // the person, or the agent's operator
  bool machine = false;                       // an agent made it
  std::optional<std::vector<EditId>> answers; // conflicting edits that it is to replace

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("edit", edit);
    a("section", section);
    a("base", base);
    a("touches", touches);
    a("actor", actor);
    a("by", by);
    a("machine", machine);
    a("answers", answers);
  }
};

struct EditAccepted {
  static constexpr std::string_view kind = "edit.accepted";
  PacketId packet;
  EditId edit;
  std::string section;
  LeafNumber onto = 0; // the section's version until now; this leaf is the next
  PersonId person;
  AccountId account;
  std::optional<std::vector<EditId>> beside; // the others that were on screen

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("edit", edit);
    a("section", section);
    a("onto", onto);
    a("person", person);
    a("account", account);
    a("beside", beside);
  }
};

// code: a drift topic of the charter, or wrong | out_of_scope | conflict_not_chosen | superseded
struct EditRejected {
  static constexpr std::string_view kind = "edit.rejected";
  PacketId packet;
  EditId edit;
  std::string section;
  std::string code;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("edit", edit);
    a("section", section);
    a("code", code);
    a("person", person);
    a("account", account);
  }
};

// Debugging information deeper than the bound was asked for, and is not fulfilled: listed, and no hold.
struct SymbolizationRefused {
  static constexpr std::string_view kind = "symbolization.refused";
  PacketId packet;
  std::string request;
  std::string level;
  std::string bound;
  std::string code;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("request", request);
    a("level", level);
    a("bound", bound);
    a("code", code);
    a("person", person);
    a("account", account);
  }
};

// ---- agents

// What an agent thinks people should look at. It is no item of the ledger until a person raises it as one.
struct FlagRaised {
  static constexpr std::string_view kind = "flag.raised";
  PacketId packet;
  std::string subject;
  std::string category;
  AccountId actor;
  PersonId operator_;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("subject", subject);
    a("category", category);
    a("actor", actor);
    a("operator", operator_);
  }
};

struct FlagDismissed {
  static constexpr std::string_view kind = "flag.dismissed";
  PacketId packet;
  LeafNumber flag = 0;
  std::string code;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("flag", flag);
    a("code", code);
    a("person", person);
    a("account", account);
  }
};

// What an agent asked for in one minute, by verb; `denied` counts what was refused.
struct AgentActivity {
  static constexpr std::string_view kind = "agent.activity";
  AccountId agent;
  PersonId operator_;
  Instant minute;
  std::map<std::string, std::uint32_t> requests;

  template <class A> void fields(A& a) {
    a("agent", agent);
    a("operator", operator_);
    a("minute", minute);
    a("requests", requests);
  }
};

// ---- the ledger

// What may identify somebody is left in a fragment, or in a text. `cause`: the scan.
struct FindingOpened {
  static constexpr std::string_view kind = "finding.opened";
  PacketId packet;
  ItemId finding;
  std::string subject; // "/fragments/f2", or the name of a text
  std::string exposure;
  std::string status; // suspected | confirmed | disputed
  LeafNumber cause = 0;
  AccountId actor;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("finding", finding);
    a("subject", subject);
    a("exposure", exposure);
    a("status", status);
    a("cause", cause);
    a("actor", actor);
  }
};

// What a person believes of it now.
struct FindingJudged {
  static constexpr std::string_view kind = "finding.judged";
  PacketId packet;
  ItemId finding;
  std::string status;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("finding", finding);
    a("status", status);
    a("person", person);
    a("account", account);
  }
};

// A newer scan of a newer revision of the dump does not have it, and a person says so.
struct FindingFixed {
  static constexpr std::string_view kind = "finding.fixed";
  PacketId packet;
  ItemId finding;
  LeafNumber scan = 0;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("finding", finding);
    a("scan", scan);
    a("person", person);
    a("account", account);
  }
};

struct ObjectionRaised {
  static constexpr std::string_view kind = "objection.raised";
  PacketId packet;
  ItemId item;
  std::string category;
  std::string subject;
  PersonId person;
  AccountId account;
  std::optional<std::string> stub; // why the lane does not read its statements
  std::optional<LeafNumber> flag;  // of an agent, which it takes up

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("item", item);
    a("category", category);
    a("subject", subject);
    a("person", person);
    a("account", account);
    a("stub", stub);
    a("flag", flag);
  }
};

struct ObjectionAnswered {
  static constexpr std::string_view kind = "objection.answered";
  PacketId packet;
  ItemId item;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("item", item);
    a("person", person);
    a("account", account);
  }
};

// The raiser agrees that it is settled; another person's resolving act ends it.
struct ItemAgreed {
  static constexpr std::string_view kind = "item.agreed";
  PacketId packet;
  ItemId item;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("item", item);
    a("person", person);
    a("account", account);
  }
};

struct ObjectionWithdrawn {
  static constexpr std::string_view kind = "objection.withdrawn";
  PacketId packet;
  ItemId item;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("item", item);
    a("person", person);
    a("account", account);
  }
};

// code: agreed | subject_removed | duplicate_of
struct ItemsResolved {
  static constexpr std::string_view kind = "items.resolved";
  PacketId packet;
  std::vector<ItemId> items; // sorted
  std::string code;
  std::optional<ItemId> of; // with duplicate_of
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("items", items);
    a("code", code);
    a("of", of);
    a("person", person);
    a("account", account);
  }
};

struct InstructionGiven {
  static constexpr std::string_view kind = "instruction.given";
  PacketId packet;
  std::string subject;
  std::string stance; // include | exclude
  PersonId person;
  std::optional<AccountId> account;
  std::optional<std::string> origin; // lane: what a verdict wished for
  std::optional<LeafNumber> cause;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("subject", subject);
    a("stance", stance);
    a("person", person);
    a("account", account);
    a("origin", origin);
    a("cause", cause);
  }
};

struct InstructionWithdrawn {
  static constexpr std::string_view kind = "instruction.withdrawn";
  PacketId packet;
  LeafNumber instruction = 0;
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("instruction", instruction);
    a("person", person);
    a("account", account);
  }
};

// The gate saw two that contradict each other: instructions, or what registries say.
struct ConflictOpened {
  static constexpr std::string_view kind = "conflict.opened";
  PacketId packet;
  ItemId item;
  std::string code;
  std::string category;
  std::string subject;
  std::vector<LeafNumber> between; // the leaves that disagree, where leaves do

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("item", item);
    a("code", code);
    a("category", category);
    a("subject", subject);
    a("between", between);
  }
};

// Wordings on offer, by item: digests of the disclosures in the body.
struct WordingProposed {
  static constexpr std::string_view kind = "wording.proposed";
  PacketId packet;
  std::map<std::string, std::string> wordings; // item -> disclosure digest
  AccountId actor;
  PersonId by; // the person, or the agent's operator

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("wordings", wordings);
    a("actor", actor);
    a("by", by);
  }
};

// One person accepts that these items cross as they are worded. The statement says which.
struct ItemsAccepted {
  static constexpr std::string_view kind = "items.accepted";
  PacketId packet;
  PersonId person;
  AccountId account;
  std::string role;
  SignedStatement act;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("person", person);
    a("account", account);
    a("role", role);
    act.fields(a);
  }
};

struct AcceptanceWithdrawn {
  static constexpr std::string_view kind = "acceptance.withdrawn";
  PacketId packet;
  LeafNumber acceptance = 0;
  std::vector<ItemId> items; // of it, sorted
  PersonId person;
  AccountId account;

  template <class A> void fields(A& a) {
    a("packet", packet);
    a("acceptance", acceptance);
    a("items", items);
    a("person", person);
    a("account", account);
  }
};

} // namespace sallyport::packet
