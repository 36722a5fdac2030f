// Two charters compared for the people who ratify the second.
#pragma once

#include "charter/model.h"
#include "charter/schema.h"

#include <string>
#include <vector>

namespace sallyport::charter {

struct Change {
  std::string path;     // "sources.session-broker.checks[0].limit"; rows as the version that has them counts
  std::string sentence; // "sources.session-broker: observations may be 30m old instead of 10m (looser)"
  Direction direction = Direction::undecided; // what it does taken alone; undecided is said by nothing
  bool operator==(const Change&) const = default;
};

struct SectionChanges {
  std::string section; // "charter" for what stands before the sections
  // Whether the version before protects the section, and who must ratify: "needs all governance owners".
  bool is_protected = false;
  std::string needs;
  std::vector<Change> changes; // never empty
};

// In the order of the language. Empty iff the two have the same canonical form.
std::vector<SectionChanges> differences(const Charter& before, const Charter& after);

// The sentences alone.
std::vector<std::string> diff_in_words(const Charter& before, const Charter& after);

} // namespace sallyport::charter
