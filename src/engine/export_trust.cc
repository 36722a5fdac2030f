#include "engine/export_trust.h"

#include "crypto/ed25519.h"
#include "engine/receipts.h"
#include "packet/leaf.h"
#include "packet/roster.h"
#include "packet/statement.h"

#include <map>
#include <set>

namespace sallyport::engine {
namespace {

using packet::LeafNumber;

Result<std::string> document_text(const Core& core, std::string_view kind, std::string_view id,
                                  std::uint64_t version) {
  SP_TRY(const store::Document document, core.reader().document(kind, id, version));
  return std::string(as_text(document.bytes));
}

// Whose keys stand under a leaf.
std::vector<packet::OwnerSignature> signatures_under(const packet::Record& record) {
  return std::visit(
      [](const auto& r) {
        if constexpr (requires { r.act.sigs; }) {
          return r.act.sigs;
        } else {
          return std::vector<packet::OwnerSignature>();
        }
      },
      record);
}

// Which roles sign what, whether or not somebody did here.
packet::SignerRoles roles_of(const charter::Charter& charter) {
  packet::SignerRoles roles;
  const auto add = [](std::vector<std::string>& out, const charter::Names& names) {
    out.insert(out.end(), names.begin(), names.end());
  };
  for (const charter::Requirement& row : charter.signers.require) {
    add(roles.signers, row.roles);
  }
  for (const auto& [role, rule] : charter.signers.substitute) {
    roles.signers.push_back(rule.by);
    roles.waivers.push_back(rule.ratified_by);
  }
  for (const auto& [code, rule] : charter.holds.codes) {
    if (rule.override_by) {
      add(roles.waivers, rule.override_by->roles);
    }
  }
  roles.releases = charter.ledger.has_value();
  for (const charter::Acceptance& row : charter.signers.accepts) {
    add(roles.acceptors, row.roles);
  }
  add(roles.splitters, charter.lineage.split_roles);
  add(roles.splitters, charter.admission.partial_roles);
  if (charter.exposure.annexes) {
    roles.promoter = charter.exposure.annexes->promote_by;
  }
  return roles;
}

class Trust {
public:
  Trust(const Core& core, const store::Checkpoint& head, const packet::Manifest& bound,
        lane::BundleInput& input)
      : core_(core), head_(head), bound_(bound), input_(input) {}

  Result<void> run() {
    SP_TRY(input_.genesis, proven(0));
    SP_CHECK(charters());
    SP_CHECK(rosters());
    SP_CHECK(keys());
    input_.log_vkey = core_.log_key().text();
    input_.gate_pem = crypto::ed25519_spki_pem(core_.secrets().gate.public_key());
    input_.policy = ledger::write_policy(core_.policy());
    return signers();
  }

private:
  Result<lane::ProvenLeaf> proven(LeafNumber n) const { return proven_leaf(core_, n, head_); }

  Result<void> charters() {
    const auto& charters = core_.state().charters;
    const gate::CharterVersion& present = charters.at(bound_.charter.digest);
    SP_TRY(input_.charter_json, document_text(core_, "charter", bound_.charter.digest.hex(), 1));
    SP_TRY(input_.charter, proven(present.activated));
    SP_TRY(input_.ratifications, ratifications(present));
    if (present.version == 1) {
      return {};
    }
    SP_TRY(input_.proposed, proven(present.leaf));
    // Of several proposals of one version, at most one was activated.
    std::map<std::uint32_t, Digest> before;
    for (const auto& [digest, version] : charters) {
      if (version.lane == present.lane && version.activated != 0 && version.version < present.version) {
        before[version.version] = digest;
      }
    }
    for (const auto& [number, digest] : before) {
      const gate::CharterVersion& version = charters.at(digest);
      lane::EarlierCharter& earlier = input_.earlier_charters.emplace_back();
      SP_TRY(earlier.json, document_text(core_, "charter", digest.hex(), 1));
      SP_TRY(earlier.proposed, proven(version.leaf));
      SP_TRY(earlier.ratifications, ratifications(version));
      SP_TRY(earlier.activated, proven(version.activated));
    }
    return {};
  }

  Result<std::vector<lane::ProvenLeaf>> ratifications(const gate::CharterVersion& version) const {
    std::vector<lane::ProvenLeaf> out;
    for (const gate::Ratification& ratification : version.ratified) { // in the order of the log
      SP_TRY(lane::ProvenLeaf leaf, proven(ratification.leaf));
      out.push_back(std::move(leaf));
    }
    return out;
  }

