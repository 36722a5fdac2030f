#include "engine/agent_part.h"

namespace sallyport::engine {

std::optional<canon::Object> agent_part(const Core& core, const AccountId& by, const PacketId& packet) {
  const gate::Account* account = core.state().account(by);
  if (account == nullptr || account->kind != "agent") {
    return std::nullopt;
  }
  canon::Object out{{"model_source", "credential"}};
  if (const std::string* model = core.model_of(by)) {
    out.set("model", *model);
  }
  canon::Array access;
  canon::Array inputs;
  for (const Looked& one : core.looked_at(by, packet)) {
    const auto leaf = static_cast<std::int64_t>(one.leaf);
    access.emplace_back(leaf);
    inputs.emplace_back(canon::Object{{"view", one.what}, {"leaf", leaf}});
  }
  out.set("access", std::move(access));
  out.set("inputs", std::move(inputs));
  return out;
}

} // namespace sallyport::engine
