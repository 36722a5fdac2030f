// Every check of the gate, evaluated afresh from a World. A check is a line: its code, what came of it,
// what it looked at and what it saw, and what would clear it. The register, `packet explain`, the
// manifest's holds and the body of a release all come from these lines; there is no second opinion.
//
// "Not evaluated" is a hold: where what a check needs is absent, it answers `hold`.
#pragma once

#include "gate/world.h"

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::gate {

enum class Outcome {
  pass,
  hold,           // blocks
  visible,        // may cross, bound and seen
  overridden,     // would block, and crosses with this manifest because enough persons signed for that
  wait,           // blocks, and is no hold: a signature, a slot
  not_applicable, // this charter asks nothing here
};
std::string_view to_string(Outcome outcome);

struct CheckLine {
  std::string code;
  Outcome outcome = Outcome::pass;
  std::string subject; // pointer or id, never a value; empty: the packet
  canon::Object saw;   // never a value that a view hides
  std::string remedy;  // one sentence; empty where it passes
  bool item = false;   // of the ledger: an open item is its own hold, and `subject` is its id
};

using Report = std::vector<CheckLine>;

// Holds of the packet's head, without signatures and waits. Empty head: one LINE.SUPERSEDED line. Of what
// is found twice about one subject the strictest line stays; what fails somewhere does not pass as a whole.
Report evaluate(const World& world, const PacketId& id, Instant now);

// Lines appended by each family, in the order of the report.
void check_charter(const World&, const PacketId&, const Packet&, Instant, Report&);
void check_lineage(const World&, const PacketId&, const Packet&, Instant, Report&);
void check_freshness(const World&, const PacketId&, const Packet&, Instant, Report&);
void check_state(const World&, const PacketId&, const Packet&, Instant, Report&);
void check_time(const World&, const PacketId&, const Packet&, Instant, Report&);
void check_scope(const World&, const PacketId&, const Packet&, Instant, Report&);
void check_audience(const World&, const PacketId&, const Packet&, Instant, Report&);
void check_minimization(const World&, const PacketId&, const Packet&, Instant, Report&);
void check_lane(const World&, const PacketId&, const Packet&, Instant, Report&);
void check_signers(const World&, const PacketId&, const Packet&, Instant, Report&);
void check_system(const World&, const PacketId&, const Packet&, Instant, Report&);

// The earliest instant after `now` at which time alone may change a line.
std::optional<Instant> next_deadline(const World& world, const PacketId& id, Instant now);

} // namespace sallyport::gate
