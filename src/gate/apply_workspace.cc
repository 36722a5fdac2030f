#include "gate/apply_workspace.h"

#include "gate/acts.h"

#include "canon/json.h"
#include "charter/codes.h"
#include "crypto/digest.h"
#include "packet/statement.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

using namespace packet;

Workspace& workspace_of(State& state, const PacketId& id) {
  Packet& packet = state.packets.at(id);
  SP_ASSERT(packet.workspace.has_value());
  return *packet.workspace;
}

// The ledger of the packet, with the record noted as its last.
Ledger& changed(State& state, const PacketId& id, const At& at) {
  Ledger& ledger = workspace_of(state, id).ledger;
  ledger.at = at.n;
  ledger.items_at = at.n;
  return ledger;
}

// What a workspace takes over from the one that it continues. What people let cross is open again.
void carry_over(const Packet& from, Packet& to) {
  const Workspace& old = *from.workspace;
  to.authors = from.authors;
  to.carried = from.carried;
  to.workspace->ledger.items = old.ledger.items;
  to.workspace->refused = old.refused;
  for (const Instruction& instruction : old.ledger.instructions) {
    if (!instruction.withdrawn) {
      to.workspace->ledger.instructions.push_back(instruction);
    }
  }
}

} // namespace

void note_prepared(State& state, const PacketId& packet, const AccountId& actor, Instant at) {
  const Account* account = state.account(actor);
  if (account == nullptr || account->kind != "agent") {
    return;
  }
  std::vector<Instant>& acts = state.packets.at(packet).prepared[actor];
  std::erase_if(acts, [&](Instant act) { return at - act >= rate_window; });
  acts.push_back(at);
}

void fold(State& state, const WorkspaceOpened& r, const At& at) {
  Packet& p = state.packets[r.packet];
  p.lane = r.lane;
  p.opened_at = at.time;
  p.workspace.emplace();
  Workspace& workspace = *p.workspace;
  if (r.continues) {
    const Packet& from = state.packets.at(r.continues->packet);
    p.continues = Continues{r.continues->packet, r.continues->digest};
    p.submitter = from.submitter;
    carry_over(from, p);
  } else if (r.account) {
    p.submitter = *r.account;
  }
  for (const auto& [section, role] : r.sections) {
    workspace.sections[section] = {role, at.n};
  }
  workspace.owner = r.owner;
  workspace.continues = r.continues;
  workspace.opened = at.n;
  workspace.boundary = r.boundary;
  if (r.boundary && !workspace.ledger.items.contains(*r.boundary)) {
    Item& item = workspace.ledger.items[*r.boundary];
    item.kind = "boundary";
    item.category = "symbolization_depth";
    item.code = "LEDG.UNADDRESSED";
    item.subject = "/bounds/symbolization";
    item.raised = at.n;
    item.first_opened = at.time;
  }
  workspace.ledger.at = at.n;
  workspace.ledger.items_at = at.n;
  state.open_in_lane[r.lane].insert(r.packet);
}

void fold(State& state, const SectionAssigned& r, const At& at) {
  SectionState& section = workspace_of(state, r.packet).sections[r.section];
  section.owner = r.owner;
  section.version = section.version == 0 ? at.n : section.version;
}

void fold(State& state, const EditProposed& r, const At& at) {
  EditState& edit = workspace_of(state, r.packet).edits[r.edit];
  edit.section = r.section;
  edit.base = r.base;
  edit.touches = r.touches;
  edit.actor = r.actor;
  edit.by = r.by;
  edit.machine = r.machine;
  edit.answers = r.answers.value_or(std::vector<EditId>{});
  edit.at = at.time;
  edit.leaf = at.n;
  note_prepared(state, r.packet, r.actor, at.time);
}

