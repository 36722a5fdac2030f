#include "ledger/tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace sallyport::ledger {

namespace {

Result<void> check_size(std::uint64_t size) {
  if (size > tree_size_max) {
    return fail(ErrorCode::too_large, "size", "the tree is larger than any tree here");
  }
  return {};
}

// The number of leaves left of the split of `size` > 1 leaves: the largest power of two below it.
std::uint64_t left_of_split(std::uint64_t size) {
  return std::bit_floor(size - 1);
}

// "x001/x234/067", and ".p/W" for a partial tile.
std::string tile_name(std::uint64_t n, std::uint64_t width) {
  SP_ASSERT(width >= 1 && width <= tile_width);
  std::string name = fmt::format("{:03}", n % 1000);
  for (n /= 1000; n > 0; n /= 1000) {
    name = fmt::format("x{:03}/{}", n % 1000, name);
  }
  if (width < tile_width) {
    name += fmt::format(".p/{}", width);
  }
  return name;
}

} // namespace

Result<void> TileReader::hashes(unsigned level, std::uint64_t first, std::span<Digest> out) const {
  for (Digest& digest : out) {
    SP_TRY(digest, hash(level, first++));
  }
  return {};
}

Result<Digest> Prover::complete(unsigned bits, std::uint64_t index) {
  const unsigned row = bits % tile_height;
  const std::uint64_t in_row = tile_width >> row;
  SP_TRY(const Tile* const tile, load(bits / tile_height, index / in_row));
  return tile->rows[row][index % in_row];
}

Result<const Prover::Tile*> Prover::load(unsigned level, std::uint64_t n) {
  const std::uint64_t stored = size_ >> (level * tile_height);
  const bool is_last = n == (stored - 1) / tile_width;
  std::optional<Tile>& slot = (is_last ? last_ : recent_)[level];
  if (!slot || slot->n != n) {
    Tile tile{n, {}};
    tile.rows[0].resize(std::min(tile_width, stored - n * tile_width));
    SP_CHECK(reader_.hashes(level, n * tile_width, tile.rows[0]));
    for (unsigned row = 1; row < tile_height; ++row) {
      const std::vector<Digest>& below = tile.rows[row - 1];
      for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
        tile.rows[row].push_back(node_hash(below[i], below[i + 1]));
      }
    }
    slot = std::move(tile);
  }
  return &*slot;
}

Result<std::vector<Digest>> Prover::peaks(std::uint64_t begin, std::uint64_t end) {
  SP_CHECK(check_size(size_));
  std::vector<Digest> result;
  while (begin < end) {
    const unsigned bits = static_cast<unsigned>(std::bit_width(end - begin)) - 1;
    SP_TRY(const Digest peak, complete(bits, begin >> bits));
    result.push_back(peak);
    begin += std::uint64_t{1} << bits;
  }
  return result;
}

Result<Digest> Prover::range(std::uint64_t begin, std::uint64_t end) {
  SP_TRY(const std::vector<Digest> parts, peaks(begin, end));
  return fold_peaks(parts);
}

Result<Digest> Prover::root() {
  return range(0, size_);
}

Result<Frontier> Prover::frontier() {
  SP_TRY(std::vector<Digest> right_edge, peaks(0, size_));
  return Frontier::restore(size_, std::move(right_edge));
}

