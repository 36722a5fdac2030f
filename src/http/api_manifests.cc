// Manifests: prepared, put to review, signed, refused; the release, and what would come of it.
#include "canon/json.h"
#include "crypto/random.h"
#include "engine/present.h"
#include "engine/rechecks.h"
#include "gate/checks.h"
#include "gate/standing.h"
#include "http/api_call.h"
#include "packet/statement.h"

#include <set>

namespace sallyport::http::api {
namespace {

Result<Outcome> draft(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  const Digest revision = fields.digest("revision");
  std::map<std::string, PersonId> named; // role -> who signs beside the release owner
  if (const canon::Value* signers = fields.maybe("signers");
      signers != nullptr && !packet::from_value(*signers, named)) {
    fields.fault("signers", "must name a person for each role");
  }
  SP_CHECK(fields.done());
  std::vector<packet::NamedSigner> signers;
  for (const auto& [role, person] : named) {
    signers.push_back({person, role});
  }
  const ManifestId manifest = ManifestId::from_random(call.core.random());
  return apply(call, gate::DraftManifest{call.by(), packet, manifest, revision, std::move(signers)}, 201,
               {{"manifest", manifest.str()}});
}

// {overrides?: [hold], substitutes?: {role: person}}; no body asks for nothing.
Result<gate::Waived> read_waived(const canon::Value& body) {
  gate::Waived out;
  if (body.is_null()) {
    return out;
  }
  canon::Fields fields(body, "");
  if (body.find("overrides") != nullptr) {
    for (const std::string& text : fields.strings("overrides", limits::collection_items)) {
      const auto hold = HoldId::parse(text);
      if (!hold) {
        fields.fault("overrides", "must hold ids of holds");
        break;
      }
      out.overrides.insert(*hold);
    }
  }
  if (const canon::Value* substitutes = fields.maybe("substitutes")) {
    if (!packet::from_value(*substitutes, out.substitutes)) {
      fields.fault("substitutes", "must name a person for each role");
    }
  }
  SP_CHECK(fields.done());
  return out;
}

Result<Outcome> submit_manifest(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const ManifestId manifest, id_at<ManifestId>(call, "manifest"));
  const auto& head = call.core.checkpoint();
  if (!head) {
    return fail(ErrorCode::internal, "", "the log has no signed head");
  }
  gate::SubmitManifest event{call.by(), packet, manifest, {}, {head->origin, head->size, head->root}, {}};
  SP_TRY(event.waived, read_waived(call.body));
  crypto::random_bytes(event.audience_salt);
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  return json(200, {{"manifest", manifest.str()},
                    {"digest", call.state().find(packet)->manifests.at(manifest).digest.hex()},
                    {"bytes", step.manifest->bound.bytes}});
}

Result<Outcome> show_manifest(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const ManifestId manifest, id_at<ManifestId>(call, "manifest"));
  SP_TRY(canon::Object shown, engine::show_manifest(call.core, packet, manifest, call.now()));
  return tagged(json(200, std::move(shown)), tag_of(call.core, packet));
}

// What blocks the packet all the same: a signature is taken while it is held, and waits with it.
std::set<std::string> blocking_codes(const Call& call, const PacketId& id) {
  std::set<std::string> out;
  for (const gate::CheckLine& line : gate::evaluate(call.core.world(), id, call.now())) {
    if (line.outcome == gate::Outcome::hold) {
      out.insert(line.code);
    }
  }
  return out;
}

