#include "usage.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace sallyport::cli {
namespace {

// Insertions, deletions, changes and neighbours that changed places.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string joined_lines(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

// The group or verb that the command line reached.
const CLI::App& reached(const CLI::App& root) {
  const CLI::App* at = &root;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
  }
  return *at;
}

// The long options of a verb and of everything above it.
std::vector<std::string> options_of(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::App* at = &verb; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

// "packet submit" for "submit", where one group alone has such a verb.
std::string with_its_group(const CLI::App& root, std::string_view word) {
  std::string found;
  for (const CLI::App* group : root.get_subcommands({})) {
    const std::vector<std::string> names = names_below(*group);
    if (std::ranges::find(names, word) != names.end()) {
      if (!found.empty()) {
        return "";
      }
      found = group->get_name() + " " + std::string(word);
    }
  }
  return found;
}

std::string perhaps(const std::string& name) {
  return name.empty() ? "" : "; did you mean '" + name + "'?";
}

std::string see_help(const CLI::App& verb) {
  return "; see '" + spelled(verb) + " --help'";
}

} // namespace

std::string closest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    if (d < least) {
      least = d;
      best = candidate;
    } else if (d == least) {
      best.clear();
    }
  }
  return best;
}

std::vector<std::string> names_below(const CLI::App& group) {
  std::vector<std::string> names;
  for (const CLI::App* verb : group.get_subcommands({})) {
    names.push_back(verb->get_name());
  }
  return names;
}

std::string spelled(const CLI::App& verb) {
  return (verb.get_parent() == nullptr ? "" : spelled(*verb.get_parent()) + " ") + verb.get_name();
}

std::string no_such_name(const CLI::App& group, std::string_view word) {
  const std::vector<std::string> names = names_below(group);
  std::string nearest = closest(word, names);
  if (nearest.empty() && group.get_parent() == nullptr) {
    nearest = with_its_group(group, word);
  }
  return "there is no '" + std::string(word) + "' in '" + spelled(group) + "'" + perhaps(nearest) +
         (nearest.empty() ? "; there are: " : " There are: ") + joined_lines(names);
}

std::optional<Failure> wrong_usage(const CLI::App& root, const CLI::ParseError& error) {
  const CLI::App& verb = reached(root);
  const std::vector<std::string> left = root.remaining(true);
  const auto is_option = [](const std::string& word) { return word.size() > 1 && word.starts_with('-'); };
  const auto option =
      std::ranges::find_if(left, [&](const std::string& word) { return is_option(word) && word != "--"; });
  if (option != left.end()) {
    const std::string name = option->substr(0, option->find('='));
    const std::string nearest = closest(name, options_of(verb));
    return Failure(Exit::usage, "there is no option '" + name + "'" +
                                    (nearest.empty() ? see_help(verb) : perhaps(nearest)));
  }
  const auto word = std::ranges::find_if_not(left, is_option);
  const bool group = !names_below(verb).empty();
  if (word != left.end() && group) {
    return Failure(Exit::usage, no_such_name(verb, *word));
  }
  if (error.get_exit_code() == 0) {
    return std::nullopt;
  }
  if (group && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    std::fputs(root.help().c_str(), stderr);
    return Failure(Exit::usage, "");
  }
  if (word != left.end()) {
    return Failure(Exit::usage, "'" + *word + "' is one word too many" + see_help(verb));
  }
  return Failure(Exit::usage, error.what() + see_help(verb));
}

} // namespace sallyport::cli
