#include "crypto/ssh_wire.h"

#include "base/result.h"

#include <algorithm>

namespace sallyport::crypto {

ByteView WireReader::bytes(std::size_t count) {
  if (!ok_ || count > rest_.size()) {
    ok_ = false;
    return {};
  }
  const ByteView out = rest_.first(count);
  rest_ = rest_.subspan(count);
  return out;
}

std::uint8_t WireReader::byte() {
  const ByteView one = bytes(1);
  return one.empty() ? std::uint8_t{0} : one[0];
}

std::uint32_t WireReader::u32() {
  std::uint32_t value = 0;
  for (const std::uint8_t b : bytes(4)) {
    value = value << 8U | b;
  }
  return value;
}

ByteView WireReader::string() {
  return bytes(u32());
}

std::string_view WireReader::text() {
  return as_text(string());
}

Scalar256 WireReader::mpint() {
  ByteView digits = string();
  const bool negative = !digits.empty() && (digits[0] & 0x80U) != 0;
  const bool padded = !digits.empty() && digits[0] == 0;
  // A leading zero is there exactly where the number would else read as negative.
  const bool shortest = !padded || (digits.size() > 1 && (digits[1] & 0x80U) != 0);
  if (padded) {
    digits = digits.subspan(1);
  }
  Scalar256 out{};
  if (negative || !shortest || digits.size() > out.size()) {
    ok_ = false;
  }
  if (ok_) {
    std::ranges::copy(digits, out.end() - static_cast<std::ptrdiff_t>(digits.size()));
  }
  return out;
}

WireWriter& WireWriter::byte(std::uint8_t value) {
  out_.push_back(value);
  return *this;
}

WireWriter& WireWriter::u32(std::uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    out_.push_back(static_cast<std::uint8_t>(value >> shift & 0xFFU));
  }
  return *this;
}

WireWriter& WireWriter::bytes(ByteView value) {
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

WireWriter& WireWriter::string(ByteView value) {
  SP_ASSERT(value.size() <= UINT32_MAX);
  return u32(static_cast<std::uint32_t>(value.size())).bytes(value);
}

WireWriter& WireWriter::string(std::string_view value) {
  return string(as_bytes(value));
}

WireWriter& WireWriter::mpint(const Scalar256& value) {
  const auto* const first = std::ranges::find_if(value, [](std::uint8_t b) { return b != 0; });
  const ByteView digits(first, value.end());
  const bool padded = !digits.empty() && (digits[0] & 0x80U) != 0;
  u32(static_cast<std::uint32_t>(digits.size() + (padded ? 1 : 0)));
  if (padded) {
    byte(0);
  }
  return bytes(digits);
}

} // namespace sallyport::crypto
