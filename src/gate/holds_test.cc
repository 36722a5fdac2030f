// GOV.MANUAL, GOV.OUT_OF_BOUNDS, GOV.OWNER_AMBIGUOUS, SYS.AUDIT: what only a person opens. LANE.CLOSED and
// LANE.UNREACHABLE: what only the lane's steward says.
#include "gate/testing/waiving.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

TEST_CASE(
    "T12, C12, GOV.MANUAL: a person stops the packet; another one lets it go on, and it is signed anew") {
  stops("GOV.MANUAL", [](Scene& s) { REQUIRE(place(s.g, s.g.liam.account, s.id).ok()); });
  stops("GOV.OWNER_AMBIGUOUS",
        [](Scene& s) { REQUIRE(place(s.g, s.g.liam.account, s.id, "GOV.OWNER_AMBIGUOUS").ok()); });
  stops("SYS.AUDIT", [](Scene& s) { REQUIRE(place(s.g, s.g.liam.account, s.id, "SYS.AUDIT").ok()); });
  stops("GOV.OUT_OF_BOUNDS", [](Scene& s) {
    REQUIRE(place(s.g, s.g.aki.account, s.id, "GOV.OUT_OF_BOUNDS", "notify_customer").ok()); // an author
  });
  Scene s;
  const Step placed = place(s.g, s.g.lena.account, s.id);
  REQUIRE(placed.ok());
  const auto* opened = find<packet::HoldOpened>(placed);
  REQUIRE(opened != nullptr);
  CHECK(opened->actor == s.g.lena.account);
  CHECK(opened->latched);
  CHECK(opened->clears == "person");
  CHECK(placed.leaves.front().bytes.find("odd") == std::string::npos); // the reason is in the body
  CHECK(placed.leaves.front().body->find("odd") != std::string::npos);
  const HoldId hold = s.g.hold(s.id, "GOV.MANUAL");
  CHECK(s.g.packet(s.id).holds.at(hold).opener == s.g.lena.account);
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  s.g.observe_all();
  CHECK(s.g.held(s.id, "GOV.MANUAL")); // neither a revision nor time ends it
  s.g.pass(second);
  s.g.observe_all();
  CHECK(refused(s.g.clear(s.g.lena, s.id, hold), "hold_opener"));
  Actor again = s.g.lena; // another account is the same person
  again.account = AccountId::from_random(s.g.random());
  REQUIRE(s.g.step(AddPrincipal{s.g.gail.account, again.account, "person", again.person, {}, {}}).ok());
  CHECK(refused(s.g.clear(again, s.id, hold), "hold_opener"));
  CHECK(refused(s.g.clear(s.g.mira, s.id, hold), "role_missing"));
  CHECK(refused(s.g.step(ClearHold{s.g.agent, s.id, hold, {{"evidence", "x"}}}), "agent_never_decides"));
  CHECK(refused(s.g.step(ClearHold{s.g.liam.account, s.id, hold, {}}), "evidence_missing"));
  const Step cleared = s.g.clear(s.g.liam, s.id, hold);
  REQUIRE(cleared.ok());
  CHECK(find<packet::HoldCleared>(cleared)->by == s.g.liam.person);
  s.sign_anew();
  s.crosses();
}

TEST_CASE("GOV.MANUAL: the signatures from before it do not count after it (INV-46)") {
  Scene s;
  REQUIRE(place(s.g, s.g.liam.account, s.id).ok());
  REQUIRE(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "GOV.MANUAL")).ok());
  CHECK_FALSE(s.g.authorised(s.id));
  CHECK(refused(s.g.request(s.g.anna, s.id), "SIGN.MISSING"));
  s.sign_anew();
  s.crosses();
}

TEST_CASE(
    "RB-11, INV-46: a signature that fell is not brought again; a new use of the key or a new manifest is "
    "new") {
  Scene s;
  REQUIRE(place(s.g, s.g.liam.account, s.id).ok());
  REQUIRE(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "GOV.MANUAL")).ok());
  CHECK(refused(s.g.sign(s.g.anna, s.id), "signature_used")); // a key file signs the same for ever
  CHECK_FALSE(s.g.authorised(s.id));
  SUBCASE("another use of the same key") {
    ManifestId manifest;
    const Digest digest = s.g.packet(s.id).reviewed(&manifest)->digest;
    const std::string& bytes = s.g.machine.facts().manifests.at(manifest).bytes;
    REQUIRE(s.g.sign(s.g.anna, s.id, digest, other_use(s.g.anna, bytes)).ok());
    s.crosses();
  }
  SUBCASE("a new manifest") {
    s.sign_anew();
    s.crosses();
  }
}

