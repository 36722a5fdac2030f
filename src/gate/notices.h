// Who is to be told that a packet waits or is held for long (charter.md: `admission.max_wait`,
// `holds.escalate`). Derived each time it is asked; a notice ends nothing and lets nothing cross.
#pragma once

#include "gate/checks.h"

namespace sallyport::gate {

struct Notice {
  std::string code;    // of the wait or the hold
  std::string subject; // as its line says
  std::string to;      // role
  Instant since;       // when the wait or the hold began
};

std::vector<Notice> notices(const World& world, const PacketId& id, Instant now);

} // namespace sallyport::gate
