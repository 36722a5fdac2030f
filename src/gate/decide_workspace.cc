// T02 and T03: a workspace is opened, people and agents propose edits, section owners take or reject them,
// and the release owner seals what was agreed on. What agents do here moves nothing but what people then look
// at.
#include "gate/deciding.h"
#include "gate/ledger.h"
#include "gate/lineage.h"
#include "gate/retention.h"
#include "gate/scope.h"
#include "gate/words_taken.h"
#include "gate/workspace.h"

#include "packet/names.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

using packet::Reason;

// The release owner: who is named, where the charter lets them; else the one who can be.
std::optional<PersonId> owner_of(const Deciding& d, const OpenWorkspace& e, const charter::Charter& charter,
                                 const LaneRoster& roster) {
  const charter::ReleaseOwner& rule = charter.ledger->owner;
  const std::set<PersonId> able = holders(roster, rule.role, d.now);
  const std::optional<PersonId> named = rule.principal ? rule.principal : e.owner;
  if (named) {
    const bool sound = able.contains(*named) && (!e.owner || *e.owner == *named);
    return sound ? named : std::nullopt;
  }
  return able.size() == 1 ? std::optional(*able.begin()) : std::nullopt;
}

// Rejections say why: the drift that the charter names, or one of these.
bool is_rejection(const charter::Charter& charter, const std::string& code) {
  const auto drift = charter::from_word<charter::DriftTopic>(code);
  return std::ranges::find(rejections, code) != rejections.end() ||
         (drift && charter.agents.drift.contains(*drift));
}

// Why what was sealed is not what the workspace came to.
std::vector<Reason> against_workspace(const Deciding& d, const PacketId& id, const Packet& packet,
                                      const packet::Revision& revision) {
  std::vector<Reason> reasons;
  const Workspace& workspace = *packet.workspace;
  const charter::Charter& charter = *d.world.active_charter(packet.lane);
  const packet::Coproduced& co = *revision.co;
  const auto unless = [&](bool is, const char* code, std::string where) {
    if (!is) {
      reasons.push_back({code, std::move(where)});
    }
  };
  for (const auto& [section, role] : charter.ledger->sections) {
    unless(section_owner(d.world, packet, section, d.now) != nullptr, "LEDG.UNOWNED", "/sections/" + section);
  }
  const std::optional<Digest> before = packet.head            ? std::optional(packet.head->digest)
                                       : packet.spent.empty() ? std::nullopt
                                                              : std::optional(packet.spent.back().digest);
  const bool follows = before
                           ? revision.predecessors.size() == 1 && revision.predecessors[0].digest == *before
                           : revision.predecessors.empty();
  unless(revision.packet == id && revision.number == packet.last_number() + 1 && follows, "revision_stale",
         "");
  unless(revision.lane == packet.lane, "LANE.MISMATCH", "/lane");
  unless(co.sections == sealed_sections(workspace), "revision_stale", "/sections");
  unless(co.provenance == sealed_provenance(workspace), "revision_stale", "/provenance");
  unless(co.continues == workspace.continues, "revision_stale", "/continues");
  // INV-34: every item ever raised, as the log has it, and nothing since.
  unless(co.ledger == sealed_ledger(workspace.ledger), "LEDG.LOST", "/ledger");
  unless(co.ledger_at == workspace.ledger.items_at, "revision_stale", "/ledger_at");
  for (const auto& [item, state] : workspace.ledger.items) {
    const bool removed = state.resolution && state.resolution->code == "subject_removed";
    unless(!removed || packet::has_left(co, state.subject), "subject_still_there", item.str());
  }
  for (const auto& [fragment, sealed] : co.fragments) {
    unless(!is_erased(d.world.state, id, fragment), "unit_erased", "/fragments/" + fragment); // INV-47
    unless(d.world.state.last_scan(sealed.dump, sealed.rev) != nullptr, "MIN.UNSCANNED",
           "/fragments/" + fragment);
  }
  return reasons;
}

} // namespace

