#include "charter/node.h"

#include "base/limits.h"
#include "canon/json.h"
#include "charter/spelling.h"

#include <fmt/format.h>

namespace sallyport::charter {
namespace {

Node convert(const canon::Value& from) {
  Node to;
  if (const auto* object = from.object()) {
    to.kind = Node::Kind::table;
    for (const auto& [name, value] : *object) {
      to.members.push_back({name, {}, convert(value)});
    }
  } else if (const auto* array = from.array()) {
    to.kind = Node::Kind::array;
    for (const auto& item : *array) {
      to.items.push_back(convert(item));
    }
  } else if (const auto* text = from.string()) {
    to.kind = Node::Kind::text;
    to.text = *text;
  } else if (const auto* integer = from.integer()) {
    to.kind = Node::Kind::integer;
    to.integer = *integer;
  } else if (const auto* boolean = from.boolean()) {
    to.kind = Node::Kind::boolean;
    to.integer = *boolean ? 1 : 0;
  }
  return to;
}

} // namespace

const Node* Node::find(std::string_view name) const {
  for (const Member& member : members) {
    if (member.name == name) {
      return &member.value;
    }
  }
  return nullptr;
}

Fault unreadable(std::string path, Position at, std::string_view why) {
  const std::string_view place = path.empty() ? "the file" : std::string_view(path);
  auto message = fmt::format("{}: this is not a readable charter: {}.", place, why);
  return {"E01", at.line, at.column, std::move(path), std::move(message), true};
}

std::expected<Node, Fault> json_tree(std::string_view text) {
  const auto value = canon::parse(text, {.bytes = limits::charter_bytes});
  if (!value) {
    return std::unexpected(unreadable("", {}, shown(value.error().text())));
  }
  return convert(*value);
}

} // namespace sallyport::charter
