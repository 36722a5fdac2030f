#include "gate/scope.h"

#include "packet/archive.h"
#include "packet/names.h"

#include <algorithm>
#include <charconv>

namespace sallyport::gate {
namespace {

using charter::ScopeType;
using packet::Sections;

std::ptrdiff_t rank(const charter::Dimension& dimension, const packet::Bound& value) {
  return std::ranges::find(dimension.levels, std::get<std::string>(value.value)) - dimension.levels.begin();
}

std::optional<packet::Bound> instants(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto from = parse_instant(text.substr(0, slash));
  const auto until = slash == std::string::npos ? from : parse_instant(text.substr(slash + 1));
  if (!from || !until) {
    return std::nullopt;
  }
  return packet::Bound{packet::Span{*from, slash == std::string::npos ? *from + Duration{1} : *until}};
}

std::optional<packet::Bound> integer(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = fault == std::errc() && std::to_string(number) == text;
  return whole ? std::optional(packet::Bound{number}) : std::nullopt;
}

} // namespace

bool stands_in_clear(ScopeType type) {
  return type == ScopeType::interval || type == ScopeType::level || type == ScopeType::threshold ||
         type == ScopeType::section_set;
}

bool is_of(const charter::Dimension& dimension, const packet::Bound& value) {
  switch (dimension.type) {
  case ScopeType::interval: {
    const auto* span = std::get_if<packet::Span>(&value.value);
    return span != nullptr && span->from < span->until;
  }
  case ScopeType::level: {
    const auto* level = std::get_if<std::string>(&value.value);
    return level != nullptr && std::ranges::find(dimension.levels, *level) != dimension.levels.end();
  }
  case ScopeType::threshold:
    return std::holds_alternative<std::int64_t>(value.value);
  case ScopeType::section_set: {
    const auto* sections = std::get_if<Sections>(&value.value);
    return sections != nullptr && !sections->empty();
  }
  case ScopeType::id_set:
  case ScopeType::region_set:
  case ScopeType::snapshot:
  case ScopeType::parts:
    return false;
  }
  SP_ASSERT(false);
  return false;
}

std::optional<bool> within(const charter::Dimension& dimension, const packet::Bound& a,
                           const packet::Bound& b) {
  if (!is_of(dimension, a) || !is_of(dimension, b)) {
    return std::nullopt;
  }
  switch (dimension.type) {
  case ScopeType::interval: {
    const auto& inner = std::get<packet::Span>(a.value);
    const auto& outer = std::get<packet::Span>(b.value);
    return outer.from <= inner.from && inner.until <= outer.until;
  }
  case ScopeType::level:
    return rank(dimension, a) <= rank(dimension, b);
  case ScopeType::threshold: {
    const std::int64_t one = std::get<std::int64_t>(a.value);
    const std::int64_t other = std::get<std::int64_t>(b.value);
    return dimension.sense == charter::Sense::at_most ? one <= other : one >= other;
  }
  default: // section_set: is_of() took no other
    return std::ranges::includes(std::get<Sections>(b.value), std::get<Sections>(a.value));
  }
}

std::optional<packet::Bound> max_of(const charter::Dimension& dimension) {
  packet::Bound out;
  if (!dimension.max || !packet::from_value(*dimension.max, out)) {
    return std::nullopt;
  }
  return out;
}

std::optional<packet::Bound> stated_value(const charter::Dimension& dimension, const std::string& text) {
  std::optional<packet::Bound> out;
  if (dimension.type == ScopeType::parts) {
    return Digest::from_hex(text) ? std::optional(packet::Bound{text}) : std::nullopt;
  }
  if (dimension.type == ScopeType::interval) {
    out = instants(text);
  } else if (dimension.type == ScopeType::threshold) {
    out = integer(text);
  } else if (packet::is_name(text)) {
    out = dimension.type == ScopeType::level ? packet::Bound{text} : packet::Bound{Sections{text}};
  }
  return out && is_of(dimension, *out) ? out : std::nullopt;
}

} // namespace sallyport::gate
