// Packets: in, revised, merged, withdrawn, looked at; their holds and annexes.
#include "canon/json.h"
#include "engine/intake.h"
#include "engine/present.h"
#include "gate/people.h"
#include "http/api_call.h"
#include "http/problem.h"
#include "packet/statement.h"

#include <algorithm>

namespace sallyport::http::api {
namespace {

Result<Outcome> came_in(const Call& call, const engine::IntakeOutcome& outcome) {
  if (outcome.fault) {
    canon::Object more{{"reasons", engine::reasons_in_words(outcome.refused)}};
    if (outcome.fault->where.starts_with("/") && outcome.fault->where.size() <= 300) {
      more.set("field", outcome.fault->where);
    }
    return outcome.fault->code == ErrorCode::too_large
               ? problem(413, "too-large", "A limit was passed", outcome.fault->message, std::move(more))
               : problem(422, "refused", "It is not taken", outcome.fault->message, std::move(more));
  }
  if (!outcome.refused.empty()) {
    return refusal(call.core.world().active_charter(outcome.lane), outcome.refused);
  }
  return json(outcome.known ? 200 : 201, {{"packet", outcome.packet.str()},
                                          {"revision", std::int64_t{outcome.revision}},
                                          {"digest", outcome.digest.hex()},
                                          {"withheld", std::int64_t{outcome.withheld}},
                                          {"known", outcome.known}});
}

// Absent, or of terms that have changed since: then it is scanned (again).
bool is_examined(const Call& call) {
  return call.examined != nullptr && engine::is_current(call.core, call.examined->scanned);
}

Result<Outcome> submit_packet(Call& call) {
  if (!is_examined(call)) {
    return Examine([terms = engine::scan_terms(call.core)](const Request& request) {
      return Examined{engine::scan_submission(terms, request.body)};
    });
  }
  SP_TRY(const engine::IntakeOutcome outcome,
         engine::submit_packet(call.core, call.by(), call.examined->scanned));
  if (outcome.fault) { // what is no JSON at all is malformed here as on every route
    SP_TRY(const canon::Value json, canon::parse(call.request.body, {.bytes = limits::request_bytes}));
    (void)json;
  }
  return came_in(call, outcome);
}

// {predecessor, submission}
Examined examine_revision(const engine::ScanTerms& terms, const Request& request) {
  const auto body = canon::parse(request.body, {.bytes = limits::request_bytes});
  if (!body) {
    return {engine::scan_document(terms, std::unexpected(body.error())), std::unexpected(body.error())};
  }
  canon::Fields fields(*body, "");
  const Digest predecessor = fields.digest("predecessor");
  const canon::Value& submission = fields.any("submission");
  if (const auto form = fields.done(); !form) {
    return {engine::scan_document(terms, std::unexpected(form.error())), std::unexpected(form.error())};
  }
  return {engine::scan_document(terms, submission), predecessor};
}

Result<Outcome> revise(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  if (!is_examined(call)) {
    return Examine([terms = engine::scan_terms(call.core)](const Request& request) {
      return examine_revision(terms, request);
    });
  }
  SP_TRY(const Digest predecessor, call.examined->predecessor);
  SP_TRY(engine::IntakeOutcome outcome,
         engine::revise_packet(call.core, call.by(), packet, predecessor, call.examined->scanned));
  if (outcome.fault) {
    outcome.fault->where = "/submission" + outcome.fault->where;
  }
  return came_in(call, outcome);
}

Result<Outcome> list_packets(Call& call) {
  SP_TRY(const engine::Page page, page_of(call));
  const std::string* lane = call.request.query_value("lane");
  SP_TRY(engine::Listed rows,
         engine::list_packets(call.core, page, lane == nullptr ? "" : *lane, call.now()));
  return listed("packets", std::move(rows));
}

Result<Outcome> show_packet(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  return tagged(json(200, engine::show_packet(call.core, packet, call.now())), tag_of(call.core, packet));
}

Result<Outcome> explain(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  return json(200, engine::explain_packet(call.core, packet, call.now()));
}

Result<Outcome> withdraw_packet(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  std::string code = fields.string("code", 63);
  SP_CHECK(fields.done());
  return apply(call, gate::WithdrawPacket{call.by(), packet, std::move(code)});
}

Result<Outcome> merge(Call& call) {
  SP_TRY(const PacketId winner, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::MergePackets event;
  event.by = call.by();
  event.winner = winner;
  event.loser = fields.id<PacketId>("loser");
  const auto own = call.account().person;
  event.person = own && fields.maybe("person") == nullptr ? *own : fields.id<PersonId>("person");
  event.code = fields.string("code", 63);
  event.body = {{"reason", fields.string("reason", reason_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, event);
}

// What crosses, opened: for those who take part in it or may sign it, and on record.
Result<Outcome> signer_view(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  const auto person = call.account().person;
  const auto may = [&] {
    if (!person) {
      return false;
    }
    if (gate::involved(call.core.world(), packet, *person, call.now())) {
      return true;
    }
    ManifestId manifest;
    return call.state().find(packet)->reviewed(&manifest) != nullptr &&
           std::ranges::any_of(
               gate::eligible(call.core.world(), packet, manifest, call.now()),
               [&](const packet::EligibleSigner& signer) { return signer.person == *person; });
  };
  if (!may()) {
    return deny(call, {{person ? "role_missing" : "not_a_person", ""}}, packet);
  }
  SP_TRY(const gate::Step step,
         call.core.apply(gate::RecordAccess{call.by(), packet, "signer_view", std::nullopt}));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  SP_TRY(canon::Object view, engine::show_signer_view(call.core, packet));
  return json(200, std::move(view));
}

Result<Outcome> list_holds(Call& call) {
  SP_TRY(const engine::Page page, page_of(call));
  std::optional<PacketId> only;
  if (const std::string* text = call.request.query_value("packet")) {
    auto id = PacketId::parse(*text);
    if (!id || call.state().find(*id) == nullptr) {
      return nothing_there();
    }
    only = *std::move(id);
  }
  SP_TRY(engine::Listed rows, engine::list_holds(call.core, page, only));
  return listed("holds", std::move(rows));
}

Result<Outcome> clear_hold(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(HoldId hold, id_at<HoldId>(call, "hold"));
  canon::Fields fields(call.body, "");
  canon::Object evidence{{"evidence", fields.string("evidence", reason_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, gate::ClearHold{call.by(), packet, std::move(hold), std::move(evidence)});
}

Result<Outcome> place_hold(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::PlaceHold event{call.by(), packet, fields.string("code", 63), "", {}};
  event.step = fields.maybe_string("step", 63).value_or("");
  event.body = {{"reason", fields.string("reason", reason_bytes)}};
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  canon::Object out;
  for (const gate::LeafOut& leaf : step.leaves) {
    if (const auto* opened = std::get_if<packet::HoldOpened>(&leaf.leaf.record); opened && opened->actor) {
      out.set("hold", opened->hold.str());
    }
  }
  return json(201, std::move(out));
}

Result<canon::Value> annex_statement(const Call& call, const PacketId& id) {
  const gate::Packet& packet = *call.state().find(id);
  if (!packet.head) {
    return nothing_there();
  }
  const auto part = packet.head->parts.find(call.params.at("part"));
  if (part == packet.head->parts.end()) {
    return nothing_there();
  }
  return packet::statement(packet::AnnexStatement{call.state().origin, id, packet.head->number,
                                                  packet.head->digest, part->first, part->second,
                                                  "included"});
}

Result<Outcome> promotion_statement(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const canon::Value value, annex_statement(call, packet));
  return json(200, {{"statement", canon::write(value)}});
}

Result<Outcome> promote(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(canon::Value value, annex_statement(call, packet));
  canon::Fields fields(call.body, "");
  const std::string armored = fields.string("signature", 2 * limits::signature_bytes);
  SP_CHECK(fields.done());
  SP_TRY(packet::OwnerSignature sig, read_owner_signature(call.state(), armored, "/signature"));
  return apply(call, gate::PromoteAnnex{call.by(), packet, {std::move(value), {std::move(sig)}}});
}

constexpr std::array packet_table{
    Route{"POST", "/v1/packets", Access::intake, Takes::raw, "packet.submit", submit_packet},
    Route{"POST", "/v1/packets/{packet}/revisions", Access::intake, Takes::raw, "packet.revise", revise},
    Route{"GET",
          "/v1/packets",
          Access::read,
          Takes::nothing,
          "packet.list",
          list_packets,
          {"lane", "limit", "cursor"}},
    Route{"GET", "/v1/packets/{packet}", Access::read, Takes::nothing, "packet.show", show_packet},
    Route{"GET", "/v1/packets/{packet}/explain", Access::read, Takes::nothing, "packet.explain", explain},
    Route{"POST", "/v1/packets/{packet}/withdraw", Access::intake, Takes::json, "packet.withdraw",
          withdraw_packet},
    Route{"POST", "/v1/packets/{packet}/merge", Access::intake, Takes::json, "packet.merge", merge},
    Route{"GET", "/v1/packets/{packet}/signer-view", Access::decide, Takes::nothing, "packet.signer_view",
          signer_view},
    Route{"GET",
          "/v1/holds",
          Access::read,
          Takes::nothing,
          "hold.list",
          list_holds,
          {"packet", "limit", "cursor"}},
    Route{"POST", "/v1/packets/{packet}/holds", Access::decide, Takes::json, "hold.place", place_hold},
    Route{"POST", "/v1/packets/{packet}/holds/{hold}/clear", Access::decide, Takes::json, "hold.clear",
          clear_hold},
    Route{"POST",
          "/v1/packets/{packet}/annexes/{part}/statement",
          Access::read,
          Takes::nothing,
          "annex.statement",
          promotion_statement,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/packets/{packet}/annexes/{part}/promote", Access::decide, Takes::json, "annex.promote",
          promote},
};

} // namespace

std::span<const Route> packet_routes() {
  return packet_table;
}

} // namespace sallyport::http::api
