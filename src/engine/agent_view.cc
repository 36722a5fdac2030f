#include "engine/agent_view.h"

#include "canon/json.h"
#include "engine/dossier.h"
#include "gate/agents.h"
#include "gate/ledger.h"

#include <algorithm>

namespace sallyport::engine {

Result<AgentView> show_agent_view(const Core& core, const PacketId& id) {
  const gate::Packet& packet = *core.state().find(id);
  const charter::Charter* charter = core.world().active_charter(packet.lane);
  if (!packet.head || charter == nullptr) {
    return fail(ErrorCode::not_found, id.str(), "the packet has no readable head");
  }
  SP_TRY(const store::Revision row, core.reader().revision(id, packet.head->number));
  SP_TRY(const OpenedRevision revision, open_revision(row));
  SP_TRY(const canon::Value clear, canon::parse(revision.bytes, {.bytes = limits::request_bytes}));
  std::vector<std::string> names;
  for (const packet::Disclosure& disclosure : revision.disclosures) {
    names.push_back(disclosure.name);
  }
  const packet::ViewChoice choice = packet::choose(gate::agent_recipe(*charter), names);
  canon::Object opens;
  for (const packet::Disclosure& disclosure : revision.disclosures) {
    if (std::ranges::binary_search(choice.names, disclosure.name) &&
        !gate::is_stubbed(packet, disclosure.name)) {
      opens.set(disclosure.name, disclosure.value);
    }
  }
  canon::Array citations;
  for (const packet::Cite& cite : packet.head->cites) {
    canon::Object one{{"citation", cite.citation}, {"source", cite.source}, {"status", "unknown"}};
    const auto object = core.state().objects.find(cite.object);
    if (object != core.state().objects.end() && object->second.observed) {
      one.set("status", object->second.status);
      one.set("observed_at", to_string(object->second.observed_at));
    }
    citations.emplace_back(std::move(one));
  }
  const bool more = !opens.empty();
  return AgentView{{{"packet", id.str()},
                    {"number", std::int64_t{packet.head->number}},
                    {"digest", packet.head->digest.hex()},
                    {"revision", clear},
                    {"opened", std::move(opens)},
                    {"citations", std::move(citations)}},
                   more};
}

} // namespace sallyport::engine
