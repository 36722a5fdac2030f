#include "packet/bounds.h"

#include "base/limits.h"
#include "canon/pointer.h"
#include "packet/exact.h"
#include "packet/names.h"

#include <algorithm>

namespace sallyport::packet {
namespace {

bool read_span(const canon::Value& value, Bound& out) {
  const canon::Value* from = value.find("from");
  const canon::Value* until = value.find("until");
  Span span;
  if (value.object()->size() != 2 || from == nullptr || until == nullptr || !from_value(*from, span.from) ||
      !from_value(*until, span.until) || span.from >= span.until) {
    return false;
  }
  out.value = span;
  return true;
}

bool read_sections(const canon::Value& value, Bound& out) {
  Sections sections;
  const bool names = from_value(value, sections) && !sections.empty() &&
                     sections.size() <= limits::collection_items && std::ranges::all_of(sections, is_name);
  out.value = std::move(sections);
  return names;
}

} // namespace

canon::Value to_value(const Bound& bound) {
  if (const auto* span = std::get_if<Span>(&bound.value)) {
    return canon::Object{{"from", to_string(span->from)}, {"until", to_string(span->until)}};
  }
  if (const auto* level = std::get_if<std::string>(&bound.value)) {
    return *level;
  }
  if (const auto* threshold = std::get_if<std::int64_t>(&bound.value)) {
    return *threshold;
  }
  return to_value(std::get<Sections>(bound.value));
}

bool from_value(const canon::Value& value, Bound& out) {
  if (value.object() != nullptr) {
    return read_span(value, out);
  }
  if (const std::string* level = value.string()) {
    out.value = *level;
    return is_name(*level);
  }
  if (const std::int64_t* threshold = value.integer()) {
    out.value = *threshold;
    return true;
  }
  return value.array() != nullptr && read_sections(value, out) && is_set(std::get<Sections>(out.value));
}

Result<Bounds> read_bounds(const canon::Value& value, const std::string& where) {
  if (value.object() == nullptr || value.object()->empty()) {
    return fail(ErrorCode::malformed, where, "expected dimensions with one value each, at least one");
  }
  if (value.object()->size() > limits::collection_items) {
    return fail(ErrorCode::too_large, where, "more dimensions than a collection may have");
  }
  Bounds out;
  for (const auto& [dimension, said] : *value.object()) {
    if (!is_name(dimension)) {
      return fail(ErrorCode::malformed, where, "has a dimension that is not written like period");
    }
    Bound& bound = out[dimension];
    bool read = said.array() != nullptr ? read_sections(said, bound) : from_value(said, bound);
    if (auto* sections = std::get_if<Sections>(&bound.value); read && sections != nullptr) {
      std::ranges::sort(*sections);
      read = is_set(*sections);
    }
    if (!read) {
      return fail(ErrorCode::malformed, where + "/" + canon::pointer_escape(dimension),
                  "expected from and until as instants, a name, an integer, or names of which none is twice");
    }
  }
  return out;
}

std::string in_words(const Bound& bound) {
  if (const auto* span = std::get_if<Span>(&bound.value)) {
    return to_string(span->from) + " to " + to_string(span->until);
  }
  if (const auto* level = std::get_if<std::string>(&bound.value)) {
    return *level;
  }
  if (const auto* threshold = std::get_if<std::int64_t>(&bound.value)) {
    return std::to_string(*threshold);
  }
  std::string out;
  for (const std::string& section : std::get<Sections>(bound.value)) {
    out += (out.empty() ? "" : ", ") + section;
  }
  return out;
}

} // namespace sallyport::packet
