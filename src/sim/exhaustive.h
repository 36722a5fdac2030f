// Every state that one packet can reach in a small town, breadth first, through the gate's own decide and
// apply: three people who sign, two places to sign, two cited records, at most three revisions, one new
// roster, one new charter. States that differ only in ids and in how long ago something was are one.
#pragma once

#include "sim/oracle.h"

#include <functional>

namespace sallyport::sim {

struct Bounds {
  std::uint32_t revisions = 3;
  std::size_t states_max = 2'000'000; // beyond: not complete, and said
  std::size_t depth_max = 200;
};

struct Explored {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t release_states = 0;
  std::size_t depth = 0;
  bool complete = false;
  double seconds = 0;
  std::optional<Broken> broken;
  std::vector<std::string> path; // the actions that lead to it, shortest
};

// For people.
std::string to_text(const Explored& explored);

Explored explore(const Bounds& bounds, const std::function<void(std::uint64_t states)>& progress = {});

} // namespace sallyport::sim
