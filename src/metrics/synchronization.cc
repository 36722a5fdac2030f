// M-B2: how long a change at its source takes to be seen by the packets that rest on it.
#include "metrics/families.h"

#include <algorithm>
#include <map>

namespace sallyport::metrics {
namespace {

constexpr const char* never_said = "no observation says when a change happened at its source";

struct Lags {
  std::vector<Lasted> all;

  void take(const ChangeStory& change) {
    // A source whose clock is ahead says nothing of how long it took.
    const bool told = change.reflected && *change.reflected >= change.changed;
    all.push_back({told ? *change.reflected - change.changed : Duration{}, told});
  }

  void tell(const std::string& suffix, const std::string& of, std::vector<Figure>& out) const {
    std::vector<Duration> ended;
    for (const Lasted& one : all) {
      if (one.ended) {
        ended.push_back(one.time);
      }
    }
    const auto censored = static_cast<std::int64_t>(all.size() - ended.size());
    out.push_back(naive_median("lag" + suffix, all)
                      .meaning("from a change at " + of + " until a packet that rests on it shows it"));
    out.push_back(percentile("lag_p95" + suffix, std::move(ended), 95, censored)
                      .meaning("what 95 of a hundred of them do not exceed"));
  }
};

// Milliseconds of [from, until) in which at least one of the changes was not reflected yet.
std::int64_t unsynchronized(const PacketStory& packet, Instant until, const Stories& stories) {
  std::vector<std::pair<Instant, Instant>> spans;
  for (const ChangeStory& change : stories.changes) {
    if (change.packet == packet.packet && change.changed <= change.seen) {
      spans.emplace_back(std::max(change.changed, packet.opened),
                         std::min(change.reflected.value_or(until), until));
    }
  }
  std::ranges::sort(spans);
  std::int64_t out = 0;
  Instant at = packet.opened;
  for (const auto& [from, to] : spans) {
    const Instant begin = std::max(from, at);
    if (to > begin) {
      out += (to - begin).ms;
      at = to;
    }
  }
  return out;
}

Figure share_of_time(const Selection& s) {
  std::int64_t apart = 0;
  std::int64_t open = 0;
  for (const PacketStory& packet : s.stories.packets) {
    if (s.has(packet.charter, packet.opened)) {
      const Instant until = packet.ended.value_or(s.stories.now);
      apart += unsynchronized(packet, until, s.stories);
      open += (until - packet.opened).ms;
    }
  }
  return share("unsynchronized", apart, open);
}

// Against what the owners wrote down before there was a gate.
Figure reduction(const Selection& s, const std::optional<std::int64_t>& median) {
  const auto baseline = s.charter.text ? s.charter.text->holds.sync_baseline : std::nullopt;
  if (!baseline || baseline->ms == 0) {
    return not_measured("reduction", "the charter records no baseline");
  }
  return median ? share("reduction", baseline->ms - *median, baseline->ms)
                : not_measured("reduction", never_said);
}

} // namespace

Metric synchronization_time(const Selection& s) {
  Lags all;
  std::map<std::string, Lags> by_source;
  for (const ChangeStory& change : s.stories.changes) {
    if (s.has(change.charter, change.changed)) {
      all.take(change);
      by_source[change.source].take(change);
    }
  }
  Metric out{"M-B2", "Synchronization time", {}};
  if (all.all.empty()) {
    for (const char* name : {"lag", "lag_p95", "unsynchronized"}) {
      out.figures.push_back(
          not_measured(name, never_said).meaning("how soon a change at its source is seen"));
    }
    out.figures.push_back(
        reduction(s, std::nullopt).meaning("of the median, against the charter's baseline"));
  } else {
    all.tell("", "its source", out.figures);
    const std::optional<std::int64_t> median = out.figures.front().value;
    for (const auto& [source, lags] : by_source) {
      lags.tell("." + source, source, out.figures);
    }
    out.figures.push_back(share_of_time(s).meaning(
        "of the milliseconds of open packets, those in which some change was not shown"));
    out.figures.push_back(reduction(s, median).meaning("of the median, against the charter's baseline"));
  }
  out.figures.push_back(not_measured("reconcile_minutes", "no record holds sessions of reconciliation")
                            .meaning("people's minutes of reconciliation per release"));
  return out;
}

} // namespace sallyport::metrics
