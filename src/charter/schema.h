// Every key of a charter, once: name, type, range, need, default, a sentence of help, an example, and
// what a change of it does. The reader walks this table over TOML and JSON alike; the reference, the
// JSON Schema and the differences in words are made from it. What depends on more than one key, beyond
// a word of a sibling or the flow, is in lint_*.cc.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace sallyport::charter {

struct Key;

enum class Kind {
  word, // one of `words`
  name, // also roles, audiences, tags: what the roster declares
  lane_id,
  person,
  pointer,    // a pattern: the segment `*` stands for one segment
  key_source, // a pointer or `scope.<dim>`
  text,       // `max` bytes, not empty
  duration,   // `min`-`max` ms
  instant,
  integer, // `min`-`max`
  boolean,
  time,
  zone,
  view,
  literal, // text, integer, boolean, instant, or a set of texts or of integers
  bound,   // name, integer, set of names, or {from, until} of instants
  set,     // of `item`, at least `min`
  list,    // of `item`, at least `min`; the order has meaning
  rows,    // array of tables `item`, at least `min`
  map,     // table keyed by `key`, of `item`, at least `min`
  table,   // with `keys`
};

struct Type {
  Kind kind;
  std::span<const std::string_view> words = {};
  std::int64_t min = 0;
  std::int64_t max = 0;
  const Type* item = nullptr;
  const Type* key = nullptr;
  std::span<const Key> keys = {};
};

enum class Need { required, optional, defaulted, forbidden };

// What a change does to the gate, where that can be told without the rest of the charter.
enum class Direction { undecided, tighter, looser };

// "A sibling (or the flow) has one of these words."
struct Condition {
  std::string_view key; // empty: always
  std::array<std::string_view, 4> values{};
};

struct Key {
  std::string_view name;
  const Type* type;
  std::string_view help;      // a sentence without a full stop
  Need need = Need::required; // where `when` holds
  std::string_view fallback;  // JSON of the default, where need is `defaulted`
  Condition when;
  bool filled = false;              // where `when` holds, an empty collection is a fault
  Need otherwise = Need::forbidden; // where `when` does not hold
  std::string_view fallback_otherwise;
  std::string_view example; // TOML of a value; none for a section
  // When the value grows: a longer time, a larger number, a later word of its list, true, a member more.
  Direction more = Direction::undecided;
  Direction there = Direction::undecided; // when it appears where it was absent
  Direction inner = Direction::undecided; // of a map: when one of its values grows
  std::string_view phrase; // how a change is told, after and before: "a signature stands {} instead of {}"

  constexpr Key eg(std::string_view toml) const {
    Key out = *this;
    out.example = toml;
    return out;
  }

  constexpr Key grows(Direction direction) const {
    Key out = *this;
    out.more = direction;
    return out;
  }

  constexpr Key appears(Direction direction) const {
    Key out = *this;
    out.there = direction;
    return out;
  }

  constexpr Key values_grow(Direction direction) const {
    Key out = *this;
    out.inner = direction;
    return out;
  }

  constexpr Key says(std::string_view words) const {
    Key out = *this;
    out.phrase = words;
    return out;
  }

  // The same key, its need applying only under a condition.
  constexpr Key only(std::string_view key, std::array<std::string_view, 4> values) const {
    Key out = *this;
    out.when = {key, values};
    return out;
  }

  constexpr Key else_optional() const {
    Key out = *this;
    out.otherwise = Need::optional;
    return out;
  }

  constexpr Key else_default(std::string_view json) const {
    Key out = *this;
    out.otherwise = Need::defaulted;
    out.fallback_otherwise = json;
    return out;
  }

  constexpr Key not_empty() const {
    Key out = *this;
    out.filled = true;
    return out;
  }
};

// The whole charter: Kind::table.
const Type& charter_type();
// The literal bound of a dimension of type interval.
const Type& interval_type();

} // namespace sallyport::charter
