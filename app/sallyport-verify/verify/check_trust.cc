#include "verify/checks.h"

#include "canon/json.h"
#include "verify/matching.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace sallyport::verify {
namespace {

// That every signature of the act stands, and every owner of genesis is among those who signed.
Result<void> owners_signed(const Checking& c, const packet::SignedStatement& act, std::string_view name_space,
                           const Moment& moment) {
  const std::string bytes = canon::write(act.statement);
  std::set<PersonId> persons;
  for (const packet::OwnerSignature& sig : act.sigs) {
    SP_CHECK(c.keyring.verify(sig, bytes, name_space, moment));
    if (!persons.insert(sig.person).second) {
      return fail(ErrorCode::denied, "", "is signed twice by one person");
    }
  }
  const auto signed_by = [&](const packet::GenesisOwner& owner) { return persons.contains(owner.person); };
  if (!std::ranges::all_of(c.bundle.genesis_statement.owners, signed_by)) {
    return fail(ErrorCode::denied, "", "is not signed by every owner of the log");
  }
  return {};
}

// A person's first key comes from the owners; a later one may come from a standing key of the person's own.
// By the owners, or by a standing key of the person's own, which vouches for no more than itself: neither a
// better class nor a longer time.
Result<void> key_signed(const Checking& c, const packet::SignedStatement& act,
                        const packet::KeyStatement& statement, const Moment& moment) {
  const KnownKey* vouching = act.sigs.size() == 1 ? c.keyring.find(act.sigs.front().key) : nullptr;
  const auto wanted = crypto::parse_key_class(statement.key_class);
  const bool within = vouching != nullptr && wanted &&
                      static_cast<int>(*wanted) <= static_cast<int>(vouching->key_class) &&
                      statement.valid_until <= vouching->valid_until;
  const bool own =
      within && act.sigs.front().person == statement.person &&
      c.keyring.verify(act.sigs.front(), canon::write(act.statement), packet::act::key, moment).has_value();
  return own ? Result<void>() : owners_signed(c, act, packet::act::key, moment);
}

Result<void> enrol(Checking& c, const ProvenLeaf& leaf) {
  const packet::SignedStatement& act = leaf.as<packet::KeyEnrolled>().act;
  SP_TRY(const packet::KeyStatement statement, packet::read_key(act.statement));
  if (statement.origin != c.pinned.origin) {
    return fail(ErrorCode::denied, "", "enrols a key for another log");
  }
  SP_CHECK(key_signed(c, act, statement, moment_of(leaf)));
  return c.keyring.add(statement, leaf.leaf.n);
}

Result<void> roster_stands(const Checking& c) {
  const ProvenLeaf& leaf = c.bundle.roster;
  const auto& record = leaf.as<packet::RosterActivated>();
  SP_TRY(const packet::RosterStatement statement, packet::read_roster_statement(record.act.statement));
  if (statement.origin != c.pinned.origin || statement.lane != record.lane ||
      statement.version != record.version || statement.roster != record.roster) {
    return fail(ErrorCode::denied, "", "says something else than its signed statement");
  }
  return owners_signed(c, record.act, packet::act::key, moment_of(leaf));
}

// The charter's owner roles that a person holds then: by genesis, or by the roster that the owners signed.
std::set<std::string> roles_of(const Bundle& bundle, const PersonId& person, Instant at) {
  std::set<std::string> roles;
  for (const packet::GenesisOwner& owner : bundle.genesis_statement.owners) {
    if (owner.person == person) {
      roles.insert(owner.role);
    }
  }
  for (const packet::Grant& grant : bundle.roster_json.grants) {
    if (grant.person == person && grant.from <= at && at < grant.until) {
      roles.insert(grant.role);
    }
  }
  return roles;
}

struct Ratifier {
  PersonId person;
  std::set<std::string> roles;
  bool first_version = false; // replaces nothing
};

Result<Ratifier> ratified_by(const Checking& c, const ProvenLeaf& leaf) {
  const auto& record = leaf.as<packet::CharterRatified>();
  const CharterFacts& charter = c.bundle.charter_json;
  SP_TRY(const packet::RatifyStatement statement, packet::read_ratify(record.act.statement));
  if (record.digest != charter.digest || statement.digest != charter.digest ||
      statement.origin != c.pinned.origin || statement.charter != charter.id ||
      statement.version != charter.version) {
    return fail(ErrorCode::denied, "", "ratifies another charter");
  }
  if (record.act.sigs.size() != 1) {
    return fail(ErrorCode::denied, "", "does not have exactly one signature");
  }
  const packet::OwnerSignature& sig = record.act.sigs.front();
  SP_CHECK(c.keyring.verify(sig, canon::write(record.act.statement), packet::act::charter, moment_of(leaf)));
  return Ratifier{sig.person, roles_of(c.bundle, sig.person, leaf.leaf.at), !statement.replaces.has_value()};
}

void check_ratifiers(Checking& c, std::vector<Ratifier> ratifiers) {
  const CharterFacts& charter = c.bundle.charter_json;
  std::ranges::sort(ratifiers, {}, &Ratifier::person);
  const auto [twice, end] = std::ranges::unique(ratifiers, {}, &Ratifier::person);
  ratifiers.erase(twice, end);
  const std::size_t filled =
      places_filled(charter.owners.size(), ratifiers.size(), [&](std::size_t place, std::size_t person) {
        return ratifiers[person].roles.contains(charter.owners[place]);
      });
  const bool first = std::ranges::all_of(ratifiers, &Ratifier::first_version);
  if (filled < charter.owners_needed && (first || filled == 0)) {
    c.fault("trust/charter.leaf", "rests on fewer owners' ratifications than the charter asks for");
  } else if (filled < charter.owners_needed) {
    c.notes.push_back("The charter replaces an earlier one, whose rule for changes is not in this bundle.");
  }
}

} // namespace

