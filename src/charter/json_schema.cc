#include "canon/json.h"
#include "charter/reference.h"
#include "charter/schema.h"
#include "charter/words.h"

#include "base/id.h"
#include "base/limits.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sallyport::charter {
namespace {

using canon::Array;
using canon::Object;
using canon::Value;

constexpr auto items_max = static_cast<std::int64_t>(limits::collection_items);
constexpr std::int64_t safe_integer = (std::int64_t{1} << 53) - 1;
constexpr std::string_view name_pattern = "[a-z][a-z0-9]*([-_][a-z0-9]+)*";
constexpr std::string_view plain = "[^\\u0000-\\u001f\\u007f-\\u009f]";
constexpr std::string_view pointer_pattern = "(/([^/~\\u0000-\\u001f\\u007f-\\u009f]|~[01])*)+";

Value whole(std::string_view pattern, std::int64_t most) {
  return Object{{"type", "string"}, {"pattern", fmt::format("^{}$", pattern)}, {"maxLength", most}};
}

Value reference(std::string_view definition) {
  return Object{{"$ref", fmt::format("#/$defs/{}", definition)}};
}

Value definitions() {
  Object name = *whole(name_pattern, 63).object();
  name.set("not", Object{{"enum", Array{"any", "all"}}});
  const Value text = whole(fmt::format("{}+", plain), 1000);
  const Value integer = Object{{"type", "integer"}, {"minimum", -safe_integer}, {"maximum", safe_integer}};
  const auto set_of = [](Value item) {
    return Value(Object{{"type", "array"},
                        {"items", std::move(item)},
                        {"minItems", 1},
                        {"maxItems", items_max},
                        {"uniqueItems", true}});
  };
  const Value instant = reference("instant");
  return Object{
      {"name", name},
      {"lane_id", whole("[A-Z][A-Z0-9]*(-[A-Z0-9]+)*", 63)},
      {"person", whole(fmt::format("{}_[{}]{{{}}}", PersonId::prefix, id_alphabet, id_letters), 63)},
      {"pointer", whole(pointer_pattern, 1000)},
      {"key_source", whole(fmt::format("(scope\\.{}|{})", name_pattern, pointer_pattern), 1000)},
      {"instant", whole("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z", 24)},
      {"time", whole("([01][0-9]|2[0-3]):[0-5][0-9]", 5)},
      {"zone", whole("[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*)*", 63)},
      {"view", whole(fmt::format("(omit|ref|pseudonym|show|coarsen\\(({})\\))", fmt::join(grains, "|")), 63)},
      {"literal",
       Object{{"anyOf", Array{text, integer, Object{{"type", "boolean"}}, set_of(text), set_of(integer)}}}},
      {"bound", Object{{"anyOf", Array{reference("name"), integer, set_of(reference("name")),
                                       Object{{"type", "object"},
                                              {"properties", Object{{"from", instant}, {"until", instant}}},
                                              {"required", Array{"from", "until"}},
                                              {"additionalProperties", false}}}}}},
  };
}

std::string_view definition_of(Kind kind) {
  switch (kind) {
  case Kind::name:
    return "name";
  case Kind::lane_id:
    return "lane_id";
  case Kind::person:
    return "person";
  case Kind::pointer:
    return "pointer";
  case Kind::key_source:
    return "key_source";
  case Kind::instant:
    return "instant";
  case Kind::time:
    return "time";
  case Kind::zone:
    return "zone";
  case Kind::view:
    return "view";
  case Kind::literal:
    return "literal";
  case Kind::bound:
    return "bound";
  case Kind::word:
  case Kind::text:
  case Kind::duration:
  case Kind::integer:
  case Kind::boolean:
  case Kind::set:
  case Kind::list:
  case Kind::rows:
  case Kind::map:
  case Kind::table:
    break;
  }
  return {};
}

Array values_of(const Condition& when) {
  Array out;
  for (const std::string_view value : when.values) {
    if (!value.empty()) {
      out.emplace_back(value);
    }
  }
  return out;
}

// What the key's need asks of the object that holds it.
Object demand(const Key& key, Need need, bool filled) {
  const std::string name(key.name);
  if (need == Need::forbidden) {
    return {{"properties", Object{{name, false}}}};
  }
  Object out;
  if (need == Need::required) {
    out.set("required", Array{key.name});
  }
  if (filled) {
    out.set("properties", Object{{name, Object{{"minItems", 1}}}});
  }
  return out;
}

class Schema {
public:
  Value run() {
    Object out = *object_of(charter_type(), {}).object();
    out.set("$schema", "https://json-schema.org/draft/2020-12/schema");
    out.set("title", "Lane charter of Sallyport, version 1 of the vocabulary, as JSON");
    out.set("$defs", definitions());
    Array all;
    if (const Value* there = out.find("allOf")) {
      all = *there->array();
    }
    all.insert(all.end(), by_flow_.begin(), by_flow_.end());
    if (!all.empty()) {
      out.set("allOf", std::move(all));
    }
    return out;
  }

private:
  Value of(const Type& type, const std::vector<std::string>& path) {
    if (const auto definition = definition_of(type.kind); !definition.empty()) {
      return reference(definition);
    }
    switch (type.kind) {
    case Kind::word:
      return Object{{"enum", Array(type.words.begin(), type.words.end())}};
    case Kind::boolean:
      return Object{{"type", "boolean"}};
    case Kind::text:
      return whole(fmt::format("{}+", plain), type.max);
    case Kind::duration:
    case Kind::integer:
      return Object{{"type", "integer"}, {"minimum", type.min}, {"maximum", type.max}};
    case Kind::map:
      return Object{{"type", "object"},
                    {"propertyNames", of(*type.key, {})},
                    {"additionalProperties", of(*type.item, {})},
                    {"minProperties", type.min},
                    {"maxProperties", items_max}};
    case Kind::table:
      return object_of(type, path);
    default:
      break;
    }
    Object out{
        {"type", "array"}, {"items", of(*type.item, {})}, {"minItems", type.min}, {"maxItems", items_max}};
    if (type.kind != Kind::rows) {
      out.set("uniqueItems", true);
    }
    return out;
  }

