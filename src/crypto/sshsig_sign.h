// SSHSIG by a key that we hold: for simulation, tests and demonstration. The gate never holds a person's key.
#pragma once

#include "base/bytes.h"
#include "crypto/ed25519.h"

#include <string_view>

namespace sallyport::crypto {

// The binary blob, hash sha512; armor() makes the text.
Bytes sign_sshsig(const Ed25519Key& key, std::string_view name_space, ByteView message);

} // namespace sallyport::crypto
