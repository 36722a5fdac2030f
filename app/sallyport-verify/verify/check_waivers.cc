// What lets a release cross beyond the rule: holds that people overrode, and substitutes that somebody
// ratified. Each is signed over this manifest alone, and counted at the release (charter language, 3.5).
#include "verify/acts.h"

#include "verify/checks.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace sallyport::verify {
namespace {

// The key of an act's only signature is still valid at the release, and the act is not too old then.
Result<void> lasts(const Checking& c, const ProvenLeaf& leaf, const packet::SignedStatement& act,
                   Duration max_age) {
  const Instant released = c.bundle.release.leaf.at;
  const KnownKey* key = c.keyring.find(act.sigs.front().key);
  if (key == nullptr || !key->valid(released)) {
    return denied("is signed with a key that was no longer valid at the release");
  }
  if (released - leaf.leaf.at >= max_age) {
    return denied("was older at the release than the charter lets it stand");
  }
  if (leaf.leaf.n < c.bundle.manifest.log.size) {
    return denied("was made before the head that the manifest binds");
  }
  if (leaf.leaf.n > c.bundle.release.leaf.n) {
    return denied("was made after the release");
  }
  return {};
}

// That the person held one of the roles when they signed and still at the release.
bool held(const Checking& c, const PersonId& person, const std::vector<std::string>& roles, Instant at) {
  const packet::Roster& roster = c.bundle.roster();
  return std::ranges::any_of(roles, [&](const std::string& role) {
    return grants(roster, person, role, at) && grants(roster, person, role, c.bundle.release.leaf.at);
  });
}

bool has_signed(const Bundle& bundle, const PersonId& person) {
  return std::ranges::any_of(bundle.signatures, [&](const ProvenLeaf& leaf) {
    return leaf.as<packet::ManifestSigned>().person == person;
  });
}

Result<void> overrides_hold(const Checking& c, const ProvenLeaf& leaf) {
  const packet::Manifest& m = c.bundle.manifest;
  const auto& record = leaf.as<packet::HoldOverridden>();
  SP_TRY(const packet::OverrideStatement said, packet::read_override(record.act.statement));
  if (said.origin != c.pinned.origin || said.packet != m.packet || record.packet != m.packet ||
      said.manifest != m.manifest || said.manifest_digest != c.bundle.manifest_digest ||
      record.manifest != c.bundle.manifest_digest) {
    return denied("is for another manifest");
  }
  const auto hold = std::ranges::find(m.holds, said.hold, &packet::BoundHold::hold);
  if (said.hold != record.hold || hold == m.holds.end() || hold->mode != "override") {
    return denied("is for a hold that did not cross by override");
  }
  const auto rule = c.bundle.charter().overrides.find(hold->code);
  if (rule == c.bundle.charter().overrides.end()) {
    return denied("is for a hold that nobody may override");
  }
  SP_TRY(const PersonId person,
         signed_by_one(c, record.act, packet::act::hold, moment_of(leaf), c.bundle.charter()));
  if (person != record.person) {
    return denied("is signed by another person than its leaf names");
  }
  if (!held(c, person, rule->second.roles, leaf.leaf.at)) {
    return denied("is by a person who did not hold a role for it until the release");
  }
  if (has_signed(c.bundle, person)) {
    return denied("is by a person who signed the manifest too");
  }
  return lasts(c, leaf, record.act, rule->second.max_age);
}

Result<void> ratifies(const Checking& c, const ProvenLeaf& leaf) {
  const packet::Manifest& m = c.bundle.manifest;
  const auto& record = leaf.as<packet::SubstituteRatified>();
  SP_TRY(const packet::SubstituteStatement said, packet::read_substitute(record.act.statement));
  if (said.origin != c.pinned.origin || said.packet != m.packet || record.packet != m.packet ||
      said.manifest != m.manifest || said.manifest_digest != c.bundle.manifest_digest ||
      record.manifest != c.bundle.manifest_digest) {
    return denied("is for another manifest");
  }
  const auto& named = m.signers.substitutes.value_or(std::vector<packet::BoundSubstitute>{});
  const auto bound = std::ranges::find(named, said.role, &packet::BoundSubstitute::role);
  if (bound == named.end() || bound->person != said.substitute || record.role != said.role ||
      record.substitute != said.substitute) {
    return denied("is for a substitute whom the manifest does not name");
  }
  const auto rule = c.bundle.charter().substitutes.find(said.role);
  if (rule == c.bundle.charter().substitutes.end()) {
    return denied("is for a role that nobody may stand in for");
  }
  SP_TRY(const PersonId person,
         signed_by_one(c, record.act, packet::act::hold, moment_of(leaf), c.bundle.charter()));
  if (person != record.person) {
    return denied("is signed by another person than its leaf names");
  }
  if (person == said.substitute) {
    return denied("is by the substitute");
  }
  if (!held(c, person, {rule->second.ratified_by}, leaf.leaf.at)) {
    return denied("is by a person who did not hold the role for it until the release");
  }
  return lasts(c, leaf, record.act, rule->second.max_age);
}

// What the manifest says of its substitutes, against the charter.
void check_named(Checking& c, const std::vector<packet::BoundSubstitute>& named) {
  const char* file = "manifest.json";
  const auto follows = [&](const packet::BoundSubstitute& one) {
    const auto rule = c.bundle.charter().substitutes.find(one.role);
    return rule != c.bundle.charter().substitutes.end() && rule->second.by == one.by &&
           rule->second.ratified_by == one.ratified_by;
  };
  c.expect(!named.empty() && std::ranges::all_of(named, follows), file,
           "names a substitute whom the charter does not let stand in");
  std::set<std::string> roles;
  for (const packet::BoundSubstitute& one : named) {
    c.expect(roles.insert(one.role).second, file, "names two substitutes for one role");
  }
}

// Who drafted and who submitted the manifest did not ratify.
void check_drafting(Checking& c, const Drafting& drafting) {
  const packet::Manifest& m = c.bundle.manifest;
  const auto& drafted = drafting.drafted.as<packet::ManifestDrafted>();
  const auto& drafter = drafting.drafter.as<packet::PrincipalAdded>();
  const auto& submitted = drafting.submitted.as<packet::ManifestSubmitted>();
  c.expect(drafted.id == m.manifest && drafted.packet == m.packet && drafted.revision == m.revision_digest,
           drafting.drafted, "drafts another manifest");
  c.expect(drafter.account == drafted.actor, drafting.drafter,
           "is not the account that drafted the manifest");
  c.expect(submitted.manifest == c.bundle.manifest_digest && submitted.packet == m.packet, drafting.submitted,
           "submits another manifest");
  c.expect(drafting.drafter.leaf.n < drafting.drafted.leaf.n &&
               drafting.drafted.leaf.n < drafting.submitted.leaf.n &&
               before_signatures(c.bundle, drafting.submitted),
           drafting.submitted, "does not stand between the draft and the signatures");
  const std::optional<PersonId> person = drafter.person ? drafter.person : drafter.operator_;
  for (const ProvenLeaf& leaf : c.bundle.substitutions) {
    const auto& record = leaf.as<packet::SubstituteRatified>();
    c.expect(record.person != person && record.person != submitted.person, leaf,
             "is by the person who drafted or submitted the manifest");
    c.expect(drafting.submitted.leaf.n < leaf.leaf.n, leaf, "was made before the manifest was submitted");
  }
}

} // namespace

