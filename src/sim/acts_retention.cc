// What is kept no longer, and what must be kept. Towns dispatch: a packet is one retention unit.
#include "sim/acts.h"

#include <algorithm>

namespace sallyport::sim::acts {
namespace {

// A closed one if there is one, else, and now and then, that of the slot.
PacketId some_packet(Town& town, Slot slot, Draw& draw) {
  std::vector<PacketId> closed;
  for (const auto& [id, packet] : town.state().packets) {
    if (!packet.open()) {
      closed.push_back(id);
    }
  }
  return closed.empty() || draw.one_in(6) ? town.packet_at(slot) : closed[draw.below(closed.size())];
}

AccountId some_keeper(Town& town, Draw& draw) {
  const Person& person = draw.one_in(6)   ? town.anybody(draw)
                         : draw.one_in(6) ? *town.owners[draw.below(town.owners.size())]
                                          : *town.leads[draw.below(town.leads.size())];
  return draw.one_in(12) ? town.agent : town.account_of(person, draw);
}

// To the millisecond at which the packet has been kept long enough, or one before it.
void wait_for_its_end(Town& town, const PacketId& id, Draw& draw) {
  const gate::Packet* packet = town.state().find(id);
  if (packet != nullptr && packet->closed) {
    town.now = std::max(town.now, packet->closed->at + town.charter().governance.record_retention +
                                      Duration{-static_cast<std::int64_t>(draw.below(2))});
  }
}

const canon::Object reason{{"reason", "a matter"}};

} // namespace

void order_erasure(Town& town, Slot slot, Draw& draw) {
  const PacketId packet = some_packet(town, slot, draw);
  if (draw.one_in(2)) {
    wait_for_its_end(town, packet, draw);
  }
  const auto unit = draw.one_in(12) ? std::optional<std::string>("x1") : std::nullopt;
  town.play(gate::OrderErasure{some_keeper(town, draw), packet, unit});
}

void confirm_erasure(Town& town, Slot, Draw& draw) {
  for (const auto& [id, packet] : town.state().packets) {
    const bool waits = packet.own_erasure && !packet.erased();
    if (waits || draw.one_in(12)) {
      town.play(gate::ConfirmErasure{PacketId(id), std::nullopt, draw.one_in(6) ? 2U : 1U,
                                     town.now + Duration{draw.one_in(6) ? -1 : 1}});
      return;
    }
  }
}

void hold_for_court(Town& town, Slot slot, Draw& draw) {
  const PacketId packet = some_packet(town, slot, draw);
  town.play(gate::PlaceLegalHold{some_keeper(town, draw), packet, std::nullopt, reason});
}

void lift_court_hold(Town& town, Slot, Draw& draw) {
  for (const auto& [id, packet] : town.state().packets) {
    if (!packet.legal_holds.empty() && draw.one_in(2)) {
      town.play(
          gate::LiftLegalHold{some_keeper(town, draw), PacketId(id), packet.legal_holds.back().leaf, reason});
      return;
    }
  }
}

// Crossed, judged, and kept as long as its charter asks.
void to_due(Town& town, Slot slot, Draw& draw) {
  town.bring(slot, Stage::released, draw);
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr || !packet->entry) {
    return;
  }
  const EntryId entry = *packet->entry;
  town.play(gate::DeliverEntry{entry, town.state().size});
  for (const Person* reader : town.readers) {
    if (!town.state().entries.at(entry).verdict) {
      town.play(gate::GiveVerdict{town.account_of(*reader, draw), entry, "sufficient", {}});
    }
  }
  town.now = town.now + town.charter().governance.record_retention;
}

} // namespace sallyport::sim::acts