  Value property(const Key& key, const std::vector<std::string>& path) {
    std::vector<std::string> inner = path;
    inner.emplace_back(key.name);
    Object out = *of(*key.type, inner).object();
    out.set("description", key.help);
    if (key.type->kind == Kind::duration) {
      out.set("$comment", "milliseconds");
    }
    if (key.need == Need::defaulted && key.when.key.empty()) {
      const auto fallback = canon::parse(key.fallback);
      SP_ASSERT(fallback);
      out.set("default", *fallback);
    }
    return out;
  }

  // `path` is that of a section, where a condition on the flow can still be told from the root.
  Value object_of(const Type& type, const std::vector<std::string>& path) {
    Object properties;
    Array required;
    Array conditions;
    for (const Key& key : type.keys) {
      properties.set(std::string(key.name), property(key, path));
      if (key.when.key.empty()) {
        if (key.need == Need::required) {
          required.emplace_back(key.name);
        }
        continue;
      }
      const Object holds = demand(key, key.need, key.filled);
      const Object otherwise = demand(key, key.otherwise, false);
      if (holds.empty() && otherwise.empty()) {
        continue;
      }
      if (key.when.key == "flow") {
        by_flow_.push_back(conditional(key.when, below(holds, path), below(otherwise, path)));
      } else {
        conditions.push_back(conditional(key.when, holds, otherwise));
      }
    }
    Object out{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) {
      out.set("required", std::move(required));
    }
    if (!conditions.empty()) {
      out.set("allOf", std::move(conditions));
    }
    return out;
  }

  static Value conditional(const Condition& when, Object holds, Object otherwise) {
    const std::string key(when.key);
    Object out{{"if", Object{{"properties", Object{{key, Object{{"enum", values_of(when)}}}}},
                             {"required", Array{key}}}}};
    if (!holds.empty()) {
      out.set("then", std::move(holds));
    }
    if (!otherwise.empty()) {
      out.set("else", std::move(otherwise));
    }
    return out;
  }

  static Object below(Object demanded, const std::vector<std::string>& path) {
    for (auto at = path.rbegin(); at != path.rend() && !demanded.empty(); ++at) {
      demanded = Object{{"properties", Object{{*at, std::move(demanded)}}}};
    }
    return demanded;
  }

  Array by_flow_;
};

void write_indented(const Value& value, std::size_t depth, std::string& out) {
  const std::string inner(2 * depth + 2, ' ');
  const std::string short_form = canon::write(value);
  bool first = true;
  const auto line = [&](const std::string& before, const Value& item) {
    out += (first ? "\n" : ",\n") + inner + before;
    first = false;
    write_indented(item, depth + 1, out);
  };
  if (short_form.size() <= 80) {
    out += short_form;
  } else if (const auto* object = value.object()) {
    out += "{";
    for (const auto& [name, item] : *object) {
      line(canon::write(Value(name)) + ": ", item);
    }
    out += "\n" + std::string(2 * depth, ' ') + "}";
  } else if (const auto* array = value.array()) {
    out += "[";
    for (const Value& item : *array) {
      line(std::string(), item);
    }
    out += "\n" + std::string(2 * depth, ' ') + "]";
  } else {
    out += short_form;
  }
}

} // namespace

Value json_schema() {
  return Schema().run();
}

std::string json_schema_text() {
  std::string out;
  write_indented(json_schema(), 0, out);
  return out + "\n";
}

} // namespace sallyport::charter
