#include "metrics/report.h"

#include <algorithm>
#include <utility>

namespace sallyport::metrics {
namespace {

const Figure* find(const std::vector<Metric>& metrics, std::string_view id, std::string_view name) {
  for (const Metric& metric : metrics) {
    for (const Figure& figure : metric.figures) {
      if (metric.id == id && figure.name == name && figure.measured()) {
        return &figure;
      }
    }
  }
  return nullptr;
}

// Nothing is satisfied by absence: of none at all, neither is said.
std::optional<bool> all_of(const Figure* figure) {
  return figure == nullptr || figure->denominator == 0
             ? std::nullopt
             : std::optional(figure->numerator == figure->denominator);
}

std::optional<bool> none_of(const Figure* figure) {
  return figure == nullptr || figure->denominator == 0 ? std::nullopt : std::optional(figure->numerator == 0);
}

Joint joint_of(const CharterStory& charter, const std::vector<Metric>& metrics) {
  // No charter states the bound of M-A2: without a correction it is kept whatever it is; with one, people
  // judge.
  const auto uncorrected = none_of(find(metrics, "M-A2", "any"));
  Joint out{{{"M-A2 within bound", uncorrected == true ? uncorrected : std::nullopt},
             {"M-A3 complete", all_of(find(metrics, "M-A3", "edges"))},
             {"M-A4 no false release", none_of(find(metrics, "M-A4", "false_releases"))}}};
  if (charter.text && charter.text->flow == charter::Flow::co_release) {
    out.conditions.push_back({"M-B3 complete", all_of(find(metrics, "M-B3", "bound"))});
  }
  return out;
}

VersionReport version_of(const Stories& stories, const CharterStory& charter, const Query& query) {
  const Selection s{stories, charter, query.since};
  VersionReport out{
      charter.id, charter.version, charter.digest, charter.lane, s.maturity(), s.visible_within(), {}, {}};
  for (const auto metric :
       {time_to_disposition, corrections_after_approval, lineage_completeness, hold_reliability,
        first_pass_acceptance, synchronization_time, binding_reliability, agent_drift, clean_entries,
        hold_recall, bottleneck_and_drift, reader_comprehension}) {
    out.metrics.push_back(metric(s));
  }
  out.joint = joint_of(charter, out.metrics);
  return out;
}

canon::Value to_value(const Figure& figure) {
  if (!figure.measured()) {
    return canon::Object{{"name", figure.name}, {"not_measured", figure.not_measured}};
  }
  canon::Object out{
      {"name", figure.name},           {"unit", to_string(figure.unit)},    {"n", figure.n},
      {"numerator", figure.numerator}, {"denominator", figure.denominator}, {"censored", figure.censored}};
  if (figure.value) {
    out.set("value", *figure.value);
  }
  return out;
}

canon::Value to_value(const Metric& metric) {
  canon::Array figures;
  for (const Figure& figure : metric.figures) {
    figures.push_back(to_value(figure));
  }
  return canon::Object{{"id", metric.id}, {"title", metric.title}, {"figures", std::move(figures)}};
}

canon::Value to_value(const Joint& joint) {
  canon::Array conditions;
  for (const Joint::Condition& one : joint.conditions) {
    conditions.push_back(canon::Object{
        {"name", one.name}, {"holds", one.holds ? canon::Value(*one.holds) : canon::Value(nullptr)}});
  }
  return canon::Object{{"verdict", joint.verdict()}, {"conditions", std::move(conditions)}};
}

canon::Value to_value(const VersionReport& report) {
  canon::Array metrics;
  for (const Metric& metric : report.metrics) {
    metrics.push_back(to_value(metric));
  }
  canon::Object out{{"charter", report.charter},     {"version", static_cast<std::int64_t>(report.version)},
                    {"digest", report.digest.hex()}, {"lane", report.lane},
                    {"metrics", std::move(metrics)}, {"joint", to_value(report.joint)}};
  if (report.maturity) {
    out.set("maturity", report.maturity->ms);
  }
  if (report.visible_within) {
    out.set("visible_within", report.visible_within->ms);
  }
  return out;
}

} // namespace

std::string Joint::verdict() const {
  if (std::ranges::any_of(conditions, [](const Condition& one) { return one.holds == false; })) {
    return "fail";
  }
  const bool all = std::ranges::all_of(conditions, [](const Condition& one) { return one.holds == true; });
  return all ? "pass" : "undecided";
}

Report report_of(const Stories& stories, Query query) {
  Report out{stories.now, stories.leaves, std::move(query), {}};
  for (const CharterStory& charter : stories.charters) {
    if (out.query.lane.empty() || out.query.lane == charter.lane) {
      out.versions.push_back(version_of(stories, charter, out.query));
    }
  }
  return out;
}

canon::Value to_value(const Report& report) {
  canon::Array versions;
  for (const VersionReport& version : report.versions) {
    versions.push_back(to_value(version));
  }
  canon::Object out{{"v", 1},
                    {"now", to_string(report.now)},
                    {"leaves", static_cast<std::int64_t>(report.leaves)},
                    {"versions", std::move(versions)}};
  if (report.query.since) {
    out.set("since", to_string(*report.query.since));
  }
  if (!report.query.lane.empty()) {
    out.set("lane", report.query.lane);
  }
  return out;
}

} // namespace sallyport::metrics
