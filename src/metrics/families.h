// The metrics, one function for each, over what happened under one version of one lane's charter. What they
// mean for people is docs/metrics.md.
#pragma once

#include "metrics/figure.h"
#include "metrics/stories.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::metrics {

struct Metric {
  std::string id; // "M-A1"
  std::string title;
  std::vector<Figure> figures;
};

// What is looked at: what began under this charter version, at or after `since`.
struct Selection {
  const Stories& stories;
  const CharterStory& charter;
  std::optional<Instant> since;

  bool has(const Digest& version, Instant began) const {
    return version == charter.digest && (!since || began >= *since);
  }

  // Nothing where the charter's text is not at hand.
  std::optional<Duration> maturity() const;       // W
  std::optional<Duration> visible_within() const; // L
};

inline constexpr const char* no_charter = "the text of the charter is not at hand";

// A release whose time for corrections has passed, or on which the lane's verdict is final.
bool is_mature(const ReleaseStory& release, Instant now, Duration maturity);
// Whether a correction of that kind was recorded in that time.
bool was_corrected(const ReleaseStory& release, const std::string& kind, Duration maturity);

Metric time_to_disposition(const Selection& s);        // M-A1
Metric corrections_after_approval(const Selection& s); // M-A2
Metric lineage_completeness(const Selection& s);       // M-A3
Metric hold_reliability(const Selection& s);           // M-A4
Metric first_pass_acceptance(const Selection& s);      // M-B1
Metric synchronization_time(const Selection& s);       // M-B2
Metric binding_reliability(const Selection& s);        // M-B3
Metric agent_drift(const Selection& s);                // M-B4
Metric clean_entries(const Selection& s);              // M-C1
Metric hold_recall(const Selection& s);                // M-C2
Metric bottleneck_and_drift(const Selection& s);       // M-C3
Metric reader_comprehension(const Selection& s);       // M-C4

} // namespace sallyport::metrics
