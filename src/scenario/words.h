// A line of a scenario as words. A word is bare or stands in quotes; `#` behind a blank begins a remark; a
// comma at the end of a word says that a list goes on.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::scenario {

inline constexpr std::size_t file_bytes_max = 64 * 1024;
inline constexpr std::size_t line_bytes_max = 1000;
inline constexpr std::size_t words_max = 120; // of one line

struct Word {
  std::string text;
  int column = 1; // in bytes, from 1
  bool quoted = false;
  bool listed = false; // a comma follows

  bool operator==(const Word&) const = default;
};

// What is wrong with a scenario, and where. The text is one sentence without a full stop and repeats nothing
// of the file: line and column say what is meant.
struct Fault {
  std::string file;
  int line = 0;
  int column = 0;
  std::string text;

  std::string say() const; // "file:line:column: text"
};

template <class T> using Read = std::expected<T, Fault>;

// A fault of the line itself has no file and no line number yet.
inline std::unexpected<Fault> fault_at(int column, std::string text) {
  return std::unexpected(Fault{"", 0, column, std::move(text)});
}

Read<std::vector<Word>> words_of(std::string_view line);

// The one candidate that a typing error turns into `word`; empty where none is near, or two are as near.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);

} // namespace sallyport::scenario
