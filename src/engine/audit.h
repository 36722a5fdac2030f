// The whole log looked at again, from the leaves up, beside the running service.
#pragma once

#include "base/digest.h"
#include "engine/core.h"

namespace sallyport::engine {

struct Audit {
  std::uint64_t leaves = 0;
  Digest state; // of the fold of exactly these leaves (INV-40)
};

// On connections of its own, so any thread may run it; it takes as long as the log is long. An error is
// the first thing that does not verify, naming table and leaf or row.
Result<Audit> audit_log(const CoreOptions& options);

} // namespace sallyport::engine
