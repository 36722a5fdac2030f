// Plays a script: each sentence in its turn, up to the first that is not as the scenario says.
#pragma once

#include "scenario/account.h"
#include "scenario/script.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::scenario {

// What one sentence was and what came of it.
struct Told {
  std::string at; // "+10m"
  std::string file;
  int line = 0;
  bool used = false; // it stands in a file that was used
  std::string text;
  std::optional<Sort> sort; // nothing: time passed
  std::vector<Came> came;
};

struct Failed {
  Problem::Kind kind = Problem::Kind::unmet;
  Fault fault; // file, line and column, and one sentence
  std::string sentence;
  std::vector<std::string> details;
};

struct Outcome {
  std::vector<Told> told;
  std::optional<Failed> failed;
  std::size_t expectations = 0; // that were met
};

// `folder` is empty or absent, and is the log's; who calls removes it.
Outcome run_script(const Script& script, const std::filesystem::path& folder, const Loader& load,
                   const std::function<void(const Told&)>& tell = {});

// A Mermaid sequence diagram of what was told.
std::string mermaid(const Script& script, const Outcome& outcome);

} // namespace sallyport::scenario
