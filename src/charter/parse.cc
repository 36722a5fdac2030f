#include "charter/parse.h"

#include "charter/decode.h"
#include "charter/lint_tree.h"
#include "charter/node.h"
#include "charter/reader.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace sallyport::charter {
namespace {

Parsed finish(const std::expected<Node, Fault>& tree, Syntax syntax) {
  if (!tree) {
    return {.charter = std::nullopt, .faults = {tree.error()}, .positions = {}};
  }
  ReadTree read = read_tree(*tree, syntax);
  Charter charter = decode(read.value);
  lint_tree(charter, read);
  std::ranges::stable_sort(read.faults, {}, [](const Fault& f) { return std::tie(f.line, f.column, f.id); });
  Parsed out{
      .charter = std::nullopt, .faults = std::move(read.faults), .positions = std::move(read.positions)};
  if (std::ranges::none_of(out.faults, &Fault::error)) {
    out.charter = std::move(charter);
  }
  return out;
}

} // namespace

std::string Fault::text() const {
  return fmt::format("{}:{}: {} {}", line, column, id, message);
}

Parsed parse_toml(std::string_view text) {
  return finish(toml_tree(text), Syntax::toml);
}

Parsed parse_json(std::string_view text) {
  return finish(json_tree(text), Syntax::json);
}

} // namespace sallyport::charter
