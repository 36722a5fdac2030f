// A bundle as a whole: which files it has, whose keys it stands under, and how the verdict is told.
#include "verify/testing/cases.h"

#include "verify/report.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

using namespace sallyport;
using namespace sallyport::verify;
using namespace sallyport::verify::testing;
namespace fs = std::filesystem;

namespace {

class Folder {
public:
  Folder()
      : path_(fs::temp_directory_path() / ("sallyport-verify-" + std::to_string(std::random_device{}()))) {
    fs::create_directory(path_);
  }

  ~Folder() { fs::remove_all(path_); }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const fs::path& path() const { return path_; }

  int run(const std::string& command) const {
    return std::system(("cd '" + path_.string() + "' && " + command + " >out 2>&1").c_str());
  }

private:
  fs::path path_;
};

} // namespace

TEST_CASE("a valid lane bundle and a valid proof bundle are authentic under their trust file") {
  for (const Files& files : {sample().lane(), sample().proof()}) {
    const Report report = judge(files);
    CHECK_MESSAGE(report.authentic(), told(report));
    CHECK(report.signatures.size() == 2);
    CHECK(report.signatures.at(1).key_class == "webauthn-uv");
    CHECK(report.signatures.at(1).origin == "https://sallyport.example");
  }
}

TEST_CASE("without a trust file a bundle is consistent and never authentic") {
  const Report report = verify::verify(sample().lane(), nullptr);
  CHECK_MESSAGE(report.faults.empty(), told(report));
  CHECK_FALSE(report.authentic());
  CHECK(to_text(report).starts_with("CONSISTENT, NOT AUTHENTICATED"));
}

TEST_CASE("a well-formed bundle under foreign keys is refused by our trust, not by its own") {
  for (const Files& files : {foreign().lane(), foreign().proof()}) {
    CHECK(judge(files, trust_of(foreign())).authentic());
    const Report report = judge(files);
    CHECK(names(report, "trust/genesis.leaf"));
    CHECK(names(report, "trust/log.vkey"));
    CHECK(names(report, "trust/policy"));
    CHECK(names(report, "trust/gate.pub.pem"));
    CHECK(names(report, "receipt.tlog-proof"));
  }
}

TEST_CASE("a log that is not pinned is refused") {
  Options options;
  options.origin = "sallyport.example/other";
  const Report report = judge(Release(options).lane());
  CHECK(says(report, "--trust", "does not pin the log of this bundle"));
}

TEST_CASE("one bit flipped anywhere, as received, is a fault that names the file") {
  for (const Files& files : {sample().lane(), sample().proof()}) {
    Files damaged = files;
    std::size_t count = 0;
    for (const auto& [name, bytes] : files) {
      for (std::size_t i = 0; i < bytes.size(); i += stride(23)) {
        damaged[name][i] = static_cast<char>(bytes[i] ^ (1 << (count++ % 8)));
        const Report report = judge(damaged);
        REQUIRE_MESSAGE(names(report, name), name, " at ", i);
        damaged[name][i] = bytes[i];
      }
    }
  }
}

TEST_CASE("one bit flipped anywhere is a fault though the index is made to agree") {
  for (const Files& files : {sample().lane(), sample().proof()}) {
    Files damaged = files;
    std::size_t count = 0;
    for (const auto& [name, bytes] : files) {
      if (name == "index.json") {
        continue;
      }
      for (std::size_t i = 0; i < bytes.size(); i += stride(293)) {
        damaged[name][i] = static_cast<char>(bytes[i] ^ (1 << (count++ % 8)));
        const Report report = judge(reindexed(damaged));
        REQUIRE_MESSAGE(!report.faults.empty(), name, " at ", i);
        damaged[name][i] = bytes[i];
      }
    }
  }
}

TEST_CASE("a file removed or added is named, though the index is made to agree") {
  for (const Files& files : {sample().lane(), sample().proof()}) {
    for (const auto& [name, bytes] : files) {
      Files fewer = files;
      fewer.erase(name);
      CHECK_MESSAGE(names(judge(name == "index.json" ? fewer : reindexed(fewer)), name), name);
    }
    for (const char* name :
         {"readme.txt", "trust/extra.leaf", "parts/x", "signatures/4.sig", "recheck/9.leaf", "accepts/x.leaf",
          "erasure/x.leaf", "trust/rotation-1.leaf", "trust/key-01.leaf", "trust/charter-1.json",
          "trust/proposed.leaf", "trust/roster-1.leaf"}) {
      Files more = files;
      more[name] = "x";
      CHECK_MESSAGE(names(judge(reindexed(more)), name), std::string(name));
    }
  }
  Files lane = sample().lane();
  lane["signatures/3.sig"] = "x";
  CHECK(says(judge(reindexed(lane)), "signatures/3.leaf", "is missing"));
  lane = sample().lane();
  lane["parts/" + crypto::sha256("more").hex()] = "more";
  CHECK(says(judge(reindexed(lane)), "parts/" + crypto::sha256("more").hex(),
             "is a part that the view does not name"));
}

