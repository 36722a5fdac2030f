#include "packet/names.h"

#include <algorithm>
#include <array>

namespace sallyport::packet {
namespace {

constexpr std::size_t name_bytes = 63;
constexpr std::size_t item_id_bytes = 16;
constexpr std::size_t media_type_bytes = 100;

// The top-level names of revision.json and of the disclosures that seal() adds.
constexpr std::array<std::string_view, 23> taken_names = {
    "audience",        "authors",  "bounds",       "caveats",  "citations", "claims",       "lane",
    "merges",          "packet",   "packet_class", "parts",    "scan",      "predecessors", "scope",
    "revision",        "severity", "triage",       "upstream", "v",         "_sd",          "_sd_alg",
    "upstream_digest", "withheld"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

// A letter, then letters and digits in groups with one separator between them.
template <class Letter, class Separator>
bool is_grouped(std::string_view text, Letter letter, Separator separator) {
  if (text.empty() || text.size() > name_bytes || !letter(text.front())) {
    return false;
  }
  bool after_separator = false;
  for (const char c : text) {
    if (separator(c)) {
      if (after_separator) {
        return false;
      }
      after_separator = true;
    } else if (letter(c) || is_digit(c)) {
      after_separator = false;
    } else {
      return false;
    }
  }
  return !after_separator;
}

} // namespace

bool is_name(std::string_view text) {
  return is_grouped(text, is_lower, [](char c) { return c == '-' || c == '_'; });
}

bool is_item_id(std::string_view text) {
  return text.size() <= item_id_bytes && is_name(text);
}

bool is_lane_id(std::string_view text) {
  return is_grouped(text, is_upper, [](char c) { return c == '-'; });
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes && std::ranges::all_of(text, [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

bool is_media_type(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto is_word = [](std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, [](char c) {
      return is_lower(c) || is_digit(c) || c == '.' || c == '+' || c == '-';
    });
  };
  return text.size() <= media_type_bytes && slash != std::string_view::npos &&
         is_word(text.substr(0, slash)) && is_word(text.substr(slash + 1));
}

bool is_field_pointer(std::string_view text) {
  return text.starts_with('/') && is_name(text.substr(1)) &&
         std::ranges::find(taken_names, text.substr(1)) == taken_names.end();
}

namespace {

// What is drawn as nothing, or turns round what is drawn beside it: U+202A-202E, U+2066-2069, and the tags
// U+E0000-E007F. `rest` is UTF-8.
bool begins_unseen(std::string_view rest) {
  const auto at = [&](std::size_t i) { return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0U; };
  return (at(0) == 0xe2 && at(1) == 0x80 && at(2) >= 0xaa && at(2) <= 0xae) ||
         (at(0) == 0xe2 && at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9) ||
         (at(0) == 0xf3 && at(1) == 0xa0 && (at(2) == 0x80 || at(2) == 0x81));
}

} // namespace

bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
      return true;
    }
    if (c >= 0xe2 && begins_unseen(text.substr(i))) {
      return true;
    }
    // U+0080-009F are C2 80 to C2 9F.
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      return true;
    }
  }
  return false;
}

bool holds_control_character(const canon::Value& value) {
  if (const std::string* text = value.string()) {
    return has_control_character(*text);
  }
  if (const canon::Array* items = value.array()) {
    return std::ranges::any_of(*items, holds_control_character);
  }
  const canon::Object* members = value.object();
  return members != nullptr && std::ranges::any_of(*members, [](const canon::Member& member) {
           return has_control_character(member.first) || holds_control_character(member.second);
         });
}

} // namespace sallyport::packet