TEST_CASE("RB-11: of a passkey whose counter stands, another signature of the same is the same use") {
  Options options = with(by_request);
  options.passkeys = true;
  Scene s(std::move(options));
  REQUIRE(s.g.authorised(s.id));
  REQUIRE(place(s.g, s.g.liam.account, s.id).ok());
  REQUIRE(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "GOV.MANUAL")).ok());
  CHECK(refused(s.g.sign(s.g.anna, s.id), "signature_used")); // other bytes: P-256 draws anew
  s.sign_anew();
  CHECK(s.g.authorised(s.id));
}

TEST_CASE("INV-19: a hold that was not checked has not ended: content that cannot be read ends none") {
  Scene s;
  s.g.pass(Duration{5 * hour.ms});
  s.g.step(Reevaluate{s.id});
  const auto held = s.g.holds(s.id);
  REQUIRE(s.g.held(s.id, "FRESH.STALE"));
  s.g.machine.facts().dossiers.erase(s.id);
  const Step unread = s.g.step(Reevaluate{s.id});
  CHECK(count<packet::HoldCleared>(unread) == 0);
  CHECK(s.g.held(s.id, "SYS.INTEGRITY"));
  for (const std::string& hold : held) {
    CHECK(std::ranges::count(s.g.holds(s.id), hold) == 1);
  }
}

TEST_CASE("hold.place: who may, of which codes, once per person, with a reason") {
  Scene s;
  const auto refuses = [&](const Step& step, const char* code) {
    INFO(std::string(code));
    CHECK(refused(step, code));
    CHECK(find<packet::AttemptRefused>(step) != nullptr);
    CHECK(s.g.holds(s.id).size() == 1);
  };
  refuses(place(s.g, s.g.mira.account, s.id), "role_missing");
  refuses(place(s.g, s.g.agent, s.id), "agent_never_decides");
  refuses(place(s.g, s.g.intake, s.id), "not_a_person");
  refuses(place(s.g, s.g.lena.account, s.id, "FRESH.STALE"), "hold_not_placeable");
  refuses(place(s.g, s.g.lena.account, s.id, "NO.SUCH"), "hold_not_placeable");
  refuses(place(s.g, s.g.lena.account, s.id, "GOV.OUT_OF_BOUNDS", "bill"), "step_unknown"); // not this lane's
  refuses(place(s.g, s.g.lena.account, s.id, "GOV.OUT_OF_BOUNDS", "Northwind"), "step_unknown");
  refuses(s.g.step(PlaceHold{s.g.lena.account, s.id, "GOV.MANUAL", "", {}}), "reason_missing");
  refuses(place(s.g, s.g.lena.account, PacketId::from_random(1)), "packet_unknown");
  REQUIRE(place(s.g, s.g.lena.account, s.id).ok());
  CHECK(refused(place(s.g, s.g.lena.account, s.id), "hold_exists"));
  REQUIRE(place(s.g, s.g.tia.account, s.id).ok()); // who triaged it is involved; her reason is her own
  REQUIRE(s.g.clear(s.g.liam, s.id, s.g.hold(s.id, "GOV.MANUAL")).ok());
  CHECK(s.g.held(s.id, "GOV.MANUAL")); // the other one stands
  Scene crossed;
  crossed.crosses();
  CHECK(refused(place(crossed.g, crossed.g.lena.account, crossed.id), "packet_closed"));
}

TEST_CASE(
    "A03, GOV.MANUAL: a merge is no way around what a person stopped the loser for: the winner has the same "
    "hold, as old as it was, and its opener still does not end it") {
  const auto merge = [](Gate& g, const PacketId& winner, const PacketId& loser) {
    return g.step(MergePackets{g.intake, g.tia.person, winner, loser, "same_case", {}});
  };
  for (const char* code : {"GOV.MANUAL", "GOV.OUT_OF_BOUNDS", "GOV.OWNER_AMBIGUOUS", "SYS.AUDIT"}) {
    CAPTURE(code);
    Scene s;
    const PacketId loser = s.g.submit(s.g.usual("two"));
    const std::string step = code == std::string("GOV.OUT_OF_BOUNDS") ? "notify_customer" : "";
    REQUIRE(place(s.g, s.g.lena.account, loser, code, step).ok());
    const HoldId hold = s.g.hold(loser, code);
    const Instant since = s.g.packet(loser).holds.at(hold).first_opened;
    s.g.pass(minute);
    const Step merged = merge(s.g, s.id, loser);
    REQUIRE(merged.ok());
    const auto* opened = find<packet::HoldOpened>(merged);
    REQUIRE(opened != nullptr);
    CHECK(opened->packet == s.id);
    CHECK(opened->hold == hold);
    REQUIRE(s.g.packet(s.id).holds.contains(hold));
    CHECK(s.g.packet(s.id).holds.at(hold).first_opened == since);
    CHECK(s.g.packet(s.id).holds.at(hold).opener == s.g.lena.account);
    REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
    s.g.observe_all();
    s.sign_anew();
    CHECK(refused(s.g.request(s.g.anna, s.id), code));
    CHECK(refused(s.g.clear(s.g.lena, s.id, hold), "hold_opener"));
    REQUIRE(s.g.clear(s.g.liam, s.id, hold).ok());
    s.sign_anew();
    s.crosses();
  }
  Scene s; // who stopped both has one hold on the winner, its own
  const PacketId loser = s.g.submit(s.g.usual("two"));
  REQUIRE(place(s.g, s.g.lena.account, loser).ok());
  REQUIRE(place(s.g, s.g.lena.account, s.id).ok());
  const HoldId hold = s.g.hold(s.id, "GOV.MANUAL");
  REQUIRE(merge(s.g, s.id, loser).ok());
  CHECK(s.g.hold(s.id, "GOV.MANUAL") == hold);
  const auto open = s.g.holds(s.id);
  CHECK(std::ranges::count_if(open, [](const auto& line) { return line.starts_with("GOV.MANUAL"); }) == 1);
}

