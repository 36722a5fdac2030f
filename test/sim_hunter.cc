// The simulator alone, linked with the gate and nothing above it: what tools/mutants.sh --simulate runs, and
// what a long hunt is shared between processes with.
//
//   sim_hunter SEED STEPS [WORD...]         one seed, or SEED-SEED: each in turn; STEPS that change
//   something, for
//                                           each seed. A line for each seed as it ends; 1 where a promise is
//                                           broken. Another process may take other seeds, and what was
//                                           stopped goes on with the seeds that have no line yet
//       progress                            how far it is, on standard error, every ten seconds
//       report                              what happened, of each seed
//       json=FILE                           what happened of all seeds so far, as JSON, after each of them
//   sim_hunter merge FILE...                the sum of such files, on standard output
//   sim_hunter exhaustive REVISIONS [STATES]    every state of one packet, or of the first so many
#include "canon/json.h"
#include "sim/exhaustive.h"
#include "sim/hunt.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace {

using namespace sallyport;

std::uint64_t number(const char* text, char** end = nullptr) {
  return std::strtoull(text, end, 10);
}

int exhaust(int argc, char** argv) {
  sim::Bounds bounds;
  bounds.revisions = static_cast<std::uint32_t>(number(argv[2]));
  if (argc > 3) {
    bounds.states_max = number(argv[3]);
  }
  const sim::Explored explored = sim::explore(bounds);
  std::fputs(sim::to_text(explored).c_str(), stdout);
  return explored.broken ? 1 : 0;
}

bool write_file(const std::string& path, const canon::Value& value) {
  std::ofstream out(path + ".part", std::ios::binary);
  out << canon::write(value) << '\n';
  out.close();
  return !out.fail() && std::rename((path + ".part").c_str(), path.c_str()) == 0;
}

int merge(int argc, char** argv) {
  canon::Value sum;
  for (int i = 2; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    while (text.ends_with('\n')) {
      text.pop_back();
    }
    const auto one = canon::parse(text);
    if (!one) {
      std::fprintf(stderr, "%s: %s\n", argv[i], one.error().text().c_str());
      return 2;
    }
    sum = i == 2 ? *one : sim::summed(sum, *one);
  }
  std::printf("%s\n", canon::write(sum).c_str());
  return 0;
}

// One line, and where something is broken the shortest way to it.
void tell(const sim::Report& report) {
  using Long = unsigned long long;
  if (!report.found) {
    std::printf(
        "nothing broken in %llu steps of seed %llu, %llu changed, %llu releases, %.0f s, log roots %s\n",
        static_cast<Long>(report.steps), static_cast<Long>(report.seed), static_cast<Long>(report.changed),
        static_cast<Long>(report.releases), report.seconds, report.log_roots.hex().substr(0, 16).c_str());
  } else {
    std::printf("%s seed %llu step %llu, shortened to %zu actions: %s\n",
                report.found->broken.invariant.c_str(), static_cast<Long>(report.seed),
                static_cast<Long>(report.steps), report.found->shortest.actions.size(),
                report.found->broken.says.c_str());
    std::fputs(sim::to_text(report.found->shortest, report.found->broken).c_str(), stdout);
  }
  std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "exhaustive") {
    return exhaust(argc, argv);
  }
  if (argc > 2 && std::string_view(argv[1]) == "merge") {
    return merge(argc, argv);
  }
  char* end = nullptr;
  const std::uint64_t first = argc > 1 ? number(argv[1], &end) : 1;
  const std::uint64_t last = end != nullptr && *end == '-' ? number(end + 1) : first;
  sim::HuntOptions options;
  options.steps = argc > 2 ? number(argv[2]) : 200'000;
  options.actions_per_town = 400;
  bool whole = false;
  bool progress = false;
  std::string json;
  for (int i = 3; i < argc; ++i) {
    const std::string_view word = argv[i];
    whole = whole || word == "report";
    progress = progress || word == "progress";
    if (word.starts_with("json=")) {
      json = word.substr(5);
    }
  }
  canon::Value sum;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    options.seed = seed;
    auto told = std::chrono::steady_clock::now();
    options.progress = [&](std::uint64_t changed) {
      const auto now = std::chrono::steady_clock::now();
      if (progress && now - told >= std::chrono::seconds(10)) {
        told = now;
        std::fprintf(stderr, "seed %llu: %llu of %llu\n", static_cast<unsigned long long>(seed),
                     static_cast<unsigned long long>(changed),
                     static_cast<unsigned long long>(options.steps));
      }
    };
    const sim::Report report = sim::hunt(options);
    if (whole) {
      std::fputs(sim::to_text(report).c_str(), stdout);
    }
    tell(report);
    if (!json.empty()) {
      sum = seed == first ? sim::to_value(report) : sim::summed(sum, sim::to_value(report));
      if (!write_file(json, sum)) {
        std::fprintf(stderr, "%s: cannot be written\n", json.c_str());
        return 2;
      }
    }
    if (report.found) {
      return 1;
    }
  }
  return 0;
}
