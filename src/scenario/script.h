// A scenario as it is written: title, tags and sentences, each read by the form of its verb. Reading is
// bounded, and looks at no name: whether there is such a packet or person is asked while the story is told.
#pragma once

#include "scenario/verb.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::scenario {

inline constexpr std::size_t sentences_max = 2000; // with those of the files that are used
inline constexpr int depth_max = 4;                // of files that use files

// When a sentence happens, beside "right after what stands above".
struct When {
  enum class Kind { at_once, at, after };
  Kind kind = Kind::at_once;
  Duration time;
};

struct Sentence {
  const Verb* verb = nullptr; // null: time passes, and nothing else
  Args args;
  When when;
  std::string file;
  int line = 0;
  bool used = false; // it stands in a file that was used
  std::string text;
};

struct Script {
  std::string file;
  std::string title;             // without the tags
  std::vector<std::string> tags; // "[A26]" of the title, in their order
  std::vector<Sentence> sentences;
};

// The text of a file that `use` or `charter` names, as seen from the file that names it.
using Loader = std::function<Result<std::string>(const std::string& from, const std::string& name)>;

Read<Script> read_script(const std::string& file, std::string_view text, const Loader& load);

// The language for docs/scenarios.md.
std::string reference();

} // namespace sallyport::scenario
