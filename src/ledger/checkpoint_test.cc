#include "ledger/checkpoint.h"

#include "ledger/merkle.h"
#include "ledger/testing/trees.h"

#include <doctest/doctest.h>

namespace sallyport::ledger {

using namespace testing;

namespace {

const std::string origin = "example.org/log";

Checkpoint head_of(const MemoryTiles& tiles, std::uint64_t size) {
  return {origin, size, *root(tiles, size)};
}

VerifierKey log_key() {
  return *VerifierKey::make(origin, SignatureType::ed25519, test_key(1).public_key());
}

} // namespace

TEST_CASE("a signed checkpoint opens to the same head") {
  const Checkpoint head{origin, 37, entry_hash(3)};
  const auto opened = open_checkpoint(*sign_checkpoint(head, test_key(1)), log_key());
  REQUIRE(opened);
  CHECK(*opened == head);
  CHECK_FALSE(open_checkpoint(*sign_checkpoint(head, test_key(2)), log_key()));
}

TEST_CASE("a log's key does not open the head of another log") {
  const Checkpoint other{"example.org/other", 37, entry_hash(3)};
  const std::string note = *sign_note(other.text(), origin, test_key(1));
  CHECK(open_checkpoint(note, log_key()).error().where == "checkpoint/origin");
}

TEST_CASE("a checkpoint is three lines in one spelling") {
  const std::string hash = to_base64(entry_hash(0).view());
  CHECK(parse_checkpoint("o\n0\n" + hash + "\n"));
  CHECK(parse_checkpoint("o\n10\n" + hash + "\n"));
  CHECK_FALSE(parse_checkpoint("o\n010\n" + hash + "\n"));
  CHECK_FALSE(parse_checkpoint("o\n00\n" + hash + "\n"));
  CHECK_FALSE(parse_checkpoint("o\n+1\n" + hash + "\n"));
  CHECK_FALSE(parse_checkpoint("o\n-1\n" + hash + "\n"));
  CHECK_FALSE(parse_checkpoint("o\n1 \n" + hash + "\n"));
  CHECK_FALSE(parse_checkpoint("o\n\n" + hash + "\n"));
  CHECK_FALSE(parse_checkpoint("\n1\n" + hash + "\n"));
  CHECK_FALSE(parse_checkpoint("o\n1\n" + hash));
  CHECK_FALSE(parse_checkpoint("o\n1\n" + hash.substr(0, 40) + "\n"));
  CHECK_FALSE(parse_checkpoint("o\n4611686018427387905\n" + hash + "\n"));
  CHECK_FALSE(parse_checkpoint("o\n99999999999999999999999\n" + hash + "\n"));
  CHECK(parse_checkpoint("o\n1\n" + hash + "\nmore\n").error().code == ErrorCode::unsupported);
}

TEST_CASE("the guard follows a log that grows") {
  const MemoryTiles tiles = tiles_of(600);
  HeadGuard guard = HeadGuard::genesis(origin);
  CHECK(guard.advance(head_of(tiles, 0), {}));
  CHECK(guard.advance(head_of(tiles, 5), {}));
  for (std::uint64_t size = 5; size < 600; size += 85) {
    CHECK(guard.advance(head_of(tiles, size), *consistency_proof(tiles, guard.last().size, size)));
    CHECK(guard.advance(head_of(tiles, size), {}));
    CHECK(guard.last() == head_of(tiles, size));
  }
}

TEST_CASE("the guard lets no head through that contradicts its last") {
  const MemoryTiles tiles = tiles_of(600);
  MemoryTiles fork = tiles_of(99);
  while (fork.size() < 600) {
    fork.append(entry_hash(0));
  }
  HeadGuard guard(head_of(tiles, 100));
  const auto refused = [&](const Checkpoint& next, const std::vector<Digest>& proof) {
    return !guard.advance(next, proof) && guard.last() == head_of(tiles, 100);
  };
  CHECK(refused(head_of(tiles, 99), {}));
  CHECK(refused(head_of(fork, 99), {}));
  CHECK(refused(head_of(fork, 100), {}));
  CHECK(guard.advance(head_of(fork, 100), {}).error().code == ErrorCode::conflict);
  CHECK(refused(head_of(tiles, 0), {}));
  CHECK(refused(head_of(tiles, 200), {}));
  CHECK(refused(head_of(tiles, 200), *consistency_proof(tiles, 99, 200)));
  CHECK(refused(head_of(fork, 200), *consistency_proof(fork, 100, 200)));
  CHECK(refused({"example.org/other", 200, *root(tiles, 200)}, *consistency_proof(tiles, 100, 200)));
  CHECK(guard.advance(head_of(tiles, 200), *consistency_proof(tiles, 100, 200)));
}

} // namespace sallyport::ledger
