// AES-256-GCM (NIST SP 800-38D) for values at rest. A sealed value is nonce (12) || ciphertext || tag (16).
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace sallyport::crypto {

inline constexpr std::size_t aead_key_bytes = 32;
inline constexpr std::size_t aead_overhead = 12 + 16;

// The nonce is random: one key may seal up to 2^32 values. `key` has 32 bytes. `aad` is authenticated,
// not stored: open() must be given the same.
Bytes seal(ByteView key, ByteView plain, ByteView aad);
// ErrorCode::corrupt where key, aad or any byte differs; nothing of the text is given out then.
Result<Bytes> open(ByteView key, ByteView sealed, ByteView aad);

} // namespace sallyport::crypto
