#include "gate/agents.h"

#include "gate/people.h"

namespace sallyport::gate {

std::string why_no_agent_view(const World& world, const PacketId& id, const AccountId& by, Instant now) {
  const Account* account = world.state.account(by);
  if (account == nullptr || account->kind != "agent") {
    return "agents_only";
  }
  const Packet* packet = world.state.find(id);
  const charter::Charter* charter = packet == nullptr ? nullptr : world.active_charter(packet->lane);
  if (charter == nullptr || charter->agents.allow.empty()) {
    return "verb_not_allowed";
  }
  const bool outside =
      packet->workspace && (!account->operator_ || !involved(world, id, *account->operator_, now));
  return outside ? "role_missing" : "";
}

std::string why_not_look(const World& world, const PacketId& id, const AccountId& by,
                         charter::AgentVerb verb) {
  const Account* account = world.state.account(by);
  if (account == nullptr) {
    return "account_unknown";
  }
  if (account->kind != "agent") {
    return "";
  }
  const Packet* packet = world.state.find(id);
  const charter::Charter* charter = packet == nullptr ? nullptr : world.active_charter(packet->lane);
  return charter == nullptr || !charter->agents.allow.contains(verb) ? "verb_not_allowed" : "";
}

} // namespace sallyport::gate
