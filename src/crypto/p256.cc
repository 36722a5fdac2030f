#include "crypto/p256.h"

#include "crypto/openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>

namespace sallyport::crypto {
namespace {

constexpr std::size_t point_bytes = 65;

// RFC 5480: the SubjectPublicKeyInfo of an uncompressed P-256 point is this and the point.
constexpr std::array<std::uint8_t, 26> spki_prefix{0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48,
                                                   0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
                                                   0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

// Null where the point is not on the curve: OpenSSL checks as it decodes.
OwnedKey key_of(ByteView point) {
  if (point.size() != point_bytes || point[0] != 0x04) {
    return nullptr;
  }
  std::array<char, 11> group{"prime256v1"};
  Bytes copy(point.begin(), point.end());
  std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
      OSSL_PARAM_construct_end()};
  const OwnedKeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)};
  SP_ASSERT(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.data()) != 1) {
    EVP_PKEY_free(key);
    key = nullptr;
  }
  ERR_clear_error();
  return OwnedKey(key);
}

OwnedBignum number(const Scalar256& value) {
  OwnedBignum out{BN_bin2bn(value.data(), static_cast<int>(value.size()), nullptr)};
  SP_ASSERT(out != nullptr);
  return out;
}

Bytes der_of(const ECDSA_SIG* sig) {
  const int length = i2d_ECDSA_SIG(sig, nullptr);
  SP_ASSERT(length > 0);
  Bytes der(static_cast<std::size_t>(length));
  std::uint8_t* out = der.data();
  SP_ASSERT(i2d_ECDSA_SIG(sig, &out) == length);
  return der;
}

} // namespace

bool p256_is_point(ByteView point) {
  return key_of(point) != nullptr;
}

bool p256_verify(ByteView point, ByteView message, const P256Signature& signature) {
  const OwnedKey key = key_of(point);
  SP_ASSERT(key != nullptr);
  const OwnedEcdsaSig sig{ECDSA_SIG_new()};
  SP_ASSERT(sig != nullptr &&
            ECDSA_SIG_set0(sig.get(), number(signature.r).release(), number(signature.s).release()) == 1);
  const Bytes der = der_of(sig.get());
  const OwnedDigestContext context{EVP_MD_CTX_new()};
  SP_ASSERT(context != nullptr &&
            EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1);
  const bool valid =
      EVP_DigestVerify(context.get(), der.data(), der.size(), message.data(), message.size()) == 1;
  ERR_clear_error();
  return valid;
}

Result<P256Signature> p256_signature_from_der(ByteView der) {
  const auto malformed = fail(ErrorCode::malformed, "", "expected an ECDSA signature in DER");
  const std::uint8_t* in = der.data();
  const OwnedEcdsaSig sig{d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size()))};
  ERR_clear_error();
  // OpenSSL reads some BER too; what does not come back byte for byte was not DER.
  if (sig == nullptr || !std::ranges::equal(der_of(sig.get()), der)) {
    return malformed;
  }
  P256Signature out;
  const BIGNUM* const r = ECDSA_SIG_get0_r(sig.get());
  const BIGNUM* const s = ECDSA_SIG_get0_s(sig.get());
  if (BN_is_negative(r) != 0 || BN_is_negative(s) != 0 ||
      BN_bn2binpad(r, out.r.data(), static_cast<int>(out.r.size())) < 0 ||
      BN_bn2binpad(s, out.s.data(), static_cast<int>(out.s.size())) < 0) {
    return malformed;
  }
  return out;
}

Result<Bytes> p256_point_from_spki_der(ByteView der) {
  if (der.size() != spki_prefix.size() + point_bytes ||
      !std::ranges::equal(der.first(spki_prefix.size()), spki_prefix)) {
    return fail(ErrorCode::malformed, "", "expected the SubjectPublicKeyInfo of a P-256 key");
  }
  const ByteView point = der.subspan(spki_prefix.size());
  return Bytes(point.begin(), point.end());
}

} // namespace sallyport::crypto