void fold(State& state, const EditAccepted& r, const At& at) {
  Workspace& workspace = workspace_of(state, r.packet);
  EditState& edit = workspace.edits[r.edit];
  edit.status = "accepted";
  edit.decided = at.n;
  edit.decider = r.person;
  workspace.sections[r.section].version = at.n;
  state.packets.at(r.packet).authors.insert(edit.by);
}

void fold(State& state, const EditRejected& r, const At& at) {
  EditState& edit = workspace_of(state, r.packet).edits[r.edit];
  edit.status = "rejected";
  edit.code = r.code;
  edit.decided = at.n;
  edit.decider = r.person;
}

void fold(State& state, const SymbolizationRefused& r, const At&) {
  workspace_of(state, r.packet).refused[r.request] = {r.level, r.bound, r.person};
}

void fold(State& state, const FlagRaised& r, const At& at) {
  workspace_of(state, r.packet)
      .flags.push_back({r.subject, r.category, r.actor, r.operator_, "open", at.time, at.n});
  note_prepared(state, r.packet, r.actor, at.time);
}

void fold(State& state, const FlagDismissed& r, const At&) {
  for (Flag& flag : workspace_of(state, r.packet).flags) {
    if (flag.leaf == r.flag) {
      flag.status = "dismissed";
    }
  }
}

void fold(State&, const AgentActivity&, const At&) {
} // for the figures alone

// Opened again it is the same item, of which more is known: its id and first opening stay.
void fold(State& state, const FindingOpened& r, const At& at) {
  Ledger& ledger = changed(state, r.packet, at);
  const bool again = ledger.items.contains(r.finding);
  Item& item = ledger.items[r.finding];
  item.kind = "finding";
  item.category = "identifier_leakage";
  item.code = "MIN.FINDING";
  item.subject = r.subject;
  item.exposure = r.exposure;
  item.status = r.status;
  item.cause = r.cause;
  item.moved = at.n;
  if (!again) {
    item.raised = at.n;
    item.first_opened = at.time;
  }
}

void fold(State& state, const FindingJudged& r, const At& at) {
  Item& item = changed(state, r.packet, at).items[r.finding];
  item.status = r.status;
  item.moved = at.n;
}

void fold(State& state, const FindingFixed& r, const At& at) {
  Item& item = changed(state, r.packet, at).items[r.finding];
  item.state = "fixed";
  item.resolution = ItemResolution{"fixed", at.n, std::nullopt};
}

void fold(State& state, const ObjectionRaised& r, const At& at) {
  Item& item = changed(state, r.packet, at).items[r.item];
  item.kind = "objection";
  item.category = r.category;
  item.code = "LEDG.UNADDRESSED";
  item.subject = r.subject;
  item.raiser = r.person;
  item.stub = r.stub;
  item.statements = 1;
  item.raised = at.n;
  item.first_opened = at.time;
  for (Flag& flag : workspace_of(state, r.packet).flags) {
    if (r.flag && flag.leaf == *r.flag) {
      flag.status = "raised";
    }
  }
}

void fold(State& state, const ObjectionAnswered& r, const At& at) {
  ++changed(state, r.packet, at).items[r.item].statements;
}

void fold(State& state, const ItemAgreed& r, const At& at) {
  changed(state, r.packet, at).items[r.item].agreed = true;
}

void fold(State& state, const ObjectionWithdrawn& r, const At& at) {
  Item& item = changed(state, r.packet, at).items[r.item];
  item.state = "withdrawn";
  item.resolution = ItemResolution{"withdrawn", at.n, std::nullopt};
}

void fold(State& state, const ItemsResolved& r, const At& at) {
  Ledger& ledger = changed(state, r.packet, at);
  for (const ItemId& id : r.items) {
    ledger.items[id].state = "resolved";
    ledger.items[id].resolution = ItemResolution{r.code, at.n, r.of};
  }
}

// What somebody wants is no item yet: two that contradict each other make one.
void fold(State& state, const InstructionGiven& r, const At& at) {
  workspace_of(state, r.packet).ledger.instructions.push_back({r.subject, r.stance, r.person, false, at.n});
}

