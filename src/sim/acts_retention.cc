// What is kept no longer, and what must be kept. Towns dispatch: a packet is one retention unit.
#include "sim/acts.h"

namespace sallyport::sim::acts {
namespace {

// That of the slot, or any other that there is.
std::optional<PacketId> some_packet(Town& town, Slot slot, Draw& draw) {
  const auto& packets = town.state().packets;
  if (packets.empty() || draw.one_in(3)) {
    return town.packet_at(slot);
  }
  auto at = packets.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(draw.below(packets.size())));
  return at->first;
}

AccountId some_keeper(Town& town, Draw& draw) {
  const Person& person = draw.one_in(4)   ? town.anybody(draw)
                         : draw.one_in(4) ? *town.owners[draw.below(town.owners.size())]
                                          : *town.leads[draw.below(town.leads.size())];
  return draw.one_in(12) ? town.agent : town.account_of(person, draw);
}

const canon::Object reason{{"reason", "a matter"}};

} // namespace

void order_erasure(Town& town, Slot slot, Draw& draw) {
  const auto packet = some_packet(town, slot, draw);
  const auto unit = draw.one_in(12) ? std::optional<std::string>("x1") : std::nullopt;
  if (packet) {
    town.play(gate::OrderErasure{some_keeper(town, draw), *packet, unit});
  }
}

void confirm_erasure(Town& town, Slot, Draw& draw) {
  for (const auto& [id, packet] : town.state().packets) {
    if (packet.own_erasure || draw.one_in(12)) {
      town.play(gate::ConfirmErasure{id, std::nullopt, draw.one_in(6) ? 2U : 1U,
                                     town.now + Duration{draw.one_in(6) ? -1 : 1}});
      return;
    }
  }
}

void hold_for_court(Town& town, Slot slot, Draw& draw) {
  if (const auto packet = some_packet(town, slot, draw)) {
    town.play(gate::PlaceLegalHold{some_keeper(town, draw), *packet, std::nullopt, reason});
  }
}

void lift_court_hold(Town& town, Slot, Draw& draw) {
  for (const auto& [id, packet] : town.state().packets) {
    if (!packet.legal_holds.empty() && draw.one_in(2)) {
      town.play(gate::LiftLegalHold{some_keeper(town, draw), id, packet.legal_holds.back().leaf, reason});
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
