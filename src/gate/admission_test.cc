// T23, LANE.CAPACITY: who gets the lane's next slot, and that nobody gets one by a clock.
#include "gate/admission.h"
#include "gate/notices.h"
#include "gate/testing/waiving.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

const Edits one_slot{{"capacity = 5", "capacity = 1"}};

Edits by_request_in_one_slot() {
  Edits edits = by_request;
  edits.push_back(one_slot[0]);
  return edits;
}

// A lane with one slot, which an entry that nobody has read takes.
struct Full {
  Gate g;
  EntryId entry;

  explicit Full(const Edits& edits = by_request_in_one_slot()) : g(with(edits)) {
    const PacketId first = opened(g, "zero");
    g.bind(first);
    REQUIRE(g.sign(g.anna, first).ok());
    if (!g.packet(first).recheck) {
      REQUIRE(g.request(g.anna, first).ok());
    }
    g.answer(first);
    REQUIRE(g.commit(first).ok());
    entry = g.last.entry;
    REQUIRE(g.deliver(entry).ok());
  }

  // Signed by everybody, and waiting for a slot.
  PacketId waiting(const std::string& name, const std::string& severity = "sev1", bool ask = true) {
    Spec spec = g.usual(name);
    spec.severity = severity;
    const PacketId id = g.submit(spec);
    g.observe_all();
    g.bind(id);
    REQUIRE(g.sign(g.anna, id).ok());
    REQUIRE(g.authorised(id));
    if (ask) {
      REQUIRE(g.request(g.anna, id).ok());
    }
    return id;
  }

  Step acknowledge() { return g.step(AcknowledgeEntry{g.rhea.account, entry}); }

  bool admitted(const PacketId& id) const { return g.packet(id).recheck.has_value(); }
};

} // namespace

TEST_CASE("C10, LANE.CAPACITY, INV-38: a request that finds the lane full stands, and crosses in the slot "
          "that an acknowledgement frees") {
  Full s(one_slot);
  const PacketId next = s.waiting("two", "sev1", false);
  CHECK_FALSE(s.admitted(next)); // the chain of the completing signature does not start
  CHECK(s.g.waits(next) == std::vector<std::string>{"LANE.CAPACITY"});
  const Step request = s.g.request(s.g.anna, next);
  REQUIRE(request.ok());
  CHECK(request.probes.empty());
  CHECK(find<packet::ReleaseRequested>(request)->person == s.g.anna.person);
  CHECK(s.g.waits(next) == std::vector<std::string>{"LANE.CAPACITY"}); // INV-20
  CHECK(refused(s.g.request(s.g.ben, next), "request_stands"));
  const Step freed = s.acknowledge();
  REQUIRE(freed.ok());
  REQUIRE(freed.probes.size() == 1);
  REQUIRE(s.admitted(next));
  const auto* opened = find<packet::RecheckOpened>(freed);
  CHECK(opened->by == s.g.anna.person); // INV-37: a person asked for this
  CHECK(opened->why == "request");
  CHECK_FALSE(s.g.packet(next).request);
  s.g.answer(next);
  CHECK(s.g.commit(next).ok());
}

TEST_CASE("INV-37, amendment 19: without a standing request a free slot moves nothing") {
  Full s(one_slot);
  const PacketId asleep = s.waiting("two", "sev1", false);
  const PacketId awake = s.waiting("three", "sev3");
  CHECK(s.acknowledge().probes.size() == 1);
  CHECK_FALSE(s.admitted(asleep)); // one sleeping approver does not block the lane
  CHECK(s.admitted(awake));
  CHECK(s.g.waits(asleep) == std::vector<std::string>{"LANE.CAPACITY"}); // the slot is on the way
  REQUIRE(s.g.request(s.g.anna, asleep).ok());
  CHECK_FALSE(s.admitted(asleep));
  s.g.answer(awake);
  REQUIRE(s.g.step(CommitRelease{awake, s.g.packet(awake).recheck->id}).ok());
  CHECK_FALSE(s.admitted(asleep));
}

