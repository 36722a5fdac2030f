#include "charter/spelling.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <unicode/normalizer2.h>

namespace sallyport::charter {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// letter, then letters and digits; separators between non-empty groups.
bool is_grouped(std::string_view text, bool (*is_letter)(char), std::string_view separators) {
  if (text.empty() || text.size() > name_bytes_max || !is_letter(text.front())) {
    return false;
  }
  bool after_separator = false;
  for (const char c : text) {
    const bool separator = separators.contains(c);
    if (!separator && !is_letter(c) && !is_digit(c)) {
      return false;
    }
    if (separator && after_separator) {
      return false;
    }
    after_separator = separator;
  }
  return !after_separator;
}

bool is_bare_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '-' || c == '_';
  });
}

} // namespace

bool is_name(std::string_view text) {
  return is_grouped(text, is_lower, "-_");
}

bool is_lane_id(std::string_view text) {
  return is_grouped(text, is_upper, "-");
}

bool is_zone(std::string_view text) {
  bool segment_empty = true;
  for (const char c : text) {
    if (c == '/') {
      if (segment_empty) {
        return false;
      }
      segment_empty = true;
      continue;
    }
    const bool letter = is_lower(c) || is_upper(c);
    if (!letter && (segment_empty || (!is_digit(c) && c != '_' && c != '-' && c != '+'))) {
      return false;
    }
    segment_empty = false;
  }
  return !segment_empty && text.size() <= name_bytes_max;
}

bool is_plain_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // C0, DEL, and C1 (U+0080-U+009F are C2 80 - C2 9F).
    if (c < 0x20 || c == 0x7F ||
        (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0)) {
      return false;
    }
  }
  UErrorCode status = U_ZERO_ERROR;
  const auto* nfc = icu::Normalizer2::getNFCInstance(status);
  const bool normal =
      nfc != nullptr && nfc->isNormalizedUTF8({text.data(), static_cast<std::int32_t>(text.size())}, status);
  return normal && U_SUCCESS(status);
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0s") {
    return Duration{0};
  }

  struct Unit {
    std::string_view name;
    std::int64_t ms;
  };

  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || digits > 9 || text.front() == '0' || text.front() == '-') {
    return std::nullopt;
  }
  for (const Unit unit :
       {Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}, Unit{"d", 86'400'000}}) {
    if (text.substr(digits) == unit.name) {
      return Duration{number * unit.ms};
    }
  }
  return std::nullopt;
}

std::optional<TimeOfDay> parse_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':' || !is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[3]) ||
      !is_digit(text[4])) {
    return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (hour > 23 || minute > 59) {
    return std::nullopt;
  }
  return TimeOfDay{hour * 60 + minute};
}

std::optional<View> parse_view(std::string_view text) {
  constexpr std::string_view open = "coarsen(";
  if (text.starts_with(open) && text.ends_with(')')) {
    const auto grain = text.substr(open.size(), text.size() - open.size() - 1);
    if (std::ranges::find(grains, grain) == grains.end()) {
      return std::nullopt;
    }
    return View{ViewKind::coarsen, std::string(grain)};
  }
  const auto kind = from_word<ViewKind>(text);
  if (!kind || kind == ViewKind::coarsen) {
    return std::nullopt;
  }
  return View{*kind, {}};
}

std::string path_of(std::string_view parent, std::string_view key) {
  const std::string segment =
      is_bare_key(key) && key.size() <= 80 ? std::string(key) : "\"" + shown(key) + "\"";
  return parent.empty() ? segment : fmt::format("{}.{}", parent, segment);
}

std::string path_of(std::string_view parent, std::size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

std::string shown(std::string_view text) {
  constexpr std::size_t bytes_max = 80;
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool starts_character = (byte & 0xC0U) != 0x80U;
    if (starts_character && out.size() >= bytes_max) {
      return out + "...";
    }
    out += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return out;
}

} // namespace sallyport::charter
