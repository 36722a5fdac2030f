// The texts "<class>" of synthetic dumps against the map of what was read.
#pragma once

#include "dump/dump.h"
#include "dump/testing/synthetic.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

namespace sallyport::dump::testing {

inline const Region& region_at(const Reading& reading, std::uint64_t at) {
  return *std::ranges::find_if(reading.regions, [&](const Region& r) { return r.range.contains(at); });
}

// Every marker of a class lies in one region of it. How many of each there were.
inline std::map<std::string_view, int> check_markers(const Reading& reading, std::string_view file,
                                                     std::endian order) {
  std::map<std::string_view, int> seen;
  for (const ClassRule& rule : region_classes()) {
    const std::string narrow = "<" + std::string(rule.name) + ">";
    for (const std::string& marker : {narrow, wide(narrow, order)}) {
      for (auto at = file.find(marker); at != std::string_view::npos; at = file.find(marker, at + 1)) {
        const Region& region = region_at(reading, at);
        CAPTURE(at);
        CAPTURE(narrow);
        CHECK(rule_of(region.klass).name == rule.name);
        CHECK(region.range.contains(Range(at, marker.size())));
        ++seen[rule.name];
      }
    }
  }
  return seen;
}

inline std::uint64_t bytes_of(const Reading& reading, RegionClass klass) {
  std::uint64_t sum = 0;
  for (const Region& region : reading.regions) {
    sum += region.klass == klass ? region.range.size() : 0;
  }
  return sum;
}

// What holds it, as "cause where" for each; "" for what is read whole.
inline std::string reasons(const Reading& reading) {
  std::string out;
  for (const Held& held : reading.held) {
    out += std::string(name_of(held.cause)) + " " + held.where + "\n";
  }
  return out;
}

inline std::uint64_t value_of(const Registers& registers, std::string_view name) {
  const auto found = std::ranges::find(registers.values, name, &Register::name);
  REQUIRE(found != registers.values.end());
  return found->value;
}

} // namespace sallyport::dump::testing
