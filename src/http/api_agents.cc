// What is there for agents to look at, by the verbs that the lane's charter has for them. People may look
// too.
#include "engine/agent_view.h"
#include "engine/dump_reads.h"
#include "engine/trace.h"
#include "gate/agents.h"
#include "http/api_perform.h"

namespace sallyport::http::api {
namespace {

constexpr std::int64_t looks_max = 256;

// An agent's look is on record: what it made of it can be held against what it was shown.
Result<void> record_look(Call& call, const PacketId& packet, std::string what) {
  if (call.account().kind != "agent") {
    return {};
  }
  SP_TRY(const gate::Step step,
         call.core.apply(gate::RecordAccess{call.by(), packet, std::move(what), std::nullopt}));
  (void)step; // an access is always taken
  return {};
}

// Shows what `show` makes of the packet, where the lane's charter lets the caller look at it so.
template <class Show> Result<Outcome> look(Call& call, charter::AgentVerb verb, std::string what, Show show) {
  SP_TRY(const PacketId packet, packet_at(call));
  const std::string code = gate::why_not_look(call.core.world(), packet, call.by(), verb);
  if (!code.empty()) {
    return deny(call, {{code, ""}}, packet);
  }
  SP_TRY(canon::Object shown, show(packet));
  SP_CHECK(record_look(call, packet, std::move(what)));
  return json(200, std::move(shown));
}

// What agents see. Where that is more than broad readers do, or the packet is one that agents write in, it is
// on record.
Result<Outcome> agent_view(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  if (const std::string code = gate::why_no_agent_view(call.core.world(), packet, call.by(), call.core.now());
      !code.empty()) {
    return deny(call, {{code, ""}}, packet);
  }
  SP_TRY(engine::AgentView shown, engine::show_agent_view(call.core, packet));
  if (shown.opens || call.state().find(packet)->workspace) {
    SP_CHECK(record_look(call, packet, "agent_view"));
  }
  return json(200, std::move(shown.view));
}

Result<std::optional<std::uint32_t>> revision_in_query(const Call& call, std::string_view name) {
  if (call.request.query_value(name) == nullptr) {
    return std::nullopt;
  }
  SP_TRY(const std::int64_t number, number_in_query(call, name, 0, UINT32_MAX));
  return static_cast<std::uint32_t>(number);
}

Result<Outcome> compare(Call& call) {
  engine::DumpRevisions wanted;
  SP_TRY(wanted.from, revision_in_query(call, "from"));
  SP_TRY(wanted.to, revision_in_query(call, "to"));
  return look(call, charter::AgentVerb::compare, "comparison", [&](const PacketId& packet) {
    return engine::compare_scans(call.core, packet, call.params.at("dump"), wanted);
  });
}

Result<Outcome> coverage(Call& call) {
  return look(call, charter::AgentVerb::cross_check, "coverage",
              [&](const PacketId& packet) -> Result<canon::Object> {
                return engine::cross_check(call.core, packet);
              });
}

Result<Outcome> trace(Call& call) {
  constexpr std::int64_t last = (std::int64_t{1} << 53U) - 1;
  SP_TRY(const std::int64_t from, number_in_query(call, "from", 0, last));
  SP_TRY(const std::int64_t count, number_in_query(call, "count", 100, looks_max));
  return look(call, charter::AgentVerb::trace, "trace", [&](const PacketId& packet) {
    return engine::show_trace(call.core, packet, static_cast<std::uint64_t>(from),
                              static_cast<std::size_t>(count));
  });
}

constexpr std::array agent_table{
    Route{"GET", "/v1/packets/{packet}/agent-view", Access::read, Takes::nothing, "packet.agent_view",
          agent_view},
    Route{"GET",
          "/v1/packets/{packet}/dumps/{dump}/comparison",
          Access::read,
          Takes::nothing,
          "dump.compare",
          compare,
          {"from", "to"}},
    Route{"GET", "/v1/packets/{packet}/coverage", Access::read, Takes::nothing, "packet.cross_check",
          coverage},
    Route{"GET",
          "/v1/packets/{packet}/trace",
          Access::read,
          Takes::nothing,
          "packet.trace",
          trace,
          {"from", "count"}},
};

} // namespace

std::span<const Route> agent_routes() {
  return agent_table;
}

} // namespace sallyport::http::api
