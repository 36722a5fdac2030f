// A SHA-256 digest as a value. Our own spelling is lowercase hex; tree hashes and disclosures have
// the spelling of their standards.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  ByteView view() const { return bytes; }

  std::string hex() const { return to_hex(bytes); }

  std::string base64url() const { return to_base64url(bytes); }

  auto operator<=>(const Digest&) const = default;

  static Result<Digest> from_hex(std::string_view text);
  static Result<Digest> from_bytes(ByteView bytes);
};

} // namespace sallyport
