// From a submission to the immutable revision: clear part, salted disclosures, parts. Pure: salts are
// an argument, and secrets have been replaced before (scan, engine).
#pragma once

#include "packet/disclosure.h"
#include "packet/submission.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::packet {

struct Predecessor {
  PacketId packet;
  std::uint32_t revision = 0;
  Digest digest;
};

// A value that was replaced before sealing.
struct Withheld {
  std::string at; // where it stood: a disclosure name or "/parts/a1"
  std::string secret_class;
  Digest keyed_digest; // under a key that never leaves the engine
};

struct SealInput {
  PacketId packet;
  std::uint32_t revision = 1;
  std::vector<Predecessor> predecessors;
  std::map<std::string, Withheld> withheld; // "w1" -> ...
  Digest ruleset;                           // of the scan that was made
  std::uint32_t findings = 0;
};

struct SealedPart {
  Digest sha256;
  Bytes content;
};

struct SealedRevision {
  std::string bytes; // revision.json; its SHA-256 is the revision digest
  Digest digest;
  std::vector<Disclosure> disclosures; // all of them, in order of name
  std::map<std::string, SealedPart> parts;
};

// `salt` is called once per disclosure. Shape of revision.json: worked example section 3; collections
// are objects keyed by id; a citation's `record` = {key, occurred_at, content[, pins]} is one
// disclosure; `/upstream_digest` and `/withheld/<id>/digest` are disclosures that cross nowhere. A part's
// clear entry is {kind, media_type, bytes, sha256, include}; its file name is the disclosure
// "/parts/<id>/file_name". Refuses names that would stand twice.
Result<SealedRevision> seal(const Submission& submission, const SealInput& input,
                            const std::function<Salt()>& salt);

// The parsed clear part, checked for shape. For everybody who reads a stored or received revision.
struct RevisionCitation {
  std::string kind;
  std::string source;
  std::vector<std::string> supports;
  Instant observed_at;
  Instant complete_through;
};

struct RevisionPart {
  std::string kind;
  std::string media_type;
  std::uint64_t bytes = 0;
  Digest sha256;
  bool include = false;
  Bounds bounds; // its own level or threshold
};

// A value that was replaced before sealing, by what it was and where it stood.
struct RevisionWithheld {
  std::string secret_class;
  std::string at; // as Withheld
};

struct Coproduced; // coproduced.h

struct Revision {
  PacketId packet;
  std::uint32_t number = 0;
  Digest digest;
  std::string packet_class;
  std::string lane;
  std::string severity;
  std::string triage_stamp;
  Instant triaged_at;
  std::vector<Predecessor> predecessors;
  std::vector<std::string> caveats; // ids; empty: "none"
  std::map<std::string, RevisionCitation> citations;
  std::map<std::string, std::vector<std::string>> scope; // dimension -> element ids
  Bounds bounds;                                         // the dimensions that stand in clear
  std::map<std::string, RevisionPart> parts;
  std::map<std::string, RevisionWithheld> withheld;
  Digest ruleset;
  std::uint32_t findings = 0;
  std::vector<std::string> sd; // sorted, unique
  // Of a revision that a workspace sealed; its fragments are among the parts.
  std::shared_ptr<const Coproduced> co = nullptr;
};

Result<Revision> read_revision(std::string_view bytes);

} // namespace sallyport::packet
