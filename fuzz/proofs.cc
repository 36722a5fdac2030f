// Merkle proofs against a log whose every hash is known: an inclusion proof that holds below a true root is
// about the leaf at its index, a consistency proof that holds towards a true root is about the true older
// root.
//
// Input: index or old size, size of the tree, the hash that is claimed, then one byte for each hash of the
// proof.
#include "small_log.h"

using namespace sallyport;
using namespace sallyport::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) {
    return 0;
  }
  const fuzz::SmallLog& log = fuzz::small_log();
  const auto pick = [&](std::uint8_t byte) { return log.pool[byte % log.pool.size()]; };
  const std::uint64_t index = data[0] == 0xFF ? ~std::uint64_t{0} : data[0];
  const std::uint64_t tree = data[1] % (fuzz::SmallLog::size + 1);
  const Digest claimed = pick(data[2]);
  std::vector<Digest> proof;
  for (const std::uint8_t byte : ByteView{data, size}.subspan(3)) {
    proof.push_back(pick(byte));
  }
  if (verify_inclusion(claimed, index, tree, proof, log.roots[tree])) {
    SP_ASSERT(index < tree && claimed == log.leaves[index]);
  }
  if (verify_consistency(index, claimed, tree, log.roots[tree], proof)) {
    SP_ASSERT(index <= tree && claimed == log.roots[index]);
    SP_ASSERT(index != 0 || tree == 0);
  }
  // A signer's guard moves to the next head, or stays.
  HeadGuard guard(log.head());
  if (!guard.advance({log.head().origin, index, claimed}, proof)) {
    SP_ASSERT(guard.last() == log.head());
  }
  return 0;
}
