// M-A3 and M-B3, M-C4: whether what crossed can be followed to what it rests on, and read by itself.
#include "metrics/families.h"

#include <algorithm>

namespace sallyport::metrics {
namespace {

std::string kind_of_edge(const std::string& edge) {
  return edge.substr(0, edge.find(' '));
}

} // namespace

Metric lineage_completeness(const Selection& s) {
  std::int64_t required = 0;
  std::int64_t verified = 0;
  std::int64_t releases = 0;
  std::int64_t complete = 0;
  std::map<std::string, std::int64_t> missing;
  for (const ReleaseStory& release : s.stories.releases) {
    if (!s.has(release.charter, release.at)) {
      continue;
    }
    ++releases;
    required += release.edges.required;
    verified += release.edges.verified;
    complete += release.edges.complete() ? 1 : 0;
    for (const std::string& edge : release.edges.missing) {
      ++missing[kind_of_edge(edge)];
    }
  }
  Metric out{"M-A3", "Lineage completeness", {}};
  out.figures.push_back(
      share("edges", verified, required).meaning("links from entries to what they rest on that verify"));
  out.figures.push_back(share("complete_releases", complete, releases)
                            .meaning("releases with every link; the others are unproven"));
  for (const auto& [kind, number] : missing) {
    out.figures.push_back(
        count("missing." + kind, number, required).meaning("such links that do not verify"));
  }
  return out;
}

Metric binding_reliability(const Selection& s) {
  std::int64_t same = 0;
  std::int64_t looked_at = 0;
  std::int64_t censored = 0;
  for (const ReleaseStory& release : s.stories.releases) {
    if (s.has(release.charter, release.at)) {
      const bool can_tell = release.delivered && release.bound.readable;
      looked_at += can_tell ? 1 : 0;
      censored += can_tell ? 0 : 1;
      same += can_tell && release.bound.same ? 1 : 0;
    }
  }
  return {
      "M-B3",
      "Binding reliability",
      {share("bound", same, looked_at, censored)
           .meaning("delivered entries with revision, accepted items, scope and lane as they were signed")}};
}

Metric reader_comprehension(const Selection& s) {
  std::int64_t four = 0;
  std::int64_t readable = 0;
  std::int64_t censored = 0;
  for (const ReleaseStory& release : s.stories.releases) {
    if (s.has(release.charter, release.at)) {
      readable += release.bound.readable ? 1 : 0;
      censored += release.bound.readable ? 0 : 1;
      four += release.bound.names_four ? 1 : 0;
    }
  }
  return {"M-C4",
          "Reader comprehension",
          {not_measured("readers", "no record holds what sampled readers could name")
               .meaning("readers who name all four from the entry alone"),
           share("entries_name_four", four, readable, censored)
               .meaning("entries that say revision, owner, residual disagreement and audience")}};
}

} // namespace sallyport::metrics
