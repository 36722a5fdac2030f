// A log small enough that every proof about it can be put together from one byte per hash.
#pragma once

#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/tiles.h"

#include <string>
#include <vector>

namespace sallyport::fuzz {

struct SmallLog {
  static constexpr std::uint64_t size = 33;
  static constexpr std::string_view origin = "sallyport.example/psr";

  ledger::MemoryTiles tiles;
  std::vector<Digest> leaves;
  std::vector<Digest> roots; // of the first n leaves
  std::vector<Digest> pool;  // every node there is, every root, and one that is neither

  SmallLog() {
    ledger::Frontier frontier;
    roots.push_back(ledger::empty_root());
    for (std::uint64_t i = 0; i < size; ++i) {
      leaves.push_back(ledger::leaf_hash(as_bytes("entry " + std::to_string(i))));
      tiles.append(leaves.back());
      frontier.append(leaves.back(),
                      [this](unsigned, std::uint64_t, const Digest& node) { pool.push_back(node); });
      roots.push_back(frontier.root());
    }
    pool.insert(pool.end(), roots.begin(), roots.end());
    pool.push_back(ledger::leaf_hash(as_bytes("foreign")));
  }

  static crypto::Ed25519Key key() { return crypto::Ed25519Key::from_seed(Bytes(32, 7)); }

  ledger::Checkpoint head() const { return {std::string(origin), size, roots.back()}; }
};

inline const SmallLog& small_log() {
  static const SmallLog log;
  return log;
}

} // namespace sallyport::fuzz
