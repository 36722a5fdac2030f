// The invariants of the requirements, section 4.1, and what of each a simulation can show.
#pragma once

#include <span>
#include <string_view>

namespace sallyport::sim {

enum class Reach {
  checked,   // by the oracle, after every step
  elsewhere, // where towns do not come: a store, a workspace
};

struct Invariant {
  std::string_view id;
  Reach reach;
  std::string_view says; // how it is checked, or why it is not
};

std::span<const Invariant> invariants();

} // namespace sallyport::sim