std::string why_no_part(const Deciding& d, const AccountId& by, const PacketId& id) {
  const auto person = d.person(by);
  if (!person) {
    return d.why_not_person(by);
  }
  const Packet* packet = d.world.state.find(id);
  if (packet == nullptr) {
    return "packet_unknown";
  }
  if (!packet->open()) {
    return "packet_closed";
  }
  if (!packet->workspace) {
    return "workspace_none";
  }
  const charter::Charter* charter = d.world.active_charter(packet->lane);
  if (charter == nullptr || !charter->ledger || d.world.active_roster(packet->lane) == nullptr) {
    return "GOV.CHARTER";
  }
  return involved(d.world, id, *person, d.now) ? "" : "role_missing";
}

Decision decide_one(Deciding& d, const OpenWorkspace& e) {
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("workspace.open", e.by, {}, std::move(code), std::move(where));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  if (d.world.state.packets.contains(e.packet)) {
    return refuse("packet_exists");
  }
  const charter::Charter* charter = d.world.active_charter(e.lane);
  const LaneRoster* roster = d.world.active_roster(e.lane);
  if (charter == nullptr || roster == nullptr) {
    return refuse("lane_unknown");
  }
  if (!charter->ledger) {
    return refuse("flow_other");
  }
  const bool granted = std::ranges::any_of(roster->roster.grants, [&](const packet::Grant& grant) {
    return grant.person == *person && d.now >= grant.from && d.now < grant.until;
  });
  if (!granted) {
    return refuse("role_missing");
  }
  for (const auto& [section, owner] : e.sections) {
    const auto role = charter->ledger->sections.find(section);
    if (role == charter->ledger->sections.end()) {
      return refuse("section_unknown", "/sections");
    }
    if (!holds_role(*roster, owner, role->second, d.now)) {
      return refuse("section_role", "/sections/" + section);
    }
  }
  const auto owner = owner_of(d, e, *charter, *roster);
  if (!owner) {
    return refuse("GOV.OWNER_AMBIGUOUS", "/owner");
  }
  for (std::size_t row = 0; row < charter->lineage.case_keys.size(); ++row) {
    if (row >= e.cases.size() || e.cases[row].empty()) {
      return refuse("lineage_keys", "/lineage/case_keys/" + std::to_string(row));
    }
  }
  packet::WorkspaceOpened record{.packet = e.packet,
                                 .lane = e.lane,
                                 .charter = *d.world.state.lanes.at(e.lane).charter,
                                 .sections = e.sections,
                                 .owner = *owner,
                                 .person = *person,
                                 .account = e.by};
  if (std::ranges::any_of(charter->signers.accepts, [](const charter::Acceptance& row) {
        return row.item_kind == charter::item_symbolization_boundary;
      })) {
    record.boundary = ItemId::from_random(d.draws.take());
  }
  d.emit(std::move(record), e.body, unit_of(e.packet));
  hold_duplicates(d, e.packet, e.lane, e.cases);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const AssignSection& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("section.assign", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  const charter::Charter& charter = *d.world.active_charter(packet.lane);
  const auto role = charter.ledger->sections.find(e.section);
  if (role == charter.ledger->sections.end()) {
    return refuse("section_unknown");
  }
  if (*d.person(e.by) != packet.workspace->owner) {
    return refuse("not_owner");
  }
  if (!holds_role(*d.world.active_roster(packet.lane), e.owner, role->second, d.now)) {
    return refuse("section_role");
  }
  d.emit(packet::SectionAssigned{e.packet, e.section, e.owner, *d.person(e.by), e.by});
  return std::move(d.out);
}

namespace {

// Whether the section had that version at some time.
bool was_version(const Workspace& workspace, const std::string& section, LeafNumber base) {
  const SectionState& state = workspace.sections.at(section);
  return base == state.version || (base == workspace.opened && base < state.version) ||
         std::ranges::any_of(workspace.edits, [&](const auto& edit) {
           return edit.second.section == section && edit.second.status == "accepted" &&
                  edit.second.decided == base;
         });
}

// Whether this account may prepare in the packet: a person who takes part, or an agent that the charter lets.
std::string why_not_prepare(const Deciding& d, const AccountId& by, const PacketId& id, bool lets) {
  const Account* account = d.account(by);
  if (account == nullptr || account->kind != "agent") {
    return why_no_part(d, by, id);
  }
  const Packet* packet = d.world.state.find(id);
  if (packet == nullptr || !packet->open() || !packet->workspace) {
    return packet == nullptr ? "packet_unknown" : packet->open() ? "workspace_none" : "packet_closed";
  }
  const charter::Charter* charter = d.world.active_charter(packet->lane);
  if (charter == nullptr || !charter->ledger) {
    return "GOV.CHARTER";
  }
  if (!lets || !account->operator_) {
    return "verb_not_allowed";
  }
  if (!involved(d.world, id, *account->operator_, d.now)) {
    return "role_missing"; // an agent comes no further than the person who answers for it
  }
  return over_rate(*packet, *charter, by, d.now) ? "agent_rate" : "";
}

const charter::Charter* charter_if_any(const Deciding& d, const PacketId& id) {
  const Packet* packet = d.world.state.find(id);
  return packet == nullptr ? nullptr : d.world.active_charter(packet->lane);
}

} // namespace

Decision decide_one(Deciding& d, const ProposeEdit& e) {
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("edit.propose", e.by, e.packet, std::move(code), std::move(where));
  };
  const charter::Charter* charter = charter_if_any(d, e.packet);
  const bool lets = charter != nullptr && charter->agents.edit == charter::AgentEdit::propose;
  if (std::string code = why_not_prepare(d, e.by, e.packet, lets); !code.empty()) {
    return refuse(std::move(code));
  }
  const Workspace& workspace = *d.world.state.find(e.packet)->workspace;
  if (workspace.edits.contains(e.edit)) {
    return refuse("edit_exists");
  }
  if (!workspace.sections.contains(e.section)) {
    return refuse(charter->ledger->sections.contains(e.section) ? "LEDG.UNOWNED" : "section_unknown");
  }
  if (!was_version(workspace, e.section, e.base)) {
    return refuse("base_unknown");
  }
  const canon::Value* said = e.body.find("ops");
  const auto ops = said == nullptr ? fail(ErrorCode::malformed, "/ops", "") : packet::read_ops(*said);
  if (!ops) {
    return refuse("edit_malformed", ops.error().where);
  }
  const Account& account = *d.account(e.by);
  packet::EditProposed record{e.packet, e.edit, e.section, e.base, packet::touches_of(*ops),
                              e.by,     {},     false,     {}};
  record.machine = account.kind == "agent";
  record.by = record.machine ? *account.operator_ : *account.person;
  for (const EditId& answered : e.answers) {
    const auto other = workspace.edits.find(answered);
    if (other == workspace.edits.end() || other->second.status != "proposed" ||
        other->second.section != e.section) {
      return refuse("edit_unknown", "/answers");
    }
  }
  if (!e.answers.empty()) {
    record.answers = e.answers;
  }
  if (!fits(record)) {
    return refuse("packet_too_large");
  }
  d.emit(std::move(record), e.body, unit_of(e.packet));
  return std::move(d.out);
}

