#include "engine/secrets.h"

#include "crypto/digest.h"
#include "crypto/random.h"
#include "engine/files.h"

namespace sallyport::engine {

std::filesystem::path keys_dir(const std::filesystem::path& dir) {
  return dir / "keys";
}

std::filesystem::path wrapping_key_file(const std::filesystem::path& dir) {
  return keys_dir(dir) / "wrapping.key";
}

std::string Secrets::ref(std::string_view dimension, std::string_view value) const {
  const auto first = value.find_first_not_of(" \t\n");
  const auto last = value.find_last_not_of(" \t\n");
  std::string message(dimension);
  message += '\0';
  for (std::size_t i = first; first != std::string_view::npos && i <= last; ++i) {
    const char c = value[i];
    message += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return crypto::hmac_sha256(refs.expose(), as_bytes(message)).hex();
}

Result<Secrets> create_secrets(const std::filesystem::path& dir) {
  std::error_code error;
  std::filesystem::create_directories(keys_dir(dir), error);
  std::filesystem::permissions(keys_dir(dir), std::filesystem::perms::owner_all, error);
  if (error) {
    return fail(ErrorCode::unavailable, keys_dir(dir).string(), "cannot make this folder");
  }
  Secrets secrets{crypto::Ed25519Key::generate(), crypto::Ed25519Key::generate(), Sensitive(Bytes(32))};
  crypto::random_bytes(secrets.refs.expose());
  SP_CHECK(write_new_file(keys_dir(dir) / "gate.pem", secrets.gate.to_pem().expose()));
  SP_CHECK(write_new_file(keys_dir(dir) / "log.pem", secrets.log.to_pem().expose()));
  SP_CHECK(write_new_file(keys_dir(dir) / "refs.key", to_hex(secrets.refs.expose()) + "\n"));
  return secrets;
}

Result<Secrets> load_secrets(const std::filesystem::path& dir) {
  SP_TRY(const std::string gate_pem, read_small_file(keys_dir(dir) / "gate.pem"));
  SP_TRY(const std::string log_pem, read_small_file(keys_dir(dir) / "log.pem"));
  SP_TRY(std::string refs_hex, read_small_file(keys_dir(dir) / "refs.key"));
  while (refs_hex.ends_with('\n')) {
    refs_hex.pop_back();
  }
  SP_TRY(crypto::Ed25519Key gate, crypto::Ed25519Key::from_pem(gate_pem));
  SP_TRY(crypto::Ed25519Key log, crypto::Ed25519Key::from_pem(log_pem));
  SP_TRY(Bytes refs, from_hex(refs_hex));
  if (refs.size() != 32) {
    return fail(ErrorCode::corrupt, (keys_dir(dir) / "refs.key").string(), "expected 64 hex digits");
  }
  return Secrets{std::move(gate), std::move(log), Sensitive(std::move(refs))};
}

packet::Salt draw_salt() {
  packet::Salt salt;
  crypto::random_bytes(salt);
  return salt;
}

} // namespace sallyport::engine
