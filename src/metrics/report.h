// The whole: every metric for every version of every lane's charter that was active, and the joint rule.
#pragma once

#include "canon/value.h"
#include "metrics/families.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::metrics {

// Speed is never alone a win: times are compared only where all of this holds.
struct Joint {
  struct Condition {
    std::string name;          // "M-A2 within bound"
    std::optional<bool> holds; // nothing: cannot be told
  };

  std::vector<Condition> conditions;

  std::string verdict() const; // pass | fail | undecided
};

struct VersionReport {
  std::string charter;
  std::uint32_t version = 0;
  Digest digest;
  std::string lane;
  std::optional<Duration> maturity;
  std::optional<Duration> visible_within;
  std::vector<Metric> metrics;
  Joint joint;
};

struct Query {
  std::optional<Instant> since; // what began at or after it
  std::string lane;             // empty: every lane
};

struct Report {
  Instant now;
  LeafNumber leaves = 0;
  Query query;
  std::vector<VersionReport> versions; // in the order of their activation
};

Report report_of(const Stories& stories, Query query);
// The document of docs/metrics.md.
canon::Value to_value(const Report& report);

} // namespace sallyport::metrics
