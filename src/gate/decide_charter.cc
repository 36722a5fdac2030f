// T17: a charter is proposed by a person, ratified by owners who sign its digest, and activated.
#include "gate/deciding.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/lint.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

// Always protected, and what the active version protects beside.
bool protected_change(const charter::Charter& next, const charter::Charter& active) {
  const auto& protects = active.governance.protects;
  const auto listed = [&](charter::Section section) { return protects.contains(section); };
  return next.lane != active.lane || next.scope != active.scope || next.signers != active.signers ||
         next.lineage != active.lineage || next.governance != active.governance ||
         (listed(charter::Section::exposure) && next.exposure != active.exposure) ||
         (listed(charter::Section::sources) && next.sources != active.sources) ||
         (listed(charter::Section::holds) && next.holds != active.holds) ||
         (listed(charter::Section::clocks) && next.clocks != active.clocks) ||
         (listed(charter::Section::ledger) && next.ledger != active.ledger) ||
         (listed(charter::Section::admission) && next.admission != active.admission) ||
         (listed(charter::Section::agents) && next.agents != active.agents);
}

// How many owner roles `governance` asks for; `one` where nothing protected changes.
std::size_t roles_needed(const charter::Governance& governance, bool one) {
  if (one) {
    return 1;
  }
  return governance.rule == charter::GovernanceRule::all ? governance.owners.size()
                                                         : static_cast<std::size_t>(governance.n.value_or(2));
}

// Owner roles that distinct ratifiers fill, where the proposer counts only beside another person.
std::size_t roles_ratified(const World& world, const CharterVersion& version,
                           const charter::Governance& governance, Instant now) {
  std::set<PersonId> persons;
  for (const Ratification& ratification : version.ratified) {
    persons.insert(ratification.person);
  }
  if (persons.size() == 1 && persons.contains(version.proposer)) {
    return 0;
  }
  std::vector<std::set<PersonId>> places;
  for (const std::string& role : governance.owners) {
    places.push_back(governance_holders(world, version.lane, role, now));
  }
  return places_filled(places, persons);
}

charter::RosterFacts roster_facts(const World& world, const LaneRoster& roster, Instant now) {
  charter::RosterFacts facts;
  for (const packet::Grant& grant : roster.roster.grants) {
    auto& holders = facts.roles[grant.role]; // known, even where nobody holds it now
    if (now < grant.from || now >= grant.until) {
      continue;
    }
    const bool machine =
        std::ranges::none_of(world.state.keys,
                             [&](const auto& key) { return key.second.person == grant.person; }) &&
        std::ranges::any_of(world.state.accounts, [&](const auto& account) {
          return account.second.person == grant.person && account.second.kind != "person";
        });
    holders.insert({grant.person.str(), machine});
  }
  for (const auto& [name, members] : roster.audience) {
    facts.audiences.insert(name);
    for (const packet::AudienceMember& member : members) {
      facts.tags.insert(member.clearances.begin(), member.clearances.end());
    }
  }
  return facts;
}

std::vector<packet::Reason> faults(const std::vector<charter::Fault>& found) {
  std::vector<packet::Reason> out;
  for (const charter::Fault& fault : found) {
    if (fault.error) {
      out.push_back({fault.id == "H01" ? "charter_not_honoured" : "charter_changed_identity", fault.path});
    }
  }
  return out;
}

} // namespace

