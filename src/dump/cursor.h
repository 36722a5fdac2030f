// Reading a stranger's bytes. Nothing here can leave the bytes it was given: after the first read behind
// their end every getter answers zero or empty, and ok() is false. A record is read whole and asked once.
#pragma once

#include "base/bytes.h"
#include "dump/range.h"

#include <bit>
#include <concepts>
#include <cstdint>

namespace sallyport::dump {

// The part of `file` that `range` covers; what lies behind the end is not in it.
ByteView slice(ByteView file, Range range);

class Cursor {
public:
  Cursor(ByteView bytes, std::endian order) : rest_(bytes), order_(order) {}

  explicit Cursor(Bytes&& bytes) = delete; // would not outlive this line

  std::uint8_t u8() { return take<std::uint8_t>(); }

  std::uint16_t u16() { return take<std::uint16_t>(); }

  std::uint32_t u32() { return take<std::uint32_t>(); }

  std::uint64_t u64() { return take<std::uint64_t>(); }

  // A number as wide as a word of the process, 4 or 8 bytes.
  std::uint64_t word(std::size_t width) { return width == 4 ? u32() : u64(); }

  ByteView bytes(std::uint64_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const ByteView front = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(static_cast<std::size_t>(count));
    return front;
  }

  Cursor& skip(std::uint64_t count) {
    bytes(count);
    return *this;
  }

  std::size_t left() const { return rest_.size(); }

  bool ok() const { return ok_; }

private:
  template <std::unsigned_integral T> T take() {
    const ByteView raw = bytes(sizeof(T));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      const std::size_t shift = 8 * (order_ == std::endian::little ? i : raw.size() - 1 - i);
      value |= static_cast<std::uint64_t>(raw[i]) << shift;
    }
    return static_cast<T>(value);
  }

  ByteView rest_;
  std::endian order_;
  bool ok_ = true;
};

} // namespace sallyport::dump
