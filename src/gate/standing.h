// Whether signatures stand, derived each time it is asked (design section 2.5): a signature stands iff
// its manifest is in review, it is not withdrawn and within `valid_for`, its grant and key are valid
// now, head, charter and roster are those that it names, and no re-sign hold opened since (INV-46).
#pragma once

#include "gate/checks.h"

namespace sallyport::gate {

// A signature that counts, and the row of signers.require whose place it fills.
struct Counted {
  PersonId person;
  std::string role;
  LeafNumber leaf = 0;
};

struct Quorum {
  bool met = false;
  std::vector<Counted> counted; // distinct persons
  Report waits;                 // SIGN.* wait reasons, each with what would end it
};

Quorum quorum(const World& world, const PacketId& id, Instant now);

// Whether this signature counts now; `why` gets the wait reason or hold code where it does not.
bool stands(const World& world, const Packet& packet, const ManifestState& manifest,
            const Signature& signature, Instant now, std::string* why = nullptr);

// Who may sign the packet now, by role: holders of a required role who are not barred by not_also.
std::vector<packet::EligibleSigner> eligible(const World& world, const PacketId& id,
                                             const ManifestId& manifest, Instant now);

// Empty, or what bars the person from signing this manifest (a part played, or a role held).
std::string barred(const World& world, const PacketId& id, const ManifestId& manifest, const PersonId& person,
                   Instant now);

// What the lane itself says beside its slots: LANE.CLOSED, LANE.UNREACHABLE and TIME.WINDOW.
Report lane_closed(const World& world, const PacketId& id, Instant now);

// That, and LANE.CAPACITY.
Report lane_waits(const World& world, const PacketId& id, Instant now);

// All that an open packet waits for beside its holds. Where quorum and lane leave nothing, the request or
// the open recheck itself: no packet waits without saying for what (INV-20).
Report waits(const World& world, const PacketId& id, Instant now);

} // namespace sallyport::gate
