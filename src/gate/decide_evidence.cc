// T05 and T06: what sources say, and what the charter makes of the events that they report.
#include "charter/codes.h"
#include "gate/attrs.h"
#include "gate/deciding.h"
#include "gate/lineage.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

using charter::Effect;

std::string_view word(Effect effect) {
  return charter::to_word(effect);
}

// With what an attribute is compared: the literal, or the head's value of the dimension that the row names.
std::optional<canon::Value> operand_of(const charter::Predicate& when, const Dossier* head) {
  if (!when.scope) {
    return when.value;
  }
  if (head == nullptr || !head->revision.bounds.contains(*when.scope)) {
    return std::nullopt;
  }
  return packet::to_value(head->revision.bounds.at(*when.scope));
}

// True, false, or nothing where the attribute is missing or of another type than the source declares, or the
// head has no such value: then hold and supersede rows match, note rows do not (charter.md 3.3).
std::optional<bool> matches(const charter::Predicate& when, const charter::Source& source,
                            const std::map<std::string, std::string>& attrs, const Dossier* head) {
  const auto at = attrs.find(when.attr);
  if (when.op == charter::Op::exists) {
    return at != attrs.end();
  }
  const auto type = source.attrs.find(when.attr);
  const auto operand = operand_of(when, head);
  if (at == attrs.end() || type == source.attrs.end() || !operand) {
    return std::nullopt;
  }
  const auto value = read_value(type->second, at->second);
  return value ? holds_true(*value, when.op, *operand) : std::nullopt;
}

// Whether the dimension's values are compared by their refs.
bool is_hidden(const charter::Charter& charter, const std::string& dimension) {
  const auto rule = charter.scope.find(dimension);
  return rule != charter.scope.end() && rule->second.type == charter::ScopeType::id_set;
}

// The same for a dimension whose values nobody sees: the attribute's ref among the head's refs.
std::optional<bool> matches_hidden(const charter::Predicate& when, const ReportEvent& e,
                                   const Dossier* head) {
  const auto ref = e.refs.find({when.attr, *when.scope});
  if (ref == e.refs.end() || head == nullptr || !head->scope.contains(*when.scope)) {
    return std::nullopt;
  }
  const bool among = std::ranges::any_of(head->scope.at(*when.scope),
                                         [&](const auto& element) { return element.second == ref->second; });
  switch (when.op) {
  case charter::Op::in:
    return among;
  case charter::Op::not_in:
    return !among;
  default:
    return std::nullopt; // what else is asked of refs cannot be answered
  }
}

// These have a rule of their own (the checks see them); a row only strengthens it.
bool has_own_rule(charter::Event event) {
  switch (event) {
  case charter::Event::object_changed:
  case charter::Event::object_gone:
  case charter::Event::source_unreachable:
  case charter::Event::roster_changed:
  case charter::Event::duplicate_suspected:
  case charter::Event::duplicate_merged:
    return true;
  default:
    return false;
  }
}

// What the charter makes of an event: the strongest of the rows that match, and which that is.
struct Judged {
  Effect effect = Effect::note;
  std::optional<std::uint32_t> row;
  std::vector<std::string> matched; // the dimension that the row compares with
};

Judged judge(const charter::Charter& charter, const charter::Source& source, charter::Event event,
             const ReportEvent& e, const Dossier* head) {
  std::optional<Judged> strongest;
  for (std::size_t i = 0; i < charter.lineage.triggers.size(); ++i) {
    const charter::Trigger& row = charter.lineage.triggers[i];
    if (row.event != event) {
      continue;
    }
    const bool hidden = row.when && row.when->scope && is_hidden(charter, *row.when->scope);
    const auto match = !row.when ? std::optional(true)
                       : hidden  ? matches_hidden(*row.when, e, head)
                                 : matches(*row.when, source, e.attrs, head);
    if (match.value_or(row.effect != Effect::note) && (!strongest || row.effect > strongest->effect)) {
      strongest = Judged{row.effect, static_cast<std::uint32_t>(i), {}};
      if (row.when && row.when->scope) {
        strongest->matched.push_back("/scope/" + *row.when->scope);
      }
    }
  }
  return strongest.value_or(Judged{has_own_rule(event) ? Effect::note : Effect::hold, std::nullopt, {}});
}

std::vector<PacketId> concerned(const World& world, const ReportEvent& e) {
  std::vector<PacketId> out;
  for (const auto& [id, packet] : world.state.packets) {
    if (!packet.open()) {
      continue;
    }
    bool is = e.packet ? id == *e.packet : false;
    const charter::Charter* charter = world.active_charter(packet.lane);
    if (!e.packet && !e.object && charter != nullptr && charter::roster_source(*charter) == e.source) {
      is = true; // the roster concerns every packet of its lane
    } else if (!e.packet && packet.head) {
      is = std::ranges::any_of(packet.head->cites, [&](const packet::Cite& cite) {
        return e.object ? cite.object == *e.object : cite.source == e.source;
      });
    }
    if (is) {
      out.push_back(id);
    }
  }
  return out;
}

