#include "engine/agents.h"

#include "canon/json.h"
#include "packet/leaf.h"

#include <algorithm>
#include <vector>

namespace sallyport::engine {
namespace {

constexpr std::string_view model_document = "agent-model";

struct Look {
  std::string what;
  std::int64_t leaf = 0;
};

// What the log says that the agent looked at of the packet, oldest first: back along the packet's own leaves,
// and not for ever.
Result<std::vector<Look>> looks_of(const Core& core, const AccountId& agent, const PacketId& id) {
  constexpr std::size_t leaves_max = 512;
  std::vector<Look> out;
  std::optional<packet::LeafNumber> at = core.state().find(id)->last_leaf;
  for (std::size_t read = 0; at && read < leaves_max && out.size() < looks_max; ++read) {
    SP_TRY(const Bytes bytes, core.reader().leaf(*at));
    SP_TRY(const packet::Leaf leaf, packet::decode(as_text(bytes)));
    const auto* access = std::get_if<packet::AccessRecorded>(&leaf.record);
    if (access != nullptr && access->actor == agent) {
      out.push_back({access->what, static_cast<std::int64_t>(leaf.n)});
    }
    at = leaf.prev;
  }
  std::ranges::reverse(out);
  return out;
}

} // namespace

Result<AddedPrincipal> add_agent(Core& core, const AccountId& by, const NewPrincipal& input,
                                 const std::string& model) {
  SP_TRY(AddedPrincipal added, add_principal(core, by, input));
  if (added.refused.empty()) {
    const std::string bytes = canon::write(canon::Object{{"model", model}});
    const ByteView view = as_bytes(bytes);
    SP_CHECK(core.tx().put_document({std::string(model_document), added.account.str(), 1,
                                     "account/" + added.account.str(), Bytes(view.begin(), view.end())}));
  }
  return added;
}

std::optional<std::string> model_of(const Core& core, const AccountId& agent) {
  const auto row = core.reader().document(model_document, agent.str(), 1);
  const auto value = row ? canon::parse(as_text(row->bytes)) : std::unexpected(row.error());
  const canon::Value* model = value ? value->find("model") : nullptr;
  return model == nullptr || model->string() == nullptr ? std::nullopt : std::optional(*model->string());
}

Result<std::optional<canon::Object>> agent_part(const Core& core, const AccountId& by,
                                                const PacketId& packet) {
  const gate::Account* account = core.state().account(by);
  if (account == nullptr || account->kind != "agent") {
    return std::nullopt;
  }
  canon::Object out{{"model_source", "credential"}};
  if (auto model = model_of(core, by)) {
    out.set("model", *std::move(model));
  }
  SP_TRY(const std::vector<Look> looks, looks_of(core, by, packet));
  canon::Array access;
  canon::Array inputs;
  for (const Look& look : looks) {
    access.emplace_back(look.leaf);
    inputs.emplace_back(canon::Object{{"view", look.what}, {"leaf", look.leaf}});
  }
  out.set("access", std::move(access));
  out.set("inputs", std::move(inputs));
  return out;
}

} // namespace sallyport::engine
