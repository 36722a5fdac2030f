// The values of scope dimensions that stand in clear: a period, a level, a threshold, sections. A value says
// by its shape which it is, so that every reader reads it without the charter; each has one closed spelling.
//
//   {"from":"<instant>","until":"<instant>"}   [from, until), from < until
//   "module"                                   a level
//   10                                         a threshold
//   ["s1","s2"]                                sections, sorted, at least one
//
// Values that must not stand in clear are disclosures, in `scope` (submission.h).
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "canon/value.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sallyport::packet {

struct Span {
  Instant from;
  Instant until;

  auto operator<=>(const Span&) const = default;
};

using Sections = std::vector<std::string>; // sorted, none twice

struct Bound {
  std::variant<Span, std::string, std::int64_t, Sections> value;

  bool operator==(const Bound&) const = default;
};

using Bounds = std::map<std::string, Bound>; // by dimension

canon::Value to_value(const Bound& bound);
// False where the value is none of the four, or is spelled otherwise.
bool from_value(const canon::Value& value, Bound& out);

// What a submission says, where sections may stand in any order. A fault names its pointer.
Result<Bounds> read_bounds(const canon::Value& value, const std::string& where);

// For people: "2026-11-01T00:00:00.000Z to 2026-12-01T00:00:00.000Z", "module", "10", "s1, s2".
std::string in_words(const Bound& bound);

} // namespace sallyport::packet
