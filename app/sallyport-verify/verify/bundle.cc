#include "verify/bundle.h"

#include "canon/fields.h"
#include "canon/json.h"
#include "crypto/digest.h"

#include <fmt/format.h>
#include <utility>

namespace sallyport::verify {
namespace {

class BundleReader {
public:
  BundleReader(const Files& files, Faults& faults) : files_(files), faults_(faults) {}

  bool has(const std::string& name) const { return files_.contains(name); }

  // What `read` makes of the file, or a default and a fault.
  template <class Read> auto take(const std::string& name, Read&& read) {
    auto value = read(std::string_view(files_.at(name)));
    if (!value) {
      faults_.push_back({name, value.error().text()});
      return typename decltype(value)::value_type();
    }
    return *std::move(value);
  }

  template <class T> ProvenLeaf leaf(const std::string& file, const std::string& proof_file) {
    ProvenLeaf out{file, proof_file, files_.at(file), {}, {}};
    out.proof = take(proof_file, ledger::parse_proof);
    out.leaf = take(file, [](std::string_view bytes) -> Result<packet::Leaf> {
      SP_TRY(packet::Leaf leaf, packet::decode(bytes));
      if (!std::holds_alternative<T>(leaf.record)) {
        return fail(ErrorCode::malformed, "/kind", fmt::format("is not {}", T::kind));
      }
      return leaf;
    });
    if (!std::holds_alternative<T>(out.leaf.record)) {
      out.leaf.record = T{}; // it did not read, so nothing will be made of it
    }
    return out;
  }

  template <class T> ProvenLeaf leaf(const std::string& stem) {
    return leaf<T>(stem + ".leaf", stem + ".tlog-proof");
  }

  template <class T> std::vector<ProvenLeaf> leaves(const std::string& stem) {
    std::vector<ProvenLeaf> out;
    for (std::size_t n = 1; has(fmt::format("{}{}.leaf", stem, n)); ++n) {
      out.push_back(leaf<T>(fmt::format("{}{}", stem, n)));
    }
    return out;
  }

  Digest digest(const std::string& name) const { return crypto::sha256(files_.at(name)); }

private:
  const Files& files_;
  Faults& faults_;
};

struct Openings {
  std::vector<packet::Disclosure> manifest;
  std::vector<packet::Disclosure> revision;
  std::vector<packet::Disclosure> rationales;
};

Result<std::vector<packet::Disclosure>> open_each(const std::vector<std::string>& encoded) {
  std::vector<packet::Disclosure> out;
  for (const std::string& text : encoded) {
    SP_TRY(packet::Disclosure disclosure, packet::open_disclosure(text));
    out.push_back(std::move(disclosure));
  }
  return out;
}

struct DisclosuresFile {
  std::vector<std::string> manifest;
  std::vector<std::string> revision;
  std::optional<std::vector<std::string>> rationales;

