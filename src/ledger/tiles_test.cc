#include "ledger/tiles.h"

#include "ledger/testing/trees.h"

#include <doctest/doctest.h>

#include <map>
#include <utility>

namespace sallyport::ledger {

using namespace testing;

namespace {

struct Heads {
  MemoryTiles tiles;
  std::vector<Digest> leaves;
  std::vector<Digest> roots; // by size
};

const Heads& heads() {
  static const Heads built = [] {
    Heads h;
    Frontier frontier;
    h.roots.push_back(frontier.root());
    for (std::uint64_t i = 0; i < 2000; ++i) {
      h.leaves.push_back(entry_hash(i));
      h.tiles.append(h.leaves.back());
      frontier.append(h.leaves.back());
      h.roots.push_back(frontier.root());
    }
    return h;
  }();
  return built;
}

std::vector<Digest> inclusion(std::uint64_t index, std::uint64_t size) {
  const auto proof = inclusion_proof(heads().tiles, index, size);
  REQUIRE(proof);
  return *proof;
}

std::vector<Digest> consistency(std::uint64_t old_size, std::uint64_t new_size) {
  const auto proof = consistency_proof(heads().tiles, old_size, new_size);
  REQUIRE(proof);
  return *proof;
}

bool included(std::uint64_t index, std::uint64_t size, std::span<const Digest> proof) {
  return verify_inclusion(heads().leaves[index], index, size, proof, heads().roots[size]).has_value();
}

bool consistent(std::uint64_t old_size, std::uint64_t new_size, std::span<const Digest> proof) {
  return verify_consistency(old_size, heads().roots[old_size], new_size, heads().roots[new_size], proof)
      .has_value();
}

} // namespace

TEST_CASE("tiles, frontier and the definition have one root") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t size =
        round < 4 ? std::uint64_t{255} + static_cast<std::uint64_t>(round) : below(random, 2001);
    CAPTURE(size);
    const auto from_tiles = root(heads().tiles, size);
    REQUIRE(from_tiles);
    CHECK(*from_tiles == heads().roots[size]);
    CHECK(*from_tiles == defined_root(std::span(heads().leaves).first(size)));
    const auto restored = frontier(heads().tiles, size);
    REQUIRE(restored);
    CHECK(restored->root() == *from_tiles);
  }
}

TEST_CASE("in small trees every inclusion and consistency proof verifies, and for no other place") {
  for (std::uint64_t size = 1; size <= 40; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const std::vector<Digest> proof = inclusion(index, size);
      for (std::uint64_t other = 0; other < size; ++other) {
        const bool holds =
            verify_inclusion(heads().leaves[index], other, size, proof, heads().roots[size]).has_value();
        REQUIRE(holds == (other == index));
      }
    }
    for (std::uint64_t old_size = 1; old_size <= size; ++old_size) {
      const std::vector<Digest> proof = consistency(old_size, size);
      for (std::uint64_t other = 1; other <= size; ++other) {
        const bool holds =
            verify_consistency(other, heads().roots[old_size], size, heads().roots[size], proof).has_value();
        REQUIRE(holds == (other == old_size));
      }
    }
  }
}

TEST_CASE("in trees to 2,000 proofs verify, and with one bit, index, size or hash changed they do not") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 400; ++round) {
    const std::uint64_t size = 2 + below(random, 1999);
    const std::uint64_t index = below(random, size);
    CAPTURE(size);
    CAPTURE(index);
    std::vector<Digest> proof = inclusion(index, size);
    REQUIRE(included(index, size, proof));
    const Digest& leaf = heads().leaves[index];
    const Digest& head = heads().roots[size];
    const std::uint64_t other_index = (index + 1 + below(random, size - 1)) % size;
    CHECK_FALSE(verify_inclusion(leaf, other_index, size, proof, head));
    const std::uint64_t other_size = (size + 1 + below(random, 1999)) % 2001;
    CHECK((other_size == size || other_size <= index || !included(index, other_size, proof)));
    CHECK_FALSE(verify_inclusion(flip(leaf, below(random, 256)), index, size, proof, head));
    CHECK_FALSE(verify_inclusion(leaf, index, size, proof, flip(head, below(random, 256))));
    Digest& damaged = proof[below(random, proof.size())];
    damaged = flip(damaged, below(random, 256));
    CHECK_FALSE(included(index, size, proof));
    proof = inclusion(index, size);
    proof.pop_back();
    CHECK_FALSE(included(index, size, proof));
    proof = inclusion(index, size);
    proof.push_back(head);
    CHECK_FALSE(included(index, size, proof));
  }
}

TEST_CASE("in trees to 2,000 consistency proofs verify, and changed ones do not") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 400; ++round) {
    const std::uint64_t size = 2 + below(random, 1999);
    const std::uint64_t old_size = 1 + below(random, size - 1);
    CAPTURE(size);
    CAPTURE(old_size);
    std::vector<Digest> proof = consistency(old_size, size);
    REQUIRE(consistent(old_size, size, proof));
    const Digest& old_head = heads().roots[old_size];
    const Digest& head = heads().roots[size];
    CHECK_FALSE(verify_consistency(old_size, flip(old_head, below(random, 256)), size, head, proof));
    CHECK_FALSE(verify_consistency(old_size, old_head, size, flip(head, below(random, 256)), proof));
    const std::uint64_t other = 1 + below(random, size);
    CHECK((other == old_size || !verify_consistency(other, old_head, size, head, proof)));
    CHECK((other == old_size || !consistent(other, size, proof)));
    Digest& damaged = proof[below(random, proof.size())];
    damaged = flip(damaged, below(random, 256));
    CHECK_FALSE(consistent(old_size, size, proof));
    proof = consistency(old_size, size);
    proof.pop_back();
    CHECK_FALSE(consistent(old_size, size, proof));
  }
}

