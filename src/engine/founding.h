// How a log begins: the service's keys are drawn, the governance owners sign the genesis statement
// with keys of their own, and the first leaf is written. Two steps, because the owners sign elsewhere.
#pragma once

#include "base/result.h"
#include "packet/statement.h"

#include <filesystem>
#include <string>
#include <vector>

namespace sallyport::engine {

struct OwnerInput {
  std::string role;
  std::string name;      // what people see
  std::string key_line;  // a public key of OpenSSH
  std::string key_class; // software | sk | sk-uv | webauthn-uv
  std::optional<std::string> rp_id;
  std::vector<std::string> origins;
};

// Draws the service's keys into <dir>/keys and writes <dir>/genesis.json: exactly the bytes that every
// owner signs (namespace genesis@sallyport). A folder that has keys already is a conflict.
Result<packet::GenesisStatement> prepare_genesis(const std::filesystem::path& dir, const std::string& origin,
                                                 const std::vector<OwnerInput>& owners, Instant now,
                                                 Duration keys_valid);

// Takes the owners' armored signatures, makes the databases and writes leaf 0, an account for each
// owner, and the first signed head. `uid`, where given, is the operating-system user who acts as the
// first owner on the local socket.
Result<void> found(const std::filesystem::path& dir, const std::vector<std::string>& signatures, Instant now,
                   std::optional<std::uint32_t> uid);

// The origin of the log in that folder: from genesis.json.
Result<std::string> origin_of(const std::filesystem::path& dir);

} // namespace sallyport::engine
