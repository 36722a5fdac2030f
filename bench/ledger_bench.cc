// The tree beside the limit it cannot beat: SHA-256 of 65 bytes, one node. Each figure is printed as
// nanoseconds and as `x_sha`, its ratio to that limit taken in the same run.
#include "crypto/digest.h"
#include "ledger/merkle.h"
#include "ledger/tiles.h"

#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace {

using namespace sallyport;

constexpr std::uint64_t tree_size = 1'000'000;

// Processor time, not wall time: nothing here waits, and the machine may be shared.
double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// One node hash straight through EVP: fetched algorithm, one context, no copy.
void raw_sha256(EVP_MD_CTX* context, const EVP_MD* md, std::array<std::uint8_t, 65>& input) {
  EVP_DigestInit_ex2(context, md, nullptr);
  EVP_DigestUpdate(context, input.data(), input.size());
  EVP_DigestFinal_ex(context, input.data() + 1, nullptr);
}

// Seconds for one raw hash, measured again beside every benchmark: neighbours on the machine change.
double raw_seconds() {
  static EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static EVP_MD_CTX* const context = EVP_MD_CTX_new();
  constexpr int rounds = 200'000;
  std::array<std::uint8_t, 65> input{0x01};
  const double start = cpu_seconds();
  for (int i = 0; i < rounds; ++i) {
    raw_sha256(context, md, input);
  }
  benchmark::DoNotOptimize(input);
  return (cpu_seconds() - start) / rounds;
}

// Runs `step` for each iteration and reports its time over that of one raw hash, taken before and after.
template <class Step> void measure(benchmark::State& state, Step&& step) {
  const double before = raw_seconds();
  const double start = cpu_seconds();
  for (auto _ : state) {
    step();
  }
  const double each = (cpu_seconds() - start) / static_cast<double>(state.iterations());
  state.counters["x_sha"] = each / ((before + raw_seconds()) / 2);
  state.SetItemsProcessed(state.iterations());
}

Digest leaf(std::uint64_t i) {
  return crypto::sha256(std::to_string(i));
}

const ledger::MemoryTiles& tiles() {
  static const ledger::MemoryTiles built = [] {
    ledger::MemoryTiles t;
    for (std::uint64_t i = 0; i < tree_size; ++i) {
      t.append(leaf(i));
    }
    return t;
  }();
  return built;
}

// A stride that visits the tree in no order that a cache likes.
std::uint64_t next_index(std::uint64_t& i) {
  return i = (i + 618'033) % tree_size;
}

void raw_evp_sha256_65_bytes(benchmark::State& state) {
  EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  std::array<std::uint8_t, 65> input{0x01};
  measure(state, [&] { raw_sha256(context, md, input); });
  EVP_MD_CTX_free(context);
  EVP_MD_free(md);
}

void node_hash(benchmark::State& state) {
  Digest digest = leaf(0);
  measure(state, [&] { digest = ledger::node_hash(digest, digest); });
}

void leaf_hash_of_600_bytes(benchmark::State& state) {
  const Bytes entry(600, 'x');
  measure(state, [&] { benchmark::DoNotOptimize(ledger::leaf_hash(entry)); });
}

void append_one(benchmark::State& state) {
  ledger::Appender appender;
  std::vector<ledger::StoredHash> completed;
  const Digest digest = leaf(0);
  measure(state, [&] {
    completed.clear();
    appender.append(digest, completed);
  });
}

void append_one_and_root(benchmark::State& state) {
  ledger::Appender appender(*ledger::frontier(tiles(), tree_size));
  std::vector<ledger::StoredHash> completed;
  const Digest digest = leaf(0);
  measure(state, [&] {
    completed.clear();
    appender.append(digest, completed);
    benchmark::DoNotOptimize(appender.root());
  });
}

void inclusion_proof_from_tiles(benchmark::State& state) {
  std::uint64_t i = 0;
  tiles();
  measure(state,
          [&] { benchmark::DoNotOptimize(ledger::inclusion_proof(tiles(), next_index(i), tree_size)); });
}

// As a commit does it: the proofs of a batch of neighbours against one head.
void inclusion_proof_in_a_batch_of_100(benchmark::State& state) {
  tiles();
  measure(state, [&] {
    ledger::Prover prover(tiles(), tree_size);
    for (std::uint64_t i = tree_size - 100; i < tree_size; ++i) {
      benchmark::DoNotOptimize(prover.inclusion(i));
    }
  });
  state.SetItemsProcessed(state.iterations() * 100);
}

void verify_inclusion(benchmark::State& state) {
  const Digest root = *ledger::root(tiles(), tree_size);
  const auto proof = *ledger::inclusion_proof(tiles(), 618'033, tree_size);
  const Digest entry = leaf(618'033);
  measure(state, [&] {
    if (!ledger::verify_inclusion(entry, 618'033, tree_size, proof, root)) {
      state.SkipWithError("a proof does not verify");
    }
  });
}

void verify_consistency(benchmark::State& state) {
  const std::uint64_t old_size = 618'033;
  const Digest old_root = *ledger::root(tiles(), old_size);
  const Digest root = *ledger::root(tiles(), tree_size);
  const auto proof = *ledger::consistency_proof(tiles(), old_size, tree_size);
  measure(state, [&] {
    if (!ledger::verify_consistency(old_size, old_root, tree_size, root, proof)) {
      state.SkipWithError("a proof does not verify");
    }
  });
}

BENCHMARK(raw_evp_sha256_65_bytes);
BENCHMARK(node_hash);
BENCHMARK(leaf_hash_of_600_bytes);
BENCHMARK(append_one);
BENCHMARK(append_one_and_root);
BENCHMARK(inclusion_proof_from_tiles);
BENCHMARK(inclusion_proof_in_a_batch_of_100);
BENCHMARK(verify_inclusion);
BENCHMARK(verify_consistency);

} // namespace

BENCHMARK_MAIN();
