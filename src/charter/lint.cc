#include "charter/lint.h"

#include "charter/lint_tree.h"
#include "charter/spelling.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

namespace sallyport::charter {
namespace {

class RosterLint {
public:
  RosterLint(const Charter& charter, const RosterFacts& roster) : charter_(charter), roster_(roster) {}

  std::vector<Fault> run() {
    signers();
    others();
    owners();
    tags();
    return std::move(out_);
  }

private:
  void add(std::string_view id, const std::string& path, std::string message) {
    out_.push_back({std::string(id), 0, 0, path, std::move(message), true});
  }

  void too_few(const std::string& path, std::size_t there, std::size_t needed) {
    if (there < needed) {
      add("E31", path, fmt::format("{}: the roster has {}, {} needed.", path, there, needed));
    }
  }

  Names persons(const Names& roles) const {
    Names out;
    for (const auto& role : roles) {
      const auto at = roster_.roles.find(role);
      if (at == roster_.roles.end()) {
        continue;
      }
      for (const Holder& holder : at->second) {
        if (!holder.is_machine) {
          out.insert(holder.person);
        }
      }
    }
    return out;
  }

  // Each of the roles has somebody.
  void held(const std::string& path, const Names& roles) {
    for (const auto& role : roles) {
      too_few(path, persons({role}).size(), 1);
    }
  }

  // What bars somebody is a part in the packet or a role of the roster, whoever holds it: a misspelt part
  // would be a role that nobody holds, and would keep nobody apart.
  void barring(const std::string& path, const Names& entries) {
    for (const auto& entry : entries) {
      if (!from_word<Part>(entry)) {
        too_few(path, roster_.roles.contains(entry) ? 1 : 0, 1);
      }
    }
  }

  // A notice reaches somebody.
  void told(const std::string& path, const std::vector<Escalation>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      held(path_of(path_of(path, i), "to"), {rows[i].to});
    }
  }

  void no_machines(const std::string& path, const Names& roles) {
    for (const auto& role : roles) {
      const auto at = roster_.roles.find(role);
      if (at != roster_.roles.end() && std::ranges::any_of(at->second, &Holder::is_machine)) {
        add("E32", path, fmt::format("{}: \"{}\" is held by a machine.", path, role));
      }
    }
  }

  void human(const std::string& path, const Names& roles) {
    held(path, roles);
    no_machines(path, roles);
  }

  // How many of the places different persons can fill at once (augmenting paths).
  static std::size_t fillable(const std::vector<Names>& places) {
    std::map<std::string, std::size_t> taken;
    std::size_t filled = 0;
    for (std::size_t place = 0; place < places.size(); ++place) {
      Names tried;
      const std::function<bool(std::size_t)> fill = [&](std::size_t at) {
        for (const auto& person : places[at]) {
          if (!tried.insert(person).second) {
            continue;
          }
          const auto holder = taken.find(person);
          if (holder == taken.end() || fill(holder->second)) {
            taken[person] = at;
            return true;
          }
        }
        return false;
      };
      filled += fill(place) ? 1U : 0U;
    }
    return filled;
  }

  void signers() {
    std::vector<Names> places;
    bool each = true;
    for (std::size_t i = 0; i < charter_.signers.require.size(); ++i) {
      const Requirement& row = charter_.signers.require[i];
      const auto path = path_of("signers.require", i);
      const Names able = persons(row.roles);
      const auto needed = static_cast<std::size_t>(row.count);
      each = each && able.size() >= needed;
      too_few(path_of(path, "count"), able.size(), needed);
      no_machines(path_of(path, row.any_of ? "any_of" : "role"), row.roles);
      if (row.principal) {
        too_few(path_of(path, "principal"), able.contains(row.principal->str()) ? 1 : 0, 1);
      }
      places.insert(places.end(), needed, row.principal ? Names{row.principal->str()} : able);
    }
    if (each) {
      too_few("signers.require", fillable(places), places.size());
    }
    barring("signers.not_also", charter_.signers.not_also);
    for (const auto& [role, substitute] : charter_.signers.substitute) {
      const auto path = path_of("signers.substitute", role);
      human(path_of(path, "by"), {substitute.by});
      human(path_of(path, "ratified_by"), {substitute.ratified_by});
    }
    for (std::size_t i = 0; i < charter_.signers.accepts.size(); ++i) {
      const Acceptance& row = charter_.signers.accepts[i];
      const auto path = path_of(path_of("signers.accepts", i), "roles");
      human(path, row.roles);
      if (row.all && row.distinct) {
        std::vector<Names> acceptors;
        for (const auto& role : row.roles) {
          acceptors.push_back(persons({role}));
        }
        too_few(path, fillable(acceptors), acceptors.size());
      }
      barring(path_of(path_of("signers.accepts", i), "not_also"), row.not_also);
    }
  }

