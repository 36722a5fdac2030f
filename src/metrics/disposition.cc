// M-A1: how long until a revision crosses or is held for freshness, minimization or audience and scope.
#include "metrics/families.h"

namespace sallyport::metrics {
namespace {

// One way to look at it: by the first hold of any mode, as the formula says, or by the first that blocks.
struct Branches {
  std::vector<Lasted> disposed; // with those that are censored
  std::vector<Lasted> released;
  std::vector<Lasted> held;

  void take(const RevisionStory& revision, const std::optional<Instant>& hold, Instant now) {
    const bool crossed = revision.cause == "released";
    const Instant end = hold ? *hold : revision.ended.value_or(now);
    const Lasted lasted{end - revision.sealed, hold.has_value() || crossed};
    disposed.push_back(lasted);
    if (hold) {
      held.push_back(lasted);
    } else if (crossed) {
      released.push_back(lasted);
    }
  }

  void tell(const std::string& prefix, const std::string& hold, std::vector<Figure>& out) const {
    const auto both = static_cast<std::int64_t>(released.size() + held.size());
    const auto size = [](const auto& all) { return static_cast<std::int64_t>(all.size()); };
    out.push_back(kaplan_meier_median(prefix + "median", disposed)
                      .meaning("half of the revisions were released, or got " + hold +
                               ", within this; what ended before that counts as watched so long"));
    out.push_back(
        naive_median(prefix + "naive_median", disposed).meaning("the same without those that ended before"));
    out.push_back(naive_median(prefix + "to_release", released).meaning("of those that were released"));
    out.push_back(naive_median(prefix + "to_hold", held).meaning("of those that got " + hold));
    out.push_back(share(prefix + "released", size(released), both, size(disposed) - both)
                      .meaning("of those that came to either end, released"));
    out.push_back(share(prefix + "held", size(held), both, size(disposed) - both)
                      .meaning("of those that came to either end, held first"));
  }
};

} // namespace

Metric time_to_disposition(const Selection& s) {
  Branches any;
  Branches blocking;
  std::vector<Lasted> crossing; // whatever held them on the way
  std::int64_t n = 0;
  std::map<std::string, std::int64_t> censored{
      {"superseded", 0}, {"merged", 0}, {"withdrawn", 0}, {"waiting", 0}};
  for (const RevisionStory& revision : s.stories.revisions) {
    if (!s.has(revision.charter, revision.sealed)) {
      continue;
    }
    ++n;
    any.take(revision, revision.held, s.stories.now);
    blocking.take(revision, revision.blocked, s.stories.now);
    crossing.push_back(
        {revision.ended.value_or(s.stories.now) - revision.sealed, revision.cause == "released"});
    if (!revision.held && revision.cause != "released") {
      ++censored[revision.cause.empty() ? "waiting" : revision.cause];
    }
  }
  std::vector<Lasted> open;
  std::vector<Lasted> open_blocking;
  for (const HoldStory& hold : s.stories.holds) {
    if (hold.group == charter::HoldGroup::none || !s.has(hold.charter, hold.opened)) {
      continue;
    }
    const Instant end = hold.ended.value_or(s.stories.now);
    const bool cleared = hold.ended && hold.rule != "closed";
    open.push_back({end - hold.opened, cleared});
    if (hold.blocking) {
      open_blocking.push_back({end - *hold.blocking, cleared});
    }
  }
  Metric out{"M-A1", "Time to disposition", {}};
  any.tell("", "a hold", out.figures);
  blocking.tell("blocking.", "a hold that blocks", out.figures);
  out.figures.push_back(kaplan_meier_median("release", crossing)
                            .meaning("half were released within this, whatever held them on the way"));
  out.figures.push_back(
      naive_median("release_naive", crossing).meaning("the same without those that were never released"));
  for (const auto& [cause, number] : censored) {
    out.figures.push_back(
        count("censored." + cause, number, n)
            .meaning(cause == "waiting" ? "neither yet, when the log ended" : "ended so before either"));
  }
  out.figures.push_back(kaplan_meier_median("open_hold", open)
                            .meaning("half of the holds of the three groups were cleared within this"));
  out.figures.push_back(naive_median("open_hold_naive", open).meaning("the same without those not cleared"));
  out.figures.push_back(kaplan_meier_median("open_hold_blocking", open_blocking)
                            .meaning("half of those that blocked were cleared within this"));
  return out;
}

} // namespace sallyport::metrics
