// A passkey in software, for tests: answers as a browser and its authenticator would, with any flags and
// any client data asked for.
#pragma once

#include "crypto/digest.h"
#include "crypto/openssl.h"
#include "crypto/passkey.h"
#include "crypto/ssh_wire.h"

#include <string>

namespace sallyport::testing {

inline constexpr std::uint8_t present_and_verified = 0x05;

class SoftwarePasskey {
public:
  SoftwarePasskey(std::string rp_id, std::string origin)
      : rp_id_(std::move(rp_id)), origin_(std::move(origin)), secret_(EVP_EC_gen("P-256")) {
    SP_ASSERT(secret_ != nullptr);
    std::uint8_t* spki = nullptr;
    const int length = i2d_PUBKEY(secret_.get(), &spki);
    SP_ASSERT(length == 91);
    spki_.assign(spki, spki + length);
    OPENSSL_free(spki);
    public_ = crypto::make_sk_ecdsa_key(point(), rp_id_).value();
  }

  const crypto::PublicKey& key() const { return public_; }

  const std::string& origin() const { return origin_; }

  std::string client_data(std::string_view type, ByteView challenge) const {
    return "{\"type\":\"" + std::string(type) + "\",\"challenge\":\"" + to_base64url(challenge) +
           "\",\"origin\":\"" + origin_ + "\",\"crossOrigin\":false}";
  }

  crypto::Enrolment create(ByteView challenge, std::uint8_t flags = present_and_verified | 0x40) const {
    const Bytes credential_id(32, 0x5A);
    const Bytes cose_front = from_hex("a5010203262001215820").value();
    const Bytes cose_middle = from_hex("225820").value();
    crypto::WireWriter data;
    data.bytes(authenticator_data(flags, 1)).bytes(Bytes(16, 0)).byte(0).byte(32).bytes(credential_id);
    data.bytes(cose_front).bytes(point().subspan(1, 32)).bytes(cose_middle).bytes(point().subspan(33));
    return {.cose_alg = -7,
            .spki_der = spki_,
            .authenticator_data = data.out(),
            .client_data = bytes_of(client_data("webauthn.create", challenge))};
  }

  crypto::Assertion get(std::string_view name_space, ByteView message,
                        std::uint8_t flags = present_and_verified) const {
    return get_with(
        name_space, flags,
        client_data("webauthn.get", crypto::to_be_signed(name_space, crypto::HashName::sha512, message)));
  }

  // An answer whose client data is `json`, whatever that says.
  crypto::Assertion get_with(std::string_view name_space, std::uint8_t flags, std::string_view json,
                             std::uint32_t counter = 2) const {
    const Bytes data = authenticator_data(flags, counter);
    return {.key = public_,
            .name_space = std::string(name_space),
            .hash = crypto::HashName::sha512,
            .authenticator_data = data,
            .client_data = bytes_of(json),
            .signature = sign(crypto::WireWriter().bytes(data).bytes(crypto::sha256(json).view()).out())};
  }

  // The whole way: an SSHSIG blob of `message`.
  Bytes sign_sshsig(std::string_view name_space, ByteView message) const {
    return crypto::wrap_assertion(get(name_space, message)).value();
  }

  // A DER signature of `message`.
  Bytes sign(ByteView message) const {
    const crypto::OwnedDigestContext context{EVP_MD_CTX_new()};
    Bytes der(72);
    std::size_t length = der.size();
    SP_ASSERT(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, secret_.get()) == 1 &&
              EVP_DigestSign(context.get(), der.data(), &length, message.data(), message.size()) == 1);
    der.resize(length);
    return der;
  }

private:
  ByteView point() const { return ByteView(spki_).last(65); }

  Bytes authenticator_data(std::uint8_t flags, std::uint32_t counter) const {
    return crypto::WireWriter().bytes(crypto::sha256(rp_id_).view()).byte(flags).u32(counter).out();
  }

  static Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

  std::string rp_id_;
  std::string origin_;
  crypto::OwnedKey secret_;
  Bytes spki_;
  crypto::PublicKey public_;
};

} // namespace sallyport::testing
