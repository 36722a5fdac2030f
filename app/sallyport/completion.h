// Scripts that complete a command line, made from the tree of verbs itself, so that they know no verb
// that is gone. They complete names, options, words of a fixed choice, files and folders; never ids.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace sallyport::cli {

enum class Shell { bash, zsh, fish };

std::string completion_script(const CLI::App& root, Shell shell);

} // namespace sallyport::cli