  // From the first to the one that the manifest binds, though another may be active by now: acts that the
  // bundle has came under those before it.
  Result<void> rosters() {
    const std::vector<LeafNumber>& leaves = core_.state().lanes.at(bound_.lane).roster_leaves;
    const std::uint32_t last = bound_.roster.version;
    if (last == 0 || last > leaves.size()) {
      return fail(ErrorCode::corrupt, "log", "the roster that the manifest binds is not in the log");
    }
    SP_TRY(input_.roster, proven(leaves[last - 1]));
    SP_TRY(input_.roster_json, document_text(core_, "roster", bound_.lane, last));
    for (std::uint32_t version = 1; version < last; ++version) {
      lane::EarlierRoster& earlier = input_.earlier_rosters.emplace_back();
      SP_TRY(earlier.json, document_text(core_, "roster", bound_.lane, version));
      SP_TRY(earlier.activated, proven(leaves[version - 1]));
    }
    return {};
  }

  // Keys of all who signed what the bundle has, and for each the keys that vouch for it, down to genesis.
  Result<void> keys() {
    SP_TRY(std::vector<Digest> to_explain, signing_keys());
    std::set<LeafNumber> leaves;
    while (!to_explain.empty()) {
      const auto key = core_.state().keys.find(to_explain.back());
      to_explain.pop_back();
      if (key == core_.state().keys.end() || key->second.leaf == 0 ||
          !leaves.insert(key->second.leaf).second) {
        continue; // genesis vouches for its own
      }
      SP_TRY(const Bytes bytes, core_.reader().leaf(key->second.leaf));
      SP_TRY(const packet::Leaf leaf, packet::decode(as_text(bytes)));
      for (const packet::OwnerSignature& sig : signatures_under(leaf.record)) {
        to_explain.push_back(sig.key);
      }
    }
    for (const LeafNumber n : leaves) {
      SP_TRY(lane::ProvenLeaf leaf, proven(n));
      input_.keys.push_back(std::move(leaf));
    }
    return {};
  }

  Result<std::vector<Digest>> signing_keys() const {
    std::vector<lane::ProvenLeaf> acts = input_.ratifications;
    acts.push_back(input_.roster);
    for (const lane::EarlierCharter& earlier : input_.earlier_charters) {
      acts.insert(acts.end(), earlier.ratifications.begin(), earlier.ratifications.end());
    }
    for (const lane::EarlierRoster& earlier : input_.earlier_rosters) {
      acts.push_back(earlier.activated);
    }
    for (const auto* more :
         {&input_.overrides, &input_.substitutes, &input_.splits, &input_.promotions, &input_.accepts}) {
      acts.insert(acts.end(), more->begin(), more->end());
    }
    if (input_.partial) {
      acts.push_back(*input_.partial);
    }
    std::vector<Digest> out;
    for (const lane::ProvenLeaf& act : acts) {
      SP_TRY(const packet::Leaf leaf, packet::decode(act.leaf));
      for (const packet::OwnerSignature& sig : signatures_under(leaf.record)) {
        out.push_back(sig.key);
      }
    }
    for (const lane::ProvenLeaf& signature : input_.signatures) {
      SP_TRY(const packet::Leaf leaf, packet::decode(signature.leaf));
      out.push_back(std::get<packet::ManifestSigned>(leaf.record).key);
    }
    return out;
  }

  Result<void> signers() {
    SP_TRY(const packet::Leaf genesis_leaf, packet::decode(input_.genesis.leaf));
    SP_TRY(const packet::GenesisStatement genesis,
           packet::read_genesis(std::get<packet::Genesis>(genesis_leaf.record).act.statement));
    std::vector<packet::EnrolledKey> enrolled;
    for (const lane::ProvenLeaf& key : input_.keys) {
      SP_TRY(const packet::Leaf leaf, packet::decode(key.leaf));
      SP_TRY(const packet::KeyStatement statement,
             packet::read_key(std::get<packet::KeyEnrolled>(leaf.record).act.statement));
      enrolled.push_back({statement.person, statement.key, statement.key_class, statement.valid_from,
                          statement.valid_until});
    }
    SP_TRY(const packet::Roster roster, packet::read_roster(input_.roster_json));
    const packet::SignerRoles roles = roles_of(core_.machine().library().charters.at(bound_.charter.digest));
    input_.signers = packet::allowed_signers(genesis, enrolled, roster, roles);
    return {};
  }

  const Core& core_;
  const store::Checkpoint& head_;
  const packet::Manifest& bound_;
  lane::BundleInput& input_;
};

} // namespace

Result<lane::ProvenLeaf> proven_leaf(const Core& core, LeafNumber n, const store::Checkpoint& head) {
  SP_TRY(const Bytes leaf, core.reader().leaf(n));
  SP_TRY(std::string proof, prove_leaf(core.reader(), n, head));
  return lane::ProvenLeaf{std::string(as_text(leaf)), std::move(proof)};
}

Result<void> gather_trust(const Core& core, const store::Checkpoint& head, const packet::Manifest& bound,
                          lane::BundleInput& input) {
  return Trust(core, head, bound, input).run();
}

} // namespace sallyport::engine