TEST_CASE("INV-39: the slot goes to the first in the charter's order, whoever asked first") {
  SUBCASE("severity before readiness") {
    Full s;
    const PacketId low = s.waiting("a", "sev3");
    s.g.pass(second);
    const PacketId unlisted = s.waiting("b", "sev9");
    s.g.pass(second);
    const PacketId high = s.waiting("c", "sev1");
    s.acknowledge();
    CHECK(s.admitted(high));
    CHECK_FALSE(s.admitted(low));
    CHECK(s.g.waits(low) == std::vector<std::string>{"LANE.CAPACITY"});
    CHECK(comes_before(s.g.machine.world(), low, unlisted, s.g.now)); // what is not listed comes last
  }
  SUBCASE("then readiness, then the id") {
    Full s;
    const PacketId one = s.waiting("a", "sev1", false);
    const PacketId same = s.waiting("b", "sev1", false);
    s.g.pass(second);
    const PacketId later = s.waiting("c", "sev1");
    REQUIRE(s.g.request(s.g.anna, one).ok());
    REQUIRE(s.g.request(s.g.anna, same).ok());
    s.acknowledge();
    CHECK(s.admitted(std::min(one, same, [](const auto& a, const auto& b) { return a.str() < b.str(); })));
    CHECK_FALSE(s.admitted(later));
  }
  SUBCASE("the order is the charter's") {
    Edits edits = by_request_in_one_slot();
    edits.push_back({"order = [\"upstream_severity\", \"clock_nearest\", \"readiness_time\"]",
                     "order = [\"readiness_time\", \"upstream_severity\"]"});
    Full s(edits);
    const PacketId low = s.waiting("a", "sev3");
    s.g.pass(second);
    const PacketId high = s.waiting("b", "sev1");
    s.acknowledge();
    CHECK(s.admitted(low));
    CHECK_FALSE(s.admitted(high));
  }
}

TEST_CASE("an open recheck has its slot: who comes first in the order and asks later waits") {
  Full s;
  const PacketId low = s.waiting("a", "sev3", false);
  const PacketId high = s.waiting("b", "sev1");
  s.g.now = s.g.state().entries.at(s.entry).released_at + Duration{8 * hour.ms}; // out of the window
  // Their signatures ran out on the way; both are signed anew, and only the high one asks.
  s.g.observe_all();
  for (const PacketId& id : {low, high}) {
    s.g.bind(id);
    REQUIRE(s.g.sign(s.g.anna, id).ok());
    REQUIRE(s.g.authorised(id));
  }
  CHECK_FALSE(s.g.packet(high).request); // another wait began: it fell
  REQUIRE(s.g.request(s.g.anna, low).ok());
  CHECK(s.admitted(low)); // nobody stands before it
  REQUIRE(s.g.request(s.g.anna, high).ok());
  CHECK_FALSE(s.admitted(high));
  // What was let in is not overtaken.
  s.g.answer(low);
  CHECK(s.g.step(CommitRelease{low, s.g.packet(low).recheck->id}).ok());
}

TEST_CASE("INV-37: the window frees a slot by a clock, and nothing moves before a person's next act") {
  Edits edits = by_request_in_one_slot();
  edits.push_back({"window = \"8h\"", "window = \"1h\""});
  Full s(edits);
  const PacketId low = s.waiting("a", "sev3");
  const PacketId high = s.waiting("b", "sev1", false);
  const Instant freed = s.g.state().entries.at(s.entry).released_at + hour;
  keep_fresh(s.g, freed - Duration{1});
  CHECK(s.g.waits(low) == std::vector<std::string>{"LANE.CAPACITY"}); // (now - window, now]
  keep_fresh(s.g, freed);
  s.g.step(Reevaluate{low});
  CHECK_FALSE(s.admitted(low));
  CHECK(s.g.waits(low) == std::vector<std::string>{"RELEASE.REQUEST"});
  SUBCASE("the same packet's people ask again") {
    REQUIRE(s.g.request(s.g.ben, low).ok());
    CHECK(s.admitted(low));
  }
  SUBCASE("somebody asks for one that comes before it") {
    REQUIRE(s.g.request(s.g.anna, high).ok());
    CHECK(s.admitted(high));
    CHECK_FALSE(s.admitted(low));
  }
  SUBCASE("a packet that comes after it asks: the slot goes to the first") {
    const PacketId later = s.waiting("c", "sev3");
    CHECK_FALSE(s.admitted(later));
    CHECK(s.admitted(low));
  }
}

