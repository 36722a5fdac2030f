// What the leaves tell of a packet that people and agents write together: its sections and edits, the ledger
// of what they do not agree about, and who lets what of it cross. The oracle's own, folded in the plainest
// way.
#pragma once

#include "base/instant.h"
#include "packet/record.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::sim {

struct WrittenSection {
  std::optional<PersonId> owner;
  std::set<packet::LeafNumber> versions; // the last is the present one
};

struct WrittenEdit {
  std::string section;
  packet::LeafNumber base = 0;
  std::vector<std::string> touches;
  AccountId actor;
  PersonId by;
  bool machine = false;
  std::string status = "proposed"; // proposed | accepted | rejected
  packet::LeafNumber decided = 0;
  PersonId decider;
};

// A finding, an objection, a conflict, or the boundary.
struct WrittenItem {
  std::string kind;
  std::string category;
  std::string code;
  std::string subject;
  std::string state = "open"; // open | fixed | resolved | withdrawn
  std::string how;            // it ended
  std::optional<std::string> status;
  std::optional<std::string> stub;
  std::optional<PersonId> raiser;
  std::uint32_t statements = 0;
  packet::LeafNumber moved = 0; // what was accepted before that was another one
  Instant first;
  bool agreed = false;
};

struct WrittenInstruction {
  std::string subject;
  std::string stance;
  std::optional<PersonId> giver;
  bool withdrawn = false;
};

// One person's act of acceptance, of the present head.
struct WrittenAcceptance {
  packet::LeafNumber leaf = 0;
  PersonId person;
  AccountId account;
  std::string role;
  Digest key;
  Digest statement;
  std::map<ItemId, std::string> words;
};

struct Written {
  std::map<std::string, WrittenSection> sections;
  PersonId owner; // of the release
  std::optional<ItemId> boundary;
  std::map<EditId, WrittenEdit> edits;
  packet::LeafNumber taken = 0; // the last edit that was accepted
  std::map<ItemId, WrittenItem> items;
  std::map<packet::LeafNumber, WrittenInstruction> instructions;
  std::map<packet::LeafNumber, bool> flags; // whether somebody looked at it
  std::map<std::string, std::pair<std::string, PersonId>>
      offered; // wording -> its item, and who had it first
  std::vector<WrittenAcceptance> accepted;
  packet::LeafNumber opened = 0;
  packet::LeafNumber at = 0;                 // the ledger's last record
  packet::LeafNumber items_at = 0;           // without acts of acceptance
  packet::LeafNumber items_were = 0;         // before the last seal, or trigger, made acceptances fall
  std::map<ItemId, std::uint32_t> said_then; // statements that the head was sealed with
  std::map<AccountId, std::vector<Instant>> prepared; // by agents, within the hour
};

} // namespace sallyport::sim
