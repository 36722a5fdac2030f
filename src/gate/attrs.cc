#include "gate/attrs.h"

#include "canon/json.h"
#include "charter/spelling.h"
#include "gate/lineage.h"

#include <algorithm>
#include <charconv>

namespace sallyport::gate {
namespace {

using charter::AttrType;
using charter::Op;

std::optional<std::int64_t> integer_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = fault == std::errc() && end == text.data() + text.size();
  return whole && std::to_string(number) == text ? std::optional(number) : std::nullopt;
}

std::optional<std::set<std::string>> set_of(const canon::Value& value) {
  if (value.array() == nullptr) {
    return std::nullopt;
  }
  std::set<std::string> out;
  for (const canon::Value& item : *value.array()) {
    if (item.string() == nullptr || !charter::is_plain_text(*item.string())) {
      return std::nullopt;
    }
    out.insert(*item.string());
  }
  return out;
}

template <class T> std::optional<AttrValue> wrapped(std::optional<T> value) {
  return value ? std::optional<AttrValue>(*std::move(value)) : std::nullopt;
}

// A literal as a value of the type that `like` has.
std::optional<AttrValue> literal_as(const AttrValue& like, const canon::Value& literal) {
  switch (like.index()) {
  case 0:
    return literal.string() == nullptr ? std::nullopt : std::optional<AttrValue>(*literal.string());
  case 1:
    return literal.integer() == nullptr ? std::nullopt : std::optional<AttrValue>(*literal.integer());
  case 2:
    return literal.boolean() == nullptr ? std::nullopt : std::optional<AttrValue>(*literal.boolean());
  case 3: {
    const auto at = literal.string() == nullptr ? Result<Instant>(std::unexpected(Error{}))
                                                : parse_instant(*literal.string());
    return at ? std::optional<AttrValue>(*at) : std::nullopt;
  }
  default:
    return wrapped(set_of(literal));
  }
}

std::optional<bool> is_member(const AttrValue& value, const canon::Value& list) {
  if (list.array() == nullptr) {
    return std::nullopt;
  }
  bool found = false;
  for (const canon::Value& item : *list.array()) {
    const auto one = literal_as(value, item);
    if (!one) {
      return std::nullopt;
    }
    found = found || *one == value;
  }
  return found;
}

} // namespace

std::optional<AttrValue> read_value(AttrType type, const std::string& text) {
  switch (type) {
  case AttrType::text:
    // Texts are compared by bytes, so one that is not in NFC says nothing.
    return charter::is_plain_text(text) ? std::optional<AttrValue>(text) : std::nullopt;
  case AttrType::integer:
    return wrapped(integer_of(text));
  case AttrType::boolean:
    return text == "true" || text == "false" ? std::optional<AttrValue>(text == "true") : std::nullopt;
  case AttrType::instant: {
    const auto at = parse_instant(text);
    return at ? std::optional<AttrValue>(*at) : std::nullopt;
  }
  case AttrType::set: {
    const auto value = canon::parse(text);
    return value ? wrapped(set_of(*value)) : std::nullopt;
  }
  }
  SP_ASSERT(false);
  return std::nullopt;
}

std::optional<bool> holds_true(const AttrValue& value, Op op, const canon::Value& operand) {
  if (op == Op::in || op == Op::not_in) {
    const auto member = is_member(value, operand);
    return member ? std::optional(*member == (op == Op::in)) : std::nullopt;
  }
  const auto other = literal_as(value, operand);
  if (!other) {
    return std::nullopt;
  }
  const auto* number = std::get_if<std::int64_t>(&value);
  const auto* at = std::get_if<Instant>(&value);
  const auto* set = std::get_if<std::set<std::string>>(&value);
  switch (op) {
  case Op::eq:
    return value == *other;
  case Op::ne:
    return value != *other;
  case Op::subset: // nothing is never within something
    return set == nullptr
               ? std::nullopt
               : std::optional(!set->empty() &&
                               std::ranges::includes(std::get<std::set<std::string>>(*other), *set));
  case Op::le:
    return number == nullptr ? std::nullopt : std::optional(*number <= std::get<std::int64_t>(*other));
  case Op::ge:
    return number == nullptr ? std::nullopt : std::optional(*number >= std::get<std::int64_t>(*other));
  case Op::before:
    return at == nullptr ? std::nullopt : std::optional(*at < std::get<Instant>(*other));
  case Op::after:
    return at == nullptr ? std::nullopt : std::optional(*at > std::get<Instant>(*other));
  case Op::in:
  case Op::not_in:
  case Op::exists: // asks for no operand
    return std::nullopt;
  }
  SP_ASSERT(false);
  return std::nullopt;
}

std::optional<AttrValue> attr_of(const World& world, const charter::Charter& charter, const ObjectId& object,
                                 const charter::AttrRef& attr) {
  const auto source = charter.sources.find(attr.source);
  const std::string* text = attr_text(world, object, attr.attr);
  if (source == charter.sources.end() || text == nullptr) {
    return std::nullopt;
  }
  const auto type = source->second.attrs.find(attr.attr);
  return type == source->second.attrs.end() ? std::nullopt : read_value(type->second, *text);
}

ReadInstants read_instants(const World& world, const PacketId& id, const charter::Charter& charter,
                           const charter::AttrRef& attr) {
  ReadInstants out;
  const Packet& packet = *world.state.find(id);
  if (!packet.head) {
    return out;
  }
  bool all = true;
  for (const packet::Cite& cite : packet.head->cites) {
    if (cite.source != attr.source || is_held_back(world, id, "/citations/" + cite.citation)) {
      continue; // what is held back is asked by no recheck
    }
    const auto value = attr_of(world, charter, cite.object, attr);
    const auto* at = value ? std::get_if<Instant>(&*value) : nullptr;
    all = all && at != nullptr;
    if (at != nullptr) {
      out.at.push_back(*at);
    }
  }
  out.known = all && !out.at.empty();
  return out;
}

} // namespace sallyport::gate
