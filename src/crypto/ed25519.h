// Ed25519 (RFC 8032, pure): the keys of the gate, the log and the witness. Public keys travel raw, as
// SubjectPublicKeyInfo (RFC 8410) in DER or PEM; private keys as PKCS #8 PEM without a passphrase.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"
#include "base/sensitive.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace sallyport::crypto {

using Ed25519Public = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;

// A private key. Move-only; a moved-from key may only be destroyed or assigned to.
class Ed25519Key {
public:
  static Ed25519Key generate();
  // For tests and simulation, where keys must repeat. `seed` has 32 bytes.
  static Ed25519Key from_seed(ByteView seed);
  static Result<Ed25519Key> from_pem(std::string_view pem);

  Sensitive<std::string> to_pem() const;

  const Ed25519Public& public_key() const { return public_; }

  Ed25519Signature sign(ByteView message) const;

private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };

  explicit Ed25519Key(evp_pkey_st* owned);

  std::unique_ptr<evp_pkey_st, Free> key_;
  Ed25519Public public_{};
};

bool ed25519_verify(const Ed25519Public& key, ByteView message, ByteView signature);

Bytes ed25519_spki_der(const Ed25519Public& key);
std::string ed25519_spki_pem(const Ed25519Public& key);
// SHA-256 of the SPKI DER: how this key is named (the keyid of its DSSE envelopes, in hex).
Digest ed25519_key_id(const Ed25519Public& key);
Result<Ed25519Public> ed25519_from_spki_der(ByteView der);
// One PEM block; white space after it is taken, anything else is not.
Result<Ed25519Public> ed25519_from_spki_pem(std::string_view pem);

} // namespace sallyport::crypto
