#include "sim/charters.h"
#include "sim/run.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::sim;

namespace {

Play of_seed(std::uint64_t seed, std::size_t actions, bool swapped) {
  return {seed, shipped_charter(seed), write_actions(seed, actions, swapped)};
}

} // namespace

TEST_CASE("INV-01 to 47 hold in towns of a few seeds, and pairs of actions in both orders") {
  std::uint64_t releases = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    for (const bool swapped : {false, true}) {
      CAPTURE(seed);
      const Outcome outcome = run(of_seed(seed, 300, swapped), {.compare_every = 16, .twice = true});
      INFO((outcome.broken ? outcome.broken->invariant + ": " + outcome.broken->says : ""));
      CHECK_FALSE(outcome.broken.has_value());
      releases += outcome.releases;
    }
  }
  MESSAGE("releases: ", releases);
  CHECK(releases >= 24); // a town in which nothing is released proves nothing
}
