// How long a fragment is kept, and what forbids to end it. A fragment is its own retention unit; its packet,
// and those that continue it or that it continues, share it by its id.
#pragma once

#include "gate/world.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sallyport::gate {

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

// An open packet that has the fragment, or of which it cannot be seen that it has not.
std::optional<PacketId> needed_by(const World& world, const PacketId& id, const std::string& unit);

// A packet with a legal hold that covers the fragment.
std::optional<PacketId> legally_held(const World& world, const PacketId& id, const std::string& unit);

// Whether the fragment's erasure was ordered, here or where the case was before or goes on.
bool is_erased(const State& state, const PacketId& id, const std::string& unit);

} // namespace sallyport::gate
