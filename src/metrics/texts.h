// What leaves name by digest and do not hold: charters, rosters, manifests, entries. Whoever has the bytes
// puts them in; they are found by the digest that they have, so a wrong text is simply not there.
#pragma once

#include "base/digest.h"
#include "canon/value.h"
#include "charter/model.h"
#include "packet/roster.h"

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::metrics {

class Texts {
public:
  void put(std::string bytes);
  // Null where nobody put them.
  const std::string* bytes(const Digest& digest) const;
  // Nothing where they are not there, or do not read as such.
  std::optional<canon::Value> json(const Digest& digest) const;
  std::optional<charter::Charter> charter(const Digest& digest) const;
  std::optional<packet::Roster> roster(const Digest& digest) const;

private:
  std::map<Digest, std::string> bytes_;
};

// The member at the end of the names; null where one is missing.
const canon::Value* at(const canon::Value& value, std::initializer_list<std::string_view> names);
// Its text; "" where it is none.
std::string text_at(const canon::Value& value, std::initializer_list<std::string_view> names);

} // namespace sallyport::metrics
