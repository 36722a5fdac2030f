// The one reader: walks the table of schema.h over a tree and gives the same charter as a value in the
// canonical types (durations as integers, sets sorted, constant defaults written out), without what
// is faulty. Finds the faults that one key and its condition show: E01-E09.
#pragma once

#include "canon/value.h"
#include "charter/node.h"
#include "charter/schema.h"

#include <set>
#include <string>
#include <vector>

namespace sallyport::charter {

// From here on a text that is at fault a thousandfold tells nothing new.
inline constexpr std::size_t faults_max = 1000;

struct ReadTree {
  canon::Value value;
  std::vector<Fault> faults;
  Positions positions;
  // The schema keys whose values could not be read as written somewhere: a rule that needs all of
  // them to be right cannot be judged.
  std::set<std::string, std::less<>> unsound;
};

ReadTree read_tree(const Node& root, Syntax syntax, const Type& type = charter_type());

// The sentences of charter.md section 4 that more than one file says. `path` stands before each.
Fault missing(std::string path, Position at);
Fault meaningless(std::string path, Position at, std::string_view condition);

} // namespace sallyport::charter
