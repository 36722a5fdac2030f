// Attributes of observed objects as values of their declared types, and the one expression of the charter
// language, `attr op value` (charter.md 3.3). Facts keep one text per attribute, spelled as source/map.h
// says, so that equal values are equal texts; the type is the charter's to declare, and is applied here.
#pragma once

#include "gate/world.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sallyport::gate {

using AttrValue = std::variant<std::string, std::int64_t, bool, Instant, std::set<std::string>>;

// Nothing where the text does not spell a value of that type.
std::optional<AttrValue> read_value(charter::AttrType type, const std::string& text);

// Whether `value op operand`; nothing where the operand is of another type than the operator asks for.
std::optional<bool> holds_true(const AttrValue& value, charter::Op op, const canon::Value& operand);

// The attribute as the source last stated it of the object; nothing where it is absent, is not declared, is
// of another type than the declared one, or belongs to an object that is gone.
std::optional<AttrValue> attr_of(const World& world, const charter::Charter& charter, const ObjectId& object,
                                 const charter::AttrRef& attr);

// An instant attribute of every citation of its source in the head that goes on, in the order of citations.
// `known` is false where one of them does not state it, and where none is cited.
struct ReadInstants {
  std::vector<Instant> at;
  bool known = false;
};

ReadInstants read_instants(const World& world, const PacketId& id, const charter::Charter& charter,
                           const charter::AttrRef& attr);

} // namespace sallyport::gate
