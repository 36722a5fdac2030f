#include "ledger/text.h"

#include "ledger/merkle.h"

#include <charconv>

namespace sallyport::ledger {

std::optional<std::string_view> Lines::next() {
  const std::size_t end = rest_.find('\n');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return line;
}

Result<std::uint64_t> parse_decimal(std::string_view text, std::string where) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (error == std::errc::invalid_argument || stop != end || leading_zero) {
    return fail(ErrorCode::malformed, std::move(where), "expected a decimal number without leading zeros");
  }
  if (error != std::errc{} || value > tree_size_max) {
    return fail(ErrorCode::too_large, std::move(where), "the number is larger than any tree here");
  }
  return value;
}

Result<Digest> parse_hash(std::string_view text, std::string where) {
  const auto bytes = from_base64(text);
  if (!bytes || bytes->size() != Digest{}.bytes.size()) {
    return fail(ErrorCode::malformed, std::move(where), "expected one SHA-256 hash in base64");
  }
  return Digest::from_bytes(*bytes);
}

} // namespace sallyport::ledger
