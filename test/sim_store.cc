// Towns of the simulator over the real core and a store whose disk fails (failing_host.h). Each town is
// played where nothing fails, and then where something does, in two rhythms: every promise is judged as
// always, and all come to the same root. So nothing that was acknowledged is lost, nothing that was not is
// half there (INV-40, INV-42, INV-44), and what is read again from leaves and bodies decides as memory did.
//
//   sim_store SEED TOWNS ACTIONS      a line for each town; 0: nothing is broken, 1: the last line says what
//   is
#include "failing_host.h"
#include "sim/charters.h"
#include "sim/run.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <stdlib.h>

using namespace sallyport;

namespace {

using Long = unsigned long long;

// Not the one whose shift is of the zone that towns live in: the core reads the zones of this machine.
constexpr std::array<std::uint64_t, 5> kinds{0, 3, 5, 1, 2};

class Folder {
public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-sim-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      std::perror(name.c_str());
      std::exit(2);
    }
    path_ = name;
  }

  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path data() const { return path_ / "data"; }

private:
  std::filesystem::path path_;
};

struct Came {
  Digest root;
  std::uint64_t steps = 0;
  std::uint64_t releases = 0;
  std::uint64_t faults = 0;
  std::uint64_t stood = 0;
};

Came play(const sim::Play& what, Rhythm rhythm) {
  const Folder folder;
  FailingHost host(folder.data(), rhythm);
  sim::Truth truth;
  sim::Oracle oracle(truth);
  Came out;
  sim::Town town(what.charter, what.town, host, truth, [&](const sim::Played& played) {
    oracle.judge(played, host.machine().world());
    if (++out.steps % 64 == 0 && !oracle.broken()) {
      oracle.compare(host.machine().state());
    }
    if (oracle.broken()) {
      broken(oracle.broken()->invariant, oracle.broken()->says);
    }
  });
  for (const sim::Action& action : what.actions) {
    sim::Draw draw(action.draw);
    action.row->act(town, action.slot, draw);
  }
  host.compare();
  out.root = host.root();
  out.releases = oracle.releases;
  out.stood = host.stood;
  for (const auto& [fault, times] : host.faults) {
    out.faults += times;
  }
  return out;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("sim_store SEED TOWNS ACTIONS\n", stderr);
    return 2;
  }
  const std::uint64_t seed = std::strtoull(argv[1], nullptr, 10);
  const std::uint64_t towns = std::strtoull(argv[2], nullptr, 10);
  const std::size_t actions = std::strtoull(argv[3], nullptr, 10);
  for (std::uint64_t town = 0; town < towns; ++town) {
    const std::uint64_t kind = kinds[town % kinds.size()];
    const std::uint64_t drawn = sim::Draw(seed * 0x10001U + town).next();
    const charter::Charter& charter = sim::shipped_charter(kind);
    const sim::Play what{drawn, charter, sim::write_actions(charter, drawn + 1, actions, town % 2 == 1)};
    std::printf("seed %llu, town %llu, charter %llu: ", static_cast<Long>(seed), static_cast<Long>(town),
                static_cast<Long>(kind));
    std::fflush(stdout);
    const Came sound = play(what, {});
    Came sum = sound;
    for (const Rhythm rhythm : {Rhythm{7, town}, Rhythm{11, 5 * town + 3}}) {
      const Came faulted = play(what, rhythm);
      require("INV-42", faulted.steps == sound.steps && faulted.root == sound.root,
              "a disk that fails makes another log of the same town");
      require("INV-44", faulted.faults != 0, "nothing failed, and nothing is shown");
      sum.faults += faulted.faults;
      sum.stood += faulted.stood;
    }
    std::printf(
        "%llu steps, %llu releases; %llu faults, after which %llu steps were there untold; root %.16s\n",
        static_cast<Long>(sum.steps), static_cast<Long>(sum.releases), static_cast<Long>(sum.faults),
        static_cast<Long>(sum.stood), sum.root.hex().c_str());
    std::fflush(stdout);
  }
  return 0;
}
