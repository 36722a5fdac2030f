#include "ledger/merkle.h"

#include "base/limits.h"
#include "crypto/digest.h"

#include <algorithm>
#include <bit>

namespace sallyport::ledger {

namespace {

// The two positions that a proof climbs: a node and the last node of its level.
struct Climb {
  std::uint64_t node;
  std::uint64_t last;

  void up() {
    node >>= 1;
    last >>= 1;
  }

  bool sibling_is_left() const { return (node & 1) != 0 || node == last; }

  // A last node that is a left child has no sibling; it rises unchanged until it is a right one.
  void skip_missing_siblings() {
    while (node != 0 && (node & 1) == 0) {
      up();
    }
  }
};

Result<void> check_length(std::span<const Digest> proof) {
  if (proof.size() > limits::proof_hashes) {
    return fail(ErrorCode::too_large, "proof", "the proof has more hashes than any tree needs");
  }
  return {};
}

std::unexpected<Error> no_inclusion(const char* why) {
  return fail(ErrorCode::denied, "inclusion", why);
}

std::unexpected<Error> no_consistency(const char* why) {
  return fail(ErrorCode::denied, "consistency", why);
}

} // namespace

Digest leaf_hash(ByteView entry) {
  static constexpr std::uint8_t prefix = 0x00;
  crypto::Sha256 hash;
  hash.update({&prefix, 1});
  hash.update(entry);
  return hash.finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<std::uint8_t, 65> input;
  input[0] = 0x01;
  std::ranges::copy(left.bytes, input.begin() + 1);
  std::ranges::copy(right.bytes, input.begin() + 33);
  return crypto::sha256(input);
}

Digest empty_root() {
  return crypto::sha256(ByteView{});
}

Digest fold_peaks(std::span<const Digest> peaks) {
  if (peaks.empty()) {
    return empty_root();
  }
  Digest root = peaks.back();
  for (std::size_t i = peaks.size() - 1; i > 0; --i) {
    root = node_hash(peaks[i - 1], root);
  }
  return root;
}

Result<Frontier> Frontier::restore(std::uint64_t size, std::vector<Digest> peaks) {
  if (size > tree_size_max || peaks.size() != static_cast<std::size_t>(std::popcount(size))) {
    return fail(ErrorCode::corrupt, "frontier", "the number of subtrees does not fit the size of the tree");
  }
  Frontier frontier;
  frontier.size_ = size;
  frontier.peaks_ = std::move(peaks);
  return frontier;
}

Result<void> verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                              std::span<const Digest> proof, const Digest& root) {
  SP_CHECK(check_length(proof));
  if (size > tree_size_max || index >= size) {
    return no_inclusion("the index does not lie in the tree");
  }
  Climb climb{index, size - 1};
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (climb.last == 0) {
      return no_inclusion("the proof is longer than the path to the root");
    }
    if (climb.sibling_is_left()) {
      hash = node_hash(sibling, hash);
      climb.skip_missing_siblings();
    } else {
      hash = node_hash(hash, sibling);
    }
    climb.up();
  }
  if (climb.last != 0) {
    return no_inclusion("the proof is shorter than the path to the root");
  }
  if (hash != root) {
    return no_inclusion("the entry is not in the tree at this index");
  }
  return {};
}

Result<void> verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t new_size,
                                const Digest& new_root, std::span<const Digest> proof) {
  SP_CHECK(check_length(proof));
  if (new_size > tree_size_max || old_size > new_size) {
    return no_consistency("the old tree is larger than the new one");
  }
  if (old_size == new_size) {
    const bool rooted = new_size != 0 || new_root == empty_root();
    if (!proof.empty() || old_root != new_root || !rooted) {
      return no_consistency("trees of one size differ in root, or a proof comes with them");
    }
    return {};
  }
  if (old_size == 0) {
    return no_consistency("an empty tree proves nothing about a larger one");
  }

  // Start at the largest complete subtree that ends where the old tree ends. If it is the whole old
  // tree, the verifier has its root already and the proof leaves it out.
  Climb climb{old_size - 1, new_size - 1};
  while ((climb.node & 1) != 0) {
    climb.up();
  }
  Digest seed = old_root;
  if (!std::has_single_bit(old_size)) {
    if (proof.empty()) {
      return no_consistency("the proof is empty");
    }
    seed = proof.front();
    proof = proof.subspan(1);
  }
  Digest old_hash = seed;
  Digest new_hash = seed;
  for (const Digest& sibling : proof) {
    if (climb.last == 0) {
      return no_consistency("the proof is longer than the path to the root");
    }
    if (climb.sibling_is_left()) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
      climb.skip_missing_siblings();
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
    climb.up();
  }
  if (climb.last != 0) {
    return no_consistency("the proof is shorter than the path to the root");
  }
  if (old_hash != old_root || new_hash != new_root) {
    return no_consistency("the old tree is not a prefix of the new one");
  }
  return {};
}

} // namespace sallyport::ledger
