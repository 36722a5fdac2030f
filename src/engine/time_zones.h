// The rules of time zones from this machine's tz database, as a value for the gate: the one place that reads
// them. A newer database is taken when the rules are read again, at the next start or proposed charter.
#pragma once

#include "gate/zones.h"

#include <set>
#include <string>

namespace sallyport::engine {

// A zone that the database does not have is left out: its shifts never open. The rules end where the
// database's own tables do; what comes later is not known.
gate::Zones read_zones(const std::set<std::string>& names);

// The zones that the charter's shifts name.
std::set<std::string> zones_of(const charter::Charter& charter);

} // namespace sallyport::engine
