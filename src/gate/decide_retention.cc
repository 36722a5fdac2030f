// Amendments 38 and 39: the keys of a fragment, and that of a packet itself, are destroyed on a person's
// order, after the deadline, never under a legal hold and never while an open packet needs it. The order is
// on record first, that it was done afterwards: whoever stops between repeats the second.
#include "gate/deciding.h"
#include "gate/retention.h"
#include "gate/workspace.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

// A person who ends holds in the packet's lane, or, where `or_owner`, owns its policy; also of closed
// packets, and, where it is about a fragment, of those that people write together. A refusal's code where it
// is not so.
std::string why_not_keeper(const Deciding& d, const AccountId& by, const PacketId& id, bool of_fragment,
                           bool or_owner) {
  const auto person = d.person(by);
  if (!person) {
    return d.why_not_person(by);
  }
  const Packet* packet = d.world.state.find(id);
  if (packet == nullptr || (of_fragment && !packet->workspace)) {
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

// Why the fragment is not erased; else the order says under what it is.
std::optional<packet::Reason> why_fragment_stays(const Deciding& d, const OrderErasure& e,
                                                 packet::ErasureOrdered& order) {
  const Packet& packet = *d.world.state.find(e.packet);
  const auto unit = kept_unit(packet, *e.unit, e.revisions);
  if (!unit || keys_of(unit->kept.end_state) == 0) {
    return {{"unit_unknown", ""}};
  }
  if (const auto held = legally_held(d.world, e.packet, e.unit)) {
    return {{"STATE.LEGAL_HOLD", held->str()}};
  }
  if (const auto open = needed_by(d.world, e.packet, *e.unit)) {
    return {{"unit_needed", open->str()}};
  }
  if (d.now < unit->kept.deadline) {
    return {{"retention_runs", ""}};
  }
  order.end_state = unit->kept.end_state;
  order.deadline = unit->kept.deadline;
  order.revision = unit->revision;
  order.clock = retention_clock(*d.world.active_charter(packet.lane));
  order.disputed = unit->kept.disputed;
  return std::nullopt;
}

// The same of the packet itself.
std::optional<packet::Reason> why_packet_stays(const Deciding& d, const OrderErasure& e,
                                               packet::ErasureOrdered& order) {
  const Packet& packet = *d.world.state.find(e.packet);
  if (const auto held = legally_held(d.world, e.packet, std::nullopt)) {
    return {{"STATE.LEGAL_HOLD", held->str()}};
  }
  if (const auto needing = needed_by(d.world.state, e.packet)) {
    return {{"unit_needed", needing->str()}};
  }
  if (const auto entry = pending_entry(d.world.state, packet)) {
    return {{"entry_pending", entry->str()}};
  }
  if (const auto fragment = kept_fragment(packet)) {
    return {{"fragment_kept", *fragment}};
  }
  const auto deadline = own_deadline(d.world, packet);
  if (!deadline) {
    return {{"retention_unknown", ""}};
  }
  if (d.now < *deadline) {
    return {{"retention_runs", ""}};
  }
  order.deadline = *deadline;
  order.charter = packet.closed->charter;
  return std::nullopt;
}

const Erasure* order_of(const Packet& packet, const std::optional<std::string>& unit) {
  if (!unit) {
    return packet.own_erasure ? &*packet.own_erasure : nullptr;
  }
  const auto order = packet.erasures.find(*unit);
  return order == packet.erasures.end() ? nullptr : &order->second;
}

} // namespace

Decision decide_one(Deciding& d, const OrderErasure& e) {
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("erasure.order", e.by, e.packet, std::move(code), std::move(where));
  };
  if (std::string code = why_not_keeper(d, e.by, e.packet, e.unit.has_value(), false); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet& packet = *d.world.state.find(e.packet);
  if (e.unit ? packet.erasures.contains(*e.unit) : packet.own_erasure.has_value()) {
    return std::move(d.out); // it stands; asked again it is the same order
  }
  packet::ErasureOrdered order;
  order.packet = e.packet;
  order.unit = e.unit;
  order.person = *d.person(e.by);
  order.account = e.by;
  if (auto reason = e.unit ? why_fragment_stays(d, e, order) : why_packet_stays(d, e, order)) {
    return refuse(std::move(reason->code), std::move(reason->where));
  }
  d.emit(std::move(order));
  return std::move(d.out);
}

// The engine's own, when the keys are gone.
Decision decide_one(Deciding& d, const ConfirmErasure& e) {
  const auto refuse = [&](const char* code) {
    d.out.refused = {{code, ""}};
    return std::move(d.out);
  };
  const Packet* packet = d.world.state.find(e.packet);
  const Erasure* order = packet == nullptr ? nullptr : order_of(*packet, e.unit);
  if (order == nullptr) {
    return refuse("erasure_unknown");
  }
  if (order->done != 0) {
    return std::move(d.out); // done once, however often it is said
  }
  const std::uint32_t keys = e.unit ? keys_of(order->end_state) : 1;
  if (e.keys != keys || e.backups_until < d.now) {
    return refuse("erasure_incomplete");
  }
  if (e.unit && order->end_state == "forgotten" && !words_are_gone(d.world.state, e.packet)) {
    return refuse("erasure_incomplete"); // its third key is the packet's, and that of each of its case
  }
  d.emit(packet::ErasureDone{e.packet, e.unit, e.unit ? std::optional(order->end_state) : std::nullopt,
                             e.keys, e.backups_until, order->ordered, packet->entry});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const PlaceLegalHold& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("legal_hold.place", e.by, e.packet, std::move(code));
  };
  if (std::string code = why_not_keeper(d, e.by, e.packet, e.unit.has_value(), true); !code.empty()) {
    return refuse(std::move(code));
  }
  if (d.world.state.find(e.packet)->own_erasure) {
    return refuse("erasure_ordered");
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
  if (std::string code = why_not_keeper(d, e.by, e.packet, false, true); !code.empty()) {
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
