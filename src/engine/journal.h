// The security journal: attempts that no packet can answer for, counted by the store while their minute
// lasts and then one leaf per principal and minute.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

Instant end_of_minute(Instant at);

// Inside a batch. Afterwards the lines of every minute that is over are leaves, and gone from the store.
Result<void> coalesce_journal(Core& core);

} // namespace sallyport::engine
