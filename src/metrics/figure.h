// One figure of a metric, as data: what was looked at, what of it counts, what cannot be told, and a value
// where there is one. What cannot be measured says why; it is never a zero.
#pragma once

#include "base/instant.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::metrics {

// Below so many, a share is counts and no percentage.
inline constexpr std::int64_t enough = 20;

enum class Unit {
  share,        // value: per 10000
  per_100,      // value: hundredths, of something that may happen more than once to each
  count,        // no value beside the numerator
  milliseconds, // value: a median or percentile
};
std::string_view to_string(Unit unit); // "share" "per_100" "count" "milliseconds"

struct Figure {
  std::string name; // within its metric
  Unit unit = Unit::count;
  std::int64_t n = 0;         // what was looked at
  std::int64_t numerator = 0; // what counts; of durations those that came to their end
  std::int64_t denominator = 0;
  std::int64_t censored = 0;         // of n, what cannot be told: not yet, or never
  std::optional<std::int64_t> value; // absent: too few for a percentage, or a median that is not reached
  std::string not_measured;          // why; empty where it is measured
  std::string means;                 // one line for people

  bool measured() const { return not_measured.empty(); }

  Figure meaning(std::string line) && {
    means = std::move(line);
    return std::move(*this);
  }
};

// `censored` things were looked at beside those of the denominator.
Figure share(std::string name, std::int64_t numerator, std::int64_t denominator, std::int64_t censored = 0);
Figure per_100(std::string name, std::int64_t numerator, std::int64_t denominator);
Figure count(std::string name, std::int64_t counted, std::int64_t of);
Figure not_measured(std::string name, std::string why);

// How long something took; or, where it did not come to its end, how long it was watched (right-censored).
struct Lasted {
  Duration time;
  bool ended = true;
};

// The least time at which the Kaplan-Meier estimate of "not yet ended" is at most one half. At equal times
// the ends come before the censorings.
Figure kaplan_meier_median(std::string name, std::vector<Lasted> all);
// The median of those that ended, as if there were no others; of an even number the mean of the middle two,
// rounded down.
Figure naive_median(std::string name, std::span<const Lasted> all);
// The least of them that at least `percent` of a hundred do not exceed.
Figure percentile(std::string name, std::vector<Duration> all, int percent, std::int64_t censored);

} // namespace sallyport::metrics
