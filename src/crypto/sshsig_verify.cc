// The order of the checks is fixed, so that the same signature gets the same answer everywhere: first
// what it says of itself, then the charter's knobs, last the mathematics.
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "crypto/p256.h"
#include "crypto/ssh_wire.h"
#include "crypto/sshsig.h"
#include "crypto/webauthn.h"

#include <algorithm>
#include <array>

namespace sallyport::crypto {
namespace {

constexpr std::array all_classes{KeyClass::software, KeyClass::sk, KeyClass::sk_uv, KeyClass::webauthn_uv};

std::unexpected<Error> denied(std::string message) {
  return fail(ErrorCode::denied, "", std::move(message));
}

// OpenSSH compares only the front of clientDataJSON, byte for byte. A signature that the gate takes must
// be one that ssh-keygen takes, so that front is required here too.
bool has_openssh_front(const SshSig& sig, ByteView challenge) {
  const std::string front = "{\"type\":\"webauthn.get\",\"challenge\":\"" + to_base64url(challenge) +
                            "\",\"origin\":\"" + sig.origin + '"';
  return sig.origin.find('"') == std::string::npos && sig.client_data.starts_with(front);
}

Result<void> check_client_data(const SshSig& sig, ByteView challenge, const VerifyPolicy& policy) {
  SP_TRY(const ClientData data, parse_client_data(sig.client_data));
  SP_CHECK(check_ceremony(data, "webauthn.get", challenge));
  if (data.origin != sig.origin) {
    return denied("the signature states another origin than its client data");
  }
  SP_CHECK(check_page(data, policy.origins));
  if (!has_openssh_front(sig, challenge)) {
    return denied("the client data does not begin with type, challenge and origin");
  }
  return {};
}

Result<void> check_authenticator(const SshSig& sig, const VerifyPolicy& policy) {
  using namespace authenticator_flag;
  SP_CHECK(check_flags(sig.flags));
  if (sig.type == SignatureType::webauthn_sk_ecdsa_p256 && (sig.flags & user_verified) == 0) {
    return denied("the authenticator does not say that it verified the person");
  }
  if ((sig.flags & attested_data) != 0) {
    return denied("the authenticator states a new key in a signature");
  }
  if (((sig.flags & extension_data) != 0) == sig.extensions.empty()) {
    return denied("the extension flag and the extension data disagree");
  }
  SP_CHECK(check_backup_eligible(sig.flags, policy.allow_backup_eligible));
  if (!sig.extensions.empty()) {
    return denied("policy: the authenticator added extension data, and none is ever asked for");
  }
  return {};
}

// What the key signed: the message itself, or what an authenticator makes of it (PROTOCOL.u2f).
Bytes signed_bytes(const SshSig& sig, const Bytes& message) {
  switch (sig.type) {
  case SignatureType::ed25519:
  case SignatureType::ecdsa_p256:
    return message;
  case SignatureType::sk_ed25519:
  case SignatureType::sk_ecdsa_p256:
  case SignatureType::webauthn_sk_ecdsa_p256:
    break;
  }
  const bool by_browser = sig.type == SignatureType::webauthn_sk_ecdsa_p256;
  return WireWriter()
      .bytes(sha256(sig.key.application).view())
      .byte(sig.flags)
      .u32(sig.counter)
      .bytes(sig.extensions)
      .bytes((by_browser ? sha256(sig.client_data) : sha256(message)).view())
      .out();
}

bool signature_holds(const SshSig& sig, const Bytes& message) {
  SP_ASSERT(sig.signature.size() == 64);
  const Bytes bytes = signed_bytes(sig, message);
  switch (sig.key.type) {
  case KeyType::ed25519:
  case KeyType::sk_ed25519: {
    Ed25519Public key;
    SP_ASSERT(sig.key.point.size() == key.size());
    std::ranges::copy(sig.key.point, key.begin());
    return ed25519_verify(key, bytes, sig.signature);
  }
  case KeyType::ecdsa_p256:
  case KeyType::sk_ecdsa_p256: {
    P256Signature numbers;
    std::ranges::copy_n(sig.signature.begin(), 32, numbers.r.begin());
    std::ranges::copy_n(sig.signature.begin() + 32, 32, numbers.s.begin());
    return p256_verify(sig.key.point, bytes, numbers);
  }
  }
  SP_ASSERT(false);
  return false;
}

Verified facts(const SshSig& sig) {
  const bool user_verified = (sig.flags & authenticator_flag::user_verified) != 0;
  Verified out;
  switch (sig.type) {
  case SignatureType::ed25519:
  case SignatureType::ecdsa_p256:
    out.key_class = KeyClass::software;
    return out;
  case SignatureType::sk_ed25519:
  case SignatureType::sk_ecdsa_p256:
    out.key_class = user_verified ? KeyClass::sk_uv : KeyClass::sk;
    break;
  case SignatureType::webauthn_sk_ecdsa_p256:
    out.key_class = KeyClass::webauthn_uv;
    out.origin = sig.origin;
    break;
  }
  out.flags = sig.flags;
  out.counter = sig.counter;
  out.backup_eligible = (sig.flags & authenticator_flag::backup_eligible) != 0;
  return out;
}

} // namespace

std::string_view to_string(KeyClass key_class) {
  switch (key_class) {
  case KeyClass::software:
    return "software";
  case KeyClass::sk:
    return "sk";
  case KeyClass::sk_uv:
    return "sk-uv";
  case KeyClass::webauthn_uv:
    return "webauthn-uv";
  }
  SP_ASSERT(false);
}

Result<KeyClass> parse_key_class(std::string_view text) {
  for (const KeyClass key_class : all_classes) {
    if (to_string(key_class) == text) {
      return key_class;
    }
  }
  return fail(ErrorCode::malformed, "", "expected software, sk, sk-uv or webauthn-uv");
}

Result<Verified> verify_sshsig(const SshSig& sig, const PublicKey& expected, ByteView message,
                               const VerifyPolicy& policy) {
  const bool by_browser = sig.type == SignatureType::webauthn_sk_ecdsa_p256;
  if (sig.name_space != policy.name_space) {
    return denied("the signature was made in the namespace of another act");
  }
  if (sig.key != expected) {
    return denied("the signature was made with another key");
  }
  if (by_browser && sig.key.application != policy.rp_id) {
    return denied("the passkey belongs to another site");
  }
  const Bytes challenge = to_be_signed(sig.name_space, sig.hash, message);
  if (by_browser) {
    SP_CHECK(check_client_data(sig, challenge, policy));
  }
  const Verified verified = facts(sig);
  if (verified.flags) {
    SP_CHECK(check_authenticator(sig, policy));
  }
  if (!signature_holds(sig, challenge)) {
    return denied("the signature does not fit the message and the key");
  }
  return verified;
}

} // namespace sallyport::crypto
