// The log itself, what outsiders pin of it, whether all is well, and the acts that are none of ours.
#include "charter/words.h"
#include "engine/audit.h"
#include "engine/export.h"
#include "engine/present.h"
#include "gate/agents.h"
#include "http/api_call.h"

#include <charconv>

namespace sallyport::http::api {
namespace {

constexpr std::int64_t leaves_max = 256;

std::optional<packet::LeafNumber> parse_number(std::string_view text) {
  packet::LeafNumber number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

Result<Outcome> health(Call& call) {
  return json(200, {{"ok", true}, {"leaves", static_cast<std::int64_t>(call.state().size)}});
}

Result<Outcome> log(Call& call) {
  constexpr std::int64_t last = (std::int64_t{1} << 53U) - 1;
  SP_TRY(const std::int64_t from, number_in_query(call, "from", 0, last));
  SP_TRY(const std::int64_t count, number_in_query(call, "count", 100, leaves_max));
  SP_TRY(canon::Array leaves,
         engine::show_log(call.core, static_cast<std::uint64_t>(from), static_cast<std::size_t>(count)));
  return json(200, {{"size", static_cast<std::int64_t>(call.state().size)}, {"leaves", std::move(leaves)}});
}

// From the leaf after Last-Event-ID, else from now on. An agent follows one packet whose charter lets agents
// trace, and that it does is on record.
Result<Outcome> events(Call& call) {
  api::Listen out{call.by(), call.state().size, std::nullopt};
  if (const std::string* last = call.request.headers.find("last-event-id")) {
    const auto heard = parse_number(*last);
    if (!heard || *heard >= call.state().size) {
      return fail(ErrorCode::malformed, "/headers/last-event-id", "expected the number of a leaf of the log");
    }
    out.next = *heard + 1;
  }
  const bool agent = call.account().kind == "agent";
  const std::string* name = call.request.query_value("packet");
  if (name == nullptr) {
    return agent ? Result<Outcome>(fail(ErrorCode::malformed, "/query/packet", "an agent names the packet"))
                 : Result<Outcome>(out);
  }
  auto packet = PacketId::parse(*name);
  if (!packet || call.state().find(*packet) == nullptr) {
    return nothing_there();
  }
  out.packet = *std::move(packet);
  const std::string code =
      gate::why_not_look(call.core.world(), *out.packet, call.by(), charter::AgentVerb::trace);
  if (!code.empty()) {
    return deny(call, {{code, ""}}, out.packet);
  }
  if (agent) {
    SP_TRY(const gate::Step step,
           call.core.apply(gate::RecordAccess{call.by(), *out.packet, "events", std::nullopt}));
    (void)step; // an access is always taken
  }
  return out;
}

Response text_answer(std::string type, std::string text) {
  Response response{.status = 200, .headers = {}, .body = std::move(text)};
  response.headers.add("content-type", std::move(type));
  response.headers.add("cache-control", "no-store");
  return response;
}

Result<Outcome> checkpoint(Call& call) {
  SP_TRY(auto head, call.core.reader().latest_checkpoint());
  return text_answer("text/plain; charset=utf-8", std::move(head.note));
}

// On connections of its own: a long log is read while the gate goes on.
Result<Outcome> verify(Call& call) {
  return Later([options = call.core.options()]() -> Result<Response> {
    const auto audit = engine::audit_log(options);
    if (!audit) {
      return fail(ErrorCode::unavailable, "", audit.error().text());
    }
    return json(200, {{"ok", true},
                      {"leaves", static_cast<std::int64_t>(audit->leaves)},
                      {"state_digest", audit->state.hex()}});
  });
}

Result<Outcome> trust(Call& call) {
  SP_TRY(std::string trust, engine::trust_of(call.core));
  return text_answer("application/json", std::move(trust));
}

// Always refused and always on record. Only words that we know reach the log: a name of somebody else's
// choice could carry anything.
Result<Outcome> attempt(Call& call) {
  const std::string& asked = call.params.at("verb");
  const std::string verb = charter::from_word<charter::StopVerb>(asked) ? asked : "other";
  SP_TRY(const gate::Step step,
         call.core.apply(gate::RefuseAttempt{call.by(), verb, std::nullopt, {{"out_of_bounds", ""}}}));
  return refusal(call, step.refused);
}

constexpr std::array log_table{
    Route{"GET", "/healthz", Access::anyone, Takes::nothing, "health", health},
    Route{"GET", "/v1/log", Access::read, Takes::nothing, "log.read", log, {"from", "count"}},
    Route{"GET", "/v1/events", Access::read, Takes::nothing, "log.events", events, {"packet"}},
    Route{"GET", "/v1/log/checkpoint", Access::read, Takes::nothing, "log.checkpoint", checkpoint},
    Route{"POST", "/v1/log/verify", Access::read, Takes::nothing, "log.verify", verify, {}, Keeps::nothing},
    Route{"GET", "/v1/trust", Access::read, Takes::nothing, "trust.read", trust},
    Route{
        "POST", "/v1/attempts/{verb}", Access::read, Takes::nothing, "attempt", attempt, {}, Keeps::nothing},
};

} // namespace

std::span<const Route> log_routes() {
  return log_table;
}

} // namespace sallyport::http::api
