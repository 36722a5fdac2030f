// Reading stored bytes that have one spelling only. Private to this module.
#pragma once

#include "canon/json.h"
#include "packet/archive.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

namespace sallyport::packet {

inline constexpr const char* not_exact = "these bytes are not the canonical form of what they say";

// The stored type, from bytes that are exactly what writing it gives.
template <Stored T> Result<T> read_exact(std::string_view bytes) {
  SP_TRY(const canon::Value value, canon::parse(bytes));
  SP_TRY(T t, read<T>(value));
  if (canon::write(to_value(t)) != bytes) {
    return fail(ErrorCode::malformed, "", not_exact);
  }
  return t;
}

// Each item greater than the one before it.
template <class T, class By = std::identity> bool is_set(const std::vector<T>& items, By by = {}) {
  return std::ranges::adjacent_find(items, std::greater_equal<>{}, by) == items.end();
}

} // namespace sallyport::packet
