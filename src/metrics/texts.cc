#include "metrics/texts.h"

#include "canon/json.h"
#include "charter/parse.h"
#include "crypto/digest.h"

#include <utility>

namespace sallyport::metrics {

void Texts::put(std::string bytes) {
  const Digest digest = crypto::sha256(as_bytes(bytes));
  bytes_.emplace(digest, std::move(bytes));
}

const std::string* Texts::bytes(const Digest& digest) const {
  const auto found = bytes_.find(digest);
  return found == bytes_.end() ? nullptr : &found->second;
}

std::optional<canon::Value> Texts::json(const Digest& digest) const {
  const std::string* found = bytes(digest);
  if (found == nullptr) {
    return std::nullopt;
  }
  auto value = canon::parse(*found);
  return value ? std::optional(*std::move(value)) : std::nullopt;
}

std::optional<charter::Charter> Texts::charter(const Digest& digest) const {
  const std::string* found = bytes(digest);
  return found == nullptr ? std::nullopt : charter::parse_json(*found).charter;
}

std::optional<packet::Roster> Texts::roster(const Digest& digest) const {
  const std::string* found = bytes(digest);
  if (found == nullptr) {
    return std::nullopt;
  }
  auto roster = packet::read_roster(*found);
  return roster ? std::optional(*std::move(roster)) : std::nullopt;
}

const canon::Value* at(const canon::Value& value, std::initializer_list<std::string_view> names) {
  const canon::Value* found = &value;
  for (const std::string_view name : names) {
    found = found == nullptr ? nullptr : found->find(name);
  }
  return found;
}

std::string text_at(const canon::Value& value, std::initializer_list<std::string_view> names) {
  const canon::Value* found = at(value, names);
  return found == nullptr || found->string() == nullptr ? "" : *found->string();
}

} // namespace sallyport::metrics
