// The manifest as the world now would have it: what T08 binds, and what the release compares with.
#pragma once

#include "gate/checks.h"
#include "gate/world.h"

#include <optional>

namespace sallyport::gate {

// The lane view of the head: its disclosures and the included parts.
packet::View lane_view(const World& world, const PacketId& id);

// Holds that would cross, sorted by id: as the register has them the visible ones, and those of `overrides`
// that block; and the ledger's items that are accepted.
std::vector<packet::BoundHold> crossing_holds(const World& world, const Packet& packet,
                                              const std::set<HoldId>& overrides, Instant now);

// Everything but evidence is a function of the present world. Call only for a packet with head, charter,
// roster and dossier. `reasons` gets a code for each bound field that would be empty.
struct Bound {
  packet::Manifest manifest;
  packet::Disclosure audience;
  std::vector<packet::AudienceMember> members;
  std::optional<packet::View> view; // where only a part of the head crosses
  std::vector<packet::Reason> lacking;
};

// Whether what is kept of a submitted manifest is what was signed: its bytes, what they say, and the
// members that its audience opens to.
bool intact(const BoundManifest& kept, const Digest& digest);

Bound bind(const World& world, const PacketId& id, const ManifestId& manifest,
           const packet::Salt& audience_salt, const packet::BoundLog& head, Instant now,
           const Waived& waived = {});

// The codes of the bound fields in which what people signed differs from what would be bound now.
// Evidence may be newer, never other; the eligible set may have changed, but not around a signer.
std::vector<packet::Reason> differences(const packet::Manifest& bound, const packet::Manifest& now);

} // namespace sallyport::gate
