#include "mcp/tool.h"

#include "base/limits.h"

#include <algorithm>
#include <array>
#include <optional>

namespace sallyport::mcp {
namespace {

constexpr std::size_t text_bytes = 4000; // of a note
constexpr std::size_t ops_max = 64;
constexpr std::size_t edits_max = 16;
constexpr std::size_t signers_max = 16;

struct Bounds {
  std::int64_t least;
  std::int64_t most;
};

// Of the forms that are integers; nothing for texts.
std::optional<Bounds> bounds(Form form) {
  switch (form) {
  case Form::rows:
    return Bounds{1, 200};
  case Form::leaves:
    return Bounds{1, 256};
  case Form::number:
    return Bounds{0, (std::int64_t{1} << 53U) - 1};
  case Form::packet:
  case Form::manifest:
  case Form::digest:
  case Form::name:
  case Form::cursor:
  case Form::pointer:
  case Form::text:
  case Form::ops:
  case Form::edits:
  case Form::signers:
    break;
  }
  return std::nullopt;
}

canon::Object text_schema(std::string_view pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}

canon::Object bounded_text(std::size_t bytes) {
  return {{"type", "string"}, {"minLength", 1}, {"maxLength", static_cast<std::int64_t>(bytes)}};
}

canon::Object list_of(canon::Object items, std::size_t most) {
  return {{"type", "array"},
          {"minItems", 1},
          {"maxItems", static_cast<std::int64_t>(most)},
          {"items", std::move(items)}};
}

canon::Object op_schema() {
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", canon::Array{"op", "at"}},
          {"properties", canon::Object{{"op", canon::Object{{"enum", canon::Array{"put", "remove"}}}},
                                       {"at", text_schema("^/")},
                                       {"value", canon::Object{}}}}};
}

canon::Object schema(Form form) {
  switch (form) {
  case Form::packet:
    return text_schema("^pk_[a-kmnp-z2-9]{10}$");
  case Form::manifest:
    return text_schema("^mf_[a-kmnp-z2-9]{10}$");
  case Form::digest:
    return text_schema("^[0-9a-f]{64}$");
  case Form::name:
  case Form::cursor:
    return bounded_text(limits::path_parameter_bytes);
  case Form::pointer:
    return text_schema("^/");
  case Form::text:
    return bounded_text(text_bytes);
  case Form::ops:
    return list_of(op_schema(), ops_max);
  case Form::edits:
    return list_of(text_schema("^ed_[a-kmnp-z2-9]{10}$"), edits_max);
  case Form::signers:
    return {{"type", "object"},
            {"minProperties", 1},
            {"maxProperties", static_cast<std::int64_t>(signers_max)},
            {"additionalProperties", text_schema("^pe_[a-kmnp-z2-9]{10}$")}};
  case Form::rows:
  case Form::leaves:
  case Form::number:
    break;
  }
  const auto [least, most] = *bounds(form);
  return {{"type", "integer"}, {"minimum", least}, {"maximum", most}};
}

// How ids and digests are spelled exactly is the route's to know: another spelling is of nothing that is
// there.
bool fits(const Argument& argument, const canon::Value& value) {
  if (const auto within = bounds(argument.form)) {
    const std::int64_t* number = value.integer();
    return number != nullptr && *number >= within->least && *number <= within->most;
  }
  if (argument.form == Form::ops || argument.form == Form::edits) {
    const canon::Array* list = value.array();
    return list != nullptr && !list->empty() &&
           list->size() <= (argument.form == Form::ops ? ops_max : edits_max);
  }
  if (argument.form == Form::signers) {
    const canon::Object* roles = value.object();
    return roles != nullptr && !roles->empty() && roles->size() <= signers_max;
  }
  const std::string* text = value.string();
  return text != nullptr && !text->empty() &&
         text->size() <= (argument.form == Form::text ? text_bytes : limits::path_parameter_bytes);
}

std::string_view kind_of(Form form) {
  return bounds(form)                               ? "an integer"
         : form == Form::ops || form == Form::edits ? "a list"
         : form == Form::signers                    ? "an object"
                                                    : "a text";
}

} // namespace

std::string_view name_of(Verb verb) {
  static constexpr std::array<std::string_view, 8> names{
      "read", "compare", "cross_check", "trace", "refresh", "flag", "propose", "prepare_manifest"};
  return names[static_cast<std::size_t>(verb)];
}

canon::Object described(const Tool& tool) {
  canon::Object properties;
  canon::Array required;
  for (const Argument& argument : tool.arguments) {
    canon::Object one = schema(argument.form);
    one.set("description", argument.about);
    properties.set(std::string(argument.name), std::move(one));
    if (argument.required) {
      required.emplace_back(argument.name);
    }
  }
  canon::Object input{{"type", "object"}, {"additionalProperties", false}};
  if (!properties.empty()) {
    input.set("properties", std::move(properties));
  }
  if (!required.empty()) {
    input.set("required", std::move(required));
  }
  return {{"name", tool.name},
          {"title", tool.title},
          {"description", tool.about},
          {"inputSchema", std::move(input)},
          {"annotations", canon::Object{{"readOnlyHint", !leaves_something(tool.verb)},
                                        {"destructiveHint", false},
                                        {"idempotentHint", !leaves_something(tool.verb)},
                                        {"openWorldHint", false}}}};
}

Result<void> check(const Tool& tool, const canon::Object& arguments) {
  for (const auto& [name, value] : arguments) {
    const auto known = std::ranges::find(tool.arguments, name, &Argument::name);
    if (known == tool.arguments.end()) {
      return fail(ErrorCode::malformed, "", "an argument that the tool does not have");
    }
    if (!fits(*known, value)) {
      return fail(ErrorCode::malformed, "/" + std::string(known->name),
                  "expected " + std::string(kind_of(known->form)) +
                      " within the bounds of the tool's schema");
    }
  }
  for (const Argument& argument : tool.arguments) {
    if (argument.required && arguments.find(argument.name) == nullptr) {
      return fail(ErrorCode::malformed, "/" + std::string(argument.name), "the argument is missing");
    }
  }
  return {};
}

} // namespace sallyport::mcp
