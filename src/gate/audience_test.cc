// AUD.* and LANE.*: who could read the entry is exactly who was bound, in the one lane.
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

TEST_CASE("INV-27, AUD.ROSTER_DRIFT: a directory whose clock was ahead does not outlive its next answer") {
  Scene s;
  const std::string source = "reviewer-directory";
  REQUIRE(s.g.observe(source, {}, s.g.now + Duration{10 * minute.ms}).ok());
  s.g.directory.insert(s.g.mira.person); // since then somebody was added there
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  s.g.answer(s.id);
  CHECK_FALSE(s.g.commit(s.id).ok());
  CHECK(s.g.held(s.id, "AUD.ROSTER_DRIFT"));
  CHECK_FALSE(s.crossed());
}

TEST_CASE("A27, AUD.ROSTER_DRIFT: the directory adds a reader; put right, a person submits a new manifest") {
  const auto drift = [](Scene& s) {
    s.g.pass(second);
    s.g.directory.insert(s.g.mira.person);
    s.g.observe("reviewer-directory");
  };
  stops("AUD.ROSTER_DRIFT", drift);
  Scene s;
  drift(s);
  s.g.pass(second);
  s.g.directory.erase(s.g.mira.person);
  s.g.observe("reviewer-directory");
  CHECK(s.g.held(s.id, "AUD.ROSTER_DRIFT")); // only a new manifest ends it
  CHECK(refused(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "AUD.ROSTER_DRIFT")), "hold_not_clearable"));
  s.g.bind(s.id);
  CHECK_FALSE(s.g.held(s.id, "AUD.ROSTER_DRIFT"));
  CHECK_FALSE(s.g.authorised(s.id));
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  s.crosses();
}

TEST_CASE("AUD.ROSTER_DRIFT: a directory that names a thousand strangers still fits into a leaf") {
  Scene s;
  s.g.pass(second);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    s.g.directory.insert(PersonId::from_random(i));
  }
  s.g.observe("reviewer-directory");
  CHECK(s.g.held(s.id, "AUD.ROSTER_DRIFT"));
}

TEST_CASE(
    "T16, RB-4, INV-07: a new roster in review drops the signatures; a manifest over the new one is needed") {
  stops("AUD.ROSTER_DRIFT", [](Scene& s) {
    s.g.audience.push_back({s.g.mira.person, {"privileged-support-misuse"}});
    REQUIRE(s.g.activate_roster().ok());
  });
  Options options = with(by_request);
  options.edits.push_back(two_approvers[0]);
  Gate g(options);
  const PacketId id = opened(g);
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  REQUIRE(g.activate_roster().ok());
  CHECK(refused(g.sign(g.ben, id), "AUD.ROSTER_DRIFT")); // roster against signature: roster first
  g.bind(id);
  CHECK_FALSE(g.held(id, "AUD.ROSTER_DRIFT"));
  REQUIRE(g.sign(g.ben, id).ok());
  CHECK_FALSE(g.authorised(id));
}

TEST_CASE("A14, AUD.EXCEEDS: a raised classification holds until the audience is cut again") {
  const auto raise = [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c8").attrs["env_class"] = "regulated-prod";
    s.g.observe("tenant-registry");
  };
  stops("AUD.EXCEEDS", raise);
  Scene s;
  raise(s);
  s.g.bind(s.id);
  CHECK_FALSE(s.g.held(s.id, "AUD.EXCEEDS"));
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  CHECK(s.g.machine.facts().manifests.at(s.g.last.manifest).members.size() == 1); // rolf alone
  s.crosses();
}

