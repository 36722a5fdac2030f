// What the text formats of this module share: lines, decimals, hashes. All strict: one spelling each.
#pragma once

#include "base/digest.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::ledger {

// Cuts lines off the front of a text in which every line ends in a newline.
class Lines {
public:
  explicit Lines(std::string_view text) : rest_(text) {}

  // The next line without its newline; nothing where no terminated line is left.
  std::optional<std::string_view> next();

  std::string_view rest() const { return rest_; }

private:
  std::string_view rest_;
};

// Digits without sign or leading zero, at most tree_size_max.
Result<std::uint64_t> parse_decimal(std::string_view text, std::string where);
// One hash in padded base64.
Result<Digest> parse_hash(std::string_view text, std::string where);

} // namespace sallyport::ledger
