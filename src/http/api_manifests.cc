// Manifests: prepared, put to review, signed, refused; the release.
#include "crypto/random.h"
#include "engine/present.h"
#include "gate/standing.h"
#include "http/api_call.h"

namespace sallyport::http::api {
namespace {

constexpr std::size_t reason_bytes = 4000;

Result<Outcome> draft(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  const Digest revision = fields.digest("revision");
  SP_CHECK(fields.done());
  const ManifestId manifest = ManifestId::from_random(call.core.random());
  return apply(call, gate::DraftManifest{call.by(), packet, manifest, revision}, 201,
               {{"manifest", manifest.str()}});
}

Result<Outcome> submit(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const ManifestId manifest, id_at<ManifestId>(call, "manifest"));
  const auto& head = call.core.checkpoint();
  if (!head) {
    return fail(ErrorCode::internal, "", "the log has no signed head");
  }
  gate::SubmitManifest event{call.by(), packet, manifest, {}, {head->origin, head->size, head->root}};
  crypto::random_bytes(event.audience_salt);
  SP_TRY(const gate::Step step, call.core.apply(event));
  if (!step.ok()) {
    return refusal(step.refused);
  }
  return json(200, {{"manifest", manifest.str()},
                    {"digest", call.state().find(packet)->manifests.at(manifest).digest.hex()},
                    {"bytes", step.manifest->bound.bytes}});
}

Result<Outcome> show(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  SP_TRY(const ManifestId manifest, id_at<ManifestId>(call, "manifest"));
  SP_TRY(canon::Object shown, engine::show_manifest(call.core, packet, manifest, call.now()));
  return tagged(json(200, std::move(shown)), tag_of(call.state(), packet));
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
    return refusal(step.refused);
  }
  const gate::Quorum quorum = gate::quorum(call.core.world(), id, call.now());
  canon::Object out{{"signed", manifest.hex()},
                    {"quorum", canon::Object{{"met", quorum.met}, {"counted", quorum.counted.size()}}}};
  if (const auto& recheck = call.state().find(id)->recheck) {
    out.set("recheck", recheck->id.str());
  }
  return json(200, std::move(out));
}

Result<Outcome> withdraw_signature(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  const Digest manifest = fields.digest("manifest");
  const PersonId signer = fields.id<PersonId>("signer");
  SP_CHECK(fields.done());
  return apply(call, gate::WithdrawSignature{call.by(), packet, manifest, signer});
}

Result<Outcome> refuse(Call& call) {
  SP_TRY(const PacketId packet, packet_at(call));
  canon::Fields fields(call.body, "");
  const Digest manifest = fields.digest("manifest");
  std::string code = fields.string("code", 63);
  canon::Object body{{"reason", plain_text(fields, "reason", reason_bytes)}};
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
    return refusal(step.refused);
  }
  canon::Object out;
  if (const auto& recheck = call.state().find(packet)->recheck) {
    out.set("recheck", recheck->id.str());
  }
  return json(202, std::move(out));
}

constexpr std::array routes{
    Route{"POST", "/v1/packets/{packet}/manifests", Access::prepare, Takes::json, "manifest.draft", draft},
    Route{"POST", "/v1/packets/{packet}/manifests/{manifest}/submit", Access::decide, Takes::nothing,
          "manifest.submit", submit},
    Route{"GET", "/v1/packets/{packet}/manifests/{manifest}", Access::read, Takes::nothing, "manifest.show",
          show},
    Route{"POST", "/v1/packets/{packet}/sign", Access::decide, Takes::json, "manifest.sign", sign},
    Route{"POST", "/v1/packets/{packet}/withdraw-signature", Access::decide, Takes::json,
          "signature.withdraw", withdraw_signature},
    Route{"POST", "/v1/packets/{packet}/refuse", Access::decide, Takes::json, "manifest.refuse", refuse},
    Route{"POST", "/v1/packets/{packet}/release", Access::decide, Takes::json, "release.request", release},
};

} // namespace

std::span<const Route> manifest_routes() {
  return routes;
}

} // namespace sallyport::http::api
