// Who signs, accepts, clears and governs, and what agents may do.
#include "charter/codes.h"
#include "charter/lint_tree.h"
#include "charter/spelling.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace sallyport::charter {
namespace {

Names signer_roles(const Charter& charter) {
  Names out;
  for (const Requirement& row : charter.signers.require) {
    out.insert(row.roles.begin(), row.roles.end());
  }
  return out;
}

// ---- signers

void requirement(LintContext& context, const Requirement& row, const std::string& path) {
  const bool role = context.there(path_of(path, "role"));
  if (!role && !row.any_of) {
    context.missing_key(path_of(path, "role"));
  }
  if (role && row.any_of) {
    context.no_meaning(path_of(path, "any_of"), "role beside it");
  }
  if (row.principal && row.any_of) {
    context.no_meaning(path_of(path, "principal"), "any_of");
  } else if (row.principal && row.count != 1) {
    context.no_meaning(path_of(path, "principal"), fmt::format("count = {}", row.count));
  }
}

void acceptance_rows(LintContext& context) {
  const Charter& charter = context.charter;
  const bool has_level =
      std::ranges::any_of(charter.scope, [](const auto& d) { return d.second.type == ScopeType::level; });
  Names seen;
  for (std::size_t i = 0; i < charter.signers.accepts.size(); ++i) {
    const auto& kind = charter.signers.accepts[i].item_kind;
    const auto path = path_of("signers.accepts", i);
    const auto kind_path = path_of(path, "item_kind");
    const bool category = charter.ledger && charter.ledger->categories.contains(kind);
    const bool word =
        kind == item_leakage_residual || kind == item_symbolization_boundary || kind == item_other;
    if (!kind.empty() && !category && !word && context.sound({"categories", "ledger"})) {
      context.undeclared(kind_path, kind, "ledger.categories");
    }
    const bool never =
        seen.contains(std::string(item_other)) || seen.contains(kind) ||
        (kind == item_symbolization_boundary && !has_level && context.sound({"type", "scope"})) ||
        (charter.ledger && charter.ledger->must_resolve.contains(kind));
    if (!kind.empty() && never) {
      context.error("E28", kind_path, fmt::format("{}: this row can never apply.", kind_path));
    }
    seen.insert(kind);
  }
}

void signers(LintContext& context) {
  const Charter& charter = context.charter;
  const Signers& signers = charter.signers;
  for (std::size_t i = 0; i < signers.require.size(); ++i) {
    requirement(context, signers.require[i], path_of("signers.require", i));
  }
  const auto nobody_left = [&](const Requirement& row) {
    return !row.roles.empty() && std::ranges::all_of(row.roles, [&](const std::string& role) {
      return signers.not_also.contains(role);
    });
  };
  if (std::ranges::any_of(signers.require, nobody_left)) {
    context.error("E24", "signers.not_also", "signers.not_also: nobody could sign.");
  }
  const std::string triager(to_word(Part::packet_triager));
  if (charter.flow == Flow::dispatch && !signers.not_also.contains(triager) &&
      context.sound({"not_also", "flow", "signers"})) {
    context.error("E26", "signers.not_also", "signers.not_also: who triaged a packet must not sign it.");
  }
  if (signers.step_up && signers.key_class_min < KeyClass::sk_uv &&
      context.sound({"step_up", "key_class_min", "signers"})) {
    context.error("E23", "signers.key_class_min", "signers.key_class_min: step-up needs sk-uv or better.");
  }
  const Names required = signer_roles(charter);
  for (const auto& [role, substitute] : signers.substitute) {
    if (!required.contains(role) && context.sound({"require", "role", "any_of"})) {
      context.undeclared(path_of("signers.substitute", role), role, "signers.require");
    }
  }
  acceptance_rows(context);
}

// ---- ledger, governance, agents

void ledger(LintContext& context) {
  const Charter& charter = context.charter;
  if (!charter.ledger || !context.sound({"ledger"})) {
    return;
  }
  for (const auto& category : charter.ledger->must_resolve) {
    if (!charter.ledger->categories.contains(category) && context.sound({"categories"})) {
      context.undeclared("ledger.must_resolve", category, "ledger.categories");
    }
  }
  const auto& owner = charter.ledger->owner.role;
  if (!owner.empty() && !signer_roles(charter).contains(owner) &&
      context.sound({"require", "role", "any_of", "signers"})) {
    context.error("E27", "ledger.owner.role", "ledger.owner.role: the release owner must be a signer.");
  }
}

void governance(LintContext& context) {
  const Governance& governance = context.charter.governance;
  Names both;
  std::ranges::set_intersection(governance.owners, signer_roles(context.charter),
                                std::inserter(both, both.end()));
  if (!both.empty()) {
    context.error("E25", "governance.owners",
                  "governance.owners: who signs packets does not own the policy.");
  }
  if (governance.n && *governance.n > static_cast<std::int64_t>(governance.owners.size()) &&
      context.sound({"owners"})) {
    context.error(
        "E09", "governance.n",
        fmt::format("governance.n: must be from 2 to {}, the number of owners.", governance.owners.size()));
  }
}

void agents(LintContext& context) {
  const Agents& agents = context.charter.agents;
  if (!context.sound({"agents", "allow", "edit", "processor"})) {
    return;
  }
  const bool idle = agents.allow.empty();
  if (context.charter.flow == Flow::dispatch && agents.edit == AgentEdit::propose) {
    context.error("E04", "agents.edit", "agents.edit: \"propose\" is not one of none.");
  }
  if (agents.edit == AgentEdit::none && !agents.drift.empty()) {
    context.no_meaning("agents.drift", "edit = none");
  }
  for (const AgentVerb verb : {AgentVerb::normalize_wording, AgentVerb::redraft_section}) {
    if (agents.edit == AgentEdit::none && agents.allow.contains(verb)) {
      context.error("E06", "agents.allow",
                    fmt::format("agents.allow: \"{}\" has no meaning with edit = none.", to_word(verb)));
    }
  }
  if (!idle && !context.there("agents.rate_per_hour")) {
    context.missing_key("agents.rate_per_hour");
  } else if (idle && agents.rate_per_hour) {
    context.no_meaning("agents.rate_per_hour", "allow = []");
  }
  if (idle != (agents.processor == Processor::none)) {
    context.error("E04", "agents.processor",
                  fmt::format("agents.processor: \"{}\" is not one of {}.", to_word(agents.processor),
                              idle ? "none" : "on-premises, own-cloud, vendor"));
  }
}

// ---- holds

void escalation_rises(LintContext& context, const std::vector<Escalation>& rows, const std::string& path) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].after <= rows[i - 1].after && context.sound({"after"})) {
      const auto after = path_of(path_of(path, i), "after");
      context.error(
          "E09", after,
          fmt::format("{}: must be longer than {}, the row before.", after, to_words(rows[i - 1].after)));
    }
  }
}

