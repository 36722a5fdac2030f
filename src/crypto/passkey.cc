#include "crypto/passkey.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "crypto/p256.h"
#include "crypto/ssh_wire.h"
#include "crypto/webauthn.h"

#include <algorithm>
#include <array>
#include <optional>

namespace sallyport::crypto {
namespace {

constexpr std::int64_t cose_es256 = -7;

// WebAuthn section 6.1: rpIdHash (32), flags (1), counter (4), then attested data and extensions.
struct AuthenticatorData {
  ByteView rp_id_hash;
  std::uint8_t flags = 0;
  std::uint32_t counter = 0;
  ByteView rest;
};

Result<AuthenticatorData> split_authenticator_data(ByteView bytes) {
  constexpr std::size_t fixed_bytes = 37;
  if (bytes.size() < fixed_bytes || bytes.size() > limits::signature_bytes) {
    return fail(ErrorCode::malformed, "", "the authenticator data has an impossible length");
  }
  WireReader in(bytes);
  AuthenticatorData out;
  out.rp_id_hash = in.bytes(32);
  out.flags = in.byte();
  out.counter = in.u32();
  out.rest = bytes.subspan(fixed_bytes);
  return out;
}

Result<void> check_site(const AuthenticatorData& data, std::string_view rp_id) {
  if (!std::ranges::equal(data.rp_id_hash, sha256(rp_id).bytes)) {
    return fail(ErrorCode::denied, "", "the passkey belongs to another site");
  }
  return {};
}

// RFC 9052 in the one encoding that CTAP2 allows: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
Bytes cose_key(ByteView point) {
  static constexpr std::array<std::uint8_t, 10> front{0xA5, 0x01, 0x02, 0x03, 0x26,
                                                      0x20, 0x01, 0x21, 0x58, 0x20};
  static constexpr std::array<std::uint8_t, 3> middle{0x22, 0x58, 0x20};
  return WireWriter()
      .bytes(front)
      .bytes(point.subspan(1, 32))
      .bytes(middle)
      .bytes(point.subspan(33, 32))
      .out();
}

// The credential id of attested data (section 6.5.1: aaguid (16), u16 length, id, COSE key) that is about
// the key `point` and nothing more.
std::optional<Bytes> credential_id_for(ByteView attested, ByteView point) {
  constexpr std::size_t longest = 1023;
  WireReader in(attested);
  in.bytes(16);
  const std::size_t high = in.byte();
  const std::size_t length = high << 8U | in.byte();
  const ByteView id = in.bytes(length);
  const Bytes key = cose_key(point);
  const ByteView stated = in.bytes(key.size());
  if (!in.done() || id.empty() || id.size() > longest || !std::ranges::equal(stated, key)) {
    return std::nullopt;
  }
  return Bytes(id.begin(), id.end());
}

} // namespace

Result<Bytes> wrap_assertion(const Assertion& assertion) {
  if (assertion.key.type != KeyType::sk_ecdsa_p256) {
    return fail(ErrorCode::unsupported, "", "only an ES256 passkey can be wrapped as an SSH signature");
  }
  if (assertion.client_data.size() > limits::signature_bytes) {
    return fail(ErrorCode::too_large, "", "the client data is longer than the limit for one signature");
  }
  SP_TRY(const AuthenticatorData authenticator, split_authenticator_data(assertion.authenticator_data));
  SP_CHECK(check_site(authenticator, assertion.key.application));
  SP_TRY(const ClientData client, parse_client_data(as_text(assertion.client_data)));
  SP_TRY(const P256Signature numbers, p256_signature_from_der(assertion.signature));
  SshSig sig;
  sig.key = assertion.key;
  sig.name_space = assertion.name_space;
  sig.hash = assertion.hash;
  sig.type = SignatureType::webauthn_sk_ecdsa_p256;
  sig.signature.assign(numbers.r.begin(), numbers.r.end());
  sig.signature.insert(sig.signature.end(), numbers.s.begin(), numbers.s.end());
  sig.flags = authenticator.flags;
  sig.counter = authenticator.counter;
  sig.origin = client.origin;
  sig.client_data = as_text(assertion.client_data);
  sig.extensions.assign(authenticator.rest.begin(), authenticator.rest.end());
  Bytes blob = encode_sshsig(sig);
  if (blob.size() > limits::signature_bytes) {
    return fail(ErrorCode::too_large, "", "the signature is longer than the limit for one signature");
  }
  return blob;
}

Result<Enrolled> enrol(const Enrolment& enrolment, const EnrolmentPolicy& policy) {
  using namespace authenticator_flag;
  if (enrolment.cose_alg != cose_es256) {
    return fail(ErrorCode::unsupported, "", "the passkey's algorithm is not ES256, the one that is taken");
  }
  SP_TRY(const Bytes point, p256_point_from_spki_der(enrolment.spki_der));
  SP_TRY(const ClientData client, parse_client_data(as_text(enrolment.client_data)));
  SP_CHECK(check_ceremony(client, "webauthn.create", policy.challenge));
  SP_CHECK(check_page(client, policy.origins));
  SP_TRY(const AuthenticatorData authenticator, split_authenticator_data(enrolment.authenticator_data));
  SP_CHECK(check_site(authenticator, policy.rp_id));
  SP_CHECK(check_flags(authenticator.flags));
  if ((authenticator.flags & user_verified) == 0) {
    return fail(ErrorCode::denied, "", "the authenticator does not say that it verified the person");
  }
  SP_CHECK(check_backup_eligible(authenticator.flags, policy.allow_backup_eligible));
  if ((authenticator.flags & extension_data) != 0) {
    return fail(ErrorCode::denied, "",
                "policy: the authenticator added extension data, and none is ever asked for");
  }
  const std::optional<Bytes> credential_id = credential_id_for(authenticator.rest, point);
  if ((authenticator.flags & attested_data) == 0 || !credential_id) {
    return fail(ErrorCode::denied, "", "the authenticator does not state the key that is to be enrolled");
  }
  SP_TRY(PublicKey key, make_sk_ecdsa_key(point, policy.rp_id));
  return Enrolled{.key = std::move(key),
                  .credential_id = *credential_id,
                  .backup_eligible = (authenticator.flags & backup_eligible) != 0};
}

} // namespace sallyport::crypto
