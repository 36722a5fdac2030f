// T22: people let items cross unresolved, in words that they sign. An act of its own beside the signature
// over the manifest, made after the seal and before the review; it falls with the revision.
#include "gate/deciding.h"
#include "gate/ledger.h"
#include "gate/workspace.h"

#include "packet/statement.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

using packet::Reason;

// Digest -> item of encoded wordings; nothing where one of them is none, or of an item that is not there.
std::optional<std::map<std::string, std::string>> open_wordings(const Workspace& workspace,
                                                                const std::vector<std::string>& encoded) {
  std::map<std::string, std::string> out;
  for (const std::string& text : encoded) {
    const auto opening = packet::open_disclosure(text);
    const auto item = opening ? packet::read_wording(*opening) : std::unexpected(opening.error());
    if (!item || !workspace.ledger.items.contains(*item)) {
      return std::nullopt;
    }
    out[opening->digest] = item->str();
  }
  return out;
}

canon::Object body_of(const std::vector<std::string>& encoded) {
  canon::Array list;
  for (const std::string& text : encoded) {
    list.emplace_back(text);
  }
  return {{"wordings", std::move(list)}};
}

} // namespace

Decision decide_one(Deciding& d, const ProposeWordings& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("wording.propose", e.by, e.packet, std::move(code));
  };
  const Account* account = d.account(e.by);
  const Packet* packet = d.world.state.find(e.packet);
  if (account != nullptr && account->kind == "agent") {
    const charter::Charter* charter = packet == nullptr ? nullptr : d.world.active_charter(packet->lane);
    if (packet == nullptr || !packet->open() || !packet->workspace || charter == nullptr) {
      return refuse(packet == nullptr ? "packet_unknown"
                    : packet->open()  ? "workspace_none"
                                      : "packet_closed");
    }
    if (!charter->agents.allow.contains(charter::AgentVerb::normalize_wording) || !account->operator_) {
      return refuse("verb_not_allowed");
    }
    if (over_rate(*packet, *charter, e.by, d.now)) {
      return refuse("agent_rate");
    }
  } else if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const auto wordings = open_wordings(*packet->workspace, e.wordings);
  if (!wordings || wordings->empty()) {
    return refuse("wording_malformed");
  }
  packet::WordingProposed record{
      e.packet, {}, e.by, account->kind == "agent" ? *account->operator_ : *account->person};
  for (const auto& [digest, item] : *wordings) {
    record.wordings[item] = digest;
  }
  if (!fits(record)) {
    return refuse("packet_too_large");
  }
  d.emit(std::move(record), body_of(e.wordings), unit_of(e.packet));
  return std::move(d.out);
}

namespace {

// Why the statement does not accept this item now: a refusal's code, or nothing.
std::string why_not_acceptable(const Deciding& d, const Packet& packet, const packet::AcceptStatement& act,
                               const packet::AcceptedItem& said,
                               const std::map<std::string, std::string>& offered) {
  const charter::Charter& charter = *d.world.active_charter(packet.lane);
  const Ledger& ledger = packet.workspace->ledger;
  const auto item = ledger.items.find(said.item);
  if (item == ledger.items.end() || !item->second.open()) {
    return "item_unknown";
  }
  if (said.as_of != ledger.items_at) {
    return "ledger_changed"; // the signer saw another ledger
  }
  if (said.category != item->second.category || said.item_kind != item_kind(item->second)) {
    return "statement_malformed";
  }
  const charter::Acceptance* row = acceptance_row(charter, item->second);
  if (row == nullptr) {
    return "item_not_acceptable";
  }
  if (!row->roles.contains(act.role)) {
    return "role_missing";
  }
  const auto known = ledger.wordings.find(said.wording);
  const auto brought = offered.find(said.wording);
  const bool of_it = known != ledger.wordings.end()
                         ? known->second.item == said.item.str()
                         : brought != offered.end() && brought->second == said.item.str();
  if (!of_it) {
    return "wording_malformed";
  }
  const PersonId& by = known == ledger.wordings.end() ? act.person : known->second.by;
  return is_barred(d.world, packet, *row, act.person, by, d.now) ? "SIGN.CONFLICT" : "";
}

} // namespace