// What a source suspects of the packet that it names: of another one here, or of a case that is not here.
void take_suspicion(Deciding& d, const ReportEvent& e, const PacketId& id) {
  if (!e.other) {
    suspect(d, id, std::nullopt, charter::OnEqual::suspected);
    return;
  }
  const Packet* packet = d.world.state.find(id);
  const Packet* other = d.world.state.find(*e.other);
  const bool split = packet->apart.contains(*e.other) && packet->apart.at(*e.other).how == "split";
  if (other == nullptr || *e.other == id || other->lane != packet->lane || !is_live(d.world.state, *other) ||
      split) {
    return;
  }
  suspect(d, id, *e.other, charter::OnEqual::suspected);
  suspect(d, *e.other, id, charter::OnEqual::suspected);
}

// T06 of a packet with a ledger: on record is which row it was, and what falls with the head.
void supersede(Deciding& d, const PacketId& id, const std::string& event, const Judged& judged) {
  const Packet& packet = *d.world.state.find(id);
  packet::MaterialTriggered record{id, packet.head->digest, event,       judged.matched,
                                   {}, judged.row,          std::nullopt};
  for (const auto& [manifest, state] : packet.manifests) {
    if (state.open()) {
      record.voids.push_back(manifest);
    }
  }
  record.acceptances_void = fallen_acceptances(packet);
  d.emit(std::move(record));
}

} // namespace

std::optional<std::vector<LeafNumber>> fallen_acceptances(const Packet& packet) {
  if (!packet.workspace || packet.workspace->ledger.acceptances.empty()) {
    return std::nullopt;
  }
  std::vector<LeafNumber> out;
  for (const AcceptanceState& acceptance : packet.workspace->ledger.acceptances) {
    out.push_back(acceptance.leaf);
  }
  return out;
}

