// Two revisions of one dump, byte for byte: what was taken out, what is another, what is there again. Nothing
// of what stood there is said.
#pragma once

#include "dump/findings.h"

#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::dump {

enum class Change : std::uint8_t {
  newly_redacted, // was something, is a mark
  remarked,       // was a mark, is another one
  changed,        // was something, is something else
  re_exposed,     // was a mark, is something: blocks
};

inline constexpr std::size_t change_count = 4;

std::string_view name_of(Change change);

struct Difference {
  Change change = Change::changed;
  Range range;                      // from the first to the last byte that differs
  std::uint32_t region = 0;         // of the older map
  std::optional<Exposure> exposure; // of what was found there: in the older one, where it was taken out, else
                                    // in the newer one
  bool operator==(const Difference&) const = default;
};

struct Revision {
  ByteView file;
  const Reading& reading;
  const ScanOfDump& scan;
};

struct Comparison {
  std::vector<Difference> differences;              // by place; not more than limits::findings_max
  std::array<std::uint64_t, change_count> places{}; // all of them
  std::array<std::uint64_t, change_count> bytes{};
  std::uint64_t untouchable = 0; // of the places: in bytes that no copy may differ in
  std::vector<Held> held;        // why the two are no revisions of one dump

  std::uint64_t count(Change change) const { return places[static_cast<std::size_t>(change)]; }

  // More differs than is listed; the numbers are right all the same.
  bool listed() const {
    return std::accumulate(places.begin(), places.end(), std::uint64_t{0}) == differences.size();
  }

  bool clean() const { return held.empty() && count(Change::re_exposed) == 0; }
};

Comparison compare(const Revision& older, const Revision& newer);

// Whether two maps say the same of the same bytes. What was unaccounted and is zero now is padding.
bool same_map(const Reading& a, const Reading& b);

} // namespace sallyport::dump
