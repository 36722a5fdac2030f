// The right edge of the tree: the appender and the last tile of each level, so that a batch writes one
// row per tile it touched. A value: keep a copy to go back. Internal.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "ledger/tiles.h"

#include <cstdint>
#include <vector>

namespace sallyport::store {

class Reader;

struct Tile {
  unsigned level = 0;
  std::uint64_t index = 0;
  Bytes hashes;
};

class Edge {
public:
  Edge() = default; // of the empty log
  // Takes the log, its tiles and its last checkpoint together, and says where they do not agree.
  static Result<Edge> of(const Reader& reader, std::string_view origin);

  void append(const Digest& leaf_hash);
  // The tiles that grew since the last call, whole.
  std::vector<Tile> take_changed();

  std::uint64_t size() const { return appender_.size(); }

  Digest root() const { return appender_.root(); }

private:
  ledger::Appender appender_;
  std::vector<Tile> last_;   // by level; the one that the next hash goes into, maybe empty
  std::vector<bool> grown_;  // by level
  std::vector<Tile> filled_; // since take_changed()
};

} // namespace sallyport::store
