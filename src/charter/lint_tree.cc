#include "charter/lint_tree.h"

#include "charter/spelling.h"

#include <algorithm>
#include <fmt/format.h>

namespace sallyport::charter {

Position position_of(const Positions& positions, std::string_view path) {
  for (;;) {
    const auto at = positions.find(std::string(path));
    if (at != positions.end()) {
      return at->second;
    }
    if (path.empty()) {
      return {};
    }
    const std::size_t cut = path.find_last_of(".[");
    path = path.substr(0, cut == std::string_view::npos ? 0 : cut);
  }
}

bool LintContext::sound(std::initializer_list<std::string_view> keys) const {
  return std::ranges::none_of(keys, [&](std::string_view key) { return tree_.unsound.contains(key); });
}

void LintContext::add(Fault fault) {
  const Position at = position_of(tree_.positions, fault.path);
  fault.line = at.line;
  fault.column = at.column;
  if (tree_.faults.size() < faults_max) {
    tree_.faults.push_back(std::move(fault));
  }
}

void LintContext::error(std::string_view id, const std::string& path, std::string sentence) {
  add({std::string(id), 0, 0, path, std::move(sentence), true});
}

void LintContext::warn(std::string_view id, const std::string& path, std::string sentence) {
  add({std::string(id), 0, 0, path, std::move(sentence), false});
}

void LintContext::missing_key(const std::string& path) {
  add(missing(path, {}));
}

void LintContext::no_meaning(const std::string& path, std::string_view condition) {
  add(meaningless(path, {}, condition));
}

void LintContext::undeclared(const std::string& path, std::string_view name, std::string_view where) {
  error("E10", path, fmt::format("{}: \"{}\" is not declared in {}.", path, shown(name), where));
}

void lint_tree(const Charter& charter, ReadTree& tree) {
  LintContext context(charter, tree);
  lint_names(context);
  lint_people(context);
  lint_policy(context);
  if (std::ranges::none_of(tree.faults, [](const Fault& fault) { return fault.id == "E01"; })) {
    lint_warnings(context);
  }
}

} // namespace sallyport::charter
