// What people decide beside signing, as they should and as they should not; and the lane's own acts.
#include "canon/json.h"
#include "crypto/digest.h"
#include "packet/statement.h"
#include "sim/acts.h"

#include <algorithm>
#include <array>

namespace sallyport::sim::acts {
namespace {

const Person& some_lead(Town& town, Draw& draw, std::size_t wrong_one_in) {
  return draw.one_in(wrong_one_in) ? town.anybody(draw) : *town.leads[draw.below(town.leads.size())];
}

AccountId some_account(Town& town, const Person& person, Draw& draw) {
  return draw.one_in(12)   ? town.agent
         : draw.one_in(12) ? town.account_of(town.anybody(draw), draw)
                           : town.account_of(person, draw);
}

} // namespace

// ---- holds

void place_hold(Town& town, Slot slot, Draw& draw) {
  constexpr std::array codes{"GOV.MANUAL",          "GOV.MANUAL", "GOV.OUT_OF_BOUNDS",
                             "GOV.OWNER_AMBIGUOUS", "SYS.AUDIT",  "LINE.CHANGED"};
  const Person& person = draw.one_in(4) ? town.anybody(draw) : *town.signers[draw.below(town.signers.size())];
  canon::Object body;
  if (!draw.one_in(8)) {
    body.set("reason", "wait");
  }
  town.play(gate::PlaceHold{some_account(town, person, draw), town.packet_at(slot),
                            codes[draw.below(codes.size())], draw.one_in(4) ? "sell" : "remediate",
                            std::move(body)});
}

void override_hold(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr || packet->holds.empty()) {
    return;
  }
  auto at = packet->holds.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(draw.below(packet->holds.size())));
  HoldId hold = at->first;
  if (const gate::ManifestState* manifest = packet->reviewed();
      manifest != nullptr && !manifest->waived.overrides.empty() && !draw.one_in(6)) {
    hold = *manifest->waived.overrides.begin();
  }
  const Person& person = some_lead(town, draw, 5);
  town.override_hold(slot, hold, person, some_account(town, person, draw));
}

void ratify_substitute(Town& town, Slot slot, Draw& draw) {
  const auto stands_in = [](const gate::ManifestState& m) { return !m.waived.substitutes.empty(); };
  const gate::ManifestState* manifest = town.reviewed(slot);
  if (manifest == nullptr || !stands_in(*manifest)) {
    manifest = some_past(town, slot, stands_in);
  }
  if (manifest == nullptr) {
    return;
  }
  const Person& person = draw.one_in(8) ? *town.deputy : some_lead(town, draw, 5);
  town.ratify_substitute(slot, *manifest, person, some_account(town, person, draw));
}

// Everybody of a role for which somebody may stand in is away.
void holders_leave(Town& town, Slot, Draw&) {
  const auto grants = town.grants;
  for (const auto& [role, rule] : town.charter().signers.substitute) {
    std::erase_if(town.grants, [&](const auto& g) { return g.role == role; });
  }
  if (!town.charter().signers.substitute.empty() && !town.activate_roster()) {
    town.grants = grants;
  }
}

void holders_return(Town& town, Slot, Draw& draw) {
  const auto grants = town.grants;
  for (const auto& [role, rule] : town.charter().signers.substitute) {
    town.grant(*town.signers[draw.below(town.signers.size())], role);
  }
  if (!town.charter().signers.substitute.empty() && !town.activate_roster()) {
    town.grants = grants;
  }
}

// ---- lineage

namespace {

// A hold against another packet, or nothing.
const HoldId* pending(const gate::Packet& packet) {
  const auto at = std::ranges::find_if(packet.holds, [](const auto& row) {
    return row.second.code == "LINE.DUP_PENDING" || row.second.code == "LINE.DUP_SPLIT";
  });
  return at == packet.holds.end() ? nullptr : &at->first;
}

} // namespace

void split(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr) {
    return;
  }
  const HoldId* hold = pending(*packet);
  const auto other = hold == nullptr ? std::nullopt : [&]() -> std::optional<PacketId> {
    const auto parsed = PacketId::parse(packet->holds.at(*hold).subject);
    return parsed ? std::optional(*parsed) : std::nullopt;
  }();
  const Person& person = draw.one_in(5) ? town.anybody(draw) : *town.signers[draw.below(town.signers.size())];
  town.split_packets(
      slot,
      other && !draw.one_in(8) ? *other : PacketId(town.packet_at(slot + 1 + draw.below(Town::slots - 1))),
      person, some_account(town, person, draw));
}

void dismiss(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  const HoldId* hold = packet == nullptr ? nullptr : pending(*packet);
  if (hold == nullptr) {
    return;
  }
  const Person& person = draw.one_in(5) ? town.anybody(draw) : *town.signers[draw.below(town.signers.size())];
  canon::Object body;
  if (!draw.one_in(8)) {
    body.set("rationale", "looked at both");
  }
  town.play(gate::DismissSuspicion{some_account(town, person, draw), town.packet_at(slot), HoldId(*hold),
                                   std::move(body)});
}

void split_scope(Town& town, Slot slot, Draw& draw) {
  std::set<std::string> held = town.held_elements(slot);
  if (draw.one_in(4)) {
    const std::string one = "t" + std::to_string(draw.below(3));
    if (held.erase(one) == 0) {
      held.insert(one);
    }
  }
  const Person& person = some_lead(town, draw, 5);
  town.split_scope(slot, held, person, some_account(town, person, draw));
}