void check_genesis(Checking& c) {
  const packet::GenesisStatement& genesis = c.bundle.genesis_statement;
  const packet::SignedStatement& act = c.bundle.genesis.as<packet::Genesis>().act;
  for (const packet::GenesisOwner& owner : genesis.owners) {
    if (const auto added = c.keyring.add(owner, genesis); !added) {
      c.fault(c.bundle.genesis.file, added.error().text());
    }
  }
  const std::string bytes = canon::write(act.statement);
  for (const packet::GenesisOwner& owner : genesis.owners) {
    const auto sig = std::ranges::find(act.sigs, owner.person, &packet::OwnerSignature::person);
    const KnownKey* key = sig == act.sigs.end() ? nullptr : c.keyring.find(sig->key);
    const bool stands = key != nullptr && key->person == owner.person && key->key.line() == owner.key &&
                        verify_with(*key, sig->sig, bytes, packet::act::genesis).has_value();
    c.expect(stands, c.bundle.genesis, "is not signed by each of its owners");
  }
  c.expect(act.sigs.size() == genesis.owners.size(), c.bundle.genesis, "has more signatures than owners");
}

void check_keys(Checking& c) {
  std::vector<const ProvenLeaf*> keys;
  for (const ProvenLeaf& leaf : c.bundle.keys) {
    keys.push_back(&leaf);
  }
  std::ranges::sort(keys, {}, [](const ProvenLeaf* leaf) { return leaf->leaf.n; });
  for (const ProvenLeaf* leaf : keys) {
    if (const auto enrolled = enrol(c, *leaf); !enrolled) {
      c.fault(leaf->file, enrolled.error().text());
    }
  }
}

void check_roster(Checking& c) {
  const Bundle& b = c.bundle;
  const auto& record = b.roster.as<packet::RosterActivated>();
  if (const auto stands = roster_stands(c); !stands) {
    c.fault(b.roster.file, stands.error().text());
  }
  c.expect(b.roster_digest == record.roster, "trust/roster.json", "is not the roster that the owners signed");
  c.expect(b.roster_json.log == c.pinned.origin && b.roster_json.lane == record.lane &&
               b.roster_json.version == record.version,
           "trust/roster.json", "is the roster of another log, lane or version");
}

void check_charter(Checking& c) {
  const Bundle& b = c.bundle;
  const auto& record = b.charter.as<packet::CharterActivated>();
  c.expect(record.digest == b.charter_json.digest, "trust/charter.json",
           "is not the charter that was activated");
  c.expect(record.charter == b.charter_json.id && record.version == b.charter_json.version, b.charter,
           "activates another charter or version");
  std::set<packet::LeafNumber> numbers;
  std::vector<Ratifier> ratifiers;
  for (const ProvenLeaf& leaf : b.ratifications) {
    numbers.insert(leaf.leaf.n);
    if (auto ratifier = ratified_by(c, leaf)) {
      ratifiers.push_back(*std::move(ratifier));
    } else {
      c.fault(leaf.file, ratifier.error().text());
    }
  }
  c.expect(numbers == std::set(record.ratified.begin(), record.ratified.end()), b.charter,
           "rests on other ratifications than this bundle has");
  check_ratifiers(c, std::move(ratifiers));
}

void check_signers(Checking& c) {
  std::vector<packet::EnrolledKey> keys;
  for (const ProvenLeaf& leaf : c.bundle.keys) {
    if (const auto key = packet::read_key(leaf.as<packet::KeyEnrolled>().act.statement)) {
      keys.push_back({key->person, key->key, key->key_class, key->valid_from, key->valid_until});
    }
  }
  const std::string expected = packet::allowed_signers(c.bundle.genesis_statement, keys, c.bundle.roster_json,
                                                       signer_roles(c.bundle.charter_json));
  c.expect(c.bundle.file("signers") == expected, "signers",
           "is not what genesis, keys, roster and charter make of it");
}

} // namespace sallyport::verify
