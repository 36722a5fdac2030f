// SSHSIG by a key that we hold: for simulation, tests and demonstration. The gate never holds a person's key.
#pragma once

#include "base/bytes.h"
#include "crypto/ed25519.h"
#include "crypto/sshsig.h"

#include <string_view>

namespace sallyport::crypto {

// The binary blob; armor() makes the text. The same arguments make the same bytes.
Bytes sign_sshsig(const Ed25519Key& key, std::string_view name_space, ByteView message,
                  HashName hash = HashName::sha512);

} // namespace sallyport::crypto