TEST_CASE("a standing request falls when another wait or a hold begins; then a person asks again") {
  const auto falls = [](const char* code, auto disturb, auto mend) {
    INFO(std::string(code));
    Full s;
    const PacketId id = s.waiting("a");
    REQUIRE(s.g.packet(id).request);
    disturb(s, id);
    CHECK_FALSE(s.g.packet(id).request);
    mend(s, id);
    s.acknowledge();
    CHECK_FALSE(s.admitted(id));
    if (s.g.authorised(id)) {
      CHECK(s.g.request(s.g.anna, id).ok());
      CHECK(s.admitted(id));
    }
  };
  falls(
      "LANE.CLOSED",
      [](Full& s, const PacketId&) {
        REQUIRE(s.g.step(SetLane{s.g.sid.account, "Q-PSR", "closed", {{"reason", "x"}}}).ok());
      },
      [](Full& s, const PacketId&) {
        REQUIRE(s.g.step(SetLane{s.g.sid.account, "Q-PSR", "open", {{"reason", "x"}}}).ok());
      });
  falls(
      "GOV.MANUAL", [](Full& s, const PacketId& id) { REQUIRE(place(s.g, s.g.liam.account, id).ok()); },
      [](Full& s, const PacketId& id) {
        REQUIRE(s.g.clear(s.g.lena, id, s.g.hold(id, "GOV.MANUAL")).ok());
        s.g.bind(id);
        REQUIRE(s.g.sign(s.g.anna, id).ok());
      });
  falls(
      "SIGN.WITHDRAWN",
      [](Full& s, const PacketId& id) { REQUIRE(s.g.withdraw(s.g.anna, id, s.g.anna.person).ok()); },
      [](Full& s, const PacketId& id) { REQUIRE(s.g.sign(s.g.ben, id).ok()); });
  falls(
      "manifest_closed", [](Full& s, const PacketId& id) { s.g.bind(id); },
      [](Full& s, const PacketId& id) { REQUIRE(s.g.sign(s.g.anna, id).ok()); });
}

TEST_CASE("a recheck that does not cross gives its slot to the next") {
  Full s;
  const PacketId first = s.waiting("a", "sev1");
  const PacketId then = s.waiting("b", "sev2");
  s.acknowledge();
  REQUIRE(s.admitted(first));
  const RecheckId recheck = s.g.packet(first).recheck->id;
  REQUIRE(place(s.g, s.g.liam.account, first).ok());
  CHECK_FALSE(s.admitted(then));
  CHECK(refused(s.g.step(CommitRelease{first, recheck}), "GOV.MANUAL"));
  CHECK(s.admitted(then));
  s.g.answer(then);
  CHECK(s.g.step(CommitRelease{then, s.g.packet(then).recheck->id}).ok());
  // A recheck that runs out is a clock's: it lets nobody in.
  Full t;
  const PacketId out = t.waiting("a", "sev1");
  const PacketId after = t.waiting("b", "sev2");
  t.acknowledge();
  REQUIRE(t.admitted(out));
  REQUIRE(!t.g.step(ExpireRecheck{out, t.g.packet(out).recheck->id, "timeout"}).ok());
  CHECK_FALSE(t.admitted(after));
  CHECK(t.g.waits(after) == std::vector<std::string>{"RELEASE.REQUEST"});
  CHECK(t.g.request(t.g.anna, after).ok());
  CHECK(t.admitted(after));
}

