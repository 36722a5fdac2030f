// What is really so in a simulated town, kept by the simulator and known to nobody in it: what sources hold,
// who holds which role, which revisions were sealed, which signatures were made by whose hand. The oracle
// judges the gate's leaves by this and by the leaves before them.
#pragma once

#include "charter/model.h"
#include "crypto/ed25519.h"
#include "gate/event.h"
#include "packet/roster.h"
#include "packet/seal.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::sim {

// What each clear value of a submission begins with: it may stand in no leaf, manifest or entry.
inline constexpr std::string_view clear_mark = "clear-mark-";

struct Person {
  PersonId id;
  std::vector<AccountId> accounts; // some have two: they are one person all the same
  std::shared_ptr<crypto::Ed25519Key> key;
  std::string line;
  Digest fingerprint;
};

struct AccountTruth {
  std::string kind; // person | agent | service
  std::optional<PersonId> person;
  std::optional<PersonId> operator_;
};

// A record at its source.
struct Thing {
  ObjectId id;
  std::string source;
  std::string kind;
  std::string key;             // its name, equal at two sources that hold the same
  std::string status = "same"; // same | gone | unknown
  std::uint32_t ordinal = 1;
  std::map<std::string, std::string> attrs;
  std::map<std::string, std::set<std::string>> touches; // dimension -> clear values
};

// What a source held when it made an answer, which may reach the gate much later.
struct Snapshot {
  std::map<ObjectId, Thing> things;
  std::optional<std::set<PersonId>> directory;
};

// One revision as it was really sealed.
struct Sealing {
  PacketId packet;
  std::uint32_t number = 0;
  std::string bytes;
  std::string lane;
  std::map<std::string, std::string> names; // disclosure name -> digest
  std::map<std::string, std::set<std::string>> scope;
  std::map<std::string, std::map<std::string, std::string>> elements; // dimension -> element -> value
  std::map<std::string, std::set<std::string>> supports;              // claim -> citations
  std::string severity;
  gate::CaseTuples cases;
  std::map<std::string, ObjectId> cites;
  std::map<std::string, std::uint32_t> ordinals; // of each citation
  std::map<std::string, std::string> kinds;
  std::map<std::string, std::map<std::string, std::string>> pins;
  std::map<std::string, Digest> parts;
  std::set<std::string> asked_to_cross; // parts that upstream wants included
  std::set<std::string> caveats;
  std::vector<gate::ScanFinding> findings;
  std::size_t withheld = 0;
  bool scanned = true;
  bool whole = true; // every form that the lane's view asks for was sealed
};

struct RosterTruth {
  std::vector<packet::Grant> grants;
  std::map<std::string, std::vector<packet::AudienceMember>> audience;
};

struct Truth {
  std::vector<Person> people;
  std::map<AccountId, AccountTruth> accounts;
  std::map<Digest, PersonId> key_owner;
  std::map<Digest, Sealing> sealings;          // by revision digest
  std::map<PacketId, gate::CaseTuples> opened; // of workspaces, before anything is sealed
  std::map<Digest, std::shared_ptr<const charter::Charter>> charters;
  std::map<Digest, RosterTruth> rosters;
  std::map<packet::LeafNumber, Snapshot> snapshots; // by the leaf of the observation
  std::set<std::pair<PersonId, Digest>> hands;      // who really signed which bytes
};

} // namespace sallyport::sim