Decision decide_one(Deciding& d, const Observe& e) {
  if (e.brought_by) {
    const Account* account = d.account(*e.brought_by);
    const bool owner = account != nullptr && account->person && owns(d.world, *account->person, d.now);
    if (account == nullptr || (account->kind != "service" && !owner)) { // sources speak through services
      return d.refuse("dump.scan", *e.brought_by, {},
                      account == nullptr         ? "account_unknown"
                      : account->kind == "agent" ? "agent_never_decides"
                                                 : "role_missing");
    }
  }
  const auto source = d.world.state.sources.find(e.source);
  SP_ASSERT(source != d.world.state.sources.end()); // only configured sources are asked
  SP_ASSERT(e.objects.size() <= objects_per_observation);
  packet::SourceObserved record;
  record.account = e.brought_by;
  record.source = e.source;
  record.epoch = source->second.epoch;
  record.observed_at = e.observed_at;
  record.complete_through = e.complete_through;
  record.recheck = e.recheck;
  record.changed_at = e.changed_at;
  record.pins = e.pins;
  record.facts = e.scan;
  for (const packet::ObservedObject& seen : e.objects) {
    // The gate asks about what is cited and gathers nothing else (A11).
    const auto known = d.world.state.objects.find(seen.object);
    if (known != d.world.state.objects.end() && known->second.source == e.source) {
      record.objects.push_back(seen);
    }
  }
  d.emit(std::move(record), e.body, log_unit);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const SourceFailed& e) {
  const auto source = d.world.state.sources.find(e.source);
  SP_ASSERT(source != d.world.state.sources.end());
  if (!source->second.unreachable || e.recheck) { // transitions, not heartbeats
    d.emit(packet::SourceUnreachable{e.source, source->second.epoch, e.recheck});
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const AskSource& e) {
  const auto refuse = [&](const char* code) { return d.refuse("source.refresh", e.by, {}, code); };
  const Account* account = d.account(e.by);
  if (account == nullptr || !d.world.state.sources.contains(e.source)) {
    return refuse(account == nullptr ? "account_unknown" : "source_unknown");
  }
  // An agent, where the charter of a lane that reads this source lets agents refresh.
  const auto lets = [&](const auto& lane) {
    const charter::Charter* charter = d.world.active_charter(lane.first);
    return charter != nullptr && charter->sources.contains(e.source) &&
           charter->agents.allow.contains(charter::AgentVerb::refresh);
  };
  if (account->kind == "agent" && std::ranges::none_of(d.world.state.lanes, lets)) {
    return refuse("verb_not_allowed");
  }
  return std::move(d.out); // asked; the answer is what is on record
}

Decision decide_one(Deciding& d, const ReportEvent& e) {
  const auto refuse = [&](const char* code) { return d.refuse("source.report", e.by, e.packet, code); };
  const Account* account = d.account(e.by);
  if (account == nullptr || account->kind == "agent") {
    return refuse(account == nullptr ? "account_unknown" : "agent_never_decides");
  }
  if (account->person && !owns(d.world, *account->person, d.now)) {
    return refuse("role_missing"); // sources speak through services
  }
  if (!d.world.state.sources.contains(e.source)) {
    return refuse("source_unknown");
  }
  const auto event = charter::from_word<charter::Event>(e.event);
  if (!event) {
    return refuse("event_unknown");
  }
  const auto emit = [&](std::optional<PacketId> packet, std::string_view effect) {
    d.emit(
        packet::SourceEvent{e.source, e.event, std::move(packet), std::string(effect), e.by, e.changed_at});
  };
  bool any = false;
  for (const PacketId& id : concerned(d.world, e)) {
    const charter::Charter* charter = d.world.active_charter(d.world.state.find(id)->lane);
    const auto source = charter == nullptr ? std::map<std::string, charter::Source>::const_iterator{}
                                           : charter->sources.find(e.source);
    if (charter == nullptr || source == charter->sources.end() || !source->second.emits.contains(*event)) {
      continue;
    }
    any = true;
    const Dossier* head = d.world.state.find(id)->head ? d.world.dossier(id) : nullptr;
    const Judged judged = judge(*charter, source->second, *event, e, head);
    const Effect effect = judged.effect;
    if (effect == Effect::supersede) {
      d.void_manifests(id, "superseded");
      if (d.world.state.find(id)->workspace && d.world.state.find(id)->head) {
        supersede(d, id, e.event, judged);
      }
    }
    emit(id, word(effect));
    if (*event == charter::Event::duplicate_suspected && e.packet) {
      take_suspicion(d, e, id);
    }
    if (effect != Effect::note && d.world.state.find(id)->find_hold("LINE.CHANGED", e.event) == nullptr) {
      d.open_hold(id, {"LINE.CHANGED", Outcome::hold, e.event, {{"source", e.source}}, ""});
    }
  }
  if (!any) {
    emit(std::nullopt, "unrelated");
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const ClearHold& e) {
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("hold.clear", e.by, e.packet, std::move(code), std::move(where));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  const Packet* packet = d.world.state.find(e.packet);
  if (packet == nullptr) {
    return refuse("packet_unknown");
  }
  const auto hold = packet->holds.find(e.hold);
  if (hold == packet->holds.end()) {
    return refuse("hold_unknown");
  }
  const charter::HoldCode* code = charter::find_hold_code(hold->second.code);
  if (code == nullptr || (code->clears & charter::clear::person) == 0) {
    return refuse("hold_not_clearable", hold->second.clears);
  }
  const charter::Charter* charter = d.world.active_charter(packet->lane);
  const LaneRoster* roster = d.world.active_roster(packet->lane);
  if (charter == nullptr || roster == nullptr) {
    return refuse("GOV.CHARTER");
  }
  const auto rule = charter->holds.codes.find(hold->second.code);
  const charter::Names& roles = rule != charter->holds.codes.end() && rule->second.clear_roles
                                    ? *rule->second.clear_roles
                                    : charter->holds.clear_roles;
  std::set<PersonId> able;
  for (const std::string& role : roles) {
    able.merge(holders(*roster, role, d.now));
  }
  if (!able.contains(*person)) {
    return refuse("role_missing");
  }
  // Whoever's act opened it does not clear it alone where somebody else could (charter.md 3.5).
  const Account* opener = hold->second.opener ? d.world.state.account(*hold->second.opener) : nullptr;
  const bool by_opener = opener != nullptr && (opener->person == *person || opener->operator_ == *person);
  if (by_opener && able.size() > 1) {
    return refuse("hold_opener");
  }
  if (e.body.empty()) {
    return refuse("evidence_missing");
  }
  Report report = evaluate(d.world, e.packet, d.now);
  const bool still = std::ranges::any_of(report, [&](const CheckLine& line) {
    return line.code == hold->second.code && line.subject == hold->second.subject &&
           line.outcome == Outcome::hold &&
           line.saw.find("latched") == nullptr; // computed, not only remembered
  });
  if (still) {
    return refuse("hold_still_so", hold->second.subject);
  }
  d.emit(packet::HoldCleared{e.packet, e.hold, "person", std::nullopt, *person}, e.body, unit_of(e.packet));
  return std::move(d.out);
}

} // namespace sallyport::gate
