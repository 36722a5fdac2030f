// After a release: the head that covers it is signed, its receipt attached, the entry delivered.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

// For every entry that is not delivered yet. Repeating it does nothing twice.
Result<void> deliver_entries(Core& core, Instant wall);

// The tlog-proof of a leaf under a signed head that covers it.
Result<std::string> prove_leaf(const store::Reader& reader, std::uint64_t n, const store::Checkpoint& head);

} // namespace sallyport::engine