TEST_CASE("a part is the bytes that its name says") {
  Files files = sample().lane();
  const auto part = files.lower_bound("parts/");
  part->second += "more";
  CHECK(says(judge(reindexed(files)), part->first, "is not the part that its name says"));
}

TEST_CASE("a file that belongs to another release of the same log does not fit") {
  Options options;
  options.manifest = [](packet::Manifest& m) { m.manifest = ManifestId::from_random(999); };
  const Files other = Release(options).lane();
  for (const char* name :
       {"manifest.json", "manifest.dsse.json", "entry.json", "release.leaf", "signatures/1.leaf",
        "signatures/1.sig", "receipt.tlog-proof", "signatures/2.tlog-proof"}) {
    Files mixed = sample().lane();
    REQUIRE(mixed.at(name) != other.at(name));
    mixed[name] = other.at(name);
    CHECK_MESSAGE(!judge(reindexed(mixed)).faults.empty(), name);
  }
}

TEST_CASE("a proof from another log proves nothing") {
  for (const auto& [name, bytes] : sample().proof()) {
    if (name.ends_with(".tlog-proof")) {
      Files mixed = sample().proof();
      mixed[name] = foreign().proof().at(name);
      CHECK_MESSAGE(names(judge(reindexed(mixed)), name), name);
    }
  }
}

TEST_CASE("OpenSSH accepts each signature by the bundle's own signers file") {
  for (const Files& files : {sample().lane(), sample().proof()}) {
    const Folder folder;
    REQUIRE(lane::write_files(files, folder.path() / "b"));
    const auto read = read_files(folder.path() / "b");
    REQUIRE(read);
    CHECK(*read == files);
    for (const char* n : {"1", "2"}) {
      const std::string stem = std::string("b/signatures/") + n;
      const packet::Leaf leaf = packet::decode(files.at(stem.substr(2) + ".leaf")).value();
      std::string time = to_string(leaf.at).substr(0, 19);
      std::erase_if(time, [](char c) { return c < '0' || c > '9'; });
      const std::string person = std::get<packet::ManifestSigned>(leaf.record).person.str();
      const auto verified_at = [&](const std::string& when) {
        return folder.run("ssh-keygen -Y verify -f b/signers -I " + person + " -n dispatch@sallyport -s " +
                          stem + ".sig -O verify-time=" + when + "Z < b/manifest.json") == 0;
      };
      CHECK(verified_at(time));
      CHECK_FALSE(verified_at("20280101000000"));
    }
  }
}

TEST_CASE("a folder is read within limits, without links or empty folders") {
  const Folder folder;
  const fs::path bundle = folder.path() / "b";
  CHECK_FALSE(read_files(bundle));
  REQUIRE(lane::write_files(sample().lane(), bundle));
  fs::create_symlink(bundle / "entry.json", bundle / "trust/link");
  CHECK(read_files(bundle).error().where == "trust/link");
  fs::remove(bundle / "trust/link");
  fs::create_directory(bundle / "trust/deeper");
  CHECK(read_files(bundle).error().where == "trust/deeper");
  fs::remove(bundle / "trust/deeper");
  for (const char* name : {"accepts", "recheck"}) {
    fs::create_directory(bundle / name);
    CHECK(read_files(bundle).error().where == name);
    fs::remove(bundle / name);
  }
  CHECK(read_files(bundle));
  std::ofstream(bundle / "large").close();
  fs::resize_file(bundle / "large", limits::bundle_file_bytes + 1);
  CHECK(read_files(bundle).error().where == "large");
}

TEST_CASE("the verdict is one screen of visible ASCII") {
  const std::string text = to_text(judge(sample().lane()));
  CHECK(std::ranges::count(text, '\n') <= 40);
  CHECK(text.starts_with("VERIFIED"));
  for (const char* word :
       {"Q-PSR", "psr-reviewers", "webauthn-uv", "software", "person verified", "FRESH.MISSING",
        "support-trust-approver", "tenant: 4 committed, 2 shown here", "cosigned by w1"}) {
    CHECK_MESSAGE(text.find(word) != std::string::npos, word);
  }
  Files files = sample().lane();
  files["\x1b[2Jname"] = "x";
  const std::string refusal = to_text(judge(files));
  CHECK(refusal.starts_with("NOT VERIFIED"));
  CHECK(std::ranges::all_of(refusal, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  CHECK(canon::parse(to_json(judge(files))).has_value());
}
