// What the files of a bundle must say about each other, and about what is pinned. Each check adds its
// faults; none relies on another having found none. docs/verify.md has them in words.
#pragma once

#include "ledger/policy.h"
#include "verify/bundle.h"
#include "verify/keyring.h"
#include "verify/trust.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::verify {

inline constexpr const char* manifest_file = "manifest.json";
inline constexpr const char* revision_file = "revision.json";
inline constexpr const char* view_file = "view.json";
inline constexpr const char* disclosures_file = "disclosures.json";

inline std::unexpected<Error> denied(const char* reason) {
  return fail(ErrorCode::denied, "", reason);
}

// A signature as the bundle proves it; for the report.
struct CountedSignature {
  PersonId person;
  std::string role;
  std::string key_class;
  Digest key;
  std::optional<std::uint32_t> flags;
  std::string origin; // passkeys: the page
  Instant at;
};

struct Checking {
  const Bundle& bundle;
  const PinnedLog& pinned;
  const ledger::Policy& policy; // of `pinned`

  Keyring keyring; // filled by check_genesis() and check_keys()
  std::optional<ledger::TrustedHead> head;
  std::vector<CountedSignature> counted;
  Faults faults;

  void fault(std::string file, std::string reason) { faults.push_back({std::move(file), std::move(reason)}); }

  // Adds `reason` against `file` unless `holds`.
  void expect(bool holds, const char* file, const char* reason) {
    if (!holds) {
      fault(file, reason);
    }
  }

  void expect(bool holds, const ProvenLeaf& leaf, const char* reason) {
    expect(holds, leaf.file.c_str(), reason);
  }
};

inline Moment moment_of(const ProvenLeaf& leaf) {
  return {leaf.leaf.n, leaf.leaf.at};
}

// check_log.cc
void check_pins(Checking& c);        // genesis, vkey, gate key, policy and owners are those that are pinned
void check_inclusion(Checking& c);   // every leaf is in the log, below the receipt's head
void check_consistency(Checking& c); // the log only grew from the manifest's head to the receipt's
void check_order(Checking& c);       // leaf numbers and instants run as things can have happened

// check_trust.cc, in this order
void check_genesis(Checking& c);
void check_keys(Checking& c);
void check_rosters(Checking& c); // each version signed by the owners
void check_signers(Checking& c);

// check_charter.cc
void check_charters(Checking& c); // each version ratified by the rule of the one that it replaced

// check_manifest.cc
void check_manifest(Checking& c); // the bound tuple against revision, view, charter and roster
void check_view(Checking& c);     // exactly what the view names is open here, or nothing (proof bundle)
void check_audience(Checking& c);
void check_scope(Checking& c);
void check_evidence(Checking& c);
void check_windows(
    Checking& c); // what is bound of each window of the charter, and that the release kept to it

// check_signatures.cc
// <stem>.sig is what ssh-keygen is given, so it must be the signature of its leaf.
void check_armor(Checking& c, const ProvenLeaf& leaf, const std::string& sig);
void check_signatures(Checking& c);
void check_quorum(Checking& c); // after check_signatures()
void check_countersignature(Checking& c);

// check_waivers.cc, after check_signatures()
void check_overrides(Checking& c);   // each hold that crossed by override, by the charter's rule
void check_substitutes(Checking& c); // each substitute whom the manifest names, ratified

// check_lineage.cc
void check_splits(Checking& c);  // each packet that the manifest names beside itself, told apart by a person
void check_partial(Checking& c); // what a person let go on of a part of the scope, and nothing else
void check_promotions(Checking& c); // each annex that crossed

// check_ledger.cc: what a packet with a ledger binds beside the rest
void check_flow(Checking& c);      // all of it, or, of another packet, nothing
void check_owner(Checking& c);     // of the release, who pressed too
void check_ledger(Checking& c);    // every item that was ever raised; the open ones cross accepted
void check_clocks(Checking& c);    // of retention
void check_fragments(Checking& c); // path and root, level, envelope
void check_erasures(Checking& c);  // whose bytes are gone since the release

// check_accepts.cc
void check_accepts(Checking& c);  // who let which items cross, in which words
void check_wordings(Checking& c); // open in a lane bundle, and nowhere else

// check_release.cc
void check_release(Checking& c);
void check_entry(Checking& c);
void check_recheck(Checking& c);

} // namespace sallyport::verify
