// The rules of time zones, as a value: what a shift of a charter is read with. Whoever drives the machine
// makes it (engine/time_zones.h) from a tz database and says which version it was; the gate turns an instant
// into local time and never the reverse, so a repeated hour counts twice and a skipped one not at all.
#pragma once

#include "base/instant.h"
#include "charter/model.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::gate {

// From this instant on local time is UTC plus the offset.
struct ZoneOffset {
  Instant from;
  Duration offset;
};

struct Zones {
  std::string version;                                    // of the tz database, "2025b"
  Instant until;                                          // what comes at or after it is not known
  std::map<std::string, std::vector<ZoneOffset>> offsets; // by zone, rising; the first is where it begins

  // Nothing where the zone, or its rule at that instant, is not known.
  std::optional<Duration> offset_at(const std::string& zone, Instant t) const;
};

// Whether local time lies in [from, to) of a listed day; a shift that crosses midnight belongs to the day on
// which it starts. Nothing where the zone's rule is not known.
std::optional<bool> inside(const charter::Shift& shift, const Zones& zones, Instant t);

// The earliest instant after `t` at which inside() may change, as far as it is known: perhaps too early,
// never too late.
std::optional<Instant> next_edge(const charter::Shift& shift, const Zones& zones, Instant t);

} // namespace sallyport::gate
