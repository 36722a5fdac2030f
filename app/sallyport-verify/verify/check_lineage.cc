// What people said of a packet's scope and kin before it was signed: that it is another case than its like,
// that a part of it goes on alone, that an annex may cross. Each act is judged by charter and roster in force
// when it was made.
#include "verify/acts.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "verify/checks.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>

namespace sallyport::verify {
namespace {

constexpr std::size_t forms = 3; // plain, coarse, pseudonym

Result<void> tells_apart(const Checking& c, const ProvenLeaf& leaf) {
  const PacketId& id = c.bundle.manifest.packet;
  const auto& record = leaf.as<packet::DuplicateSplit>();
  SP_TRY(const packet::SplitStatement said, packet::read_split(record.act.statement));
  if (said.origin != c.pinned.origin || record.packet != id || said.first != std::min(id, record.other) ||
      said.second != std::max(id, record.other)) {
    return denied("splits other packets");
  }
  if (!before_signatures(c.bundle, leaf)) {
    return denied("was made after a signature that knew of it");
  }
  return signed_in_role(c, record.act, packet::act::split, moment_of(leaf),
                        [](const CharterFacts& charter) { return charter.split_roles; });
}

// A lane's readers see why, each rationale once; auditors see its digest.
void check_rationales(Checking& c) {
  const Bundle& b = c.bundle;
  std::multiset<Digest> asked;
  for (const ProvenLeaf& leaf : b.splits) {
    if (const auto said = packet::read_split(leaf.as<packet::DuplicateSplit>().act.statement)) {
      asked.insert(said->rationale);
    }
  }
  std::multiset<Digest> open;
  for (const packet::Disclosure& rationale : b.rationales) {
    open.insert(crypto::sha256(rationale.encoded));
    c.expect(packet::read_rationale(rationale).has_value(), disclosures_file,
             "opens something that is no rationale");
  }
  if (b.kind == BundleKind::proof) {
    c.expect(open.empty(), disclosures_file, "opens something, and a proof bundle opens nothing");
  } else {
    c.expect(open == asked, disclosures_file, "does not open exactly the rationales of the splits");
  }
}

// Without a leaf it is not known when a split was signed: by a person's key that was enrolled before the
// release, and some charter of this bundle lets a role split that some roster gave them.
Result<void> signed_at_some_time(const Checking& c, const packet::SignedStatement& act,
                                 const std::string& dimension) {
  if (act.sigs.size() != 1) {
    return denied("does not have exactly one signature");
  }
  const packet::OwnerSignature& sig = act.sigs.front();
  const KnownKey* key = c.keyring.find(sig.key);
  if (key == nullptr || key->person != sig.person || key->leaf > c.bundle.release.leaf.n) {
    return denied("is signed with a key that this bundle does not prove to be that person's");
  }
  SP_TRY(const crypto::Verified verified,
         verify_with(*key, sig.sig, canon::write(act.statement), packet::act::split));
  const auto let = [&](const CharterVersion& charter, const packet::Grant& grant) {
    const std::vector<std::string>& roles = charter.facts.partial_roles;
    return grant.person == sig.person && charter.facts.partial_dimension == dimension &&
           std::ranges::find(roles, grant.role) != roles.end() &&
           std::min(verified.key_class, key->key_class) >= least_class(charter.facts);
  };
  for (const CharterVersion& charter : c.bundle.charters) {
    for (const RosterVersion& roster : c.bundle.rosters) {
      if (std::ranges::any_of(roster.roster.grants,
                              [&](const packet::Grant& grant) { return let(charter, grant); })) {
        return {};
      }
    }
  }
  return denied("is signed by a person who held no role for it");
}

Result<void> lets_go_on(const Checking& c, const PartialSplit& partial,
                        const packet::PartialStatement& said) {
  const Bundle& b = c.bundle;
  if (said.origin != c.pinned.origin || said.packet != b.manifest.packet ||
      said.revision != b.manifest.revision || said.revision_digest != b.manifest.revision_digest) {
    return denied("splits another revision");
  }
  if (partial.leaf) {
    if (partial.leaf->as<packet::ScopeSplit>().packet != b.manifest.packet) {
      return denied("splits another packet");
    }
    if (!before_signatures(b, *partial.leaf)) {
      return denied("was made after a signature that knew of it");
    }
    return signed_in_role(
        c, partial.act, packet::act::split, moment_of(*partial.leaf), [&](const CharterFacts& then) {
          return then.partial_dimension == said.dimension ? then.partial_roles : std::vector<std::string>{};
        });
  }
  return signed_at_some_time(c, partial.act, said.dimension);
}

// The lists are the revision's value, and the bound scope is of the free elements: one digest for each form.
void check_lists(Checking& c, const PartialSplit& partial, const packet::PartialStatement& said) {
  const Bundle& b = c.bundle;
  std::vector<std::string> together;
  std::ranges::set_union(said.free, said.held, std::back_inserter(together)); // both are sorted
  const auto declared = b.revision.scope.find(said.dimension);
  c.expect(declared != b.revision.scope.end() && declared->second == together, partial.file.c_str(),
           "names other elements than the revision has");
  const auto bound = b.manifest.scope.find(said.dimension);
  c.expect(bound != b.manifest.scope.end() && bound->second.size() >= said.free.size() &&
               bound->second.size() <= forms * said.free.size(),
           "manifest.json", "binds another scope than the elements that went on");
}

// Whether what a disclosure is of may go on with the free elements: it names one of them, or, by what a
// source says that it touches, it may.
bool goes_on(const Bundle& bundle, const packet::PartialStatement& said, const std::string& name) {
  std::vector<std::string> at;
  canon::pointer_split(packet::split_form(name).pointer, at);
  if (at.size() == 3 && at[0] == "scope") {
    return at[1] == said.dimension && std::ranges::binary_search(said.free, at[2]);
  }
  if (at.size() > 1 && at[0] == "claims") {
    return std::ranges::any_of(bundle.revision.citations, [&](const auto& citation) {
      const std::vector<std::string>& claims = citation.second.supports;
      return std::ranges::find(claims, at[1]) != claims.end();
    });
  }
  return at.size() > 1 && at[0] == "citations";
}

void check_part(Checking& c, const packet::PartialStatement& said) {
  c.expect(c.bundle.view.parts.empty(), "view.json", "shows an annex beside a part of the scope");
  for (const packet::Disclosure& disclosure : c.bundle.revision_openings) {
    c.expect(goes_on(c.bundle, said, disclosure.name), disclosures_file,
             "opens something that names a held element or none");
  }
}

Result<void> promotes(const Checking& c, const ProvenLeaf& leaf) {
  const packet::Manifest& m = c.bundle.manifest;
  const auto& record = leaf.as<packet::AnnexPromoted>();
  SP_TRY(const packet::AnnexStatement said, packet::read_annex(record.act.statement));
  if (said.origin != c.pinned.origin || said.packet != m.packet || record.packet != m.packet ||
      said.revision != m.revision || said.revision_digest != m.revision_digest ||
      record.revision != m.revision_digest || said.part != record.part || said.from != "redacted" ||
      said.to != "included") {
    return denied("promotes another annex or revision");
  }
  const auto part = c.bundle.revision.parts.find(said.part);
  if (part == c.bundle.revision.parts.end() ||
      !std::ranges::binary_search(c.bundle.view.parts, part->second.sha256)) {
    return denied("promotes an annex that did not cross");
  }
  if (!before_signatures(c.bundle, leaf)) {
    return denied("was made after a signature that knew of it");
  }
  return signed_in_role(c, record.act, packet::act::annex, moment_of(leaf), [](const CharterFacts& charter) {
    return charter.promoter ? std::vector<std::string>{*charter.promoter} : std::vector<std::string>{};
  });
}

} // namespace

void check_splits(Checking& c) {
  const Bundle& b = c.bundle;
  const auto also = b.manifest.also.value_or(std::vector<PacketId>{});
  std::set<PacketId> apart;
  for (const ProvenLeaf& leaf : b.splits) {
    if (const auto stands = tells_apart(c, leaf); !stands) {
      c.fault(leaf.file, stands.error().text());
      continue;
    }
    const PacketId& other = leaf.as<packet::DuplicateSplit>().other;
    c.expect(std::ranges::find(also, other) != also.end(), leaf,
             "is from a packet that the manifest does not name");
    c.expect(apart.insert(other).second, leaf, "is a second split from one packet");
  }
  const std::string next = fmt::format("splits/{}.leaf", b.splits.size() + 1);
  for (const PacketId& other : also) {
    c.expect(apart.contains(other), next.c_str(),
             "is missing: nobody splits the packet from one that the manifest names");
  }
  check_rationales(c);
}

void check_partial(Checking& c) {
  const Bundle& b = c.bundle;
  const bool remainder = b.manifest.remainder.value_or(false);
  if (!b.partial) {
    c.expect(!remainder, b.kind == BundleKind::lane ? "partial.json" : "partial.leaf",
             "is missing: a part of the scope crossed");
    return;
  }
  const char* file = b.partial->file.c_str();
  c.expect(remainder, file, "splits a scope that crossed whole");
  const auto said = packet::read_partial(b.partial->act.statement);
  if (!said) {
    c.fault(file, said.error().text());
    return;
  }
  if (const auto stands = lets_go_on(c, *b.partial, *said); !stands) {
    c.fault(file, stands.error().text());
  }
  check_lists(c, *b.partial, *said);
  check_part(c, *said);
}

void check_promotions(Checking& c) {
  const Bundle& b = c.bundle;
  if (b.manifest.is_release()) { // its parts are fragments, which check_fragments() judges
    for (const ProvenLeaf& leaf : b.promotions) {
      c.fault(leaf.file, "promotes an annex of a revision that has none");
    }
    return;
  }
  std::set<std::string> parts;
  std::set<Digest> promoted;
  for (const ProvenLeaf& leaf : b.promotions) {
    if (const auto stands = promotes(c, leaf); !stands) {
      c.fault(leaf.file, stands.error().text());
      continue;
    }
    const std::string& part = leaf.as<packet::AnnexPromoted>().part;
    c.expect(parts.insert(part).second, leaf, "promotes an annex twice");
    promoted.insert(b.revision.parts.at(part).sha256);
  }
  const std::string next = fmt::format("promotions/{}.leaf", b.promotions.size() + 1);
  for (const Digest& part : b.view.parts) {
    c.expect(promoted.contains(part), next.c_str(), "is missing: nobody promotes an annex that crossed");
  }
}

} // namespace sallyport::verify
