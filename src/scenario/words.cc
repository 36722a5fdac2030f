#include "scenario/words.h"

#include <algorithm>
#include <numeric>

namespace sallyport::scenario {
namespace {

bool blank(char c) {
  return c == ' ' || c == '\t';
}

// Insertions, deletions, changes and neighbours that changed places.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

} // namespace

std::string Fault::say() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + text;
}

Read<std::vector<Word>> words_of(std::string_view line) {
  if (line.size() > line_bytes_max) {
    return fault_at(static_cast<int>(line_bytes_max), "a line has at most 1000 bytes");
  }
  std::vector<Word> words;
  std::size_t at = 0;
  while (at < line.size()) {
    if (blank(line[at])) {
      ++at;
      continue;
    }
    if (line[at] == '#') {
      break;
    }
    const int column = static_cast<int>(at) + 1;
    if (words.size() == words_max) {
      return fault_at(column, "a line has at most 120 words");
    }
    Word word{"", column, false, false};
    if (line[at] == '"' || line[at] == '\'') {
      const std::size_t end = line.find(line[at], at + 1);
      if (end == std::string_view::npos) {
        return fault_at(column, "the quotation is not closed on this line");
      }
      word.text = line.substr(at + 1, end - at - 1);
      word.quoted = true;
      at = end + 1;
      if (at < line.size() && line[at] == ',') {
        word.listed = true;
        ++at;
      }
      if (at < line.size() && !blank(line[at])) {
        return fault_at(static_cast<int>(at) + 1, "a blank stands behind a quotation");
      }
    } else {
      const std::size_t from = at;
      while (at < line.size() && !blank(line[at])) {
        const auto c = static_cast<unsigned char>(line[at]);
        if (c < 0x21 || c > 0x7E || c == '"') {
          return fault_at(static_cast<int>(at) + 1, "only printed ASCII stands outside quotation marks");
        }
        ++at;
      }
      word.text = line.substr(from, at - from);
      if (word.text.ends_with(',')) {
        word.text.pop_back();
        word.listed = true;
      }
      if (word.text.empty()) {
        return fault_at(column, "a comma stands right behind a word");
      }
    }
    words.push_back(std::move(word));
  }
  if (!words.empty() && words.back().listed) {
    return fault_at(words.back().column, "a list ends with a word, not with a comma");
  }
  return words;
}

std::string closest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (const std::size_t d = distance(word.substr(0, 64), candidate); d < least) {
      least = d;
      best = candidate;
    } else if (d == least && candidate != best) {
      best.clear();
    }
  }
  return best;
}

} // namespace sallyport::scenario
