// Evidence from the dump engine: what a scan of a redacted dump says becomes an observation of its source,
// with the closed facts and pins that the gate decides on; regions and report are its body. A scan of a newer
// revision, or under newer rules, is an observation again.
#pragma once

#include "engine/core.h"
#include "engine/fragments.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::engine {

// The record of a source whose content a scan used: the ruleset as the redaction policy has it, the taxonomy.
struct PinnedRecord {
  std::string source;
  std::string key;
  Digest content;
};

struct ScanReport {
  std::string source;
  packet::ScanFacts facts; // root and size are those of the regions
  std::optional<Instant> changed_at;
  std::map<std::string, PinnedRecord> pins;
  std::map<std::string, Digest> tools; // digests of what is no record of a source: the tool, its dictionary
  std::vector<ScannedRegion> regions;
  canon::Value report;
};

struct RecordedScan {
  packet::LeafNumber leaf = 0;
  std::uint32_t findings = 0; // opened in workspaces that cite the revision
  std::vector<packet::Reason> refused;
};

// Inside a batch. `by` is the account of the scanner. Facts that contradict the regions are malformed.
Result<RecordedScan> record_scan(Core& core, const AccountId& by, ScanReport report);

} // namespace sallyport::engine