TEST_CASE(
    "one prover gives, in any order, the proofs that fresh ones give, and reads a tile once for neighbours") {
  class Counting final : public TileReader {
  public:
    Result<Digest> hash(unsigned level, std::uint64_t index) const override {
      return heads().tiles.hash(level, index);
    }

    Result<void> hashes(unsigned level, std::uint64_t first, std::span<Digest> out) const override {
      ++reads;
      return heads().tiles.hashes(level, first, out);
    }

    mutable int reads = 0;
  };

  const Counting reader;
  Prover prover(reader, 1700);
  for (std::uint64_t index = 512; index < 768; ++index) {
    REQUIRE(*prover.inclusion(index) == inclusion(index, 1700));
  }
  CHECK(reader.reads == 3);
  std::mt19937_64 random(5);
  for (int round = 0; round < 100; ++round) {
    const std::uint64_t index = below(random, 1700);
    REQUIRE(*prover.inclusion(index) == inclusion(index, 1700));
    REQUIRE(*prover.consistency(index + 1) == consistency(index + 1, 1700));
    REQUIRE(*prover.root() == heads().roots[1700]);
  }
}

TEST_CASE("proofs outside the tree are not made") {
  CHECK_FALSE(inclusion_proof(heads().tiles, 5, 5));
  CHECK_FALSE(inclusion_proof(heads().tiles, 0, 2001));
  CHECK_FALSE(consistency_proof(heads().tiles, 0, 5));
  CHECK_FALSE(consistency_proof(heads().tiles, 6, 5));
  CHECK_FALSE(root(heads().tiles, tree_size_max + 1));
  CHECK(consistency(7, 7).empty());
}

TEST_CASE("the appender names each stored hash once, and only the levels that are stored") {
  std::map<std::pair<unsigned, std::uint64_t>, Digest> stored;
  Appender appender;
  constexpr std::uint64_t size = 65'536 + 300;
  Frontier reference;
  for (std::uint64_t i = 0; i < size; ++i) {
    const Digest leaf = entry_hash(i % 7);
    std::vector<StoredHash> completed;
    appender.append(leaf, completed);
    reference.append(leaf);
    REQUIRE(completed.front() == StoredHash{0, i, leaf});
    for (const StoredHash& hash : completed) {
      REQUIRE(stored.emplace(std::pair(hash.level, hash.index), hash.hash).second);
    }
  }
  CHECK(stored.size() == size + 257 + 1);
  CHECK(stored.contains({2, 0}));
  CHECK(appender.root() == reference.root());
}

TEST_CASE("an appender that goes on from stored tiles is the same appender") {
  Appender resumed(*frontier(heads().tiles, 777));
  std::vector<StoredHash> completed;
  for (std::uint64_t i = 777; i < 2000; ++i) {
    resumed.append(heads().leaves[i], completed);
  }
  CHECK(resumed.root() == heads().roots[2000]);
  CHECK(completed.back() == StoredHash{0, 1999, heads().leaves[1999]});
}

TEST_CASE("a reader that gives hashes one by one is enough, and its faults come through") {
  class OneByOne final : public TileReader {
  public:
    Result<Digest> hash(unsigned level, std::uint64_t index) const override {
      if (level == 1 && index == 2) {
        return fail(ErrorCode::corrupt, "tile", "unreadable");
      }
      return heads().tiles.hash(level, index);
    }
  };

  const auto good = inclusion_proof(OneByOne{}, 100, 700);
  REQUIRE(good);
  CHECK(included(100, 700, *good));
  const auto bad = root(OneByOne{}, 800);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == ErrorCode::corrupt);
}

TEST_CASE("tile paths are those of the specification") {
  CHECK(tile_path(0, 0) == "tile/0/000");
  CHECK(tile_path(0, 1'234'067) == "tile/0/x001/x234/067");
  CHECK(tile_path(0, 1000) == "tile/0/x001/000");
  CHECK(entries_path(999) == "tile/entries/999");
  CHECK(entries_path(1'234'067, 5) == "tile/entries/x001/x234/067.p/5");
  // A tree of 70,000: 273 full tiles and 112 hashes; one full tile and 17 hashes; one hash.
  CHECK(tile_path(0, 70'000 / 256, 70'000 % 256) == "tile/0/273.p/112");
  CHECK(tile_path(1, 273 / 256, 273 % 256) == "tile/1/001.p/17");
  CHECK(tile_path(2, 0, 1) == "tile/2/000.p/1");
}

TEST_CASE("an entry bundle reads back as what was put in, and not otherwise") {
  Bytes bundle;
  const Bytes large(entry_bytes_max, 'x');
  REQUIRE(append_to_bundle(bundle, as_bytes("one")));
  REQUIRE(append_to_bundle(bundle, {}));
  REQUIRE(append_to_bundle(bundle, large));
  const auto entries = parse_bundle(bundle, 3);
  REQUIRE(entries);
  CHECK(as_text((*entries)[0]) == "one");
  CHECK((*entries)[1].empty());
  CHECK((*entries)[2].size() == entry_bytes_max);
  CHECK_FALSE(parse_bundle(bundle, 2));
  CHECK_FALSE(parse_bundle(bundle, 4));
  CHECK_FALSE(parse_bundle(bundle, 0));
  CHECK_FALSE(parse_bundle(bundle, 257));
  for (std::size_t length = 0; length < 10; ++length) {
    CHECK_FALSE(parse_bundle(ByteView(bundle).first(length), 3));
  }
  CHECK_FALSE(append_to_bundle(bundle, Bytes(entry_bytes_max + 1)));
}

} // namespace sallyport::ledger
