// The Merkle tree of RFC 6962 section 2.1 over SHA-256: hashing, the state an appender needs, and the
// verification of proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2). Entries are bytes; what they say is
// not known here.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sallyport::ledger {

// Larger trees are refused everywhere, so that index arithmetic cannot overflow and no honest proof is
// longer than limits::proof_hashes.
inline constexpr std::uint64_t tree_size_max = std::uint64_t{1} << 62;

Digest leaf_hash(ByteView entry);                          // SHA-256(0x00 ‖ entry)
Digest node_hash(const Digest& left, const Digest& right); // SHA-256(0x01 ‖ left ‖ right)
Digest empty_root();                                       // SHA-256("")

// Root from the roots of the maximal complete subtrees, largest first; none gives empty_root().
Digest fold_peaks(std::span<const Digest> peaks);

// A tree of which only the right edge is kept: the roots of its maximal complete subtrees, one for each
// set bit of the size, largest first. A value: copy it to be able to go back.
class Frontier {
public:
  Frontier() = default; // the empty tree
  // Refuses a number of peaks that does not fit the size. That they are the right ones shows only when
  // root() is compared with a signed head.
  static Result<Frontier> restore(std::uint64_t size, std::vector<Digest> peaks);

  void append(const Digest& leaf) {
    append(leaf, [](unsigned, std::uint64_t, const Digest&) {});
  }

  // As append(), and calls on_node(bits, index, hash) for every subtree that this leaf completes, from
  // the leaf itself (bits 0) upwards: the subtree of leaves [index << bits, (index + 1) << bits).
  template <class OnNode> void append(const Digest& leaf, OnNode&& on_node) {
    Digest hash = leaf;
    std::uint64_t index = size_;
    on_node(0U, index, hash);
    for (unsigned bits = 1; (index & 1) != 0; ++bits) {
      hash = node_hash(peaks_.back(), hash);
      peaks_.pop_back();
      index >>= 1;
      on_node(bits, index, hash);
    }
    peaks_.push_back(hash);
    ++size_;
  }

  std::uint64_t size() const { return size_; }

  Digest root() const { return fold_peaks(peaks_); }

  const std::vector<Digest>& peaks() const { return peaks_; }

  bool operator==(const Frontier&) const = default;

private:
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;
};

// That `leaf` (a leaf hash) is entry `index` of the tree of `size` entries with this root. Any fault is
// ErrorCode::denied; a proof above limits::proof_hashes is too_large.
Result<void> verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                              std::span<const Digest> proof, const Digest& root);

// That the old tree is a prefix of the new one. Equal sizes want equal roots and an empty proof; two
// empty trees want empty_root(). An empty old tree below a larger one is refused: it proves nothing.
Result<void> verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t new_size,
                                const Digest& new_root, std::span<const Digest> proof);

} // namespace sallyport::ledger
