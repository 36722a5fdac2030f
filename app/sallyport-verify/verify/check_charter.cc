// Each version of the lane's charter, by the rule under which it came: its own for the first, and for a later
// one that of the version which it replaced, as the gate has it (charter language, section 3.8).
#include "verify/checks.h"

#include "canon/json.h"
#include "verify/acts.h"
#include "verify/matching.h"

#include <algorithm>
#include <set>

namespace sallyport::verify {
namespace {

// A version, and the one that was active when it came: null for the first.
struct Change {
  const CharterVersion& next;
  const CharterVersion* active;

  // Whose rule governs it.
  const Governance& rule() const { return (active == nullptr ? next : *active).facts.governance; }

  bool governance() const { return active != nullptr && changes(next.facts, active->facts, "governance"); }
};

// A role that the roster grants is held by those whom it grants it, else by the owners of genesis.
std::set<PersonId> holders(const Bundle& bundle, const std::string& role, const Moment& moment) {
  std::set<PersonId> out;
  bool granted = false;
  if (const packet::Roster* roster = roster_at(bundle, moment.n)) {
    for (const packet::Grant& grant : roster->grants) {
      granted = granted || grant.role == role;
      if (grant.role == role && grant.from <= moment.at && moment.at < grant.until) {
        out.insert(grant.person);
      }
    }
  }
  if (!granted) {
    for (const packet::GenesisOwner& owner : bundle.genesis_statement.owners) {
      if (owner.role == role) {
        out.insert(owner.person);
      }
    }
  }
  return out;
}

bool holds_one(const Bundle& bundle, const std::vector<std::string>& roles, const PersonId& person,
               const Moment& moment) {
  return std::ranges::any_of(
      roles, [&](const std::string& role) { return holders(bundle, role, moment).contains(person); });
}

Result<PersonId> ratified_by(const Checking& c, const Change& change, const ProvenLeaf& leaf) {
  const auto& record = leaf.as<packet::CharterRatified>();
  const CharterFacts& charter = change.next.facts;
  SP_TRY(const packet::RatifyStatement statement, packet::read_ratify(record.act.statement));
  if (record.digest != charter.digest || statement.digest != charter.digest ||
      statement.origin != c.pinned.origin || statement.charter != charter.id ||
      statement.version != charter.version) {
    return fail(ErrorCode::denied, "", "ratifies another charter");
  }
  const std::optional<Digest> replaced =
      change.active == nullptr ? std::nullopt : std::optional(change.active->facts.digest);
  if (statement.replaces != replaced) {
    return fail(ErrorCode::denied, "", "ratifies the replacement of another charter");
  }
  if (record.act.sigs.size() != 1) {
    return fail(ErrorCode::denied, "", "does not have exactly one signature");
  }
  const packet::OwnerSignature& sig = record.act.sigs.front();
  const Moment moment = moment_of(leaf);
  SP_CHECK(c.keyring.verify(sig, canon::write(record.act.statement), packet::act::charter, moment));
  if (!holds_one(c.bundle, change.rule().owners, sig.person, moment) &&
      !(change.governance() && holds_one(c.bundle, charter.governance.owners, sig.person, moment))) {
    return fail(ErrorCode::denied, "", "is by a person who held no owner role then");
  }
  return sig.person;
}

// The distinct persons whose ratifications stand.
std::vector<PersonId> ratifiers(Checking& c, const Change& change) {
  std::set<PersonId> persons;
  std::set<packet::LeafNumber> numbers;
  for (const ProvenLeaf& leaf : change.next.ratifications) {
    numbers.insert(leaf.leaf.n);
    if (const auto person = ratified_by(c, change, leaf)) {
      persons.insert(*person);
    } else {
      c.fault(leaf.file, person.error().text());
    }
  }
  const auto& record = change.next.activated.as<packet::CharterActivated>();
  c.expect(numbers == std::set(record.ratified.begin(), record.ratified.end()), change.next.activated,
           "rests on other ratifications than this bundle has");
  return {persons.begin(), persons.end()};
}

// How many owner roles of `governance` the persons fill at the activation, each another one.
std::size_t roles_filled(const Bundle& bundle, const Governance& governance,
                         const std::vector<PersonId>& persons, const Moment& moment) {
  std::vector<std::set<PersonId>> places;
  for (const std::string& role : governance.owners) {
    places.push_back(holders(bundle, role, moment));
  }
  return places_filled(places.size(), persons.size(), [&](std::size_t place, std::size_t person) {
    return places[place].contains(persons[person]);
  });
}

void check_ratified(Checking& c, const Change& change) {
  const ProvenLeaf& leaf = change.next.activated;
  const std::vector<PersonId> persons = ratifiers(c, change);
  const bool own = change.next.proposed && persons.size() == 1 &&
                   change.next.proposed->as<packet::CharterProposed>().person == persons.front();
  c.expect(!own, leaf, "rests on the ratification of its proposer alone");
  const bool one = change.active != nullptr && !changes_protected(change.next.facts, change.active->facts);
  const auto enough = [&](const Governance& governance, std::size_t needed) {
    return roles_filled(c.bundle, governance, persons, moment_of(leaf)) >= needed;
  };
  c.expect(enough(change.rule(), one ? 1 : change.rule().needed), leaf,
           change.active == nullptr
               ? "rests on fewer owners' ratifications than the charter asks for"
               : "rests on fewer owners' ratifications than the charter that it replaces asks for");
  const Governance& governance = change.next.facts.governance;
  c.expect(!change.governance() || enough(governance, governance.needed), leaf,
           "rests on fewer owners' ratifications than its new governance asks for");
}

void check_notice(Checking& c, const Change& change) {
  Instant last{};
  for (const ProvenLeaf& leaf : change.next.ratifications) {
    last = std::max(last, leaf.leaf.at);
  }
  const ProvenLeaf& leaf = change.next.activated;
  c.expect(leaf.leaf.at - last >= change.rule().min_notice, leaf,
           "came sooner after its last ratification than the charter lets it");
}

void check_records(Checking& c, const CharterVersion& version) {
  const CharterFacts& charter = version.facts;
  const auto& activated = version.activated.as<packet::CharterActivated>();
  c.expect(activated.digest == charter.digest, version.file.c_str(), "is not the charter that was activated");
  c.expect(activated.charter == charter.id && activated.version == charter.version, version.activated,
           "activates another charter or version");
  if (version.proposed) {
    const auto& proposed = version.proposed->as<packet::CharterProposed>();
    c.expect(proposed.digest == charter.digest && proposed.charter == charter.id &&
                 proposed.version == charter.version && proposed.lane == charter.lane,
             *version.proposed, "proposes another charter");
  }
}

} // namespace

void check_charters(Checking& c) {
  const CharterVersion* active = nullptr;
  for (const CharterVersion& next : c.bundle.charters) {
    const Change change{next, active};
    check_records(c, next);
    c.expect(active == nullptr ? next.facts.version == 1 : succeeds(next.facts, active->facts),
             next.file.c_str(), "is not the version that follows the one before it");
    c.expect(roster_at(c.bundle, next.activated.leaf.n) != nullptr, next.activated,
             "was activated before its lane had a roster");
    check_ratified(c, change);
    check_notice(c, change);
    active = &next;
  }
}

} // namespace sallyport::verify
