// What the lane's charter shows agents of a packet's head: its clear part, what the agent view opens of the
// rest, and how its citations stand.
#pragma once

#include "engine/core.h"

namespace sallyport::engine {

struct AgentView {
  canon::Object view;
  bool opens = false; // anything that broad readers do not see
};

// The caller has asked gate::why_no_agent_view, and records the access where it opens anything.
Result<AgentView> show_agent_view(const Core& core, const PacketId& packet);

} // namespace sallyport::engine