Decision decide_one(Deciding& d, const ProposeCharter& e) {
  const auto person = d.person(e.by);
  if (!person) {
    return d.refuse("charter.propose", e.by, {}, d.why_not_person(e.by));
  }
  std::vector<packet::Reason> reasons = faults(charter::honourable(e.charter));
  std::ranges::move(faults(charter::succession(e.charter, d.world.active_charter(e.charter.lane.id))),
                    std::back_inserter(reasons));
  if (!reasons.empty()) {
    return d.refuse("charter.propose", e.by, {}, std::move(reasons));
  }
  const Digest digest = charter::digest(e.charter);
  if (const auto at = d.world.state.charters.find(digest); at != d.world.state.charters.end()) {
    return std::move(d.out); // proposed before: nothing to add
  }
  d.emit(packet::CharterProposed{e.charter.id, static_cast<std::uint32_t>(e.charter.version), digest,
                                 e.charter.lane.id, *person});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RatifyCharter& e) {
  const auto refuse = [&](std::string code) { return d.refuse("charter.ratify", e.by, {}, std::move(code)); };
  const auto statement = packet::read_ratify(e.act.statement);
  if (!d.person(e.by)) {
    return refuse(d.why_not_person(e.by));
  }
  if (!statement || statement->origin != d.world.state.origin || e.act.sigs.size() != 1) {
    return refuse("statement_malformed");
  }
  const auto proposed = d.world.state.charters.find(statement->digest);
  if (proposed == d.world.state.charters.end() || proposed->second.status != "proposed") {
    return refuse("charter_not_proposed");
  }
  const CharterVersion& version = proposed->second;
  const auto lane = d.world.state.lanes.find(version.lane);
  const std::optional<Digest> replaces =
      lane == d.world.state.lanes.end() ? std::nullopt : lane->second.charter;
  if (statement->charter != version.id || statement->version != version.version ||
      statement->replaces != replaces) {
    return refuse("statement_malformed");
  }
  const auto person = verify_statement(d.world, e.act.sigs.front(), canon::write(e.act.statement),
                                       packet::act::charter, d.now);
  if (!person) {
    return refuse(person.error().message == "key_unknown" ? "key_unknown" : "signature_invalid");
  }
  if (std::ranges::any_of(version.ratified, [&](const Ratification& r) { return r.person == *person; })) {
    return refuse("already_ratified");
  }
  // An owner under the rule that is replaced, or under the one that is proposed: both may be needed.
  const auto next = d.world.library.charters.find(statement->digest);
  const charter::Charter* active = d.world.active_charter(version.lane);
  const auto owns_by = [&](const charter::Charter& charter) {
    return std::ranges::any_of(charter.governance.owners, [&](const std::string& role) {
      return governance_holders(d.world, version.lane, role, d.now).contains(*person);
    });
  };
  const bool owner = (active != nullptr && owns_by(*active)) ||
                     (next != d.world.library.charters.end() && owns_by(next->second));
  if (!owner) {
    return refuse("role_missing");
  }
  d.emit(packet::CharterRatified{statement->digest, e.act});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const ActivateCharter& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("charter.activate", e.by, {}, std::move(code));
  };
  if (!d.person(e.by)) {
    return refuse(d.why_not_person(e.by));
  }
  const auto proposed = d.world.state.charters.find(e.digest);
  const auto text = d.world.library.charters.find(e.digest);
  if (proposed == d.world.state.charters.end() || proposed->second.status != "proposed" ||
      text == d.world.library.charters.end()) {
    return refuse("charter_not_proposed");
  }
  const CharterVersion& version = proposed->second;
  const charter::Charter& next = text->second;
  const charter::Charter* active = d.world.active_charter(version.lane);
  if (const auto reasons = faults(charter::succession(next, active)); !reasons.empty()) {
    return d.refuse("charter.activate", e.by, {}, reasons); // another version was activated meanwhile
  }
  const charter::Governance& rule = active == nullptr ? next.governance : active->governance;
  const bool one = active != nullptr && !protected_change(next, *active);
  bool enough = roles_ratified(d.world, version, rule, d.now) >= roles_needed(rule, one);
  if (active != nullptr && next.governance != active->governance) {
    enough = enough &&
             roles_ratified(d.world, version, next.governance, d.now) >= roles_needed(next.governance, false);
  }
  if (!enough) {
    return refuse("charter_ratifications");
  }
  if (d.now - version.ratified.back().at < rule.min_notice) {
    return refuse("charter_notice");
  }
  const LaneRoster* roster = d.world.active_roster(version.lane);
  if (roster == nullptr) {
    return d.refuse("charter.activate", e.by, {}, "AUD.EMPTY", "/lane");
  }
  std::vector<packet::Reason> roster_reasons;
  for (const charter::Fault& fault : charter::lint_roster(next, roster_facts(d.world, *roster, d.now))) {
    if (fault.error) {
      roster_reasons.push_back({"roster_lacks", fault.path});
    }
  }
  if (!roster_reasons.empty()) {
    return d.refuse("charter.activate", e.by, {}, std::move(roster_reasons));
  }
  std::vector<LeafNumber> leaves;
  for (const Ratification& ratification : version.ratified) {
    leaves.push_back(ratification.leaf);
  }
  d.emit(packet::CharterActivated{version.id, version.version, e.digest, std::move(leaves)});
  if (const auto open = d.world.state.open_in_lane.find(version.lane);
      open != d.world.state.open_in_lane.end()) {
    for (const PacketId& id : open->second) {
      const bool was_reviewed = d.world.state.find(id)->reviewed() != nullptr;
      d.void_manifests(id, "charter_changed");
      if (was_reviewed) {
        d.open_hold(id, {"GOV.CHARTER", Outcome::hold, "", {{"version", std::int64_t{version.version}}}, ""});
      }
    }
  }
  return std::move(d.out);
}

} // namespace sallyport::gate
