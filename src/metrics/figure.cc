#include "metrics/figure.h"

#include <algorithm>
#include <utility>

namespace sallyport::metrics {
namespace {

// part * scale / whole, to the nearest; a half is rounded up.
std::int64_t ratio(std::int64_t part, std::int64_t whole, std::int64_t scale) {
  return (2 * part * scale + whole) / (2 * whole);
}

Figure rate(std::string name, Unit unit, std::int64_t numerator, std::int64_t denominator,
            std::int64_t censored) {
  Figure out{std::move(name), unit, denominator + censored, numerator, denominator, censored, {}, {}, {}};
  if (denominator >= enough) {
    out.value = ratio(numerator, denominator, 10'000);
  }
  return out;
}

} // namespace

std::string_view to_string(Unit unit) {
  switch (unit) {
  case Unit::share:
    return "share";
  case Unit::per_100:
    return "per_100";
  case Unit::count:
    return "count";
  case Unit::milliseconds:
    return "milliseconds";
  }
  return "";
}

Figure share(std::string name, std::int64_t numerator, std::int64_t denominator, std::int64_t censored) {
  return rate(std::move(name), Unit::share, numerator, denominator, censored);
}

Figure per_100(std::string name, std::int64_t numerator, std::int64_t denominator) {
  return rate(std::move(name), Unit::per_100, numerator, denominator, 0);
}

Figure count(std::string name, std::int64_t counted, std::int64_t of) {
  return {std::move(name), Unit::count, of, counted, of, 0, {}, {}, {}};
}

Figure not_measured(std::string name, std::string why) {
  Figure out;
  out.name = std::move(name);
  out.not_measured = std::move(why);
  return out;
}

Figure kaplan_meier_median(std::string name, std::vector<Lasted> all) {
  // By time; what ended before what was only watched so long.
  std::ranges::sort(all, [](const Lasted& a, const Lasted& b) {
    return a.time != b.time ? a.time < b.time : a.ended && !b.ended;
  });
  const auto n = static_cast<std::int64_t>(all.size());
  const std::int64_t ended = std::ranges::count(all, true, &Lasted::ended);
  Figure out{std::move(name), Unit::milliseconds, n, ended, n, n - ended, {}, {}, {}};
  long double remaining = 1; // the estimate
  for (std::size_t i = 0; i < all.size() && !out.value;) {
    const Duration time = all[i].time;
    const auto at_risk = static_cast<long double>(all.size() - i);
    std::size_t ends = 0;
    for (; i < all.size() && all[i].time == time; ++i) {
      ends += all[i].ended ? 1U : 0U;
    }
    remaining *= 1 - static_cast<long double>(ends) / at_risk;
    if (ends != 0 && remaining <= 0.5L + 1e-12L) { // a half that was multiplied together is a half
      out.value = time.ms;
    }
  }
  return out;
}

Figure naive_median(std::string name, std::span<const Lasted> all) {
  std::vector<std::int64_t> ended;
  for (const Lasted& one : all) {
    if (one.ended) {
      ended.push_back(one.time.ms);
    }
  }
  std::ranges::sort(ended);
  const auto n = static_cast<std::int64_t>(ended.size());
  const auto censored = static_cast<std::int64_t>(all.size()) - n;
  Figure out{std::move(name), Unit::milliseconds, n + censored, n, n, censored, {}, {}, {}};
  if (!ended.empty()) {
    const std::size_t middle = ended.size() / 2;
    out.value = ended.size() % 2 == 1 ? ended[middle] : (ended[middle - 1] + ended[middle]) / 2;
  }
  return out;
}

Figure percentile(std::string name, std::vector<Duration> all, int percent, std::int64_t censored) {
  std::ranges::sort(all);
  const auto n = static_cast<std::int64_t>(all.size());
  Figure out{std::move(name), Unit::milliseconds, n + censored, n, n, censored, {}, {}, {}};
  if (!all.empty()) {
    const std::size_t rank = (all.size() * static_cast<std::size_t>(percent) + 99) / 100;
    out.value = all[rank - 1].ms;
  }
  return out;
}

} // namespace sallyport::metrics
