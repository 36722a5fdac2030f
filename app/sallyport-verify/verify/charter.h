// The members of charter.json that decide whose signatures count, and who may change them. The whole charter
// is read by the gate; a verifier needs no more than this.
#pragma once

#include "base/digest.h"
#include "canon/value.h"
#include "packet/manifest.h"
#include "packet/roster.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::verify {

// Who may change the charter.
struct Governance {
  std::vector<std::string> owners; // roles
  std::size_t needed = 0;          // how many of those roles must ratify a protected change
  std::vector<std::string> protects;
  Duration min_notice; // between the last ratification and the activation
};

// Who may sign in the place of a role, and who says so.
struct SubstituteRule {
  std::string by;          // role
  std::string ratified_by; // role
  Duration max_age;
};

// Who may let a hold cross with one manifest.
struct OverrideRule {
  std::vector<std::string> roles;
  std::size_t count = 1; // different persons
  Duration max_age;
};

// When a release may cross, as far as instants say it.
struct WindowRule {
  std::string kind;          // shift | embargo_until | embargo_after | freeze
  std::vector<Instant> said; // by the charter itself; empty where a source says them, and for a shift
};

// Who lets an item of a kind cross unresolved; the first row that fits counts.
struct AcceptRule {
  std::string item_kind; // leakage_residual | symbolization_boundary | a category | other
  std::vector<std::string> roles;
  bool all = false;     // one person of each role
  bool distinct = true; // and another one for each
  std::vector<std::string> not_also;
};

// What only a charter of packets with a ledger has.
struct LedgerRule {
  std::vector<std::string> categories;
  std::vector<std::string> must_resolve; // never accepted
  std::string owner_role;                // of the release
};

// A scope dimension of levels, the least first.
struct LevelRule {
  std::vector<std::string> levels;
  std::optional<std::string> max; // where the charter says it itself
};

struct CharterFacts {
  canon::Value text; // all of it
  Digest digest;
  std::string id;
  std::uint32_t version = 0;
  std::string lane;
  std::string flow;
  std::string packet_class;
  std::vector<packet::BoundRequirement> require;
  std::map<std::size_t, PersonId> principals; // row of `require` -> the one person who may fill it
  std::string key_class_min;
  bool step_up = false;
  Duration valid_for;
  std::map<std::string, SubstituteRule> substitutes; // by the role that they stand in for
  std::map<std::string, OverrideRule> overrides;     // by the hold's code
  std::vector<std::string> split_roles;              // who tells two packets apart
  std::optional<std::string> partial_dimension;      // the scope dimension of which a part may go on
  std::vector<std::string> partial_roles;
  std::map<std::string, WindowRule> windows;
  std::vector<AcceptRule> accepts;
  std::optional<LedgerRule> ledger;
  std::map<std::string, LevelRule> levels;   // by dimension
  std::vector<std::string> retention_clocks; // sorted
  std::optional<std::string> promoter;       // role
  Governance governance;
};

// Refuses bytes that are not canonical JSON and members of another shape than the charter language's.
Result<CharterFacts> read_charter(std::string_view bytes);
packet::SignerRoles signer_roles(const CharterFacts& charter);

// That both are versions of one charter and `next` is the one after `active`.
bool succeeds(const CharterFacts& next, const CharterFacts& active);
bool changes(const CharterFacts& next, const CharterFacts& active, std::string_view section);
// That `next` changes a section that is always protected, or one that `active` protects.
bool changes_protected(const CharterFacts& next, const CharterFacts& active);

} // namespace sallyport::verify
