// The ledger: what people object to, how it ends, and who lets it cross in which words; by the right people,
// and by others.
#include "canon/json.h"
#include "gate/ledger.h"
#include "sim/acts.h"

#include <algorithm>
#include <array>

namespace sallyport::sim::acts {
namespace {

const gate::Ledger* ledger(Town& town, Slot slot) {
  const gate::Packet* packet = town.find(slot);
  return packet != nullptr && packet->workspace ? &packet->workspace->ledger : nullptr;
}

AccountId somebody(Town& town, Draw& draw) {
  return draw.one_in(8)   ? town.agent
         : draw.one_in(3) ? town.account_of(town.anybody(draw), draw)
                          : town.account_of(*town.leads[draw.below(2)], draw);
}

constexpr std::array subjects{"/narrative/b1", "/narrative/b2",  "/narrative/b3/text",    "/claims/m1",
                              "/claims/m2",    "/sections/case", "/bounds/symbolization", "/nowhere/b1"};
constexpr std::array categories{"identifier_leakage",    "symbolization_depth", "stack_frame_necessity",
                                "stack_frame_necessity", "attachment_lineage",  "weather"};

// An item that is open and fits, as a rule; one in eight times any.
std::optional<ItemId> some_item(const gate::Ledger& ledger, Draw& draw, std::string_view kind = "") {
  std::vector<ItemId> out;
  const bool any = draw.one_in(8);
  for (const auto& [id, item] : ledger.items) {
    if (any || (item.open() && (kind.empty() || item.kind == kind))) {
      out.push_back(id);
    }
  }
  return out.empty() ? std::nullopt : std::optional(draw.pick(out));
}

AccountId raiser(Town& town, const gate::Ledger& ledger, const ItemId& id, Draw& draw) {
  const auto& who = ledger.items.at(id).raiser;
  return who && !draw.one_in(3) ? town.account_of(town.person_of(*who), draw) : somebody(town, draw);
}

} // namespace

void raise_item(Town& town, Slot slot, Draw& draw) {
  if (ledger(town, slot) == nullptr) {
    return;
  }
  canon::Object body;
  if (!draw.one_in(12)) {
    body.set("text", std::string(clear_mark) + "I object");
  }
  town.play(gate::RaiseObjection{somebody(town, draw),
                                 town.packet_at(slot),
                                 categories[draw.below(categories.size())],
                                 subjects[draw.below(subjects.size())],
                                 draw.one_in(8) ? std::optional<std::string>("privileged") : std::nullopt,
                                 {},
                                 std::move(body)});
}

void open_finding(Town& town, Slot slot, Draw& draw) {
  if (ledger(town, slot) != nullptr) {
    town.play(gate::OpenFinding{draw.one_in(2) ? town.intake : somebody(town, draw),
                                town.packet_at(slot),
                                {subjects[draw.below(subjects.size())],
                                 "tenant_identifier",
                                 draw.one_in(8) ? "confirmed" : "suspected",
                                 0,
                                 {{"where", std::string(clear_mark) + "here"}}}});
  }
}

void judge_finding(Town& town, Slot slot, Draw& draw) {
  const gate::Ledger* known = ledger(town, slot);
  if (const auto item = known == nullptr ? std::nullopt : some_item(*known, draw, "finding")) {
    town.play(gate::JudgeFinding{somebody(town, draw),
                                 town.packet_at(slot),
                                 *item,
                                 draw.one_in(8)   ? "confirmed"
                                 : draw.one_in(2) ? "disputed"
                                                  : "suspected",
                                 {{"text", "looked"}}});
  }
}

void answer_item(Town& town, Slot slot, Draw& draw) {
  const gate::Ledger* known = ledger(town, slot);
  if (const auto item = known == nullptr ? std::nullopt : some_item(*known, draw)) {
    town.play(gate::AnswerObjection{
        somebody(town, draw), town.packet_at(slot), *item, {{"text", std::string(clear_mark) + "because"}}});
  }
}

void agree_item(Town& town, Slot slot, Draw& draw) {
  const gate::Ledger* known = ledger(town, slot);
  if (const auto item = known == nullptr ? std::nullopt : some_item(*known, draw, "objection")) {
    town.play(gate::AgreeItem{raiser(town, *known, *item, draw), town.packet_at(slot), *item});
  }
}

void withdraw_item(Town& town, Slot slot, Draw& draw) {
  const gate::Ledger* known = ledger(town, slot);
  if (const auto item = known == nullptr ? std::nullopt : some_item(*known, draw, "objection")) {
    town.play(gate::WithdrawObjection{raiser(town, *known, *item, draw), town.packet_at(slot), *item});
  }
}

void resolve_items(Town& town, Slot slot, Draw& draw) {
  const gate::Ledger* known = ledger(town, slot);
  const auto item =
      known == nullptr ? std::nullopt : some_item(*known, draw, draw.one_in(2) ? "objection" : "");
  if (!item) {
    return;
  }
  const std::string code = draw.one_in(3) ? "subject_removed" : draw.one_in(4) ? "duplicate_of" : "agreed";
  town.play(gate::ResolveItems{raiser(town, *known, *item, draw),
                               town.packet_at(slot),
                               {*item},
                               code,
                               code == "duplicate_of" ? some_item(*known, draw, "objection") : std::nullopt,
                               {{"text", "so be it"}}});
}

void instruct(Town& town, Slot slot, Draw& draw) {
  if (ledger(town, slot) != nullptr) {
    town.play(gate::GiveInstruction{somebody(town, draw),
                                    town.packet_at(slot),
                                    subjects[draw.below(4)],
                                    draw.one_in(2) ? "include" : "exclude",
                                    "stack_frame_necessity",
                                    {{"text", std::string(clear_mark) + "please"}}});
  }
}

void withdraw_instruction(Town& town, Slot slot, Draw& draw) {
  const gate::Ledger* known = ledger(town, slot);
  if (known != nullptr && !known->instructions.empty()) {
    const gate::Instruction given = known->instructions[draw.below(known->instructions.size())];
    town.play(gate::WithdrawInstruction{draw.one_in(3) ? somebody(town, draw)
                                                       : town.account_of(town.person_of(given.person), draw),
                                        town.packet_at(slot), given.leaf});
  }
}

// ---- what crosses all the same

namespace {

std::string some_words(Town& town, Draw& draw) {
  return draw.one_in(3) ? std::string(clear_mark) + "as somebody else would say"
                        : std::string(town.usual_words());
}

} // namespace

void offer_words(Town& town, Slot slot, Draw& draw) {
  const gate::Ledger* known = ledger(town, slot);
  if (const auto item = known == nullptr ? std::nullopt : some_item(*known, draw)) {
    town.play(gate::ProposeWordings{somebody(town, draw),
                                    town.packet_at(slot),
                                    {packet::wording_disclosure({}, *item, some_words(town, draw)).encoded}});
  }
}

// One person's acceptance, of one item or of all, in a role that they may hold or not.
void accept_items(Town& town, Slot slot, Draw& draw) {
  const gate::Ledger* known = ledger(town, slot);
  const gate::Packet* packet = town.find(slot);
  if (known == nullptr || !packet->head) {
    return;
  }
  std::set<ItemId> items;
  if (const auto one = draw.one_in(2) ? some_item(*known, draw) : std::nullopt) {
    items.insert(*one);
  } else {
    for (const auto& [id, item] : known->items) {
      if (item.open() && gate::acceptance_row(town.charter(), item) != nullptr) {
        items.insert(id);
      }
    }
  }
  const Person& owner = town.person_of(packet->workspace->owner);
  const Person& who = draw.one_in(5)   ? town.anybody(draw)
                      : draw.one_in(3) ? owner
                                       : *town.leads[draw.below(2)];
  // A lead holds the owner's role as well, and may try to be both leaders.
  const std::string role = who.id == owner.id || draw.one_in(3) ? town.charter().ledger->owner.role : "lead";
  const std::string words = some_words(town, draw);
  packet::AcceptStatement said = town.acceptance(slot, who, role, items, words);
  if (draw.one_in(12) && !said.items.empty()) { // as it was before something else was raised
    for (packet::AcceptedItem& item : said.items) {
      item.as_of = packet->workspace->opened;
    }
  }
  if (draw.one_in(12)) {
    said.symbolization = "none";
  }
  const AccountId by = draw.one_in(10)   ? town.agent
                       : draw.one_in(16) ? somebody(town, draw)
                                         : town.account_of(who, draw);
  town.accept_items(slot, who, by, said, words);
}

void withdraw_acceptance(Town& town, Slot slot, Draw& draw) {
  const gate::Ledger* known = ledger(town, slot);
  if (known == nullptr || known->acceptances.empty()) {
    return;
  }
  const gate::AcceptanceState act = known->acceptances[draw.below(known->acceptances.size())];
  std::vector<ItemId> items;
  if (draw.one_in(2) && !act.items.empty()) {
    items.push_back(ItemId::parse(act.items.begin()->first).value());
  }
  town.play(gate::WithdrawAcceptance{draw.one_in(4) ? somebody(town, draw)
                                                    : town.account_of(town.person_of(act.person), draw),
                                     town.packet_at(slot), act.leaf, std::move(items)});
}

// In review over an objection that people let cross, or that was settled on the way.
void to_disputed(Town& town, Slot slot, Draw& draw) {
  town.bring(slot, Stage::open, draw);
  for (int i = 0; i < 8 && town.find(slot) != nullptr && !town.find(slot)->head; ++i) {
    town.help(slot, draw);
  }
  if (ledger(town, slot) != nullptr) {
    town.play(gate::RaiseObjection{town.account_of(*town.leads[0], draw),
                                   town.packet_at(slot),
                                   "stack_frame_necessity",
                                   "/narrative/b1",
                                   {},
                                   {},
                                   {{"text", std::string(clear_mark) + "I object"}}});
  }
  town.bring(slot, Stage::authorised, draw);
}

} // namespace sallyport::sim::acts