Result<Outcome> sign(Call& call) {
  SP_TRY(const PacketId id, packet_at(call));
  canon::Fields fields(call.body, "");
  const Digest manifest = fields.digest("manifest");
  const std::string armored = fields.string("signature", 2 * limits::signature_bytes);
  SP_CHECK(fields.done());
  SP_TRY(const packet::OwnerSignature sig, read_owner_signature(call.state(), armored, "/signature"));
  SP_TRY(Bytes blob, from_base64(sig.sig));
  SP_TRY(const gate::Step step,
         call.core.apply(gate::SignManifest{call.by(), id, manifest, std::move(blob)}));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  const gate::Quorum quorum = gate::quorum(call.core.world(), id, call.now());
  canon::Object out{{"signed", manifest.hex()},
                    {"quorum", canon::Object{{"met", quorum.met}, {"counted", quorum.counted.size()}}}};
  canon::Array held;
  for (const std::string& code : blocking_codes(call, id)) {
    held.emplace_back(code);
  }
  out.set("held", std::move(held));
  if (const gate::Packet& packet = *call.state().find(id); packet.releasing()) {
    out.set("recheck", packet.recheck->id.str());
  }
  return json(200, std::move(out));
}

// What a statement about a submitted manifest starts from.
Result<const gate::ManifestState*> submitted_at(const Call& call, const PacketId& packet,
                                                const ManifestId& manifest) {
  const auto& manifests = call.state().find(packet)->manifests;
  const auto at = manifests.find(manifest);
  if (at == manifests.end() || at->second.leaf == 0) {
    return nothing_there();
  }
  return &at->second;
}

Result<canon::Value> override_statement(Call& call, const packet::Disclosure& rationale) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const ManifestId manifest, id_at<ManifestId>(call, "manifest"));
  SP_TRY(const HoldId hold, id_at<HoldId>(call, "hold"));
  SP_TRY(const gate::ManifestState* state, submitted_at(call, packet, manifest));
  return packet::statement(packet::OverrideStatement{call.state().origin, packet, manifest, state->digest,
                                                     hold, rationale.digest});
}

Result<Outcome> prepare_override(Call& call) {
  canon::Fields fields(call.body, "");
  std::string text = fields.string("rationale", reason_bytes);
  SP_CHECK(fields.done());
  packet::Salt salt{};
  crypto::random_bytes(salt);
  const packet::Disclosure rationale = packet::rationale_disclosure(salt, std::move(text));
  SP_TRY(const canon::Value value, override_statement(call, rationale));
  return json(200, {{"statement", canon::write(value)}, {"rationale", rationale.encoded}});
}

Result<Outcome> override_hold(Call& call) {
  canon::Fields fields(call.body, "");
  std::string encoded = fields.string("rationale", 2 * limits::signature_bytes);
  const std::string armored = fields.string("signature", 2 * limits::signature_bytes);
  SP_CHECK(fields.done());
  SP_TRY(const packet::Disclosure rationale, packet::open_disclosure(encoded));
  SP_TRY(canon::Value value, override_statement(call, rationale));
  SP_TRY(packet::OwnerSignature sig, read_owner_signature(call.state(), armored, "/signature"));
  SP_TRY(const PacketId packet, packet_at(call));
  return apply(
      call, gate::OverrideHold{call.by(), packet, {std::move(value), {std::move(sig)}}, std::move(encoded)});
}

Result<canon::Value> substitute_statement(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const ManifestId manifest, id_at<ManifestId>(call, "manifest"));
  SP_TRY(const gate::ManifestState* state, submitted_at(call, packet, manifest));
  const auto named = state->waived.substitutes.find(call.params.at("role"));
  if (named == state->waived.substitutes.end()) {
    return nothing_there();
  }
  return packet::statement(packet::SubstituteStatement{call.state().origin, packet, manifest, state->digest,
                                                       named->first, named->second});
}

Result<Outcome> prepare_ratification(Call& call) {
  SP_TRY(const canon::Value value, substitute_statement(call));
  return json(200, {{"statement", canon::write(value)}});
}

Result<Outcome> ratify_substitute(Call& call) {
  SP_TRY(canon::Value value, substitute_statement(call));
  canon::Fields fields(call.body, "");
  const std::string armored = fields.string("signature", 2 * limits::signature_bytes);
  SP_CHECK(fields.done());
  SP_TRY(packet::OwnerSignature sig, read_owner_signature(call.state(), armored, "/signature"));
  SP_TRY(const PacketId packet, packet_at(call));
  return apply(call, gate::RatifySubstitute{call.by(), packet, {std::move(value), {std::move(sig)}}});
}

