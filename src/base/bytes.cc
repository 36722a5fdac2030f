#include "base/bytes.h"

#include <array>

namespace sallyport {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> reverse_table(std::string_view digits) {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    table[static_cast<std::uint8_t>(digits[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}

std::string encode64(ByteView bytes, std::string_view digits, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t v = std::uint32_t{bytes[i]} << 16U | std::uint32_t{bytes[i + 1]} << 8U | bytes[i + 2];
    out += {digits[v >> 18U], digits[v >> 12U & 63U], digits[v >> 6U & 63U], digits[v & 63U]};
  }
  if (const std::size_t rest = bytes.size() - i; rest != 0) {
    std::uint32_t v = std::uint32_t{bytes[i]} << 16U;
    if (rest == 2) {
      v |= std::uint32_t{bytes[i + 1]} << 8U;
    }
    out += {digits[v >> 18U], digits[v >> 12U & 63U]};
    if (rest == 2) {
      out += digits[v >> 6U & 63U];
    }
    if (pad) {
      out.append(rest == 2 ? 1 : 2, '=');
    }
  }
  return out;
}

Result<Bytes> decode64(std::string_view text, const std::array<std::int8_t, 256>& reverse) {
  if (text.size() % 4 == 1) {
    return fail(ErrorCode::malformed, "", "base64 of impossible length");
  }
  Bytes out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t acc = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::int8_t digit = reverse[static_cast<std::uint8_t>(c)];
    if (digit < 0) {
      return fail(ErrorCode::malformed, "", "a character that base64 does not have");
    }
    acc = acc << 6U | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(acc >> bits & 0xFFU));
    }
  }
  if ((acc & ((1U << bits) - 1U)) != 0) {
    return fail(ErrorCode::malformed, "", "base64 with stray bits at its end");
  }
  return out;
}

} // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) {
    out += {hex_digits[b >> 4U], hex_digits[b & 15U]};
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  static constexpr auto reverse = reverse_table(hex_digits);
  if (text.size() % 2 != 0) {
    return fail(ErrorCode::malformed, "", "hex of odd length");
  }
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = reverse[static_cast<std::uint8_t>(text[i])];
    const int low = reverse[static_cast<std::uint8_t>(text[i + 1])];
    if (high < 0 || low < 0) {
      return fail(ErrorCode::malformed, "", "a character that lowercase hex does not have");
    }
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return out;
}

std::string to_base64(ByteView bytes) {
  return encode64(bytes, base64_digits, true);
}

Result<Bytes> from_base64(std::string_view text) {
  static constexpr auto reverse = reverse_table(base64_digits);
  if (text.size() % 4 != 0) {
    return fail(ErrorCode::malformed, "", "base64 without its padding");
  }
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  return decode64(text, reverse);
}

std::string to_base64url(ByteView bytes) {
  return encode64(bytes, base64url_digits, false);
}

Result<Bytes> from_base64url(std::string_view text) {
  static constexpr auto reverse = reverse_table(base64url_digits);
  return decode64(text, reverse);
}

bool equal_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) {
    return false;
  }
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned>(a[i] ^ b[i]);
  }
  return difference == 0;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) {
      return false;
    }
    std::uint32_t point = lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<std::uint8_t>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) {
        return false;
      }
      point = point << 6U | (next & 0x3FU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) {
      return false;
    }
    i += length;
  }
  return true;
}

} // namespace sallyport
