// M-A4 and M-C2: whether what had to hold did, how soon, and whether anything crossed all the same.
#include "metrics/families.h"

#include <algorithm>
#include <set>

namespace sallyport::metrics {
namespace {

struct Tally {
  std::int64_t kept = 0;
  std::int64_t all = 0;
  std::int64_t censored = 0;
};

bool begins(const std::string& code, std::initializer_list<std::string_view> families) {
  return std::ranges::any_of(families, [&](std::string_view family) { return code.starts_with(family); });
}

} // namespace

Metric hold_reliability(const Selection& s) {
  Metric out{"M-A4", "Hold reliability", {}};
  const auto bound = s.visible_within();
  if (!bound) {
    out.figures.push_back(not_measured("reliability", no_charter));
    return out;
  }
  std::map<std::string, Tally> kinds{{"merge", {}}, {"roster", {}}, {"freshness", {}}};
  Tally whole;
  std::int64_t crossed = 0;
  std::int64_t never_held = 0;
  std::vector<Duration> latencies;
  for (const Disturbance& one : s.stories.disturbances) {
    if (!s.has(one.charter, one.at)) {
      continue;
    }
    const bool pending = !one.held && !one.crossed && s.stories.now - one.at < *bound;
    const bool kept = one.held && *one.held - one.at <= *bound && !one.crossed;
    for (Tally* tally : {&whole, &kinds[one.kind]}) {
      if (!one.determined || pending) {
        ++tally->censored;
      } else {
        ++tally->all;
        tally->kept += kept ? 1 : 0;
      }
    }
    if (one.determined && !pending) {
      crossed += one.crossed ? 1 : 0;
      never_held += one.held ? 0 : 1;
      if (one.held) {
        latencies.push_back(*one.held - one.at);
      }
    }
  }
  out.figures.push_back(
      share("reliability", whole.kept, whole.all, whole.censored)
          .meaning("disturbances in review that had to hold, did in time, and let nothing by"));
  for (const auto& [kind, tally] : kinds) {
    out.figures.push_back(
        share("reliability." + kind, tally.kept, tally.all, tally.censored).meaning("of those of this kind"));
  }
  out.figures.push_back(count("false_releases", crossed, whole.all)
                            .meaning("disturbances past which a release was committed; the target is none"));
  for (const int percent : {50, 95, 99}) {
    out.figures.push_back(percentile("latency_p" + std::to_string(percent), latencies, percent, never_held)
                              .meaning(std::to_string(percent) + " of 100 holds opened within this"));
  }
  std::int64_t holds = 0;
  std::int64_t dismissed = 0;
  for (const HoldStory& hold : s.stories.holds) {
    if (s.has(hold.charter, hold.opened)) {
      ++holds;
      dismissed += hold.rule == "dismissal" ? 1 : 0;
    }
  }
  out.figures.push_back(
      share("false_holds", dismissed, holds).meaning("holds that a person dismissed: there was nothing"));
  return out;
}

Metric hold_recall(const Selection& s) {
  std::set<PacketId> packets;
  for (const RevisionStory& revision : s.stories.revisions) {
    if (s.has(revision.charter, revision.sealed)) {
      packets.insert(revision.packet);
    }
  }
  std::map<std::string, std::set<PacketId>> held{
      {"stale", {}}, {"mis_scoped", {}}, {"signer_incomplete", {}}};
  for (const HoldStory& hold : s.stories.holds) {
    if (!s.has(hold.charter, hold.opened) || !packets.contains(hold.packet)) {
      continue;
    }
    if (begins(hold.code, {"FRESH."})) {
      held["stale"].insert(hold.packet);
    } else if (begins(hold.code, {"SCOPE.", "AUD."})) {
      held["mis_scoped"].insert(hold.packet);
    } else if (begins(hold.code, {"SIGN."})) {
      held["signer_incomplete"].insert(hold.packet);
    }
  }
  const std::string why = "a log cannot say which packets should have been held; 'sallyport simulate' can";
  Metric out{"M-C2",
             "Hold recall",
             {not_measured("recall", why).meaning("of the packets that should be held, those that were"),
              not_measured("precision", why).meaning("of the packets that were held, those that should be")}};
  for (const auto& [cause, those] : held) {
    out.figures.push_back(count("held." + cause, static_cast<std::int64_t>(those.size()),
                                static_cast<std::int64_t>(packets.size()))
                              .meaning("packets that were held for it, rightly or not"));
  }
  return out;
}

} // namespace sallyport::metrics
