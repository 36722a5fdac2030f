// The simulator alone, linked with the gate and nothing above it: what tools/mutants.sh --simulate runs, and
// what a long hunt is shared between processes with.
//
//   sim_hunter hunt SEED COUNT STEPS [WORD...]
//       COUNT seeds from SEED on, each in turn until STEPS of its steps have changed something. A line for each
//       seed as it ends; how far it is, every ten seconds, on standard error; one line of totals, and last of
//       all what is broken. 0: nothing is, and every order of every pair was played; 1: something is; 3: more
//       steps are needed for the pairs
//           report     what happened, of all seeds together
//           quick      what is broken is not shortened, and pairs may be lacking
//           json=FILE  the report as JSON, written anew after each seed
//   sim_hunter merge FILE...
//       the sum of such files, on standard output
//   sim_hunter exhaustive REVISIONS [DISTURBANCES [STATES]]
//       every state of one packet, or the first so many
//
// An interrupt ends it after the town that is played now, with the totals so far. Another process may take other
// seeds, and what was stopped goes on with the seeds that have no line yet.
#include "canon/json.h"
#include "sim/exhaustive.h"
#include "sim/hunt.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace {

using namespace sallyport;
using Long = unsigned long long;

constexpr std::chrono::seconds every(10); // how far it is

std::uint64_t number(const char* text) {
  return std::strtoull(text, nullptr, 10);
}

int exhaust(int argc, char** argv) {
  sim::Bounds bounds;
  bounds.revisions = static_cast<std::uint32_t>(number(argv[2]));
  bounds.disturbances = argc > 3 ? number(argv[3]) : bounds.disturbances;
  bounds.states_max = argc > 4 ? number(argv[4]) : bounds.states_max;
  auto told = std::chrono::steady_clock::now();
  const sim::Explored explored = sim::explore(bounds, [&](const sim::Explored& so_far) {
    if (const auto now = std::chrono::steady_clock::now(); now - told >= every) {
      told = now;
      std::fprintf(stderr, "%llu states, %zu waiting, %llu transitions, depth %zu, %llu released, %.0f s\n",
                   static_cast<Long>(so_far.states), so_far.waiting, static_cast<Long>(so_far.transitions),
                   so_far.depth, static_cast<Long>(so_far.release_states), so_far.seconds);
    }
  });
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

volatile std::sig_atomic_t interrupted = 0;

void tell_seed(const sim::Report& report, bool whole) {
  if (report.found) {
    std::printf("BROKEN %s in %llu steps of seed %llu\n", report.found->broken.invariant.c_str(),
                static_cast<Long>(report.steps), static_cast<Long>(report.seed));
  } else {
    std::printf("%s %llu steps of seed %llu, %llu changed, %llu releases, %.0f s, log roots %s\n",
                whole ? "nothing broken in" : "interrupted after", static_cast<Long>(report.steps),
                static_cast<Long>(report.seed), static_cast<Long>(report.changed),
                static_cast<Long>(report.releases), report.seconds,
                report.log_roots.hex().substr(0, 16).c_str());
  }
  std::fflush(stdout);
}

// How far it is, every ten seconds; false where it was interrupted.
class Progress {
public:
  Progress(Long count, Long steps) : count_(count), steps_(steps) {}

  bool operator()(Long seeds_before, const sim::Report& sum, const sim::Report& now) {
    const auto instant = std::chrono::steady_clock::now();
    if (instant - told_ >= every) {
      told_ = instant;
      const Long changed = sum.changed + now.changed;
      const double seconds = sum.seconds + now.seconds;
      std::fprintf(stderr, "%llu of %llu changed, seed %llu of %llu, %.0f steps a second, %llu releases\n",
                   changed, count_ * steps_, seeds_before + 1, count_,
                   static_cast<double>(sum.steps + now.steps) / std::max(seconds, 0.001),
                   static_cast<Long>(sum.releases + now.releases));
    }
    return interrupted == 0;
  }

private:
  Long count_;
  Long steps_;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

int hunt(int argc, char** argv) {
  const std::uint64_t first = number(argv[2]);
  const std::uint64_t count = number(argv[3]);
  sim::HuntOptions options;
  options.steps = number(argv[4]);
  options.actions_per_town = 400;
  bool whole = false;
  bool quick = false;
  std::string json;
  for (int i = 5; i < argc; ++i) {
    const std::string_view word = argv[i];
    whole = whole || word == "report";
    quick = quick || word == "quick";
    if (word.starts_with("json=")) {
      json = word.substr(5);
    }
  }
  options.shrink_runs = quick ? 0 : options.shrink_runs;
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int again) {
      interrupted = 1;
      std::signal(again, SIG_DFL); // the second one does not wait
    });
  }
  Progress progress(count, options.steps);
  sim::Report sum;
  sum.seed = first;
  std::uint64_t broken = 0;
  for (std::uint64_t i = 0; i < count && interrupted == 0; ++i) {
    options.seed = first + i;
    options.progress = [&](const sim::Report& now) { return progress(i, sum, now); };
    const sim::Report report = sim::hunt(options);
    sum.add(report);
    broken += report.found ? 1U : 0U;
    tell_seed(report, report.changed >= options.steps);
    if (!json.empty() && !write_file(json, sim::to_value(sum))) {
      std::fprintf(stderr, "%s: cannot be written\n", json.c_str());
      return 2;
    }
  }
  if (whole) {
    std::fputs(sim::to_text(sum).c_str(), stdout);
  }
  std::printf("total seeds=%llu+%llu towns=%llu steps=%llu changed=%llu releases=%llu seconds=%.1f "
              "steps_per_second=%.0f orders_unseen=%zu broken=%llu\n",
              static_cast<Long>(first), static_cast<Long>(count), static_cast<Long>(sum.towns),
              static_cast<Long>(sum.steps), static_cast<Long>(sum.changed), static_cast<Long>(sum.releases),
              sum.seconds, static_cast<double>(sum.steps) / std::max(sum.seconds, 0.001),
              sum.coverage.unseen().size(), static_cast<Long>(broken));
  if (sum.found) {
    std::fputs(sim::to_text(sum.found->shortest, sum.found->broken).c_str(), stdout);
    std::fputs(sim::to_text(*sum.found).c_str(), stdout);
  }
  return sum.found ? 1 : !quick && !sum.coverage.unseen().empty() ? 3 : 0;
}

} // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc > 1 ? argv[1] : "";
  if (verb == "hunt" && argc > 4) {
    return hunt(argc, argv);
  }
  if (verb == "exhaustive" && argc > 2) {
    return exhaust(argc, argv);
  }
  if (verb == "merge" && argc > 2) {
    return merge(argc, argv);
  }
  std::fputs("sim_hunter hunt SEED COUNT STEPS [report] [quick] [json=FILE]\n"
             "sim_hunter merge FILE...\n"
             "sim_hunter exhaustive REVISIONS [DISTURBANCES [STATES]]\n",
             stderr);
  return 2;
}
