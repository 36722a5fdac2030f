// Decisions as the service makes them: one durable commit each, and many that share one; log entries with
// their inclusion proof in hand; the audit; what a packet takes on disk. Each beside the machine's limit of
// the same run: an append of 4 KiB with fdatasync, the store's own batches of equal leaves, SHA-256.
// Usage: decision_bench [GROUP [ROUNDS [FOLDER]]]
#include "engine/audit.h"
#include "engine/testing/office.h"

#include "crypto/digest.h"
#include "crypto/sshsig.h"
#include "crypto/sshsig_sign.h"
#include "ledger/tiles.h"

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

using namespace sallyport;
using sallyport::engine::testing::Office;
using Clock = std::chrono::steady_clock;

namespace {

template <class Work> double seconds(const Work& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void row(const char* what, double figure, const char* limit_of, double limit, const char* goal) {
  fmt::print("{:<46} {:>9.0f}   {:<28} {:>9.0f}   {:>6.2f}   {}\n", what, figure, limit_of, limit,
             figure / limit, goal);
}

double raw_syncs(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY, 0600);
  const std::string page(4096, 'x');
  constexpr int times = 50;
  const double took = seconds([&] {
    for (int i = 0; i < times; ++i) {
      SP_ASSERT(::write(fd, page.data(), page.size()) == 4096 && ::fdatasync(fd) == 0);
    }
  });
  ::close(fd);
  return times / took;
}

// What the store alone does with as many leaves of that size in one batch.
double raw_batches(const std::filesystem::path& dir, std::size_t group) {
  const store::Options options{"bench.example/log", dir / "wrapping.key", true, ""};
  auto store = store::Store::open(dir / "store", options);
  SP_ASSERT(store.has_value());
  const Bytes leaf(900, 'l');
  constexpr int times = 20;
  const double took = seconds([&] {
    for (int i = 0; i < times; ++i) {
      SP_ASSERT(store->run(Instant{0}, [&](store::Transaction& t) -> Result<void> {
        for (std::size_t k = 0; k < group; ++k) {
          SP_CHECK(t.append(t.size(), leaf));
        }
        return {};
      }));
    }
  });
  return static_cast<double>(group) * times / took;
}

// `group` packets in review, each with the signature that it waits for.
std::vector<gate::SignManifest> to_sign(Office& office, std::size_t group, int& number) {
  std::vector<PacketId> packets;
  for (std::size_t i = 0; i < group; ++i) {
    packets.push_back(office.submit("case-" + std::to_string(number++)).packet);
  }
  office.now = office.now + Duration{1'000};
  office.observe_all();
  std::vector<gate::SignManifest> out;
  for (const PacketId& packet : packets) {
    (void)office.put_in_review(packet);
    ManifestId id;
    const Digest digest = office.core->state().find(packet)->reviewed(&id)->digest;
    out.push_back({office.anna.account, packet, digest,
                   crypto::sign_sshsig(office.anna.key, packet::act::dispatch,
                                       as_bytes(office.core->world().manifest(id)->bytes))});
  }
  return out;
}

void close_all(Office& office, const std::vector<gate::SignManifest>& signed_ones) {
  for (const gate::SignManifest& one : signed_ones) {
    (void)office.apply(gate::WithdrawPacket{office.intake, one.packet, "bench"});
  }
}

std::uintmax_t bytes_of(const std::filesystem::path& dir) {
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(dir)) {
    bytes += file.is_regular_file() ? file.file_size() : 0;
  }
  return bytes;
}

} // namespace

int main(int argc, char** argv) {
  const std::size_t group = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 64;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 4;
  std::string name =
      (std::filesystem::path(argc > 3 ? argv[3] : "/var/tmp") / "sallyport-bench-XXXXXX").string();
  SP_ASSERT(::mkdtemp(name.data()) != nullptr);
  const std::filesystem::path dir = name;
  Office::found(dir / "data", Instant{1'795'000'000'000});
  auto open_office = std::make_unique<Office>(dir / "data");
  Office& office = *open_office;
  int number = 0;
  double single = 0;
  double grouped = 0;
  double proven = 0;
  double syncs = 0;
  for (int round = 0; round < rounds; ++round) {
    syncs += raw_syncs(dir / "raw");
    const auto one_by_one = to_sign(office, group, number);
    single += static_cast<double>(group) / seconds([&] {
                for (const gate::SignManifest& event : one_by_one) {
                  SP_ASSERT(office.apply(event).ok());
                }
              });
    close_all(office, one_by_one);
    const auto together = to_sign(office, group, number);
    const std::uint64_t first = office.core->state().size;
    const double commit = seconds([&] {
      SP_ASSERT(office.core->run(office.now, [&]() -> Result<void> {
        for (const gate::SignManifest& event : together) {
          SP_TRY(const gate::Step step, office.core->apply(event));
          SP_ASSERT(step.ok());
        }
        return {};
      }));
    });
    grouped += static_cast<double>(group) / commit;
    // A head over them, and for each leaf its way to it.
    const std::uint64_t size = office.core->state().size;
    const double proofs = seconds([&] {
      SP_ASSERT(office.core->sign_head(office.now));
      for (std::uint64_t n = first; n < size; ++n) {
        SP_ASSERT(ledger::inclusion_proof(office.core->reader(), n, size));
      }
    });
    proven += static_cast<double>(size - first) / (commit + proofs);
    close_all(office, together);
  }
  const double batches = raw_batches(dir / "limit", group * 2);
  fmt::print("{:<46} {:>9}   {:<28} {:>9}   {:>6}   {}\n",
             fmt::format("groups of {}, {} rounds", group, rounds), "per s", "limit of the same run", "per s",
             "ratio", "goal");
  row("decisions (sign), a commit each", single / rounds, "append 4 KiB + fdatasync", syncs / rounds, "");
  row("decisions (sign), one commit for the group", grouped / rounds, "decisions, a commit each",
      single / rounds, "ratio 5 on a disk below 1,000 fdatasync/s");
  row("  the same", grouped / rounds, "the store's batches of leaves", batches, "ratio 0.6 on a faster disk");
  row("durable log entries with proof in hand", proven / rounds, "the store's batches of leaves", batches,
      "5,000/s on a quiet machine");

  const std::uint64_t leaves = office.core->state().size;
  const engine::CoreOptions options = office.core->options();
  const double audit = seconds([&] { SP_ASSERT(engine::audit_log(options)); });
  const std::vector<Bytes> stored = *office.core->reader().leaves(0, 1024);
  const double hashing = seconds([&] {
    for (const Bytes& leaf : stored) {
      (void)crypto::sha256(leaf);
    }
  });
  row("audit in place: leaves, bodies, rows, parts", static_cast<double>(leaves) / audit,
      "SHA-256 of the leaves alone", static_cast<double>(stored.size()) / hashing, "200,000/s");
  std::size_t heads = 0;
  for (const auto& [packet, at] : office.core->state().packets) {
    const store::Revision revision = *office.core->reader().revision(packet, at.last_number());
    heads += revision.clear.size() + revision.disclosures.size();
  }
  open_office.reset(); // what still stood in the write-ahead log goes to its place
  const auto bytes = static_cast<double>(bytes_of(dir / "data"));
  fmt::print("store: {} leaves, {} packets, {:.1f} MB: {:.1f} kB a packet with its whole story; revision and "
             "disclosures of a head {:.1f} kB (goal: 8 kB)\n",
             leaves, number, bytes / 1e6, bytes / 1e3 / number, static_cast<double>(heads) / 1e3 / number);
  std::filesystem::remove_all(dir);
  return 0;
}
