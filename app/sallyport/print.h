// How answers look to people: 100 columns, aligned, colour only on a terminal. Every text from the
// server passes printable(), because evidence may hold what would move a terminal's cursor.
#pragma once

#include "canon/value.h"
#include "cli.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::cli {

inline constexpr std::size_t page_columns = 100;

// Control characters, marks that reorder text and bytes that are no UTF-8 become '?'. Line feeds stay
// only where `keep_lines`.
std::string printable(std::string_view text, bool keep_lines = false);

enum class Tone { plain, good, bad, waiting, faint };

// Colour follows standard output: both answers are decided there.
bool wants_colour(const Context& context);
std::string paint(const Context& context, Tone tone, std::string_view text);
Tone tone_of(std::string_view state); // of a word like "hold", "pass", "awaiting_signature"

// A value in one line: text as it is, objects as "name: value, ...".
std::string inline_text(const canon::Value& value);
// The member as inline_text(); "" where it is absent or null.
std::string text_at(const canon::Value& value, std::string_view name);
// The member's array; empty where there is none.
const canon::Array& array_at(const canon::Value& value, std::string_view name);
// A digest for a table; whole digests stand in fields and in --json.
std::string brief(std::string_view digest);
// "2026-11-20 09:45:00Z" of our own spelling.
std::string brief_time(std::string_view instant);

// "name  value" lines; values that are empty are left out.
std::string fields(const std::vector<std::pair<std::string, std::string>>& rows);

// Columns as wide as they need to be; those marked flexible share what is left and break at words.
class Table {
public:
  struct Column {
    std::string title;
    bool flexible = false;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void row(std::vector<std::string> cells, Tone first = Tone::plain);
  // "" for a table without rows.
  std::string text(const Context& context) const;

  bool empty() const { return rows_.empty(); }

private:
  struct Row {
    std::vector<std::string> cells;
    Tone first = Tone::plain;
  };

  std::vector<std::size_t> widths() const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// A heading and its table, after an empty line; nothing for an empty table.
std::string section(const Context& context, std::string_view title, const Table& table);

void out(std::string_view text); // standard output, as it is
void say_failure(const Failure& failure);

} // namespace sallyport::cli
