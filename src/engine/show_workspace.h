// What faces show of a packet that people write together. Each view is one of three: broad (ids, codes,
// states, counts and instants), what those who take part see, and what the charter lets agents see. A caller
// records an agent's reading before it shows what the view holds.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

enum class WorkView { broad, workspace, agent };

// People who take part in the packet or its lane: the workspace; agents of such an operator: the agents'
// view.
WorkView work_view_of(const Core& core, const AccountId& reader, const PacketId& packet, Instant now);

// The packet is there and has a workspace. not_found where bodies that it needs were destroyed.
Result<canon::Object> show_workspace(Core& core, const PacketId& packet, WorkView view, Instant now);
// Its version, the edits that wait side by side, and every one that was taken or rejected. not_found: no such
// section.
Result<canon::Object> show_section(Core& core, const PacketId& packet, const std::string& section,
                                   WorkView view, Instant now);
Result<canon::Object> show_ledger(Core& core, const PacketId& packet, WorkView view, Instant now);

} // namespace sallyport::engine
