#include "packet/roster.h"

#include "base/bytes.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "packet/exact.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <tuple>

namespace sallyport::packet {
namespace {

constexpr std::int64_t second = 1000;

bool is_well_formed(const Roster& roster) {
  return is_set(roster.grants) &&
         std::ranges::all_of(roster.grants, [](const Grant& g) { return g.from < g.until; });
}

std::set<std::string_view> namespaces_of(const std::string& role, const GenesisStatement& genesis,
                                         const SignerRoles& roles) {
  std::set<std::string_view> out;
  if (std::ranges::find(genesis.owners, role, &GenesisOwner::role) != genesis.owners.end()) {
    out.insert({act::charter, act::genesis, act::key});
  }
  const auto among = [&](const std::vector<std::string>& names) {
    return std::ranges::find(names, role) != names.end();
  };
  if (among(roles.signers)) {
    out.insert({roles.releases ? act::release : act::dispatch, act::key});
  }
  if (among(roles.acceptors)) {
    out.insert({act::accept, act::key});
  }
  if (among(roles.splitters)) {
    out.insert({act::split, act::key});
  }
  if (among(roles.waivers)) {
    out.insert({act::hold, act::key});
  }
  if (roles.promoter == role) {
    out.insert({act::annex, act::key});
  }
  return out;
}

// "20261120090000Z"
std::string openssh_time(Instant whole_second) {
  std::string out;
  for (const char c : to_string(whole_second).substr(0, 19)) {
    if (c >= '0' && c <= '9') {
      out += c;
    }
  }
  return out + "Z";
}

std::set<std::pair<PersonId, std::string>> known(const std::vector<EnrolledKey>& keys) {
  std::set<std::pair<PersonId, std::string>> out;
  for (const EnrolledKey& key : keys) {
    out.emplace(key.person, key.key);
  }
  return out;
}

// Genesis owners' first keys, then the enrolled ones; a key that stands in both counts as in genesis.
std::vector<EnrolledKey> all_keys(const GenesisStatement& genesis, const std::vector<EnrolledKey>& enrolled) {
  std::vector<EnrolledKey> keys;
  for (const GenesisOwner& owner : genesis.owners) {
    keys.push_back({owner.person, owner.key, owner.key_class, genesis.keys_from, genesis.keys_until});
  }
  const auto of_genesis = known(keys);
  std::ranges::copy_if(enrolled, std::back_inserter(keys),
                       [&](const EnrolledKey& key) { return !of_genesis.contains({key.person, key.key}); });
  return keys;
}

} // namespace

std::string roster_bytes(const Roster& roster) {
  SP_ASSERT(is_well_formed(roster));
  return canon::write(to_value(roster));
}

Result<Roster> read_roster(std::string_view bytes) {
  SP_TRY(Roster roster, read_exact<Roster>(bytes));
  if (!is_well_formed(roster)) {
    return fail(ErrorCode::malformed, "/grants", "grants are sorted, unique and end after they begin");
  }
  return roster;
}

Digest audience_digest(const Salt& salt, const std::vector<AudienceMember>& members) {
  std::vector<AudienceMember> sorted = members;
  std::ranges::sort(sorted);
  return crypto::sha256(
      canon::write(canon::Object{{"members", to_value(sorted)}, {"salt", to_base64url(salt)}}));
}

std::string allowed_signers(const GenesisStatement& genesis, const std::vector<EnrolledKey>& keys,
                            const Roster& roster, const SignerRoles& roles) {
  // Grants of one person may end at different instants: what is valid for the same time is one line.
  using Line = std::tuple<PersonId, std::string, Instant, Instant>;
  std::map<Line, std::set<std::string_view>> lines;
  for (const EnrolledKey& key : all_keys(genesis, keys)) {
    for (const Grant& grant : roster.grants) {
      const auto spaces = namespaces_of(grant.role, genesis, roles);
      const Instant from{(std::max(grant.from, key.valid_from).ms + second - 1) / second * second};
      // OpenSSH takes the second valid-before itself; our end is outside, so the last one inside stands.
      const Instant last{std::min(grant.until, key.valid_until).ms / second * second - second};
      if (grant.person == key.person && !spaces.empty() && from <= last) {
        lines[{key.person, key.key, from, last}].insert(spaces.begin(), spaces.end());
      }
    }
  }
  std::string out;
  for (const auto& [line, spaces] : lines) {
    const auto& [person, key, from, last] = line;
    out += fmt::format("{} namespaces=\"{}\",valid-after=\"{}\",valid-before=\"{}\" {}\n", person.str(),
                       fmt::join(spaces, ","), openssh_time(from), openssh_time(last), key);
  }
  return out;
}

} // namespace sallyport::packet
