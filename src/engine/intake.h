// The door: from what upstream sends to a sealed revision. The submission is checked, secrets are
// replaced before anything is sealed or stored, identity values become refs, cited records become
// objects, and everything that could cross is scanned (requirements amendments 2, 10, 23).
#pragma once

#include "engine/core.h"
#include "engine/scanned.h"
#include "packet/submission.h"

#include <optional>
#include <string_view>
#include <vector>

namespace sallyport::engine {

// What a face answers to a packet that came in.
struct IntakeOutcome {
  PacketId packet;
  std::uint32_t revision = 0;
  Digest digest;
  bool known = false; // the same upstream revision had come before, byte for byte: nothing happened
  std::uint32_t withheld = 0;
  std::vector<packet::Reason> refused;
  std::optional<Error> fault; // the contract's, where it was not met
  std::string lane;           // that the submission names, where it was read
};

// Inside a batch, of what was scanned as the world has it now (is_current()). `packet` and `predecessor` are
// given for a new revision of a packet that is there.
Result<IntakeOutcome> submit_packet(Core& core, const AccountId& by, const Scanned& scanned);
Result<IntakeOutcome> revise_packet(Core& core, const AccountId& by, const PacketId& packet,
                                    const Digest& predecessor, const Scanned& scanned);

// The same with the scan in between, for callers whose thread nobody waits for.
Result<IntakeOutcome> submit_packet(Core& core, const AccountId& by, std::string_view document);
Result<IntakeOutcome> revise_packet(Core& core, const AccountId& by, const PacketId& packet,
                                    const Digest& predecessor, std::string_view document);

} // namespace sallyport::engine
