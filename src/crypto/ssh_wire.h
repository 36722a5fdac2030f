// The SSH data types (RFC 4251 section 5): u32 big-endian, string = u32 length and bytes, mpint.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace sallyport::crypto {

// An unsigned number of at most 256 bits, big-endian.
using Scalar256 = std::array<std::uint8_t, 32>;

// Reads in order; after the first fault every getter answers empty or zero, and ok() and done() are
// false. Views point into the input.
class WireReader {
public:
  explicit WireReader(ByteView input) : rest_(input) {}

  explicit WireReader(Bytes&& input) = delete; // would not outlive this line

  std::uint8_t byte();
  std::uint32_t u32();
  ByteView bytes(std::size_t count); // without a length in front
  ByteView string();
  std::string_view text();
  // In its one shortest form, not negative, at most 256 bits.
  Scalar256 mpint();

  bool ok() const { return ok_; }

  // Everything was well formed and nothing is left.
  bool done() const { return ok_ && rest_.empty(); }

private:
  ByteView rest_;
  bool ok_ = true;
};

class WireWriter {
public:
  WireWriter& byte(std::uint8_t value);
  WireWriter& u32(std::uint32_t value);
  WireWriter& bytes(ByteView value); // without a length in front
  WireWriter& string(ByteView value);
  WireWriter& string(std::string_view value);
  WireWriter& mpint(const Scalar256& value);

  const Bytes& out() const& { return out_; }

  Bytes out() && { return std::move(out_); }

private:
  Bytes out_;
};

} // namespace sallyport::crypto
