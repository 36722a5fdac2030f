#include "crypto/ed25519.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::crypto;

namespace {

// RFC 8032 section 7.1.
struct Rfc8032 {
  const char* seed;
  const char* key;
  const char* message;
  const char* signature;
};

constexpr Rfc8032 rfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
};

} // namespace

TEST_CASE("Ed25519 gives the keys and signatures of RFC 8032") {
  for (const auto& vector : rfc8032) {
    const auto key = Ed25519Key::from_seed(from_hex(vector.seed).value());
    const Bytes message = from_hex(vector.message).value();
    CHECK(to_hex(key.public_key()) == vector.key);
    CHECK(to_hex(key.sign(message)) == vector.signature);
    CHECK(ed25519_verify(key.public_key(), message, from_hex(vector.signature).value()));
  }
}

TEST_CASE("an Ed25519 signature is for one key, one message and one length") {
  const auto key = Ed25519Key::generate();
  const auto other = Ed25519Key::generate();
  const auto signature = key.sign(as_bytes("message"));
  CHECK(ed25519_verify(key.public_key(), as_bytes("message"), signature));
  CHECK_FALSE(ed25519_verify(other.public_key(), as_bytes("message"), signature));
  CHECK_FALSE(ed25519_verify(key.public_key(), as_bytes("messagf"), signature));
  CHECK_FALSE(ed25519_verify(key.public_key(), as_bytes("message"), ByteView(signature).first(63)));
  CHECK_FALSE(ed25519_verify(key.public_key(), as_bytes("message"), {}));
  for (std::size_t bit = 0; bit < 512; ++bit) {
    auto flipped = signature;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    CHECK_FALSE(ed25519_verify(key.public_key(), as_bytes("message"), flipped));
  }
}

TEST_CASE("a key comes back from its PEM, and a file that is more than a key does not") {
  const auto key = Ed25519Key::generate();
  const auto again = Ed25519Key::from_pem(key.to_pem().expose());
  REQUIRE(again);
  CHECK(again->public_key() == key.public_key());
  CHECK(again->sign(as_bytes("m")) == key.sign(as_bytes("m")));
  CHECK_FALSE(Ed25519Key::from_pem(""));
  CHECK_FALSE(Ed25519Key::from_pem(ed25519_spki_pem(key.public_key())));
  CHECK_FALSE(Ed25519Key::from_pem(std::string(5000, ' ') + key.to_pem().expose()));

  const std::string pem = ed25519_spki_pem(key.public_key());
  CHECK(ed25519_from_spki_pem(pem).value() == key.public_key());
  CHECK(ed25519_from_spki_pem(pem + "\n").value() == key.public_key());
  CHECK_FALSE(ed25519_from_spki_pem("x" + pem));
  CHECK_FALSE(ed25519_from_spki_pem(pem + pem));
  CHECK_FALSE(ed25519_from_spki_pem(key.to_pem().expose()));
}

TEST_CASE("the SPKI is the key and 12 fixed bytes, of which none may differ") {
  const auto key = Ed25519Key::generate();
  const Bytes der = ed25519_spki_der(key.public_key());
  CHECK(ed25519_from_spki_der(der).value() == key.public_key());
  CHECK_FALSE(ed25519_from_spki_der(ByteView(der).first(43)));
  for (std::size_t i = 0; i < 12; ++i) {
    Bytes changed = der;
    changed[i] ^= 1;
    CHECK_FALSE(ed25519_from_spki_der(changed));
  }
}
