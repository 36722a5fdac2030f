// What an edit of an agent says of its maker. Never the agent's word: its account says which model it is, the
// log what it was shown.
#pragma once

#include "engine/core.h"

#include <optional>

namespace sallyport::engine {

// {model?, model_source, access: [leaf], inputs: [{view, leaf}]}; nothing where the account is no agent's.
std::optional<canon::Object> agent_part(const Core& core, const AccountId& by, const PacketId& packet);

} // namespace sallyport::engine
