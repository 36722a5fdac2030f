// Two revisions of one dump, byte for byte: what was taken out, what is another, what is there again. And the
// proof of a redacted copy. Nothing of what stood there is said.
#pragma once

#include "dump/findings.h"
#include "dump/redact.h"

#include <array>
#include <cstdint>
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
  std::vector<Difference> differences; // by place
  std::array<std::uint64_t, change_count> bytes{};
  // Why the two are no revisions of one dump, or more differs than is listed.
  std::vector<Held> held;

  std::uint64_t count(Change change) const;

  bool clean() const { return held.empty() && count(Change::re_exposed) == 0; }
};

Comparison compare(const Revision& older, const Revision& newer);

// Whether two maps say the same of the same bytes. What was unaccounted and is zero now is padding.
bool same_map(const Reading& a, const Reading& b);

struct Coverage {
  std::uint64_t bytes = 0; // of the file, each in one region
  std::uint64_t unaccounted = 0;
  std::uint64_t written = 0; // differs from the original
  std::uint64_t dropped = 0; // in regions that are never kept
  std::uint64_t budgets_hit = 0;
};

struct Verification {
  Coverage coverage;
  Comparison comparison;
  std::vector<Held> held; // everything that is against it, the comparison's included

  bool clean() const { return held.empty(); }
};

// Of an original and its redacted copy: the copy is read clean, has the original's size and map; no byte of
// structure differs and none is anything but a mark where it differs; what is never kept is zero; and nothing
// is found in it.
Verification verify(const Revision& original, const Revision& copy);

} // namespace sallyport::dump
