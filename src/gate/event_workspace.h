// The events of packets that people and agents write together: edits, the ledger, acceptances.
#pragma once

#include "gate/world.h"
#include "packet/disclosure.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::gate {

// ---- workspace: edits and their seal

struct OpenWorkspace {
  AccountId by;
  PacketId packet;
  std::string lane;
  std::map<std::string, PersonId> sections;
  std::optional<PersonId> owner; // absent: the one holder of the owner's role
  CaseTuples cases;
  canon::Object body; // title, case keys
};

struct AssignSection {
  AccountId by;
  PacketId packet;
  std::string section;
  PersonId owner;
};

struct ProposeEdit {
  AccountId by;
  PacketId packet;
  EditId edit;
  std::string section;
  LeafNumber base = 0;
  std::vector<EditId> answers;
  canon::Object body; // ops; and of an agent, what it is and what it had read
};

// What a scan says of something that an edit cites.
struct NewFinding {
  std::string subject;
  std::string exposure;
  std::string status;
  LeafNumber cause = 0;
  canon::Object body; // where
};

struct AcceptEdit {
  AccountId by;
  PacketId packet;
  EditId edit;
  std::vector<EditId> beside;       // what was on screen with it
  std::vector<NewFinding> findings; // of what it cites
};

struct RejectEdit {
  AccountId by;
  PacketId packet;
  EditId edit;
  std::string code;
  canon::Object body; // the reason, where there is one
};

// Debugging information of a level. Beyond the bound it is listed as refused.
struct RequestSymbols {
  AccountId by;
  PacketId packet;
  std::string request;
  std::string level;
  canon::Object body;
};

struct RaiseFlag {
  AccountId by;
  PacketId packet;
  std::string subject;
  std::string category;
  canon::Object body;
};

struct DismissFlag {
  AccountId by;
  PacketId packet;
  LeafNumber flag = 0;
  std::string code;
  canon::Object body;
};

struct RecordActivity {
  AccountId agent;
  Instant minute;
  std::map<std::string, std::uint32_t> requests;
};

// ---- ledger

struct OpenFinding {
  AccountId by;
  PacketId packet;
  NewFinding finding;
};

struct JudgeFinding {
  AccountId by;
  PacketId packet;
  ItemId finding;
  std::string status;
  canon::Object body; // why
};

struct FixFinding {
  AccountId by;
  PacketId packet;
  ItemId finding;
  LeafNumber scan = 0;
};

struct RaiseObjection {
  AccountId by;
  PacketId packet;
  std::string category;
  std::string subject;
  std::optional<std::string> stub;
  std::optional<LeafNumber> flag;
  canon::Object body; // the statement
};

struct AnswerObjection {
  AccountId by;
  PacketId packet;
  ItemId item;
  canon::Object body;
};

struct AgreeItem {
  AccountId by;
  PacketId packet;
  ItemId item;
};

struct WithdrawObjection {
  AccountId by;
  PacketId packet;
  ItemId item;
};

struct ResolveItems {
  AccountId by;
  PacketId packet;
  std::vector<ItemId> items;
  std::string code;
  std::optional<ItemId> of;
  canon::Object body; // why
};

struct GiveInstruction {
  AccountId by;
  PacketId packet;
  std::string subject;
  std::string stance;
  std::string category; // of the conflict, where it contradicts another
  canon::Object body;
};

struct WithdrawInstruction {
  AccountId by;
  PacketId packet;
  LeafNumber instruction = 0;
};

struct ProposeWordings {
  AccountId by;
  PacketId packet;
  std::vector<std::string> wordings; // encoded disclosures
};

struct AcceptItems {
  AccountId by;
  PacketId packet;
  packet::SignedStatement act;
  std::vector<std::string> wordings; // encoded disclosures of those that nobody offered before
};

struct WithdrawAcceptance {
  AccountId by;
  PacketId packet;
  LeafNumber acceptance = 0;
  std::vector<ItemId> items;
};

} // namespace sallyport::gate
