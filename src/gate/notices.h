// Who is to be told of what stays open, derived from the register whenever it is asked. A notice clears
// nothing, releases nothing and is on no record: whoever tells people keeps what was told.
#pragma once

#include "gate/world.h"

#include <string>
#include <vector>

namespace sallyport::gate {

struct Notice {
  std::string code;     // of the hold or the clock
  std::string about;    // the hold's id, or "/clocks/due/<id>"
  std::size_t step = 1; // which row of `escalate` is reached, from 1
  std::string to;       // role
  Instant since;        // when it was reached
};

// Every row that is reached, of each open hold by its own code's rows or the general ones, counted from when
// it was first opened (INV-22); and every clock with at_expiry = escalate that has passed.
std::vector<Notice> notices(const World& world, const PacketId& id, Instant now);

// The target for a blocking hold: its code's `sla` or the general one after it was first opened. Nothing for
// what only shows.
std::optional<Instant> answer_by(const World& world, const Packet& packet, const Hold& hold);

} // namespace sallyport::gate
