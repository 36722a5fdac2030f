// 50 editors and 5 agents on one packet, over HTTP with their tokens and over the agents' door: how soon an
// edit is on record, beside the limit of the same run: an append of 4 KiB with fdatasync in the same folder,
// taken every 25 ms while they write. Then the log is read again, and what it was to keep is looked for in
// it.
//
//   crowd_bench [ACTS [PAUSE_MS [FOLDER]]]      of each, 40; between two acts of one on average, 500;
//   /var/tmp
#include "http/testing/crowd.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <thread>

using namespace sallyport;
using http::testing::Act;
using Clock = std::chrono::steady_clock;

namespace {

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values.empty() ? 0
                        : values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

class RawSync {
public:
  explicit RawSync(const std::filesystem::path& file)
      : fd_(::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)) {
    SP_ASSERT(fd_ >= 0);
  }

  ~RawSync() { ::close(fd_); }

  RawSync(const RawSync&) = delete;
  RawSync& operator=(const RawSync&) = delete;

  double once() {
    static const std::string page(4096, 'x');
    const auto begin = Clock::now();
    SP_ASSERT(::write(fd_, page.data(), page.size()) == 4096 && ::fdatasync(fd_) == 0);
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  }

private:
  int fd_;
};

void row(const std::string& what, const std::vector<double>& values, const std::vector<double>& limit) {
  if (!values.empty()) {
    fmt::print("{:<44} {:>6} {:>9.2f} {:>9.2f}   {:>6.1f}\n", what, values.size(), percentile(values, 0.5),
               percentile(values, 0.99), percentile(values, 0.5) / percentile(limit, 0.5));
  }
}

} // namespace

int main(int argc, char** argv) {
  const std::size_t acts = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 40;
  const Duration pause{argc > 2 ? std::atol(argv[2]) : 500};
  std::string name =
      (std::filesystem::path(argc > 3 ? argv[3] : "/var/tmp") / "sallyport-bench-XXXXXX").string();
  SP_ASSERT(::mkdtemp(name.data()) != nullptr);
  const std::filesystem::path folder = name;

  RawSync raw(folder / "raw");
  std::vector<double> quiet;
  for (int i = 0; i < 100; ++i) {
    quiet.push_back(raw.once());
  }
  std::vector<double> beside;
  std::atomic<bool> done = false;
  http::testing::CrowdRun run;
  {
    std::jthread limit([&] {
      while (!done) {
        beside.push_back(raw.once());
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
      }
    });
    run = http::testing::run_crowd({.folder = folder, .acts = acts, .pause = pause});
    done = true;
  }

  std::map<std::string, std::vector<double>> times;
  std::vector<double> by_agents;
  for (const Act& act : run.acts) {
    if (act.status < 400) {
      (act.verb == "propose" && act.who.starts_with("agent") ? by_agents : times[act.verb]).push_back(act.ms);
    } else {
      times["refused"].push_back(act.ms);
    }
  }
  fmt::print("{:<44} {:>6} {:>9} {:>9}   {}\n",
             fmt::format("{} requests in {:.1f} s, times in ms", run.acts.size(), run.seconds), "times",
             "p50", "p99", "p50 / limit");
  row("4 KiB + fdatasync before they come", quiet, beside);
  row("4 KiB + fdatasync while they write: the limit", beside, beside);
  row("edit proposed, person (connection included)", times["propose"], beside);
  row("edit proposed, agent (/mcp)", by_agents, beside);
  row("edit accepted", times["accept"], beside);
  row("edit rejected", times["reject"], beside);
  row("objection raised", times["object"], beside);
  row("objection withdrawn", times["withdraw"], beside);
  row("instruction given", times["instruct"], beside);
  row("refused, and on record", times["refused"], beside);
  row("section read", times["read"], beside);

  std::vector<std::string> broken = http::testing::broken_promises(folder, run);
  broken.insert(broken.end(), run.faults.begin(), run.faults.end());
  for (const std::string& one : broken) {
    fmt::print("BROKEN: {}\n", one);
  }
  fmt::print("{}\n", broken.empty()
                         ? "nothing lost, nothing merged in silence, every item accounted for, the same "
                           "state from the log again"
                         : "the promises do not hold");
  std::filesystem::remove_all(folder);
  return broken.empty() ? 0 : 1;
}