  void others() {
    held("lane.steward", {charter_.lane.steward});
    if (charter_.exposure.annexes && charter_.exposure.annexes->promote_by) {
      held("exposure.annexes.promote_by", {*charter_.exposure.annexes->promote_by});
    }
    held("lineage.split_roles", charter_.lineage.split_roles);
    if (charter_.ledger) {
      for (const auto& [section, role] : charter_.ledger->sections) {
        held(path_of("ledger.sections", section), {role});
      }
      const auto& owner = charter_.ledger->owner;
      held("ledger.owner.role", {owner.role});
      if (owner.principal) {
        too_few("ledger.owner.principal", persons({owner.role}).contains(owner.principal->str()) ? 1 : 0, 1);
      }
    }
    told("holds.escalate", charter_.holds.escalate);
    for (const auto& [id, due] : charter_.clocks.due) {
      if (due.escalate_to) {
        held(path_of(path_of("clocks.due", id), "escalate_to"), {*due.escalate_to});
      }
    }
    human("holds.clear_roles", charter_.holds.clear_roles);
    for (const auto& [code, rule] : charter_.holds.codes) {
      const auto path = path_of("holds.codes", code);
      human(path_of(path, "clear_roles"), rule.clear_roles.value_or(Names{}));
      told(path_of(path, "escalate"), rule.escalate);
      if (rule.override_by) {
        too_few(path_of(path_of(path, "override"), "count"), persons(rule.override_by->roles).size(),
                static_cast<std::size_t>(rule.override_by->count));
      }
    }
    held("admission.partial_roles", charter_.admission.partial_roles);
    held("admission.escalate_to", {charter_.admission.escalate_to});
  }

  void owners() {
    const Governance& governance = charter_.governance;
    human("governance.owners", governance.owners);
    std::vector<Names> places;
    for (const auto& role : governance.owners) {
      places.push_back(persons({role}));
    }
    const auto needed =
        static_cast<std::size_t>(governance.n.value_or(static_cast<std::int64_t>(places.size())));
    if (std::ranges::none_of(places, &Names::empty)) {
      too_few("governance.owners", fillable(places), needed);
    }
    // A proposer's own ratification counts only beside another person's.
    if (places.size() == 1 && places.front().size() == 1) {
      too_few("governance.owners", 1, 2);
    }
  }

  void tags() {
    too_few("lane.audience_max", roster_.audiences.contains(charter_.lane.audience_max) ? 1 : 0, 1);
    const auto known = [&](const std::string& path, const std::string& tag) {
      too_few(path, roster_.tags.contains(tag) ? 1 : 0, 1);
    };
    if (charter_.lane.clearance) {
      known("lane.clearance", *charter_.lane.clearance);
    }
    if (charter_.lane.privilege) {
      known("lane.privilege", *charter_.lane.privilege);
    }
    if (charter_.lane.clearance_by) {
      for (const auto& [value, tag] : charter_.lane.clearance_by->needs) {
        known(path_of("lane.clearance_by.needs", value), tag);
      }
    }
  }

  const Charter& charter_;
  const RosterFacts& roster_;
  std::vector<Fault> out_;
};

} // namespace

