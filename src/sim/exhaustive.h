// Every state that one packet can reach in a small town, breadth first, through the gate's own decide and
// apply: three people who sign, two places to sign, two cited records, at most three revisions. What the flow
// needs happens as often as it can; what disturbs it (evidence that changes, a person who leaves, a new
// charter, a refusal, an hour) so many times in all, each at every point of the flow and in every order.
// States that differ only in ids, in how long ago something was, and in which of two people who are alike did
// it, are one.
#pragma once

#include "sim/oracle.h"

#include <functional>

namespace sallyport::sim {

struct Bounds {
  std::uint32_t revisions = 3;
  std::size_t disturbances = 2;
  std::size_t states_max = 2'000'000; // beyond: not complete, and said
  std::size_t depth_max = 200;
};

struct Explored {
  Bounds bounds;
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t release_states = 0;
  std::size_t depth = 0;
  std::size_t waiting = 0; // states that are known and not gone on from yet
  bool complete = false;
  double seconds = 0;
  std::optional<Broken> broken;
  std::vector<std::string> path; // the actions that lead to it, shortest
};

// For people.
std::string to_text(const Explored& explored);

Explored explore(const Bounds& bounds, const std::function<void(const Explored& so_far)>& progress = {});

} // namespace sallyport::sim
