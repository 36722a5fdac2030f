// W01-W09: sound, and perhaps not what the owners want.
#include "canon/pointer.h"
#include "charter/lint_tree.h"
#include "charter/spelling.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::charter {
namespace {

void never_used(LintContext& context, const std::string& path) {
  context.warn("W04", path, fmt::format("{} is never used, or may be absent when it is needed.", path));
}

// ---- W01-W03: scope and time

void bounds_are_checked(LintContext& context) {
  if (!context.sound({"scope", "sources", "touches", "source", "required", "max"})) {
    return;
  }
  const Charter& charter = context.charter;
  for (const auto& [id, dimension] : charter.scope) {
    const bool touched =
        std::ranges::any_of(charter.sources, [&](const auto& s) { return s.second.touches.contains(id); });
    if (dimension.required && !dimension.max && !dimension.source && !touched) {
      const auto path = path_of("scope", id);
      context.warn("W01", path, fmt::format("{}: nothing outside the packet checks this bound.", path));
    }
  }
}

void waits_fit(LintContext& context) {
  const Charter& charter = context.charter;
  for (const auto& [id, source] : charter.sources) {
    const auto path = path_of("sources", id);
    const bool silent = std::ranges::any_of(
        source.checks, [&](const Check& c) { return c.limit && source.unknown_after > *c.limit; });
    if (silent) {
      const auto at = path_of(path, "unknown_after");
      context.warn("W02", at, fmt::format("{}: silence would be noticed after staleness.", at));
    }
    // The answer must be visible while the signature that asked for it stands.
    const std::int64_t wait = source.recheck_within.ms + charter.holds.visible_within.ms;
    if (wait >= charter.signers.valid_for.ms &&
        context.sound({"signers", "valid_for", "recheck_within", "visible_within"})) {
      const auto at = path_of(path, "recheck_within");
      context.warn("W03", at, fmt::format("{}: a signature would expire during its own recheck.", at));
    }
  }
}

// ---- W04: declared and never used

using AttrUses = std::set<std::pair<std::string, std::string>>;

void add_window(AttrUses& out, const Window& window) {
  if (const auto* embargo = std::get_if<Embargo>(&window)) {
    if (const auto* ref = std::get_if<AttrRef>(&embargo->at)) {
      out.insert({ref->source, ref->attr});
    }
  }
  if (const auto* freeze = std::get_if<Freeze>(&window)) {
    if (const auto* read = std::get_if<AttrInterval>(&freeze->range)) {
      out.insert({read->source, read->starts_attr});
      out.insert({read->source, read->ends_attr});
    }
  }
}

void add_source(AttrUses& out, const Charter& charter, const std::string& id, const Source& source) {
  for (const Check& check : source.checks) {
    out.insert({id, check.attr.value_or("")});
    out.insert({check.with.value_or(""), check.attr.value_or("")});
  }
  for (const auto& attr : source.material.value_or(Names{})) {
    out.insert({id, attr});
  }
  for (const Trigger& trigger : charter.lineage.triggers) {
    if (trigger.when && source.emits.contains(trigger.event)) {
      out.insert({id, trigger.when->attr});
    }
  }
}

AttrUses attr_uses(const Charter& charter) {
  AttrUses out;
  for (const auto& [id, source] : charter.sources) {
    add_source(out, charter, id, source);
  }
  for (const auto& [id, due] : charter.clocks.due) {
    out.insert({due.from.source, due.from.attr});
    out.insert({due.compare.value_or(""), due.from.attr});
  }
  for (const auto& [id, window] : charter.clocks.windows) {
    add_window(out, window);
  }
  if (charter.lane.clearance_by) {
    out.insert({charter.lane.clearance_by->from.source, charter.lane.clearance_by->from.attr});
  }
  if (charter.exposure.handling) {
    out.insert({charter.exposure.handling->from.source, charter.exposure.handling->from.attr});
  }
  return out;
}

void attrs_are_used(LintContext& context) {
  if (!context.sound(
          {"attr", "with", "material", "emits", "source", "starts_attr", "ends_attr", "checks", "when"})) {
    return;
  }
  const AttrUses uses = attr_uses(context.charter);
  for (const auto& [id, source] : context.charter.sources) {
    for (const auto& [attr, type] : source.attrs) {
      if (!uses.contains({id, attr})) {
        never_used(context, path_of(path_of(path_of("sources", id), "attrs"), attr));
      }
    }
  }
}

// Which row of `accepts` takes an objection of the category (charter.md section 2.1).
bool is_accepted(const Charter& charter, const std::string& category) {
  return std::ranges::any_of(charter.signers.accepts, [&](const Acceptance& row) {
    return row.item_kind == category || row.item_kind == item_other ||
           (row.item_kind == item_leakage_residual && category == "identifier_leakage") ||
           (row.item_kind == item_symbolization_boundary && category == "symbolization_depth");
  });
}

void words_are_used(LintContext& context) {
  const Charter& charter = context.charter;
  if (charter.ledger && context.sound({"accepts", "item_kind", "must_resolve"})) {
    for (const auto& category : charter.ledger->categories) {
      if (!charter.ledger->must_resolve.contains(category) && !is_accepted(charter, category)) {
        context.warn(
            "W04", "ledger.categories",
            fmt::format("ledger.categories \"{}\" is never used, or may be absent when it is needed.",
                        category));
      }
    }
  }
  const auto& order = charter.admission.order;
  if (!charter.admission.severities.empty() &&
      std::ranges::find(order, OrderKey::upstream_severity) == order.end() && context.sound({"order"})) {
    never_used(context, "admission.severities");
  }
  for (const auto& [name, origins] : charter.lineage.keys) {
    const bool used = std::ranges::any_of(charter.lineage.case_keys, [&](const CaseKey& row) {
      return std::ranges::find(row.key, name) != row.key.end();
    });
    if (!used && context.sound({"case_keys", "key"})) {
      never_used(context, path_of("lineage.keys", name));
    }
  }
}

// The table is read from the head's citations of the source: at least one kind of it must be cited.
void table_is_cited(LintContext& context, const std::string& path, const std::string& source) {
  const auto at = context.charter.sources.find(source);
  if (at == context.charter.sources.end() || !context.sound({"citations", "supplies"})) {
    return;
  }
  const auto& citations = context.charter.lane.citations;
  const bool cited = std::ranges::any_of(at->second.supplies, [&](const std::string& kind) {
    const auto mode = citations.find(kind);
    return mode != citations.end() && mode->second == Missing::blocking;
  });
  if (!cited) {
    never_used(context, path);
  }
}

// ---- W05-W09: people and exposure

void items_can_be_accepted(LintContext& context) {
  const Charter& charter = context.charter;
  if (charter.flow != Flow::co_release ||
      !context.sound({"flow", "signers", "accepts", "item_kind", "type"})) {
    return;
  }
  const auto accepts = [&](std::string_view kind) {
    return std::ranges::any_of(charter.signers.accepts,
                               [&](const Acceptance& row) { return row.item_kind == kind; });
  };
  const auto warn = [&](const std::string& path) {
    context.warn("W05", path,
                 fmt::format("{}: items of this kind can only be resolved, not accepted.", path));
  };
  for (const auto& [id, dimension] : charter.scope) {
    if (dimension.type == ScopeType::level && !accepts(item_symbolization_boundary)) {
      warn(path_of("scope", id));
    }
  }
  if (!accepts(item_other)) {
    warn("signers.accepts");
  }
}

void agents_stay_in_the_house(LintContext& context) {
  if (context.charter.agents.processor != Processor::vendor ||
      !context.sound({"processor", "queue_view", "agent_view"})) {
    return;
  }
  for (const auto& [pointer, field] : context.charter.exposure.fields) {
    if (more_open(field.agent_view.kind, field.queue_view.kind)) {
      const auto path = path_of(path_of("exposure.fields", pointer), "agent_view");
      context.warn("W06", path, fmt::format("{}: leaves the house through the agents' model.", path));
    }
  }
}

void policy_is_guarded(LintContext& context) {
  const Charter& charter = context.charter;
  if (charter.signers.key_class_min == KeyClass::software && context.sound({"key_class_min", "signers"})) {
    context.warn("W07", "signers.key_class_min", "signers.key_class_min: a stolen file is enough to sign.");
  }
  if (!context.sound({"governance", "protects"})) {
    return;
  }
  for (const Section section : {Section::exposure, Section::sources, Section::holds}) {
    if (!charter.governance.protects.contains(section)) {
      context.warn("W08", "governance.protects",
                   fmt::format("governance.protects: \"{}\" may be changed by one owner.", to_word(section)));
    }
  }
}

// Every packet has claims. What no row names is omitted in silence, and a misspelt row names nothing.
void claims_are_read(LintContext& context) {
  const bool read = std::ranges::any_of(context.charter.exposure.fields, [](const auto& row) {
    return canon::pointer_matches(row.first, "/claims/m1/text");
  });
  if (!read && context.sound({"exposure", "fields"})) {
    context.warn("W09", "exposure.fields",
                 "exposure.fields: no row is for /claims/*/text, so the lane reads no claim.");
  }
}

} // namespace

void lint_warnings(LintContext& context) {
  const Charter& charter = context.charter;
  bounds_are_checked(context);
  waits_fit(context);
  attrs_are_used(context);
  words_are_used(context);
  if (charter.lane.clearance_by) {
    table_is_cited(context, "lane.clearance_by.source", charter.lane.clearance_by->from.source);
  }
  if (charter.exposure.handling) {
    table_is_cited(context, "exposure.handling.source", charter.exposure.handling->from.source);
  }
  items_can_be_accepted(context);
  agents_stay_in_the_house(context);
  policy_is_guarded(context);
  claims_are_read(context);
}

} // namespace sallyport::charter
