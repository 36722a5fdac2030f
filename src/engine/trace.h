// One packet's way through the log.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

// Leaves from number `from` on that name the packet or its entry, at most `count`; `next` is where to go on,
// where the log was not read to its end.
Result<canon::Object> show_trace(const Core& core, const PacketId& packet, std::uint64_t from,
                                 std::size_t count);

} // namespace sallyport::engine
