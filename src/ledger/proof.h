// Proofs that travel: the C2SP tlog-proof (that an entry is in the log), and a consistency proof as
// lines of base64.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"
#include "ledger/policy.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::ledger {

struct TlogProof {
  std::uint64_t index = 0;
  std::vector<Digest> hashes; // leaf's sibling first
  std::string checkpoint;     // the signed note, verbatim
  bool operator==(const TlogProof&) const = default;
};

std::string write_proof(const TlogProof& proof);
// An `extra` line is unsupported: nothing authenticates it, and no file of ours has one.
Result<TlogProof> parse_proof(std::string_view text);

// That `entry` (its bytes) is in the log at proof.index, below a head that the policy accepts.
Result<TrustedHead> verify_proof(const TlogProof& proof, ByteView entry, const Policy& policy);
// The same where only the log's own key is known.
Result<Checkpoint> verify_proof(const TlogProof& proof, ByteView entry, const VerifierKey& log);

// One base64 hash on each line, in the order of RFC 6962 section 2.1.2; no line for equal sizes.
std::string write_consistency(std::span<const Digest> proof);
Result<std::vector<Digest>> parse_consistency(std::string_view text);

} // namespace sallyport::ledger
