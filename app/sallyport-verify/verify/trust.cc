#include "verify/trust.h"

#include "canon/json.h"

#include <algorithm>
#include <set>

namespace sallyport::verify {

Result<Trust> read_trust(std::string_view text) {
  SP_TRY(const canon::Value value, canon::parse(text));
  SP_TRY(Trust trust, packet::read<Trust>(value));
  const canon::Value* version = value.find("v");
  if (version == nullptr || *version != canon::Value(1)) {
    return fail(ErrorCode::unsupported, "/v", "not a trust file of version 1");
  }
  std::set<std::string_view> origins;
  for (const PinnedLog& log : trust.logs) {
    if (!origins.insert(log.origin).second) {
      return fail(ErrorCode::malformed, "/logs", "a log is pinned twice");
    }
    if (log.owners.empty()) {
      return fail(ErrorCode::malformed, "/logs", "a log is pinned without owners");
    }
  }
  return trust;
}

const PinnedLog* find_log(const Trust& trust, std::string_view origin) {
  const auto at = std::ranges::find(trust.logs, origin, &PinnedLog::origin);
  return at == trust.logs.end() ? nullptr : &*at;
}

std::vector<PinnedOwner> owners_of(const packet::GenesisStatement& genesis) {
  std::vector<PinnedOwner> out;
  for (const packet::GenesisOwner& owner : genesis.owners) {
    out.push_back({owner.person, owner.role, owner.key, owner.key_class});
  }
  return out;
}

} // namespace sallyport::verify