// ---- the lane

namespace {

void set_lane(Town& town, const std::string& state, Draw& draw) {
  const Person& person = some_lead(town, draw, 5);
  canon::Object body;
  if (!draw.one_in(8)) {
    body.set("reason", "so it is");
  }
  town.play(gate::SetLane{some_account(town, person, draw), town.lane(), state, std::move(body)});
}

} // namespace

void close_lane(Town& town, Slot, Draw& draw) {
  set_lane(town, draw.one_in(2) ? "closed" : "unreachable", draw);
}

void open_lane(Town& town, Slot, Draw& draw) {
  set_lane(town, draw.one_in(12) ? "ajar" : "open", draw);
}

void correct(Town& town, Slot slot, Draw& draw) {
  if (const auto entry = some_entry(town, slot, draw)) {
    constexpr std::array codes{"wrong_version", "wrong_audience", "over_broad_scope", "other", "recalled"};
    const Person& person = draw.one_in(2) ? town.anybody(draw) : *town.readers[draw.below(3)];
    town.play(gate::RecordCorrection{
        some_account(town, person, draw), *entry, codes[draw.below(codes.size())], {{"note", "it was so"}}});
  }
}

void notice(Town& town, Slot slot, Draw& draw) {
  if (const auto entry = some_entry(town, slot, draw)) {
    const Person& person = draw.one_in(2) ? town.anybody(draw) : *town.leads[draw.below(2)];
    town.play(
        gate::GiveNotice{some_account(town, person, draw),
                         *entry,
                         draw.one_in(2) ? std::optional(PacketId(town.packet_at(slot + 1))) : std::nullopt,
                         {{"note", "there is something newer"}}});
  }
}

// ---- on the way to pairs

// A manifest in review that asks for an override, with one person's signature for it.
void to_overridden(Town& town, Slot slot, Draw& draw) {
  town.bring(slot, Stage::in_review, draw);
  const gate::ManifestState* manifest = town.reviewed(slot);
  if (manifest != nullptr && !manifest->waived.overrides.empty()) {
    const HoldId hold = *manifest->waived.overrides.begin();
    const Person& lead = *town.leads[draw.below(town.leads.size())];
    town.override_hold(slot, hold, lead, lead.accounts[0]);
    if (draw.one_in(2)) {
      town.bring(slot, Stage::answered, draw);
    }
  }
}

void to_substitute(Town& town, Slot slot, Draw& draw) {
  town.bring(slot, Stage::open, draw);
  holders_leave(town, slot, draw);
  town.bring(slot, Stage::in_review, draw);
  if (draw.one_in(2)) {
    ratify_substitute(town, slot, draw);
  }
}

// This packet and the next are told to be one case.
void to_duplicate(Town& town, Slot slot, Draw& draw) {
  town.bring(slot, Stage::open, draw);
  town.bring(slot + 1, Stage::open, draw);
  if (draw.one_in(2)) {
    town.play(gate::ReportEvent{town.intake,
                                "triage",
                                "duplicate.suspected",
                                PacketId(town.packet_at(slot)),
                                std::nullopt,
                                {},
                                PacketId(town.packet_at(slot + 1))});
  }
}

// Something of one element is not as it was cited.
void to_partial(Town& town, Slot slot, Draw& draw) {
  town.bring(slot, Stage::in_review, draw);
  for (Thing* thing : town.cited(slot)) {
    if (draw.one_in(2) && thing->touches.size() == 1 && thing->kind != "chronology") {
      ++thing->ordinal;
      town.now = town.now + Duration{1};
      town.observe(thing->source);
      break;
    }
  }
  const gate::ManifestState* manifest = town.reviewed(slot);
  if (manifest != nullptr && !draw.one_in(4)) { // what is let cross beside it is of no element
    for (const HoldId& hold : std::set(manifest->waived.overrides)) {
      for (const Person* lead : town.leads) {
        town.override_hold(slot, hold, *lead, lead->accounts[0]);
      }
    }
  }
}

// A request that found the lane full, and an entry whose acknowledgement would give it a slot.
void to_standing(Town& town, Slot slot, Draw& draw) {
  for (std::size_t other = 1; other < Town::slots; ++other) {
    town.bring(slot + other, Stage::released, draw);
  }
  town.bring(slot, Stage::authorised, draw);
  request(town, slot, draw);
}

// The lane is full, with a recheck in its last slot; a request stands, and this packet has none yet.
void to_crowded(Town& town, Slot slot, Draw& draw) {
  if (town.charter().admission.capacity > 1) {
    town.bring(slot + 3, Stage::released, draw);
  }
  town.bring(slot + 1, Stage::recheck, draw);
  for (const Slot asks : {slot + 2, slot}) {
    town.bring(asks, Stage::authorised, draw);
    const gate::Packet* packet = town.find(asks);
    const gate::ManifestState* manifest = town.reviewed(asks);
    if (asks != slot && manifest != nullptr && packet->head) {
      const Person& person = *town.signers[draw.below(town.signers.size())];
      town.play(gate::RequestRelease{person.accounts[0], town.packet_at(asks), packet->head->digest,
                                     Digest(manifest->digest), town.lane()});
    }
  }
}

} // namespace sallyport::sim::acts