TEST_CASE("GOV.MANUAL races the release: whichever comes first is what happened") {
  Scene before;
  REQUIRE(before.g.request(before.g.anna, before.id).ok());
  before.g.answer(before.id);
  REQUIRE(place(before.g, before.g.liam.account, before.id).ok());
  CHECK(refused(before.g.commit(before.id), "GOV.MANUAL"));
  CHECK_FALSE(before.crossed());
  Scene after;
  after.crosses();
  CHECK(refused(place(after.g, after.g.liam.account, after.id), "packet_closed"));
  CHECK(after.crossed());
}

TEST_CASE("LANE.CLOSED, LANE.UNREACHABLE: the steward says so; nothing crosses, also out of a recheck, and "
          "then a person asks") {
  for (const auto& [word, code] :
       {std::pair("closed", "LANE.CLOSED"), std::pair("unreachable", "LANE.UNREACHABLE")}) {
    INFO(std::string(code));
    const auto set = [&](Gate& g, const AccountId& by, const std::string& state) {
      return g.step(SetLane{by, "Q-PSR", state, {{"reason", "maintenance"}}});
    };
    Scene s;
    CHECK(refused(set(s.g, s.g.lena.account, word), "role_missing"));
    CHECK(refused(set(s.g, s.g.intake, word), "not_a_person"));
    CHECK(refused(set(s.g, s.g.agent, word), "agent_never_decides"));
    CHECK(refused(set(s.g, s.g.sid.account, "ajar"), "lane_state_unknown"));
    CHECK(refused(set(s.g, s.g.sid.account, "open"), "lane_state_same"));
    CHECK(refused(s.g.step(SetLane{s.g.sid.account, "Q-NONE", word, {{"reason", "x"}}}), "lane_unknown"));
    CHECK(refused(s.g.step(SetLane{s.g.sid.account, "Q-PSR", word, {}}), "reason_missing"));
    REQUIRE(s.g.request(s.g.anna, s.id).ok());
    const Step told = set(s.g, s.g.sid.account, word);
    REQUIRE(told.ok());
    CHECK(find<packet::LaneStateSet>(told)->state == word);
    s.g.answer(s.id);
    CHECK(refused(s.g.commit(s.id), code));
    CHECK_FALSE(s.crossed());
    CHECK(s.g.waits(s.id) == std::vector<std::string>{code}); // INV-20
    CHECK(refused(s.g.request(s.g.anna, s.id), code));
    CHECK(s.g.authorised(s.id)); // a wait, no hold
    REQUIRE(set(s.g, s.g.sid.account, "open").ok());
    CHECK_FALSE(s.g.packet(s.id).recheck); // INV-37: not by itself
    CHECK(s.g.waits(s.id) == std::vector<std::string>{"RELEASE.REQUEST"});
    s.crosses();
  }
}

TEST_CASE("INV-37: a signature that completes the quorum starts nothing while the lane is closed") {
  Gate g;
  const PacketId id = opened(g);
  g.bind(id);
  REQUIRE(g.step(SetLane{g.sid.account, "Q-PSR", "closed", {{"reason", "x"}}}).ok());
  REQUIRE(g.sign(g.anna, id).ok());
  CHECK_FALSE(g.packet(id).recheck);
  REQUIRE(g.step(SetLane{g.sid.account, "Q-PSR", "open", {{"reason", "x"}}}).ok());
  CHECK_FALSE(g.packet(id).recheck);
  CHECK(g.request(g.anna, id).ok());
}
