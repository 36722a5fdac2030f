#include "charter/codes.h"
#include "charter/reference.h"

#include <fmt/format.h>

namespace sallyport::charter {
namespace {

std::string_view effect_of(const HoldCode& row) {
  switch (row.mode) {
  case Mode::visible:
    return row.overridable ? "Blocks or is shown and bound, as `lane.citations` says for the kind"
                           : "Shown and bound in the manifest; blocks only where its row says so";
  case Mode::until_accepted:
    return "Blocks until it is accepted; in dispatch nothing is accepted, so it blocks";
  case Mode::blocking:
    return "Blocks";
  }
  return {};
}

std::string_view signatures_of(Standing standing) {
  switch (standing) {
  case Standing::stay:
    return "Standing signatures stay";
  case Standing::stay_if_same:
    return "Standing signatures stay only if what they bind is the same once it is cleared";
  case Standing::voided:
    return "Standing signatures are void: sign again";
  }
  return {};
}

std::string who_of(const HoldCode& row) {
  std::string out;
  const auto add = [&](unsigned flag, std::string_view who) {
    if ((row.clears & flag) != 0) {
      out += (out.empty() ? "" : "; or ") + std::string(who);
    }
  };
  add(clear::evaluation, "nobody has to: the gate looks again with every answer, and closes it by itself");
  add(clear::revision, "whoever prepares the packet upstream, with a new revision");
  add(clear::person, "a person of `holds.clear_roles`, with evidence (`sallyport hold clear`)");
  add(clear::acceptance, "whoever `signers.accepts` names for the item, in co_release");
  add(clear::manifest, "whoever drafts a new manifest (`sallyport manifest draft`), then the signers");
  add(clear::special, "whoever may do the act that is named");
  out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

} // namespace

std::string holds_markdown() {
  std::string out = "## Hold codes\n";
  for (const HoldCode& row : hold_codes()) {
    out +=
        fmt::format("\n### {}\n\n{}.\n\n- Opens: {}.\n- Clears: {}.\n- Who: {}.\n- {}. {}.\n", row.code,
                    row.means, row.opens, row.ends, who_of(row), effect_of(row), signatures_of(row.standing));
  }
  out += "\n## Wait reasons\n";
  for (const WaitReason& row : wait_reason_table()) {
    out += fmt::format("\n### {}\n\n{}.\n\n- Begins: {}.\n- Ends: {}.\n- Who: {}.\n", row.code, row.means,
                       row.opens, row.ends, row.who);
  }
  return out;
}

} // namespace sallyport::charter
