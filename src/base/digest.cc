#include "base/digest.h"

#include <algorithm>

namespace sallyport {

Result<Digest> Digest::from_bytes(ByteView bytes) {
  Digest digest;
  if (bytes.size() != digest.bytes.size()) {
    return fail(ErrorCode::malformed, "", "expected 32 bytes");
  }
  std::ranges::copy(bytes, digest.bytes.begin());
  return digest;
}

Result<Digest> Digest::from_hex(std::string_view text) {
  const auto bytes = sallyport::from_hex(text);
  if (!bytes || bytes->size() != 32) {
    return fail(ErrorCode::malformed, "", "expected 64 lowercase hex digits");
  }
  return from_bytes(*bytes);
}

} // namespace sallyport
