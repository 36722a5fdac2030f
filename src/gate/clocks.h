// What the clocks of the charter say of a packet: instants that approach and pass, and windows in which a
// release may cross. Nothing is released by any of them (charter.md 3.7).
#pragma once

#include "gate/checks.h"

#include <functional>

namespace sallyport::gate {

// The earliest instant of a due clock over all citations of its source; nothing where one does not state it.
std::optional<Instant> due_at(const World& world, const PacketId& id, const charter::Charter& charter,
                              const charter::Due& due);

// The earliest due instant of any clock that has not passed; nothing where there is none.
std::optional<Instant> nearest_due(const World& world, const PacketId& id, Instant now);

// The windows as a manifest binds them, sorted by id, with the instants that were said or read. `unknown`
// names those whose source does not say; they bind nothing.
struct BoundWindows {
  std::vector<packet::BoundWindow> windows;
  std::vector<std::string> unknown;
};

BoundWindows bound_windows(const World& world, const PacketId& id, const charter::Charter& charter);

// Whether an instant that is bound in the manifest under review is another one now. Silence moves nothing.
bool windows_moved(const World& world, const PacketId& id);

// TIME.WINDOW of each shift and freeze; not applicable where there is none.
void check_windows(const World& world, const PacketId& id, Instant now, Report& report);

// Every instant after `now` at which a clock, a window or a `valid_until` check may change a line.
void clock_deadlines(const World& world, const PacketId& id, const charter::Charter& charter, Instant now,
                     const std::function<void(Instant)>& consider);

} // namespace sallyport::gate
