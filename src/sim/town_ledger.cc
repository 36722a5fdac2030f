// What the people of a town do about what they do not agree about: settle it, or let it cross in words that
// they sign.
#include "canon/json.h"
#include "crypto/digest.h"
#include "gate/ledger.h"
#include "sim/town.h"

#include <algorithm>

namespace sallyport::sim {

std::string_view Town::usual_words() const {
  return "clear-mark-as it is";
}

packet::AcceptStatement Town::acceptance(std::size_t slot, const Person& who, const std::string& role,
                                         const std::set<ItemId>& items, const std::string& words) const {
  const gate::Packet& packet = *state().find(packets_[slot % slots]);
  const gate::Ledger& ledger = packet.workspace->ledger;
  packet::AcceptStatement said;
  said.origin = state().origin;
  said.packet = packets_[slot % slots];
  said.revision = packet.head ? packet.head->number : 0;
  said.revision_digest = packet.head ? packet.head->digest : Digest{};
  said.lane = lane_;
  said.charter = *state().lanes.at(lane_).charter;
  said.role = role;
  said.person = who.id;
  if (const gate::Dossier* dossier = world().dossier(said.packet); dossier != nullptr && packet.head) {
    const auto level = dossier->revision.bounds.find("symbolization");
    if (level != dossier->revision.bounds.end()) {
      said.symbolization = packet::in_words(level->second);
    }
  }
  for (const ItemId& item : items) {
    const gate::Item& known = ledger.items.at(item);
    said.items.push_back({item, gate::item_kind(known), known.category, ledger.items_at,
                          packet::wording_disclosure({}, item, words).digest});
  }
  std::ranges::sort(said.items, {}, &packet::AcceptedItem::item);
  return said;
}

void Town::accept_items(std::size_t slot, const Person& who, const AccountId& account,
                        const packet::AcceptStatement& said, const std::string& words) {
  const canon::Value statement = packet::statement(said);
  std::vector<std::string> wordings;
  for (const packet::AcceptedItem& item : said.items) {
    wordings.push_back(packet::wording_disclosure({}, item.item, words).encoded);
  }
  const Bytes sig = sign(who, packet::act::accept, canon::write(statement));
  play(gate::AcceptItems{account,
                         packet_at(slot),
                         {statement, {{who.id, who.fingerprint, to_base64(sig)}}},
                         std::move(wordings)});
}

// One step that ends the item, where it cannot be accepted or people would rather not; false where there is
// none.
bool Town::settle_item(std::size_t slot, const gate::Packet& packet, const ItemId& id, Draw& draw) {
  const PacketId of = packet_at(slot);
  const gate::Item item = packet.workspace->ledger.items.at(id);
  const Person& lead = *leads[draw.below(leads.size())];
  if (item.kind == "objection") {
    const AccountId raiser = account_of(person_of(*item.raiser), draw);
    if (draw.one_in(2)) {
      play(gate::WithdrawObjection{raiser, of, id});
    } else if (!item.agreed && draw.one_in(2)) {
      play(gate::AgreeItem{raiser, of, id});
    } else {
      play(gate::ResolveItems{
          item.agreed ? account_of(lead, draw) : raiser, of, {id}, "agreed", {}, {{"text", "so be it"}}});
    }
    return true;
  }
  if (item.kind == "conflict") {
    for (const gate::Instruction& instruction : packet.workspace->ledger.instructions) {
      if (instruction.subject == item.subject && !instruction.withdrawn && instruction.stance == "exclude") {
        play(
            gate::WithdrawInstruction{account_of(person_of(instruction.person), draw), of, instruction.leaf});
        return true;
      }
    }
    play(gate::ResolveItems{account_of(lead, draw), of, {id}, "agreed", {}, {{"text", "so be it"}}});
    return true;
  }
  if (item.kind == "finding" && item.status == "confirmed") { // no newer scan makes it another text
    withdraw_packet(slot);
    return true;
  }
  return false;
}

// The next act of acceptance that is lacking: the owner's, or a lead's, in the usual words.
void Town::accept_open(std::size_t slot, const gate::Packet& packet, const std::set<ItemId>& items,
                       Draw& draw) {
  const gate::Ledger& ledger = packet.workspace->ledger;
  const std::string words(usual_words());
  const Person& owner = person_of(packet.workspace->owner);
  const bool lead_first = draw.one_in(2);
  for (const bool by_lead : {lead_first, !lead_first}) {
    const std::string role = by_lead ? "lead" : charter().ledger->owner.role;
    const Person& who = by_lead ? *leads[draw.below(leads.size())] : owner;
    std::set<ItemId> lacking;
    for (const ItemId& id : items) {
      const charter::Acceptance* row = gate::acceptance_row(charter(), ledger.items.at(id));
      const std::string wording = packet::wording_disclosure({}, id, words).digest;
      const bool given = std::ranges::any_of(ledger.acceptances, [&](const gate::AcceptanceState& act) {
        const auto known = act.items.find(id.str());
        return act.role == role && act.person == who.id && known != act.items.end() &&
               known->second == wording && act.key == who.fingerprint;
      });
      if (!row->not_also.empty() && !ledger.wordings.contains(wording)) { // others than acceptors word it
        play(gate::ProposeWordings{draw.one_in(2) ? agent : account_of(owner, draw),
                                   packet_at(slot),
                                   {packet::wording_disclosure({}, id, words).encoded}});
        return;
      }
      if (row->roles.contains(role) && !given) {
        lacking.insert(id);
      }
    }
    if (!lacking.empty()) {
      accept_items(slot, who, account_of(who, draw), acceptance(slot, who, role, lacking, words), words);
      return;
    }
  }
  // Everybody has, and it does not count: an account was lost, or somebody offered the words who accepts.
  const Person& who = draw.one_in(2) ? owner : *leads[draw.below(leads.size())];
  accept_items(
      slot, who, account_of(who, draw),
      acceptance(slot, who, who.id == owner.id ? charter().ledger->owner.role : "lead", items, words), words);
}

// One step towards a ledger that a review can begin with; false where nothing of it is in the way.
bool Town::address(std::size_t slot, const gate::Packet& packet, Draw& draw) {
  now = now + Duration{1};
  const PacketId of = packet_at(slot);
  const auto& active = truth_->rosters.at(*state().lanes.at(lane_).roster).grants;
  const bool owned = std::ranges::any_of(active, [&](const packet::Grant& g) {
    return g.person == packet.workspace->owner && g.role == charter().ledger->owner.role && now >= g.from &&
           now < g.until;
  });
  if (!owned && draw.one_in(4)) { // nobody else can press: the case is given up
    withdraw_packet(slot);
    return true;
  }
  for (const gate::Flag& flag : packet.workspace->flags) {
    if (flag.status == "open") {
      play(gate::DismissFlag{account_of(*leads[0], draw), of, flag.leaf, "seen", {{"text", "looked"}}});
      return true;
    }
  }
  const auto lost =
      std::ranges::find_if(packet.holds, [](const auto& row) { return row.second.code == "LEDG.LOST"; });
  const auto gone =
      lost == packet.holds.end() ? fail(ErrorCode::not_found, "", "") : ItemId::parse(lost->second.subject);
  if (gone && packet.workspace->ledger.items.contains(*gone) &&
      packet.workspace->ledger.items.at(*gone).open() && !draw.one_in(3)) {
    play(gate::ResolveItems{
        account_of(*leads[0], draw), of, {*gone}, "subject_removed", {}, {{"text", "it left"}}});
    return true;
  }
  if (draw.one_in(12)) {
    return false; // somebody goes on all the same
  }
  std::set<ItemId> open;
  for (const auto& [id, item] : packet.workspace->ledger.items) {
    const std::uint32_t sealed = [&] {
      const gate::Dossier* dossier = world().dossier(of);
      const auto known = dossier == nullptr || dossier->revision.co == nullptr
                             ? std::map<std::string, packet::SealedItem>::const_iterator{}
                             : dossier->revision.co->ledger.find(id.str());
      return dossier == nullptr || dossier->revision.co == nullptr ||
                     known == dossier->revision.co->ledger.end()
                 ? 0U
                 : known->second.statements;
    }();
    if (!item.open() || (gate::accepted(world(), packet, id, now) && item.statements <= sealed)) {
      continue;
    }
    const bool acceptable = gate::acceptance_row(charter(), item) != nullptr;
    if ((!acceptable || draw.one_in(4)) && settle_item(slot, packet, ItemId(id), draw)) {
      return true;
    }
    if (item.statements > sealed) { // what was said since the seal crosses with the next one
      seal_workspace(slot, draw, true);
      return true;
    }
    if (acceptable) {
      open.insert(id);
    }
  }
  if (!open.empty()) {
    const bool reviewable = std::ranges::none_of(packet.holds, [](const auto& row) {
      return row.second.mode == "blocking" && row.second.clears == "new_revision";
    });
    if (reviewable) {
      accept_open(slot, packet, open, draw);
      return true;
    }
  }
  return false;
}

} // namespace sallyport::sim
