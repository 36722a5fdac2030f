#include "dump_copies.h"

#include "crypto/digest.h"
#include "dump/file.h"
#include "dump/redact.h"
#include "dump/verify.h"
#include "made_up.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace sallyport::bench {
namespace {

using namespace sallyport::dump;

constexpr std::size_t mib = 1024 * 1024;
constexpr std::size_t page = 4096;

template <class Step> double wall_seconds(Step&& step, int rounds) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    step();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

// The headers of a core of amd64 with one piece of memory behind its first page.
Bytes core_header(std::uint64_t memory_bytes) {
  Bytes out(page);
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t width) {
    std::memcpy(out.data() + at, &value, width);
  };
  std::memcpy(out.data(),
              "\x7f"
              "ELF\x02\x01\x01",
              7);
  put(16, 4, 2);  // a core
  put(18, 62, 2); // of amd64
  put(20, 1, 4);  //
  put(32, 64, 8); // where its program headers are
  put(52, 64, 2); // bytes of this header
  put(54, 56, 2); // and of each of those
  put(56, 1, 2);  // there is one
  put(64, 1, 4);  // memory
  put(68, 6, 4);  // to be read and written
  put(72, page, 8);
  put(80, 0x7f0000000000, 8);
  put(96, memory_bytes, 8);
  put(104, memory_bytes, 8);
  return out;
}

double row(std::string_view what, std::size_t bytes, double taken) {
  const double rate = static_cast<double>(bytes) / taken / 1e9;
  fmt::print("{:<40} {:>8.3f} GB/s by the clock\n", what, rate);
  std::fflush(stdout);
  return rate;
}

// ---- memory of a process of its own

// What is this process's alone, in MiB: mapped files are not.
double anonymous_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) {
      return std::strtod(line.c_str() + 8, nullptr) / 1024;
    }
  }
  return 0;
}

// A core with `size` bytes of memory, of which every 16th MiB has something.
std::filesystem::path sparse_core(std::uint64_t size) {
  const auto path = std::filesystem::temp_directory_path() / fmt::format("dump_bench.{}.core", ::getpid());
  std::ofstream out(path, std::ios::binary);
  const Bytes header = core_header(size);
  out.write(reinterpret_cast<const char*>(header.data()), page);
  const Bytes some = MadeUp(mib).bytes();
  for (std::uint64_t at = 0; at + mib <= size; at += 16 * mib) {
    out.seekp(static_cast<std::streamoff>(page + at));
    out.write(reinterpret_cast<const char*>(some.data()), mib);
  }
  out.close();
  std::filesystem::resize_file(path, page + size);
  return path;
}

struct Took {
  double mib = 0;
  double seconds = 0;
};

// The highest that a whole scan, or a whole redaction, comes to; in a child, which has nothing from before.
Took of_child(const std::filesystem::path& core, bool redacts) {
  int ends[2];
  if (::pipe(ends) != 0) {
    return {};
  }
  const pid_t child = ::fork();
  if (child == 0) {
    const double before = anonymous_mib();
    double most = 0;
    std::atomic<bool> done = false;
    std::jthread watch([&] {
      while (!done) {
        most = std::max(most, anonymous_mib());
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
    Took took;
    took.seconds = wall_seconds(
        [&] {
          const auto file = MappedFile::open(core);
          const scan::Scanner scanner(scan::RuleSet::standard());
          const Reading reading = read(file->bytes());
          const ScanOfDump scan = scan_dump(file->bytes(), reading, scanner, {}, 2);
          if (redacts) {
            auto copy = NewFile::copy_of(file->bytes(), core.string() + ".r1");
            const Redaction to =
                redact(copy->writable(), {file->bytes(), reading, scanner, {}, {}, 2}, Policy());
            static_cast<void>(verify({file->bytes(), reading, scan}, {copy->bytes(), to.reading, to.scan}, {},
                                     {.terms = {}, .workers = 2}));
          }
        },
        1);
    done = true;
    watch.join();
    took.mib = most - before;
    const bool said = ::write(ends[1], &took, sizeof took) == sizeof took;
    ::_exit(said ? 0 : 1);
  }
  Took took;
  const bool heard = ::read(ends[0], &took, sizeof took) == sizeof took;
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  return heard ? took : Took{};
}

} // namespace

void whole_copies(ByteView memory) {
  Bytes file = core_header(memory.size());
  file.insert(file.end(), memory.begin(), memory.end());
  std::uint64_t sink = 0;
  fmt::print("\n");
  const double limit = row("memory read", file.size(),
                           wall_seconds(
                               [&] {
                                 for (std::size_t i = 0; i + 8 <= file.size(); i += 8) {
                                   std::uint64_t value = 0;
                                   std::memcpy(&value, file.data() + i, 8);
                                   sink += value;
                                 }
                               },
                               3));
  const double hash =
      row("hash (SHA-256)", file.size(), wall_seconds([&] { sink += crypto::sha256(file).bytes[0]; }, 1));
  const scan::Scanner scanner(scan::RuleSet::standard());
  const Reading reading = read(file);
  Bytes copy;
  Redaction done;
  ScanOfDump before;
  double one = 0;
  for (const std::size_t workers : {1U, 2U}) {
    const std::string on = workers == 1 ? "one thread" : "two threads";
    row("scan, " + on, file.size(),
        wall_seconds([&] { before = scan_dump(file, reading, scanner, {}, workers); }, 2));
    const double redacts = row("whole redaction, " + on, file.size(),
                               wall_seconds(
                                   [&] {
                                     copy = file;
                                     done = redact(copy, {file, reading, scanner, {}, {}, workers}, Policy());
                                   },
                                   2));
    const double proves = row(
        "whole proof of the copy, " + on, file.size(),
        wall_seconds(
            [&] {
              const ScanOfDump of_original = scan_dump(file, reading, scanner, {}, workers);
              const Reading again = read(copy);
              const ScanOfDump of_copy = scan_dump(copy, again, scanner, {}, workers);
              sink +=
                  verify({file, reading, of_original}, {copy, again, of_copy}, {}, {{}, workers}).held.size();
            },
            1));
    fmt::print("  of the rate of memory: redaction {:.3f}, proof {:.3f}; of the hash's: {:.2f}, {:.2f}\n",
               redacts / limit, proves / limit, redacts / hash, proves / hash);
    if (workers == 1) {
      one = proves;
    } else {
      fmt::print("  two threads against one, of a proof: {:.2f} times as fast ({})\n", proves / one,
                 sink % 10);
    }
  }
}

void memory_of_copies() {
  fmt::print("\n");
  double small[2] = {};
  for (const std::uint64_t size : {std::uint64_t{256} * mib, std::uint64_t{4096} * mib}) {
    const std::filesystem::path core = sparse_core(size);
    for (const bool redacts : {false, true}) {
      const Took took = of_child(core, redacts);
      fmt::print(
          "{:<40} {:>8.1f} MiB of its own, {:.1f} s\n",
          fmt::format("{} of a sparse core of {} MiB", redacts ? "copy and proof" : "scan", size / mib),
          took.mib, took.seconds);
      if (small[redacts] == 0) {
        small[redacts] = took.mib;
      } else {
        const double times = took.mib / small[redacts];
        fmt::print("  {:.2f} times as much as of the small one   {} 2\n", times,
                   times <= 2 ? "at most" : "NOT");
      }
      std::fflush(stdout);
    }
    std::filesystem::remove(core);
  }
}

} // namespace sallyport::bench
