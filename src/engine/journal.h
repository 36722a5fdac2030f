// The security journal: attempts that no packet can answer for, and what agents ask for, counted by the store
// while their minute lasts and then one leaf of each per principal and minute.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

Instant end_of_minute(Instant at);

// Inside a batch. What the agent asked for, by verb, or "denied". Of agents beyond those that the store tells
// apart in a minute, their sum is counted.
Result<void> count_request(Core& core, const AccountId& agent, std::string_view verb);

// Inside a batch. Afterwards the lines of every minute that is over are leaves, and gone from the store.
Result<void> coalesce_journal(Core& core);

} // namespace sallyport::engine
