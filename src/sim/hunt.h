// Many simulations, one after another, from one seed; and what came of them.
#pragma once

#include "sim/run.h"

#include <chrono>

namespace sallyport::sim {

struct Report;

struct HuntOptions {
  std::uint64_t seed = 1;
  std::uint64_t steps = 100'000; // at least so many that change something
  std::size_t actions_per_town = 1000;
  std::size_t shrink_runs = 400;                      // spent on the shortest way to what is broken
  std::optional<charter::Charter> charter;            // else those of sim/charters.h in turn
  std::function<bool(const Report& so_far)> progress; // after each town; false: stop here
};

struct Found {
  Play play;     // as it was drawn
  Play shortest; // as it was shortened
  Broken broken;
  std::size_t at = 0;
};

struct Report {
  std::uint64_t seed = 0;
  std::uint64_t towns = 0;
  std::uint64_t steps = 0;
  std::uint64_t changed = 0;
  std::uint64_t releases = 0;
  double seconds = 0;
  Digest log_roots; // over the roots of all towns, in order: the same again for the same seed
  Coverage coverage;
  std::optional<Found> found; // the first

  // Of another seed.
  void add(const Report& other);
};

Report hunt(const HuntOptions& options);

// For people; every line at most 100 columns.
std::string to_text(const Report& report);
// Between two bars: the last and loudest thing that is said.
std::string to_text(const Found& found);
canon::Value to_value(const Report& report);
// Two of them as one: every number is added up.
canon::Value summed(const canon::Value& a, const canon::Value& b);

} // namespace sallyport::sim
