// Durable commits against the disk's own floor. Each line is measured beside 4 KiB appends with
// fdatasync on the same folder, alternately, so that the ratio means something on a busy machine.
//
//   store_bench [FOLDER] [SECONDS]
#include "store/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <unistd.h>
#include <vector>

using namespace sallyport;

namespace {

using Clock = std::chrono::steady_clock;

struct Samples {
  std::vector<double> ms;

  double at(double share) {
    std::ranges::sort(ms);
    return ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
  }

  double per_second() const {
    double sum = 0;
    for (const double one : ms) {
      sum += one;
    }
    return 1000 * static_cast<double>(ms.size()) / sum;
  }
};

void timed(Samples& samples, const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  samples.ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
}

void must(bool good, const char* what) {
  if (!good) {
    fmt::print(stderr, "{}\n", what);
    std::exit(1);
  }
}

void measure(store::Store& store, store::WalKeeper& keeper, int fd, std::uint64_t batch, double seconds) {
  const Bytes leaf(400, 'l');
  const store::Body body{"packet/example", Bytes(600, 'b')};
  const Bytes page(4096, 'p');
  Samples raw;
  Samples commits;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (int round = 0; Clock::now() < end; ++round) {
    timed(raw, [&] {
      must(::write(fd, page.data(), page.size()) == static_cast<ssize_t>(page.size()) && ::fdatasync(fd) == 0,
           "the raw file could not be written");
    });
    timed(commits, [&] {
      const auto done = store.run(Instant{0}, [&](store::Transaction& t) -> Result<void> {
        for (std::uint64_t i = 0; i < batch; ++i) {
          SP_CHECK(t.append(t.size(), leaf, body));
        }
        return {};
      });
      must(done.has_value(), "a batch failed");
    });
    if (round % 50 == 49) {
      must(keeper.passive().has_value(), "the write-ahead log could not be moved");
    }
  }
  fmt::print("batch {:4}: commit p50 {:7.3f} ms p99 {:7.3f} ms, {:8.0f} leaves/s | fdatasync p50 {:6.3f} ms "
             "p99 {:6.3f} ms,"
             " {:6.0f}/s | p50 ratio {:.2f}\n",
             batch, commits.at(0.5), commits.at(0.99), commits.per_second() * static_cast<double>(batch),
             raw.at(0.5), raw.at(0.99), raw.per_second(), commits.at(0.5) / raw.at(0.5));
}

} // namespace

int main(int argc, char** argv) {
  std::string name = std::string(argc > 1 ? argv[1] : "/var/tmp") + "/sallyport-bench-XXXXXX";
  must(::mkdtemp(name.data()) != nullptr, "the folder could not be made");
  const std::filesystem::path folder = name;
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
  {
    const store::Options options{
        .origin = "bench.example/log", .wrapping_key = folder / "wrapping.key", .create = true, .vfs = ""};
    auto store = store::Store::open(folder / "store", options);
    must(store.has_value(), "the store could not be opened");
    auto keeper = store::WalKeeper::open(folder / "store", options);
    must(keeper.has_value(), "the store could not be opened twice");
    const int fd = ::open((folder / "raw").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    for (const std::uint64_t batch : {1, 10, 100, 1000}) {
      measure(*store, *keeper, fd, batch, seconds);
    }
    ::close(fd);
    const auto start = Clock::now();
    must(store->reader().verify_all().has_value(), "the log does not verify");
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    fmt::print("verify_all: {} leaves with bodies, {:.0f}/s\n", store->size(),
               static_cast<double>(store->size()) / took);
  }
  std::filesystem::remove_all(folder);
}
