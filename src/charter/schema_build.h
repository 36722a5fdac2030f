// How the table of schema.h is written down, and the types that more than one section uses. For the
// schema_*.cc files alone.
#pragma once

#include "charter/schema.h"
#include "charter/spelling.h"
#include "charter/words.h"

namespace sallyport::charter::build {

constexpr Key required(std::string_view name, const Type& type, std::string_view help) {
  return {.name = name,
          .type = &type,
          .help = help,
          .need = Need::required,
          .fallback = {},
          .when = {},
          .fallback_otherwise = {},
          .example = {},
          .phrase = {}};
}

constexpr Key optional(std::string_view name, const Type& type, std::string_view help) {
  Key key = required(name, type, help);
  key.need = Need::optional;
  return key;
}

constexpr Key defaulted(std::string_view name, const Type& type, std::string_view json,
                        std::string_view help) {
  Key key = required(name, type, help);
  key.need = Need::defaulted;
  key.fallback = json;
  return key;
}

constexpr Type make(Kind kind, std::int64_t min = 0, std::int64_t max = 0) {
  return {.kind = kind, .min = min, .max = max};
}

template <class E> constexpr Type word() {
  return {.kind = Kind::word, .words = words<E>};
}

constexpr Type set_of(const Type& item, std::int64_t min) {
  return {.kind = Kind::set, .min = min, .item = &item};
}

constexpr Type list_of(const Type& item, std::int64_t min) {
  return {.kind = Kind::list, .min = min, .item = &item};
}

constexpr Type rows_of(const Type& item, std::int64_t min) {
  return {.kind = Kind::rows, .min = min, .item = &item};
}

constexpr Type map_of(const Type& key, const Type& item, std::int64_t min) {
  return {.kind = Kind::map, .min = min, .item = &item, .key = &key};
}

constexpr Type table_of(std::span<const Key> keys) {
  return {.kind = Kind::table, .keys = keys};
}

inline constexpr std::int64_t longest = duration_max.ms;

inline constexpr Type name = make(Kind::name);
inline constexpr Type person = make(Kind::person);
inline constexpr Type pointer = make(Kind::pointer);
inline constexpr Type text = make(Kind::text, 1, text_bytes_max);
inline constexpr Type instant = make(Kind::instant);
inline constexpr Type boolean = make(Kind::boolean);
inline constexpr Type view = make(Kind::view);
inline constexpr Type literal = make(Kind::literal);
inline constexpr Type bound = make(Kind::bound);
inline constexpr Type duration = make(Kind::duration, 1, longest);
inline constexpr Type duration_or_none = make(Kind::duration, 0, longest);
inline constexpr Type names = set_of(name, 0);
inline constexpr Type names_1 = set_of(name, 1);
inline constexpr Type persons_count = make(Kind::integer, 1, 9);
inline constexpr Type at_least_1 = make(Kind::integer, 1, 1'000'000'000);
inline constexpr Type up_to_100000 = make(Kind::integer, 1, 100'000);
inline constexpr Type flow = word<Flow>();
inline constexpr Type op = word<Op>();
inline constexpr Type effect = word<Effect>();
inline constexpr Type field_class = word<FieldClass>();
inline constexpr Type event = word<Event>();

// The sections, a few to a file.
extern const Type lane;       // schema_people.cc
extern const Type scope;      // schema_people.cc
extern const Type signers;    // schema_people.cc
extern const Type governance; // schema_people.cc
extern const Type agents;     // schema_people.cc
extern const Type sources;    // schema_evidence.cc
extern const Type exposure;   // schema_evidence.cc
extern const Type lineage;    // schema_evidence.cc
extern const Type clocks;     // schema_time.cc
extern const Type ledger;     // schema_time.cc
extern const Type holds;      // schema_time.cc
extern const Type admission;  // schema_time.cc

} // namespace sallyport::charter::build
