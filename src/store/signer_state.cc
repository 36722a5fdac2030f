#include "store/signer_state.h"

#include "store/files.h"

#include <fmt/format.h>

#include <charconv>

namespace sallyport::store {

namespace {

constexpr std::string_view file_name = "signer.state";

Result<SignerState> parse(std::string_view text) {
  SignerState state;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), state.size);
  const auto digits = static_cast<std::size_t>(end - text.data());
  const std::size_t hex = 2 * state.root.bytes.size();
  if (error == std::errc() && text.size() == digits + 1 + hex + 1) {
    if (const auto root = Digest::from_hex(text.substr(digits + 1, hex))) {
      state.root = *root;
    }
  }
  // One spelling only: what does not write back to the same bytes is damaged.
  if (text != fmt::format("{}\n{}\n", state.size, state.root.hex())) {
    return fail(ErrorCode::corrupt, std::string(file_name), "the state of the log signer is damaged");
  }
  return state;
}

} // namespace

Result<std::optional<SignerState>> read_signer_state(const std::filesystem::path& dir) {
  const auto bytes = read_private_file(dir / file_name, 128);
  if (!bytes) {
    if (bytes.error().code == ErrorCode::not_found) {
      return std::nullopt;
    }
    return std::unexpected(bytes.error());
  }
  SP_TRY(const SignerState state, parse(as_text(*bytes)));
  return state;
}

Result<void> write_signer_state(const std::filesystem::path& dir, const SignerState& state) {
  const std::string text = fmt::format("{}\n{}\n", state.size, state.root.hex());
  return replace_private_file(dir / file_name, as_bytes(text));
}

} // namespace sallyport::store
