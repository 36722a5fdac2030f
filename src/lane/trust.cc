#include "lane/bundle.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "ledger/policy.h"
#include "packet/leaf.h"
#include "packet/statement.h"

#include <algorithm>
#include <set>

namespace sallyport::lane {
namespace {

Result<packet::GenesisStatement> genesis_of(const LogTrust& log) {
  SP_TRY(const packet::Leaf leaf, packet::decode(log.genesis_leaf));
  const auto* genesis = std::get_if<packet::Genesis>(&leaf.record);
  if (genesis == nullptr) {
    return fail(ErrorCode::malformed, "genesis", "the leaf is no genesis");
  }
  return packet::read_genesis(genesis->act.statement);
}

Result<void> check_policy(const LogTrust& log, const packet::GenesisStatement& genesis) {
  SP_TRY(const ledger::Policy policy, ledger::parse_policy(log.policy));
  const bool names_log = std::ranges::any_of(
      policy.logs, [&](const ledger::Policy::Log& l) { return l.key.text() == genesis.log_vkey; });
  return names_log ? Result<void>()
                   : fail(ErrorCode::conflict, "policy", "the policy does not name the log's key");
}

Result<canon::Value> pinned(const LogTrust& log, const packet::GenesisStatement& genesis) {
  SP_TRY(const Bytes spki, from_base64(genesis.gate_spki));
  SP_TRY(const crypto::Ed25519Public gate, crypto::ed25519_from_spki_der(spki));
  canon::Array owners;
  for (const packet::GenesisOwner& owner : genesis.owners) {
    owners.push_back(canon::Object{{"class", owner.key_class},
                                   {"key", owner.key},
                                   {"person", owner.person.str()},
                                   {"role", owner.role}});
  }
  return canon::Object{{"gate", crypto::ed25519_key_id(gate).hex()},
                       {"genesis", crypto::sha256(log.genesis_leaf).hex()},
                       {"log_vkey", genesis.log_vkey},
                       {"origin", genesis.origin},
                       {"owners", std::move(owners)},
                       {"rule", genesis.rule},
                       {"witness_policy", log.policy}};
}

} // namespace

Result<std::string> trust_json(const std::vector<LogTrust>& logs) {
  std::set<std::string> origins;
  canon::Array out;
  for (const LogTrust& log : logs) {
    SP_TRY(const packet::GenesisStatement genesis, genesis_of(log));
    SP_CHECK(check_policy(log, genesis));
    if (!origins.insert(genesis.origin).second) {
      return fail(ErrorCode::conflict, "logs", "a log is named twice");
    }
    SP_TRY(canon::Value value, pinned(log, genesis));
    out.push_back(std::move(value));
  }
  return canon::write(canon::Object{{"logs", std::move(out)}, {"v", 1}});
}

} // namespace sallyport::lane
