// One packet's way through the log.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

// Leaves from number `from` on that name the packet or its entry, at most `count`; `next` is where to go on,
// where the log was not read to its end.
Result<canon::Object> show_trace(const Core& core, const PacketId& packet, std::uint64_t from,
                                 std::size_t count);

// The packet's last leaf that says more than that somebody looked at it, was refused, or previewed a press:
// what people decide on is as it was then. Where that lies far back, or cannot be read, its last leaf of all.
packet::LeafNumber last_move(const Core& core, const PacketId& packet);

} // namespace sallyport::engine