std::vector<Fault> lint_roster(const Charter& charter, const RosterFacts& roster) {
  return RosterLint(charter, roster).run();
}

std::vector<Fault> succession(const Charter& next, const Charter* active) {
  std::vector<Fault> out;
  const auto same = [&](bool is_same, const char* path) {
    if (!is_same) {
      out.push_back({"E30", 0, 0, path,
                     fmt::format("{}: this would be another charter, not a new version.", path), true});
    }
  };
  if (active == nullptr) {
    same(next.version == 1, "version");
    return out;
  }
  same(next.id == active->id, "charter");
  same(next.version == active->version + 1, "version");
  same(next.flow == active->flow, "flow");
  same(next.packet_class == active->packet_class, "packet_class");
  same(next.lane.id == active->lane.id, "lane.id");
  return out;
}

std::vector<Fault> honourable(const Charter& charter) {
  std::vector<Fault> out;
  const auto refuse = [&](const std::string& path, std::string_view what) {
    out.push_back(
        {"H01", 0, 0, path,
         fmt::format("{}: this version of the gate does not honour {} yet, so it will not accept a charter "
                     "that relies on it.",
                     path, what),
         true});
  };
  const bool dispatch = charter.flow == Flow::dispatch;
  if (charter.lane.witness_before_delivery) {
    refuse("lane.witness_before_delivery", "a witness before delivery");
  }
  for (const auto& [id, dimension] : charter.scope) {
    constexpr std::array types{ScopeType::id_set,    ScopeType::interval,    ScopeType::level,
                               ScopeType::threshold, ScopeType::section_set, ScopeType::snapshot};
    const bool fragments = !dispatch && dimension.type == ScopeType::parts;
    if (std::ranges::find(types, dimension.type) == types.end() && !fragments) {
      refuse(path_of(path_of("scope", id), "type"),
             fmt::format("the scope type {}", to_word(dimension.type)));
    } else if (dimension.type == ScopeType::id_set && dimension.max) {
      refuse(path_of(path_of("scope", id), "max"), "a bound that the charter names itself");
    }
  }
  const auto is_hidden = [&](const std::string& id) {
    const auto dimension = charter.scope.find(id);
    return dimension != charter.scope.end() && dimension->second.type == ScopeType::id_set;
  };
  if (charter.admission.partial_dim && !is_hidden(*charter.admission.partial_dim)) {
    refuse("admission.partial_dim", "a split of a dimension that is not an id_set");
  }
  for (std::size_t i = 0; i < charter.lineage.triggers.size(); ++i) {
    const auto& when = charter.lineage.triggers[i].when;
    const bool by_refs = when && (when->op == Op::in || when->op == Op::not_in);
    if (when && when->scope && is_hidden(*when->scope) && !by_refs) {
      refuse(path_of(path_of(path_of("lineage.triggers", i), "when"), "scope"),
             "a comparison with hidden scope values");
    }
  }
  constexpr std::array detectors{Detector::secret_or_token,     Detector::tenant_identifier,
                                 Detector::operator_identifier, Detector::privileged_path,
                                 Detector::customer_identifier, Detector::person_identifier};
  // What is left of dumps, their own scanner finds; it comes as findings of the ledger.
  constexpr std::array of_dumps{Detector::raw_dump, Detector::session_payload, Detector::stack_local};
  for (const auto& [detector, rule] : charter.exposure.detectors) {
    const bool scanned = !dispatch && std::ranges::find(of_dumps, detector) != of_dumps.end();
    if (std::ranges::find(detectors, detector) == detectors.end() && !scanned) {
      refuse(path_of("exposure.detectors", to_word(detector)),
             fmt::format("the detector {}", to_word(detector)));
    }
  }
  return out;
}

void place(std::vector<Fault>& faults, const Positions& positions) {
  for (Fault& fault : faults) {
    const Position at = position_of(positions, fault.path);
    fault.line = at.line;
    fault.column = at.column;
  }
}

} // namespace sallyport::charter
