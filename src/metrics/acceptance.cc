// M-B1: what the lane said of what came.
#include "charter/words.h"
#include "metrics/families.h"

#include <algorithm>
#include <set>

namespace sallyport::metrics {
namespace {

bool is_positive_word(const std::string& word) {
  const auto verdict = charter::from_word<charter::Verdict>(word);
  return verdict && charter::is_positive(*verdict);
}

bool passed(const ReleaseStory& release) {
  return is_positive_word(release.verdict) && std::ranges::all_of(release.found, is_positive_word);
}

struct Verdicts {
  std::int64_t passed = 0;
  std::int64_t judged = 0;
  std::int64_t censored = 0;

  void take(const ReleaseStory& release) {
    judged += release.judged ? 1 : 0;
    censored += release.judged ? 0 : 1;
    passed += release.judged && metrics::passed(release) ? 1 : 0;
  }
};

} // namespace

Metric first_pass_acceptance(const Selection& s) {
  Verdicts all;
  Verdicts first;
  std::map<std::string, std::int64_t> found;
  if (s.charter.text) {
    for (const charter::Verdict verdict : s.charter.text->lane.verdicts) {
      if (!charter::is_positive(verdict)) {
        found[std::string(charter::to_word(verdict))];
      }
    }
  }
  for (const ReleaseStory& release : s.stories.releases) {
    if (!s.has(release.charter, release.at)) {
      continue;
    }
    all.take(release);
    if (release.first_of_lineage) {
      first.take(release);
    }
    std::set<std::string> words(release.found.begin(), release.found.end());
    words.insert(release.verdict);
    for (const std::string& word : words) {
      if (!word.empty() && !is_positive_word(word)) {
        ++found[word];
      }
    }
  }
  Metric out{"M-B1", "First-pass acceptance", {}};
  out.figures.push_back(share("accepted", all.passed, all.judged, all.censored)
                            .meaning("releases with a verdict that was positive and found nothing"));
  out.figures.push_back(share("accepted_at_first", first.passed, first.judged, first.censored)
                            .meaning("the same of the first release of each case"));
  for (const auto& [word, number] : found) {
    out.figures.push_back(share("found." + word, number, all.judged, all.censored)
                              .meaning("releases of which the lane said this"));
  }
  return out;
}

} // namespace sallyport::metrics
