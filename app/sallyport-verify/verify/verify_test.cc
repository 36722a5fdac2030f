#include "verify/verify.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "lane/testing/release.h"
#include "verify/report.h"

#include "base/testing/shared_data.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

using namespace sallyport;
using namespace sallyport::verify;
using lane::testing::Options;
using lane::testing::Release;
namespace fs = std::filesystem;

namespace {

const Release& sample() {
  static const Release release;
  return release;
}

// Another deployment: same names, other keys.
const Release& foreign() {
  static const Release release([] {
    Options options;
    options.seed = 9;
    return options;
  }());
  return release;
}

Trust trust_of(const Release& release) {
  return read_trust(release.trust()).value();
}

Report judge(const Files& files, const Trust& trust) {
  return verify::verify(files, &trust);
}

Report judge(const Files& files) {
  static const Trust trust = trust_of(sample());
  return judge(files, trust);
}

std::string told(const Report& report) {
  std::string out;
  for (const Fault& fault : report.faults) {
    out += fault.file + ": " + fault.reason + "\n";
  }
  return out;
}

bool names(const Report& report, const std::string& file) {
  return std::ranges::any_of(report.faults, [&](const Fault& fault) { return fault.file == file; });
}

bool says(const Report& report, const std::string& file, const std::string& reason) {
  return std::ranges::find(report.faults, Fault{file, reason}) != report.faults.end();
}

// The index as a careful forger would write it.
Files reindexed(Files files) {
  canon::Object digests;
  for (const auto& [name, bytes] : files) {
    if (name != "index.json") {
      digests.set(name, crypto::sha256(bytes).hex());
    }
  }
  canon::Value index = canon::parse(files.at("index.json")).value();
  index.object()->set("files", std::move(digests));
  files["index.json"] = canon::write(index);
  return files;
}

// The file as JSON, changed, in canonical form again.
Files edited(Files files, const std::string& name, const std::function<void(canon::Value&)>& edit) {
  canon::Value value = canon::parse(files.at(name)).value();
  edit(value);
  files[name] = canon::write(value);
  return reindexed(std::move(files));
}

Files edited_list(const std::string& list, const std::function<void(canon::Array&)>& edit) {
  return edited(sample().lane(), "disclosures.json",
                [&](canon::Value& value) { edit(*value.object()->find(list)->array()); });
}

// Both bundles of a release made with these options, judged by the trust in it.
void refuse_both(const Options& options, const std::string& file, const std::string& reason) {
  const Release release(options);
  for (const Files& files : {release.lane(), release.proof()}) {
    const Report report = judge(files, trust_of(release));
    CHECK_MESSAGE(says(report, file, reason), told(report));
    CHECK_FALSE(report.authentic());
  }
}

// Every byte where SALLYPORT_EXHAUSTIVE is set, else every `usual`th.
std::size_t stride(std::size_t usual) {
  return std::getenv("SALLYPORT_EXHAUSTIVE") != nullptr ? 1 : usual;
}

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
    CHECK(report.notes.empty());
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
      for (std::size_t i = 0; i < bytes.size(); i += stride(5)) {
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
      for (std::size_t i = 0; i < bytes.size(); i += stride(97)) {
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
         {"readme.txt", "trust/extra.leaf", "parts/x", "signatures/4.sig", "recheck/9.leaf", "accepts/1.leaf",
          "erasure/1.leaf", "trust/rotation-1.leaf", "trust/key-01.leaf"}) {
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

TEST_CASE("what is open is exactly what was bound") {
  const std::string file = "disclosures.json";
  const std::string other = "does not open exactly what the view names";
  CHECK(says(judge(edited_list("revision", [](canon::Array& a) { a.pop_back(); })), file, other));
  CHECK(says(judge(edited_list("revision", [](canon::Array& a) { a.push_back(a.front()); })), file, other));
  for (const packet::Disclosure& disclosure : sample().disclosures()) {
    const Files more = edited_list("revision", [&](canon::Array& a) {
      if (std::ranges::find(a, canon::Value(disclosure.encoded)) == a.end()) {
        a.push_back(disclosure.encoded);
      } else {
        std::erase(a, canon::Value(disclosure.encoded));
      }
    });
    CHECK_MESSAGE(says(judge(more), file, other), disclosure.name);
  }
  CHECK(says(judge(edited_list("manifest", [](canon::Array& a) { a.clear(); })), file,
             "does not open exactly the audience that was signed"));
  const Files opening = edited(sample().proof(), file, [](canon::Value& value) {
    value.object()->set("revision", canon::Array{sample().disclosures().front().encoded});
  });
  CHECK(says(judge(opening), file, "opens something, and a proof bundle opens nothing"));
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

TEST_CASE("an entry altered in any member is not the entry that was released") {
  const std::vector<std::pair<std::string, canon::Value>> changes = {
      {"lane", "Q-OTHER"},
      {"log", "sallyport.example/other"},
      {"entry", EntryId::from_random(1).str()},
      {"packet", PacketId::from_random(1).str()},
      {"manifest", crypto::sha256("x").hex()},
      {"view", crypto::sha256("x").hex()},
      {"caveats", canon::Array{"k1"}},
      {"holds", canon::Array{}},
      {"scope", canon::Object{}},
      {"recheck", RecheckId::from_random(1).str()},
      {"released_at", "2026-11-20T12:30:00.000Z"},
      {"audience", canon::Object{{"name", "others"}, {"members", "x"}}},
      {"owner", canon::Object{{"persons", canon::Array{sample().first.str()}}, {"roles", canon::Array{"r"}}}},
      {"revision", canon::Object{{"number", 2}, {"digest", crypto::sha256("x").hex()}}}};
  for (const auto& [member, value] : changes) {
    Files files = edited(sample().lane(), "entry.json",
                         [&](canon::Value& entry) { entry.object()->set(member, value); });
    if (member == "entry") {
      files =
          edited(std::move(files), "index.json", [&](canon::Value& i) { i.object()->set("entry", value); });
    }
    CHECK_MESSAGE(says(judge(files), "entry.json", "is not the entry that was released"), member);
  }
}

TEST_CASE("an entry that says other things than the manifest is refused though the gate released it") {
  const auto with = [](std::function<void(packet::Entry&)> edit, const std::string& reason) {
    Options options;
    options.entry = std::move(edit);
    refuse_both(options, "entry.json", reason);
  };
  with([](packet::Entry& e) { e.lane = "Q-OTHER"; }, "names another lane than the manifest");
  with([](packet::Entry& e) { e.log = "other"; }, "names another log");
  with([](packet::Entry& e) { e.revision.number = 9; }, "names another packet or revision than the manifest");
  with([](packet::Entry& e) { e.manifest = {}; }, "names another manifest or view");
  with([](packet::Entry& e) { e.audience.name = "everybody"; }, "names another audience than the manifest");
  with([](packet::Entry& e) { e.scope.clear(); }, "names another scope than the manifest");
  with([](packet::Entry& e) { e.holds.clear(); }, "names other holds than the manifest");
  with([](packet::Entry& e) { e.caveats.pop_back(); }, "names other caveats than the revision");
  with([](packet::Entry& e) { e.recheck = RecheckId::from_random(1); },
       "names another recheck than the release");
  with([](packet::Entry& e) { e.released_at.ms -= 1; }, "names another time than the release");
  with([](packet::Entry& e) { e.owner.persons.pop_back(); },
       "names other owners than the persons whose signatures count");
  with([](packet::Entry& e) { e.owner.roles = {"governance"}; },
       "names other roles than its owners signed as");
}

TEST_CASE("a release leaf that says other things than the manifest is refused") {
  const auto with = [](std::function<void(packet::ReleaseCommitted&)> edit, const std::string& reason) {
    Options options;
    options.release = std::move(edit);
    refuse_both(options, "release.leaf", reason);
  };
  with([](packet::ReleaseCommitted& r) { r.manifest = {}; }, "releases another manifest");
  with([](packet::ReleaseCommitted& r) { r.lane = "Q-OTHER"; },
       "releases another packet or into another lane");
  with([](packet::ReleaseCommitted& r) { r.revision = {}; }, "releases another revision");
  with([](packet::ReleaseCommitted& r) { r.view = {}; }, "releases another view");
  with([](packet::ReleaseCommitted& r) { r.holds = {}; }, "crossed with other holds than were signed");
  with([](packet::ReleaseCommitted& r) { r.sigs.pop_back(); },
       "rests on other signatures than this bundle has");
  with([](packet::ReleaseCommitted& r) { r.sigs.push_back(r.sigs.back()); },
       "rests on other signatures than this bundle has");
  with([](packet::ReleaseCommitted& r) { r.checks["hold"] = {"FRESH.STALE"}; }, "records a check that held");
}

TEST_CASE("a signed manifest that does not fit revision, charter or roster is refused") {
  const auto with = [](std::function<void(packet::Manifest&)> edit, const std::string& file,
                       const std::string& reason) {
    Options options;
    options.manifest = std::move(edit);
    refuse_both(options, file, reason);
  };
  const std::string manifest = "manifest.json";
  with([](packet::Manifest& m) { m.lane = "Q-OTHER"; }, manifest, "is for another lane than the charter");
  with([](packet::Manifest& m) { m.lane = "Q-OTHER"; }, manifest, "is for another lane than the roster");
  with([](packet::Manifest& m) { m.revision = 2; }, manifest,
       "names another packet, revision number or lane than the revision");
  with([](packet::Manifest& m) { m.revision_digest = {}; }, "revision.json",
       "is not the revision that was signed");
  with([](packet::Manifest& m) { m.view = {}; }, "view.json", "is not the view that was signed");
  with([](packet::Manifest& m) { m.charter.digest = {}; }, "trust/charter.json",
       "is not the charter that the manifest binds");
  with([](packet::Manifest& m) { m.charter.version = 2; }, "trust/charter.json",
       "is not the charter that the manifest binds");
  with([](packet::Manifest& m) { m.roster.digest = {}; }, "trust/roster.json",
       "is not the roster that the manifest binds");
  with([](packet::Manifest& m) { m.audience.name = "everybody"; }, manifest,
       "binds an audience that the roster lacks");
  with([](packet::Manifest& m) { m.scope["tenant"] = {"x"}; }, manifest,
       "binds a scope value that the revision lacks");
  with([](packet::Manifest& m) { m.signers.require[0].count = 1; }, manifest,
       "asks for other signers than the charter");
  with([](packet::Manifest& m) { m.signers.key_class_min = "sk"; }, manifest,
       "asks for other signers than the charter");
  with([](packet::Manifest& m) { m.signers.valid_for.ms += 1; }, manifest,
       "asks for other signers than the charter");
  with([](packet::Manifest& m) { m.evidence.erase(m.evidence.begin()); }, manifest,
       "does not bind the evidence of each citation");
  with([](packet::Manifest& m) { m.evidence.begin()->second.source = "x"; }, manifest,
       "binds evidence that the revision does not cite");
  with([](packet::Manifest& m) { m.evidence.begin()->second.record = "x"; }, manifest,
       "binds a record that the revision lacks");
  with([](packet::Manifest& m) { m.holds[0].mode = "override"; }, manifest,
       "binds a hold of a kind that this verifier cannot judge");
  with([](packet::Manifest& m) { m.log.origin = "other"; }, manifest, "binds another log");
  with([](packet::Manifest& m) { m.log.root.bytes[0] ^= 1; }, "head.consistency",
       "does not lead from the head that the manifest binds to the receipt's");
}

TEST_CASE("a scope value or another record that was not signed is refused though the view has it") {
  Options options;
  options.manifest = [](packet::Manifest& m) { m.scope.at("tenant").clear(); };
  const Release scope(options);
  CHECK(says(judge(scope.lane(), trust_of(scope)), "disclosures.json",
             "opens a scope value outside the scope that was signed"));
  options.manifest = [](packet::Manifest& m) { m.evidence.at("c1").record = m.evidence.at("c2").record; };
  const Release record(options);
  CHECK(says(judge(record.lane(), trust_of(record)), "disclosures.json",
             "opens another record than the evidence that was signed"));
}

TEST_CASE("a signature counts only within grant, key and its own time, both when made and at the release") {
  Options options;
  options.grant_until = lane::testing::at("2026-11-20T12:00:00.000Z");
  refuse_both(options, "signatures/1.leaf", "was made outside the time of its person's grant");
  options = {};
  options.before_release = {20'000};
  options.grant_until = lane::testing::at("2026-11-20T12:00:20.000Z");
  refuse_both(options, "signatures/2.leaf", "is by a person whose grant had ended at the release");
  options = {};
  options.key_until = lane::testing::at("2026-11-20T12:00:05.000Z");
  refuse_both(options, "signatures/1.leaf", "is signed with a key that was not valid then");
  options = {};
  options.before_release = {20'000};
  options.key_until = lane::testing::at("2026-11-20T12:00:20.000Z");
  refuse_both(options, "signatures/1.leaf", "is signed with a key that was no longer valid at the release");
  options = {};
  options.before_release = {20'000};
  options.valid_for = {20'000};
  refuse_both(options, "signatures/1.leaf",
              "was older at the release than the charter lets a signature stand");
}

TEST_CASE("a signature below the charter's key class is refused") {
  Options options;
  options.key_class_min = "sk-uv";
  refuse_both(options, "signatures/1.leaf", "is of a lower key class than the charter asks for");
  options = {};
  options.step_up = true;
  refuse_both(options, "signatures/1.leaf", "is of a lower key class than the charter asks for");
}

TEST_CASE("one person is not two, and a person who is not named does not count") {
  Options options;
  options.one_person_signs_twice = true;
  refuse_both(options, "manifest.json", "is signed twice by one person");
  options = {};
  options.manifest = [](packet::Manifest& m) { m.signers.eligible.pop_back(); };
  refuse_both(options, "manifest.json", "is not signed by as many different persons as the charter asks for");
  options = {};
  options.approvals = 3;
  refuse_both(options, "manifest.json", "is not signed by as many different persons as the charter asks for");
}

TEST_CASE("a key that is not in the bundle does not count") {
  for (lane::BundleInput input : {sample().lane_input(), sample().proof_input()}) {
    input.keys.pop_back();
    const Report report = judge(lane::assemble(input).value());
    CHECK(says(report, "signatures/2.leaf",
               "is signed with a key that this bundle does not prove to be that person's"));
    CHECK(says(report, "signers", "is not what genesis, keys, roster and charter make of it"));
  }
}

TEST_CASE("leaves stand in the order in which things can have happened") {
  Options options;
  options.before_release = {-60'000};
  refuse_both(options, "release.leaf", "is dated before a leaf that it follows");
  options = {};
  options.leaf_before_genesis = true;
  refuse_both(options, "trust/genesis.leaf", "is not the first leaf of its log");
  options = {};
  options.charter_after_signatures = true;
  refuse_both(options, "signatures/1.leaf", "was made before its charter or its roster was active");
  options = {};
  options.second_signature_after_release = true;
  refuse_both(options, "signatures/2.leaf", "was made after the release");
  lane::BundleInput twice = sample().lane_input();
  twice.keys.push_back(twice.keys.back());
  CHECK(says(judge(lane::assemble(twice).value()), "trust/key-3.leaf",
             "is a leaf that is in the bundle twice"));
}

TEST_CASE("a charter that too few owners ratified is refused") {
  Options options;
  options.owners_ratify = 1;
  refuse_both(options, "trust/charter.leaf",
              "rests on fewer owners' ratifications than the charter asks for");
  lane::BundleInput input = sample().lane_input();
  input.ratifications.pop_back();
  CHECK(says(judge(lane::assemble(input).value()), "trust/charter.leaf",
             "rests on other ratifications than this bundle has"));
}

TEST_CASE("charter, roster and signers are those that the owners signed") {
  const auto changed = [](const std::string& name, const std::function<void(canon::Value&)>& edit) {
    return judge(edited(sample().lane(), name, edit));
  };
  CHECK(says(changed("trust/charter.json",
                     [](canon::Value& v) {
                       v.object()->find("signers")->object()->set("valid_for", std::int64_t{99});
                     }),
             "trust/charter.json", "is not the charter that was activated"));
  CHECK(says(
      changed("trust/roster.json", [](canon::Value& v) { v.object()->find("grants")->array()->pop_back(); }),
      "trust/roster.json", "is not the roster that the owners signed"));
  Files files = sample().lane();
  files["signers"] += files["signers"];
  CHECK(says(judge(reindexed(files)), "signers", "is not what genesis, keys, roster and charter make of it"));
}

TEST_CASE("the recheck of a proof bundle was answered, in time, by every source that was asked") {
  lane::BundleInput input = sample().proof_input();
  input.recheck.pop_back();
  Report report = judge(lane::assemble(input).value());
  CHECK(says(report, "release.leaf", "rests on other answers than this bundle has"));
  CHECK(says(report, "recheck/opened.leaf", "was not answered by every source that was asked"));

  const auto with = [](const Options& options, const std::string& file, const std::string& reason) {
    const Release release(options);
    const Report judged = judge(release.proof(), trust_of(release));
    CHECK_MESSAGE(says(judged, file, reason), told(judged));
  };
  Options options;
  options.answer = [](packet::SourceObserved& a) {
    a.observed_at = lane::testing::at("2026-11-20T12:00:00.000Z");
  };
  with(options, "recheck/1.leaf", "was observed before the recheck opened");
  options.answer = [](packet::SourceObserved& a) { a.objects.clear(); };
  with(options, "recheck/2.leaf", "leaves an object unsaid that was asked for");
  options.answer = [](packet::SourceObserved& a) { a.recheck.reset(); };
  with(options, "recheck/1.leaf", "answers another recheck");
  options.answer = [](packet::SourceObserved& a) { a.source = "elsewhere"; };
  with(options, "recheck/1.leaf", "is an answer of a source that was not asked");
  options.answer = [](packet::SourceObserved& a) { a.source = "session-broker"; };
  with(options, "recheck/2.leaf", "is a second answer of one source");
  options = {};
  options.opened = [](packet::RecheckOpened& o) { o.recheck = RecheckId::from_random(1); };
  with(options, "recheck/opened.leaf", "is not the recheck that the release rests on");
  options = {};
  options.opened = [](packet::RecheckOpened& o) { o.needed[1].within = {1}; };
  with(options, "recheck/2.leaf", "came later than its source was given");
  options = {};
  options.opened = [](packet::RecheckOpened& o) { o.manifest = {}; };
  with(options, "recheck/opened.leaf", "rechecks another manifest");
  options = {};
  options.before_release = {40'000};
  with(options, "release.leaf", "came later than the recheck was given");
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

TEST_CASE("a folder is read within limits, without links") {
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
  std::ofstream(bundle / "large").close();
  fs::resize_file(bundle / "large", limits::bundle_file_bytes + 1);
  CHECK(read_files(bundle).error().where == "large");
}

TEST_CASE("a trust file is read strictly") {
  const std::string good = sample().trust();
  REQUIRE(read_trust(good));
  const auto with = [&](const std::function<void(canon::Value&)>& edit) {
    canon::Value value = canon::parse(good).value();
    edit(value);
    return read_trust(canon::write(value)).has_value();
  };
  CHECK(with([](canon::Value&) {}));
  CHECK_FALSE(with([](canon::Value& v) { v.object()->set("v", 2); }));
  CHECK_FALSE(with([](canon::Value& v) { v.object()->set("more", 1); }));
  CHECK_FALSE(with([](canon::Value& v) {
    canon::Array& logs = *v.object()->find("logs")->array();
    logs.push_back(logs.front());
  }));
  CHECK_FALSE(with([](canon::Value& v) {
    v.object()->find("logs")->array()->front().object()->set("owners", canon::Array{});
  }));
}

TEST_CASE("each thing that is pinned is compared") {
  const auto with = [](const std::function<void(PinnedLog&)>& edit, const std::string& file,
                       const std::string& reason) {
    Trust trust = trust_of(sample());
    edit(trust.logs.front());
    CHECK_MESSAGE(says(judge(sample().lane(), trust), file, reason), reason);
  };
  with([](PinnedLog& log) { log.genesis = {}; }, "trust/genesis.leaf", "is not the genesis that is pinned");
  with([](PinnedLog& log) { log.owners.pop_back(); }, "trust/genesis.leaf",
       "names other owners than are pinned");
  with([](PinnedLog& log) { log.owners[0].key_class = "sk"; }, "trust/genesis.leaf",
       "names other owners than are pinned");
  with([](PinnedLog& log) { log.rule = "any"; }, "trust/genesis.leaf",
       "has another rule for owners than is pinned");
  with([](PinnedLog& log) { log.gate = {}; }, "trust/genesis.leaf", "names another gate key than is pinned");
  with([](PinnedLog& log) { log.gate = {}; }, "trust/gate.pub.pem", "is not the gate's key that is pinned");
  with([](PinnedLog& log) { log.witness_policy += "# as before\n"; }, "trust/policy",
       "is not the policy that is pinned");
}

TEST_CASE("whoever has the log's key alone can make no key, roster, charter or signature count") {
  const auto with = [](std::function<void(packet::Record&)> edit, const std::string& file,
                       const std::string& reason) {
    Options options;
    options.record = std::move(edit);
    refuse_both(options, file, reason);
  };
  const auto in = []<class T>(std::function<void(T&)> edit) {
    return [edit](packet::Record& record) {
      if (T* t = std::get_if<T>(&record)) {
        edit(*t);
      }
    };
  };
  using namespace packet;
  const std::string owners = "is not signed by every owner of the log";
  with(in.operator()<KeyEnrolled>([](KeyEnrolled& r) { r.act.sigs.pop_back(); }), "trust/key-1.leaf", owners);
  with(in.operator()<RosterActivated>([](RosterActivated& r) { r.act.sigs.pop_back(); }), "trust/roster.leaf",
       owners);
  with(in.operator()<RosterActivated>([](RosterActivated& r) { r.version = 2; }), "trust/roster.leaf",
       "says something else than its signed statement");
  with(in.operator()<Genesis>([](Genesis& r) { r.act.sigs.pop_back(); }), "trust/genesis.leaf",
       "is not signed by each of its owners");
  with(in.operator()<Genesis>([](Genesis& r) { r.act.sigs.push_back(r.act.sigs[0]); }), "trust/genesis.leaf",
       "has more signatures than owners");
  with(in.operator()<CharterRatified>([](CharterRatified& r) { r.digest = {}; }), "trust/ratify-1.leaf",
       "ratifies another charter");
  with(in.operator()<CharterRatified>([](CharterRatified& r) { r.act.sigs.push_back(r.act.sigs[0]); }),
       "trust/ratify-2.leaf", "does not have exactly one signature");
  with(in.operator()<CharterActivated>([](CharterActivated& r) { r.version = 2; }), "trust/charter.leaf",
       "activates another charter or version");
  with(in.operator()<ManifestSigned>([](ManifestSigned& r) { r.key_class = "sk-uv"; }), "signatures/1.leaf",
       "claims another key class than its signature has");
  with(in.operator()<ManifestSigned>([](ManifestSigned& r) { r.counter = 77; }), "signatures/2.leaf",
       "claims other flags or another counter than its signature has");
  with(in.operator()<ManifestSigned>([](ManifestSigned& r) { r.role = "psr-governance"; }),
       "signatures/2.leaf", "is by a person whom the manifest does not name for this role");
  with(in.operator()<ManifestSigned>([](ManifestSigned& r) { r.manifest = {}; }), "signatures/1.leaf",
       "signs another manifest");
  with(in.operator()<ManifestSigned>([](ManifestSigned& r) { r.person = sample().first; }),
       "signatures/2.leaf", "is signed with a key that this bundle does not prove to be that person's");
}

TEST_CASE("a view that was signed and does not fit its revision is refused") {
  const auto with = [](std::function<void(packet::View&)> edit, const std::string& reason) {
    Options options;
    options.view = std::move(edit);
    refuse_both(options, "view.json", reason);
  };
  with([](packet::View& v) { v.view = "broad"; }, "is not a lane's view");
  with([](packet::View& v) { v.revision = {}; }, "is a view of another revision");
  with([](packet::View& v) { v.recipe = {}; }, "follows another charter's recipe");
  with([](packet::View& v) { v.disclosures.push_back("zz"); }, "names a disclosure that the revision lacks");
  with([](packet::View& v) { v.parts.insert(v.parts.begin(), Digest{}); },
       "names a part that the revision lacks");
  Options options;
  options.seal = [](packet::SealInput& input) { input.withheld["w1"] = {"/narrative", "token", {}}; };
  refuse_both(options, "revision.json", "has withheld values, and such a revision never crosses");
  options = {};
  options.charter = [](canon::Object& charter) { charter.set("packet_class", "another-class"); };
  refuse_both(options, "revision.json", "is of another class than the charter is for");
}

TEST_CASE("a pinned policy that trusts another key is refused") {
  Trust trust = trust_of(sample());
  trust.logs.front().witness_policy = trust_of(foreign()).logs.front().witness_policy;
  CHECK(names(judge(sample().lane(), trust), "--trust"));
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
