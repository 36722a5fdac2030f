// The names that sources list (a charter's `terms_from`): what must not be told although the packet's own
// scope does not have it, such as another tenant's name in a narrative. Clear values: they live under a data
// key of their own, and nothing of them is ever shown.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "scan/dictionary.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::engine {

struct Terms {
  std::vector<std::string> names; // sorted
  Instant read_at;
};

class TermBook {
public:
  // The names that the source listed at `read_at`; older ones than those known are not taken. Whether they
  // differ from the ones known.
  bool put(const std::string& source, Terms terms);
  const Terms* find(const std::string& source) const;
  // What finds the names of a source that has listed some; made once for each list. Nothing where none of
  // them is long enough to be looked for; an error where they are too many.
  Result<std::optional<scan::Dictionary>> dictionary(const std::string& source, scan::Detector detector,
                                                     ByteView key);

private:
  std::map<std::string, Terms> listed_;
  std::map<std::pair<std::string, scan::Detector>, Result<std::optional<scan::Dictionary>>> made_;
};

// The terms that are long enough to be looked for, as one dictionary; nothing where none is.
Result<std::optional<scan::Dictionary>> dictionary_of(scan::Detector detector,
                                                      const std::vector<std::string>& terms, ByteView key);

std::string terms_text(const Terms& terms);
Result<Terms> read_terms(std::string_view text);

} // namespace sallyport::engine
