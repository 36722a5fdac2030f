// Public keys of people, in OpenSSH's format (RFC 4253 section 6.6, RFC 5656, RFC 8709, PROTOCOL.u2f).
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace sallyport::crypto {

enum class KeyType { ed25519, ecdsa_p256, sk_ed25519, sk_ecdsa_p256 };

// "ssh-ed25519", "sk-ecdsa-sha2-nistp256@openssh.com" ...
std::string_view to_string(KeyType type);

struct PublicKey {
  KeyType type = KeyType::ed25519;
  Bytes blob;              // the whole key in SSH wire format; what line() and fingerprint() speak of
  Bytes point;             // 32 bytes (Ed25519) or 65 bytes 04||x||y on the curve (P-256)
  std::string application; // sk types only: "ssh:" for tokens, the rpId for passkeys

  // "type base64", as roster and key leaves hold it; no comment.
  std::string line() const;
  // SHA-256 of the blob.
  Digest fingerprint() const;
  bool operator==(const PublicKey&) const = default;
};

// The parsers take the four types and answer ErrorCode::unsupported to every other one.
Result<PublicKey> parse_public_key(ByteView blob);
// "type base64" or "type base64 comment"; options in front are not taken.
Result<PublicKey> parse_public_key_line(std::string_view line);

// `public_key` has 32 bytes.
PublicKey make_ed25519_key(ByteView public_key);
// A passkey or token: `point` is 04||x||y. Refuses a point that is not on the curve.
Result<PublicKey> make_sk_ecdsa_key(ByteView point, std::string_view application);

} // namespace sallyport::crypto