  template <class A> void fields(A& a) {
    a("manifest", manifest);
    a("revision", revision);
    a("rationales", rationales);
  }
};

Result<Openings> read_disclosures(std::string_view bytes) {
  SP_TRY(const canon::Value value, canon::parse(bytes));
  SP_TRY(const DisclosuresFile file, packet::read<DisclosuresFile>(value));
  if (canon::write(value) != bytes) {
    return fail(ErrorCode::malformed, "", "these bytes are not canonical JSON");
  }
  Openings out;
  SP_TRY(out.manifest, open_each(file.manifest));
  SP_TRY(out.revision, open_each(file.revision));
  if (file.rationales) {
    if (file.rationales->empty()) {
      return fail(ErrorCode::malformed, "/rationales", "is written though there is none");
    }
    SP_TRY(out.rationales, open_each(*file.rationales));
  }
  return out;
}

Result<packet::SignedStatement> read_act(std::string_view bytes) {
  SP_TRY(const canon::Value value, canon::parse(bytes));
  SP_TRY(packet::SignedStatement act, packet::read<packet::SignedStatement>(value));
  if (canon::write(value) != bytes) {
    return fail(ErrorCode::malformed, "", "these bytes are not canonical JSON");
  }
  return act;
}

// What people signed beside the manifest; most releases have none of it.
void read_acts(BundleReader& in, Bundle& out) {
  out.overrides = in.leaves<packet::HoldOverridden>("overrides/");
  out.substitutions = in.leaves<packet::SubstituteRatified>("substitutes/");
  if (!out.substitutions.empty()) {
    out.drafting = {in.leaf<packet::ManifestDrafted>("substitutes/drafted"),
                    in.leaf<packet::PrincipalAdded>("substitutes/drafter"),
                    in.leaf<packet::ManifestSubmitted>("substitutes/submitted")};
  }
  out.splits = in.leaves<packet::DuplicateSplit>("splits/");
  out.promotions = in.leaves<packet::AnnexPromoted>("promotions/");
  out.accepts = in.leaves<packet::ItemsAccepted>("accepts/");
  out.erasures = in.leaves<packet::ErasureDone>("erasure/");
  if (in.has("partial.leaf")) {
    ProvenLeaf leaf = in.leaf<packet::ScopeSplit>("partial");
    out.partial = {leaf.file, leaf.as<packet::ScopeSplit>().act, leaf};
  } else if (in.has("partial.json")) {
    out.partial = {"partial.json", in.take("partial.json", read_act), std::nullopt};
  }
}

void read_released(BundleReader& in, Bundle& out) {
  out.manifest = in.take("manifest.json", packet::read_manifest);
  out.manifest_digest = in.digest("manifest.json");
  out.revision = in.take("revision.json", packet::read_revision);
  out.view = in.take("view.json", packet::read_view);
  out.view_digest = in.digest("view.json");
  out.entry = in.take("entry.json", packet::read_entry);
  out.entry_digest = in.digest("entry.json");
  Openings openings = in.take("disclosures.json", read_disclosures);
  out.manifest_openings = std::move(openings.manifest);
  out.revision_openings = std::move(openings.revision);
  out.rationales = std::move(openings.rationales);
  out.consistency = in.take("head.consistency", ledger::parse_consistency);
  out.signatures = in.leaves<packet::ManifestSigned>("signatures/");
  read_acts(in, out);
  out.release = in.leaf<packet::ReleaseCommitted>("release.leaf", "receipt.tlog-proof");
  if (out.kind == BundleKind::proof) {
    out.opened = in.leaf<packet::RecheckOpened>("recheck/opened");
    out.answers = in.leaves<packet::SourceObserved>("recheck/");
  }
}

RosterVersion read_roster(BundleReader& in, const std::string& stem) {
  RosterVersion out;
  out.file = stem + ".json";
  out.roster = in.take(out.file, packet::read_roster);
  out.digest = in.digest(out.file);
  out.leaf = in.leaf<packet::RosterActivated>(stem);
  return out;
}

CharterVersion read_charter_version(BundleReader& in, const std::string& stem, const std::string& proposed,
                                    const std::string& ratify) {
  CharterVersion out;
  out.file = stem + ".json";
  out.facts = in.take(out.file, verify::read_charter);
  if (in.has(proposed + ".leaf")) {
    out.proposed = in.leaf<packet::CharterProposed>(proposed);
  }
  out.ratifications = in.leaves<packet::CharterRatified>(ratify);
  out.activated = in.leaf<packet::CharterActivated>(stem);
  return out;
}

void read_trust_files(BundleReader& in, Bundle& out, Faults& faults) {
  out.genesis = in.leaf<packet::Genesis>("trust/genesis");
  auto statement = packet::read_genesis(out.genesis.as<packet::Genesis>().act.statement);
  if (statement) {
    out.genesis_statement = *std::move(statement);
  } else {
    faults.push_back({out.genesis.file, statement.error().text()});
  }
  out.keys = in.leaves<packet::KeyEnrolled>("trust/key-");
  for (std::size_t n = 1; in.has(fmt::format("trust/roster-{}.json", n)); ++n) {
    out.rosters.push_back(read_roster(in, fmt::format("trust/roster-{}", n)));
  }
  out.rosters.push_back(read_roster(in, "trust/roster"));
  for (std::size_t n = 1; in.has(fmt::format("trust/charter-{}.json", n)); ++n) {
    const std::string stem = fmt::format("trust/charter-{}", n);
    out.charters.push_back(read_charter_version(in, stem, stem + "-proposed", stem + "-ratify-"));
  }
  out.charters.push_back(read_charter_version(in, "trust/charter", "trust/proposed", "trust/ratify-"));
}

} // namespace

std::vector<const ProvenLeaf*> Bundle::leaves() const {
  std::vector<const ProvenLeaf*> out{&genesis, &release};
  const auto add = [&](const auto& list) {
    for (const ProvenLeaf& leaf : list) {
      out.push_back(&leaf);
    }
  };
  for (const RosterVersion& version : rosters) {
    out.push_back(&version.leaf);
  }
  for (const CharterVersion& version : charters) {
    out.push_back(&version.activated);
    add(version.ratifications);
    if (version.proposed) {
      out.push_back(&*version.proposed);
    }
  }
  for (const auto* list : {&keys, &signatures, &answers, &overrides, &substitutions, &splits, &promotions,
                           &accepts, &erasures}) {
    add(*list);
  }
  if (drafting) {
    out.insert(out.end(), {&drafting->drafted, &drafting->drafter, &drafting->submitted});
  }
  if (partial && partial->leaf) {
    out.push_back(&*partial->leaf);
  }
  if (opened) {
    out.push_back(&*opened);
  }
  return out;
}

const ProvenLeaf* Bundle::erasure_of(const Digest& part) const {
  if (revision.co == nullptr) {
    return nullptr;
  }
  for (const ProvenLeaf& leaf : erasures) {
    const auto fragment = revision.co->fragments.find(leaf.as<packet::ErasureDone>().unit.value_or(""));
    if (fragment != revision.co->fragments.end() && fragment->second.sha256 == part) {
      return &leaf;
    }
  }
  return nullptr;
}

Bundle read_bundle(const Files& files, Faults& faults) {
  Bundle out;
  out.kind = files.contains("recheck/opened.leaf") ? BundleKind::proof : BundleKind::lane;
  out.files = files;
  BundleReader in(files, faults);
  read_released(in, out);
  read_trust_files(in, out, faults);
  return out;
}

} // namespace sallyport::verify
