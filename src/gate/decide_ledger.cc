// T21: what people do not agree about, and what scans find, goes into the ledger and leaves it by a person's
// act alone. Whatever changes the ledger voids the manifest that is in review: people signed over another
// one.
#include "gate/deciding.h"
#include "gate/ledger.h"
#include "gate/workspace.h"

#include "packet/names.h"

#include <algorithm>
#include <array>

namespace sallyport::gate {
namespace {

constexpr const char* ledger_changed = "ledger_changed";

bool is_status(const std::string& status) {
  return status == "suspected" || status == "confirmed" || status == "disputed";
}

// Null where the packet's ledger has no such item that is open.
const Item* open_item(const Workspace& workspace, const ItemId& id) {
  const auto at = workspace.ledger.items.find(id);
  return at == workspace.ledger.items.end() || !at->second.open() ? nullptr : &at->second;
}

const ScanState* scan_at(const State& state, LeafNumber leaf) {
  for (const auto& [dump, scans] : state.scans) {
    const auto at = std::ranges::find(scans, leaf, &ScanState::leaf);
    if (at != scans.end()) {
      return &*at;
    }
  }
  return nullptr;
}

// How many hits of the class a scan left; none where there is no such scan.
std::uint32_t left_by(const State& state, LeafNumber scan, const std::string& exposure) {
  const ScanState* at = scan_at(state, scan);
  const auto left = at == nullptr ? std::map<std::string, std::uint32_t>::const_iterator{}
                                  : at->facts.residual.find(exposure);
  return at == nullptr || left == at->facts.residual.end() ? 0 : left->second;
}

// What is open about a cell of fragment and class: by the ledger, and by what this decision adds to it.
struct OpenCell {
  ItemId id;
  std::string status;
  LeafNumber cause = 0;
};

std::optional<OpenCell> open_cell(const Deciding& d, const Workspace& workspace, const NewFinding& finding) {
  std::optional<OpenCell> out;
  for (const auto& [id, item] : workspace.ledger.items) {
    if (item.open() && item.kind == "finding" && item.subject == finding.subject &&
        item.exposure == finding.exposure && (!out || item.status == "confirmed")) {
      out = {id, item.status.value_or(""), item.cause};
    }
  }
  for (const Drafted& drafted : d.out.records) {
    const auto* opened = std::get_if<packet::FindingOpened>(&drafted.record);
    if (opened != nullptr && opened->subject == finding.subject && opened->exposure == finding.exposure) {
      out = {opened->finding, opened->status, opened->cause};
    }
  }
  return out;
}

const Workspace& workspace_of(const Deciding& d, const PacketId& id) {
  return *d.world.state.find(id)->workspace;
}

const charter::Charter& charter_of(const Deciding& d, const PacketId& id) {
  return *d.world.active_charter(d.world.state.find(id)->lane);
}

// Whether the finding rests on a scan of a dump that its subject, as the head has it, is no part of.
bool is_of_another_dump(const Deciding& d, const PacketId& id, const NewFinding& finding) {
  const ScanState* cause = scan_at(d.world.state, finding.cause);
  const Dossier* dossier = d.world.state.find(id)->head ? d.world.dossier(id) : nullptr;
  if (cause == nullptr || dossier == nullptr || dossier->revision.co == nullptr) {
    return false;
  }
  const auto& fragments = dossier->revision.co->fragments;
  return std::ranges::any_of(fragments, [&](const auto& known) {
    return finding.subject == "/fragments/" + known.first && known.second.dump != cause->facts.dump;
  });
}

// Whether the person holds one of the roles that end holds.
bool may_clear(const Deciding& d, const PacketId& id, const PersonId& person) {
  const Packet& packet = *d.world.state.find(id);
  return holds_one_of(*d.world.active_roster(packet.lane), person, charter_of(d, id).holds.clear_roles,
                      d.now);
}

} // namespace

std::string open_findings(Deciding& d, const AccountId& by, const PacketId& id,
                          const std::vector<NewFinding>& findings) {
  const Workspace& workspace = workspace_of(d, id);
  for (const NewFinding& finding : findings) {
    if (!is_status(finding.status) || !packet::is_name(finding.exposure)) {
      return "finding_malformed";
    }
    if (std::string code = why_no_subject(d.world, id, finding.subject); !code.empty()) {
      return code;
    }
    if (finding.cause != 0 && scan_at(d.world.state, finding.cause) == nullptr) {
      return "scan_unknown";
    }
    // One item for a cell. It is opened again where more is known: that the leak is confirmed, or a scan that
    // left more of it.
    const auto open = open_cell(d, workspace, finding);
    const bool confirmed = open && finding.status == "confirmed" && open->status != "confirmed";
    const bool more = open && left_by(d.world.state, finding.cause, finding.exposure) >
                                  left_by(d.world.state, open->cause, finding.exposure);
    if (open && !confirmed && !more) {
      continue;
    }
    packet::FindingOpened record{id,
                                 open ? open->id : ItemId::from_random(d.draws.take(), "fi"),
                                 finding.subject,
                                 finding.exposure,
                                 open && !confirmed ? open->status : finding.status,
                                 open ? std::max(open->cause, finding.cause) : finding.cause,
                                 by};
    if (!fits(record)) {
      return "finding_malformed";
    }
    d.emit(std::move(record), finding.body, unit_of(id));
  }
  return "";
}

Decision decide_one(Deciding& d, const OpenFinding& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("finding.open", e.by, e.packet, std::move(code));
  };
  const Account* account = d.account(e.by);
  const Packet* packet = d.world.state.find(e.packet);
  if (account != nullptr && account->kind == "service") { // the scanner
    if (packet == nullptr || !packet->open() || !packet->workspace) {
      return refuse(packet == nullptr ? "packet_unknown"
                    : packet->open()  ? "workspace_none"
                                      : "packet_closed");
    }
  } else if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  } else if (e.finding.status == "confirmed" && !may_clear(d, e.packet, *d.person(e.by))) {
    return refuse("role_missing"); // as of whoever judges one
  } else if (is_of_another_dump(d, e.packet, e.finding)) {
    return refuse("scan_unknown");
  }
  if (std::string code = open_findings(d, e.by, e.packet, {e.finding}); !code.empty()) {
    return refuse(std::move(code));
  }
  if (!d.out.records.empty()) {
    d.void_reviewed(e.packet, ledger_changed);
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const JudgeFinding& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("finding.judge", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Item* item = open_item(workspace_of(d, e.packet), e.finding);
  if (item == nullptr || item->kind != "finding") {
    return refuse("item_unknown");
  }
  if (!may_clear(d, e.packet, *d.person(e.by))) {
    return refuse("role_missing");
  }
  if (!is_status(e.status) || e.status == item->status) {
    return refuse("finding_malformed");
  }
  if (item->status == "confirmed") {
    return refuse("finding_confirmed"); // it can only be fixed
  }
  if (e.body.empty()) {
    return refuse("reason_missing");
  }
  d.emit(packet::FindingJudged{e.packet, e.finding, e.status, *d.person(e.by), e.by}, e.body,
         unit_of(e.packet));
  d.void_reviewed(e.packet, ledger_changed);
  return std::move(d.out);
}

// Only a newer scan of a newer revision of the dump, and a person (B07).
Decision decide_one(Deciding& d, const FixFinding& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("finding.fix", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Item* item = open_item(workspace_of(d, e.packet), e.finding);
  if (item == nullptr || item->kind != "finding") {
    return refuse("item_unknown");
  }
  if (!may_clear(d, e.packet, *d.person(e.by))) {
    return refuse("role_missing");
  }
  const ScanState* found = scan_at(d.world.state, item->cause);
  const ScanState* scan = scan_at(d.world.state, e.scan);
  if (found == nullptr || scan == nullptr) {
    return refuse("scan_unknown");
  }
  const auto left = scan->facts.residual.find(*item->exposure);
  const bool newer =
      scan->leaf > item->cause && scan->facts.dump == found->facts.dump && scan->facts.rev > found->facts.rev;
  const bool last = d.world.state.scans.at(scan->facts.dump).back().leaf == scan->leaf;
  const bool whole = scan->facts.unaccounted == 0 && scan->facts.budgets_hit == 0;
  if (!newer || !last || !whole || left == scan->facts.residual.end() || left->second != 0) {
    return refuse("finding_still_so");
  }
  d.emit(packet::FindingFixed{e.packet, e.finding, e.scan, *d.person(e.by), e.by});
  d.void_reviewed(e.packet, ledger_changed);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RaiseObjection& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("objection.raise", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  if (!charter_of(d, e.packet).ledger->categories.contains(e.category)) {
    return refuse("category_unknown");
  }
  if (e.body.empty()) {
    return refuse("reason_missing");
  }
  const auto& flags = workspace_of(d, e.packet).flags;
  const auto flag = e.flag ? std::ranges::find(flags, *e.flag, &Flag::leaf) : flags.end();
  if (e.flag && (flag == flags.end() || flag->status != "open")) {
    return refuse("flag_unknown");
  }
  packet::ObjectionRaised record{
      e.packet, ItemId::from_random(d.draws.take()), e.category, e.subject, *d.person(e.by), e.by, e.stub,
      e.flag};
  if (std::string code = why_no_subject(d.world, e.packet, e.subject); !code.empty()) {
    return refuse(std::move(code));
  }
  if ((e.stub && !packet::is_name(*e.stub)) || !fits(record)) {
    return refuse("subject_malformed");
  }
  d.emit(std::move(record), e.body, unit_of(e.packet));
  d.void_reviewed(e.packet, ledger_changed);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const AnswerObjection& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("objection.answer", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Item* item = open_item(workspace_of(d, e.packet), e.item);
  if (item == nullptr || item->kind == "boundary") {
    return refuse("item_unknown");
  }
  if (e.body.empty()) {
    return refuse("reason_missing");
  }
  d.emit(packet::ObjectionAnswered{e.packet, e.item, *d.person(e.by), e.by}, e.body, unit_of(e.packet));
  d.void_reviewed(e.packet, ledger_changed);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const AgreeItem& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("item.agree", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Item* item = open_item(workspace_of(d, e.packet), e.item);
  if (item == nullptr) {
    return refuse("item_unknown");
  }
  if (item->raiser != *d.person(e.by)) {
    return refuse("not_raiser");
  }
  if (item->agreed) {
    return refuse("already_agreed");
  }
  d.emit(packet::ItemAgreed{e.packet, e.item, *d.person(e.by), e.by});
  d.void_reviewed(e.packet, ledger_changed);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const WithdrawObjection& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("objection.withdraw", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Item* item = open_item(workspace_of(d, e.packet), e.item);
  if (item == nullptr || item->kind != "objection") {
    return refuse("item_unknown");
  }
  if (item->raiser != *d.person(e.by)) {
    return refuse("not_raiser");
  }
  d.emit(packet::ObjectionWithdrawn{e.packet, e.item, *d.person(e.by), e.by});
  d.void_reviewed(e.packet, ledger_changed);
  return std::move(d.out);
}

namespace {

// Why the item does not end that way. Nobody but its raiser settles an objection (B18).
std::string why_not_resolved(const Deciding& d, const ResolveItems& e, const ItemId& id) {
  const Packet& packet = *d.world.state.find(e.packet);
  const Item* item = open_item(*packet.workspace, id);
  if (item == nullptr || item->kind == "boundary") {
    return "item_unknown";
  }
  const bool settled = item->agreed || item->raiser == *d.person(e.by);
  if (e.code == "subject_removed") { // whether it is gone is seen at the seal, and until then it holds
    const bool can_leave = item->kind != "conflict" && packet::is_content(item->subject);
    // The same bytes may come back by another name: a confirmed leak ends by a newer scan alone.
    return item->status == "confirmed" ? "finding_confirmed" : can_leave ? "" : "subject_stays";
  }
  if (e.code == "agreed") {
    if (item->kind == "conflict") {
      return still_contrary(d.world, e.packet, *item, d.now) ? "conflict_still_so" : "";
    }
    return item->kind == "objection" && settled ? "" : "not_raiser";
  }
  const Item* of = e.of ? open_item(*packet.workspace, *e.of) : nullptr;
  if (of == nullptr || *e.of == id || of->category != item->category || item->kind != "objection") {
    return "duplicate_unsound";
  }
  return settled ? "" : "not_raiser";
}

} // namespace

Decision decide_one(Deciding& d, const ResolveItems& e) {
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("items.resolve", e.by, e.packet, std::move(code), std::move(where));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  static constexpr std::array codes{"agreed", "subject_removed", "duplicate_of"};
  if (std::ranges::find(codes, e.code) == codes.end() || (e.code == "duplicate_of") != e.of.has_value()) {
    return refuse("resolve_code");
  }
  if (e.body.empty()) {
    return refuse("reason_missing");
  }
  packet::ItemsResolved record{e.packet, e.items, e.code, e.of, *d.person(e.by), e.by};
  std::ranges::sort(record.items);
  const auto [first, last] = std::ranges::unique(record.items);
  record.items.erase(first, last);
  for (const ItemId& item : record.items) {
    if (std::string code = why_not_resolved(d, e, item); !code.empty()) {
      return refuse(std::move(code), item.str());
    }
  }
  if (record.items.empty() || !fits(record)) {
    return refuse("item_unknown");
  }
  d.emit(std::move(record), e.body, unit_of(e.packet));
  d.void_reviewed(e.packet, ledger_changed);
  return std::move(d.out);
}

// All of them stay, and people decide (RB-6). Whoever comes later joins the item: what was accepted of it
// before was accepted of another one.
bool contradict(Deciding& d, const Ledger& ledger, const packet::InstructionGiven& given,
                const std::string& category, LeafNumber own) {
  constexpr std::size_t between_max = 64; // they stand in one leaf
  static constexpr const char* code = "LEDG.INSTRUCTION_CONFLICT";
  packet::ConflictOpened record{given.packet, {}, code, category, given.subject, {}};
  bool contrary = false;
  for (const Instruction& other : ledger.instructions) {
    if (other.subject == given.subject && !other.withdrawn) {
      contrary = contrary || other.stance != given.stance;
      if (record.between.size() + 1 < between_max) {
        record.between.push_back(other.leaf);
      }
    }
  }
  if (!contrary) {
    return false;
  }
  record.between.push_back(own);
  const auto open = std::ranges::find_if(ledger.items, [&](const auto& at) {
    return at.second.open() && at.second.code == code && at.second.subject == given.subject;
  });
  if (open == ledger.items.end()) {
    record.item = ItemId::from_random(d.draws.take());
  } else {
    record.item = open->first;
    record.category = open->second.category;
  }
  d.emit(std::move(record));
  return true;
}

Decision decide_one(Deciding& d, const GiveInstruction& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("instruction.give", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  if (e.stance != "include" && e.stance != "exclude") {
    return refuse("stance_unknown");
  }
  if (!charter_of(d, e.packet).ledger->categories.contains(e.category)) {
    return refuse("category_unknown");
  }
  packet::InstructionGiven record{e.packet, e.subject,    e.stance,    *d.person(e.by),
                                  e.by,     std::nullopt, std::nullopt};
  if (std::string code = why_no_subject(d.world, e.packet, e.subject); !code.empty()) {
    return refuse(std::move(code));
  }
  if (!fits(record)) {
    return refuse("subject_malformed");
  }
  const LeafNumber own = d.next();
  d.emit(record, e.body, unit_of(e.packet));
  if (contradict(d, workspace_of(d, e.packet).ledger, record, e.category, own)) {
    d.void_reviewed(e.packet, ledger_changed);
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const WithdrawInstruction& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("instruction.withdraw", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const auto& instructions = workspace_of(d, e.packet).ledger.instructions;
  const auto at = std::ranges::find(instructions, e.instruction, &Instruction::leaf);
  if (at == instructions.end() || at->withdrawn) {
    return refuse("instruction_unknown");
  }
  if (at->person != *d.person(e.by)) {
    return refuse("not_raiser");
  }
  d.emit(packet::InstructionWithdrawn{e.packet, e.instruction, *d.person(e.by), e.by});
  return std::move(d.out);
}

} // namespace sallyport::gate
