// A dump through the scanner, stage by stage, in bytes of dump for each second of processor time; beside what
// reading and hashing them costs, and what other engines do with the same patterns on the same bytes. Whole
// redactions and proofs are in dump_copies.cc.
//
// Usage: dump_bench [FILE]; without one, a dump is made up: 58 % zeros, 4 % text, some of it identifiers.
#include "crypto/digest.h"
#include "dump/file.h"
#include "dump/findings.h"
#include "dump/redact.h"
#include "dump/residual.h"
#include "dump/runs.h"
#include "scan/broken.h"
#include "scan/numbers.h"
#include "scan/patterns.h"

#include "dump_copies.h"
#include "made_up.h"

#include <fmt/format.h>
#include <hs.h>
#include <re2/re2.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <numeric>

namespace {

using namespace sallyport;
using namespace sallyport::dump;

constexpr std::size_t mib = 1024 * 1024;
constexpr std::size_t made_up_bytes = 256 * mib;

// Processor time of this thread, not wall time: nothing here waits, and the machine may be shared.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The best of a few: what else the machine does only makes it slower.
template <class Step> double seconds(Step&& step, int rounds = 3) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const double start = cpu_seconds();
    step();
    best = std::min(best, cpu_seconds() - start);
  }
  return best;
}

// One piece of memory, as long as the file.
Reading whole(ByteView file) {
  Reading out;
  out.dump.memory.push_back({0x10000, Range(0, file.size())});
  out.regions.push_back({Range(0, file.size()), RegionClass::heap, nobody});
  return out;
}

// ---- the same patterns for other engines

// The expressions of scan's patterns, and those of numbers that the residual path has.
std::vector<std::string> expressions() {
  std::vector<std::string> out;
  const std::string all = scan::describe_patterns();
  for (std::size_t at = 0; at < all.size(); at = all.find("\n\n", at) + 2) {
    const std::size_t second = all.find('\n', all.find('\n', at) + 1) + 1; // behind id and confidence
    out.push_back(all.substr(second, all.find('\n', second) - second));
  }
  for (const ResidualRule& rule : residual_rules()) {
    if (rule.klass == "financial" || rule.klass == "technical" || rule.id == "residual.phone") {
      out.emplace_back(rule.expression);
    }
  }
  return out;
}

class Vectorscan {
public:
  explicit Vectorscan(const std::vector<std::string>& all) {
    std::vector<const char*> texts;
    for (const std::string& text : all) {
      hs_database_t* alone = nullptr;
      hs_compile_error_t* error = nullptr;
      if (hs_compile(text.c_str(), HS_FLAG_ALLOWEMPTY, HS_MODE_BLOCK, nullptr, &alone, &error) ==
          HS_SUCCESS) {
        texts.push_back(text.c_str());
      }
      hs_free_compile_error(error);
      hs_free_database(alone);
    }
    const std::vector<unsigned> flags(texts.size(), HS_FLAG_ALLOWEMPTY);
    std::vector<unsigned> ids(texts.size());
    std::iota(ids.begin(), ids.end(), 0U);
    hs_compile_error_t* error = nullptr;
    hs_compile_multi(texts.data(), flags.data(), ids.data(), static_cast<unsigned>(texts.size()),
                     HS_MODE_BLOCK, nullptr, &database_, &error);
    hs_alloc_scratch(database_, &scratch_);
    compiled = texts.size();
  }

  Vectorscan(const Vectorscan&) = delete;
  Vectorscan& operator=(const Vectorscan&) = delete;

  ~Vectorscan() {
    hs_free_scratch(scratch_);
    hs_free_database(database_);
  }

  std::uint64_t count(std::string_view text) {
    std::uint64_t hits = 0;
    const auto hit = [](unsigned, unsigned long long, unsigned long long, unsigned, void* to) {
      ++*static_cast<std::uint64_t*>(to);
      return 0;
    };
    hs_scan(database_, text.data(), static_cast<unsigned>(text.size()), 0, scratch_, hit, &hits);
    return hits;
  }

  std::size_t compiled = 0;

private:
  hs_database_t* database_ = nullptr;
  hs_scratch_t* scratch_ = nullptr;
};

std::uint64_t count_re2(const std::vector<std::string>& all, std::string_view text) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  std::uint64_t hits = 0;
  for (const std::string& expression : all) {
    const re2::RE2 compiled(expression, options);
    re2::StringPiece rest(text.data(), text.size());
    while (re2::RE2::FindAndConsume(&rest, compiled)) {
      ++hits;
    }
  }
  return hits;
}

