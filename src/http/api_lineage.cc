// Packets that may be one case, and packets of which a part goes on.
#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "http/api_call.h"
#include "packet/statement.h"

#include <algorithm>
#include <iterator>

namespace sallyport::http::api {
namespace {

constexpr std::size_t elements_max = 256;

Result<canon::Value> split_value(const Call& call, const PacketId& other, const std::string& rationale) {
  SP_TRY(const PacketId packet, packet_at(call));
  if (other == packet) {
    return fail(ErrorCode::malformed, "/other", "expected another packet");
  }
  return packet::statement(packet::SplitStatement{call.state().origin, std::min(packet, other),
                                                  std::max(packet, other), crypto::sha256(rationale)});
}

// The rationale is opened under a salt that nobody can guess: the digest in the log tells nothing of it.
Result<Outcome> split_statement(Call& call) {
  canon::Fields fields(call.body, "");
  const PacketId other = fields.id<PacketId>("other");
  std::string text = fields.string("rationale", reason_bytes);
  SP_CHECK(fields.done());
  packet::Salt salt{};
  crypto::random_bytes(salt);
  const packet::Disclosure rationale = packet::rationale_disclosure(salt, std::move(text));
  SP_TRY(const canon::Value value, split_value(call, other, rationale.encoded));
  return json(200, {{"statement", canon::write(value)}, {"rationale", rationale.encoded}});
}

Result<Outcome> split_packet(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  const PacketId other = fields.id<PacketId>("other");
  std::string rationale = fields.string("rationale", 2 * limits::signature_bytes);
  const std::string armored = fields.string("signature", 2 * limits::signature_bytes);
  SP_CHECK(fields.done());
  SP_TRY(canon::Value value, split_value(call, other, rationale));
  SP_TRY(packet::OwnerSignature sig, read_owner_signature(call.state(), armored, "/signature"));
  return apply(call,
               gate::SplitPackets{
                   call.by(), packet, other, {std::move(value), {std::move(sig)}}, std::move(rationale)});
}

Result<Outcome> dismiss(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(HoldId hold, id_at<HoldId>(call, "hold"));
  canon::Fields fields(call.body, "");
  canon::Object body{{"rationale", fields.string("rationale", reason_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, gate::DismissSuspicion{call.by(), packet, std::move(hold), std::move(body)});
}

// The head's value without what is to be held, in the dimension that the charter lets split.
Result<canon::Value> partial_value(const Call& call, const PacketId& id, std::vector<std::string> held) {
  const gate::Packet& packet = *call.state().find(id);
  const gate::Dossier* dossier = call.core.world().dossier(id);
  const charter::Charter* charter = call.core.world().active_charter(packet.lane);
  if (!packet.head || dossier == nullptr || charter == nullptr) {
    return nothing_there();
  }
  packet::PartialStatement act;
  act.origin = call.state().origin;
  act.packet = id;
  act.revision = packet.head->number;
  act.revision_digest = packet.head->digest;
  act.dimension = charter->admission.partial_dim.value_or("");
  std::ranges::sort(held);
  act.held = std::move(held);
  if (const auto whole = dossier->revision.scope.find(act.dimension);
      whole != dossier->revision.scope.end()) {
    std::ranges::set_difference(whole->second, act.held, std::back_inserter(act.free));
  }
  return packet::statement(act);
}

Result<Outcome> partial_statement(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  std::vector<std::string> held = fields.strings("held", elements_max);
  SP_CHECK(fields.done());
  SP_TRY(const canon::Value value, partial_value(call, packet, std::move(held)));
  return json(200, {{"statement", canon::write(value)}});
}

Result<Outcome> split_scope(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  std::vector<std::string> held = fields.strings("held", elements_max);
  const std::string armored = fields.string("signature", 2 * limits::signature_bytes);
  SP_CHECK(fields.done());
  SP_TRY(canon::Value value, partial_value(call, packet, std::move(held)));
  SP_TRY(packet::OwnerSignature sig, read_owner_signature(call.state(), armored, "/signature"));
  const PacketId remainder = PacketId::from_random(call.core.random());
  return apply(call, gate::SplitScope{call.by(), packet, remainder, {std::move(value), {std::move(sig)}}},
               201, {{"remainder", remainder.str()}});
}

constexpr std::array lineage_table{
    Route{"POST",
          "/v1/packets/{packet}/split/statement",
          Access::decide,
          Takes::json,
          "packet.split.statement",
          split_statement,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/packets/{packet}/split", Access::decide, Takes::json, "packet.split", split_packet},
    Route{"POST", "/v1/packets/{packet}/holds/{hold}/dismiss", Access::decide, Takes::json,
          "duplicate.dismiss", dismiss},
    Route{"POST",
          "/v1/packets/{packet}/partial/statement",
          Access::read,
          Takes::json,
          "scope.split.statement",
          partial_statement,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/packets/{packet}/partial", Access::decide, Takes::json, "scope.split", split_scope},
};

} // namespace

std::span<const Route> lineage_routes() {
  return lineage_table;
}

} // namespace sallyport::http::api
