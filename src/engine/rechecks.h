// One recheck as faces show it: under way, or what came of it. A preview says that it is one, whatever it
// found.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

// `not_found` where the packet's last leaves, which are not looked through for ever, name no such recheck.
Result<canon::Object> show_recheck(const Core& core, const PacketId& packet, const RecheckId& recheck);

} // namespace sallyport::engine
