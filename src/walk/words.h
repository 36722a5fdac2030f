// Lines of text cut at spaces.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sallyport::walk {

// Takes the first word off `rest`; empty where there is none.
inline std::string_view next_word(std::string_view& rest, std::string_view spaces = " \t\r\n") {
  const auto from = rest.find_first_not_of(spaces);
  if (from == std::string_view::npos) {
    rest = {};
    return {};
  }
  const auto until = rest.find_first_of(spaces, from);
  const std::string_view word = rest.substr(from, until == std::string_view::npos ? until : until - from);
  rest = until == std::string_view::npos ? std::string_view() : rest.substr(until);
  return word;
}

inline std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  const auto until = text.find_last_not_of(" \t\r\n");
  return from == std::string_view::npos ? std::string_view() : text.substr(from, until - from + 1);
}

// The whole word.
inline std::optional<std::uint64_t> number_of(std::string_view word, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  return error == std::errc() && end == word.data() + word.size() && !word.empty() ? std::optional(value)
                                                                                   : std::nullopt;
}

} // namespace sallyport::walk
