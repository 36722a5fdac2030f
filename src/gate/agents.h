// What agents may look at of a packet: beside its broad view (amendment 15), and by the verbs that only look.
#pragma once

#include "gate/world.h"

#include <string>

namespace sallyport::gate {

// Why the account is not shown the agents' view of the packet; "" where it is. It is for the agents whom the
// lane's charter lets do anything at all: there it says where their model runs (B24). What people write
// together is for agents of those who take part.
std::string why_no_agent_view(const World& world, const PacketId& packet, const AccountId& account,
                              Instant now);

// Why an agent may not look at the packet by this verb of its lane's charter; "" where it may. People and
// services are not asked: what the verb shows is broad.
std::string why_not_look(const World& world, const PacketId& packet, const AccountId& account,
                         charter::AgentVerb verb);

// What that view opens.
packet::Recipe agent_recipe(const charter::Charter& charter);

} // namespace sallyport::gate
