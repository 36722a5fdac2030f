#include "engine/export.h"

#include "canon/json.h"
#include "crypto/dsse.h"
#include "engine/dossier.h"
#include "engine/erasure.h"
#include "engine/export_acts.h"
#include "engine/export_trust.h"
#include "gate/bind.h"
#include "ledger/export.h"
#include "ledger/proof.h"
#include "ledger/tiles.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

using packet::LeafNumber;

class Gather {
public:
  Gather(const Core& core, const EntryId& id, lane::BundleKind kind) : core_(core), id_(id) {
    input_.kind = kind;
  }

  Result<lane::Files> run() {
    SP_TRY(entry_, core_.reader().entry(id_));
    if (!entry_.receipt) {
      return fail(ErrorCode::unavailable, id_.str(), "the entry has no receipt yet");
    }
    SP_CHECK(check_readable(core_, entry_.packet)); // both kinds have the revision
    SP_TRY(head_, core_.reader().checkpoint_at_least(last_leaf() + 1));
    SP_CHECK(read_release());
    SP_CHECK(gather_acts(core_, head_, bound_, release_leaf_, before_, input_));
    SP_CHECK(content());
    SP_CHECK(signatures());
    SP_CHECK(acceptances());
    SP_CHECK(gather_trust(core_, head_, bound_, input_));
    if (input_.kind == lane::BundleKind::proof) {
      SP_CHECK(recheck());
    }
    return lane::assemble(input_);
  }

private:
  Result<lane::ProvenLeaf> proven(LeafNumber n) const { return proven_leaf(core_, n, head_); }

  Result<void> read_release() {
    input_.entry = std::string(as_text(entry_.core));
    SP_TRY(input_.release, proven(entry_.release_n));
    SP_TRY(release_leaf_, packet::decode(input_.release.leaf));
    release_ = std::get<packet::ReleaseCommitted>(release_leaf_.record);
    SP_TRY(before_, leaves_before(core_, release_leaf_));
    core_.state().find(release_.packet)->by_digest(release_.manifest, &manifest_id_);
    SP_TRY(const store::Manifest row, core_.reader().manifest(manifest_id_));
    input_.manifest = std::string(as_text(row.bytes));
    SP_TRY(bound_, packet::read_manifest(input_.manifest));
    input_.manifest_dsse = crypto::dsse_envelope(core_.secrets().gate, crypto::dsse_in_toto_type, row.bytes);
    SP_TRY(const std::vector<Digest> consistency,
           ledger::consistency_proof(core_.reader(), bound_.log.size, head_.size));
    input_.head_consistency = ledger::write_consistency(consistency);
    return {};
  }

  Result<void> content() {
    SP_TRY(const store::Revision row, core_.reader().revision(release_.packet, bound_.revision));
    SP_TRY(const OpenedRevision opened, open_revision(row));
    input_.revision = opened.bytes;
    const gate::BoundManifest* bound = core_.world().manifest(manifest_id_);
    if (bound_.remainder && bound == nullptr) {
      return fail(ErrorCode::not_found, id_.str(), "what crossed of the revision was destroyed");
    }
    packet::View view{"lane",
                      bound_.revision_digest,
                      bound_.charter.digest,
                      crossing(core_, bound_, bound, opened.disclosures),
                      {}};
    for (const packet::Disclosure& disclosure : opened.disclosures) {
      if (input_.kind == lane::BundleKind::lane &&
          std::ranges::binary_search(view.disclosures, disclosure.digest)) {
        input_.revision_disclosures.push_back(disclosure.encoded);
      }
    }
    if (!bound_.remainder) { // a part of a revision has no annexes: they name none of its elements
      SP_CHECK(parts(opened.revision, view));
    }
    SP_CHECK(wordings());
    std::ranges::sort(view.parts);
    const auto [first, last] = std::ranges::unique(view.parts); // two annexes may have the same bytes
    view.parts.erase(first, last);
    input_.view = packet::view_bytes(view);
    if (input_.kind == lane::BundleKind::lane) {
      if (bound == nullptr) {
        return fail(ErrorCode::not_found, id_.str(), "the opening of the audience was destroyed");
      }
      input_.manifest_disclosures.push_back(bound->audience.encoded);
    }
    return {};
  }

  // Fragments all cross; of annexes those that a promotion leaf named for this revision.
  Result<void> parts(const packet::Revision& revision, packet::View& view) {
    SP_TRY(const std::set<std::string> included, promoted());
    for (const auto& [id, part] : revision.parts) {
      if (revision.co == nullptr && !included.contains(id)) {
        continue;
      }
      view.parts.push_back(part.sha256);
      SP_TRY(const bool gone, erased(id));
      if (input_.kind == lane::BundleKind::lane && !gone) {
        SP_TRY(const store::Part row,
               core_.reader().part(release_.packet, std::to_string(revision.number) + "/" + id));
        SP_TRY(const store::DataKey key, core_.reader().unit_key(row.unit));
        SP_TRY(Bytes bytes, core_.vault().get(row.address, row.unit, key.expose()));
        input_.parts.emplace(part.sha256.hex(), std::move(bytes));
      }
    }
    return {};
  }

