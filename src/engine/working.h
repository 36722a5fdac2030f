// The working revision of a packet that people write together: its content, with what no edit says but the
// ledger and the scans do, as it would be sealed now; and the scan of it, which runs on a thread of the face
// and is taken while it is current.
#pragma once

#include "engine/core.h"
#include "engine/scanned.h"
#include "packet/coproduced.h"

#include <optional>
#include <vector>

namespace sallyport::engine {

// Content with its cells of exposure, passes and marks of dispute as the ledger and the last scan of each
// dump have them: an edit that says something of them is not believed.
canon::Object completed(const gate::State& state, const gate::Workspace& workspace, canon::Object content);

// What the packet's content would be sealed as. Ids that its citations name as objects are not drawn yet.
Result<packet::WorkingRevision> working_revision(Core& core, const PacketId& packet);

// What a stored revision can hold: it is read again whole.
inline constexpr std::size_t content_bytes_max = 2 * 1024 * 1024;
inline constexpr std::size_t disclosed_bytes_max = 6 * 1024 * 1024; // with what people said of it

// Whether the content can be sealed: the first thing that stands in the way, as a pointer and a sentence.
Result<void> check_content(const Core& core, const PacketId& packet, canon::Object content);

// {key, occurred_at, content, pins?}: how a citation's record stands in the content.
struct CitedRecord {
  std::string key;
  Instant occurred_at;
  Digest content;
  std::map<std::string, std::string> pins;
};

Result<CitedRecord> read_record(const canon::Value& value, std::string where);

// ---- the scan

// Everything that the scan needs, as a value; another thread may use it.
struct WorkingCopy {
  scan::RuleSet rules;
  LaneTerms terms;
  Sensitive<Bytes> key;
  packet::WorkingRevision working;
  packet::LeafNumber edits_at = 0;
  packet::LeafNumber ledger_at = 0;
};

struct WorkingScan {
  PacketId packet;
  LaneTerms terms; // with which it was scanned
  packet::LeafNumber edits_at = 0;
  packet::LeafNumber ledger_at = 0;
  std::optional<Error> fault; // why it cannot be sealed
  std::vector<gate::ScanFinding> findings;
  bool complete = false;
};

// Inside a batch.
Result<WorkingCopy> working_copy(Core& core, const PacketId& packet);
// Touches nothing but its argument.
WorkingScan scan_working(const WorkingCopy& copy);
// Whether content, ledger and names are those that were scanned. Inside a batch.
Result<bool> is_current(Core& core, const WorkingScan& scan);

} // namespace sallyport::engine
