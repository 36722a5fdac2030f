// The rules of time zones from this machine's tz database, as a value for the gate: the one place that reads
// them. A newer database is taken at the next start.
#pragma once

#include "gate/zones.h"

#include <functional>
#include <set>
#include <string>

namespace sallyport::engine {

// The compiled tables do not say their version; the source text that is installed beside them begins with it.
std::string installed_tz_version();
using ReadVersion = std::function<std::string()>;

// A zone that the database does not have is left out: its shifts never open. The rules end where the
// database's own tables do; what comes later is not known. The version is that of the tables which are in
// memory; of zones that were first read from different ones, all of them, as in "2025b+2026a".
gate::Zones read_zones(const std::set<std::string>& names,
                       const ReadVersion& installed = installed_tz_version);

// The zones that the charter's shifts name.
std::set<std::string> zones_of(const charter::Charter& charter);

} // namespace sallyport::engine
