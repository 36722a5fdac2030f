#include "crypto/ed25519.h"

#include "crypto/digest.h"
#include "crypto/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>

namespace sallyport::crypto {
namespace {

// RFC 8410 section 4: an Ed25519 SubjectPublicKeyInfo is this and the 32 bytes of the key.
constexpr std::array<std::uint8_t, 12> spki_prefix{0x30, 0x2A, 0x30, 0x05, 0x06, 0x03,
                                                   0x2B, 0x65, 0x70, 0x03, 0x21, 0x00};

// An encrypted PEM is refused: OpenSSL would ask the terminal for its passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::string text_of(BIO* bio) {
  const char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(length)};
}

OwnedBio reader_of(std::string_view text) {
  OwnedBio bio{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  SP_ASSERT(bio != nullptr);
  return bio;
}

// One key has a few hundred bytes in PEM.
constexpr std::size_t pem_bytes_max = 4096;

} // namespace

void Ed25519Key::Free::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

Ed25519Key::Ed25519Key(evp_pkey_st* owned) : key_(owned) {
  std::size_t length = public_.size();
  SP_ASSERT(owned != nullptr && EVP_PKEY_get_raw_public_key(owned, public_.data(), &length) == 1 &&
            length == public_.size());
}

Ed25519Key Ed25519Key::generate() {
  return Ed25519Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

Ed25519Key Ed25519Key::from_seed(ByteView seed) {
  SP_ASSERT(seed.size() == 32);
  return Ed25519Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
}

Result<Ed25519Key> Ed25519Key::from_pem(std::string_view pem) {
  if (pem.size() > pem_bytes_max) {
    return fail(ErrorCode::too_large, "", "too long for one private key");
  }
  OwnedKey key{PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_passphrase, nullptr)};
  ERR_clear_error();
  if (key == nullptr) {
    return fail(ErrorCode::malformed, "", "expected an unencrypted private key in PEM");
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return fail(ErrorCode::unsupported, "", "expected an Ed25519 key");
  }
  return Ed25519Key(key.release());
}

Sensitive<std::string> Ed25519Key::to_pem() const {
  const OwnedBio bio{BIO_new(BIO_s_secmem())};
  SP_ASSERT(bio != nullptr &&
            PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return Sensitive(text_of(bio.get()));
}

Ed25519Signature Ed25519Key::sign(ByteView message) const {
  const OwnedDigestContext context{EVP_MD_CTX_new()};
  Ed25519Signature out;
  std::size_t length = out.size();
  SP_ASSERT(context != nullptr &&
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
            EVP_DigestSign(context.get(), out.data(), &length, message.data(), message.size()) == 1 &&
            length == out.size());
  return out;
}

bool ed25519_verify(const Ed25519Public& key, ByteView message, ByteView signature) {
  const OwnedKey handle{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size())};
  const OwnedDigestContext context{EVP_MD_CTX_new()};
  SP_ASSERT(handle != nullptr && context != nullptr &&
            EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) == 1);
  const bool valid = EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                                      message.size()) == 1;
  ERR_clear_error();
  return valid;
}

Bytes ed25519_spki_der(const Ed25519Public& key) {
  Bytes der(spki_prefix.size() + key.size());
  std::ranges::copy(key, std::ranges::copy(spki_prefix, der.begin()).out);
  return der;
}

std::string ed25519_spki_pem(const Ed25519Public& key) {
  const OwnedKey handle{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size())};
  const OwnedBio bio{BIO_new(BIO_s_mem())};
  SP_ASSERT(handle != nullptr && bio != nullptr && PEM_write_bio_PUBKEY(bio.get(), handle.get()) == 1);
  return text_of(bio.get());
}

Digest ed25519_key_id(const Ed25519Public& key) {
  return sha256(ed25519_spki_der(key));
}

Result<Ed25519Public> ed25519_from_spki_der(ByteView der) {
  Ed25519Public key;
  if (der.size() != spki_prefix.size() + key.size() ||
      !std::ranges::equal(der.first(spki_prefix.size()), spki_prefix)) {
    return fail(ErrorCode::malformed, "", "expected the SubjectPublicKeyInfo of an Ed25519 key");
  }
  std::ranges::copy(der.subspan(spki_prefix.size()), key.begin());
  return key;
}

Result<Ed25519Public> ed25519_from_spki_pem(std::string_view pem) {
  if (pem.size() > pem_bytes_max) {
    return fail(ErrorCode::too_large, "", "too long for one public key");
  }
  const OwnedKey handle{PEM_read_bio_PUBKEY(reader_of(pem).get(), nullptr, no_passphrase, nullptr)};
  ERR_clear_error();
  Ed25519Public key;
  std::size_t length = key.size();
  if (handle == nullptr || EVP_PKEY_get_base_id(handle.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(handle.get(), key.data(), &length) != 1) {
    return fail(ErrorCode::malformed, "", "expected the public key of an Ed25519 key in PEM");
  }
  // A PEM reader skips what it does not know; a pinned file must hold the key and nothing else.
  const std::string canonical = ed25519_spki_pem(key);
  const std::size_t end = pem.find_last_not_of(" \t\r\n");
  if (pem.substr(0, end + 1) != std::string_view(canonical).substr(0, canonical.size() - 1)) {
    return fail(ErrorCode::malformed, "", "expected one PEM block and nothing else");
  }
  return key;
}

} // namespace sallyport::crypto
