#include "verify/checks.h"

#include "canon/json.h"

#include <algorithm>
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

Result<void> roster_stands(const Checking& c, const ProvenLeaf& leaf) {
  const auto& record = leaf.as<packet::RosterActivated>();
  SP_TRY(const packet::RosterStatement statement, packet::read_roster_statement(record.act.statement));
  if (statement.origin != c.pinned.origin || statement.lane != record.lane ||
      statement.version != record.version || statement.roster != record.roster) {
    return fail(ErrorCode::denied, "", "says something else than its signed statement");
  }
  return owners_signed(c, record.act, packet::act::key, moment_of(leaf));
}

// That the first roster replaces none and nothing stands between a later one and the one before it, so that
// which was in force is known for every leaf.
void check_succession(Checking& c, const RosterVersion& version, const RosterVersion* before) {
  const auto statement =
      packet::read_roster_statement(version.leaf.as<packet::RosterActivated>().act.statement);
  const std::optional<Digest> replaces = before == nullptr ? std::nullopt : std::optional(before->digest);
  const std::uint32_t number = before == nullptr ? 1 : before->roster.version + 1;
  c.expect(version.roster.version == number && version.roster.lane == c.bundle.roster().lane,
           version.file.c_str(), "is not the version of the lane's roster that its name says");
  c.expect(statement && statement->replaces == replaces, version.leaf,
           "replaces another roster than the one before it");
  c.expect(before == nullptr || before->leaf.leaf.n < version.leaf.leaf.n, version.leaf,
           "precedes the roster that it replaces");
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

void check_rosters(Checking& c) {
  const RosterVersion* before = nullptr;
  for (const RosterVersion& version : c.bundle.rosters) {
    const auto& record = version.leaf.as<packet::RosterActivated>();
    if (const auto stands = roster_stands(c, version.leaf); !stands) {
      c.fault(version.leaf.file, stands.error().text());
    }
    const char* file = version.file.c_str();
    c.expect(version.digest == record.roster, file, "is not the roster that the owners signed");
    c.expect(version.roster.log == c.pinned.origin && version.roster.lane == record.lane &&
                 version.roster.version == record.version,
             file, "is the roster of another log, lane or version");
    check_succession(c, version, before);
    before = &version;
  }
}

void check_signers(Checking& c) {
  std::vector<packet::EnrolledKey> keys;
  for (const ProvenLeaf& leaf : c.bundle.keys) {
    if (const auto key = packet::read_key(leaf.as<packet::KeyEnrolled>().act.statement)) {
      keys.push_back({key->person, key->key, key->key_class, key->valid_from, key->valid_until});
    }
  }
  const std::string expected = packet::allowed_signers(c.bundle.genesis_statement, keys, c.bundle.roster(),
                                                       signer_roles(c.bundle.charter()));
  c.expect(c.bundle.file("signers") == expected, "signers",
           "is not what genesis, keys, roster and charter make of it");
}

} // namespace sallyport::verify