TEST_CASE("a lowered classification leaves the narrower audience that was signed, and it crosses") {
  Gate g(with(by_request));
  const PacketId id = opened(g);
  g.pass(second);
  g.objects.at("one/c8").attrs["env_class"] = "regulated-prod";
  g.observe("tenant-registry");
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  g.pass(second);
  g.objects.at("one/c8").attrs["env_class"] = "standard";
  g.observe("tenant-registry");
  REQUIRE(g.request(g.anna, id).ok());
  g.answer(id);
  REQUIRE(g.commit(id).ok());
  g.deliver(g.last.entry);
  CHECK(refused(g.step(AcknowledgeEntry{g.rhea.account, g.last.entry}), "not_audience"));
  CHECK(g.step(AcknowledgeEntry{g.rolf.account, g.last.entry}).ok());
}

TEST_CASE("AUD.EMPTY: nobody is no audience; when somebody is there a manifest may be made again") {
  const auto empty = [](Scene& s) {
    s.g.audience = {{s.g.rhea.person, {}}, {s.g.rolf.person, {"regulated-environments"}}};
    REQUIRE(s.g.activate_roster().ok());
  };
  stops("AUD.EMPTY", empty);
  Scene s;
  empty(s);
  CHECK(refused(s.g.draft(s.g.lena.account, s.id), "AUD.EMPTY"));
  s.g.audience = {{s.g.rhea.person, {"privileged-support-misuse"}},
                  {s.g.rolf.person, {"privileged-support-misuse"}}};
  REQUIRE(s.g.activate_roster().ok());
  CHECK(s.g.held(s.id, "AUD.EMPTY")); // only the new manifest ends it, so it must be possible
  s.g.bind(s.id);
  CHECK_FALSE(s.g.held(s.id, "AUD.EMPTY"));
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  s.crosses();
}

TEST_CASE(
    "A07, AUD.UNKNOWN: a silent directory holds at its limit; the same roster again keeps the signatures") {
  const auto silence = [](Scene& s) {
    s.g.pass(Duration{15 * minute.ms});
    for (const auto& [source, known] : std::map(s.g.state().sources)) {
      if (source != "reviewer-directory") {
        s.g.observe(source);
      }
    }
  };
  Scene s;
  silence(s);
  CHECK(s.g.held(s.id, "AUD.UNKNOWN"));
  CHECK_FALSE(s.g.authorised(s.id));
  CHECK(refused(s.g.request(s.g.anna, s.id), "AUD.UNKNOWN"));
  s.g.observe("reviewer-directory");
  CHECK_FALSE(s.g.held(s.id, "AUD.UNKNOWN"));
  CHECK(s.g.authorised(s.id));
  s.crosses();
}

TEST_CASE("AUD.UNKNOWN: a class that the charter does not know") {
  stops("AUD.UNKNOWN", [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c8").attrs["env_class"] = "lunar";
    s.g.observe("tenant-registry");
  });
}

TEST_CASE("only the source that supplies the roster speaks of its members") {
  Scene s;
  s.g.pass(second);
  Observe foreign{.source = "session-broker",
                  .observed_at = s.g.now,
                  .complete_through = s.g.now,
                  .objects = {},
                  .facts = {},
                  .directory = Directory{"d9", {}, {}},
                  .lanes = {"Q-PSR"},
                  .recheck = {},
                  .body = {}};
  REQUIRE(s.g.step(foreign).ok());
  CHECK_FALSE(s.g.held(s.id, "AUD.ROSTER_DRIFT"));
}

TEST_CASE("A24, C04, LANE.METADATA: a role that nobody holds any more; a person or a new manifest ends it") {
  const auto lack = [](Scene& s) {
    for (const Actor* approver : {&s.g.anna, &s.g.ben}) {
      s.g.revoke_grant(*approver, "support-trust-approver");
    }
    REQUIRE(s.g.activate_roster().ok());
  };
  stops("LANE.METADATA", lack);
  Scene s;
  lack(s);
  CHECK(refused(s.g.draft(s.g.lena.account, s.id), "LANE.METADATA"));
  s.g.grant(s.g.cleo, "support-trust-approver");
  REQUIRE(s.g.activate_roster().ok());
  s.g.bind(s.id);
  CHECK_FALSE(s.g.held(s.id, "LANE.METADATA"));
  REQUIRE(s.g.sign(s.g.cleo, s.id).ok());
  CHECK(s.g.authorised(s.id));
}

