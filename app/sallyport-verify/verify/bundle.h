// A bundle read: every file in its own type, each strict in itself. What the files say about each other
// is the checks' question (checks.h).
#pragma once

#include "ledger/proof.h"
#include "packet/entry.h"
#include "packet/leaf.h"
#include "packet/manifest.h"
#include "packet/roster.h"
#include "packet/seal.h"
#include "packet/statement.h"
#include "packet/view.h"
#include "verify/charter.h"
#include "verify/folder.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::verify {

enum class BundleKind { lane, proof };
std::string_view to_string(BundleKind kind);

// What is wrong with which file; `reason` is a sentence without a full stop.
struct Fault {
  std::string file;
  std::string reason;
  auto operator<=>(const Fault&) const = default;
};

using Faults = std::vector<Fault>;

struct ProvenLeaf {
  std::string file;       // "trust/key-1.leaf"
  std::string proof_file; // "trust/key-1.tlog-proof"
  std::string bytes;
  packet::Leaf leaf;
  ledger::TlogProof proof;

  // The record, whose kind was checked when the leaf was read.
  template <class T> const T& as() const { return std::get<T>(leaf.record); }
};

struct RosterVersion {
  std::string file; // "trust/roster.json", "trust/roster-1.json"
  packet::Roster roster;
  Digest digest;
  ProvenLeaf leaf;
};

struct CharterVersion {
  std::string file; // "trust/charter.json", "trust/charter-1.json"
  CharterFacts facts;
  std::optional<ProvenLeaf> proposed; // of each version, where the present one is not the first
  std::vector<ProvenLeaf> ratifications;
  ProvenLeaf activated;
};

// Who drafted and submitted a manifest that names substitutes.
struct Drafting {
  ProvenLeaf drafted;
  ProvenLeaf drafter; // the account of its actor
  ProvenLeaf submitted;
};

// A split of the revision's scope, as people signed it. A lane bundle has no leaf of it: that would name the
// packet that holds the rest.
struct PartialSplit {
  std::string file;
  packet::SignedStatement act;
  std::optional<ProvenLeaf> leaf;
};

struct Bundle {
  BundleKind kind = BundleKind::proof;
  Files files; // as received; what follows was read from them

  packet::Manifest manifest;
  Digest manifest_digest;
  packet::Revision revision;
  packet::View view;
  Digest view_digest;
  packet::Entry entry;
  Digest entry_digest;
  std::vector<packet::Disclosure> manifest_openings;
  std::vector<packet::Disclosure> revision_openings;
  std::vector<packet::Disclosure> rationales; // of `splits`
  std::vector<Digest> consistency;

  ProvenLeaf genesis;
  packet::GenesisStatement genesis_statement;
  std::vector<ProvenLeaf> keys; // in order of their file numbers, as all lists here
  // Of the lane, each from version 1 on; the last is the one that the manifest binds.
  std::vector<RosterVersion> rosters;
  std::vector<CharterVersion> charters;

  std::vector<ProvenLeaf> signatures;
  std::vector<ProvenLeaf> overrides;
  std::vector<ProvenLeaf> substitutions;
  std::optional<Drafting> drafting; // exactly where there are substitutions
  std::vector<ProvenLeaf> splits;   // of this packet from others
  std::optional<PartialSplit> partial;
  std::vector<ProvenLeaf> promotions; // of annexes
  std::vector<ProvenLeaf> accepts;    // of items of the ledger
  std::vector<ProvenLeaf> erasures;   // of fragments, after the release
  ProvenLeaf release;
  std::optional<ProvenLeaf> opened; // proof bundle
  std::vector<ProvenLeaf> answers;  // proof bundle

  const std::string& file(const std::string& name) const { return files.at(name); }

  const packet::Roster& roster() const { return rosters.back().roster; }

  const CharterFacts& charter() const { return charters.back().facts; }

  std::vector<const ProvenLeaf*> leaves() const; // all of them

  // What says that the fragment with this digest has no bytes any more; null where nothing does.
  const ProvenLeaf* erasure_of(const Digest& part) const;
};

// That there are exactly the fixed names (design section 4), lists numbered from 1 without a gap, each
// version of charter and roster before the present one, and that index.json names each file with its digest.
// Faults name every file concerned.
Faults check_files(const Files& files);

// After check_files() found nothing. Adds every file that does not read to `faults`; the bundle is whole
// only where none was added.
Bundle read_bundle(const Files& files, Faults& faults);

} // namespace sallyport::verify
