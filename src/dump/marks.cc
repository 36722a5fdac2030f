#include "dump/marks.h"

#include "base/result.h"
#include "crypto/digest.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace sallyport::dump {
namespace {

std::string_view word_of(Exposure exposure) {
  switch (exposure) {
  case Exposure::customer_identifier:
    return "CUSTOMER";
  case Exposure::session_payload:
    return "SESSION";
  case Exposure::stack_local:
    return "STACK";
  case Exposure::unscanned:
    break;
  }
  return {};
}

constexpr std::size_t digits_max = 6;     // of a token's number
constexpr std::size_t keyed_letters = 10; // of one that a key made
constexpr std::size_t token_max = 1 + 8 + 1 + keyed_letters + 1;
constexpr std::string_view digits = "0123456789";
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::array<std::uint8_t, 4> defaced{0xed, 0xac, 0xef, 0x0d};

// The length of the token that begins at the front; 0 where none does.
std::size_t token_at(std::string_view text) {
  for (const Exposure exposure :
       {Exposure::customer_identifier, Exposure::session_payload, Exposure::stack_local}) {
    const std::string begin = fmt::format("<{}-", word_of(exposure));
    if (!text.starts_with(begin)) {
      continue;
    }
    const auto ends_after = [&](std::string_view alphabet, std::size_t least, std::size_t most) {
      const std::size_t end = text.find_first_not_of(alphabet, begin.size());
      const bool closed = end != std::string_view::npos && text[end] == '>';
      return closed && end - begin.size() >= least && end - begin.size() <= most ? end + 1 : 0;
    };
    const std::size_t numbered = ends_after(digits, 1, digits_max);
    return numbered != 0 ? numbered : ends_after(letters, keyed_letters, keyed_letters);
  }
  return 0;
}

bool in_deface(ByteView file, std::uint64_t at) {
  for (std::uint64_t back = 0; back < defaced.size() && back <= at; ++back) {
    const std::uint64_t from = at - back;
    if (file.size() - from >= defaced.size() &&
        std::ranges::equal(file.subspan(from, defaced.size()), defaced)) {
      return true;
    }
  }
  return false;
}

constexpr bool may_be_in_token(std::uint8_t c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '<' || c == '>' ||
         c == '-';
}

// Whether one of the tokens that may reach as far as `at` does. `step` is 2 for UTF-16.
bool in_token(ByteView file, std::uint64_t at, std::uint64_t step) {
  for (std::uint64_t back = 0; back < token_max && back * step <= at; ++back) {
    const std::uint64_t from = at - back * step;
    if (file[from] != '<') {
      continue;
    }
    std::string text;
    for (std::uint64_t i = from; i < file.size() && text.size() < token_max; i += step) {
      text += static_cast<char>(file[i]);
    }
    if (token_at(text) > back) {
      return true;
    }
  }
  return false;
}

} // namespace

std::string token_of(Exposure exposure, std::size_t number) {
  const std::string token = fmt::format("<{}-{}>", word_of(exposure), number);
  return token_at(token) == token.size() ? token : "";
}

std::string keyed_token_of(Exposure exposure, ByteView key, std::string_view value) {
  const Digest mac = crypto::hmac_sha256(key, as_bytes(fmt::format("{}\n{}", word_of(exposure), value)));
  std::string out = fmt::format("<{}-", word_of(exposure));
  for (std::size_t i = 0; i < keyed_letters; ++i) {
    out += letters[mac.bytes[i] % letters.size()];
  }
  return out + '>';
}

void write_deface(std::span<std::uint8_t> bytes) {
  const std::size_t whole = bytes.size() - bytes.size() % defaced.size();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = i < whole ? defaced[i % defaced.size()] : mask_byte;
  }
}

bool is_mark(ByteView file, std::uint64_t at) {
  SP_ASSERT(at < file.size());
  const std::uint8_t byte = file[at];
  return byte == 0 || byte == mask_byte || in_deface(file, at) ||
         (may_be_in_token(byte) && (in_token(file, at, 1) || in_token(file, at, 2)));
}

} // namespace sallyport::dump
