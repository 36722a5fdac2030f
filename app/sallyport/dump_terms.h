// What crash dumps are scanned with: the standard rules, and names out of a file.
#pragma once

#include "base/result.h"
#include "scan/scanner.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace sallyport::cli {

struct Terms {
  std::filesystem::path file;
  std::filesystem::path key;
};

struct Rules {
  scan::Scanner scanner;
  bool comparable = true;              // the pin of the dictionary is that of another run with the same names
  std::vector<std::string> terms = {}; // the names once more: the second path compares them itself
};

Result<Rules> rules_of(const Terms& terms);

// 16 bytes or more.
Result<std::string> read_key(const std::filesystem::path& file);

// --terms and --key.
void add_terms(CLI::App* verb, Terms& terms);

} // namespace sallyport::cli
