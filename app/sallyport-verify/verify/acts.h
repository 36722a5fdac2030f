// Acts that people signed apart from the manifest, and who could sign them when they did.
#pragma once

#include "verify/checks.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::verify {

// The version of the lane's roster or charter in force at a leaf; null before it had one.
const packet::Roster* roster_at(const Bundle& bundle, packet::LeafNumber n);
const CharterFacts* charter_at(const Bundle& bundle, packet::LeafNumber n);

bool grants(const packet::Roster& roster, const PersonId& person, const std::string& role, Instant at);
bool grants_one(const packet::Roster& roster, const PersonId& person, const std::vector<std::string>& roles,
                Instant at);

// The least key class of whoever signs under the charter; the strongest where it names one that is not known.
crypto::KeyClass least_class(const CharterFacts& charter);

// The one person who signed the act at that moment, with a key that is strong enough for the charter.
Result<PersonId> signed_by_one(const Checking& c, const packet::SignedStatement& act,
                               std::string_view name_space, const Moment& moment,
                               const CharterFacts& charter);

// That the act's signer held one of the roles that `roles_of` finds in the charter in force then.
Result<void> signed_in_role(const Checking& c, const packet::SignedStatement& act,
                            std::string_view name_space, const Moment& moment,
                            const std::function<std::vector<std::string>(const CharterFacts&)>& roles_of);

// That an act that signers knew of stands before each of their signatures.
bool before_signatures(const Bundle& bundle, const ProvenLeaf& act);

} // namespace sallyport::verify
