// Amendments 38 and 39: the keys of a fragment are destroyed on a person's order, after its deadline, never
// under a legal hold and never while an open packet needs it. The order is on record first, that it was done
// afterwards: whoever stops between repeats the second.
#include "gate/deciding.h"
#include "gate/retention.h"
#include "gate/workspace.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

// A person who ends holds in the packet's lane, or, where `or_owner`, owns its policy; of packets that people
// write together, also of closed ones. A refusal's code where it is not so.
std::string why_not_keeper(const Deciding& d, const AccountId& by, const PacketId& id, bool or_owner) {
  const auto person = d.person(by);
  if (!person) {
    return d.why_not_person(by);
  }
  const Packet* packet = d.world.state.find(id);
  if (packet == nullptr || !packet->workspace) {
    return packet == nullptr ? "packet_unknown" : "workspace_none";
  }
  const charter::Charter* charter = d.world.active_charter(packet->lane);
  const LaneRoster* roster = d.world.active_roster(packet->lane);
  if (charter == nullptr || roster == nullptr) {
    return "GOV.CHARTER";
  }
  const bool keeps = holds_one_of(*roster, *person, charter->holds.clear_roles, d.now) ||
                     (or_owner && owns(d.world, *person, d.now));
  return keeps ? "" : "role_missing";
}

std::optional<std::string> retention_clock(const charter::Charter& charter) {
  for (const auto& [name, due] : charter.clocks.due) {
    if (due.kind == charter::DueKind::retention) {
      return name;
    }
  }
  return std::nullopt;
}

} // namespace

Decision decide_one(Deciding& d, const OrderErasure& e) {
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("erasure.order", e.by, e.packet, std::move(code), std::move(where));
  };
  if (std::string code = why_not_keeper(d, e.by, e.packet, false); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  if (packet.erasures.contains(e.unit)) {
    return std::move(d.out); // it stands; asked again it is the same order
  }
  const auto unit = kept_unit(packet, e.unit, e.revisions);
  if (!unit || keys_of(unit->kept.end_state) == 0) {
    return refuse("unit_unknown");
  }
  if (const auto held = legally_held(d.world, e.packet, e.unit)) {
    return refuse("STATE.LEGAL_HOLD", held->str());
  }
  if (const auto open = needed_by(d.world, e.packet, e.unit)) {
    return refuse("unit_needed", open->str());
  }
  if (d.now < unit->kept.deadline) {
    return refuse("retention_runs");
  }
  d.emit(packet::ErasureOrdered{e.packet, e.unit, unit->kept.end_state, unit->kept.deadline, unit->revision,
                                retention_clock(*d.world.active_charter(packet.lane)), unit->kept.disputed,
                                *d.person(e.by), e.by});
  return std::move(d.out);
}

// The engine's own, when the keys are gone.
Decision decide_one(Deciding& d, const ConfirmErasure& e) {
  const auto refuse = [&](const char* code) {
    d.out.refused = {{code, ""}};
    return std::move(d.out);
  };
  const Packet* packet = d.world.state.find(e.packet);
  const auto order =
      packet == nullptr ? std::map<std::string, Erasure>::const_iterator{} : packet->erasures.find(e.unit);
  if (packet == nullptr || order == packet->erasures.end()) {
    return refuse("erasure_unknown");
  }
  if (order->second.done != 0) {
    return std::move(d.out); // done once, however often it is said
  }
  if (e.keys != keys_of(order->second.end_state) || e.backups_until < d.now) {
    return refuse("erasure_incomplete");
  }
  d.emit(packet::ErasureDone{e.packet, e.unit, order->second.end_state, e.keys, e.backups_until,
                             order->second.ordered, packet->entry});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const PlaceLegalHold& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("legal_hold.place", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_not_keeper(d, e.by, e.packet, true); !code.empty()) {
    return refuse(std::move(code));
  }
  if (e.unit) { // a hold on what is not there would hold nothing
    if (std::string code = why_no_subject(d.world, e.packet, "/fragments/" + *e.unit); !code.empty()) {
      return refuse(std::move(code));
    }
    if (is_erased(d.world.state, e.packet, *e.unit)) {
      return refuse("erasure_ordered");
    }
  }
  if (e.body.empty()) {
    return refuse("reason_missing");
  }
  d.emit(packet::LegalHoldPlaced{e.packet, e.unit, *d.person(e.by), e.by}, e.body, unit_of(e.packet));
  return std::move(d.out);
}

// By an owner of policy, and never by whoever placed it.
Decision decide_one(Deciding& d, const LiftLegalHold& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("legal_hold.lift", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_not_keeper(d, e.by, e.packet, true); !code.empty()) {
    return refuse(std::move(code));
  }
  if (!owns(d.world, *d.person(e.by), d.now)) {
    return refuse("role_missing");
  }
  const auto& holds = d.world.state.find(e.packet)->legal_holds;
  const auto hold = std::ranges::find(holds, e.hold, &LegalHold::leaf);
  if (hold == holds.end()) {
    return refuse("hold_unknown");
  }
  if (hold->by == *d.person(e.by)) {
    return refuse("hold_opener");
  }
  if (e.body.empty()) {
    return refuse("reason_missing");
  }
  d.emit(packet::LegalHoldLifted{e.packet, e.hold, *d.person(e.by), e.by}, e.body, unit_of(e.packet));
  return std::move(d.out);
}

} // namespace sallyport::gate
