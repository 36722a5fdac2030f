#include "crypto/dsse.h"

#include "base/limits.h"
#include "canon/fields.h"
#include "canon/json.h"

namespace sallyport::crypto {

Bytes dsse_pae(std::string_view type, ByteView body) {
  std::string front = "DSSEv1 " + std::to_string(type.size()) + ' ';
  front.append(type).append(" ").append(std::to_string(body.size())).append(" ");
  Bytes out(front.begin(), front.end());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

std::string dsse_envelope(const Ed25519Key& key, std::string_view type, ByteView body) {
  SP_ASSERT(!body.empty());
  const canon::Object signature{{"keyid", ed25519_key_id(key.public_key()).hex()},
                                {"sig", to_base64(key.sign(dsse_pae(type, body)))}};
  return canon::write(canon::Object{
      {"payload", to_base64(body)}, {"payloadType", type}, {"signatures", canon::Array{signature}}});
}

Result<Bytes> dsse_open(std::string_view envelope, std::string_view type, const Ed25519Public& key) {
  SP_TRY(const canon::Value root, canon::parse(envelope));
  canon::Fields fields(root, "");
  const std::string payload = fields.string("payload", limits::body_bytes);
  const std::string payload_type = fields.string("payloadType");
  const canon::Array& signatures = fields.array("signatures");
  if (fields.ok() && signatures.size() != 1) {
    fields.fault("signatures", "expected exactly one signature");
  }
  SP_CHECK(fields.done());
  canon::Fields signature(signatures.front(), "/signatures/0");
  const std::string key_id = signature.string("keyid");
  const std::string sig = signature.string("sig");
  SP_CHECK(signature.done());
  if (payload_type != type) {
    return fail(ErrorCode::denied, "/payloadType", "the envelope holds another kind of payload");
  }
  if (key_id != ed25519_key_id(key).hex()) {
    return fail(ErrorCode::denied, "/signatures/0/keyid", "the envelope names another key");
  }
  auto body = from_base64(payload);
  if (!body) {
    return fail(body.error().code, "/payload", body.error().message);
  }
  const auto raw = from_base64(sig);
  if (!raw || !ed25519_verify(key, dsse_pae(type, *body), *raw)) {
    return fail(ErrorCode::denied, "/signatures/0/sig", "the signature does not fit the payload and the key");
  }
  return body;
}

} // namespace sallyport::crypto
