// The two bundles of a release (design section 4): the lane bundle, which is the entry and opens exactly
// the bound view, and the proof bundle for auditors, which opens nothing restricted. Both share fixed
// names; this file lays bytes that others have made and proved under those names. It proves nothing:
// that is the verifier's work, which shares no code with this module.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::lane {

// A leaf's bytes verbatim, and its C2SP tlog-proof. Every proof of a bundle ends in the same signed head,
// the receipt's: one head, one consistency proof, nothing to compare twice.
struct ProvenLeaf {
  std::string leaf;
  std::string proof;
};

// A version of the lane's charter before the one that the manifest binds.
struct EarlierCharter {
  std::string json;
  ProvenLeaf proposed;
  std::vector<ProvenLeaf> ratifications;
  ProvenLeaf activated;
};

// The same of its roster.
struct EarlierRoster {
  std::string json;
  ProvenLeaf activated;
};

// Who drafted and submitted a manifest that names substitutes: neither ratifies one.
struct Drafting {
  ProvenLeaf drafted;   // manifest.drafted
  ProvenLeaf drafter;   // principal.added of its account
  ProvenLeaf submitted; // manifest.submitted
};

enum class BundleKind { lane, proof };

// Everything is verbatim unless said otherwise. The order of a list is the order of the leaves in the log.
struct BundleInput {
  BundleKind kind = BundleKind::proof;
  std::string entry;                             // entry.json
  std::string manifest;                          // the signed bytes
  std::string manifest_dsse;                     // the gate's countersignature of them
  std::string revision;                          // revision.json
  std::string view;                              // view.json
  std::vector<std::string> manifest_disclosures; // encoded; empty for a proof bundle
  std::vector<std::string> revision_disclosures; // encoded; empty for a proof bundle
  std::map<std::string, Bytes> parts;            // hex SHA-256 -> bytes; empty for a proof bundle
  std::vector<ProvenLeaf> signatures;            // manifest.signed, those that counted
  ProvenLeaf release;                            // release.committed; its proof is the receipt
  std::string head_consistency; // ledger::write_consistency: the manifest's head to the receipt's
  // What people signed beside the manifest, where it crossed by that. Each list may be empty.
  std::vector<ProvenLeaf> overrides;   // hold.overridden
  std::vector<ProvenLeaf> substitutes; // substitute.ratified
  std::optional<Drafting> drafting;    // where there are substitutes
  std::vector<ProvenLeaf> splits;      // duplicate.split
  std::vector<std::string> rationales; // of the splits, encoded; empty for a proof bundle
  std::optional<ProvenLeaf> partial;   // scope.split; a lane bundle has its signed act alone
  std::vector<ProvenLeaf> promotions;  // annex.promoted
  std::vector<ProvenLeaf> accepts;     // items.accepted, of a packet with a ledger
  std::vector<ProvenLeaf> erasures;    // erasure.done, of fragments whose bytes are gone since
  ProvenLeaf genesis;
  ProvenLeaf charter; // charter.activated
  ProvenLeaf roster;  // roster.activated
  std::vector<ProvenLeaf> ratifications;
  // What a charter of a later version rests on: each version from the first on. Both empty for version 1.
  std::optional<ProvenLeaf> proposed;
  std::vector<EarlierCharter> earlier_charters;
  // Who held an owner's role when: each version of the roster from the first on. Empty for version 1.
  std::vector<EarlierRoster> earlier_rosters;
  std::vector<ProvenLeaf> keys; // key.enrolled: of who signed any of this, and what those rest on
  std::vector<ProvenLeaf> rotations;
  std::string charter_json; // the bytes that the manifest's charter digest covers
  std::string roster_json;
  std::string log_vkey;            // one line without its newline
  std::string gate_pem;            // the public key
  std::string policy;              // C2SP tlog-policy, equal to the trust file's
  std::string signers;             // packet::allowed_signers
  std::vector<ProvenLeaf> recheck; // first recheck.opened, then its answers; empty for a lane bundle
};

// Relative path -> bytes.
using Files = std::map<std::string, std::string>;

// The fixed names, with signatures/<n>.sig and accepts/<n>.sig armored from their leaves, partial.json = JCS
// of the partial split's
// {"sigs", "statement"} (its leaf names the packet that holds the rest, which is not for the lane), and
// index.json = JCS of
// {"entry": id, "files": {path: hex SHA-256}, "kind": "lane" | "proof"}. Lists are numbered from 1. Refuses
// an entry or signature leaf that does not read, a part whose name is not its digest, and what the kind
// of bundle must not have.
Result<Files> assemble(const BundleInput& input);

// Makes `folder` durably, each file synced before its folder. Refuses a folder that is there and not
// empty, and names that leave it.
Result<void> write_files(const Files& files, const std::filesystem::path& folder);

// What one log's outsider pins: both follow from the genesis leaf and the policy.
struct LogTrust {
  std::string genesis_leaf; // verbatim
  std::string policy;       // C2SP tlog-policy
};

// trust.json, JCS of {"v": 1, "logs": [{"origin", "genesis": hex SHA-256 of the leaf, "log_vkey", "gate":
// hex SHA-256 of the SPKI, "owners": [{"person", "role", "key", "class"}], "rule", "witness_policy"}]}.
// Refuses a leaf that is no genesis, a log named twice, and a policy without the log's key.
Result<std::string> trust_json(const std::vector<LogTrust>& logs);

} // namespace sallyport::lane
