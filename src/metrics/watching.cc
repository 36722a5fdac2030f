// M-C3 and M-B4: where it jams, what people let pass, and what agents were denied.
#include "charter/words.h"
#include "metrics/families.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace sallyport::metrics {
namespace {

void blocked_attempts(const Selection& s, std::vector<Figure>& out) {
  std::int64_t attempts = 0;
  std::map<std::string, std::int64_t> days;
  std::map<std::pair<std::string, std::string>, std::int64_t> codes;
  for (const Blocked& one : s.stories.blocked) {
    if (!s.has(one.charter, one.at)) {
      continue;
    }
    const std::string day = to_string(one.at).substr(0, 10);
    ++attempts;
    ++days[day];
    for (const std::string& code : one.codes) {
      ++codes[{day, code}];
    }
  }
  out.push_back(
      count("blocked", attempts, attempts).meaning("releases that were asked for and did not come"));
  for (const auto& [at, number] : codes) {
    out.push_back(count("blocked." + at.first + "." + at.second, number, days[at.first])
                      .meaning("of that day's, for this reason"));
  }
}

// A hold that opened anew on a packet where the same had been before.
void repeated(const Selection& s, std::vector<Figure>& out) {
  std::map<std::tuple<std::string, PacketId, std::string>, std::int64_t> times;
  for (const HoldStory& hold : s.stories.holds) {
    if (s.has(hold.charter, hold.opened)) {
      ++times[{hold.code, hold.packet, hold.subject}];
    }
  }
  std::map<std::string, std::int64_t> again;
  std::map<std::string, std::int64_t> all;
  for (const auto& [key, number] : times) {
    again[std::get<0>(key)] += number - 1;
    all[std::get<0>(key)] += number;
  }
  for (const auto& [code, number] : again) {
    if (number != 0) {
      out.push_back(count("repeated." + code, number, all[code])
                        .meaning("holds that opened anew where the same had stood before"));
    }
  }
}

} // namespace

Metric bottleneck_and_drift(const Selection& s) {
  Metric out{"M-C3", "Bottleneck and drift", {}};
  blocked_attempts(s, out.figures);
  std::int64_t waiting = 0;
  std::int64_t stale = 0;
  for (const Waiting& one : s.stories.waiting) {
    if (one.charter == s.charter.digest) {
      ++waiting;
      stale += one.fresh_hold ? 1 : 0;
    }
  }
  std::int64_t releases = 0;
  std::int64_t elsewhere = 0;
  for (const ReleaseStory& release : s.stories.releases) {
    if (s.has(release.charter, release.at)) {
      ++releases;
      elsewhere += std::ranges::count(release.corrections, "wrong_audience", &Correction::kind) != 0 ? 1 : 0;
    }
  }
  std::int64_t overrides = 0;
  for (const ManifestStory& manifest : s.stories.manifests) {
    if (s.has(manifest.charter, manifest.submitted)) {
      overrides += static_cast<std::int64_t>(manifest.overridden.size());
    }
  }
  out.figures.push_back(
      share("stale_packets", stale, waiting).meaning("waiting packets with an open hold of FRESH.*, now"));
  out.figures.push_back(per_100("wrong_lane_corrections", elsewhere, releases)
                            .meaning("releases that went to the wrong readers, per 100"));
  out.figures.push_back(
      per_100("overrides", overrides, releases).meaning("holds that people signed past, per 100 releases"));
  repeated(s, out.figures);
  return out;
}

Metric agent_drift(const Selection& s) {
  Metric out{"M-B4", "Agent drift rejection", {}};
  std::int64_t reviewed = 0;
  std::int64_t waiting = 0;
  std::int64_t drifted = 0;
  std::map<std::string, std::int64_t> topics;
  for (const EditStory& edit : s.stories.edits) {
    if (!s.has(edit.charter, edit.proposed)) {
      continue;
    }
    reviewed += edit.reviewed ? 1 : 0;
    waiting += edit.reviewed ? 0 : 1;
    if (charter::from_word<charter::DriftTopic>(edit.rejected)) { // another code is no drift
      ++drifted;
      ++topics[edit.rejected];
    }
  }
  const std::string edits = "edits of agents, looked at by people, that were rejected as drift";
  out.figures.push_back(
      reviewed + waiting == 0
          ? not_measured("rejected_edits", "agents proposed no edits under this charter").meaning(edits)
          : share("rejected_edits", drifted, reviewed, waiting).meaning(edits));
  for (const auto& [topic, number] : topics) {
    out.figures.push_back(share("rejected." + topic, number, reviewed, waiting).meaning("for this drift"));
  }
  out.figures.push_back(
      not_measured("denied_requests", "agents' requests are counted by agent and minute, and not by lane")
          .meaning("requests of agents that were denied"));
  std::int64_t all = 0;
  std::map<std::string, std::int64_t> denied;
  for (const Denial& one : s.stories.denials) {
    if (s.has(one.charter, one.at)) {
      ++all;
      ++denied[one.what];
    }
  }
  for (const auto& [what, number] : denied) {
    out.figures.push_back(count("denied." + what, number, all).meaning("agents' attempts that were denied"));
  }
  return out;
}

} // namespace sallyport::metrics
