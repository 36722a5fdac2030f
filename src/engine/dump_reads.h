// What is read off the scans of a packet's dumps: two revisions of a dump against each other, and what was
// left in them against the ledger. Ids, codes and numbers, as the log has them; nothing of what a dump holds.
#pragma once

#include "engine/core.h"

#include <optional>
#include <string>

namespace sallyport::engine {

// Revisions of a dump by number; where one is not given, the last, and the last before it.
struct DumpRevisions {
  std::optional<std::uint32_t> from;
  std::optional<std::uint32_t> to;
};

// The last scan of each of the two. Error not_found: the packet does not name the dump, or no scan is of the
// revision.
Result<canon::Object> compare_scans(const Core& core, const PacketId& packet, const std::string& dump,
                                    const DumpRevisions& wanted);

// For each dump that the packet names and each class of exposure: what its last scan found left, how the
// cells of the fragments stand in the head, and which findings are open. `agrees` is false where one of the
// three says something is there and another that nothing is.
canon::Object cross_check(const Core& core, const PacketId& packet);

} // namespace sallyport::engine