Decision decide_one(Deciding& d, const AcceptItems& e) {
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("items.accept", e.by, e.packet, std::move(code), std::move(where));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  const Dossier* dossier = packet.head ? d.world.dossier(e.packet) : nullptr;
  if (dossier == nullptr) {
    return refuse(packet.head ? "SYS.INTEGRITY" : "LINE.SUPERSEDED");
  }
  const auto act = packet::read_accept(e.act.statement);
  if (!act || act->packet != e.packet || act->origin != d.world.state.origin || act->lane != packet.lane ||
      act->charter != *d.world.state.lanes.at(packet.lane).charter) {
    return refuse("statement_malformed");
  }
  if (act->revision_digest != packet.head->digest || act->revision != packet.head->number) {
    return refuse("revision_not_head");
  }
  const auto level = dossier->revision.bounds.find("symbolization");
  const auto said =
      level == dossier->revision.bounds.end() ? std::nullopt : std::optional(packet::in_words(level->second));
  if (act->symbolization != said) {
    return refuse("statement_malformed", "/symbolization");
  }
  const PersonId person = *d.person(e.by);
  if (act->person != person) {
    return refuse("person_mismatch");
  }
  if (!holds_role(*d.world.active_roster(packet.lane), person, act->role, d.now)) {
    return refuse("role_missing");
  }
  const auto offered = open_wordings(*packet.workspace, e.wordings);
  if (!offered) {
    return refuse("wording_malformed");
  }
  std::vector<Reason> reasons;
  for (const packet::AcceptedItem& item : act->items) {
    if (std::string code = why_not_acceptable(d, packet, *act, item, *offered); !code.empty()) {
      reasons.push_back({std::move(code), item.item.str()});
    }
  }
  if (!reasons.empty()) {
    return d.refuse("items.accept", e.by, e.packet, std::move(reasons));
  }
  if (std::string code =
          why_not_signed(d, packet, e.act, packet::act::accept, person, *d.world.active_charter(packet.lane));
      !code.empty()) {
    return refuse(std::move(code));
  }
  packet::ItemsAccepted record{e.packet, person, e.by, act->role, e.act};
  if (!fits(record)) {
    return refuse("packet_too_large");
  }
  d.emit(std::move(record), body_of(e.wordings), unit_of(e.packet));
  d.void_reviewed(e.packet, "ledger_changed");
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const WithdrawAcceptance& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("acceptance.withdraw", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_no_part(d, e.by, e.packet); !code.empty()) {
    return refuse(std::move(code));
  }
  const auto& acceptances = d.world.state.find(e.packet)->workspace->ledger.acceptances;
  const auto at = std::ranges::find(acceptances, e.acceptance, &AcceptanceState::leaf);
  if (at == acceptances.end()) {
    return refuse("acceptance_unknown");
  }
  if (at->person != *d.person(e.by)) {
    return refuse("not_raiser");
  }
  packet::AcceptanceWithdrawn record{e.packet, e.acceptance, e.items, at->person, e.by};
  if (record.items.empty()) { // all of it
    for (const auto& [item, wording] : at->items) {
      record.items.push_back(ItemId::parse(item).value());
    }
  }
  std::ranges::sort(record.items);
  const auto [first, last] = std::ranges::unique(record.items);
  record.items.erase(first, last);
  const bool all_there =
      std::ranges::all_of(record.items, [&](const ItemId& id) { return at->items.contains(id.str()); });
  if (record.items.empty() || !all_there || !fits(record)) {
    return refuse("item_unknown");
  }
  d.emit(std::move(record));
  d.void_reviewed(e.packet, "ledger_changed");
  return std::move(d.out);
}

} // namespace sallyport::gate
