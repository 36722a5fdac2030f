// The machine's tz database as the gate reads it.
#include "engine/time_zones.h"

#include <doctest/doctest.h>

using namespace sallyport;

TEST_CASE(
    "zones come with both of their offsets and the version of the database; what is no zone is left out") {
  const gate::Zones zones = engine::read_zones({"Europe/Berlin", "Etc/UTC", "Mars/Base"});
  CHECK(zones.version.starts_with("20"));
  const auto offset = [&](const char* zone, const char* at) {
    return zones.offset_at(zone, parse_instant(at).value());
  };
  CHECK(offset("Europe/Berlin", "2026-03-29T00:59:59.999Z") == Duration{3'600'000});
  CHECK(offset("Europe/Berlin", "2026-03-29T01:00:00.000Z") == Duration{7'200'000});
  CHECK(offset("Europe/Berlin", "2026-10-25T01:00:00.000Z") == Duration{3'600'000});
  CHECK(offset("Etc/UTC", "2026-07-01T00:00:00.000Z") == Duration{0});
  CHECK_FALSE(offset("Mars/Base", "2026-07-01T00:00:00.000Z").has_value());
  CHECK_FALSE(offset("Europe/Berlin", "2037-01-01T00:00:00.000Z").has_value());
}

TEST_CASE(
    "TIME.WINDOW: the version on record is that of the tables in memory, not of a database installed since") {
  std::string installed = "2026a";
  const auto version = [&] { return installed; };
  CHECK(engine::read_zones({"Europe/Lisbon"}, version).version == "2026a");
  installed = "2026b";
  CHECK(engine::read_zones({"Europe/Lisbon"}, version).version == "2026a");
  CHECK(engine::read_zones({"Europe/Lisbon", "Asia/Tokyo"}, version).version == "2026a+2026b");
  CHECK(engine::read_zones({"Asia/Tokyo"}, version).version == "2026b");
  int asked = 0; // replaced while a table is read
  const auto replaced = [&] { return ++asked == 1 ? "2026b" : "2026c"; };
  CHECK(engine::read_zones({"Asia/Seoul"}, replaced).version == "unknown");
}