  // Bytes that were destroyed since: the leaf says so, and the part is left out.
  Result<bool> erased(const std::string& fragment) {
    const auto& erasures = core_.state().find(release_.packet)->erasures;
    const auto at = erasures.find(fragment);
    if (at == erasures.end() || at->second.done == 0 || at->second.end_state == "raw_gone") {
      return false;
    }
    SP_TRY(lane::ProvenLeaf leaf, proven(at->second.done));
    input_.erasures.push_back(std::move(leaf));
    return true;
  }

  // What the head must cover that every proof ends in.
  LeafNumber last_leaf() const {
    LeafNumber out = entry_.release_n;
    for (const auto& [fragment, erasure] : core_.state().find(entry_.packet)->erasures) {
      out = std::max(out, erasure.done);
    }
    return out;
  }

  Result<std::set<std::string>> promoted() const {
    std::set<std::string> out;
    for (const lane::ProvenLeaf& promotion : input_.promotions) {
      SP_TRY(const packet::Leaf leaf, packet::decode(promotion.leaf));
      out.insert(std::get<packet::AnnexPromoted>(leaf.record).part);
    }
    return out;
  }

  // In which words items were accepted: bodies of who offered or accepted them have the openings.
  Result<void> wordings() {
    std::set<std::string> asked;
    for (const packet::BoundAcceptance& one : bound_.accepted) {
      asked.insert(one.wording);
    }
    for (const packet::Leaf& leaf : before_) {
      const bool says = std::holds_alternative<packet::WordingProposed>(leaf.record) ||
                        std::holds_alternative<packet::ItemsAccepted>(leaf.record);
      if (input_.kind != lane::BundleKind::lane || asked.empty() || !says) {
        continue;
      }
      SP_TRY(const std::vector<std::string> encoded, wordings_in(leaf.n));
      for (const std::string& text : encoded) {
        SP_TRY(const packet::Disclosure opening, packet::open_disclosure(text));
        if (asked.erase(opening.digest) != 0) {
          input_.manifest_disclosures.push_back(text);
        }
      }
    }
    if (input_.kind == lane::BundleKind::lane && !asked.empty()) {
      return fail(ErrorCode::not_found, id_.str(), "the words of an acceptance were destroyed");
    }
    return {};
  }

  Result<std::vector<std::string>> wordings_in(LeafNumber n) const {
    SP_TRY(const store::Body row, core_.reader().body(n));
    SP_TRY(const canon::Value body, canon::parse(as_text(row.bytes)));
    std::vector<std::string> out;
    const canon::Value* list = body.find("wordings");
    if (list == nullptr || !packet::from_value(*list, out)) {
      return fail(ErrorCode::corrupt, "log", "an acceptance has no words");
    }
    return out;
  }

  Result<void> acceptances() {
    for (const LeafNumber n : release_.accepts.value_or(std::vector<LeafNumber>{})) {
      SP_TRY(lane::ProvenLeaf leaf, proven(n));
      input_.accepts.push_back(std::move(leaf));
    }
    return {};
  }

  Result<void> signatures() {
    for (const LeafNumber n : release_.sigs) {
      SP_TRY(lane::ProvenLeaf leaf, proven(n));
      input_.signatures.push_back(std::move(leaf));
    }
    return {};
  }

  Result<void> recheck() {
    SP_TRY(const LeafNumber opened, opened_at());
    std::vector<LeafNumber> leaves{opened};
    leaves.insert(leaves.end(), release_.answers.begin(), release_.answers.end());
    for (const LeafNumber n : leaves) {
      SP_TRY(lane::ProvenLeaf leaf, proven(n));
      input_.recheck.push_back(std::move(leaf));
    }
    return {};
  }

  // The recheck's opening: the packet's own leaf before the release that names it.
  Result<LeafNumber> opened_at() const {
    for (const packet::Leaf& leaf : before_) {
      const auto* opened = std::get_if<packet::RecheckOpened>(&leaf.record);
      if (opened != nullptr && opened->recheck == release_.recheck) {
        return leaf.n;
      }
    }
    return fail(ErrorCode::corrupt, "log", "the recheck of this release is not in the log");
  }

  const Core& core_;
  EntryId id_;
  lane::BundleInput input_;
  store::Entry entry_;
  store::Checkpoint head_;
  packet::Leaf release_leaf_;
  packet::ReleaseCommitted release_;
  std::vector<packet::Leaf> before_; // the packet's leaves before it, the newest first
  packet::Manifest bound_;
  ManifestId manifest_id_;
};

} // namespace

Result<lane::Files> bundle_of(const Core& core, const EntryId& entry, lane::BundleKind kind) {
  return Gather(core, entry, kind).run();
}

Result<std::string> trust_of(const Core& core) {
  SP_TRY(const Bytes genesis, core.reader().leaf(0));
  return lane::trust_json({{std::string(as_text(genesis)), ledger::write_policy(core.policy())}});
}

Result<void> export_log(const Core& core, const std::filesystem::path& directory) {
  SP_TRY(const store::Checkpoint head, core.reader().latest_checkpoint());
  const auto entry = [&](std::uint64_t n) { return core.reader().leaf(n); };
  return ledger::export_tiles(core.reader(), entry, head.size, head.note, directory);
}

} // namespace sallyport::engine