namespace {

// The edit, waiting, and the person its section's owner: a refusal's code where it is not so.
std::string why_not_decide(const Deciding& d, const AccountId& by, const PacketId& id, const EditId& edit) {
  if (std::string code = why_no_part(d, by, id); !code.empty()) {
    return code;
  }
  const Packet& packet = *d.world.state.find(id);
  const auto at = packet.workspace->edits.find(edit);
  if (at == packet.workspace->edits.end()) {
    return "edit_unknown";
  }
  if (at->second.status != "proposed") {
    return "edit_decided";
  }
  const PersonId* owner = section_owner(d.world, packet, at->second.section, d.now);
  if (owner == nullptr) {
    return "LEDG.UNOWNED";
  }
  return *owner == *d.person(by) ? "" : "not_section_owner";
}

} // namespace

Decision decide_one(Deciding& d, const AcceptEdit& e) {
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("edit.accept", e.by, e.packet, std::move(code), std::move(where));
  };
  if (std::string code = why_not_decide(d, e.by, e.packet, e.edit); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  const Workspace& workspace = *packet.workspace;
  const EditState& edit = workspace.edits.at(e.edit);
  if (const auto by = overtaken_by(workspace, edit); !by.empty()) {
    return refuse("edit_overtaken", by.begin()->str());
  }
  for (const EditId& other : e.beside) {
    if (!workspace.edits.contains(other)) {
      return refuse("edit_unknown", "/beside");
    }
  }
  const PersonId person = *d.person(e.by);
  packet::EditAccepted record{e.packet, e.edit, edit.section, workspace.sections.at(edit.section).version,
                              person,   e.by,   std::nullopt};
  if (!e.beside.empty()) {
    record.beside = e.beside;
  }
  d.emit(std::move(record));
  for (const EditId& answered : edit.answers) { // it was made to stand for these
    if (workspace.edits.at(answered).status == "proposed") {
      d.emit(packet::EditRejected{e.packet, answered, edit.section, "superseded", person, e.by});
    }
  }
  if (std::string code = open_findings(d, e.by, e.packet, e.findings); !code.empty()) {
    return refuse(std::move(code), "/findings");
  }
  // What was sealed is no longer what they agreed on, until it is sealed again.
  d.void_manifests(e.packet, "edit_accepted");
  const std::string subject = "/working/" + std::to_string(packet.last_number() + 1);
  if (packet.last_number() != 0 && packet.find_hold("LINE.CHANGED", subject) == nullptr) {
    d.open_hold(e.packet, {"LINE.CHANGED", Outcome::hold, subject, {{"edit", e.edit.str()}}, ""});
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RejectEdit& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("edit.reject", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_not_decide(d, e.by, e.packet, e.edit); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  if (!is_rejection(*d.world.active_charter(packet.lane), e.code)) {
    return refuse("rejection_code");
  }
  packet::EditRejected record{e.packet, e.edit,          packet.workspace->edits.at(e.edit).section,
                              e.code,   *d.person(e.by), e.by};
  if (e.body.empty()) {
    d.emit(std::move(record));
  } else {
    d.emit(std::move(record), e.body, unit_of(e.packet));
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const SealWorkspace& e) {
  const auto refuse = [&](std::vector<Reason> reasons) {
    return d.refuse("revision.seal", e.by, e.packet, std::move(reasons));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse({{std::move(code), ""}});
  }
  const Packet& packet = *d.world.state.find(e.packet);
  if (*d.person(e.by) != packet.workspace->owner) {
    return refuse({{"not_owner", ""}});
  }
  if (!e.sealed.revision.co) {
    return refuse({{"revision_stale", ""}});
  }
  const charter::Charter& charter = *d.world.active_charter(packet.lane);
  std::vector<Reason> reasons = against_workspace(d, e.packet, packet, e.sealed.revision);
  std::ranges::move(against_charter(e.sealed, charter), std::back_inserter(reasons));
  if (!reasons.empty()) {
    return refuse(std::move(reasons));
  }
  const packet::Coproduced& co = *e.sealed.revision.co;
  packet::RevisionSealed record;
  record.packet = e.packet;
  if (packet.head) {
    record.spent = packet.head->digest;
  }
  record.facts = facts_of(e.sealed, *d.world.state.lanes.at(packet.lane).charter, e.by);
  record.facts.authors = {packet.authors.begin(), packet.authors.end()};
  record.facts.ledger_at = co.ledger_at;
  record.facts.pending = 0;
  for (const auto& [section, sealed] : co.sections) {
    *record.facts.pending += sealed.pending;
  }
  record.facts.fragments = static_cast<std::uint32_t>(co.fragments.size());
  if (!fits(record)) {
    return refuse({{"packet_too_large", ""}});
  }
  d.void_manifests(e.packet, "superseded");
  d.emit(std::move(record), e.sealed.body, unit_of(e.packet));
  hold_duplicates(d, e.packet, packet.lane, e.sealed.dossier.cases);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RequestSymbols& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("symbolization.request", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  const auto* level = level_dimension(*d.world.active_charter(packet.lane));
  if (level == nullptr || !is_of(level->second, packet::Bound{e.level})) {
    return refuse("level_unknown");
  }
  if (!packet::is_item_id(e.request)) {
    return refuse("request_malformed");
  }
  const Dossier* head = packet.head ? d.world.dossier(e.packet) : nullptr;
  if (packet.workspace->refused.contains(e.request) ||
      (head != nullptr && head->revision.co != nullptr &&
       head->revision.co->symbolization.requests.contains(e.request))) {
    return refuse("request_exists"); // what was answered once is not asked again under the same name
  }
  std::optional<packet::Bound> bound = max_of(level->second);
  if (!bound && head != nullptr) {
    const auto& declared = head->revision.bounds;
    bound = declared.contains(level->first) ? std::optional(declared.at(level->first)) : std::nullopt;
  }
  const auto inside = bound ? within(level->second, packet::Bound{e.level}, *bound) : std::nullopt;
  if (!inside) {
    return refuse("SCOPE.UNDEFINED");
  }
  if (!*inside) { // listed, and never fulfilled
    d.emit(packet::SymbolizationRefused{e.packet, e.request, e.level, std::get<std::string>(bound->value),
                                        "SCOPE.EXCEEDS", *d.person(e.by), e.by},
           e.body, unit_of(e.packet));
  }
  return std::move(d.out);
}

// ---- what agents have people look at

Decision decide_one(Deciding& d, const RaiseFlag& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("flag.raise", e.by, e.packet, std::move(code));
  };
  const Account* account = d.account(e.by);
  if (account != nullptr && account->kind != "agent") {
    return refuse("flag_by_agent"); // people raise objections
  }
  const charter::Charter* charter = charter_if_any(d, e.packet);
  const bool lets = charter != nullptr && charter->agents.allow.contains(charter::AgentVerb::flag);
  if (std::string code = why_not_prepare(d, e.by, e.packet, lets); !code.empty()) {
    return refuse(std::move(code));
  }
  if (!charter->ledger->categories.contains(e.category)) {
    return refuse("category_unknown");
  }
  packet::FlagRaised record{e.packet, e.subject, e.category, e.by, *account->operator_};
  if (std::string code = why_no_subject(d.world, e.packet, e.subject); !code.empty()) {
    return refuse(std::move(code));
  }
  if (!fits(record)) {
    return refuse("packet_too_large");
  }
  d.emit(std::move(record), e.body, unit_of(e.packet));
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const DismissFlag& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("flag.dismiss", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Workspace& workspace = *d.world.state.find(e.packet)->workspace;
  const auto flag = std::ranges::find(workspace.flags, e.flag, &Flag::leaf);
  if (flag == workspace.flags.end() || flag->status != "open") {
    return refuse("flag_unknown");
  }
  if (!packet::is_name(e.code)) {
    return refuse("code_malformed");
  }
  d.emit(packet::FlagDismissed{e.packet, e.flag, e.code, *d.person(e.by), e.by}, e.body, unit_of(e.packet));
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RecordActivity& e) {
  const Account* account = d.account(e.agent);
  if (account == nullptr || account->kind != "agent" || !account->operator_) {
    d.out.refused = {{"account_unknown", ""}};
    return std::move(d.out);
  }
  d.emit(packet::AgentActivity{e.agent, *account->operator_, e.minute, e.requests});
  return std::move(d.out);
}

} // namespace sallyport::gate
