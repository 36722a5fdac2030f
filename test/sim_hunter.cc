// The simulator alone, linked with the gate and nothing above it: what tools/mutants.sh --simulate runs.
//
//   sim_hunter SEED STEPS [report]          one line, or all of it; 1 where a promise is broken
//   sim_hunter exhaustive REVISIONS [STATES]    the same of every state of one packet, or of the first so
//   many
#include "sim/exhaustive.h"
#include "sim/hunt.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  using namespace sallyport;
  if (argc > 2 && std::string_view(argv[1]) == "exhaustive") {
    sim::Bounds bounds;
    bounds.revisions = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10));
    if (argc > 3) {
      bounds.states_max = std::strtoull(argv[3], nullptr, 10);
    }
    const sim::Explored explored = sim::explore(bounds);
    std::fputs(sim::to_text(explored).c_str(), stdout);
    return explored.broken ? 1 : 0;
  }
  sim::HuntOptions options;
  options.seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  options.steps = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200'000;
  options.actions_per_town = 400;
  const sim::Report report = sim::hunt(options);
  if (argc > 3) {
    std::fputs(sim::to_text(report).c_str(), stdout);
  }
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
