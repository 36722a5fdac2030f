// Shifts over the rules of time zones, which are an argument: Berlin's in 2026 here, by hand.
#include "gate/zones.h"

#include "gate/testing/fixture.h"

#include <doctest/doctest.h>

#include <random>

using namespace sallyport;
using namespace sallyport::gate;
using sallyport::gate::testing::instant_of;

namespace {

constexpr Duration winter{3'600'000};
constexpr Duration summer{7'200'000};

Zones berlin() {
  return {"2026z",
          instant_of("2027-01-01T00:00:00.000Z"),
          {{"Europe/Berlin",
            {{instant_of("2025-10-26T01:00:00.000Z"), winter},
             {instant_of("2026-03-29T01:00:00.000Z"), summer},
             {instant_of("2026-10-25T01:00:00.000Z"), winter}}}}};
}

charter::Shift shift(int from, int to, std::set<charter::Weekday> days) {
  return {"Europe/Berlin", std::move(days), {from}, {to}};
}

using enum charter::Weekday;
const std::set<charter::Weekday> work{mon, tue, wed, thu, fri};

} // namespace

TEST_CASE("a shift is half-open in local time, on its days alone") {
  const Zones zones = berlin();
  const auto office = shift(8 * 60, 18 * 60, work);
  CHECK(inside(office, zones, instant_of("2026-11-20T06:59:59.999Z")) == false); // a Friday, in winter
  CHECK(inside(office, zones, instant_of("2026-11-20T07:00:00.000Z")) == true);
  CHECK(inside(office, zones, instant_of("2026-11-20T16:59:59.999Z")) == true);
  CHECK(inside(office, zones, instant_of("2026-11-20T17:00:00.000Z")) == false);
  CHECK(inside(office, zones, instant_of("2026-11-21T10:00:00.000Z")) == false); // Saturday
  CHECK(inside(office, zones, instant_of("2026-07-01T06:00:00.000Z")) == true);  // summer
  CHECK(inside(office, zones, instant_of("2026-07-01T05:59:59.999Z")) == false);
  CHECK(inside(office, zones, instant_of("2026-07-01T16:00:00.000Z")) == false);
}

TEST_CASE("a shift over midnight belongs to the day on which it starts") {
  const Zones zones = berlin();
  const auto night = shift(22 * 60, 6 * 60, {fri});
  CHECK(inside(night, zones, instant_of("2026-11-20T20:59:59.999Z")) == false);
  CHECK(inside(night, zones, instant_of("2026-11-20T21:00:00.000Z")) == true);
  CHECK(inside(night, zones, instant_of("2026-11-21T04:59:59.999Z")) ==
        true); // Saturday morning, Friday's shift
  CHECK(inside(night, zones, instant_of("2026-11-21T05:00:00.000Z")) == false);
  CHECK(inside(night, zones, instant_of("2026-11-21T21:30:00.000Z")) == false); // Saturday night
  CHECK(inside(night, zones, instant_of("2026-11-20T04:00:00.000Z")) == false); // Friday morning, Thursday's
}

TEST_CASE("both passes of a repeated hour count; a skipped hour is simply absent") {
  const Zones zones = berlin();
  const auto small_hours = shift(2 * 60, 3 * 60, {sun});
  // 25 October: 02:00-03:00 twice, two hours of UTC.
  CHECK(inside(small_hours, zones, instant_of("2026-10-24T23:59:59.999Z")) == false);
  CHECK(inside(small_hours, zones, instant_of("2026-10-25T00:00:00.000Z")) == true);
  CHECK(inside(small_hours, zones, instant_of("2026-10-25T01:00:00.000Z")) == true);
  CHECK(inside(small_hours, zones, instant_of("2026-10-25T01:59:59.999Z")) == true);
  CHECK(inside(small_hours, zones, instant_of("2026-10-25T02:00:00.000Z")) == false);
  // 29 March: from 02:00 straight to 03:00.
  for (int minute = 0; minute < 240; ++minute) {
    CHECK(inside(small_hours, zones, instant_of("2026-03-28T23:00:00.000Z") + Duration{minute * 60'000LL}) ==
          false);
  }
}

TEST_CASE("a zone, or a time, whose rule is not known is neither in nor out") {
  Zones zones = berlin();
  const auto office = shift(8 * 60, 18 * 60, work);
  CHECK_FALSE(inside(office, zones, zones.until).has_value());
  CHECK(inside(office, zones, zones.until - Duration{1}).has_value());
  CHECK_FALSE(inside(office, zones, instant_of("2020-01-01T00:00:00.000Z")).has_value());
  zones.offsets.clear();
  CHECK_FALSE(inside(office, zones, instant_of("2026-11-20T10:00:00.000Z")).has_value());
  CHECK_FALSE(next_edge(office, zones, instant_of("2026-11-20T10:00:00.000Z")).has_value());
}

TEST_CASE("between an instant and its next edge nothing changes (property)") {
  const Zones zones = berlin();
  std::mt19937_64 random(7);
  const Instant first = instant_of("2026-01-01T00:00:00.000Z");
  for (int round = 0; round < 400; ++round) {
    const int from = static_cast<int>(random() % 1440);
    const int to = static_cast<int>((static_cast<std::uint64_t>(from) + 1 + random() % 1439) % 1440);
    std::set<charter::Weekday> days{static_cast<charter::Weekday>(random() % 7)};
    days.insert(static_cast<charter::Weekday>(random() % 7));
    const auto some = shift(from, to, days);
    const Instant t = first + Duration{static_cast<std::int64_t>(random() % (364 * 86'400'000ULL))};
    const auto edge = next_edge(some, zones, t);
    REQUIRE(edge.has_value());
    REQUIRE(*edge > t);
    for (int probe = 0; probe < 20; ++probe) {
      const Instant between =
          t + Duration{static_cast<std::int64_t>(random() % static_cast<std::uint64_t>((*edge - t).ms))};
      CHECK(inside(some, zones, between) == inside(some, zones, t));
    }
    CHECK(inside(some, zones, *edge - Duration{1}) == inside(some, zones, t));
  }
}
