// Whose signatures count: what is pinned, keys, roster, charter, order, and enough different persons.
#include "verify/testing/cases.h"

using namespace sallyport;
using namespace sallyport::verify;
using namespace sallyport::verify::testing;

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
  options.founders = {0};
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

TEST_CASE("a pinned policy that trusts another key is refused") {
  Trust trust = trust_of(sample());
  trust.logs.front().witness_policy = trust_of(foreign()).logs.front().witness_policy;
  CHECK(names(judge(sample().lane(), trust), "--trust"));
}
