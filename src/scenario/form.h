// The form of a sentence: what its words are and in which order. The whole language is a table of forms, so
// that it can be printed, and every mistake is told from what the forms expected at that place.
//
//   <who:name> signs <packet:name> [with the key of <other:name>] [over <text:text>]*
//
// Bare words stand as they are. <slot:type> takes one word of that type; `names` takes words with commas
// between them, `rest` the rest of the line. A [group] may be left out, begins with a bare word, and stands
// in any order among the groups beside it; behind a * it may be there several times.
#pragma once

#include "base/instant.h"
#include "scenario/words.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::scenario {

struct Part {
  enum class Kind { literal, slot, group };
  Kind kind = Kind::literal;
  std::string text; // the literal, or the slot's name
  std::string type;
  std::vector<Part> inner;
  bool repeated = false;
};

using Form = std::vector<Part>;

// A form as written above. A form that is not is a broken promise of this program.
Form form_of(std::string_view text);

// What a sentence said: the words of each slot, and each group that was there, by its first word.
class Args {
public:
  bool has(const std::string& name) const { return slots_.contains(name) || groups_.contains(name); }

  // The word of a slot that the form requires.
  const std::string& at(const std::string& slot) const;
  std::string get(const std::string& slot, const std::string& otherwise) const;
  std::vector<std::string> list(const std::string& slot) const; // none where the slot is not there
  std::vector<Args> each(const std::string& group) const;
  int column(const std::string& slot) const; // 1 where it is not there

private:
  friend class Matcher;
  std::map<std::string, std::vector<Word>> slots_; // those of groups too: the last one
  std::map<std::string, std::vector<Args>> groups_;
};

// How far a form went along with a line, and what it expected there.
struct Attempt {
  std::optional<Args> args;
  std::size_t words = 0;    // understood
  std::size_t literals = 0; // of them as they stand in the form
  std::vector<std::string> wanted_words;
  std::vector<std::string> wanted_types;
};

Attempt attempt(const Form& form, const std::vector<Word>& words, std::string_view line);

// "10m", "+1h30m", "500ms", "2d"; at most ten years.
std::optional<Duration> duration_of(std::string_view text);

} // namespace sallyport::scenario
