#include "gate/agents.h"

namespace sallyport::gate {

std::string why_no_agent_view(const World& world, const PacketId& id, const AccountId& by) {
  const Account* account = world.state.account(by);
  if (account == nullptr || account->kind != "agent") {
    return "agents_only";
  }
  const Packet* packet = world.state.find(id);
  const charter::Charter* charter = packet == nullptr ? nullptr : world.active_charter(packet->lane);
  return charter == nullptr || charter->agents.allow.empty() ? "verb_not_allowed" : "";
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
