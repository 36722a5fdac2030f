#include "scan/unescape.h"

#include "scan/fold.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace sallyport::scan {
namespace {

struct Escape {
  std::size_t consumed = 0; // 0: none here
  std::size_t size = 0;
  std::array<char, 4> bytes{};
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The value of `digits` hex digits at `at`, or -1.
std::int32_t hex_number(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) {
    return -1;
  }
  std::int32_t value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_value(text[at + i]);
    if (digit < 0) {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

Escape character(std::int32_t c, std::size_t consumed) {
  Escape out;
  if (c < 0 || !utf8proc_codepoint_valid(c)) {
    return out;
  }
  out.consumed = consumed;
  out.size = static_cast<std::size_t>(
      utf8proc_encode_char(c, reinterpret_cast<utf8proc_uint8_t*>(out.bytes.data())));
  return out;
}

Escape percent_at(std::string_view text, std::size_t at) {
  const std::int32_t value = hex_number(text, at + 1, 2);
  return value < 0 ? Escape{} : Escape{.consumed = 3, .size = 1, .bytes = {static_cast<char>(value)}};
}

Escape unicode_at(std::string_view text, std::size_t at) {
  const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
  if (kind == '/') {
    return {.consumed = 2, .size = 1, .bytes = {'/'}};
  }
  if (kind == 'x') {
    const std::int32_t value = hex_number(text, at + 2, 2);
    return value < 0 ? Escape{} : Escape{.consumed = 4, .size = 1, .bytes = {static_cast<char>(value)}};
  }
  if (kind != 'u') {
    return {};
  }
  if (at + 2 < text.size() && text[at + 2] == '{') {
    const std::size_t close = text.substr(0, std::min(text.size(), at + 11)).find('}', at + 3);
    return close == std::string_view::npos || close == at + 3
               ? Escape{}
               : character(hex_number(text, at + 3, close - at - 3), close + 1 - at);
  }
  const std::int32_t unit = hex_number(text, at + 2, 4);
  if (unit >= 0xD800 && unit < 0xDC00 && text.substr(at + 6).starts_with("\\u")) {
    const std::int32_t low = hex_number(text, at + 8, 4);
    if (low >= 0xDC00 && low < 0xE000) {
      return character(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), 12);
    }
  }
  return character(unit, 6);
}

struct Entity {
  std::string_view name;
  std::int32_t character;
};

// Those that stand for ASCII, for spaces and for invisible characters: the ones that can break a term.
constexpr Entity entities[] = {
    {"amp;", '&'},       {"apos;", '\''},
    {"colon;", ':'},     {"comma;", ','},
    {"commat;", '@'},    {"dash;", 0x2010},
    {"emsp;", 0x2003},   {"ensp;", 0x2002},
    {"equals;", '='},    {"gt;", '>'},
    {"hyphen;", 0x2010}, {"lowbar;", '_'},
    {"lt;", '<'},        {"nbsp;", 0xA0},
    {"NewLine;", '\n'},  {"percnt;", '%'},
    {"period;", '.'},    {"plus;", '+'},
    {"quot;", '"'},      {"shy;", 0xAD},
    {"sol;", '/'},       {"Tab;", '\t'},
    {"thinsp;", 0x2009}, {"zwj;", 0x200D},
    {"zwnj;", 0x200C},   {"ZeroWidthSpace;", 0x200B},
};

Escape entity_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at + 1, 18);
  if (!rest.starts_with('#')) {
    for (const Entity& entity : entities) {
      if (rest.starts_with(entity.name)) {
        return character(entity.character, 1 + entity.name.size());
      }
    }
    return {};
  }
  const bool hex = rest.size() > 1 && (rest[1] | 0x20) == 'x';
  std::size_t i = hex ? 2 : 1;
  const std::size_t digits_from = i;
  std::int32_t value = 0;
  for (; i < rest.size() && value <= 0x10FFFF; ++i) {
    const int digit = hex_value(rest[i]);
    if (digit < 0 || (!hex && digit > 9)) {
      break;
    }
    value = value * (hex ? 16 : 10) + digit;
  }
  if (i == digits_from) {
    return {};
  }
  const bool closed = i < rest.size() && rest[i] == ';'; // browsers do without
  return character(value, 1 + i + (closed ? 1 : 0));
}

