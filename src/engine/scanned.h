// The scan of a submission, apart from the engine's thread: what it needs of the core is taken as a value,
// what it found comes back as one, and the door (intake.h) takes it only while the same would be looked for.
#pragma once

#include "base/sensitive.h"
#include "engine/core.h"
#include "engine/withhold.h"
#include "packet/seal.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::engine {

// What a lane's charter has looked for beside the rules, as of now.
struct LaneTerms {
  std::set<std::string> snapshots;            // dimensions whose elements are digests, and no names
  std::vector<scan::Dictionary> dictionaries; // the names that sources have listed
  std::vector<std::string> lacking;           // sources whose names should be known and are not

  bool same_as(const LaneTerms& other) const;
};

// The names that the charter has detectors take from a source, as of less than its `unknown_after` ago.
// Inside a batch.
LaneTerms lane_terms(Core& core, const charter::Charter& charter);

// Of a revision as it would be sealed: its disclosures, each finding under the name of its own, and what
// stands in clear.
struct LookedThrough {
  std::vector<gate::ScanFinding> findings;
  bool complete = false; // what cannot be scanned holds
};

LookedThrough look_through(const scan::Scanner& scanner, const packet::SealedRevision& sealed);

// A value; another thread may use it.
struct ScanTerms {
  scan::RuleSet rules;
  std::map<std::string, LaneTerms> lanes; // those with an active charter
  Sensitive<Bytes> key;                   // keys the digests of what is taken out
};

// Inside a batch.
ScanTerms scan_terms(Core& core);

struct Scanned {
  Result<packet::Submission> submission; // as it was sent, or what the contract has against it
  LaneTerms terms;                       // with which it was scanned
  std::optional<Error> fault;            // why it cannot be sealed
  CleanSubmission clean;                 // without secrets
  std::vector<gate::ScanFinding> findings;
  std::vector<std::string> lacking;
  bool complete = false; // what cannot be scanned holds
};

// Touches nothing but its arguments. Ids and digests that the engine adds when it seals are nobody's words
// and are not scanned.
Scanned scan_document(const ScanTerms& terms, const Result<canon::Value>& document);
Scanned scan_submission(const ScanTerms& terms, std::string_view document);

// Whether a scan made now would look for the same. Inside a batch.
bool is_current(Core& core, const Scanned& scanned);

} // namespace sallyport::engine
