// How long a fragment or a packet is kept, and what forbids to end it. A fragment is its own retention unit;
// its packet, and those that continue it or that it continues, share it by its id. All else of a packet is
// one unit more, the packet's own.
#pragma once

#include "gate/world.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sallyport::gate {

// The packet's own unit.
inline std::string unit_of(const PacketId& packet) {
  return "packet/" + packet.str();
}

// How many of a fragment's keys go with the end state; 0 where there is none of that name.
std::uint32_t keys_of(const std::string& end_state);

// What the newest revision that has the fragment says of it.
struct KeptUnit {
  packet::SealedRetention kept;
  Digest revision;
};

// `revisions` are stored bytes; they count by their digests alone. Nothing where they do not reach from the
// last revision back to one that has the fragment.
std::optional<KeptUnit> kept_unit(const Packet& packet, const std::string& unit,
                                  std::span<const std::string> revisions);

// Until when the charter says that a closed packet's own unit is kept. Nothing while it is open, and where
// the charter is not known.
std::optional<Instant> own_deadline(const World& world, const Packet& packet);

// An open packet that has the fragment, or of which it cannot be seen that it has not.
std::optional<PacketId> needed_by(const World& world, const PacketId& id, const std::string& unit);

// An open packet of the case: what goes on is written from what was before.
std::optional<PacketId> needed_by(const State& state, const PacketId& id);

// The entry with which the lane is not done.
std::optional<EntryId> pending_entry(const State& state, const Packet& packet);

// A fragment of any revision whose erasure nobody ordered. What says how long it is kept, and why, lies in
// the packet's own unit, which therefore goes last.
std::optional<std::string> kept_fragment(const Packet& packet);

// A packet with a legal hold that covers the fragment, or, without one, anything of the packet.
std::optional<PacketId> legally_held(const World& world, const PacketId& id,
                                     const std::optional<std::string>& unit);

// Whether the fragment's erasure was ordered, here or where the case was before or goes on.
bool is_erased(const State& state, const PacketId& id, const std::string& unit);

// Whether the units of all packets of the case are gone. Words of a fragment are copied from one to the next,
// and people speak of it in edits, items and instructions of each.
bool words_are_gone(const State& state, const PacketId& id);

} // namespace sallyport::gate
