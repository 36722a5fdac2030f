// Many who write one packet at the same time: people by their tokens and agents by their own door, over a
// real service on a real folder; and what the log says of it afterwards. For the test and the benchmark of
// the same name; people and names are invented.
#pragma once

#include "base/digest.h"
#include "base/instant.h"
#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sallyport::http::testing {

struct CrowdOptions {
  std::filesystem::path folder; // there, and empty
  std::size_t editors = 50;     // three of them own the sections and decide
  std::size_t agents = 5;
  std::size_t acts = 8;   // of each
  Duration pause;         // between two acts of one of them, on average
  std::uint64_t seed = 1; // of who does what
};

// What one of them asked for and was told.
struct Act {
  std::string who;
  std::string verb; // propose | accept | reject | object | answer | withdraw | instruct | flag | read
  std::string id;   // the edit or item that it is about
  std::string sent; // of a proposal: its ops
  int status = 0;
  std::string reason; // of a refusal
  double ms = 0;
};

struct CrowdRun {
  std::string packet;
  std::vector<Act> acts;
  std::vector<std::vector<std::string>> ledgers; // items, as a watcher saw them one read after another
  std::string narrative;                         // what a reader saw at the end
  Digest state;                                  // of the service's own fold
  double seconds = 0;
  std::vector<std::string> faults; // answers that nobody should get
};

// Aborts where the ground cannot be laid.
CrowdRun run_crowd(const CrowdOptions& options);

// What of the promises the log in the folder breaks, a sentence each; none where it keeps them. The service
// is gone by then: nothing but what is stored is asked.
//   Every acknowledged act is a leaf exactly once, and every leaf was acknowledged.
//   No edit was taken over one that was taken after its base, or onto another version of its section.
//   The content is what the taken edits come to, in the order in which they were taken.
//   Every item of the ledger has one story without a gap, ends once, and vanished from no reader.
//   The leaves fold to the same state and the same root again.
std::vector<std::string> broken_promises(const std::filesystem::path& folder, const CrowdRun& run);

} // namespace sallyport::http::testing
