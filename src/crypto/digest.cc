#include "crypto/digest.h"

#include "crypto/openssl.h"

#include <openssl/core_names.h>

#include <array>

namespace sallyport::crypto {
namespace {

// Fetched once and kept to the end of the process: a lookup costs more than hashing a short message.
const EVP_MD* fetched(const char* name) {
  const EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr);
  SP_ASSERT(md != nullptr);
  return md;
}

const EVP_MD* sha256_md() {
  static const EVP_MD* md = fetched("SHA256");
  return md;
}

const EVP_MD* sha512_md() {
  static const EVP_MD* md = fetched("SHA512");
  return md;
}

EVP_MD_CTX* started(EVP_MD_CTX* context, const EVP_MD* md) {
  SP_ASSERT(context != nullptr && EVP_DigestInit_ex2(context, md, nullptr) == 1);
  return context;
}

} // namespace

Digest sha256(ByteView message) {
  // Bound to the algorithm once; init with none named only resets.
  thread_local const OwnedDigestContext context{started(EVP_MD_CTX_new(), sha256_md())};
  Digest out;
  SP_ASSERT(EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1 &&
            EVP_DigestUpdate(context.get(), message.data(), message.size()) == 1 &&
            EVP_DigestFinal_ex(context.get(), out.bytes.data(), nullptr) == 1);
  return out;
}

Digest sha256(std::string_view text) {
  return sha256(as_bytes(text));
}

Bytes sha512(ByteView message) {
  Bytes out(64);
  SP_ASSERT(EVP_Digest(message.data(), message.size(), out.data(), nullptr, sha512_md(), nullptr) == 1);
  return out;
}

Digest hmac_sha256(ByteView key, ByteView message) {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  SP_ASSERT(hmac != nullptr);
  const OwnedMacContext context{EVP_MAC_CTX_new(hmac)};
  std::array<char, 7> digest_name{"SHA256"};
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name.data(), 0),
      OSSL_PARAM_construct_end()};
  // OpenSSL takes a null key for "the key of last time".
  static constexpr std::uint8_t no_key = 0;
  const std::uint8_t* key_data = key.empty() ? &no_key : key.data();
  Digest out;
  std::size_t written = 0;
  SP_ASSERT(context != nullptr && EVP_MAC_init(context.get(), key_data, key.size(), parameters.data()) == 1 &&
            EVP_MAC_update(context.get(), message.data(), message.size()) == 1 &&
            EVP_MAC_final(context.get(), out.bytes.data(), &written, out.bytes.size()) == 1 &&
            written == out.bytes.size());
  return out;
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(started(EVP_MD_CTX_new(), sha256_md())) {
}

Sha256& Sha256::update(ByteView piece) {
  SP_ASSERT(context_ != nullptr && EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) == 1);
  return *this;
}

Digest Sha256::finish() {
  Digest out;
  SP_ASSERT(context_ != nullptr && EVP_DigestFinal_ex(context_.get(), out.bytes.data(), nullptr) == 1);
  context_.reset();
  return out;
}

} // namespace sallyport::crypto