void fold(State& state, const InstructionWithdrawn& r, const At&) {
  for (Instruction& instruction : workspace_of(state, r.packet).ledger.instructions) {
    if (instruction.leaf == r.instruction) {
      instruction.withdrawn = true;
    }
  }
}

// Opened again, somebody joined it.
void fold(State& state, const ConflictOpened& r, const At& at) {
  Ledger& ledger = changed(state, r.packet, at);
  const bool again = ledger.items.contains(r.item);
  Item& item = ledger.items[r.item];
  item.kind = "conflict";
  item.category = r.category;
  item.code = r.code;
  item.subject = r.subject;
  item.between = r.between;
  item.moved = at.n;
  if (!again) {
    item.raised = at.n;
    item.first_opened = at.time;
  }
}

void fold(State& state, const WordingProposed& r, const At& at) {
  note_prepared(state, r.packet, r.actor, at.time);
  for (const auto& [item, digest] : r.wordings) {
    workspace_of(state, r.packet).ledger.wordings.emplace(digest, Wording{item, r.by});
  }
}

void fold(State& state, const ItemsAccepted& r, const At& at) {
  const auto act = read_accept(r.act.statement);
  SP_ASSERT(act.has_value() && r.act.sigs.size() == 1);
  Ledger& ledger = workspace_of(state, r.packet).ledger;
  ledger.at = at.n;
  state.packets.at(r.packet).acts.insert(use_of_act(r.act));
  AcceptanceState acceptance{
      r.person, r.account, r.role, r.act.sigs.front().key, crypto::sha256(canon::write(r.act.statement)),
      {},       at.n};
  for (const AcceptedItem& item : act->items) {
    acceptance.items[item.item.str()] = item.wording;
    ledger.wordings.emplace(item.wording, Wording{item.item.str(), r.person}); // kept where it was there
    for (AcceptanceState& earlier : ledger.acceptances) { // a person's last word on an item counts
      if (earlier.person == r.person && earlier.role == r.role) {
        earlier.items.erase(item.item.str());
      }
    }
  }
  ledger.acceptances.push_back(std::move(acceptance));
}

void fold(State& state, const AcceptanceWithdrawn& r, const At& at) {
  Ledger& ledger = changed(state, r.packet, at);
  for (AcceptanceState& acceptance : ledger.acceptances) {
    if (acceptance.leaf == r.acceptance) {
      for (const ItemId& item : r.items) {
        acceptance.items.erase(item.str());
      }
    }
  }
}

void fold(State& state, const ErasureOrdered& r, const At& at) {
  Packet& packet = state.packets.at(r.packet);
  Erasure erasure{r.end_state.value_or(""), r.deadline, at.n, 0};
  if (r.unit) {
    packet.erasures[*r.unit] = std::move(erasure);
  } else {
    packet.own_erasure = std::move(erasure);
  }
}

void fold(State& state, const ErasureDone& r, const At& at) {
  Packet& packet = state.packets.at(r.packet);
  (r.unit ? packet.erasures.at(*r.unit) : *packet.own_erasure).done = at.n;
}

void fold(State& state, const LegalHoldPlaced& r, const At& at) {
  state.packets.at(r.packet).legal_holds.push_back({r.unit, r.person, at.n});
}

void fold(State& state, const LegalHoldLifted& r, const At&) {
  std::erase_if(state.packets.at(r.packet).legal_holds,
                [&](const LegalHold& hold) { return hold.leaf == r.hold; });
}

void drop_acceptances(Packet& packet, LeafNumber n) {
  if (!packet.workspace || packet.workspace->ledger.acceptances.empty()) {
    return;
  }
  Ledger& ledger = packet.workspace->ledger;
  ledger.acceptances.clear();
  ledger.at = n;
  ledger.items_at = n;
}

} // namespace sallyport::gate
