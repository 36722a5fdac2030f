// Scope, exposure, sources, lineage, clocks and admission: values that fit their kind and each other.
#include "canon/pointer.h"
#include "charter/lint_tree.h"
#include "charter/spelling.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::charter {
namespace {

using canon::Value;

// ---- scope

bool may_split(ScopeType type) {
  return type == ScopeType::id_set || type == ScopeType::section_set || type == ScopeType::parts;
}

bool is_bound_for(const Dimension& dimension, const Value& max) {
  switch (dimension.type) {
  case ScopeType::id_set:
  case ScopeType::section_set:
    return max.array() != nullptr;
  case ScopeType::interval:
    return max.object() != nullptr;
  case ScopeType::level:
    return max.string() != nullptr &&
           std::ranges::find(dimension.levels, *max.string()) != dimension.levels.end();
  case ScopeType::threshold:
    return max.integer() != nullptr;
  case ScopeType::region_set:
  case ScopeType::snapshot:
  case ScopeType::parts:
    return false;
  }
  return false;
}

std::string bound_text(const Value& max) {
  return max.string() != nullptr    ? *max.string()
         : max.integer() != nullptr ? fmt::format("{}", *max.integer())
         : max.array() != nullptr   ? "a set"
                                    : "an interval";
}

void dimension(LintContext& context, const std::string& id, const Dimension& dimension) {
  const auto path = path_of("scope", id);
  if (dimension.splittable && !may_split(dimension.type) && context.sound({"type"})) {
    context.no_meaning(path_of(path, "splittable"), fmt::format("type = {}", to_word(dimension.type)));
  }
  if (!dimension.max || !context.sound({"type", "levels"})) {
    return;
  }
  const auto max = path_of(path, "max");
  if (!is_bound_for(dimension, *dimension.max)) {
    context.error("E17", max,
                  fmt::format("{}: \"{}\" is not a bound for {}.", max, bound_text(*dimension.max),
                              to_word(dimension.type)));
    return;
  }
  const Value* from = dimension.max->find("from");
  const Value* until = dimension.max->find("until");
  // Canonical instants of equal length sort as text.
  if (from != nullptr && until != nullptr && *until->string() <= *from->string()) {
    context.error("E09", path_of(max, "until"),
                  fmt::format("{}: must be after from.", path_of(max, "until")));
  }
}

// ---- exposure

bool may_tie(const std::string& a, const std::string& b) {
  if (a.size() != b.size() || std::ranges::count(a, '*') != std::ranges::count(b, '*')) {
    return false;
  }
  std::vector<std::string> left;
  std::vector<std::string> right;
  if (!canon::pointer_split(a, left) || !canon::pointer_split(b, right) || left.size() != right.size()) {
    return false;
  }
  return std::ranges::equal(left, right,
                            [](const auto& x, const auto& y) { return x == y || x == "*" || y == "*"; });
}

void field(LintContext& context, const std::string& path, const Field& field) {
  if (!context.sound({"class", "lane_view", "queue_view", "agent_view"})) {
    return;
  }
  const bool secret = field.field_class == FieldClass::secret;
  const auto too_open = [&](std::string_view key, ViewKind kind, ViewKind most) {
    const auto at = path_of(path, key);
    if (more_open(kind, most)) {
      context.error("E18", at, fmt::format("{}: more open than the lane may see.", at));
    }
  };
  const ViewKind most = secret ? ViewKind::omit : field.lane_view.kind;
  too_open("lane_view", field.lane_view.kind, secret ? ViewKind::omit : ViewKind::show);
  too_open("queue_view", field.queue_view.kind, most);
  if (context.there(path_of(path, "agent_view"))) {
    too_open("agent_view", field.agent_view.kind, most);
  }
}

void small_cell_has_a_threshold(LintContext& context) {
  const Charter& charter = context.charter;
  const auto thresholds = std::ranges::count_if(
      charter.scope, [](const auto& d) { return d.second.type == ScopeType::threshold; });
  if (thresholds == 1 || !context.sound({"scope", "type"})) {
    return;
  }
  constexpr std::string_view where = "scope as the one threshold";
  for (const auto& [pointer, field] : charter.exposure.fields) {
    const auto path = path_of("exposure.fields", pointer);
    for (const auto& [key, view] : {std::pair{"lane_view", &field.lane_view},
                                    {"queue_view", &field.queue_view},
                                    {"agent_view", &field.agent_view}}) {
      if (view->grain == "small_cell" && context.there(path_of(path, key))) {
        context.undeclared(path_of(path, key), view->grain, where);
      }
    }
  }
  if (charter.exposure.detectors.contains(Detector::small_cell)) {
    context.undeclared("exposure.detectors.small_cell", "small_cell", where);
  }
}

void exposure(LintContext& context) {
  const Charter& charter = context.charter;
  const auto& fields = charter.exposure.fields;
  for (auto a = fields.begin(); a != fields.end(); ++a) {
    const auto path = path_of("exposure.fields", a->first);
    field(context, path, a->second);
    const auto tie =
        std::find_if(fields.begin(), a, [&](const auto& b) { return may_tie(a->first, b.first); });
    if (tie != a) {
      context.error(
          "E19", path,
          fmt::format("{}: as specific as \"{}\"; which one counts is open.", path, shown(tie->first)));
    }
  }
  const auto secrets = charter.exposure.detectors.find(Detector::secret_or_token);
  const bool blocks = secrets != charter.exposure.detectors.end() && secrets->second.on_hit == OnHit::block;
  if (!blocks && context.sound({"exposure", "detectors", "on_hit"})) {
    context.error("E20", "exposure.detectors.secret_or_token",
                  "exposure.detectors.secret_or_token must block.");
  }
  const bool has_parts =
      std::ranges::any_of(charter.scope, [](const auto& d) { return d.second.type == ScopeType::parts; });
  if (has_parts && !context.there("exposure.ruleset_source") && context.sound({"exposure"})) {
    context.missing_key("exposure.ruleset_source");
  }
  small_cell_has_a_threshold(context);
}

// ---- lane, sources, lineage

void lane_says_both(LintContext& context) {
  const auto& verdicts = context.charter.lane.verdicts;
  const auto positives = static_cast<std::size_t>(std::ranges::count_if(verdicts, is_positive));
  if ((positives == 0 || positives == verdicts.size()) && context.sound({"lane", "verdicts"})) {
    context.error("E29", "lane.verdicts", "lane.verdicts: a lane must be able to say both yes and no.");
  }
}

void sources_are_strict(LintContext& context) {
  const Effect least = context.charter.flow == Flow::dispatch ? Effect::hold : Effect::supersede;
  for (const auto& [id, source] : context.charter.sources) {
    const auto path = path_of(path_of("sources", id), "on_change");
    if (source.on_change < least && context.sound({"flow", "on_change"})) {
      context.error("E14", path,
                    fmt::format("{}: weaker than \"{}\", the least for {}.", path, to_word(least),
                                to_word(context.charter.flow)));
    }
  }
}

// A literal or a dimension, exactly one of them; neither with `exists`.
void predicate_is_whole(LintContext& context, const std::string& path, Op op, bool has_scope_key) {
  const bool value = context.there(path_of(path, "value"));
  const bool scope = has_scope_key && context.there(path_of(path, "scope"));
  if (op == Op::exists) {
    for (const auto& [key, there] : {std::pair{"value", value}, {"scope", scope}}) {
      if (there) {
        context.no_meaning(path_of(path, key), "op = exists");
      }
    }
  } else if (!value && !scope) {
    context.missing_key(path_of(path, "value"));
  } else if (value && scope) {
    context.no_meaning(path_of(path, "scope"), "value beside it");
  } else if (scope && (op == Op::before || op == Op::after)) {
    context.no_meaning(path_of(path, "scope"), fmt::format("op = {}", to_word(op)));
  }
}

void predicates_are_whole(LintContext& context) {
  if (!context.sound({"op"})) {
    return;
  }
  for (const auto& [id, source] : context.charter.sources) {
    for (std::size_t i = 0; i < source.checks.size(); ++i) {
      if (source.checks[i].kind == CheckKind::state && source.checks[i].op) {
        predicate_is_whole(context, path_of(path_of(path_of("sources", id), "checks"), i),
                           *source.checks[i].op, false);
      }
    }
  }
  const auto& triggers = context.charter.lineage.triggers;
  for (std::size_t i = 0; i < triggers.size(); ++i) {
    if (triggers[i].when) {
      predicate_is_whole(context, path_of(path_of("lineage.triggers", i), "when"), triggers[i].when->op,
                         true);
    }
  }
}

void lineage(LintContext& context) {
  const Lineage& lineage = context.charter.lineage;
  if (!lineage.case_keys.empty() && !context.there("lineage.split_roles")) {
    context.missing_key("lineage.split_roles");
  }
  for (std::size_t i = 0; i < lineage.triggers.size(); ++i) {
    const auto path = path_of("lineage.triggers", i);
    if (lineage.triggers[i].effect == Effect::note && !context.there(path_of(path, "when")) &&
        context.sound({"effect"})) {
      const auto effect = path_of(path, "effect");
      context.error("E16", effect, fmt::format("{}: a change may only be a note under a condition.", effect));
    }
  }
}

// ---- clocks

// Exactly one of the two ways to say when: the instants themselves, or a source and its attributes.
void one_form(LintContext& context, const std::string& path, std::initializer_list<std::string_view> said,
              std::initializer_list<std::string_view> read) {
  const auto there = [&](std::string_view key) { return context.there(path_of(path, key)); };
  const bool any_read = std::ranges::any_of(read, there);
  const bool any_said = std::ranges::any_of(said, there) || !any_read;
  for (const std::string_view key : any_said ? said : read) {
    if (!there(key)) {
      context.missing_key(path_of(path, key));
    }
  }
  for (const std::string_view key : read) {
    if (any_said && there(key)) {
      context.no_meaning(path_of(path, key), fmt::format("{} beside it", *said.begin()));
    }
  }
}

void window(LintContext& context, const std::string& path, const Window& window) {
  if (const auto* shift = std::get_if<Shift>(&window)) {
    if (shift->from == shift->to && context.sound({"from", "to", "kind"})) {
      context.error("E09", path_of(path, "to"),
                    fmt::format("{}: must be another time than from.", path_of(path, "to")));
    }
  } else if (std::holds_alternative<Embargo>(window)) {
    one_form(context, path, {"at"}, {"source", "attr"});
  } else if (const auto* freeze = std::get_if<Freeze>(&window)) {
    one_form(context, path, {"starts", "ends"}, {"source", "starts_attr", "ends_attr"});
    const auto* range = std::get_if<Interval>(&freeze->range);
    const bool both = context.there(path_of(path, "starts")) && context.there(path_of(path, "ends"));
    if (range != nullptr && both && range->until <= range->from && context.sound({"starts", "ends"})) {
      context.error("E09", path_of(path, "ends"),
                    fmt::format("{}: must be after starts.", path_of(path, "ends")));
    }
  }
}

void clocks(LintContext& context) {
  for (const auto& [id, due] : context.charter.clocks.due) {
    const auto path = path_of(path_of("clocks.due", id), "at_expiry");
    const bool only_hold = due.kind == DueKind::retention || due.kind == DueKind::validity;
    if (only_hold && due.at_expiry != AtExpiry::hold && context.sound({"kind"})) {
      context.error("E04", path, fmt::format("{}: \"{}\" is not one of hold.", path, to_word(due.at_expiry)));
    }
  }
  for (const auto& [id, each] : context.charter.clocks.windows) {
    window(context, path_of("clocks.windows", id), each);
  }
}

// ---- admission

void admission(LintContext& context) {
  const Admission& admission = context.charter.admission;
  if (!context.sound({"admission"})) {
    return;
  }
  const bool limited = context.there("admission.capacity");
  for (const char* path : {"admission.window", "admission.order"}) {
    if (limited && !context.there(path)) {
      context.missing_key(path);
    } else if (!limited && context.there(path)) {
      context.no_meaning(path, "no capacity");
    }
  }
  const bool by_severity =
      std::ranges::find(admission.order, OrderKey::upstream_severity) != admission.order.end();
  if (by_severity && !context.there("admission.severities")) {
    context.missing_key("admission.severities");
  }
  const bool dimension = context.there("admission.partial_dim");
  const bool roles = context.there("admission.partial_roles");
  if (dimension != roles) {
    context.missing_key(dimension ? "admission.partial_roles" : "admission.partial_dim");
  }
  if (admission.partial_dim && context.sound({"scope", "splittable"})) {
    const auto at = context.charter.scope.find(*admission.partial_dim);
    if (at == context.charter.scope.end() || !at->second.splittable) {
      context.undeclared("admission.partial_dim", *admission.partial_dim, "scope as splittable");
    }
  }
}

} // namespace

void lint_policy(LintContext& context) {
  lane_says_both(context);
  for (const auto& [id, each] : context.charter.scope) {
    dimension(context, id, each);
  }
  sources_are_strict(context);
  exposure(context);
  predicates_are_whole(context);
  lineage(context);
  clocks(context);
  admission(context);
}

} // namespace sallyport::charter
