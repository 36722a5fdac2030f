#include "lane/bundle.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/sshsig.h"
#include "packet/entry.h"
#include "packet/leaf.h"

#include <fmt/format.h>
#include <utility>

namespace sallyport::lane {
namespace {

class Assembler {
public:
  void put(std::string name, std::string bytes) {
    const bool fresh = files_.emplace(std::move(name), std::move(bytes)).second;
    SP_ASSERT(fresh); // the fixed names are distinct
  }

  void put(const std::string& stem, const ProvenLeaf& leaf) {
    put(stem + ".leaf", leaf.leaf);
    put(stem + ".tlog-proof", leaf.proof);
  }

  // <stem>1, <stem>2 ...
  void put_each(const std::string& stem, const std::vector<ProvenLeaf>& leaves) {
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      put(fmt::format("{}{}", stem, i + 1), leaves[i]);
    }
  }

  const Files& files() const { return files_; }

  Files take() { return std::move(files_); }

private:
  Files files_;
};

canon::Array array_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

std::string_view to_string(BundleKind kind) {
  switch (kind) {
  case BundleKind::lane:
    return "lane";
  case BundleKind::proof:
    return "proof";
  }
  SP_ASSERT(false);
  return "";
}

Result<void> check_kind(const BundleInput& input) {
  const bool opens = !input.manifest_disclosures.empty() || !input.revision_disclosures.empty() ||
                     !input.rationales.empty() || !input.parts.empty();
  if (input.kind == BundleKind::proof && opens) {
    return fail(ErrorCode::malformed, "disclosures", "a proof bundle opens nothing");
  }
  if (input.kind == BundleKind::lane && !input.recheck.empty()) {
    return fail(ErrorCode::malformed, "recheck", "a lane bundle has no recheck leaves");
  }
  return {};
}

Result<void> put_parts(Assembler& out, const std::map<std::string, Bytes>& parts) {
  for (const auto& [name, bytes] : parts) {
    if (crypto::sha256(bytes).hex() != name) {
      return fail(ErrorCode::corrupt, "parts", "a part is not the bytes that its digest names");
    }
    out.put("parts/" + name, std::string(as_text(bytes)));
  }
  return {};
}

// The blob in base64 with which a manifest was signed, or items were accepted.
Result<std::string> signature_in(const ProvenLeaf& signed_leaf) {
  SP_TRY(const packet::Leaf leaf, packet::decode(signed_leaf.leaf));
  if (const auto* record = std::get_if<packet::ManifestSigned>(&leaf.record)) {
    return record->sig;
  }
  const auto* accepted = std::get_if<packet::ItemsAccepted>(&leaf.record);
  if (accepted == nullptr || accepted->act.sigs.size() != 1) {
    return fail(ErrorCode::malformed, "signatures", "the leaf is no signature of one person");
  }
  return accepted->act.sigs.front().sig;
}

Result<void> put_signed(Assembler& out, const std::string& stem, const std::vector<ProvenLeaf>& leaves) {
  out.put_each(stem, leaves);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    SP_TRY(const std::string sig, signature_in(leaves[i]));
    SP_TRY(const Bytes blob, from_base64(sig));
    out.put(fmt::format("{}{}.sig", stem, i + 1), crypto::armor(blob));
  }
  return {};
}

void put_recheck(Assembler& out, const std::vector<ProvenLeaf>& recheck) {
  if (!recheck.empty()) {
    out.put("recheck/opened", recheck.front());
    out.put_each("recheck/", {recheck.begin() + 1, recheck.end()});
  }
}

// A lane bundle says what was split and who signed it, and not where the rest is held.
Result<void> put_partial(Assembler& out, const BundleInput& input) {
  if (!input.partial) {
    return {};
  }
  if (input.kind == BundleKind::proof) {
    out.put("partial", *input.partial);
    return {};
  }
  SP_TRY(const packet::Leaf leaf, packet::decode(input.partial->leaf));
  const auto* record = std::get_if<packet::ScopeSplit>(&leaf.record);
  if (record == nullptr) {
    return fail(ErrorCode::malformed, "partial", "the leaf is no split of a scope");
  }
  out.put("partial.json", canon::write(packet::to_value(record->act)));
  return {};
}