// Processor seconds of ripgrep over `bytes`; 0 where there is none.
double ripgrep(const std::vector<std::string>& all, ByteView bytes) {
  const std::string folder = "/tmp/dump_bench." + std::to_string(::getpid());
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/dump", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  std::ofstream patterns(folder + "/patterns");
  for (const std::string& expression : all) {
    patterns << expression << "\n";
  }
  patterns.close();
  const std::string command =
      "rg --no-config --no-unicode -a -c -j1 --dfa-size-limit 1G --regex-size-limit 1G -f " + folder +
      "/patterns " + folder + "/dump >/dev/null 2>&1";
  rusage before{};
  rusage after{};
  getrusage(RUSAGE_CHILDREN, &before);
  const int status = std::system(command.c_str());
  getrusage(RUSAGE_CHILDREN, &after);
  std::filesystem::remove_all(folder);
  const auto user_and_system = [](const rusage& r) {
    return static_cast<double>(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           static_cast<double>(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
  };
  return WIFEXITED(status) && WEXITSTATUS(status) <= 1 ? user_and_system(after) - user_and_system(before) : 0;
}

// ---- figures

double row(std::string_view what, std::size_t bytes, double taken) {
  const double rate = static_cast<double>(bytes) / taken / 1e9;
  fmt::print("{:<40} {:>8.3f} GB/s of dump\n", what, rate);
  std::fflush(stdout);
  return rate;
}

void goal(std::string_view what, double is, double wanted) {
  fmt::print("{:<40} {:>8.2f}   {} {:.2f}\n", what, is, is >= wanted ? "at least" : "NOT", wanted);
}

} // namespace

int main(int argc, char** argv) {
  bench::memory_of_copies(); // first: its processes begin with what this one has
  const Bytes made_up = argc > 1 ? Bytes() : bench::MadeUp(made_up_bytes).bytes();
  const Result<MappedFile> given = MappedFile::open(argc > 1 ? argv[1] : "");
  const ByteView file = given ? given->bytes() : ByteView(made_up);
  const Reading reading = whole(file);
  std::uint64_t sink = 0;

  // Text as the scanner gets it: in batches.
  std::vector<std::string> batches(1);
  std::uint64_t ascii = 0;
  std::uint64_t runs = 0;
  find_runs(file, 0, [&](const TextRun& run) {
    ++runs;
    ascii += !run.wide && run.range.size() >= 6 ? run.range.size() : 0;
    if (run.range.size() < scan::value_bytes_min * (run.wide ? 2 : 1)) {
      return;
    }
    if (batches.back().size() > 16 * 1024) {
      batches.emplace_back();
    }
    append_spelled(file, run, batches.back());
    batches.back() += "\xff\n\xff";
  });
  std::size_t text = 0;
  for (const std::string& batch : batches) {
    text += batch.size();
  }
  const auto share = [&](auto part) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(file.size());
  };
  fmt::print(
      "{} MiB: {:.1f} % zeros, {:.1f} % ASCII in runs of 6 and more; {} runs; {:.1f} % is scanned as text\n",
      file.size() / mib, share(std::ranges::count(file, 0)), share(ascii), runs, share(text));

  row("memory read", file.size(), seconds([&] {
        for (std::size_t i = 0; i + 8 <= file.size(); i += 8) {
          std::uint64_t value = 0;
          std::memcpy(&value, file.data() + i, 8);
          sink += value;
        }
      }));
  row("hash (SHA-256)", file.size(), seconds([&] { sink += crypto::sha256(file).bytes[0]; }, 1));
  const double extract =
      seconds([&] { find_runs(file, 0, [&](const TextRun& run) { sink += run.range.size(); }); });
  row("extract", file.size(), extract);

  const scan::Budgets budgets;
  const auto for_batches = [&](auto&& step) {
    return seconds([&] {
      for (const std::string& batch : batches) {
        scan::Spent spent;
        step(batch, spent);
      }
    });
  };
  const scan::TakeMatch take = [&](const scan::Match& m) { sink += m.from; };
  const double with_patterns = for_batches([&](const std::string& batch, scan::Spent& spent) {
    scan::find_patterns(batch, budgets, spent, take);
  });
  const double with_numbers =
      for_batches([&](const std::string& batch, scan::Spent&) { scan::find_numbers(batch, take); });
  row("match: patterns", file.size(), with_patterns);
  row("match: numbers", file.size(), with_numbers);
  row("match: broken credentials", file.size(),
      for_batches([&](const std::string& batch, scan::Spent& spent) {
        scan::find_broken(batch, budgets, spent, take);
      }));
  row("decode", file.size(), for_batches([&](const std::string& batch, scan::Spent& spent) {
        scan::decode_runs(batch, budgets, spent, [&](const scan::Run& run) { sink += run.until; });
      }));

  const scan::Scanner scanner(scan::RuleSet::standard());
  const scan::Scanner in_clear(scan::RuleSet::standard({.depth = 0}));
  const double plain = row("end to end, nothing decoded", file.size(),
                           seconds([&] { sink += scan_dump(file, reading, in_clear).findings.size(); }));
  ScanOfDump scan;
  const double all =
      row("end to end", file.size(), seconds([&] { scan = scan_dump(file, reading, scanner); }));
  const Policy policy;
  row("copy, and redact what was found", file.size(), seconds([&] {
        Bytes copy(file.begin(), file.end());
        sink += Redactor(policy).take_out(copy, reading, scan.findings).size();
      }));

  const std::vector<std::string> patterns = expressions();
  Vectorscan vectorscan(patterns);
  const double engine =
      for_batches([&](const std::string& batch, scan::Spent&) { sink += vectorscan.count(batch); });
  row(fmt::format("Vectorscan on the text, {} patterns", vectorscan.compiled), file.size(), engine);
  const ByteView sample = file.first(std::min(file.size(), 16 * mib));
  row("Vectorscan on all bytes", sample.size(),
      seconds([&] { sink += vectorscan.count(as_text(sample)); }, 1));
  row("RE2 on all bytes, one after another", sample.size(),
      seconds([&] { sink += count_re2(patterns, as_text(sample)); }, 1));
  row("residual (RE2, by its own patterns)", sample.size(),
      seconds([&] { sink += residual_of(sample).total(); }, 1));
  const ByteView searched = file.first(std::min(file.size(), 64 * mib));
  const double rg = ripgrep(patterns, searched);

  fmt::print("\n{} findings ({})\n", scan.findings.size(), sink % 10);
  goal("GB/s, nothing decoded", plain, 1.0);
  goal("GB/s", all, 0.6);
  goal("patterns and numbers: of Vectorscan's rate", engine / (with_patterns + with_numbers), 0.8);
  if (rg > 0) {
    goal("times ripgrep", plain / row("ripgrep on all bytes", searched.size(), rg), 4);
  }
  bench::whole_copies(file);
}
