#include "words.h"

#include "base/limits.h"
#include "canon/json.h"
#include "charter/reference.h"
#include "charter/spelling.h"
#include "crypto/ssh_key.h"
#include "engine/engine.h"
#include "engine/files.h"

namespace sallyport::cli {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(at + 1);
  }
}

Answer<Duration> read_duration(std::string_view text, const std::string& where) {
  const auto duration = charter::parse_duration(text);
  if (!duration || duration->ms <= 0) {
    return give_up(Exit::usage, where + ": write a duration like 90d, 12h or 30m");
  }
  return *duration;
}

Answer<Instant> read_instant(std::string_view text, const std::string& where) {
  if (text.empty()) {
    return engine::system_now();
  }
  const auto instant = parse_instant(text);
  if (!instant) {
    return give_up(Exit::usage, where + ": write an instant like 2026-11-20T09:45:00.000Z");
  }
  return *instant;
}

Answer<std::string> read_key_line(const std::filesystem::path& file) {
  SP_TRY(std::string text, engine::read_small_file(file));
  text.erase(std::min(text.find_first_of("\r\n"), text.size()));
  const auto key = crypto::parse_public_key_line(text);
  if (!key) {
    return give_up(Exit::usage, file.string() + ": " + key.error().message + "; give the .pub file of an " +
                                    "Ed25519, ECDSA P-256 or security key");
  }
  return key->line();
}

Answer<canon::Value> read_json(const std::filesystem::path& file) {
  SP_TRY(const std::string text, engine::read_small_file(file));
  auto value = canon::parse(text, {.bytes = limits::request_bytes});
  if (!value) {
    return give_up(Exit::usage, file.string() + ": " + value.error().text());
  }
  return *std::move(value);
}

Answer<void> write_file(const std::filesystem::path& file, std::string_view bytes) {
  SP_CHECK(engine::write_new_file(file, bytes));
  return {};
}

std::vector<std::string> explained_codes() {
  std::vector<std::string> codes;
  for (const std::string& line : split(charter::holds_markdown(), '\n')) {
    if (line.starts_with("### ")) {
      codes.push_back(line.substr(4));
    }
  }
  return codes;
}

std::string shell_quoted(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:@%,";
  if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

} // namespace sallyport::cli
