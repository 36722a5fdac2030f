// The proof of a redacted copy, made of the two files alone: nothing that redaction said is taken for
// granted.
#pragma once

#include "dump/compare.h"
#include "dump/coverage.h"
#include "dump/unwind.h"

#include <cstdint>
#include <vector>

namespace sallyport::dump {

struct Coverage {
  std::uint64_t bytes = 0; // of the file, each in one region
  std::uint64_t unaccounted = 0;
  std::uint64_t budgets_hit = 0;
  CoverageMap map; // of the original's regions; their sums are `bytes`

  std::uint64_t of(Fate fate) const;
};

struct Verification {
  Coverage coverage;
  Comparison comparison;
  Unwound unwound;        // all zero but for the threads where nothing walks them
  std::vector<Held> held; // everything that is against it, the comparison's included

  bool clean() const { return held.empty(); }
};

// Of an original and its redacted copy: the copy is read clean, has the original's size and map; no byte of
// structure differs and none is anything but a mark where it differs; what is never kept is zero, and of what
// is kept as pointers each word is one; and nothing is found in it. That a walk differs is said, and holds
// nothing: it takes away from use, not from privacy.
Verification verify(const Revision& original, const Revision& copy, const Walker& walker = {});

} // namespace sallyport::dump
