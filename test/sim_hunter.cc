// The simulator alone, linked with the gate and nothing above it: what tools/mutants.sh --simulate runs.
//
//   sim_hunter SEED STEPS      one line; 1 where a promise is broken
#include "sim/hunt.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  using namespace sallyport;
  sim::HuntOptions options;
  options.seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  options.steps = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200'000;
  options.actions_per_town = 400;
  const sim::Report report = sim::hunt(options);
  if (!report.found) {
    std::printf("nothing broken in %llu steps of seed %llu, %llu releases\n",
                static_cast<unsigned long long>(report.steps), static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(report.releases));
    return 0;
  }
  std::printf("%s seed %llu step %llu, shortened to %zu actions: %s\n",
              report.found->broken.invariant.c_str(), static_cast<unsigned long long>(options.seed),
              static_cast<unsigned long long>(report.steps), report.found->shortest.actions.size(),
              report.found->broken.says.c_str());
  for (const sim::Action& action : report.found->shortest.actions) {
    std::printf("  %s %u\n", std::string(action.row->name).c_str(), static_cast<unsigned>(action.slot));
  }
  return 1;
}
