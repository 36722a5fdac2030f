// M-A2 and M-C1: what turned out wrong after approval.
#include "metrics/families.h"

#include <algorithm>

namespace sallyport::metrics {

std::optional<Duration> Selection::maturity() const {
  return charter.text ? std::optional(charter.text->holds.maturity) : std::nullopt;
}

std::optional<Duration> Selection::visible_within() const {
  return charter.text ? std::optional(charter.text->holds.visible_within) : std::nullopt;
}

bool is_mature(const ReleaseStory& release, Instant now, Duration maturity) {
  return release.judged || now - release.at >= maturity;
}

bool was_corrected(const ReleaseStory& release, const std::string& kind, Duration maturity) {
  return std::ranges::any_of(release.corrections, [&](const Correction& one) {
    return one.kind == kind && one.at < release.at + maturity;
  });
}

Metric corrections_after_approval(const Selection& s) {
  Metric out{"M-A2", "Corrections after approval", {}};
  const auto maturity = s.maturity();
  if (!maturity) {
    out.figures.push_back(not_measured("any", no_charter));
    return out;
  }
  const std::vector<std::string> kinds{"wrong_version", "wrong_audience", "over_broad_scope"};
  std::map<std::string, std::int64_t> corrected;
  std::int64_t mature = 0;
  std::int64_t immature = 0;
  for (const ManifestStory& manifest : s.stories.manifests) {
    if (!manifest.authorised || !s.has(manifest.charter, *manifest.authorised)) {
      continue;
    }
    const auto release = manifest.entry
                             ? std::ranges::find(s.stories.releases, *manifest.entry, &ReleaseStory::entry)
                             : s.stories.releases.end();
    if (release == s.stories.releases.end() || !is_mature(*release, s.stories.now, *maturity)) {
      ++immature;
      continue;
    }
    ++mature;
    bool any = false;
    for (const std::string& kind : kinds) {
      const bool is = was_corrected(*release, kind, *maturity);
      corrected[kind] += is ? 1 : 0;
      any = any || is;
    }
    corrected["any"] += any ? 1 : 0;
  }
  out.figures.push_back(share("any", corrected["any"], mature, immature)
                            .meaning("authorised manifests, grown old enough, that got a correction"));
  for (const std::string& kind : kinds) {
    out.figures.push_back(share(kind, corrected[kind], mature, immature).meaning("of them, corrected so"));
  }
  return out;
}

Metric clean_entries(const Selection& s) {
  Metric out{"M-C1", "Clean entries", {}};
  const auto maturity = s.maturity();
  if (!maturity) {
    out.figures.push_back(not_measured("clean", no_charter));
    return out;
  }
  std::int64_t mature = 0;
  std::int64_t immature = 0;
  std::int64_t clean = 0;
  std::int64_t scope = 0;
  std::int64_t duplicate = 0;
  std::int64_t boundary = 0;
  for (const ReleaseStory& release : s.stories.releases) {
    if (!s.has(release.charter, release.at)) {
      continue;
    }
    if (!is_mature(release, s.stories.now, *maturity)) {
      ++immature;
      continue;
    }
    ++mature;
    const bool too_broad = was_corrected(release, "over_broad_scope", *maturity);
    const bool twice = !release.claimed_by.empty();
    const bool disputed = was_corrected(release, "wrong_audience", *maturity) ||
                          release.verdict == "boundary_confusion" ||
                          std::ranges::count(release.found, "boundary_confusion") != 0;
    scope += too_broad ? 1 : 0;
    duplicate += twice ? 1 : 0;
    boundary += disputed ? 1 : 0;
    clean += too_broad || twice || disputed ? 0 : 1;
  }
  out.figures.push_back(share("clean", clean, mature, immature)
                            .meaning("releases, grown old enough, with none of the three below"));
  out.figures.push_back(
      share("scope_correction", scope, mature, immature).meaning("their scope was too broad"));
  out.figures.push_back(share("duplicate_after_entry", duplicate, mature, immature)
                            .meaning("another packet of the same case came, and nobody told them apart"));
  out.figures.push_back(share("boundary_dispute", boundary, mature, immature)
                            .meaning("the lane disputed for whom they were approved"));
  return out;
}

} // namespace sallyport::metrics
