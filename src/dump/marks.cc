#include "dump/marks.h"

#include "base/result.h"

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

constexpr std::size_t digits_max = 6; // of a token's number
constexpr std::size_t token_max = 1 + 8 + 1 + digits_max + 1;

// The length of the token that begins at the front; 0 where none does.
std::size_t token_at(std::string_view text) {
  for (const Exposure exposure :
       {Exposure::customer_identifier, Exposure::session_payload, Exposure::stack_local}) {
    const std::string begin = fmt::format("<{}-", word_of(exposure));
    if (!text.starts_with(begin)) {
      continue;
    }
    const std::size_t end = text.find_first_not_of("0123456789", begin.size());
    if (end != std::string_view::npos && end > begin.size() && end - begin.size() <= digits_max &&
        text[end] == '>') {
      return end + 1;
    }
  }
  return 0;
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

bool is_mark(ByteView file, std::uint64_t at) {
  SP_ASSERT(at < file.size());
  const std::uint8_t byte = file[at];
  return byte == 0 || byte == mask_byte || in_token(file, at, 1) || in_token(file, at, 2);
}

} // namespace sallyport::dump
