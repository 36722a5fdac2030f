// E10-E13, E15: names are declared once and used elsewhere; attributes fit what reads them.
#include "charter/lint_tree.h"
#include "charter/spelling.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sallyport::charter {
namespace {

using canon::Value;

std::string source_path(std::string_view id) {
  return path_of("sources", id);
}

// Null where the source or the attribute is not declared, or is declared unreadably.
const AttrType* find_attr(const Charter& charter, const std::string& source, const std::string& attr) {
  const auto at = charter.sources.find(source);
  if (at == charter.sources.end()) {
    return nullptr;
  }
  const auto type = at->second.attrs.find(attr);
  return type == at->second.attrs.end() ? nullptr : &type->second;
}

void source_is_declared(LintContext& context, const std::string& path, const std::string& source) {
  if (!source.empty() && !context.there(source_path(source))) {
    context.undeclared(path, source, "sources");
  }
}

void dimension_is_declared(LintContext& context, const std::string& path, const std::string& dimension) {
  if (!dimension.empty() && !context.there(path_of("scope", dimension))) {
    context.undeclared(path, dimension, "scope");
  }
}

void does_not_fit(LintContext& context, const std::string& path, std::string_view attr, AttrType type,
                  std::string_view what, std::string_view needed) {
  context.error("E11", path,
                fmt::format("{}: \"{}\" is {}, {} needs {}.", path, attr, to_word(type), what, needed));
}

// The attribute is declared, and of the type that `what` needs. `path` is of the key that names it.
void attr_is(LintContext& context, const std::string& path, const AttrRef& ref,
             std::optional<AttrType> needed, std::string_view what) {
  const auto declared_at = source_path(ref.source);
  if (ref.attr.empty() || !context.there(declared_at)) {
    return;
  }
  const auto attrs = path_of(declared_at, "attrs");
  if (!context.there(path_of(attrs, ref.attr))) {
    context.undeclared(path, ref.attr, attrs);
    return;
  }
  const AttrType* type = find_attr(context.charter, ref.source, ref.attr);
  if (type != nullptr && needed && *type != *needed) {
    does_not_fit(context, path, ref.attr, *type, what, to_word(*needed));
  }
}

// ---- predicates

struct Comparison {
  std::string path; // of the table that holds attr, op, value
  std::string attr;
  AttrType type;
  Op op;
  const std::optional<Value>& value;
};

bool op_fits(Op op, AttrType type) {
  switch (op) {
  case Op::eq:
  case Op::ne:
  case Op::exists:
    return true;
  case Op::in:
  case Op::not_in:
    return type == AttrType::text || type == AttrType::integer;
  case Op::subset:
    return type == AttrType::set;
  case Op::le:
  case Op::ge:
    return type == AttrType::integer;
  case Op::before:
  case Op::after:
    return type == AttrType::instant;
  }
  return false;
}

std::string_view needs_of(Op op) {
  switch (op) {
  case Op::in:
  case Op::not_in:
    return "text or integer";
  case Op::subset:
    return "set";
  case Op::le:
  case Op::ge:
    return "integer";
  case Op::before:
  case Op::after:
    return "instant";
  case Op::eq:
  case Op::ne:
  case Op::exists:
    break;
  }
  return "any type";
}

bool is_of(const Value& value, AttrType type) {
  switch (type) {
  case AttrType::text:
    return value.string() != nullptr;
  case AttrType::integer:
    return value.integer() != nullptr;
  case AttrType::boolean:
    return value.boolean() != nullptr;
  case AttrType::instant:
    return value.string() != nullptr && parse_instant(*value.string()).has_value();
  case AttrType::set:
    return value.array() != nullptr;
  }
  return false;
}

std::string_view type_of(const Value& value) {
  return value.array() != nullptr     ? "set"
         : value.integer() != nullptr ? "integer"
         : value.boolean() != nullptr ? "bool"
                                      : "text";
}

void comparison_fits(LintContext& context, const Comparison& x) {
  if (!op_fits(x.op, x.type)) {
    does_not_fit(context, path_of(x.path, "op"), x.attr, x.type, to_word(x.op), needs_of(x.op));
    return;
  }
  if (!x.value || x.op == Op::exists) {
    return;
  }
  const bool membership = x.op == Op::in || x.op == Op::not_in;
  const auto* items = x.value->array();
  const bool fits =
      membership
          ? items != nullptr && std::ranges::all_of(*items, [&](const Value& v) { return is_of(v, x.type); })
          : is_of(*x.value, x.type);
  if (!fits) {
    does_not_fit(context, path_of(x.path, "value"), x.attr, x.type, "this value",
                 membership && items != nullptr && !items->empty() ? type_of(items->front())
                                                                   : type_of(*x.value));
  }
}

// ---- sources

void check_names(LintContext& context, const std::string& id, const Source& source, std::size_t index) {
  const Check& check = source.checks[index];
  const auto path = path_of(path_of(source_path(id), "checks"), index);
  if (context.sound({"supplies"})) {
    for (const auto& kind : check.of) {
      if (!source.supplies.contains(kind)) {
        context.undeclared(path_of(path, "of"), kind, path_of(source_path(id), "supplies"));
      }
    }
  }
  if (!check.attr) {
    return;
  }
  const std::optional<AttrType> needed =
      check.kind == CheckKind::valid_until ? std::optional(AttrType::instant) : std::nullopt;
  attr_is(context, path_of(path, "attr"), {id, *check.attr}, needed, to_word(check.kind));
  const AttrType* type = find_attr(context.charter, id, *check.attr);
  if (check.kind == CheckKind::state && check.op && type != nullptr) {
    comparison_fits(context, {path, *check.attr, *type, *check.op, check.value});
  }
  if (check.with) {
    source_is_declared(context, path_of(path, "with"), *check.with);
    attr_is(context, path_of(path, "attr"), {*check.with, *check.attr},
            type == nullptr ? std::nullopt : std::optional(*type), to_word(check.kind));
  }
}

void source_names(LintContext& context, const std::string& id, const Source& source) {
  const auto path = source_path(id);
  for (std::size_t i = 0; i < source.checks.size(); ++i) {
    check_names(context, id, source, i);
  }
  for (const auto& attr : source.material.value_or(Names{})) {
    attr_is(context, path_of(path, "material"), {id, attr}, std::nullopt, "material");
  }
  for (const auto& dimension : source.touches) {
    dimension_is_declared(context, path_of(path, "touches"), dimension);
  }
}

void kinds_are_supplied(LintContext& context) {
  const Charter& charter = context.charter;
  if (!context.sound({"supplies", "sources"})) {
    return;
  }
  Names supplied;
  int roster = 0;
  bool alone = true;
  for (const auto& [id, source] : charter.sources) {
    supplied.insert(source.supplies.begin(), source.supplies.end());
    if (source.supplies.contains(std::string(kind_roster))) {
      ++roster;
      alone = alone && source.supplies.size() == 1;
    }
  }
  if (roster != 1 || !alone) {
    context.error("E13", "sources", "sources: exactly one source supplies the roster, and nothing else.");
  }
  supplied.erase(std::string(kind_roster)); // never cited
  for (const auto& [kind, mode] : charter.lane.citations) {
    if (!supplied.contains(kind)) {
      const auto path = path_of("lane.citations", kind);
      context.error("E12", path, fmt::format("{}: no source supplies \"{}\".", path, kind));
    }
  }
}

// ---- triggers

bool is_set_dimension(ScopeType type) {
  return type == ScopeType::id_set || type == ScopeType::section_set;
}

void trigger_scope_fits(LintContext& context, const std::string& path, const Predicate& when, AttrType type) {
  dimension_is_declared(context, path_of(path, "scope"), *when.scope);
  const auto at = context.charter.scope.find(*when.scope);
  if (at == context.charter.scope.end() || !op_fits(when.op, type)) {
    return;
  }
  const bool membership = when.op == Op::in || when.op == Op::not_in;
  const bool fits = membership              ? type == AttrType::text && is_set_dimension(at->second.type)
                    : when.op == Op::subset ? is_set_dimension(at->second.type)
                    : at->second.type == ScopeType::level     ? type == AttrType::text
                    : at->second.type == ScopeType::threshold ? type == AttrType::integer
                                                              : false;
  if (!fits) {
    does_not_fit(context, path_of(path, "scope"), when.attr, type,
                 fmt::format("{} with {}", to_word(when.op), *when.scope),
                 membership || when.op == Op::subset ? "a dimension of that type that is a set"
                                                     : "a dimension of that type");
  }
}

void trigger_names(LintContext& context, std::size_t index) {
  const Trigger& trigger = context.charter.lineage.triggers[index];
  const auto path = path_of("lineage.triggers", index);
  std::set<AttrType> types;
  bool emitted = false;
  for (const auto& [id, source] : context.charter.sources) {
    if (!source.emits.contains(trigger.event)) {
      continue;
    }
    const AttrType* declared = trigger.when ? find_attr(context.charter, id, trigger.when->attr) : nullptr;
    emitted = emitted || !trigger.when || declared != nullptr;
    if (declared != nullptr) {
      types.insert(*declared);
    }
  }
  if (!emitted && context.sound({"emits", "attrs", "sources", "event", "attr", "when"})) {
    const auto event = path_of(path, "event");
    context.error("E15", event,
                  trigger.when ? fmt::format("{}: no source emits \"{}\" with \"{}\".", event,
                                             to_word(trigger.event), trigger.when->attr)
                               : fmt::format("{}: no source emits \"{}\".", event, to_word(trigger.event)));
  }
  const auto when = path_of(path, "when");
  for (const AttrType type : types) {
    comparison_fits(context, {when, trigger.when->attr, type, trigger.when->op, trigger.when->value});
    if (trigger.when->scope) {
      trigger_scope_fits(context, when, *trigger.when, type);
    }
  }
}

void lineage_names(LintContext& context) {
  const Lineage& lineage = context.charter.lineage;
  for (const auto& [name, origins] : lineage.keys) {
    for (const auto& origin : origins) {
      if (origin.starts_with("scope.")) {
        dimension_is_declared(context, path_of("lineage.keys", name), origin.substr(6));
      }
    }
  }
  for (std::size_t i = 0; i < lineage.case_keys.size(); ++i) {
    for (const auto& name : lineage.case_keys[i].key) {
      if (!context.there(path_of("lineage.keys", name))) {
        context.undeclared(path_of(path_of("lineage.case_keys", i), "key"), name, "lineage.keys");
      }
    }
  }
  for (std::size_t i = 0; i < lineage.triggers.size(); ++i) {
    trigger_names(context, i);
  }
}

// ---- the other sections that read attributes

void exposure_names(LintContext& context) {
  const Exposure& exposure = context.charter.exposure;
  for (const auto& [detector, rule] : exposure.detectors) {
    if (rule.terms_from) {
      source_is_declared(context, path_of(path_of("exposure.detectors", to_word(detector)), "terms_from"),
                         *rule.terms_from);
    }
  }
  if (exposure.ruleset_source && context.sound({"checks", "kind"})) {
    const auto at = context.charter.sources.find(*exposure.ruleset_source);
    const bool pins =
        at != context.charter.sources.end() &&
        std::ranges::any_of(at->second.checks, [](const Check& c) { return c.kind == CheckKind::pin; });
    if (!pins) {
      context.undeclared("exposure.ruleset_source", *exposure.ruleset_source, "sources with a pin check");
    }
  }
  if (exposure.handling) {
    source_is_declared(context, "exposure.handling.source", exposure.handling->from.source);
    attr_is(context, "exposure.handling.attr", exposure.handling->from, AttrType::text, "handling");
  }
}

void window_names(LintContext& context, const std::string& path, const Window& window) {
  if (const auto* embargo = std::get_if<Embargo>(&window)) {
    if (const auto* ref = std::get_if<AttrRef>(&embargo->at)) {
      source_is_declared(context, path_of(path, "source"), ref->source);
      attr_is(context, path_of(path, "attr"), *ref, AttrType::instant, "a window");
    }
  }
  if (const auto* freeze = std::get_if<Freeze>(&window)) {
    if (const auto* read = std::get_if<AttrInterval>(&freeze->range)) {
      source_is_declared(context, path_of(path, "source"), read->source);
      attr_is(context, path_of(path, "starts_attr"), {read->source, read->starts_attr}, AttrType::instant,
              "a window");
      attr_is(context, path_of(path, "ends_attr"), {read->source, read->ends_attr}, AttrType::instant,
              "a window");
    }
  }
}

void clock_names(LintContext& context) {
  for (const auto& [id, due] : context.charter.clocks.due) {
    const auto path = path_of("clocks.due", id);
    source_is_declared(context, path_of(path, "source"), due.from.source);
    attr_is(context, path_of(path, "attr"), due.from, AttrType::instant, "a clock");
    if (due.compare) {
      source_is_declared(context, path_of(path, "compare"), *due.compare);
      attr_is(context, path_of(path, "compare"), {*due.compare, due.from.attr}, AttrType::instant, "a clock");
    }
  }
  for (const auto& [id, window] : context.charter.clocks.windows) {
    window_names(context, path_of("clocks.windows", id), window);
  }
}

} // namespace

void lint_names(LintContext& context) {
  const Charter& charter = context.charter;
  kinds_are_supplied(context);
  for (const auto& [id, source] : charter.sources) {
    source_names(context, id, source);
  }
  for (const auto& [id, dimension] : charter.scope) {
    if (dimension.source) {
      source_is_declared(context, path_of(path_of("scope", id), "source"), *dimension.source);
    }
  }
  if (charter.lane.clearance_by) {
    source_is_declared(context, "lane.clearance_by.source", charter.lane.clearance_by->from.source);
    attr_is(context, "lane.clearance_by.attr", charter.lane.clearance_by->from, AttrType::text,
            "clearance_by");
  }
  lineage_names(context);
  exposure_names(context);
  clock_names(context);
}

} // namespace sallyport::charter
