// State, library and facts together, moved by one event at a time: decide, write the records as
// leaves, apply them, follow up on every packet they touch, and start the one automatic chain there
// is. Still pure: it answers the leaves and bodies that are to be stored, and stores nothing.
//
// The caller stores a step's output and, where that fails, throws the machine away and rebuilds it
// from what is stored. A step whose decision refused has leaves too: the attempt is on record.
#pragma once

#include "gate/decide.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace sallyport::gate {

struct LeafOut {
  packet::Leaf leaf;
  std::string bytes;
  std::optional<std::string> body; // canonical JSON with a salt; the leaf's `body` is its SHA-256
  std::string unit;                // retention unit of the body
};

struct Step {
  std::vector<LeafOut> leaves;
  std::vector<packet::Reason> refused;
  std::optional<SubmittedManifest> manifest;
  std::vector<CommittedEntry> entries;
  std::vector<RecheckId> probes;
  std::vector<PacketId> touched; // packets whose time-driven deadline may have moved

  bool ok() const { return refused.empty(); }
};

class Machine {
public:
  const State& state() const { return state_; }

  const Library& library() const { return library_; }

  Library& library() {
    quiet_.clear();
    return library_;
  }

  Facts& facts() {
    quiet_.clear();
    return facts_;
  }

  World world() const { return {state_, library_, facts_}; }

  // `now` is not before the last leaf's time.
  Step step(const Event& event, Instant now, Draws& draws);

  // Replay: leaves only. Facts and library are put back by the caller.
  void replay(const packet::Leaf& leaf);
  // What a source said of the members of these lanes, live or read again after a start. Only the source that
  // supplies a lane's roster speaks of its members, and never an older answer over a newer one (INV-27).
  void learn_directory(const std::string& source, const std::vector<std::string>& lanes,
                       const Directory& directory);

private:
  void take(Step& step, Decision decision, Instant now, Draws& draws);
  void follow(Step& step, const PacketId& packet, Instant now, Draws& draws);
  void learn(const Event& event, std::span<const LeafOut> own);
  void learn_scope(const PacketId& packet);
  void forget(const PacketId& packet);
  void admit(Step& step, const std::string& lane, Instant now, Draws& draws);
  void chain(Step& step, const SignManifest& signed_manifest, LeafNumber cause, Instant now, Draws& draws);

  State state_;
  Library library_;
  Facts facts_;
  // Packets that there was nothing to follow up on at that instant, since state, library and facts are as
  // they are: the same again is not asked.
  std::map<PacketId, Instant> quiet_;
};

} // namespace sallyport::gate
