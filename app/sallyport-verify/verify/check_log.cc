#include "verify/checks.h"

#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "ledger/merkle.h"

#include <algorithm>
#include <map>

namespace sallyport::verify {
namespace {

constexpr const char* gate_file = "trust/gate.pub.pem";

void check_gate_key(Checking& c) {
  const std::string& pem = c.bundle.file(gate_file);
  const auto key = crypto::ed25519_from_spki_pem(pem);
  c.expect(key && crypto::ed25519_key_id(*key) == c.pinned.gate, gate_file,
           "is not the gate's key that is pinned");
  c.expect(!key || crypto::ed25519_spki_pem(*key) == pem, gate_file, "is not written as this key is written");
}

void check_genesis_pins(Checking& c) {
  const packet::GenesisStatement& genesis = c.bundle.genesis_statement;
  const ProvenLeaf& leaf = c.bundle.genesis;
  c.expect(crypto::sha256(leaf.bytes) == c.pinned.genesis, leaf, "is not the genesis that is pinned");
  c.expect(genesis.origin == c.pinned.origin, leaf, "is the genesis of another log");
  c.expect(genesis.log_vkey == c.pinned.log_vkey, leaf, "names another log key than is pinned");
  c.expect(owners_of(genesis) == c.pinned.owners, leaf, "names other owners than are pinned");
  c.expect(genesis.rule == c.pinned.rule, leaf, "has another rule for owners than is pinned");
  const auto spki = from_base64(genesis.gate_spki);
  const auto gate = spki ? crypto::ed25519_from_spki_der(*spki) : std::unexpected(spki.error());
  c.expect(gate && crypto::ed25519_key_id(*gate) == c.pinned.gate, leaf,
           "names another gate key than is pinned");
}

// Heads that were opened, by the bytes of their notes: most proofs carry the same one.
using Heads = std::map<std::string, Result<ledger::TrustedHead>>;

const Result<ledger::TrustedHead>& head_of(Heads& heads, const ProvenLeaf& leaf,
                                           const ledger::Policy& policy) {
  auto at = heads.find(leaf.proof.checkpoint);
  if (at == heads.end()) {
    at = heads.emplace(leaf.proof.checkpoint, ledger::open_checkpoint(leaf.proof.checkpoint, policy)).first;
  }
  return at->second;
}

// Each version is proposed, ratified and activated after the one that it replaces.
void check_charter_order(Checking& c) {
  packet::LeafNumber active = 0; // genesis comes before every charter
  for (const CharterVersion& version : c.bundle.charters) {
    packet::LeafNumber from = active;
    if (version.proposed) {
      from = version.proposed->leaf.n;
      c.expect(active < from, *version.proposed, "precedes the charter that it changes");
    }
    active = version.activated.leaf.n;
    for (const ProvenLeaf& ratification : version.ratifications) {
      c.expect(from < ratification.leaf.n, ratification, "precedes the proposal that it ratifies");
      c.expect(ratification.leaf.n < active, ratification, "follows the activation that rests on it");
    }
  }
}

} // namespace

void check_pins(Checking& c) {
  check_genesis_pins(c);
  check_gate_key(c);
  c.expect(c.bundle.file("trust/log.vkey") == c.pinned.log_vkey + "\n", "trust/log.vkey",
           "is not the log's key that is pinned");
  c.expect(c.bundle.file("trust/policy") == c.pinned.witness_policy, "trust/policy",
           "is not the policy that is pinned");
}

void check_inclusion(Checking& c) {
  Heads heads;
  const Result<ledger::TrustedHead>& receipt = head_of(heads, c.bundle.release, c.policy);
  if (receipt) {
    c.head = *receipt;
    c.expect(receipt->checkpoint.origin == c.pinned.origin, "receipt.tlog-proof", "is a head of another log");
  }
  for (const ProvenLeaf* leaf : c.bundle.leaves()) {
    const Result<ledger::TrustedHead>& head = head_of(heads, *leaf, c.policy);
    if (!head) {
      c.fault(leaf->proof_file, head.error().text());
      continue;
    }
    c.expect(!receipt || head->checkpoint == receipt->checkpoint, leaf->proof_file.c_str(),
             "ends in another head than the receipt");
    const auto included =
        ledger::verify_inclusion(ledger::leaf_hash(as_bytes(leaf->bytes)), leaf->proof.index,
                                 head->checkpoint.size, leaf->proof.hashes, head->checkpoint.root);
    c.expect(included.has_value(), leaf->proof_file.c_str(), "does not prove that its leaf is in the log");
    c.expect(leaf->leaf.n == leaf->proof.index, *leaf, "has another number than its place in the log");
    c.expect(leaf->leaf.log == c.pinned.origin, *leaf, "names another log");
  }
}

void check_consistency(Checking& c) {
  const packet::BoundLog& bound = c.bundle.manifest.log;
  c.expect(bound.origin == c.pinned.origin, "manifest.json", "binds another log");
  if (!c.head) {
    return; // said by check_inclusion()
  }
  const ledger::Checkpoint& receipt = c.head->checkpoint;
  const auto grew =
      ledger::verify_consistency(bound.size, bound.root, receipt.size, receipt.root, c.bundle.consistency);
  c.expect(grew.has_value(), "head.consistency",
           "does not lead from the head that the manifest binds to the receipt's");
}

void check_order(Checking& c) {
  std::vector<const ProvenLeaf*> leaves = c.bundle.leaves();
  std::ranges::sort(leaves, {}, [](const ProvenLeaf* leaf) { return leaf->leaf.n; });
  for (std::size_t i = 1; i < leaves.size(); ++i) {
    c.expect(leaves[i - 1]->leaf.n != leaves[i]->leaf.n, *leaves[i], "is a leaf that is in the bundle twice");
    c.expect(leaves[i - 1]->leaf.at <= leaves[i]->leaf.at, *leaves[i],
             "is dated before a leaf that it follows");
  }
  const Bundle& b = c.bundle;
  c.expect(b.genesis.leaf.n == 0, b.genesis, "is not the first leaf of its log");
  check_charter_order(c);
  const packet::LeafNumber bound = std::max(b.charters.back().activated.leaf.n, b.rosters.back().leaf.leaf.n);
  for (const ProvenLeaf& signature : b.signatures) {
    c.expect(bound < signature.leaf.n, signature, "was made before its charter or its roster was active");
    c.expect(b.manifest.log.size <= signature.leaf.n, signature,
             "was made before the head that the manifest binds");
    c.expect(signature.leaf.n < b.release.leaf.n, signature, "was made after the release");
  }
}

} // namespace sallyport::verify
