#include "ledger/proof.h"

#include "canon/json.h"
#include "ledger/merkle.h"
#include "ledger/testing/trees.h"

#include <doctest/doctest.h>

#include <filesystem>

namespace sallyport::ledger {

using namespace testing;

namespace {

namespace fs = std::filesystem;

const std::string bundle = "worked-bundle/";

VerifierKey bundle_log() {
  std::string vkey = read_vector(bundle + "lane/trust/log.vkey");
  if (vkey.ends_with('\n')) {
    vkey.pop_back();
  }
  const auto key = VerifierKey::parse(vkey);
  REQUIRE(key);
  return *key;
}

Policy bundle_policy() {
  const auto policy = parse_policy(read_vector(bundle + "lane/trust/policy"));
  REQUIRE(policy);
  return *policy;
}

std::string bundle_leaf(std::uint64_t n) {
  char name[32];
  std::snprintf(name, sizeof name, "leaves/%04u.leaf.json", static_cast<unsigned>(n));
  return read_vector(bundle + name);
}

// Proof and entry of a small log of our own; the policy wants its witness.
struct Own {
  TlogProof proof;
  std::string entry;
  Policy policy;
};

Own own_proof() {
  const MemoryTiles tiles = tiles_of(37);
  const std::string note = *sign_checkpoint({"example.org/log", 37, *root(tiles, 37)}, test_key(1));
  Policy policy;
  policy.logs.push_back(
      {*VerifierKey::make("example.org/log", SignatureType::ed25519, test_key(1).public_key()), ""});
  policy.witnesses.push_back(
      {"w1", *VerifierKey::make("w.example", SignatureType::cosignature_v1, test_key(2).public_key()), ""});
  policy.quorum = "w1";
  const std::string cosigned = *cosign_note(note, "w.example", test_key(2), Instant{1'700'000'000'000});
  return {{17, *inclusion_proof(tiles, 17, 37), cosigned}, entry_text(17), policy};
}

} // namespace

TEST_CASE("an independent emitter's tlog-proof verifies, and for no other entry") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/tlog-proof");
  const auto about = canon::parse(read_vector("tlog-proof/vector.json"));
  REQUIRE(about);
  const std::string text = read_vector("tlog-proof/inclusion-737-of-1000.tlog-proof");
  const auto proof = parse_proof(text);
  const auto log = VerifierKey::parse(*about->find("log_vkey")->string());
  REQUIRE(proof);
  REQUIRE(log);
  CHECK(write_proof(*proof) == text);
  CHECK(proof->index == 737);
  const std::string leaf = read_vector("tlog-proof/leaf.bin");
  CHECK(leaf == entry_text(737));
  const auto head = verify_proof(*proof, as_bytes(leaf), *log);
  REQUIRE(head);
  CHECK(*head == Checkpoint{"gate.example/ledger/1", 1000, *root(tiles_of(1000), 1000)});
  CHECK_FALSE(verify_proof(*proof, as_bytes(leaf + " "), *log));

  crypto::Ed25519Public witness_public;
  const Bytes witness = *from_base64(*about->find("witness_ed25519_b64")->string());
  std::ranges::copy(witness, witness_public.begin());
  const auto witness_key = VerifierKey::make(*about->find("witness_name")->string(),
                                             SignatureType::cosignature_v1, witness_public);
  const Policy policy{{{*log, ""}}, {{"w", *witness_key, ""}}, {}, "w"};
  CHECK(verify_proof(*proof, as_bytes(leaf), policy));
}

TEST_CASE("our own proof of that entry is the independent emitter's, hash by hash") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/tlog-proof");
  const auto proof = parse_proof(read_vector("tlog-proof/inclusion-737-of-1000.tlog-proof"));
  REQUIRE(proof);
  CHECK(*inclusion_proof(tiles_of(1000), 737, 1000) == proof->hashes);
}

