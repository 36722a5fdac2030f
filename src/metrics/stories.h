// What the leaves tell of each revision, hold, manifest and release, as far as a metric asks. Each knows the
// charter version under which it began; figures are never mixed across versions.
#pragma once

#include "base/digest.h"
#include "base/id.h"
#include "base/instant.h"
#include "charter/codes.h"
#include "metrics/disturbances.h"
#include "metrics/edges.h"
#include "packet/record.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::metrics {

using packet::LeafNumber;

// From its seal to its end.
struct RevisionStory {
  PacketId packet;
  Digest charter; // active when it was sealed
  Instant sealed; // t0: it is eligible for gate work
  std::optional<Instant> ended;
  std::string cause; // superseded | merged | withdrawn | released; empty while it is the head
  // The first hold of the three groups that stood against it; and the first of them that blocked.
  std::optional<Instant> held;
  std::optional<Instant> blocked;
  std::vector<HoldId> inherited; // open when it was sealed, and what became of them is not known yet
};

// From its opening to the record that cleared it, or to the end of its packet. The same id opened again is
// the same hold.
struct HoldStory {
  HoldId id;
  PacketId packet;
  Digest charter;
  std::string code;
  std::string subject;
  charter::HoldGroup group = charter::HoldGroup::none;
  Instant opened;
  std::optional<Instant> blocking; // since it blocked
  std::optional<Instant> ended;
  std::string rule; // of hold.cleared; "closed" where the packet closed before
};

// From submission on; drafts are nobody's yet.
struct ManifestStory {
  PacketId packet;
  Digest digest;
  Digest charter;
  Instant submitted;
  std::optional<Instant> authorised; // first
  std::set<HoldId> overridden;       // that somebody signed an override for
  std::optional<EntryId> entry;
};

struct Correction {
  std::string kind;
  Instant at;
};

struct ReleaseStory {
  EntryId entry;
  PacketId packet;
  Digest charter; // of its manifest
  Instant at;
  Edges edges;
  Bound bound;
  bool first_of_lineage = true; // its packet continues no other one
  bool delivered = false;
  std::optional<Instant> judged; // the lane's verdict is final
  std::string verdict;
  std::vector<std::string> found;
  std::vector<Correction> corrections; // recorded, or said with the verdict
  std::set<PacketId> claimed_by;       // packets of the same case that came after it and are not told apart
};

// A release that was asked for and did not come: the request was refused, or the recheck closed.
struct Blocked {
  PacketId packet;
  Digest charter;
  Instant at;
  std::vector<std::string> codes; // sorted, each once
};

// What an agent asked for on a packet and was refused.
struct Denial {
  Digest charter;
  Instant at;
  std::string what; // the drift topic, where the charter knows it as one; else the verb
};

// An open packet, as it is when the log ends.
struct Waiting {
  PacketId packet;
  Digest charter;
  bool fresh_hold = false; // an open hold of FRESH.*
};

// An edit that an agent proposed to a workspace, and what people made of it.
struct EditStory {
  EditId edit;
  Digest charter;
  Instant proposed;
  bool reviewed = false;
  std::string rejected; // the code; empty where it was accepted, or nobody looked at it yet
};

// Something changed at a source, as far as it is known when, and a packet is concerned by it.
struct ChangeStory {
  PacketId packet;
  Digest charter; // active when it was seen
  std::string source;
  Instant changed;                  // at the source
  Instant seen;                     // by us
  std::optional<Instant> reflected; // by the packet or its register
};

// From its opening to its end.
struct PacketStory {
  PacketId packet;
  Digest charter; // active when it opened
  Instant opened;
  std::optional<Instant> ended;
};

struct CharterStory {
  Digest digest;
  std::string id;
  std::uint32_t version = 0;
  std::string lane;
  std::optional<charter::Charter> text;
};

struct Stories {
  LeafNumber leaves = 0;
  Instant now;
  std::vector<CharterStory> charters; // that were active, in the order of their activation
  std::vector<RevisionStory> revisions;
  std::vector<HoldStory> holds;
  std::vector<ManifestStory> manifests;
  std::vector<ReleaseStory> releases;
  std::vector<Disturbance> disturbances;
  std::vector<Blocked> blocked;
  std::vector<Waiting> waiting;
  std::vector<Denial> denials;
  std::vector<EditStory> edits; // of agents
  std::vector<ChangeStory> changes;
  std::vector<PacketStory> packets;
};

} // namespace sallyport::metrics
