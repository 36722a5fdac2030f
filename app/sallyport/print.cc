#include "print.h"

#include "base/bytes.h"
#include "canon/json.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace sallyport::cli {
namespace {

// The code point at `at` and its length; length 0 where the bytes are no UTF-8.
struct Point {
  char32_t value = 0;
  std::size_t bytes = 0;
};

Point point_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (at + bytes > text.size() || !is_utf8(text.substr(at, bytes))) {
    return {};
  }
  char32_t value = bytes == 1 ? first : first & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    value = (value << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
  }
  return {value, bytes};
}

bool hides(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Where `columns` code points end.
std::size_t bytes_of(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && columns-- == 0) {
      break;
    }
  }
  return at;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (columns_of(text) > width) {
    std::size_t cut = bytes_of(text, width);
    const std::size_t blank = text.substr(0, cut + 1).rfind(' ');
    const bool at_word = blank != std::string_view::npos && blank > 0;
    cut = at_word ? blank : cut;
    lines.emplace_back(text.substr(0, cut));
    text.remove_prefix(at_word ? cut + 1 : cut);
  }
  lines.emplace_back(text);
  return lines;
}

constexpr std::size_t word_columns_max = 28; // a longer word breaks

std::size_t longest_word(std::string_view text) {
  std::size_t longest = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    longest = std::max(longest, columns_of(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return longest;
}

void trim_right(std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
}

} // namespace

std::string printable(std::string_view text, bool keep_lines) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Point point = point_at(text, at);
    if (point.bytes != 0 && (!hides(point.value) || (keep_lines && point.value == '\n'))) {
      clean += text.substr(at, point.bytes);
    } else {
      clean += point.value == '\n' || point.value == '\t' ? ' ' : '?';
    }
    at += std::max<std::size_t>(point.bytes, 1);
  }
  return clean;
}