TEST_CASE("INV-38: at the commit too no more entries are unread than the lane takes") {
  Full s;
  const PacketId id = s.waiting("a");
  s.acknowledge();
  REQUIRE(s.admitted(id));
  State full = s.g.state(); // a log in which somebody else took the slot meanwhile
  full.unread["Q-PSR"].insert(s.entry);
  const World world{full, s.g.machine.library(), s.g.machine.world().facts};
  CHECK(capacity_line(world, id, s.g.now).outcome == Outcome::wait);
  CHECK(capacity_line(s.g.machine.world(), id, s.g.now).outcome == Outcome::pass);
}

TEST_CASE("admission.max_wait, holds.escalate: who is told of a wait or a hold that is old enough, and of "
          "nothing sooner") {
  Gate g(with(by_request));
  const PacketId id = opened(g);
  const auto told = [&](const PacketId& of) {
    std::vector<std::string> out;
    for (const Notice& notice : notices(g.machine.world(), of, g.now)) {
      if (notice.code != "FRESH.MISSING") { // what this packet lacks from its beginning
        out.push_back(notice.code + " " + notice.to);
      }
    }
    return out;
  };
  g.bind(id);
  const Instant bound = g.now;
  keep_fresh(g, bound + Duration{4 * hour.ms - 1});
  CHECK(told(id).empty());
  keep_fresh(g, bound + Duration{4 * hour.ms}); // max_wait
  CHECK(told(id) == std::vector<std::string>{"SIGN.MISSING support-trust-lead"});
  REQUIRE(g.sign(g.anna, id).ok());
  CHECK(told(id).empty()); // another wait has begun
  REQUIRE(place(g, g.liam.account, id).ok());
  const Instant placed = g.now;
  keep_fresh(g, placed + Duration{2 * hour.ms - 1});
  CHECK(std::ranges::count(told(id), "GOV.MANUAL support-trust-lead") == 0);
  keep_fresh(g, placed + Duration{8 * hour.ms});
  CHECK(std::ranges::count(told(id), "GOV.MANUAL support-trust-lead") == 1);
  CHECK(std::ranges::count(told(id), "GOV.MANUAL support-trust-governance") == 1);
}

TEST_CASE("INV-39: a slot that its packet gives up, by whatever act, goes to the request that stands") {
  const auto gives_up = [](const char* how, const auto& act, const Edits& more = {}) {
    CAPTURE(how);
    Edits edits = by_request_in_one_slot();
    edits.insert(edits.end(), more.begin(), more.end());
    Full s(edits);
    const PacketId first = s.waiting("a", "sev1");
    const PacketId then = s.waiting("b", "sev2");
    s.acknowledge();
    REQUIRE(s.admitted(first));
    REQUIRE_FALSE(s.admitted(then));
    const Step step = act(s, first);
    INFO((step.refused.empty() ? "" : step.refused.front().code));
    REQUIRE(step.ok());
    CHECK_FALSE(s.admitted(first));
    REQUIRE(s.admitted(then));
    CHECK(step.probes.size() == 1);
    CHECK(find<packet::RecheckOpened>(step)->why == "request");
  };
  gives_up("withdrawn", [](Full& s, const PacketId& id) {
    return s.g.step(WithdrawPacket{s.g.intake, id, "not_needed"});
  });
  gives_up("merged", [](Full& s, const PacketId& id) {
    const PacketId winner = s.g.submit(s.g.usual("w"));
    return s.g.step(MergePackets{s.g.intake, s.g.tia.person, winner, id, "same", {}});
  });
  gives_up("revised", [](Full& s, const PacketId& id) { return s.g.revise(id, s.g.usual("a")); });
  gives_up("a signature taken back",
           [](Full& s, const PacketId& id) { return s.g.withdraw(s.g.anna, id, s.g.anna.person); });
  gives_up("superseded",
           [](Full& s, const PacketId&) {
             s.g.pass(second);
             ++s.g.objects.at("a/c1").ordinal;
             return s.g.observe("session-broker");
           },
           {{"emits = [\"object.changed\", \"object.gone\"]\non_change = \"hold\"",
             "emits = [\"object.changed\", \"object.gone\"]\non_change = \"supersede\""}});
}
