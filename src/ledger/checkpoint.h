// Signed heads of the log (C2SP tlog-checkpoint), without extension lines, and the rule that a signer
// never signs two that contradict each other.
#pragma once

#include "base/digest.h"
#include "base/result.h"
#include "ledger/note.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sallyport::ledger {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root;

  std::string text() const; // the note's text: three lines
  bool operator==(const Checkpoint&) const = default;
};

// The three lines and nothing else; no leading zeros, canonical base64, size at most tree_size_max.
Result<Checkpoint> parse_checkpoint(std::string_view text);
// The signed note; the key's name is the origin.
Result<std::string> sign_checkpoint(const Checkpoint& head, const crypto::Ed25519Key& key);
// Verifies the log's signature and that the origin is the key's name.
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& log);

// The last head that was signed, or seen cosigned: there is no guard without one. A log that begins
// starts at genesis(); a signer that has lost its last head asks a witness, or does not sign. Persist
// last() before the signature leaves.
class HeadGuard {
public:
  explicit HeadGuard(Checkpoint last) : last_(std::move(last)) {}

  static HeadGuard genesis(std::string origin);

  // Makes `next` the last head if it may be signed: same origin, and either the same head again or a
  // larger one with a consistency proof from the last. Else conflict or denied, and nothing changes.
  Result<void> advance(const Checkpoint& next, std::span<const Digest> consistency);

  const Checkpoint& last() const { return last_; }

private:
  Checkpoint last_;
};

} // namespace sallyport::ledger
