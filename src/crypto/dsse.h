// DSSE v1.0.2 with one Ed25519 signature: the gate's countersignature. It says that the gate checked,
// never that somebody approved.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ed25519.h"

#include <string>
#include <string_view>

namespace sallyport::crypto {

inline constexpr std::string_view dsse_in_toto_type = "application/vnd.in-toto+json";

// "DSSEv1 <length> <type> <length> <body>": the bytes that are signed.
Bytes dsse_pae(std::string_view type, ByteView body);

// The envelope as canonical JSON: payload and sig in base64, keyid the hex SHA-256 of the SPKI.
// `body` is not empty.
std::string dsse_envelope(const Ed25519Key& key, std::string_view type, ByteView body);

// The payload of an envelope of `type` signed by `key`. Exactly our members, exactly one signature; a
// keyid that is not that of `key` is refused (it is a hint in DSSE, and a wrong hint is a wrong file).
Result<Bytes> dsse_open(std::string_view envelope, std::string_view type, const Ed25519Public& key);

} // namespace sallyport::crypto
