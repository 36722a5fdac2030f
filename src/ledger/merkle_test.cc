#include "ledger/merkle.h"

#include "base/limits.h"
#include "canon/json.h"
#include "ledger/testing/trees.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>

namespace sallyport::ledger {

using namespace testing;

namespace {

// Vectors hold hashes that are no hashes, and indexes beyond 2^53: nothing then, as every typed caller
// refuses them before it comes here.
std::optional<Digest> hash_from(std::string_view base64) {
  const auto bytes = from_base64(base64);
  if (!bytes || bytes->size() != 32) {
    return std::nullopt;
  }
  return *Digest::from_bytes(*bytes);
}

std::optional<Digest> hash_of(const canon::Value& vector, std::string_view name) {
  return hash_from(*vector.find(name)->string());
}

std::optional<std::uint64_t> number_of(const canon::Value& vector, std::string_view name) {
  const std::int64_t* number = vector.find(name)->integer();
  return number != nullptr ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

std::optional<std::vector<Digest>> proof_of(const canon::Value& vector) {
  std::vector<Digest> proof;
  const canon::Array* const hashes = vector.find("proof")->array();
  for (const canon::Value& hash : hashes != nullptr ? *hashes : canon::Array{}) {
    const auto digest = hash_from(*hash.string());
    if (!digest) {
      return std::nullopt;
    }
    proof.push_back(*digest);
  }
  return proof;
}

bool inclusion_holds(const canon::Value& v) {
  const auto leaf = hash_of(v, "leafHash");
  const auto root = hash_of(v, "root");
  const auto index = number_of(v, "leafIdx");
  const auto size = number_of(v, "treeSize");
  const auto proof = proof_of(v);
  return leaf && root && index && size && proof && verify_inclusion(*leaf, *index, *size, *proof, *root);
}

bool consistency_holds(const canon::Value& v) {
  const auto old_root = hash_of(v, "root1");
  const auto new_root = hash_of(v, "root2");
  const auto old_size = number_of(v, "size1");
  const auto new_size = number_of(v, "size2");
  const auto proof = proof_of(v);
  return old_root && new_root && old_size && new_size && proof &&
         verify_consistency(*old_size, *old_root, *new_size, *new_root, *proof);
}

// A vector whose roots are words of twelve bytes: equal, so its authors call it consistent. Here a root
// is a digest or it is nothing.
constexpr std::string_view not_hashes = "sizes-are-equal-one-and-proof-is-empty.json";

} // namespace

TEST_CASE("the public vectors of RFC 6962 proofs get their verdict") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/rfc6962");
  std::size_t vectors = 0;
  std::size_t accepted = 0;
  for (const std::string kind : {"inclusion", "consistency"}) {
    const auto folder = sallyport::testing::shared_data("vectors/rfc6962/" + kind);
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (!file.is_regular_file()) {
        continue;
      }
      CAPTURE(file.path().string());
      const auto vector = canon::parse_foreign(sallyport::testing::read_file(file.path()));
      REQUIRE(vector);
      const bool holds = kind == "inclusion" ? inclusion_holds(*vector) : consistency_holds(*vector);
      const bool wanted = !*vector->find("wantErr")->boolean() && file.path().filename() != not_hashes;
      CHECK(holds == wanted);
      ++vectors;
      accepted += holds ? 1 : 0;
    }
  }
  CHECK(vectors == 196);
  CHECK(accepted == 11);
}

TEST_CASE("the reference tree has its published roots at every size") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/rfc6962");
  const auto reference = canon::parse(read_vector("rfc6962/reference-roots.json"));
  REQUIRE(reference);
  const canon::Array& inputs = *reference->find("leaf_inputs_hex")->array();
  const canon::Array& roots = *reference->find("roots_hex_by_size")->array();
  REQUIRE(roots.size() == inputs.size() + 1);
  Frontier frontier;
  CHECK(frontier.root().hex() == *roots[0].string());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    frontier.append(leaf_hash(*from_hex(*inputs[i].string())));
    CHECK(frontier.root().hex() == *roots[i + 1].string());
  }
}

TEST_CASE("leaf and node hashes have different prefixes") {
  const Digest a = entry_hash(0);
  Bytes both(a.bytes.begin(), a.bytes.end());
  both.insert(both.end(), a.bytes.begin(), a.bytes.end());
  CHECK(node_hash(a, a) != leaf_hash(both));
}

TEST_CASE("the frontier has the root of the definition at every size") {
  std::vector<Digest> leaves;
  Frontier frontier;
  for (std::uint64_t size = 0; size <= 300; ++size) {
    REQUIRE(frontier.size() == size);
    REQUIRE(frontier.root() == defined_root(leaves));
    leaves.push_back(entry_hash(size));
    frontier.append(leaves.back());
  }
}

TEST_CASE("a frontier is restored from its own peaks only in the right number") {
  Frontier frontier;
  for (std::uint64_t i = 0; i < 37; ++i) {
    frontier.append(entry_hash(i));
  }
  auto restored = Frontier::restore(37, frontier.peaks());
  REQUIRE(restored);
  restored->append(entry_hash(37));
  frontier.append(entry_hash(37));
  CHECK(*restored == frontier);
  CHECK_FALSE(Frontier::restore(39, restored->peaks()));
  CHECK_FALSE(Frontier::restore(tree_size_max + 1, {entry_hash(0), entry_hash(1)}));
}

TEST_CASE("a frontier tells of every subtree once, when it is complete") {
  std::size_t nodes = 0;
  Frontier frontier;
  std::vector<Digest> leaves;
  for (std::uint64_t i = 0; i < 64; ++i) {
    leaves.push_back(entry_hash(i));
    frontier.append(leaves.back(), [&](unsigned bits, std::uint64_t index, const Digest& hash) {
      const std::uint64_t width = std::uint64_t{1} << bits;
      CHECK((index + 1) * width == i + 1);
      CHECK(hash == defined_root(std::span(leaves).subspan(index * width, width)));
      ++nodes;
    });
  }
  CHECK(nodes == 127);
}

TEST_CASE("a proof with more hashes than any tree needs is refused for its length") {
  const std::vector<Digest> proof(limits::proof_hashes + 1, entry_hash(0));
  const auto inclusion = verify_inclusion(entry_hash(0), 0, tree_size_max, proof, entry_hash(0));
  const auto consistency = verify_consistency(1, entry_hash(0), tree_size_max, entry_hash(0), proof);
  REQUIRE_FALSE(inclusion);
  REQUIRE_FALSE(consistency);
  CHECK(inclusion.error().code == ErrorCode::too_large);
  CHECK(consistency.error().code == ErrorCode::too_large);
}

TEST_CASE("sizes beyond the largest tree are refused, not computed with") {
  const std::uint64_t huge = ~std::uint64_t{0};
  const Digest any = entry_hash(0);
  CHECK_FALSE(verify_inclusion(any, huge - 1, huge, {}, any));
  CHECK_FALSE(verify_consistency(huge, any, huge, any, {}));
  CHECK_FALSE(verify_inclusion(any, 0, 0, {}, any));
}

} // namespace sallyport::ledger
