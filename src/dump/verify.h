// The proof of a redacted copy, made of the two files alone: nothing that redaction said is taken for
// granted.
#pragma once

#include "dump/compare.h"
#include "dump/coverage.h"
#include "dump/unwind.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::dump {

struct Coverage {
  std::uint64_t bytes = 0; // of the file, each in one region
  std::uint64_t unaccounted = 0;
  std::uint64_t budgets_hit = 0;
  CoverageMap map; // of the original's regions; their sums are `bytes`

  std::uint64_t of(Fate fate) const;
};

// What the second path looks for besides its own rules, and with how many threads.
struct SecondPath {
  std::span<const std::string> terms = {}; // of the dictionaries that the copy was scanned with
  std::size_t workers = 1;
};

// What only the second path found in the copy, of one rule in one class of regions.
struct SecondFound {
  Exposure exposure = Exposure::customer_identifier;
  RegionClass klass = RegionClass::unaccounted;
  std::string_view rule; // of residual.h
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first = 0; // offset in the file
};

struct Verification {
  Coverage coverage;
  Comparison comparison;
  Unwound unwound;
  // By exposure: what either path found in the copy, and what both found once.
  std::array<std::uint64_t, exposure_count> residual{};
  std::vector<SecondFound> second;
  std::vector<Held> held; // everything that is against it, the comparison's included

  bool clean() const { return held.empty(); }
};

// Of an original and its redacted copy: the copy is read clean, has the original's size and map; no byte of
// structure differs and none is anything but a mark where it differs; what is never kept is zero, and of what
// is kept as pointers each word is one; and neither path finds anything in it. That a walk differs is said,
// and holds nothing: it takes away from use, not from privacy.
Verification verify(const Revision& original, const Revision& copy, const Walker& walker = {},
                    const SecondPath& second = {});

} // namespace sallyport::dump
