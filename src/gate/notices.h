// Who is to be told of what stays open (charter.md: `holds.escalate`, `admission.max_wait`, `clocks.due`).
// Derived whenever it is asked: a notice clears nothing, lets nothing cross and is on no record. Whoever
// tells people keeps what was told.
#pragma once

#include "gate/checks.h"

namespace sallyport::gate {

struct Notice {
  std::string code;     // of the hold, the clock or the wait
  std::string subject;  // as its line says
  std::string about;    // the hold's id, or "/clocks/due/<id>"; empty for a wait
  std::size_t step = 1; // which row of `escalate` is reached, from 1
  std::string to;       // role
  Instant since;        // when the hold was first opened, the clock passed, the wait began
};

// Every row that is reached, of each open hold by its own code's rows or the general ones, counted from when
// it was first opened (INV-22); every clock with at_expiry = escalate that has passed; every wait that has
// lasted for `max_wait`.
std::vector<Notice> notices(const World& world, const PacketId& id, Instant now);

// The target for a blocking hold: its code's `sla` or the general one after it was first opened. Nothing for
// what only shows.
std::optional<Instant> answer_by(const World& world, const Packet& packet, const Hold& hold);

} // namespace sallyport::gate