Result<std::vector<Digest>> Prover::inclusion(std::uint64_t index) {
  if (index >= size_) {
    return fail(ErrorCode::not_found, "index", "the index does not lie in the tree");
  }
  std::vector<Digest> proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size_;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + left_of_split(end - begin);
    const bool goes_left = index < middle;
    SP_TRY(const Digest sibling, goes_left ? range(middle, end) : range(begin, middle));
    proof.push_back(sibling);
    (goes_left ? end : begin) = middle;
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<std::vector<Digest>> Prover::consistency(std::uint64_t old_size) {
  if (old_size > size_ || (old_size == 0 && size_ != 0)) {
    return fail(ErrorCode::not_found, "old_size", "there is no proof from an empty or a larger tree");
  }
  std::vector<Digest> proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size_;
  while (end != old_size) {
    const std::uint64_t middle = begin + left_of_split(end - begin);
    const bool goes_left = old_size <= middle;
    SP_TRY(const Digest sibling, goes_left ? range(middle, end) : range(begin, middle));
    proof.push_back(sibling);
    (goes_left ? end : begin) = middle;
  }
  // The subtree that ends where the old tree ends; a verifier knows it if it is the whole old tree.
  if (begin != 0) {
    SP_TRY(const Digest seed, range(begin, end));
    proof.push_back(seed);
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<Digest> root(const TileReader& reader, std::uint64_t size) {
  return Prover(reader, size).root();
}

Result<Frontier> frontier(const TileReader& reader, std::uint64_t size) {
  return Prover(reader, size).frontier();
}

Result<std::vector<Digest>> inclusion_proof(const TileReader& reader, std::uint64_t index,
                                            std::uint64_t size) {
  return Prover(reader, size).inclusion(index);
}

Result<std::vector<Digest>> consistency_proof(const TileReader& reader, std::uint64_t old_size,
                                              std::uint64_t new_size) {
  return Prover(reader, new_size).consistency(old_size);
}

void Appender::append(const Digest& leaf, std::vector<StoredHash>& completed) {
  frontier_.append(leaf, [&](unsigned bits, std::uint64_t index, const Digest& hash) {
    if (bits % tile_height == 0) {
      completed.push_back({bits / tile_height, index, hash});
    }
  });
}

void MemoryTiles::append(const Digest& leaf) {
  std::vector<StoredHash> completed;
  appender_.append(leaf, completed);
  for (const StoredHash& stored : completed) {
    if (stored.level == levels_.size()) {
      levels_.emplace_back();
    }
    SP_ASSERT(levels_[stored.level].size() == stored.index);
    levels_[stored.level].push_back(stored.hash);
  }
}

Result<Digest> MemoryTiles::hash(unsigned level, std::uint64_t index) const {
  Digest digest;
  SP_CHECK(hashes(level, index, {&digest, 1}));
  return digest;
}

Result<void> MemoryTiles::hashes(unsigned level, std::uint64_t first, std::span<Digest> out) const {
  const bool known = level < levels_.size() && first <= levels_[level].size();
  if (!known || out.size() > levels_[level].size() - first) {
    return fail(ErrorCode::not_found, "tile", "the tree has no such hash");
  }
  std::ranges::copy(std::span(levels_[level]).subspan(first, out.size()), out.begin());
  return {};
}

std::string tile_path(unsigned level, std::uint64_t n, std::uint64_t width) {
  return fmt::format("tile/{}/{}", level, tile_name(n, width));
}

std::string entries_path(std::uint64_t n, std::uint64_t width) {
  return "tile/entries/" + tile_name(n, width);
}

Result<void> append_to_bundle(Bytes& bundle, ByteView entry) {
  if (entry.size() > entry_bytes_max) {
    return fail(ErrorCode::too_large, "entry", "the entry is larger than an entry bundle takes");
  }
  bundle.push_back(static_cast<std::uint8_t>(entry.size() >> 8));
  bundle.push_back(static_cast<std::uint8_t>(entry.size() & 0xff));
  bundle.insert(bundle.end(), entry.begin(), entry.end());
  return {};
}

Result<std::vector<ByteView>> parse_bundle(ByteView bundle, std::uint64_t count) {
  if (count < 1 || count > tile_width) {
    return fail(ErrorCode::malformed, "bundle", "an entry bundle holds 1 to 256 entries");
  }
  std::vector<ByteView> entries;
  entries.reserve(count);
  while (entries.size() < count) {
    if (bundle.size() < 2) {
      return fail(ErrorCode::malformed, "bundle", "the entry bundle ends before its last entry");
    }
    const std::size_t length = static_cast<std::size_t>(bundle[0]) << 8 | bundle[1];
    if (length > entry_bytes_max || length > bundle.size() - 2) {
      return fail(ErrorCode::malformed, "bundle", "an entry is longer than its bundle or than allowed");
    }
    entries.push_back(bundle.subspan(2, length));
    bundle = bundle.subspan(2 + length);
  }
  if (!bundle.empty()) {
    return fail(ErrorCode::malformed, "bundle", "bytes follow the last entry of the bundle");
  }
  return entries;
}

} // namespace sallyport::ledger
