// Time as a value: milliseconds since 1970-01-01T00:00:00Z, UTC, no leap seconds. Nothing below the
// engine reads a clock; time is an argument.
#pragma once

#include "base/result.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport {

struct Duration {
  std::int64_t ms = 0;
  auto operator<=>(const Duration&) const = default;
};

struct Instant {
  std::int64_t ms = 0;
  auto operator<=>(const Instant&) const = default;
};

constexpr Instant operator+(Instant t, Duration d) {
  return {t.ms + d.ms};
}

constexpr Instant operator-(Instant t, Duration d) {
  return {t.ms - d.ms};
}

constexpr Duration operator-(Instant a, Instant b) {
  return {a.ms - b.ms};
}

// RFC 3339, UTC, always three fraction digits: "2026-11-20T12:10:00.000Z". Years 0000-9999.
std::string to_string(Instant t);
// Takes exactly that spelling; anything else is malformed.
Result<Instant> parse_instant(std::string_view text);
// "90s", "15m", "2h", "3d": for people.
std::string to_words(Duration d);

} // namespace sallyport
