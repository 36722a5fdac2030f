#include "store/edge.h"

#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "store/reader.h"

#include <fmt/format.h>

namespace sallyport::store {

namespace {

constexpr std::size_t tile_bytes = ledger::tile_width * 32;

// The part of the last tile of `level` that is filled in a tree of `size`; empty where the next hash
// opens a tile.
Result<Tile> last_tile(const Reader& reader, unsigned level, std::uint64_t size) {
  const std::uint64_t hashes = size >> (ledger::tile_height * level);
  Tile tile{level, hashes / ledger::tile_width, {}};
  const std::size_t width = hashes % ledger::tile_width;
  auto stored = reader.tile(level, tile.index);
  if (!stored && stored.error().code != ErrorCode::not_found) {
    return std::unexpected(stored.error());
  }
  if (stored) {
    tile.hashes = std::move(*stored);
  }
  if (tile.hashes.size() != width * 32) {
    return fail(ErrorCode::corrupt, fmt::format("tile/{}/{}", level, tile.index),
                fmt::format("the tile does not agree with the log, which has {} leaves", size));
  }
  return tile;
}

// The leaves under the last level-0 tile, hashed again.
Result<void> check_last_leaves(const Reader& reader, const Tile& tile, std::uint64_t size) {
  const std::uint64_t first = tile.index * ledger::tile_width;
  SP_TRY(const auto leaves, reader.leaves(first, ledger::tile_width));
  for (std::size_t i = 0; i < size - first; ++i) {
    const Digest hash = ledger::leaf_hash(leaves[i]);
    if (!std::ranges::equal(hash.view(), ByteView(tile.hashes).subspan(i * 32, 32))) {
      return fail(ErrorCode::corrupt, fmt::format("log/{}", first + i),
                  "the leaf does not have the hash that its tile holds");
    }
  }
  return {};
}

Result<void> check_last_checkpoint(const Reader& reader, std::string_view origin, std::uint64_t size) {
  const auto last = reader.latest_checkpoint();
  if (!last) {
    return last.error().code == ErrorCode::not_found ? Result<void>() : std::unexpected(last.error());
  }
  const std::string where = fmt::format("checkpoint/{}", last->size);
  const auto note = ledger::parse_note(last->note);
  const auto head = note ? ledger::parse_checkpoint(note->text) : std::unexpected(note.error());
  if (!head || head->size != last->size || head->origin != origin) {
    return fail(ErrorCode::corrupt, where, "the checkpoint is not one of this log and size");
  }
  if (head->size > size) {
    return fail(ErrorCode::corrupt, where,
                fmt::format("the log ends before leaf {}, which this checkpoint covers", head->size - 1));
  }
  SP_TRY(const Digest root, reader.root(head->size));
  if (root != head->root) {
    return fail(
        ErrorCode::corrupt, where,
        fmt::format("the tiles of the leaves before {} do not have the root of this checkpoint", head->size));
  }
  return {};
}

} // namespace

Result<Edge> Edge::of(const Reader& reader, std::string_view origin) {
  SP_TRY(const std::uint64_t size, reader.size());
  Edge edge;
  for (unsigned level = 0; level == 0 || (size >> (ledger::tile_height * level)) != 0; ++level) {
    SP_TRY(Tile tile, last_tile(reader, level, size));
    edge.last_.push_back(std::move(tile));
    edge.grown_.push_back(false);
  }
  SP_CHECK(check_last_leaves(reader, edge.last_.front(), size));
  SP_TRY(auto frontier, ledger::frontier(reader, size));
  edge.appender_ = ledger::Appender(std::move(frontier));
  SP_CHECK(check_last_checkpoint(reader, origin, size));
  return edge;
}

void Edge::append(const Digest& leaf_hash) {
  std::vector<ledger::StoredHash> completed;
  appender_.append(leaf_hash, completed);
  for (const auto& stored : completed) {
    if (stored.level >= last_.size()) {
      last_.resize(stored.level + 1);
      grown_.resize(stored.level + 1);
    }
    Tile& tile = last_[stored.level];
    tile.level = stored.level;
    tile.hashes.insert(tile.hashes.end(), stored.hash.bytes.begin(), stored.hash.bytes.end());
    grown_[stored.level] = tile.hashes.size() != tile_bytes;
    if (tile.hashes.size() == tile_bytes) {
      const std::uint64_t next = tile.index + 1;
      filled_.push_back(std::move(tile));
      tile = Tile{stored.level, next, {}};
    }
  }
}

std::vector<Tile> Edge::take_changed() {
  std::vector<Tile> changed = std::exchange(filled_, {});
  for (std::size_t level = 0; level < last_.size(); ++level) {
    if (grown_[level]) {
      changed.push_back(last_[level]);
      grown_[level] = false;
    }
  }
  return changed;
}

} // namespace sallyport::store
