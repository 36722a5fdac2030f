// What is kept, and what forbids to end it.
#include "engine/erasure.h"
#include "engine/retention.h"
#include "http/api_perform.h"

namespace sallyport::http::api {
namespace {

Result<Outcome> show_retention(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  const bool words = engine::reads_reasons(call.core, call.by(), packet, call.now());
  SP_TRY(canon::Object shown, engine::show_retention(call.core, packet, words));
  return json(200, std::move(shown));
}

Result<Outcome> place(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::PlaceLegalHold event{call.by(), packet, fields.maybe_string("fragment", name_bytes), {}};
  event.body = {{"reason", fields.string("reason", reason_bytes)}};
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  canon::Object out;
  for (const gate::LeafOut& leaf : step.leaves) {
    if (std::holds_alternative<packet::LegalHoldPlaced>(leaf.leaf.record)) {
      out.set("leaf", static_cast<std::int64_t>(leaf.leaf.n));
    }
  }
  return json(201, std::move(out));
}

Result<Outcome> lift(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const packet::LeafNumber leaf, leaf_at(call, "leaf"));
  canon::Fields fields(call.body, "");
  canon::Object body{{"reason", fields.string("reason", reason_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, gate::LiftLegalHold{call.by(), packet, leaf, std::move(body)});
}

// The order alone: its keys are destroyed once it is durable, and that is another leaf. Of the packet itself
// only where its own id is said again: a forgotten field erases nothing.
Result<Outcome> order_erasure(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  const bool itself = fields.maybe("packet") != nullptr;
  if (itself && fields.id<PacketId>("packet") != packet) {
    fields.fault("packet", "must be the packet of the path");
  }
  const std::optional<std::string> fragment =
      itself ? std::nullopt : std::optional(fields.string("fragment", name_bytes));
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, engine::order_erasure(call.core, call.by(), packet, fragment));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  const gate::Packet& state = *call.state().find(packet);
  const gate::Erasure& order = fragment ? state.erasures.at(*fragment) : *state.own_erasure;
  return json(202, {{"leaf", static_cast<std::int64_t>(order.ordered)}});
}

constexpr std::array retention_table{
    Route{"GET", "/v1/packets/{packet}/retention", Access::read, Takes::nothing, "retention.show",
          show_retention},
    Route{"POST", "/v1/packets/{packet}/legal-holds", Access::decide, Takes::json, "legal_hold.place", place},
    Route{"POST", "/v1/packets/{packet}/legal-holds/{leaf}/lift", Access::decide, Takes::json,
          "legal_hold.lift", lift},
    Route{"POST", "/v1/packets/{packet}/erasures", Access::decide, Takes::json, "erasure.order",
          order_erasure},
};

} // namespace

std::span<const Route> retention_routes() {
  return retention_table;
}

} // namespace sallyport::http::api