TEST_CASE("LANE.MISMATCH, LANE.BOUNDARY: what is kept of the packet names another lane, or the manifest "
          "passes the charter's") {
  stops("LANE.MISMATCH", [](Scene& s) {
    s.g.machine.facts().dossiers.find(s.id)->revision.lane = "Q-OTHER";
    s.g.step(Reevaluate{s.id});
  });
  stops("LANE.BOUNDARY", [](Scene& s) {
    s.g.machine.facts().manifests.at(s.g.last.manifest).manifest.audience.name = "everybody";
    s.g.step(Reevaluate{s.id});
  });
  Scene s;
  s.g.machine.facts().dossiers.find(s.id)->revision.lane = "Q-OTHER";
  s.g.step(Reevaluate{s.id});
  s.g.machine.facts().dossiers.find(s.id)->revision.lane = "Q-PSR";
  s.g.step(Reevaluate{s.id});
  CHECK(s.g.held(s.id, "LANE.MISMATCH"));
  REQUIRE(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "LANE.MISMATCH")).ok());
  CHECK_FALSE(s.g.held(s.id, "LANE.MISMATCH"));
  s.sign_anew();
  s.crosses();
}

TEST_CASE("A08: a manifest for one lane is no request for another") {
  Scene s;
  const Packet& p = s.g.packet(s.id);
  const Step step =
      s.g.step(RequestRelease{s.g.anna.account, s.id, p.head->digest, p.reviewed()->digest, "Q-OTHER"});
  CHECK(refused(step, "LANE.MISMATCH"));
  CHECK(find<packet::AttemptRefused>(step) != nullptr);
}

TEST_CASE("A16, INV-04, T14: readers are the bound audience that is still in the roster") {
  Scene s;
  s.crosses();
  const EntryId entry = s.g.last.entry;
  CHECK(refused(s.g.step(AcknowledgeEntry{s.g.rhea.account, entry}), "not_audience")); // not delivered yet
  REQUIRE(s.g.deliver(entry).ok());
  CHECK(s.g.deliver(entry).leaves.empty()); // once
  CHECK(refused(s.g.step(AcknowledgeEntry{s.g.mira.account, entry}), "not_audience"));
  CHECK(refused(s.g.step(AcknowledgeEntry{s.g.agent, entry}), "agent_never_decides"));
  CHECK(refused(s.g.step(AcknowledgeEntry{s.g.rhea.account, EntryId::from_random(1)}), "entry_unknown"));
  // Later: rolf leaves, mira joins.
  s.g.audience = {{s.g.rhea.person, {"privileged-support-misuse"}},
                  {s.g.mira.person, {"privileged-support-misuse", "regulated-environments"}}};
  REQUIRE(s.g.activate_roster().ok());
  const Step joined = s.g.step(AcknowledgeEntry{s.g.mira.account, entry});
  CHECK(refused(joined, "not_audience"));
  CHECK(find<packet::AttemptRefused>(joined)->packet == s.id);
  CHECK(refused(s.g.step(GiveVerdict{s.g.rolf.account, entry, "accepted", {}}), "not_audience"));
  CHECK(refused(s.g.step(GiveVerdict{s.g.rhea.account, entry, "sufficient", {}}), "verdict_unknown"));
  CHECK(
      refused(s.g.step(GiveVerdict{s.g.rhea.account, entry, "returned", {"free text"}}), "verdict_unknown"));
  CHECK(s.g.step(GiveVerdict{s.g.rhea.account, entry, "returned", {"wrong_version"}}).ok());
  CHECK(refused(s.g.step(GiveVerdict{s.g.rhea.account, entry, "accepted", {}}), "verdict_given"));
  CHECK(s.g.packet(s.id).status == "released"); // A31: a returned entry is a verdict, not a task
}
