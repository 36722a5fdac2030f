#include "lane/bundle.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/sshsig.h"
#include "lane/testing/release.h"

#include "base/testing/shared_data.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <random>
#include <set>

using namespace sallyport;
using namespace sallyport::lane;
namespace fs = std::filesystem;

namespace {

const lane::testing::Release& sample() {
  static const lane::testing::Release release;
  return release;
}

class Folder {
public:
  Folder() : path_(fs::temp_directory_path() / ("sallyport-lane-" + std::to_string(std::random_device{}()))) {
    fs::create_directory(path_);
  }

  ~Folder() { fs::remove_all(path_); }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path operator/(const std::string& name) const { return path_ / name; }

private:
  fs::path path_;
};

std::set<std::string> names_of(const Files& files) {
  std::set<std::string> out;
  for (const auto& [name, bytes] : files) {
    out.insert(name.starts_with("parts/") ? "parts/*" : name);
  }
  return out;
}

Files on_disk(const fs::path& folder) {
  Files out;
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (item.is_regular_file()) {
      out[item.path().lexically_relative(folder).string()] = sallyport::testing::read_file(item.path());
    }
  }
  return out;
}

} // namespace

TEST_CASE("acceptances lie in both bundles, each with the signature of its statement") {
  lane::testing::Options options;
  options.ledger.there = true;
  options.approvals = 1;
  const lane::testing::Release release(options);
  for (const Files& files : {release.lane(), release.proof()}) {
    for (const char* name : {"accepts/1.leaf", "accepts/1.sig", "accepts/1.tlog-proof", "accepts/2.sig"}) {
      CHECK_MESSAGE(files.contains(name), name);
    }
    CHECK_FALSE(files.contains("promotions/1.leaf"));
  }
  CHECK(std::ranges::count_if(names_of(release.lane()), [](const auto& n) { return n == "parts/*"; }) == 1);
  BundleInput other = release.proof_input();
  other.accepts = {other.release}; // no act of acceptance
  CHECK_FALSE(assemble(other));
}

TEST_CASE("a lane bundle and a proof bundle have the fixed names and no others") {
  const std::set<std::string> both = {"disclosures.json",
                                      "entry.json",
                                      "head.consistency",
                                      "index.json",
                                      "manifest.dsse.json",
                                      "manifest.json",
                                      "promotions/1.leaf",
                                      "promotions/1.tlog-proof",
                                      "receipt.tlog-proof",
                                      "release.leaf",
                                      "revision.json",
                                      "signatures/1.leaf",
                                      "signatures/1.sig",
                                      "signatures/1.tlog-proof",
                                      "signatures/2.leaf",
                                      "signatures/2.sig",
                                      "signatures/2.tlog-proof",
                                      "signers",
                                      "trust/charter.json",
                                      "trust/charter.leaf",
                                      "trust/charter.tlog-proof",
                                      "trust/gate.pub.pem",
                                      "trust/genesis.leaf",
                                      "trust/genesis.tlog-proof",
                                      "trust/key-1.leaf",
                                      "trust/key-1.tlog-proof",
                                      "trust/key-2.leaf",
                                      "trust/key-2.tlog-proof",
                                      "trust/log.vkey",
                                      "trust/policy",
                                      "trust/ratify-1.leaf",
                                      "trust/ratify-1.tlog-proof",
                                      "trust/ratify-2.leaf",
                                      "trust/ratify-2.tlog-proof",
                                      "trust/roster.json",
                                      "trust/roster.leaf",
                                      "trust/roster.tlog-proof",
                                      "view.json"};
  std::set<std::string> of_lane = both;
  of_lane.insert("parts/*");
  CHECK(names_of(sample().lane()) == of_lane);
  std::set<std::string> of_proof = both;
  of_proof.insert({"recheck/opened.leaf", "recheck/opened.tlog-proof", "recheck/1.leaf",
                   "recheck/1.tlog-proof", "recheck/2.leaf", "recheck/2.tlog-proof"});
  CHECK(names_of(sample().proof()) == of_proof);
}

TEST_CASE("what people signed beside the manifest has names of its own, and the rest of a split is named to "
          "auditors only") {
  lane::testing::Options options;
  options.acts = {.leads = true, .override_by = {3, 4}, .ratify_by = {5}, .split_by = {3}, .partial_by = 3};
  const lane::testing::Release release(options);
  const std::set<std::string> lane = names_of(release.lane());
  const std::set<std::string> proof = names_of(release.proof());
  for (const std::string stem : {"overrides/1", "overrides/2", "substitutes/1", "substitutes/drafted",
                                 "substitutes/drafter", "substitutes/submitted", "splits/1"}) {
    for (const char* end : {".leaf", ".tlog-proof"}) {
      CHECK_MESSAGE(lane.contains(stem + end), stem);
      CHECK_MESSAGE(proof.contains(stem + end), stem);
    }
  }
  CHECK(lane.contains("partial.json"));
  CHECK_FALSE(lane.contains("partial.leaf"));
  CHECK(proof.contains("partial.leaf"));
  CHECK_FALSE(proof.contains("partial.json"));
  const std::string rest = PacketId::from_random(39).str();
  for (const auto& [name, bytes] : release.lane()) {
    CHECK_MESSAGE(bytes.find(rest) == std::string::npos, name);
  }
  CHECK(release.lane().at("disclosures.json").find("rationales") != std::string::npos);
  CHECK(release.proof().at("disclosures.json").find("rationales") == std::string::npos);
}

