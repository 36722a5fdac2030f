// ECDSA on NIST P-256 with SHA-256, as far as SSH keys and passkeys need it. Private to this module.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ssh_wire.h"

namespace sallyport::crypto {

struct P256Signature {
  Scalar256 r{};
  Scalar256 s{};
};

// 65 bytes, 04||x||y, on the curve.
bool p256_is_point(ByteView point);
// `point` is one. r and s outside [1, n-1] verify nothing.
bool p256_verify(ByteView point, ByteView message, const P256Signature& signature);
// Ecdsa-Sig-Value (RFC 3279), strictly DER.
Result<P256Signature> p256_signature_from_der(ByteView der);
// The 65 bytes that a SubjectPublicKeyInfo for P-256 holds; whether they are a point is for the caller.
Result<Bytes> p256_point_from_spki_der(ByteView der);

} // namespace sallyport::crypto
