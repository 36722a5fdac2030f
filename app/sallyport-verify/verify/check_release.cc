#include "verify/checks.h"

#include <algorithm>
#include <set>

namespace sallyport::verify {
namespace {

constexpr const char* entry_file = "entry.json";

std::set<packet::LeafNumber> numbers_of(const std::vector<ProvenLeaf>& leaves) {
  std::set<packet::LeafNumber> out;
  for (const ProvenLeaf& leaf : leaves) {
    out.insert(leaf.leaf.n);
  }
  return out;
}

// Each number once.
bool names(const std::vector<packet::LeafNumber>& list, const std::set<packet::LeafNumber>& numbers) {
  return list.size() == numbers.size() && std::set(list.begin(), list.end()) == numbers;
}

// The roles of the owner: one of each row that was asked for, none that nobody signed for.
bool roles_fit(const Checking& c, const std::vector<std::string>& roles) {
  const auto listed = [&](const std::string& role) { return std::ranges::find(roles, role) != roles.end(); };
  const bool rows =
      std::ranges::all_of(c.bundle.manifest.signers.require, [&](const packet::BoundRequirement& row) {
        return std::ranges::any_of(row.roles, listed);
      });
  const bool held = std::ranges::all_of(roles, [&](const std::string& role) {
    return std::ranges::any_of(c.counted, [&](const CountedSignature& signature) {
      const auto& eligible = c.bundle.manifest.signers.eligible;
      return std::ranges::find(eligible, packet::EligibleSigner{signature.person, role}) != eligible.end();
    });
  });
  return rows && held;
}

void check_answer(Checking& c, const ProvenLeaf& leaf, std::set<std::string>& answered) {
  const ProvenLeaf& opened = *c.bundle.opened;
  const auto& recheck = opened.as<packet::RecheckOpened>();
  const auto& answer = leaf.as<packet::SourceObserved>();
  const auto needed = std::ranges::find(recheck.needed, answer.source, &packet::NeededAnswer::source);
  c.expect(answer.recheck == recheck.recheck, leaf, "answers another recheck");
  c.expect(answered.insert(answer.source).second, leaf, "is a second answer of one source");
  if (needed == recheck.needed.end()) {
    c.fault(leaf.file, "is an answer of a source that was not asked");
    return;
  }
  c.expect(answer.observed_at > opened.leaf.at, leaf, "was observed before the recheck opened");
  c.expect(leaf.leaf.at < opened.leaf.at + needed->within, leaf, "came later than its source was given");
  c.expect(opened.leaf.n < leaf.leaf.n && leaf.leaf.n < c.bundle.release.leaf.n, leaf,
           "does not stand between the recheck and the release");
  for (const ObjectId& object : needed->objects) {
    c.expect(std::ranges::find(answer.objects, object, &packet::ObservedObject::object) !=
                 answer.objects.end(),
             leaf, "leaves an object unsaid that was asked for");
  }
}

} // namespace

void check_release(Checking& c) {
  const Bundle& b = c.bundle;
  const packet::Manifest& m = b.manifest;
  const auto& r = b.release.as<packet::ReleaseCommitted>();
  c.expect(r.manifest == b.manifest_digest, b.release, "releases another manifest");
  c.expect(r.packet == m.packet && r.lane == m.lane, b.release,
           "releases another packet or into another lane");
  c.expect(r.revision == m.revision_digest, b.release, "releases another revision");
  c.expect(r.view == m.view, b.release, "releases another view");
  c.expect(r.holds == m.holds_digest, b.release, "crossed with other holds than were signed");
  c.expect(names(r.sigs, numbers_of(b.signatures)), b.release,
           "rests on other signatures than this bundle has");
  const bool same = m.is_release() ? r.ledger == m.ledger->digest && r.accepted == m.accepted_digest
                                   : !r.ledger && !r.accepted && !r.accepts;
  c.expect(same, b.release, "crossed with another ledger or other acceptances than were signed");
  c.expect(names(r.accepts.value_or(std::vector<packet::LeafNumber>{}), numbers_of(b.accepts)), b.release,
           "rests on other acceptances than this bundle has");
  c.expect(!r.checks.contains("hold") && !r.checks.contains("wait"), b.release, "records a check that held");
}

void check_entry(Checking& c) {
  const Bundle& b = c.bundle;
  const packet::Manifest& m = b.manifest;
  const packet::Entry& e = b.entry;
  const auto& r = b.release.as<packet::ReleaseCommitted>();
  c.expect(b.entry_digest == r.entry_digest && e.entry == r.entry, entry_file,
           "is not the entry that was released");
  c.expect(e.log == c.pinned.origin, entry_file, "names another log");
  c.expect(e.packet == m.packet && e.revision == packet::EntryRevision{m.revision, m.revision_digest},
           entry_file, "names another packet or revision than the manifest");
  c.expect(e.lane == m.lane, entry_file, "names another lane than the manifest");
  c.expect(e.manifest == b.manifest_digest && e.view == m.view, entry_file, "names another manifest or view");
  c.expect(e.audience == m.audience, entry_file, "names another audience than the manifest");
  c.expect(e.scope == m.scope && e.bounds == m.bounds, entry_file, "names another scope than the manifest");
  c.expect(e.holds == m.holds, entry_file, "names other holds than the manifest");
  c.expect(e.also == m.also.value_or(std::vector<PacketId>{}) && e.continues == m.continues &&
               e.remainder == m.remainder,
           entry_file, "names another lineage than the manifest");
  c.expect(e.disputes == m.ledger && e.accepted == m.accepted, entry_file,
           "names other disputes or acceptances than the manifest");
  c.expect(e.clock_state == m.clock_state, entry_file, "names other clocks than the manifest");
  c.expect(e.caveats == b.revision.caveats, entry_file, "names other caveats than the revision");
  c.expect(e.recheck == r.recheck, entry_file, "names another recheck than the release");
  c.expect(e.released_at == b.release.leaf.at, entry_file, "names another time than the release");
  std::set<PersonId> persons;
  for (const CountedSignature& signature : c.counted) {
    persons.insert(signature.person);
  }
  c.expect(std::set(e.owner.persons.begin(), e.owner.persons.end()) == persons, entry_file,
           "names other owners than the persons whose signatures count");
  c.expect(roles_fit(c, e.owner.roles), entry_file, "names other roles than its owners signed as");
}

void check_recheck(Checking& c) {
  const Bundle& b = c.bundle;
  if (!b.opened) {
    return; // a lane bundle: what the sources answered is for auditors
  }
  const auto& opened = b.opened->as<packet::RecheckOpened>();
  const auto& release = b.release.as<packet::ReleaseCommitted>();
  c.expect(opened.manifest == b.manifest_digest && opened.packet == b.manifest.packet, *b.opened,
           "rechecks another manifest");
  c.expect(!opened.mode, *b.opened, "is a preview, on which nothing crosses");
  c.expect(opened.recheck == release.recheck, *b.opened, "is not the recheck that the release rests on");
  c.expect(b.release.leaf.at < b.opened->leaf.at + opened.within, b.release,
           "came later than the recheck was given");
  c.expect(b.opened->leaf.n < b.release.leaf.n, *b.opened, "opened after the release");
  c.expect(names(release.answers, numbers_of(b.answers)), b.release,
           "rests on other answers than this bundle has");
  std::set<std::string> answered;
  for (const ProvenLeaf& leaf : b.answers) {
    check_answer(c, leaf, answered);
  }
  const bool all = std::ranges::all_of(
      opened.needed, [&](const packet::NeededAnswer& needed) { return answered.contains(needed.source); });
  c.expect(!opened.needed.empty() && all, *b.opened, "was not answered by every source that was asked");
}

} // namespace sallyport::verify
