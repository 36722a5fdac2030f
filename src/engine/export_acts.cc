#include "engine/export_acts.h"

#include "canon/json.h"
#include "engine/export_trust.h"
#include "gate/waivers.h"
#include "packet/roster.h"

#include <algorithm>
#include <map>
#include <set>

namespace sallyport::engine {
namespace {

using packet::LeafNumber;

bool granted(const packet::Roster& roster, const PersonId& person, const std::string& role, Instant at) {
  return std::ranges::any_of(roster.grants, [&](const packet::Grant& grant) {
    return grant.person == person && grant.role == role && grant.from <= at && at < grant.until;
  });
}

class Acts {
public:
  Acts(const Core& core, const store::Checkpoint& head, const packet::Manifest& bound,
       const packet::Leaf& release, const std::vector<packet::Leaf>& before, lane::BundleInput& input)
      : core_(core), head_(head), bound_(bound), release_(release), before_(before), input_(input),
        manifest_(std::get<packet::ReleaseCommitted>(release.record).manifest),
        charter_(core.machine().library().charters.at(bound.charter.digest)) {}

  Result<void> run() {
    SP_TRY(const store::Document document,
           core_.reader().document("roster", bound_.lane, bound_.roster.version));
    SP_TRY(roster_, packet::read_roster(as_text(document.bytes)));
    read_signers();
    SP_CHECK(overrides());
    SP_CHECK(substitutes());
    SP_CHECK(splits());
    return bound_.remainder ? partial() : promotions(); // a part of a revision has no annexes
  }

private:
  // The newest leaf with such a record, or null.
  template <class T, class Fits> const packet::Leaf* newest(Fits&& fits) const {
    const auto at = std::ranges::find_if(before_, [&](const packet::Leaf& leaf) {
      const auto* record = std::get_if<T>(&leaf.record);
      return record != nullptr && fits(*record, leaf);
    });
    return at == before_.end() ? nullptr : &*at;
  }

  Result<lane::ProvenLeaf> proven(LeafNumber n) const { return proven_leaf(core_, n, head_); }

  Result<lane::ProvenLeaf> found(const packet::Leaf* leaf) const {
    if (leaf == nullptr) {
      return fail(ErrorCode::corrupt, "log", "an act that the release rests on is not in the log");
    }
    return proven(leaf->n);
  }

  // Whose signatures stood on the manifest, and the last hold that made acts fall.
  void read_signers() {
    std::set<PersonId> withdrawn;
    for (const packet::Leaf& leaf : before_) {
      if (const auto* record = std::get_if<packet::SignatureWithdrawn>(&leaf.record)) {
        if (record->manifest == manifest_) {
          withdrawn.insert(record->person);
        }
      } else if (const auto* made = std::get_if<packet::ManifestSigned>(&leaf.record)) {
        if (made->manifest == manifest_ && !withdrawn.contains(made->person)) {
          signers_.insert(made->person);
        }
      } else if (const auto* hold = std::get_if<packet::HoldOpened>(&leaf.record)) {
        last_resign_ = hold->resign ? std::max(last_resign_, leaf.n) : last_resign_;
      }
    }
  }

  bool stands(const packet::Leaf& leaf, Duration max_age) const {
    return release_.at - leaf.at < max_age && leaf.n > last_resign_;
  }

  bool held(const PersonId& person, const std::string& role, const packet::Leaf& leaf) const {
    return granted(roster_, person, role, leaf.at) && granted(roster_, person, role, release_.at);
  }

  // Those that counted at the release, of each person the last one.
  Result<void> overrides() {
    std::set<LeafNumber> leaves;
    for (const packet::BoundHold& hold : bound_.holds) {
      const charter::Override* rule =
          hold.mode == "override" ? gate::override_rule(charter_, hold.code) : nullptr;
      std::set<PersonId> persons;
      for (const packet::Leaf& leaf : before_) {
        const auto* record = std::get_if<packet::HoldOverridden>(&leaf.record);
        if (rule == nullptr || record == nullptr || record->manifest != manifest_ ||
            record->hold != hold.hold || signers_.contains(record->person) || !stands(leaf, rule->max_age)) {
          continue;
        }
        const auto holds = [&](const std::string& role) { return held(record->person, role, leaf); };
        if (std::ranges::any_of(rule->roles, holds) && persons.insert(record->person).second) {
          leaves.insert(leaf.n);
        }
      }
    }
    return add(leaves, input_.overrides);
  }

  Result<void> substitutes() {
    if (!bound_.signers.substitutes) {
      return {};
    }
    std::set<LeafNumber> leaves;
    for (const packet::BoundSubstitute& bound : *bound_.signers.substitutes) {
      const Duration max_age = charter_.signers.substitute.at(bound.role).max_age;
      const packet::Leaf* leaf = newest<packet::SubstituteRatified>(
          [&](const packet::SubstituteRatified& r, const packet::Leaf& at) {
            return r.manifest == manifest_ && r.role == bound.role && r.substitute == bound.person &&
                   r.person != bound.person && stands(at, max_age) && held(r.person, bound.ratified_by, at);
          });
      if (leaf != nullptr) {
        leaves.insert(leaf->n);
      }
    }
    SP_CHECK(add(leaves, input_.substitutes));
    return drafting();
  }