TEST_CASE(
    "a charter that replaced others brings each version of charter and roster along, from the first on") {
  lane::testing::Options options;
  options.later_charters.resize(2);
  options.later_charters[1].roster = [](packet::Roster&) {};
  const lane::testing::Release release(options);
  std::set<std::string> more = {"trust/proposed.leaf", "trust/proposed.tlog-proof", "trust/roster-1.json",
                                "trust/roster-1.leaf", "trust/roster-1.tlog-proof"};
  for (const std::string stem : {"trust/charter-1", "trust/charter-2"}) {
    for (const char* end :
         {".json", ".leaf", ".tlog-proof", "-proposed.leaf", "-proposed.tlog-proof", "-ratify-1.leaf",
          "-ratify-1.tlog-proof", "-ratify-2.leaf", "-ratify-2.tlog-proof"}) {
      more.insert(stem + end);
    }
  }
  std::set<std::string> expected = names_of(sample().lane());
  expected.insert(more.begin(), more.end());
  CHECK(names_of(release.lane()) == expected);
  expected = names_of(sample().proof());
  expected.insert(more.begin(), more.end());
  CHECK(names_of(release.proof()) == expected);
}

TEST_CASE("a roster that replaced others brings each version along, under whatever version of the charter") {
  lane::testing::Options options;
  options.later_rosters.resize(2, [](packet::Roster&) {});
  const lane::testing::Release release(options);
  std::set<std::string> more;
  for (const std::string stem : {"trust/roster-1", "trust/roster-2"}) {
    more.insert({stem + ".json", stem + ".leaf", stem + ".tlog-proof"});
  }
  std::set<std::string> expected = names_of(sample().lane());
  expected.insert(more.begin(), more.end());
  CHECK(names_of(release.lane()) == expected);
  expected = names_of(sample().proof());
  expected.insert(more.begin(), more.end());
  CHECK(names_of(release.proof()) == expected);
}

TEST_CASE("the names are those of the worked example") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle");
  const auto drop_numbers = [](const std::set<std::string>& names) {
    std::set<std::string> out;
    for (std::string name : names) {
      std::erase_if(name, [](char c) { return c >= '0' && c <= '9'; });
      out.insert(name);
    }
    return out;
  };
  const fs::path worked = sallyport::testing::shared_data("vectors/worked-bundle");
  // The example has an annex and no promotion of it; promotions came later.
  const auto without_acts = [&](const Files& files) {
    std::set<std::string> names = drop_numbers(names_of(files));
    std::erase_if(names, [](const std::string& name) { return name.starts_with("promotions/"); });
    return names;
  };
  CHECK(drop_numbers(names_of(on_disk(worked / "lane"))) == without_acts(sample().lane()));
  CHECK(drop_numbers(names_of(on_disk(worked / "proof"))) == without_acts(sample().proof()));
}

TEST_CASE("the index has the digest of every other file, and .sig is the armored signature of its leaf") {
  const Files files = sample().lane();
  const canon::Value index = canon::parse(files.at("index.json")).value();
  CHECK(index.find("kind")->string() != nullptr);
  CHECK(*index.find("kind")->string() == "lane");
  CHECK(index.find("files")->object()->size() == files.size() - 1);
  for (const auto& [name, digest] : *index.find("files")->object()) {
    CHECK(crypto::sha256(files.at(name)).hex() == *digest.string());
  }
  const packet::Leaf leaf = packet::decode(files.at("signatures/2.leaf")).value();
  CHECK(to_base64(crypto::dearmor(files.at("signatures/2.sig")).value()) ==
        std::get<packet::ManifestSigned>(leaf.record).sig);
}

TEST_CASE("what cannot be a bundle is not assembled") {
  BundleInput proof = sample().proof_input();
  proof.revision_disclosures = sample().lane_input().revision_disclosures;
  CHECK_FALSE(assemble(proof));
  BundleInput lane = sample().lane_input();
  lane.recheck = sample().proof_input().recheck;
  CHECK_FALSE(assemble(lane));
  lane = sample().lane_input();
  lane.parts.begin()->second.push_back(0);
  CHECK_FALSE(assemble(lane));
  lane = sample().lane_input();
  lane.signatures.front() = lane.roster;
  CHECK_FALSE(assemble(lane));
  lane = sample().lane_input();
  lane.entry += " ";
  CHECK_FALSE(assemble(lane));
}

TEST_CASE("written files are those that were given, and nothing is written over") {
  const Folder folder;
  const Files files = sample().lane();
  REQUIRE(write_files(files, folder / "bundle"));
  CHECK(on_disk(folder / "bundle") == files);
  CHECK(write_files(files, folder / "bundle").error().code == ErrorCode::conflict);
  for (const char* name : {"../out", "/out", "a/../../out", "", "a/"}) {
    CHECK_FALSE(write_files({{name, "x"}}, folder / "other"));
  }
  CHECK_FALSE(fs::exists(folder / "out"));
}

TEST_CASE("a trust file pins what genesis and policy say, and each log once") {
  const canon::Value trust = canon::parse(sample().trust()).value();
  const canon::Value& log = trust.find("logs")->array()->front();
  CHECK(*log.find("genesis")->string() == crypto::sha256(sample().lane_input().genesis.leaf).hex());
  CHECK(*log.find("log_vkey")->string() == sample().lane_input().log_vkey);
  CHECK(*log.find("witness_policy")->string() == sample().lane_input().policy);
  CHECK(log.find("owners")->array()->size() == 2);
  const LogTrust known{sample().lane_input().genesis.leaf, sample().lane_input().policy};
  CHECK_FALSE(trust_json({known, known}));
  CHECK_FALSE(trust_json({{sample().lane_input().roster.leaf, known.policy}}));
  lane::testing::Options other;
  other.seed = 9;
  CHECK_FALSE(trust_json({{known.genesis_leaf, lane::testing::Release(other).lane_input().policy}}));
}
