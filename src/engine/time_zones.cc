#include "engine/time_zones.h"

#include <date/tz.h>

#include <exception>
#include <fstream>
#include <map>
#include <mutex>

namespace sallyport::engine {
namespace {

constexpr date::sys_seconds first = date::sys_days{date::year{2000} / 1 / 1};
constexpr date::sys_seconds last = date::sys_days{date::year{2037} / 1 / 1}; // of compiled tz tables

Instant instant_of(date::sys_seconds t) {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count()};
}

// Which version of the database each zone's table was read from. The library keeps a table for as long as the
// process runs, while a newer database may be installed beside it.
class LoadedTables {
public:
  std::vector<gate::ZoneOffset> read(const std::string& name, const ReadVersion& installed);

  const std::string& version_of(const std::string& name) const { return versions_.at(name); }

private:
  std::map<std::string, std::string> versions_;
};

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

std::vector<gate::ZoneOffset> LoadedTables::read(const std::string& name, const ReadVersion& installed) {
  const std::string before = installed();
  std::vector<gate::ZoneOffset> out = offsets_of(name);
  const std::string after = installed();
  versions_.try_emplace(name, before == after ? before : "unknown"); // replaced while it was read
  return out;
}

std::string joined(const std::set<std::string>& versions) {
  std::string out;
  for (const std::string& version : versions) {
    out += (out.empty() ? "" : "+") + version;
  }
  return out;
}

} // namespace

std::string installed_tz_version() {
  std::ifstream source("/usr/share/zoneinfo/tzdata.zi");
  std::string hash;
  std::string word;
  std::string number;
  return source >> hash >> word >> number && hash == "#" && word == "version" ? number : "unknown";
}

gate::Zones read_zones(const std::set<std::string>& names, const ReadVersion& installed) {
  static std::mutex mutex;
  static LoadedTables tables;
  const std::lock_guard lock(mutex);
  gate::Zones zones;
  zones.until = instant_of(last);
  std::set<std::string> versions;
  for (const std::string& name : names) {
    try {
      zones.offsets[name] = tables.read(name, installed);
      versions.insert(tables.version_of(name));
    } catch (const std::exception&) { // the library's way to say that there is no such zone
      zones.offsets.erase(name);
    }
  }
  zones.version = versions.empty() ? installed() : joined(versions);
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
