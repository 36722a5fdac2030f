#include "crypto/aead.h"

#include "crypto/openssl.h"
#include "crypto/random.h"

#include <climits>

namespace sallyport::crypto {
namespace {

constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
static_assert(aead_overhead == nonce_bytes + tag_bytes);

const EVP_CIPHER* aes_256_gcm() {
  static const EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  SP_ASSERT(cipher != nullptr);
  return cipher;
}

} // namespace

Bytes seal(ByteView key, ByteView plain, ByteView aad) {
  SP_ASSERT(key.size() == aead_key_bytes && plain.size() <= INT_MAX - aead_overhead && aad.size() <= INT_MAX);
  Bytes out(plain.size() + aead_overhead);
  std::uint8_t* const text = out.data() + nonce_bytes;
  random_bytes({out.data(), nonce_bytes});
  const OwnedCipherContext context{EVP_CIPHER_CTX_new()};
  int written = 0;
  SP_ASSERT(context != nullptr &&
            EVP_EncryptInit_ex2(context.get(), aes_256_gcm(), key.data(), out.data(), nullptr) == 1);
  if (!aad.empty()) {
    SP_ASSERT(EVP_EncryptUpdate(context.get(), nullptr, &written, aad.data(), static_cast<int>(aad.size())) ==
              1);
  }
  if (!plain.empty()) {
    SP_ASSERT(
        EVP_EncryptUpdate(context.get(), text, &written, plain.data(), static_cast<int>(plain.size())) == 1);
  }
  SP_ASSERT(EVP_EncryptFinal_ex(context.get(), text + plain.size(), &written) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes, text + plain.size()) == 1);
  return out;
}

Result<Bytes> open(ByteView key, ByteView sealed, ByteView aad) {
  SP_ASSERT(key.size() == aead_key_bytes && aad.size() <= INT_MAX);
  if (sealed.size() < aead_overhead || sealed.size() > INT_MAX) {
    return fail(ErrorCode::corrupt, "", "the length is not that of a sealed value");
  }
  const ByteView nonce = sealed.first(nonce_bytes);
  const ByteView text = sealed.subspan(nonce_bytes, sealed.size() - aead_overhead);
  Bytes tag(sealed.end() - tag_bytes, sealed.end());
  Bytes plain(text.size());
  const OwnedCipherContext context{EVP_CIPHER_CTX_new()};
  int written = 0;
  SP_ASSERT(context != nullptr &&
            EVP_DecryptInit_ex2(context.get(), aes_256_gcm(), key.data(), nonce.data(), nullptr) == 1 &&
            EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1);
  if (!aad.empty()) {
    SP_ASSERT(EVP_DecryptUpdate(context.get(), nullptr, &written, aad.data(), static_cast<int>(aad.size())) ==
              1);
  }
  if (!text.empty()) {
    SP_ASSERT(EVP_DecryptUpdate(context.get(), plain.data(), &written, text.data(),
                                static_cast<int>(text.size())) == 1);
  }
  std::uint8_t none = 0;
  if (EVP_DecryptFinal_ex(context.get(), &none, &written) != 1) {
    return fail(ErrorCode::corrupt, "", "a sealed value does not open with this key");
  }
  return plain;
}

} // namespace sallyport::crypto
