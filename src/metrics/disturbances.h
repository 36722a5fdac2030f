// What happened around packets while a manifest of theirs was in review, and what the gate did about it
// (M-A4). The watch derives from leaves and charter what must hold; that it did hold is another leaf.
//
// Three kinds: a merge with another packet, a roster other than the bound one, and evidence that changed,
// went stale or fell silent. What leaves and charter do not decide (a check of some citation kinds only, a
// pinned attribute, a suspicion) is kept as undetermined: it is censored, and not taken for reliability.
#pragma once

#include "charter/model.h"
#include "gate/state.h"
#include "packet/leaf.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace sallyport::metrics {

struct Disturbance {
  PacketId packet = {};
  Digest charter = {};              // of the manifest in review
  std::string kind = {};            // merge | roster | freshness
  Instant at = {};                  // its leaf; of what time alone does, the instant at which it was due
  std::set<std::string> codes = {}; // any of them is the matching hold
  std::string subject = {};         // of that hold; empty: any
  bool determined = true;
  std::optional<Instant> held = {}; // the matching hold opened
  std::optional<HoldId> hold = {};
  bool over = false;    // the hold was cleared; or, where none was opened, what it broke is whole again
  bool crossed = false; // a release committed before it was over: the gate let it pass
};

class Watch {
public:
  // In this order for each leaf: before it is folded, and after.
  void before(const gate::State& state, const packet::Leaf& leaf);
  void after(const gate::State& state, const packet::Leaf& leaf);

  void learn(const Digest& digest, charter::Charter text) { charters_.emplace(digest, std::move(text)); }

  // By instant.
  std::vector<Disturbance> take() const;

private:
  struct Window {
    ManifestId manifest;
    Digest charter;
    Digest roster;
    Instant from;
    std::optional<Instant> ended;
    std::string cause; // void's, or "consumed"
  };

  using Due = std::tuple<PacketId, std::string, std::string>; // code, subject

  // Null where no manifest is in review. A void of this very instant is the disturbance's own doing.
  const Window* window(const PacketId& packet, Instant at) const;
  const charter::Charter* text(const Window& window) const;
  void add(const gate::State& state, Disturbance one);
  void time_passes(const gate::State& state, Instant now, bool inclusive);
  void citation_ages(const gate::State& state, const PacketId& id, const Window& window,
                     const packet::Cite& cite, Instant now, bool inclusive);
  void source_silent(const gate::State& state, const PacketId& id, const Window& window,
                     const std::string& source, Instant now, bool inclusive);
  void due(const gate::State& state, const PacketId& id, const Window& window, Instant when, Instant now,
           bool inclusive, Disturbance one);
  void observed(const gate::State& state, const packet::Leaf& leaf, const packet::SourceObserved& record);
  void reported(const gate::State& state, Instant at, const packet::SourceEvent& record);
  void rostered(const gate::State& state, Instant at, const packet::RosterActivated& record);
  void opened(Instant at, const packet::HoldOpened& record);
  void cleared(const packet::HoldCleared& record);
  void whole_again(const PacketId& packet, const std::set<std::string>& kinds);

  std::map<Digest, charter::Charter> charters_;
  std::map<PacketId, Window> windows_;
  std::set<Due> due_; // reached, and said
  std::map<PacketId, std::vector<Disturbance>> found_;
  Instant looked_; // what was due by then is said
  bool looked_inclusive_ = false;
};

} // namespace sallyport::metrics
