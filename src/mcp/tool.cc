#include "mcp/tool.h"

#include "base/limits.h"

#include <algorithm>
#include <optional>

namespace sallyport::mcp {
namespace {

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
    break;
  }
  return std::nullopt;
}

canon::Object text_schema(std::string_view pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
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
    return {{"type", "string"},
            {"minLength", 1},
            {"maxLength", static_cast<std::int64_t>(limits::path_parameter_bytes)}};
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
  const std::string* text = value.string();
  return text != nullptr && !text->empty() && text->size() <= limits::path_parameter_bytes;
}

} // namespace

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
          {"annotations", canon::Object{{"readOnlyHint", !tool.changes},
                                        {"destructiveHint", false},
                                        {"idempotentHint", !tool.changes},
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
                  bounds(known->form) ? "expected an integer within the bounds of the tool's schema"
                                      : "expected a text within the bounds of the tool's schema");
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
