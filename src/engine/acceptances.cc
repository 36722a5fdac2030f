#include "engine/acceptances.h"

#include "engine/secrets.h"
#include "gate/ledger.h"

#include <algorithm>
#include <set>

namespace sallyport::engine {
namespace {

Result<std::string> role_of(const Core& core, const gate::Packet& packet, const PersonId& person,
                            const std::string& said) {
  const charter::Charter* charter = core.world().active_charter(packet.lane);
  const gate::LaneRoster* roster = core.world().active_roster(packet.lane);
  if (charter == nullptr || roster == nullptr) {
    return fail(ErrorCode::not_found, "", "the lane has no active charter or roster");
  }
  if (!said.empty()) {
    return said; // the gate says whether the person holds it
  }
  std::set<std::string> held;
  for (const charter::Acceptance& row : charter->signers.accepts) {
    for (const std::string& role : row.roles) {
      if (gate::holds_role(*roster, person, role, core.now())) {
        held.insert(role);
      }
    }
  }
  if (held.size() != 1) {
    return fail(ErrorCode::malformed, "/role",
                held.empty() ? "you hold no role that accepts items"
                             : "say in which of your roles you accept");
  }
  return *held.begin();
}

// What stands for the item: the words that another person signed, else one's own, else those offered last.
const Offered* on_offer(const Work& work, const gate::Ledger& ledger, const ItemId& item,
                        const PersonId& person) {
  const Offered* found = nullptr;
  for (const Offered& one : work.wordings) {
    found = one.item == item ? &one : found;
  }
  for (const bool others : {false, true}) {
    for (const gate::AcceptanceState& act : ledger.acceptances) {
      const auto words = act.items.find(item.str());
      if ((act.person != person) == others && words != act.items.end()) {
        const auto signed_words = std::ranges::find(work.wordings, words->second, &Offered::digest);
        found = signed_words == work.wordings.end() ? found : &*signed_words;
      }
    }
  }
  return found;
}

const Offered* same_words(const Work& work, const ItemId& item, const std::string& text) {
  const auto at = std::ranges::find_if(
      work.wordings, [&](const Offered& one) { return one.item == item && one.text == text; });
  return at == work.wordings.end() ? nullptr : &*at;
}

} // namespace

Result<AcceptDraft> draft_acceptance(Core& core, const AccountId& by, const PacketId& id,
                                     const AcceptInput& input) {
  const gate::Account* account = core.state().account(by);
  const gate::Packet& packet = *core.state().find(id);
  const gate::Dossier* dossier = packet.head ? core.world().dossier(id) : nullptr;
  if (account == nullptr || !account->person) {
    return fail(ErrorCode::denied, "", "only a person accepts");
  }
  if (!packet.workspace || dossier == nullptr) {
    return fail(ErrorCode::conflict, "", "nothing is sealed that items could cross with");
  }
  SP_TRY(const Work* work, core.work(id));
  packet::AcceptStatement act;
  act.origin = core.state().origin;
  act.packet = id;
  act.revision = packet.head->number;
  act.revision_digest = packet.head->digest;
  act.lane = packet.lane;
  act.charter = *core.state().lanes.at(packet.lane).charter;
  SP_TRY(act.role, role_of(core, packet, *account->person, input.role));
  act.person = *account->person;
  if (const auto level = dossier->revision.bounds.find("symbolization");
      level != dossier->revision.bounds.end()) {
    act.symbolization = packet::in_words(level->second);
  }
  AcceptDraft out;
  for (const auto& [item, words] : input.items) {
    const std::string where = "/items/" + item.str();
    const auto state = packet.workspace->ledger.items.find(item);
    if (state == packet.workspace->ledger.items.end()) {
      return fail(ErrorCode::malformed, where, "the ledger has no such item");
    }
    const Offered* known = words ? same_words(*work, item, *words)
                                 : on_offer(*work, packet.workspace->ledger, item, *account->person);
    if (known == nullptr && !words) {
      return fail(ErrorCode::malformed, where, "nobody has offered words for this item; say some");
    }
    std::string digest;
    if (known != nullptr) {
      digest = known->digest;
      out.wordings.push_back(known->encoded);
      out.words[item] = known->text;
    } else {
      const packet::Disclosure made = packet::wording_disclosure(draw_salt(), item, *words);
      digest = made.digest;
      out.wordings.push_back(made.encoded);
      out.words[item] = *words;
    }
    act.items.push_back({item, gate::item_kind(state->second), state->second.category,
                         packet.workspace->ledger.items_at, std::move(digest)});
  }
  out.statement = packet::statement(act);
  return out;
}

} // namespace sallyport::engine
