// What crossed is what was signed: revision, view, disclosures, manifest, entry, release and recheck.
#include "verify/testing/cases.h"

using namespace sallyport;
using namespace sallyport::verify;
using namespace sallyport::verify::testing;

namespace {

Files edited_list(const std::string& list, const std::function<void(canon::Array&)>& edit) {
  return edited(sample().lane(), "disclosures.json",
                [&](canon::Value& value) { edit(*value.object()->find(list)->array()); });
}

} // namespace

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
  with([](packet::Entry& e) { e.bounds = packet::Bounds{{"depth", {std::string("module")}}}; },
       "names another scope than the manifest");
  with([](packet::Entry& e) { e.holds.clear(); }, "names other holds than the manifest");
  with([](packet::Entry& e) { e.caveats.pop_back(); }, "names other caveats than the revision");
  const std::string lineage = "names another lineage than the manifest";
  with([](packet::Entry& e) { e.also = {PacketId::from_random(1)}; }, lineage);
  with([](packet::Entry& e) { e.continues = PacketId::from_random(1); }, lineage);
  with([](packet::Entry& e) { e.remainder = true; }, lineage);
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
  with([](packet::Manifest& m) { m.bounds = packet::Bounds{{"depth", {std::string("module")}}}; }, manifest,
       "binds other values in clear than the revision states");
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
       "binds a hold that neither crosses visibly nor may be overridden");
  with(
      [](packet::Manifest& m) {
        m.signers.substitutes = {{"support-trust-approver", PersonId::from_random(9), "lead", "owner"}};
      },
      manifest, "names a substitute whom the charter does not let stand in");
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
