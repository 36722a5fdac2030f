// What a person writes before they propose it: one text for each person and section, kept under the packet's
// data key, in no log and shown to nobody else. It is gone once it is proposed or discarded, or the packet
// closes.
#pragma once

#include "engine/core.h"

#include <optional>
#include <string>
#include <vector>

namespace sallyport::engine {

struct Draft {
  packet::LeafNumber base = 0;
  canon::Value ops; // any JSON: what is half written is no list of ops yet
  Instant at;
};

inline constexpr std::size_t draft_bytes_max = 64 * 1024;

// Inside a batch. A draft with a secret is not kept, and is a refused attempt. The packet is there.
Result<std::vector<packet::Reason>> save_draft(Core& core, const AccountId& by, const PacketId& packet,
                                               const std::string& section, Draft draft);
// The caller's own; nothing where there is none.
Result<std::optional<Draft>> find_draft(const Core& core, const AccountId& by, const PacketId& packet,
                                        const std::string& section);
Result<void> discard_draft(Core& core, const AccountId& by, const PacketId& packet,
                           const std::string& section);
Result<void> discard_drafts(Core& core, const PacketId& packet);

} // namespace sallyport::engine
