// What of a scope dimension lies within what, for the types whose values stand in clear (charter.md 3.1).
// Pure comparison; what cannot be compared is nothing, and holds.
#pragma once

#include "charter/model.h"
#include "packet/bounds.h"

#include <optional>
#include <string>

namespace sallyport::gate {

// Whether the manifest binds the dimension's value itself; else it binds digests of disclosures.
bool stands_in_clear(charter::ScopeType type);

// Whether the value is one of the dimension: of its type, a level that it lists, not empty.
bool is_of(const charter::Dimension& dimension, const packet::Bound& value);

// Whether a lies within b. Nothing where one of them is not a value of the dimension.
std::optional<bool> within(const charter::Dimension& dimension, const packet::Bound& a,
                           const packet::Bound& b);

// The bound that the charter names itself; nothing where it is what the packet declares.
std::optional<packet::Bound> max_of(const charter::Dimension& dimension);

// One value that a source states of an object that it has: a section, a level, an integer, "<from>/<until>",
// or one instant, which is the millisecond that begins with it; of parts a digest in hex.
std::optional<packet::Bound> stated_value(const charter::Dimension& dimension, const std::string& text);

} // namespace sallyport::gate