void check_overrides(Checking& c) {
  const Bundle& b = c.bundle;
  std::map<HoldId, std::set<PersonId>> persons;
  for (const ProvenLeaf& leaf : b.overrides) {
    if (const auto stands = overrides_hold(c, leaf); !stands) {
      c.fault(leaf.file, stands.error().text());
      continue;
    }
    const auto& record = leaf.as<packet::HoldOverridden>();
    c.expect(persons[record.hold].insert(record.person).second, leaf, "is a second override by one person");
  }
  const std::string next = fmt::format("overrides/{}.leaf", b.overrides.size() + 1);
  for (const packet::BoundHold& hold : b.manifest.holds) {
    const auto rule = b.charter().overrides.find(hold.code);
    c.expect(hold.mode != "override" || rule == b.charter().overrides.end() || // said by check_manifest()
                 persons[hold.hold].size() >= rule->second.count,
             next.c_str(), "is missing: fewer persons override a hold than the charter asks for");
  }
}

void check_substitutes(Checking& c) {
  const Bundle& b = c.bundle;
  std::set<std::string> ratified;
  for (const ProvenLeaf& leaf : b.substitutions) {
    if (const auto stands = ratifies(c, leaf); !stands) {
      c.fault(leaf.file, stands.error().text());
      continue;
    }
    c.expect(ratified.insert(leaf.as<packet::SubstituteRatified>().role).second, leaf,
             "is a second ratification of one substitute");
  }
  if (b.drafting) {
    check_drafting(c, *b.drafting);
  }
  if (!b.manifest.signers.substitutes) {
    return;
  }
  check_named(c, *b.manifest.signers.substitutes);
  const std::string next = fmt::format("substitutes/{}.leaf", b.substitutions.size() + 1);
  for (const packet::BoundSubstitute& one : *b.manifest.signers.substitutes) {
    c.expect(ratified.contains(one.role), next.c_str(), "is missing: nobody ratifies a substitute");
  }
}

} // namespace sallyport::verify