Result<Outcome> withdraw_signature(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  const Digest manifest = fields.digest("manifest");
  const PersonId signer = fields.id<PersonId>("signer");
  SP_CHECK(fields.done());
  return apply(call, gate::WithdrawSignature{call.by(), packet, manifest, signer});
}

Result<Outcome> refuse_manifest(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  const Digest manifest = fields.digest("manifest");
  std::string code = fields.string("code", 63);
  canon::Object body{{"reason", fields.string("reason", reason_bytes)}};
  SP_CHECK(fields.done());
  return apply(call, gate::RefuseManifest{call.by(), packet, manifest, std::move(code), std::move(body)});
}

Result<Outcome> release(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  gate::RequestRelease event{call.by(), packet, fields.digest("revision"), fields.digest("manifest"),
                             fields.string("lane", 63)};
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(call, step.refused);
  }
  canon::Object out;
  if (const gate::Packet& asked = *call.state().find(packet); asked.releasing()) {
    out.set("recheck", asked.recheck->id.str());
  } else if (asked.request) {
    out.set("waits_for", "LANE.CAPACITY"); // the request stands
  }
  return json(202, std::move(out));
}

// Asks the sources as a press does, and lets nothing cross whatever they say.
Result<Outcome> preview(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  const gate::PreviewRecheck event{call.by(), packet, fields.digest("manifest")};
  SP_CHECK(fields.done());
  SP_TRY(const gate::Step step, call.core.apply(event));
  return step.ok() ? json(202, {{"preview", call.state().find(packet)->recheck->id.str()}})
                   : refusal(call, step.refused);
}

Result<Outcome> show_recheck(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const RecheckId recheck, id_at<RecheckId>(call, "recheck"));
  SP_TRY(canon::Object shown, engine::show_recheck(call.core, packet, recheck));
  return json(200, std::move(shown));
}

constexpr std::array manifest_table{
    Route{"POST", "/v1/packets/{packet}/manifests", Access::prepare, Takes::json, "manifest.draft", draft},
    Route{"POST", "/v1/packets/{packet}/manifests/{manifest}/submit", Access::decide, Takes::maybe_json,
          "manifest.submit", submit_manifest},
    Route{"GET", "/v1/packets/{packet}/manifests/{manifest}", Access::read, Takes::nothing, "manifest.show",
          show_manifest},
    Route{"POST", "/v1/packets/{packet}/sign", Access::decide, Takes::json, "manifest.sign", sign},
    Route{"POST",
          "/v1/packets/{packet}/manifests/{manifest}/overrides/{hold}/statement",
          Access::read,
          Takes::json,
          "override.statement",
          prepare_override,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/packets/{packet}/manifests/{manifest}/overrides/{hold}", Access::decide, Takes::json,
          "hold.override", override_hold},
    Route{"POST",
          "/v1/packets/{packet}/manifests/{manifest}/substitutes/{role}/statement",
          Access::read,
          Takes::nothing,
          "substitute.statement",
          prepare_ratification,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/packets/{packet}/manifests/{manifest}/substitutes/{role}/ratify", Access::decide,
          Takes::json, "substitute.ratify", ratify_substitute},
    Route{"POST", "/v1/packets/{packet}/withdraw-signature", Access::decide, Takes::json,
          "signature.withdraw", withdraw_signature},
    Route{"POST", "/v1/packets/{packet}/refuse", Access::decide, Takes::json, "manifest.refuse",
          refuse_manifest},
    Route{"POST", "/v1/packets/{packet}/release", Access::decide, Takes::json, "release.request", release},
    Route{"POST", "/v1/packets/{packet}/release/preview", Access::decide, Takes::json, "recheck.preview",
          preview},
    Route{"GET", "/v1/packets/{packet}/rechecks/{recheck}", Access::read, Takes::nothing, "recheck.show",
          show_recheck},
};

} // namespace

std::span<const Route> manifest_routes() {
  return manifest_table;
}

} // namespace sallyport::http::api
