// The last head that the log signer signed, outside the database, so that a restored database cannot
// make it sign a fork (research: a log must never sign an inconsistent head). The store only keeps the
// file; the rule is the signer's.
//
//   <size in decimal> newline <root in lowercase hex> newline
#pragma once

#include "base/digest.h"
#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace sallyport::store {

struct SignerState {
  std::uint64_t size = 0;
  Digest root;
  bool operator==(const SignerState&) const = default;
};

// nullopt: never signed. corrupt: the file does not say what it must; do not sign then.
Result<std::optional<SignerState>> read_signer_state(const std::filesystem::path& dir);
// Durable on return; whole or not at all.
Result<void> write_signer_state(const std::filesystem::path& dir, const SignerState& state);

} // namespace sallyport::store
