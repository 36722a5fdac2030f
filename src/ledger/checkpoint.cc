#include "ledger/checkpoint.h"

#include "ledger/merkle.h"
#include "ledger/text.h"

#include <fmt/format.h>

namespace sallyport::ledger {

namespace {

Result<void> check_extends(const Checkpoint& last, const Checkpoint& next, std::span<const Digest> proof) {
  if (last.size == 0 && next.size != 0) {
    // Every tree extends the empty one: there is nothing to prove.
    if (!proof.empty()) {
      return fail(ErrorCode::denied, "consistency", "a proof comes with the first head");
    }
    return {};
  }
  return verify_consistency(last.size, last.root, next.size, next.root, proof);
}

} // namespace

std::string Checkpoint::text() const {
  return fmt::format("{}\n{}\n{}\n", origin, size, to_base64(root.view()));
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Lines lines(text);
  const auto origin = lines.next();
  const auto size = lines.next();
  const auto root = lines.next();
  if (!root || origin->empty()) {
    return fail(ErrorCode::malformed, "checkpoint", "expected three lines: origin, size and root");
  }
  if (!lines.rest().empty()) {
    return fail(ErrorCode::unsupported, "checkpoint", "extension lines are not taken");
  }
  Checkpoint head;
  head.origin = *origin;
  SP_TRY(head.size, parse_decimal(*size, "checkpoint/size"));
  SP_TRY(head.root, parse_hash(*root, "checkpoint/root"));
  return head;
}

Result<std::string> sign_checkpoint(const Checkpoint& head, const crypto::Ed25519Key& key) {
  return sign_note(head.text(), head.origin, key);
}

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& log) {
  SP_TRY(const Note parsed, parse_note(note));
  SP_CHECK(verify_signature(parsed, log));
  SP_TRY(Checkpoint head, parse_checkpoint(parsed.text));
  if (head.origin != log.name) {
    return fail(ErrorCode::denied, "checkpoint/origin", "the key signs for another log");
  }
  return head;
}

HeadGuard HeadGuard::genesis(std::string origin) {
  return HeadGuard({std::move(origin), 0, empty_root()});
}

Result<void> HeadGuard::advance(const Checkpoint& next, std::span<const Digest> consistency) {
  if (next.origin != last_.origin) {
    return fail(ErrorCode::conflict, "checkpoint/origin", "the head is of another log");
  }
  if (next.size < last_.size) {
    return fail(ErrorCode::conflict, "checkpoint/size", "a larger head has been signed");
  }
  if (next.size == last_.size && next.root != last_.root) {
    return fail(ErrorCode::conflict, "checkpoint/root", "another head of this size has been signed");
  }
  SP_CHECK(check_extends(last_, next, consistency));
  last_ = next;
  return {};
}

} // namespace sallyport::ledger