Result<void> put_acts(Assembler& out, const BundleInput& input) {
  out.put_each("overrides/", input.overrides);
  out.put_each("substitutes/", input.substitutes);
  if (input.drafting) {
    out.put("substitutes/drafted", input.drafting->drafted);
    out.put("substitutes/drafter", input.drafting->drafter);
    out.put("substitutes/submitted", input.drafting->submitted);
  }
  out.put_each("splits/", input.splits);
  out.put_each("promotions/", input.promotions);
  out.put_each("erasure/", input.erasures);
  return put_partial(out, input);
}

std::string disclosures_of(const BundleInput& input) {
  canon::Object out{{"manifest", array_of(input.manifest_disclosures)},
                    {"revision", array_of(input.revision_disclosures)}};
  if (!input.rationales.empty()) {
    out.set("rationales", array_of(input.rationales));
  }
  return canon::write(std::move(out));
}

void put_earlier(Assembler& out, const BundleInput& input) {
  if (input.proposed) {
    out.put("trust/proposed", *input.proposed);
  }
  for (std::size_t i = 0; i < input.earlier_charters.size(); ++i) {
    const EarlierCharter& version = input.earlier_charters[i];
    const std::string stem = fmt::format("trust/charter-{}", i + 1);
    out.put(stem + ".json", version.json);
    out.put(stem + "-proposed", version.proposed);
    out.put_each(stem + "-ratify-", version.ratifications);
    out.put(stem, version.activated);
  }
  for (std::size_t i = 0; i < input.earlier_rosters.size(); ++i) {
    const std::string stem = fmt::format("trust/roster-{}", i + 1);
    out.put(stem + ".json", input.earlier_rosters[i].json);
    out.put(stem, input.earlier_rosters[i].activated);
  }
}

void put_trust(Assembler& out, const BundleInput& input) {
  out.put("trust/genesis", input.genesis);
  out.put("trust/charter", input.charter);
  out.put("trust/roster", input.roster);
  out.put_each("trust/ratify-", input.ratifications);
  put_earlier(out, input);
  out.put_each("trust/key-", input.keys);
  out.put_each("trust/rotation-", input.rotations);
  out.put("trust/charter.json", input.charter_json);
  out.put("trust/roster.json", input.roster_json);
  out.put("trust/log.vkey", input.log_vkey + "\n");
  out.put("trust/gate.pub.pem", input.gate_pem);
  out.put("trust/policy", input.policy);
}

std::string index_of(const Files& files, BundleKind kind, const EntryId& entry) {
  canon::Object digests;
  for (const auto& [name, bytes] : files) {
    digests.set(name, crypto::sha256(bytes).hex());
  }
  return canon::write(
      canon::Object{{"entry", entry.str()}, {"files", std::move(digests)}, {"kind", to_string(kind)}});
}

} // namespace

Result<Files> assemble(const BundleInput& input) {
  SP_CHECK(check_kind(input));
  SP_TRY(const packet::Entry entry, packet::read_entry(input.entry));
  Assembler out;
  out.put("manifest.json", input.manifest);
  out.put("manifest.dsse.json", input.manifest_dsse);
  out.put("revision.json", input.revision);
  out.put("view.json", input.view);
  out.put("disclosures.json", disclosures_of(input));
  out.put("entry.json", input.entry);
  out.put("release.leaf", input.release.leaf);
  out.put("receipt.tlog-proof", input.release.proof);
  out.put("head.consistency", input.head_consistency);
  out.put("signers", input.signers);
  SP_CHECK(put_signed(out, "signatures/", input.signatures));
  SP_CHECK(put_signed(out, "accepts/", input.accepts));
  SP_CHECK(put_parts(out, input.parts));
  SP_CHECK(put_acts(out, input));
  put_trust(out, input);
  put_recheck(out, input.recheck);
  out.put("index.json", index_of(out.files(), input.kind, entry.entry));
  return out.take();
}

} // namespace sallyport::lane
