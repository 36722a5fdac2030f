// The keys that the process itself holds, each for one thing (design section 4: never shared): gate
// (countersignatures), log (checkpoints), refs (keyed digests of identity values). The key that wraps
// data keys is the store's. Files in <dir>/keys, mode 0600; whoever runs the service owns them.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/sensitive.h"
#include "crypto/ed25519.h"
#include "packet/disclosure.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace sallyport::engine {

struct Secrets {
  crypto::Ed25519Key gate;
  crypto::Ed25519Key log;
  Sensitive<Bytes> refs; // 32 bytes

  // The same value gives the same ref within one dimension, and another in another. Values are
  // compared without case and outer blanks.
  std::string ref(std::string_view dimension, std::string_view value) const;
};

std::filesystem::path keys_dir(const std::filesystem::path& dir);
std::filesystem::path wrapping_key_file(const std::filesystem::path& dir);

// Draws and writes all of them. An existing key is a conflict: keys are never overwritten.
Result<Secrets> create_secrets(const std::filesystem::path& dir);
Result<Secrets> load_secrets(const std::filesystem::path& dir);

// For one disclosure, fresh each time; kept with it alone.
packet::Salt draw_salt();

} // namespace sallyport::engine
