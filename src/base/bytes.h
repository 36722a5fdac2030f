// Bytes and their spellings: hex, base64 (RFC 4648 section 4), base64url without padding (section 5).
// Decoders are strict: no white space, no foreign characters, no non-zero trailing bits, so every
// value has exactly one spelling.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(ByteView bytes);                  // lowercase
Result<Bytes> from_hex(std::string_view text);       // lowercase only
std::string to_base64(ByteView bytes);               // padded
Result<Bytes> from_base64(std::string_view text);    // padded
std::string to_base64url(ByteView bytes);            // unpadded
Result<Bytes> from_base64url(std::string_view text); // unpadded

// Constant time in the contents; lengths are public.
bool equal_constant_time(ByteView a, ByteView b);

// True iff `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

} // namespace sallyport