TEST_CASE("the worked bundle: leaves, both checkpoints, the way from one to the other") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle");
  MemoryTiles tiles;
  for (std::uint64_t n = 0; n < 39; ++n) {
    tiles.append(leaf_hash(as_bytes(bundle_leaf(n))));
  }
  const Policy policy = bundle_policy();
  const auto first = open_checkpoint(read_vector(bundle + "leaves/checkpoint-25"), policy);
  const auto last = open_checkpoint(read_vector(bundle + "leaves/checkpoint"), policy);
  REQUIRE(first);
  REQUIRE(last);
  CHECK(first->checkpoint == Checkpoint{"sallyport.example/psr", 25, *root(tiles, 25)});
  CHECK(last->checkpoint == Checkpoint{"sallyport.example/psr", 39, *root(tiles, 39)});
  CHECK(last->witnesses.size() == 1);

  const std::string text = read_vector(bundle + "lane/head.consistency");
  const auto consistency = parse_consistency(text);
  REQUIRE(consistency);
  CHECK(write_consistency(*consistency) == text);
  CHECK(*consistency == *consistency_proof(tiles, 25, 37));
  const auto receipt = parse_proof(read_vector(bundle + "lane/receipt.tlog-proof"));
  REQUIRE(receipt);
  const auto head = verify_proof(*receipt, as_bytes(read_vector(bundle + "lane/release.leaf")), policy);
  REQUIRE(head);
  CHECK(head->checkpoint.size == 37);
  CHECK(verify_consistency(25, first->checkpoint.root, 37, head->checkpoint.root, *consistency));
  CHECK_FALSE(verify_consistency(24, first->checkpoint.root, 37, head->checkpoint.root, *consistency));
}

TEST_CASE("the worked bundle: every proof verifies for its leaf, for no other, and with no bit changed") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle");
  const Policy policy = bundle_policy();
  const auto folder = sallyport::testing::shared_data("vectors/" + bundle);
  std::mt19937_64 random(4);
  std::size_t proofs = 0;
  std::string previous_leaf = "none";
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    fs::path leaf_path = file.path();
    if (leaf_path.extension() != ".tlog-proof") {
      continue;
    }
    leaf_path.replace_filename(leaf_path.stem() == "receipt" ? "release.leaf"
                                                             : leaf_path.stem().string() + ".leaf");
    CAPTURE(file.path().string());
    const std::string leaf = sallyport::testing::read_file(leaf_path);
    const std::string text = sallyport::testing::read_file(file.path());
    const auto proof = parse_proof(text);
    REQUIRE(proof);
    CHECK(verify_proof(*proof, as_bytes(leaf), policy));
    CHECK(verify_proof(*proof, as_bytes(leaf), bundle_log()));
    CHECK((previous_leaf == leaf || !verify_proof(*proof, as_bytes(previous_leaf), policy)));
    for (int round = 0; round < 8; ++round) {
      std::string damaged = text;
      damaged[below(random, text.size())] ^= static_cast<char>(1 << below(random, 7));
      const auto parsed = parse_proof(damaged);
      CHECK((!parsed || !verify_proof(*parsed, as_bytes(leaf), policy)));
    }
    previous_leaf = leaf;
    ++proofs;
  }
  CHECK(proofs == 28);
}

TEST_CASE("no single flipped bit of a proof is accepted") {
  const Own own = own_proof();
  const std::string text = write_proof(own.proof);
  REQUIRE(verify_proof(*parse_proof(text), as_bytes(own.entry), own.policy));
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string damaged = text;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const auto parsed = parse_proof(damaged);
    CAPTURE(bit);
    CHECK((!parsed || !verify_proof(*parsed, as_bytes(own.entry), own.policy)));
  }
}

TEST_CASE("a proof has one spelling") {
  const std::string text = write_proof(own_proof().proof);
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    return changed.replace(changed.find(from), from.size(), to);
  };
  CHECK(parse_proof(text));
  CHECK_FALSE(parse_proof(with("@v1", "@v2")));
  CHECK_FALSE(parse_proof(with("index 17", "index 017")));
  CHECK_FALSE(parse_proof(with("index 17", "index  17")));
  CHECK_FALSE(parse_proof(with("index 17\n", "")));
  CHECK_FALSE(parse_proof(with("index 17\n", "index 17\r\n")));
  CHECK_FALSE(parse_proof(with("index 17\n", "index 17\n\n")));
  CHECK_FALSE(parse_proof(with("=\n", "\n")));
  CHECK(parse_proof(with("index 17\n", "extra YQ==\nindex 17\n")).error().code == ErrorCode::unsupported);
  CHECK_FALSE(parse_proof(""));
  CHECK_FALSE(parse_proof("c2sp.org/tlog-proof@v1\nindex 0\n"));
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto parsed = parse_proof(std::string_view(text).substr(0, length));
    CHECK((!parsed || parsed->checkpoint != own_proof().proof.checkpoint));
  }
}

TEST_CASE("a list of hashes is bounded and strict") {
  const std::vector<Digest> most(63, entry_hash(0));
  const std::string text = write_consistency(most);
  CHECK(*parse_consistency(text) == most);
  CHECK(parse_consistency("")->empty());
  CHECK(parse_consistency(text + text.substr(0, 45)).error().code == ErrorCode::too_large);
  CHECK_FALSE(parse_consistency(text.substr(0, 44)));
  CHECK_FALSE(parse_consistency("\n"));
}

} // namespace sallyport::ledger