  Result<void> drafting() {
    lane::Drafting& out = input_.drafting.emplace();
    const packet::Leaf* drafted = newest<packet::ManifestDrafted>(
        [&](const packet::ManifestDrafted& r, const packet::Leaf&) { return r.id == bound_.manifest; });
    SP_TRY(out.drafted, found(drafted));
    SP_TRY(out.submitted, found(newest<packet::ManifestSubmitted>(
                              [&](const packet::ManifestSubmitted& r, const packet::Leaf&) {
                                return r.manifest == manifest_;
                              })));
    SP_TRY(const LeafNumber n, account_leaf(std::get<packet::ManifestDrafted>(drafted->record).actor));
    SP_TRY(out.drafter, proven(n));
    return {};
  }

  // Accounts are no packet's, so the log is searched from its beginning; substitutes are rare.
  Result<LeafNumber> account_leaf(const AccountId& account) const {
    constexpr std::size_t at_once = 1024;
    for (LeafNumber from = 0; from < release_.n; from += at_once) {
      SP_TRY(const std::vector<Bytes> leaves, core_.reader().leaves(from, at_once));
      for (const Bytes& bytes : leaves) {
        if (as_text(bytes).find(packet::PrincipalAdded::kind) == std::string_view::npos) {
          continue;
        }
        SP_TRY(const packet::Leaf leaf, packet::decode(as_text(bytes)));
        const auto* record = std::get_if<packet::PrincipalAdded>(&leaf.record);
        if (record != nullptr && record->account == account) {
          return leaf.n;
        }
      }
    }
    return fail(ErrorCode::corrupt, "log", "the account of the drafter is not in the log");
  }

  Result<void> splits() {
    std::set<LeafNumber> leaves;
    for (const PacketId& other : bound_.also.value_or(std::vector<PacketId>{})) {
      if (const packet::Leaf *leaf = newest<packet::DuplicateSplit>(
              [&](const packet::DuplicateSplit& r, const packet::Leaf&) { return r.other == other; })) {
        leaves.insert(leaf->n);
      }
    }
    for (const LeafNumber n : leaves) {
      if (input_.kind == lane::BundleKind::lane) { // its readers see why beside the entry
        SP_TRY(std::string opening, rationale(n));
        input_.rationales.push_back(std::move(opening));
      }
    }
    return add(leaves, input_.splits);
  }

  Result<std::string> rationale(LeafNumber n) const {
    SP_TRY(const store::Body row, core_.reader().body(n));
    SP_TRY(const canon::Value body, canon::parse(as_text(row.bytes)));
    const canon::Value* text = body.find("rationale");
    if (text == nullptr || text->string() == nullptr) {
      return fail(ErrorCode::corrupt, "log", "a split has no rationale");
    }
    return *text->string();
  }

  Result<void> partial() {
    SP_TRY(input_.partial, found(newest<packet::ScopeSplit>(
                               [](const packet::ScopeSplit&, const packet::Leaf&) { return true; })));
    return {};
  }

  Result<void> promotions() {
    std::set<LeafNumber> leaves;
    for (const packet::Leaf& leaf : before_) {
      const auto* record = std::get_if<packet::AnnexPromoted>(&leaf.record);
      if (record != nullptr && record->revision == bound_.revision_digest) {
        leaves.insert(leaf.n);
      }
    }
    return add(leaves, input_.promotions);
  }

  Result<void> add(const std::set<LeafNumber>& leaves, std::vector<lane::ProvenLeaf>& out) const {
    for (const LeafNumber n : leaves) {
      SP_TRY(lane::ProvenLeaf leaf, proven(n));
      out.push_back(std::move(leaf));
    }
    return {};
  }

  const Core& core_;
  const store::Checkpoint& head_;
  const packet::Manifest& bound_;
  const packet::Leaf& release_;
  const std::vector<packet::Leaf>& before_;
  lane::BundleInput& input_;
  Digest manifest_;
  const charter::Charter& charter_;
  packet::Roster roster_;
  std::set<PersonId> signers_;
  LeafNumber last_resign_ = 0;
};

} // namespace

Result<std::vector<packet::Leaf>> leaves_before(const Core& core, const packet::Leaf& release) {
  std::vector<packet::Leaf> out;
  for (std::optional<LeafNumber> n = release.prev; n;) {
    SP_TRY(const Bytes bytes, core.reader().leaf(*n));
    SP_TRY(packet::Leaf leaf, packet::decode(as_text(bytes)));
    n = leaf.prev;
    out.push_back(std::move(leaf));
  }
  return out;
}

Result<void> gather_acts(const Core& core, const store::Checkpoint& head, const packet::Manifest& bound,
                         const packet::Leaf& release, const std::vector<packet::Leaf>& before,
                         lane::BundleInput& input) {
  return Acts(core, head, bound, release, before, input).run();
}

} // namespace sallyport::engine
