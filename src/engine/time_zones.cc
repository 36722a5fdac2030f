#include "engine/time_zones.h"

#include <date/tz.h>

#include <exception>
#include <fstream>

namespace sallyport::engine {
namespace {

constexpr date::sys_seconds first = date::sys_days{date::year{2000} / 1 / 1};
constexpr date::sys_seconds last = date::sys_days{date::year{2037} / 1 / 1}; // of compiled tz tables

Instant instant_of(date::sys_seconds t) {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count()};
}

// The compiled tables do not say their version; the source text that is installed beside them begins with it.
std::string version() {
  std::ifstream source("/usr/share/zoneinfo/tzdata.zi");
  std::string hash;
  std::string word;
  std::string number;
  return source >> hash >> word >> number && hash == "#" && word == "version" ? number : "unknown";
}

std::vector<gate::ZoneOffset> offsets_of(const std::string& name) {
  std::vector<gate::ZoneOffset> out;
  const date::time_zone* zone = date::locate_zone(name);
  for (date::sys_seconds t = first; t < last;) {
    const date::sys_info info = zone->get_info(t);
    out.push_back(
        {instant_of(t), {std::chrono::duration_cast<std::chrono::milliseconds>(info.offset).count()}});
    t = info.end;
  }
  return out;
}

} // namespace

gate::Zones read_zones(const std::set<std::string>& names) {
  gate::Zones zones;
  zones.version = version();
  zones.until = instant_of(last);
  for (const std::string& name : names) {
    try {
      zones.offsets[name] = offsets_of(name);
    } catch (const std::exception&) { // the library's way to say that there is no such zone
      zones.offsets.erase(name);
    }
  }
  return zones;
}

std::set<std::string> zones_of(const charter::Charter& charter) {
  std::set<std::string> out;
  for (const auto& [id, window] : charter.clocks.windows) {
    if (const auto* shift = std::get_if<charter::Shift>(&window)) {
      out.insert(shift->tz);
    }
  }
  return out;
}

} // namespace sallyport::engine