Escape ignorable_escape_at(std::string_view text, std::size_t at) {
  return {.consumed = ignorable_at(text, at), .size = 0};
}

struct Kind {
  Encoding encoding;
  Escape (*at)(std::string_view, std::size_t);
  std::array<bool, 256> is_sign = {}; // an escape begins with one of these bytes
  unsigned char only_sign;            // that one, where there is one; else all are above ASCII

  constexpr Kind(Encoding kind, std::string_view signs, Escape (*read)(std::string_view, std::size_t))
      : encoding(kind), at(read), only_sign(signs.size() == 1 ? static_cast<unsigned char>(signs[0]) : 0) {
    for (const char c : signs) {
      is_sign[static_cast<unsigned char>(c)] = true;
    }
  }
};

constexpr Kind kinds[] = {{Encoding::percent, "%", percent_at},
                          {Encoding::unicode_escape, "\\", unicode_at},
                          {Encoding::html_entity, "&", entity_at},
                          {Encoding::ignorable, "\xC2\xCD\xD8\xE1\xE2\xE3\xEF\xF0\xF3", ignorable_escape_at}};

// The first place at or after `at` where a sign of the kind may stand.
std::size_t next_sign(const Kind& kind, std::string_view layer, std::size_t at) {
  if (kind.only_sign != 0) {
    return std::min(layer.size(), layer.find(static_cast<char>(kind.only_sign), at));
  }
  constexpr std::uint64_t high_bits = 0x8080808080808080; // every sign of such a kind has its own
  std::uint64_t word = 0;
  for (; at + sizeof word <= layer.size(); at += sizeof word) {
    std::memcpy(&word, layer.data() + at, sizeof word);
    if ((word & high_bits) != 0) {
      break;
    }
  }
  return at;
}

// The first escape at or after `at`; npos where there is none.
std::size_t find_escape(const Kind& kind, std::string_view layer, std::size_t at) {
  for (at = next_sign(kind, layer, at); at < layer.size(); at = next_sign(kind, layer, at + 1)) {
    if (kind.is_sign[static_cast<unsigned char>(layer[at])] && kind.at(layer, at).consumed != 0) {
      return at;
    }
  }
  return std::string_view::npos;
}

bool unescape_kind(const Kind& kind, std::string_view layer, const std::function<bool(const Run&)>& take) {
  std::string bytes;
  std::vector<std::uint32_t> origin;
  std::size_t done = 0;
  for (std::size_t first = find_escape(kind, layer, 0); first != std::string_view::npos;
       first = find_escape(kind, layer, done)) {
    const std::size_t from = std::max(done, first - std::min(first, escape_context));
    std::size_t at = from;
    std::size_t quiet_until = first + escape_context; // ends the stretch unless an escape comes before
    bytes.clear();
    origin.clear();
    while (at < layer.size() && at < quiet_until) {
      const Escape escape =
          kind.is_sign[static_cast<unsigned char>(layer[at])] ? kind.at(layer, at) : Escape{};
      origin.insert(origin.end(), escape.consumed == 0 ? 1 : escape.size, static_cast<std::uint32_t>(at));
      if (escape.consumed == 0) {
        bytes += layer[at++];
      } else {
        bytes.append(escape.bytes.data(), escape.size);
        at += escape.consumed;
        quiet_until = at + escape_context;
      }
    }
    origin.push_back(static_cast<std::uint32_t>(at));
    done = at;
    if (!take({.encoding = kind.encoding, .from = from, .until = at, .bytes = bytes, .origin = &origin})) {
      return false;
    }
  }
  return true;
}

} // namespace

void unescape_runs(std::string_view layer, const std::function<bool(const Run&)>& take) {
  for (const Kind& kind : kinds) {
    if (!unescape_kind(kind, layer, take)) {
      return;
    }
  }
}

} // namespace sallyport::scan
