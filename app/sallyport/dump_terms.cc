#include "dump_terms.h"

#include "crypto/random.h"
#include "engine/files.h"

#include <fmt/format.h>
#include <map>
#include <vector>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

const scan::Rule* rule_of_word(std::string_view word) {
  for (int i = 0; i < static_cast<int>(scan::Detector::unscanned); ++i) {
    const auto detector = static_cast<scan::Detector>(i);
    if (scan::to_string(detector) == word) {
      return scan::rule_of_terms(detector);
    }
  }
  return nullptr;
}

// A line is a detector, a tab and a name; "#" begins a remark. A fault is told by its line, never by its
// text.
using TermsByDetector = std::map<scan::Detector, std::vector<std::string>>;

Result<TermsByDetector> read_terms(const fs::path& file, ByteView key) {
  SP_TRY(const std::string text, engine::read_small_file(file));
  TermsByDetector terms;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    const std::size_t tab = line.find('\t');
    const scan::Rule* rule = tab == line.npos ? nullptr : rule_of_word(line.substr(0, tab));
    const std::string name(rule == nullptr ? "" : line.substr(tab + 1));
    if (rule == nullptr || !scan::Dictionary::make(rule->detector, std::span(&name, 1), key)) {
      return fail(ErrorCode::malformed, fmt::format("{}:{}", file.string(), number),
                  "is not a detector of names, a tab and a name of three letters or more");
    }
    terms[rule->detector].push_back(name);
  }
  return terms;
}

} // namespace

Result<std::string> read_key(const fs::path& file) {
  SP_TRY(std::string key, engine::read_small_file(file));
  if (key.size() < 16) {
    return fail(ErrorCode::malformed, file.string(), "has less than 16 bytes");
  }
  return key;
}

Result<Rules> rules_of(const Terms& terms) {
  if (terms.file.empty()) {
    return Rules{scan::Scanner(scan::RuleSet::standard())};
  }
  std::string key(32, '\0');
  if (terms.key.empty()) {
    crypto::random_bytes({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
  } else {
    SP_TRY(key, read_key(terms.key));
  }
  SP_TRY(const TermsByDetector by_detector, read_terms(terms.file, as_bytes(key)));
  std::vector<scan::Dictionary> dictionaries;
  std::vector<std::string> all;
  for (const auto& [detector, names] : by_detector) {
    SP_TRY(scan::Dictionary dictionary, scan::Dictionary::make(detector, names, as_bytes(key)));
    dictionaries.push_back(std::move(dictionary));
    all.insert(all.end(), names.begin(), names.end());
  }
  return Rules{scan::Scanner(scan::RuleSet::standard(), std::move(dictionaries)), !terms.key.empty(),
               std::move(all)};
}

void add_terms(CLI::App* verb, Terms& terms) {
  CLI::Option* file = verb->add_option("--terms", terms.file,
                                       "Names that must not be there: a detector, a tab and "
                                       "a name on each line")
                          ->check(CLI::ExistingFile);
  verb->add_option("--key", terms.key, "Keys the dictionary's pin, which is left out without it")
      ->check(CLI::ExistingFile)
      ->needs(file);
}

} // namespace sallyport::cli
