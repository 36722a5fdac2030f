// What is wrong with a command line, and the nearest name that there is.
#pragma once

#include "cli.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::cli {

// The one candidate that a typing error turns into `word`; "" where none is near, or two are as near.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);

// The names below a group, in their order.
std::vector<std::string> names_below(const CLI::App& group);
// "sallyport packet show"
std::string spelled(const CLI::App& verb);
// One sentence about a word that is no name below `group`.
std::string no_such_name(const CLI::App& group, std::string_view word);

// Nothing where --help or --version was asked for. A group without a verb has its help said already.
std::optional<Failure> wrong_usage(const CLI::App& root, const CLI::ParseError& error);

} // namespace sallyport::cli
