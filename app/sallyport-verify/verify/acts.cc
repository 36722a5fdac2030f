#include "verify/acts.h"

#include "canon/json.h"

#include <algorithm>

namespace sallyport::verify {

const packet::Roster* roster_at(const Bundle& bundle, packet::LeafNumber n) {
  const packet::Roster* out = nullptr;
  for (const RosterVersion& version : bundle.rosters) {
    if (version.leaf.leaf.n < n) {
      out = &version.roster;
    }
  }
  return out;
}

const CharterFacts* charter_at(const Bundle& bundle, packet::LeafNumber n) {
  const CharterFacts* out = nullptr;
  for (const CharterVersion& version : bundle.charters) {
    if (version.activated.leaf.n < n) {
      out = &version.facts;
    }
  }
  return out;
}

bool grants(const packet::Roster& roster, const PersonId& person, const std::string& role, Instant at) {
  return std::ranges::any_of(roster.grants, [&](const packet::Grant& grant) {
    return grant.person == person && grant.role == role && grant.from <= at && at < grant.until;
  });
}

bool grants_one(const packet::Roster& roster, const PersonId& person, const std::vector<std::string>& roles,
                Instant at) {
  return std::ranges::any_of(roles,
                             [&](const std::string& role) { return grants(roster, person, role, at); });
}

crypto::KeyClass least_class(const CharterFacts& charter) {
  return crypto::parse_key_class(charter.key_class_min).value_or(crypto::KeyClass::webauthn_uv);
}

Result<PersonId> signed_by_one(const Checking& c, const packet::SignedStatement& act,
                               std::string_view name_space, const Moment& moment,
                               const CharterFacts& charter) {
  if (act.sigs.size() != 1) {
    return fail(ErrorCode::denied, "", "does not have exactly one signature");
  }
  const packet::OwnerSignature& sig = act.sigs.front();
  SP_TRY(const crypto::Verified verified,
         c.keyring.verify(sig, canon::write(act.statement), name_space, moment));
  const KnownKey& key = *c.keyring.find(sig.key); // verify() found it
  if (std::min(verified.key_class, key.key_class) < least_class(charter)) {
    return fail(ErrorCode::denied, "", "is signed with a key of a lower class than the charter asks for");
  }
  return sig.person;
}

Result<void> signed_in_role(const Checking& c, const packet::SignedStatement& act,
                            std::string_view name_space, const Moment& moment,
                            const std::function<std::vector<std::string>(const CharterFacts&)>& roles_of) {
  const CharterFacts* charter = charter_at(c.bundle, moment.n);
  const packet::Roster* roster = roster_at(c.bundle, moment.n);
  if (charter == nullptr || roster == nullptr) {
    return fail(ErrorCode::denied, "", "precedes the lane's charter or roster");
  }
  SP_TRY(const PersonId person, signed_by_one(c, act, name_space, moment, *charter));
  if (!grants_one(*roster, person, roles_of(*charter), moment.at)) {
    return fail(ErrorCode::denied, "", "is signed by a person who held no role for it then");
  }
  return {};
}

bool before_signatures(const Bundle& bundle, const ProvenLeaf& act) {
  return std::ranges::all_of(bundle.signatures,
                             [&](const ProvenLeaf& signature) { return act.leaf.n < signature.leaf.n; });
}

} // namespace sallyport::verify
