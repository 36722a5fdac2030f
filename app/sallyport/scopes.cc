#include "scopes.h"

#include <algorithm>
#include <array>

namespace sallyport::cli {
namespace {

struct Row {
  std::string_view verb;
  std::string_view scopes;
};

constexpr std::array rows{
    Row{"accept sign", "decide"},
    Row{"accept withdraw", "decide"},
    Row{"accept word", "prepare"},
    Row{"annex promote", "decide, read"},
    Row{"charter activate", "govern"},
    Row{"charter list", "read"},
    Row{"charter ratify", "govern, read"},
    Row{"charter submit", "govern"},
    Row{"dump send", "source"},
    Row{"hold clear", "decide"},
    Row{"hold dismiss", "decide"},
    Row{"hold list", "read"},
    Row{"hold place", "decide"},
    Row{"key enrol", "govern, read"},
    Row{"key list", "read"},
    Row{"key revoke", "govern"},
    Row{"lane ack", "lane"},
    Row{"lane bundle", "read; for --kind lane also lane"},
    Row{"lane correct", "lane"},
    Row{"lane entries", "lane"},
    Row{"lane list", "read"},
    Row{"lane notify", "lane"},
    Row{"lane show", "lane"},
    Row{"lane state", "lane"},
    Row{"lane verdict", "lane"},
    Row{"ledger agree", "decide"},
    Row{"ledger answer", "decide"},
    Row{"ledger find", "decide"},
    Row{"ledger fix", "decide"},
    Row{"ledger instruct", "decide"},
    Row{"ledger judge", "decide"},
    Row{"ledger object", "decide"},
    Row{"ledger resolve", "decide"},
    Row{"ledger show", "read"},
    Row{"ledger withdraw", "decide"},
    Row{"ledger withdraw-instruction", "decide"},
    Row{"log checkpoint", "read"},
    Row{"log show", "read"},
    Row{"manifest draft", "prepare"},
    Row{"manifest override", "decide, read"},
    Row{"manifest ratify-substitute", "decide, read"},
    Row{"manifest refuse", "decide, read"},
    Row{"manifest show", "read"},
    Row{"manifest sign", "decide, read"},
    Row{"manifest submit", "decide"},
    Row{"manifest withdraw-signature", "decide, read"},
    Row{"mcp", "read"},
    Row{"packet compare", "read"},
    Row{"packet coverage", "read"},
    Row{"packet explain", "read"},
    Row{"packet list", "read"},
    Row{"packet merge", "intake"},
    Row{"packet partial", "decide, read"},
    Row{"packet revise", "intake"},
    Row{"packet show", "read"},
    Row{"packet split", "decide"},
    Row{"packet submit", "intake"},
    Row{"packet trace", "read"},
    Row{"packet view", "decide"},
    Row{"packet withdraw", "intake"},
    Row{"principal add", "govern"},
    Row{"principal disable", "govern"},
    Row{"principal list", "read"},
    Row{"release preview", "decide, read"},
    Row{"release request", "decide, read"},
    Row{"retention erase", "decide"},
    Row{"retention hold", "decide"},
    Row{"retention lift", "decide"},
    Row{"retention show", "read"},
    Row{"roster activate", "govern"},
    Row{"roster draft", "read"},
    Row{"roster show", "read"},
    Row{"source event", "source"},
    Row{"source list", "read"},
    Row{"source put", "govern"},
    Row{"source refresh", "prepare"},
    Row{"source try", "source"},
    Row{"token issue", "govern"},
    Row{"token revoke", "govern"},
    Row{"trust export", "read"},
    Row{"watch", "read"},
    Row{"whoami", "read"},
    Row{"workspace accept", "decide"},
    Row{"workspace assign", "decide"},
    Row{"workspace dismiss-flag", "decide"},
    Row{"workspace draft discard", "prepare"},
    Row{"workspace draft save", "prepare, read"},
    Row{"workspace draft show", "read"},
    Row{"workspace flag", "prepare"},
    Row{"workspace open", "decide"},
    Row{"workspace propose", "prepare, read"},
    Row{"workspace reject", "decide"},
    Row{"workspace seal", "decide"},
    Row{"workspace section", "read"},
    Row{"workspace show", "read"},
    Row{"workspace symbols", "decide"},
};
static_assert(std::ranges::is_sorted(rows, {}, &Row::verb));

} // namespace

std::string_view scopes_of(std::string_view verb) {
  const auto at = std::ranges::lower_bound(rows, verb, {}, &Row::verb);
  return at != rows.end() && at->verb == verb ? at->scopes : "";
}

void say_scopes(CLI::App& root) {
  for (CLI::App* below : root.get_subcommands({})) {
    say_scopes(*below);
  }
  const std::string name = spelled(root);
  const std::string_view scopes = name.contains(' ') ? scopes_of(name.substr(name.find(' ') + 1)) : "";
  if (!scopes.empty()) {
    root.footer("Scope of the token: " + std::string(scopes) + "\n\n" + root.get_footer());
  }
}

} // namespace sallyport::cli
