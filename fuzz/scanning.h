// The scanner that the targets share: small budgets, so that one input takes milliseconds, and a few terms.
#pragma once

#include "scan/document.h"

#include <string>
#include <vector>

namespace sallyport::fuzz {

inline const scan::Scanner& scanner() {
  static const scan::Scanner it = [] {
    const std::vector<std::string> terms{"Northwind Harbour", "Acme", "Zoë Łuk"};
    return scan::Scanner(
        scan::RuleSet::standard(
            {.depth = 3, .decoded_bytes = 1 << 18, .runs = 1 << 12, .inflate_starts = 64}),
        {scan::Dictionary::make(scan::Detector::tenant_identifier, terms, as_bytes("a key of the fuzzer"))
             .value()});
  }();
  return it;
}

// Offsets lie inside what was scanned.
inline bool inside(const scan::Finding& finding, std::size_t size) {
  return finding.from <= finding.until && finding.until <= size;
}

} // namespace sallyport::fuzz
