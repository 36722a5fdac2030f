// The offline verdict about one bundle: what was released, by whose signatures, and whether every proof
// holds. Pure: files in, report out. It needs nothing from whoever made the bundle but the bundle.
#pragma once

#include "verify/bundle.h"
#include "verify/checks.h"
#include "verify/trust.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::verify {

struct Report {
  bool pinned = false; // judged against a trust file
  Faults faults;       // sorted, unique
  // What was read, where every file read; what it says is proved only where there is no fault.
  std::optional<Bundle> bundle;
  std::vector<CountedSignature> signatures;
  std::optional<ledger::TrustedHead> head;

  // The only good answer: no fault, and the keys are those that somebody pinned.
  bool authentic() const { return pinned && faults.empty(); }
};

// `trust` null: the bundle is measured by its own trust/ files, which any forger can write too.
Report verify(const Files& files, const Trust* trust);

} // namespace sallyport::verify
