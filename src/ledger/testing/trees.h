// What the tests of this module share: entries, trees, keys, damage.
#pragma once

#include "base/testing/shared_data.h"
#include "crypto/ed25519.h"
#include "ledger/tiles.h"

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace sallyport::ledger::testing {

inline std::string entry_text(std::uint64_t i) {
  return "{\"seq\":" + std::to_string(i) + ",\"type\":\"x\"}";
}

inline Digest entry_hash(std::uint64_t i) {
  return leaf_hash(as_bytes(entry_text(i)));
}

inline MemoryTiles tiles_of(std::uint64_t size) {
  MemoryTiles tiles;
  for (std::uint64_t i = 0; i < size; ++i) {
    tiles.append(entry_hash(i));
  }
  return tiles;
}

// RFC 6962 section 2.1, word for word: the definition that everything else is compared with.
inline Digest defined_root(std::span<const Digest> leaves) {
  if (leaves.empty()) {
    return empty_root();
  }
  if (leaves.size() == 1) {
    return leaves[0];
  }
  std::size_t k = 1;
  while (2 * k < leaves.size()) {
    k *= 2;
  }
  return node_hash(defined_root(leaves.first(k)), defined_root(leaves.subspan(k)));
}

inline Digest flip(Digest digest, std::size_t bit) {
  digest.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  return digest;
}

inline std::uint64_t below(std::mt19937_64& random, std::uint64_t bound) {
  return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random);
}

inline crypto::Ed25519Key test_key(std::uint8_t seed) {
  return crypto::Ed25519Key::from_seed(Bytes(32, seed));
}

inline std::string read_vector(const std::string& below) {
  return sallyport::testing::read_file(sallyport::testing::shared_data("vectors/" + below));
}

} // namespace sallyport::ledger::testing
