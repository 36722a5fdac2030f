#include "gate/zones.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 86'400'000;

std::int64_t day_of(std::int64_t local_ms) {
  return local_ms / day_ms - (local_ms % day_ms < 0 ? 1 : 0);
}

// Day 0 was a Thursday.
charter::Weekday weekday(std::int64_t day) {
  return static_cast<charter::Weekday>(((day + 3) % 7 + 7) % 7);
}

} // namespace

std::optional<Duration> Zones::offset_at(const std::string& zone, Instant t) const {
  const auto rules = offsets.find(zone);
  if (rules == offsets.end() || t >= until) {
    return std::nullopt;
  }
  const auto next = std::ranges::upper_bound(rules->second, t, {}, &ZoneOffset::from);
  return next == rules->second.begin() ? std::nullopt : std::optional(std::prev(next)->offset);
}

std::optional<bool> inside(const charter::Shift& shift, const Zones& zones, Instant t) {
  const auto offset = zones.offset_at(shift.tz, t);
  if (!offset) {
    return std::nullopt;
  }
  const std::int64_t local = t.ms + offset->ms;
  const std::int64_t day = day_of(local);
  const std::int64_t time = local - day * day_ms;
  const std::int64_t from = shift.from.minute * minute_ms;
  const std::int64_t to = shift.to.minute * minute_ms;
  const auto listed = [&](std::int64_t which) { return shift.days.contains(weekday(which)); };
  if (from < to) {
    return listed(day) && time >= from && time < to;
  }
  return (listed(day) && time >= from) || (listed(day - 1) && time < to);
}

std::optional<Instant> next_edge(const charter::Shift& shift, const Zones& zones, Instant t) {
  const auto rules = zones.offsets.find(shift.tz);
  const auto offset = zones.offset_at(shift.tz, t);
  if (rules == zones.offsets.end() || !offset) {
    return std::nullopt;
  }
  std::optional<Instant> next;
  const auto consider = [&](Instant edge) {
    if (edge > t && (!next || edge < *next)) {
      next = edge;
    }
  };
  // Up to the next change of the offset it is as it is now; there it is looked at anew.
  if (const auto change = std::ranges::upper_bound(rules->second, t, {}, &ZoneOffset::from);
      change != rules->second.end()) {
    consider(change->from);
  }
  consider(zones.until);
  const std::int64_t today = day_of(t.ms + offset->ms);
  for (const std::int64_t day : {today, today + 1}) {
    for (const charter::TimeOfDay& time : {shift.from, shift.to}) {
      consider({day * day_ms + time.minute * minute_ms - offset->ms});
    }
  }
  return next;
}

} // namespace sallyport::gate
