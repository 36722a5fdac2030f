// The rules that need more than one key: E05-E29 and W01-W08 (charter.md section 4). They judge the
// typed charter, which is lenient where reading failed, so each rule that would take an unread value
// for an absent one asks sound() first.
#pragma once

#include "charter/model.h"
#include "charter/reader.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace sallyport::charter {

// Adds to `tree.faults`.
void lint_tree(const Charter& charter, ReadTree& tree);

// The position of a path, or of the nearest thing that holds it.
Position position_of(const Positions& positions, std::string_view path);

class LintContext {
public:
  LintContext(const Charter& of, ReadTree& tree) : charter(of), tree_(tree) {}

  const Charter& charter;

  // Whether every value of these keys was read as it is written.
  bool sound(std::initializer_list<std::string_view> keys) const;

  // Whether the text has this key, readable or not.
  bool there(const std::string& path) const { return tree_.positions.contains(path); }

  // `sentence` is the whole message.
  void error(std::string_view id, const std::string& path, std::string sentence);
  void warn(std::string_view id, const std::string& path, std::string sentence);

  void missing_key(const std::string& path);                                               // E05
  void no_meaning(const std::string& path, std::string_view condition);                    // E06
  void undeclared(const std::string& path, std::string_view name, std::string_view where); // E10

private:
  void add(Fault fault);

  ReadTree& tree_;
};

// The parts of lint_tree(), a file each.
void lint_names(LintContext& context);    // E10-E13, E15: what is used is declared, and fits
void lint_people(LintContext& context);   // signers, ledger, governance, agents, holds
void lint_policy(LintContext& context);   // scope, exposure, sources, lineage, clocks, admission
void lint_warnings(LintContext& context); // W01-W08

} // namespace sallyport::charter