void loosened(LintContext& context, const std::string& path, const std::string& code) {
  context.error("E21", path, fmt::format("{}: a charter may tighten {}, never loosen it.", path, code));
}

void code_rule(LintContext& context, const std::string& code, const CodeRule& rule) {
  const auto path = path_of("holds.codes", code);
  if (is_wait_reason(code)) {
    loosened(context, path, code);
    return;
  }
  const HoldCode* core = find_hold_code(code);
  if (core == nullptr) {
    context.error("E04", path, fmt::format("{}: \"{}\" is not one of the hold codes.", path, shown(code)));
    return;
  }
  // Without a ledger nothing can be accepted, so L blocks.
  const bool dispatch = context.charter.flow == Flow::dispatch;
  const auto effective = [&](Mode mode) {
    return dispatch && mode == Mode::until_accepted ? Mode::blocking : mode;
  };
  if (rule.mode && effective(*rule.mode) < effective(core->mode)) {
    loosened(context, path_of(path, "mode"), code);
  }
  const auto resign = path_of(path, "resign");
  if (!rule.resign && context.there(resign) && context.sound({"resign"})) {
    loosened(context, resign, code);
  }
  if (rule.override_by && !core->overridable) {
    const auto at = path_of(path, "override");
    context.error("E22", at, fmt::format("{}: {} can never be overridden.", at, code));
  }
  escalation_rises(context, rule.escalate, path_of(path, "escalate"));
}

} // namespace

void lint_people(LintContext& context) {
  signers(context);
  ledger(context);
  governance(context);
  agents(context);
  escalation_rises(context, context.charter.holds.escalate, "holds.escalate");
  for (const auto& [code, rule] : context.charter.holds.codes) {
    code_rule(context, code, rule);
  }
}

} // namespace sallyport::charter
