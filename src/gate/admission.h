// Who gets the lane's next slot (charter.md 3.4). A request that finds the lane full stands until
// something else is in its way; of those that stand, the first in charter order gets the slot that comes
// free. Nobody's place depends on who acts first, and the order never makes anything releasable.
#pragma once

#include "gate/checks.h"

namespace sallyport::gate {

// LANE.CAPACITY for the packet: passes where a slot is left after the entries that nobody has read within
// the window, the rechecks of other packets, and the standing requests that come before this packet.
CheckLine capacity_line(const World& world, const PacketId& id, Instant now);

// Empty where the packet's request stands; else the code of what is in its way. Only for a packet with one.
std::string why_lapsed(const World& world, const PacketId& id, Instant now);

// The first of the lane's standing requests, where there is one and a slot for it.
std::optional<PacketId> next_admitted(const World& world, const std::string& lane, Instant now);

// Whether `a` comes before `b` in the charter's order.
bool comes_before(const World& world, const PacketId& a, const PacketId& b, Instant now);

} // namespace sallyport::gate
