// The tree cut into tiles (C2SP tlog-tiles, height 8): what a store has to keep, and roots and proofs
// made from it. A tile level L holds the hashes of the complete subtrees of 256^L leaves, in order;
// nothing between two levels is stored, it is computed again from one tile.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"
#include "ledger/merkle.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sallyport::ledger {

inline constexpr unsigned tile_height = 8;
inline constexpr std::uint64_t tile_width = 256;
inline constexpr unsigned tile_levels = 8; // enough for tree_size_max
// The encoding allows 65,535; the rest is reserve, and larger things enter the log by digest.
inline constexpr std::size_t entry_bytes_max = 60'000;

// Where stored hashes come from. Hashes below the size asked about must be there; a missing one is an
// error of the reader's own.
class TileReader {
public:
  virtual ~TileReader() = default;

  // The hash at `index` of tile level `level` (0, 1, 2 ...): the root of the 256^level leaves that
  // start at index * 256^level.
  virtual Result<Digest> hash(unsigned level, std::uint64_t index) const = 0;

  // out.size() neighbours that start at `first`, never across a tile. Override where one read of many
  // is cheaper than many reads.
  virtual Result<void> hashes(unsigned level, std::uint64_t first, std::span<Digest> out) const;
};

// Roots and proofs of one tree size. Keeps two tiles of each level (the last of the level and the one
// asked for last) with the nodes inside them, so that proofs of neighbours are look-ups. The reader
// must outlive it.
class Prover {
public:
  Prover(const TileReader& reader, std::uint64_t size) : reader_(reader), size_(size) {}

  Result<Digest> root();
  Result<Frontier> frontier();
  // From the leaf's sibling up to the child of the root (RFC 6962 section 2.1.1).
  Result<std::vector<Digest>> inclusion(std::uint64_t index);
  // RFC 6962 section 2.1.2; empty for equal sizes. An empty old tree is refused.
  Result<std::vector<Digest>> consistency(std::uint64_t old_size);

private:
  // rows[k] holds the complete subtrees of 2^k of the tile's hashes.
  struct Tile {
    std::uint64_t n;
    std::array<std::vector<Digest>, tile_height> rows;
  };

  // The complete subtree of leaves [index << bits, (index + 1) << bits).
  Result<Digest> complete(unsigned bits, std::uint64_t index);
  Result<const Tile*> load(unsigned level, std::uint64_t n);
  // Of leaves [begin, end), largest first. `begin` is a multiple of the largest power of two that
  // fits, as it is for every right-hand side of a split.
  Result<std::vector<Digest>> peaks(std::uint64_t begin, std::uint64_t end);
  Result<Digest> range(std::uint64_t begin, std::uint64_t end);

  const TileReader& reader_;
  std::uint64_t size_;
  std::array<std::optional<Tile>, tile_levels> last_;
  std::array<std::optional<Tile>, tile_levels> recent_;
};

// For one answer; each reads O(log size) tiles.
Result<Digest> root(const TileReader& reader, std::uint64_t size);
Result<Frontier> frontier(const TileReader& reader, std::uint64_t size);
Result<std::vector<Digest>> inclusion_proof(const TileReader& reader, std::uint64_t index,
                                            std::uint64_t size);
Result<std::vector<Digest>> consistency_proof(const TileReader& reader, std::uint64_t old_size,
                                              std::uint64_t new_size);

struct StoredHash {
  unsigned level = 0; // tile level
  std::uint64_t index = 0;
  Digest hash;
  bool operator==(const StoredHash&) const = default;
};

// Tells a store what to write. A value: keep a copy to go back when a transaction fails.
class Appender {
public:
  Appender() = default; // the empty tree

  explicit Appender(Frontier at) : frontier_(std::move(at)) {}

  // Adds to `completed` the leaf itself (level 0) and each hash of a higher tile level that it
  // completes.
  void append(const Digest& leaf, std::vector<StoredHash>& completed);

  std::uint64_t size() const { return frontier_.size(); }

  Digest root() const { return frontier_.root(); }

  const Frontier& frontier() const { return frontier_; }

private:
  Frontier frontier_;
};

class MemoryTiles final : public TileReader {
public:
  void append(const Digest& leaf);

  std::uint64_t size() const { return appender_.size(); }

  Result<Digest> hash(unsigned level, std::uint64_t index) const override;
  Result<void> hashes(unsigned level, std::uint64_t first, std::span<Digest> out) const override;

private:
  Appender appender_;
  std::vector<std::vector<Digest>> levels_;
};

// "tile/0/x001/234", "tile/1/000.p/17": `width` hashes (1..256) in tile `n` of a level.
std::string tile_path(unsigned level, std::uint64_t n, std::uint64_t width = tile_width);
// "tile/entries/x001/234.p/5": bundle `n` of entries.
std::string entries_path(std::uint64_t n, std::uint64_t width = tile_width);

// An entry bundle: each entry after its length as big-endian uint16.
Result<void> append_to_bundle(Bytes& bundle, ByteView entry);
// Views into `bundle`, exactly `count` entries (1..256) and nothing after them.
Result<std::vector<ByteView>> parse_bundle(ByteView bundle, std::uint64_t count);

} // namespace sallyport::ledger