bool wants_colour(const Context& context) {
  if (context.colour != Colour::automatic) {
    return context.colour == Colour::always;
  }
  const char* none = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return (none == nullptr || *none == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb") && ::isatty(STDOUT_FILENO) == 1;
}

std::string paint(const Context& context, Tone tone, std::string_view text) {
  const char* code = nullptr;
  switch (tone) {
  case Tone::plain:
    break;
  case Tone::good:
    code = "32";
    break;
  case Tone::bad:
    code = "31";
    break;
  case Tone::waiting:
    code = "33";
    break;
  case Tone::faint:
    code = "2";
    break;
  }
  if (code == nullptr || !wants_colour(context)) {
    return std::string(text);
  }
  return std::string("\x1b[") + code + "m" + std::string(text) + "\x1b[0m";
}

Tone tone_of(std::string_view state) {
  constexpr std::array<std::pair<std::string_view, Tone>, 13> tones{{{"pass", Tone::good},
                                                                     {"released", Tone::good},
                                                                     {"authorised", Tone::good},
                                                                     {"hold", Tone::bad},
                                                                     {"held", Tone::bad},
                                                                     {"void", Tone::bad},
                                                                     {"refused", Tone::bad},
                                                                     {"wait", Tone::waiting},
                                                                     {"visible", Tone::waiting},
                                                                     {"awaiting_signature", Tone::waiting},
                                                                     {"eligible", Tone::waiting},
                                                                     {"not_applicable", Tone::faint},
                                                                     {"disabled", Tone::faint}}};
  const auto* found = std::ranges::find(tones, state, &std::pair<std::string_view, Tone>::first);
  return found == tones.end() ? Tone::plain : found->second;
}

std::string inline_text(const canon::Value& value) {
  if (const std::string* text = value.string()) {
    return printable(*text);
  }
  if (const bool* flag = value.boolean()) {
    return *flag ? "yes" : "no";
  }
  std::string line;
  if (const canon::Array* items = value.array()) {
    for (const canon::Value& item : *items) {
      const std::string text = inline_text(item);
      line += (line.empty() || text.empty() ? "" : ", ") + text;
    }
    return line;
  }
  if (const canon::Object* object = value.object()) {
    for (const auto& [name, member] : *object) {
      line += (line.empty() ? "" : ", ") + printable(name) + ": " + inline_text(member);
    }
    return line;
  }
  return value.is_null() ? "" : canon::write(value);
}

std::string text_at(const canon::Value& value, std::string_view name) {
  const canon::Value* member = value.find(name);
  return member == nullptr ? "" : inline_text(*member);
}

const canon::Array& array_at(const canon::Value& value, std::string_view name) {
  static const canon::Array none;
  const canon::Value* member = value.find(name);
  return member == nullptr || member->array() == nullptr ? none : *member->array();
}

std::string brief(std::string_view digest) {
  return digest.size() > 20 ? std::string(digest.substr(0, 20)) : std::string(digest);
}

std::string brief_time(std::string_view instant) {
  if (instant.size() != 24) {
    return std::string(instant);
  }
  return std::string(instant.substr(0, 10)) + " " + std::string(instant.substr(11, 8)) + "Z";
}

std::string fields(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t widest = 0;
  for (const auto& [name, value] : rows) {
    widest = value.empty() ? widest : std::max(widest, columns_of(name));
  }
  std::string text;
  for (const auto& [name, value] : rows) {
    if (value.empty()) {
      continue;
    }
    std::string label = name + std::string(widest - columns_of(name) + 2, ' ');
    for (const std::string& line : wrap(value, page_columns - widest - 2)) {
      text += label + line + "\n";
      label.assign(widest + 2, ' ');
    }
  }
  return text;
}

void Table::row(std::vector<std::string> cells, Tone first) {
  cells.resize(columns_.size());
  rows_.push_back({std::move(cells), first});
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> width;
  std::size_t fixed = 2 * (columns_.size() - 1);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = columns_of(columns_[i].title);
    for (const Row& row : rows_) {
      widest = std::max(widest, columns_of(row.cells[i]));
    }
    width.push_back(widest);
    fixed += columns_[i].flexible ? 0 : widest;
  }
  // Each flexible column gets its longest word; what is left goes to those that need least more first.
  std::size_t spare = page_columns > fixed ? page_columns - fixed : 0;
  std::vector<std::size_t> least = width;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].flexible) {
      order.push_back(i);
      least[i] = columns_of(columns_[i].title);
      for (const Row& row : rows_) {
        least[i] = std::max(least[i], std::min(longest_word(row.cells[i]), word_columns_max));
      }
      spare -= std::min(spare, least[i]);
    }
  }
  std::ranges::sort(order, {}, [&](std::size_t i) { return width[i] - std::min(width[i], least[i]); });
  std::size_t left = order.size();
  for (const std::size_t i : order) {
    const std::size_t more = std::min(width[i] - std::min(width[i], least[i]), spare / left--);
    width[i] = least[i] + more;
    spare -= more;
  }
  return width;
}

std::string Table::text(const Context& context) const {
  if (rows_.empty()) {
    return "";
  }
  const std::vector<std::size_t> width = widths();
  std::string text;
  std::string heading;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    heading += columns_[i].title + std::string(width[i] - columns_of(columns_[i].title) + 2, ' ');
  }
  trim_right(heading);
  text += paint(context, Tone::faint, heading) + "\n";
  for (const Row& row : rows_) {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 1;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      cells.push_back(columns_[i].flexible ? wrap(row.cells[i], width[i])
                                           : std::vector<std::string>{row.cells[i]});
      height = std::max(height, cells.back().size());
    }
    for (std::size_t n = 0; n < height; ++n) {
      std::string line;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::string cell = n < cells[i].size() ? cells[i][n] : "";
        line += (i == 0 ? paint(context, row.first, cell) : cell) +
                std::string(width[i] - columns_of(cell) + 2, ' ');
      }
      trim_right(line);
      text += line + "\n";
    }
  }
  return text;
}

std::string section(const Context& context, std::string_view title, const Table& table) {
  return table.empty() ? "" : "\n" + std::string(title) + "\n" + table.text(context);
}

void out(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void say_failure(const Failure& failure) {
  if (!failure.text.empty()) {
    std::fprintf(stderr, "sallyport: %s\n", printable(failure.text).c_str());
  }
}

} // namespace sallyport::cli
