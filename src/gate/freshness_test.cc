// FRESH.*: what is cited is still so, is known, and is young enough; reached is passed.
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

TEST_CASE("A25, INV-18, FRESH.STALE: fresh a millisecond before the limit, stale at the limit, cleared by a "
          "look that finds the same") {
  const auto wait_for = [](Duration age) {
    return [age](Scene& s) {
      const Instant seen = s.g.now;
      while (s.g.now + hour < seen + age) { // everything but the identity provider keeps answering
        s.g.pass(Duration{10 * minute.ms});
        for (const char* source : {"session-broker", "break-glass-ledger", "remote-console",
                                   "tenant-registry", "intake-triage", "reviewer-directory"}) {
          s.g.observe(source);
        }
        s.g.observe("identity-provider", {}, s.g.now, seen);
      }
      s.g.now = seen + age;
      for (const auto& [source, known] : std::map(s.g.state().sources)) {
        s.g.observe(source, {}, s.g.now, source == "identity-provider" ? seen : s.g.now);
      }
    };
  };
  {
    Scene young;
    wait_for({2 * hour.ms - 1})(young);
    CHECK_FALSE(young.g.held(young.id, "FRESH.STALE"));
    young.crosses();
  }
  Scene old;
  wait_for({2 * hour.ms})(old);
  CHECK(old.g.holds(old.id) ==
        std::vector<std::string>{"FRESH.MISSING citation_kind:handling_note", "FRESH.STALE /citations/c5"});
  CHECK_FALSE(old.g.authorised(old.id));
  CHECK(refused(old.g.request(old.g.anna, old.id), "FRESH.STALE"));
  old.g.observe("identity-provider");
  CHECK_FALSE(old.g.held(old.id, "FRESH.STALE"));
  CHECK(old.g.authorised(old.id)); // its signatures stay (T25), and nothing crosses by itself
  CHECK_FALSE(old.g.packet(old.id).recheck);
  old.crosses();
}

TEST_CASE("FRESH.STALE comes by time alone, and stops a release") {
  const auto late = [](Scene& s) {
    s.g.pass(minute);
    const Instant through{s.g.now.ms - 2 * hour.ms};
    s.g.objects.at("one/c5").ordinal = 1;
    // The provider answers, and what it has seen ends two hours ago.
    s.g.observe("identity-provider", {}, s.g.now, through);
    s.g.now = s.g.packet(s.id).head->sealed_at + Duration{2 * hour.ms};
    for (const auto& [source, known] : std::map(s.g.state().sources)) {
      s.g.observe(source, {}, s.g.now, source == "identity-provider" ? through : s.g.now);
    }
  };
  Scene s;
  late(s);
  CHECK(s.g.held(s.id, "FRESH.STALE"));
  CHECK(refused(s.g.request(s.g.anna, s.id), "FRESH.STALE"));
  CHECK_FALSE(s.crossed());
}

TEST_CASE("A12, FRESH.CHANGED: other content holds, voids what was signed, and only a new revision ends it") {
  const auto change = [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c1").ordinal = 2;
    s.g.observe("session-broker");
  };
  stops("FRESH.CHANGED", change);
  Scene s;
  change(s);
  s.g.pass(second);
  s.g.objects.at("one/c1").ordinal = 1; // back again: it was otherwise for a while
  s.g.observe("session-broker");
  CHECK(s.g.held(s.id, "FRESH.CHANGED"));
  CHECK(refused(s.g.clear(s.g.anna, s.id, s.g.hold(s.id, "FRESH.CHANGED")), "hold_not_clearable"));
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK_FALSE(s.g.held(s.id, "FRESH.CHANGED"));
  s.g.bind(s.id);
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  s.crosses();
}

TEST_CASE("FRESH.CHANGED of a revision that still cites the old content is that revision's own: yet another "
          "is needed, and its first opening stays (INV-22)") {
  Scene s;
  s.g.pass(second);
  s.g.objects.at("one/c1").ordinal = 2;
  s.g.observe("session-broker");
  const Instant first = s.g.packet(s.id).holds.at(s.g.hold(s.id, "FRESH.CHANGED")).first_opened;
  s.g.pass(second);
  Spec late = s.g.usual();
  late.cited_at["c1"] = first - Duration{1};
  s.g.objects.at("one/c1").ordinal = 1; // as upstream saw it, before the change
  REQUIRE(s.g.revise(s.id, late).ok());
  REQUIRE(s.g.held(s.id, "FRESH.CHANGED"));
  CHECK(s.g.packet(s.id).holds.at(s.g.hold(s.id, "FRESH.CHANGED")).first_opened == first);
  s.g.pass(second);
  s.g.observe("session-broker"); // the source flips back
  CHECK(s.g.held(s.id, "FRESH.CHANGED"));
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK_FALSE(s.g.held(s.id, "FRESH.CHANGED"));
}

TEST_CASE("FRESH.CHANGED: gone is changed; a pin that moved is changed") {
  stops("FRESH.CHANGED", [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c7").status = "gone";
    s.g.observe("break-glass-ledger");
  });
  stops("FRESH.CHANGED", [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c8").attrs["version"] = "v2";
    s.g.observe("tenant-registry");
  });
}

TEST_CASE("what upstream saw later than the gate is unknown until the source is asked, not changed") {
  Gate g;
  const PacketId id = opened(g);
  g.pass(minute);
  g.objects.at("one/c1").ordinal = 2; // upstream is faster than we are
  REQUIRE(g.revise(id, g.usual()).ok());
  CHECK(g.held(id, "FRESH.UNKNOWN"));
  CHECK_FALSE(g.held(id, "FRESH.CHANGED"));
  g.observe("session-broker");
  CHECK_FALSE(g.held(id, "FRESH.UNKNOWN"));
}

TEST_CASE("A07, A10, FRESH.UNKNOWN: a silent source holds at its limit and clears when it answers") {
  const auto silence = [](Scene& s) {
    s.g.pass(Duration{15 * minute.ms});
    for (const auto& [source, known] : std::map(s.g.state().sources)) {
      if (source != "break-glass-ledger") {
        s.g.observe(source);
      }
    }
  };
  Scene almost;
  almost.g.pass(Duration{15 * minute.ms - 1});
  almost.g.step(Reevaluate{almost.id});
  CHECK_FALSE(almost.g.held(almost.id, "FRESH.UNKNOWN"));

  Scene s;
  silence(s);
  CHECK(s.g.held(s.id, "FRESH.UNKNOWN"));
  CHECK_FALSE(s.g.authorised(s.id));
  CHECK(refused(s.g.request(s.g.anna, s.id), "FRESH.UNKNOWN"));
  s.g.observe("break-glass-ledger");
  CHECK_FALSE(s.g.held(s.id, "FRESH.UNKNOWN"));
  s.crosses();
}

TEST_CASE("FRESH.UNKNOWN: an attribute that the source no longer states; an object that it cannot tell") {
  stops("FRESH.UNKNOWN", [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c8").attrs.erase("version");
    s.g.observe("tenant-registry");
  });
  Gate g;
  const PacketId id = g.submit(g.usual()); // nothing observed yet
  CHECK(g.held(id, "FRESH.UNKNOWN"));
  g.objects.at("one/c1").status = "unknown";
  g.observe_all();
  CHECK(g.held(id, "FRESH.UNKNOWN"));
}

TEST_CASE("FRESH.MISSING: a kind that blocks is missing until a revision cites it; a visible one crosses and "
          "is named") {
  Gate g;
  Spec spec = g.usual();
  spec.cites.erase("c6");
  const PacketId id = g.submit(spec);
  g.observe_all();
  REQUIRE(g.holds(id).size() == 2);
  CHECK(g.packet(id).find_hold("FRESH.MISSING", "citation_kind:duplicate_escalation")->mode == "blocking");
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  CHECK_FALSE(g.authorised(id));
  CHECK(refused(g.request(g.anna, id), "FRESH.MISSING"));
  REQUIRE(g.revise(id, g.usual()).ok());
  CHECK(g.packet(id).find_hold("FRESH.MISSING", "citation_kind:duplicate_escalation") == nullptr);
}

TEST_CASE("holds.codes.mode: a charter may make a visible code block") {
  Gate g(with({{"override = { roles", "mode = \"blocking\"\noverride = { roles"}}));
  const PacketId id = g.submit(g.usual());
  g.observe_all();
  CHECK(g.packet(id).find_hold("FRESH.MISSING", "citation_kind:handling_note")->mode == "blocking");
}

TEST_CASE("a hold whose mode changes stays one hold, and is said once") {
  Gate g;
  const PacketId id = opened(g);
  const HoldId hold = g.hold(id, "FRESH.MISSING");
  const Instant first = g.packet(id).holds.at(hold).first_opened;
  g.pass(second);
  REQUIRE(g.adopt(break_glass(with({{"version = 1", "version = 2"},
                                    {"handling_note = \"visible\"", "handling_note = \"blocking\""}})
                                  .edits))
              .ok());
  CHECK(g.holds(id).size() == 1);
  CHECK(g.packet(id).holds.at(hold).mode == "blocking");
  CHECK(g.packet(id).holds.at(hold).first_opened == first);
  CHECK(g.step(Reevaluate{id}).leaves.empty());
}

TEST_CASE("FRESH.CLOCK: time from ahead holds until a person has looked and it is so no longer") {
  const auto ahead = [](Scene& s) {
    s.g.pass(second);
    s.g.observe("session-broker", {}, s.g.now, s.g.now + hour);
  };
  stops("FRESH.CLOCK", ahead);
  Scene s;
  ahead(s);
  const HoldId hold = s.g.hold(s.id, "FRESH.CLOCK");
  CHECK(refused(s.g.clear(s.g.anna, s.id, hold), "hold_still_so"));
  s.g.pass(second);
  s.g.observe("session-broker");
  CHECK(s.g.held(s.id, "FRESH.CLOCK")); // it does not go by itself
  CHECK(refused(s.g.clear(s.g.mira, s.id, hold), "role_missing"));
  CHECK(refused(s.g.step(ClearHold{s.g.anna.account, s.id, hold, {}}), "evidence_missing"));
  REQUIRE(s.g.clear(s.g.lena, s.id, hold).ok());
  CHECK_FALSE(s.g.held(s.id, "FRESH.CLOCK"));
  CHECK_FALSE(s.g.authorised(s.id)); // INV-46
  s.sign_anew();
  s.crosses();
}

TEST_CASE("FRESH.CLOCK: two contents at one instant contradict each other") {
  stops("FRESH.CLOCK", [](Scene& s) {
    const Instant at = s.g.state().objects.at(s.g.objects.at("one/c7").id).observed_at;
    s.g.pass(second);
    s.g.objects.at("one/c7").ordinal = 2;
    s.g.observe("break-glass-ledger", {}, at);
  });
}

TEST_CASE("INV-27: an older observation never replaces a newer one, of an object or of the directory") {
  Scene s;
  const Instant before = s.g.now;
  s.g.pass(minute);
  s.g.observe_all();
  s.g.pass(second);
  s.g.objects.at("one/c1").ordinal = 7;
  s.g.observe("session-broker", {}, before);
  CHECK(s.g.state().objects.at(s.g.objects.at("one/c1").id).ordinal == 1);
  CHECK_FALSE(s.g.held(s.id, "FRESH.CHANGED"));
  s.g.directory.insert(s.g.mira.person);
  s.g.observe("reviewer-directory", {}, before);
  CHECK_FALSE(s.g.held(s.id, "AUD.ROSTER_DRIFT"));
  s.g.observe("reviewer-directory");
  CHECK(s.g.held(s.id, "AUD.ROSTER_DRIFT"));
}

TEST_CASE("an answer from the future hides no silence") {
  Scene s;
  s.g.observe("reviewer-directory", {}, s.g.now + day);
  s.g.pass(Duration{15 * minute.ms});
  for (const auto& [source, known] : std::map(s.g.state().sources)) {
    if (source != "reviewer-directory") {
      s.g.observe(source);
    }
  }
  s.g.step(Reevaluate{s.id});
  CHECK(s.g.held(s.id, "AUD.UNKNOWN"));
}

TEST_CASE("A11: an object that nobody cites, and one of another source, are not taken in") {
  Gate g;
  const PacketId id = opened(g);
  const std::size_t known = g.state().objects.size();
  Observe foreign{.source = "session-broker",
                  .observed_at = g.now + second,
                  .complete_through = g.now,
                  .objects = {{ObjectId::from_random(99), "same", 1}, {g.objects.at("one/c7").id, "gone", 4}},
                  .facts = {},
                  .directory = {},
                  .lanes = {},
                  .recheck = {},
                  .body = {}};
  g.pass(second);
  const Step step = g.step(foreign);
  CHECK(find<packet::SourceObserved>(step)->objects.empty());
  CHECK(g.state().objects.size() == known);
  CHECK_FALSE(g.held(id, "FRESH.CHANGED"));
}

TEST_CASE("A20: events of the sources hold or supersede as the charter says; uncited ones are unrelated") {
  Scene s;
  SUBCASE("hold") {
    const Step step = s.g.report("tenant-registry", "scope.changed");
    REQUIRE(find<packet::SourceEvent>(step)->effect == "hold");
    CHECK(s.g.held(s.id, "LINE.CHANGED"));
    CHECK_FALSE(s.g.authorised(s.id));
    CHECK(refused(s.g.request(s.g.anna, s.id), "LINE.CHANGED"));
    REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
    CHECK_FALSE(s.g.held(s.id, "LINE.CHANGED"));
  }
  SUBCASE("T06: supersede") {
    const Step step = s.g.report("intake-triage", "intake.newer");
    REQUIRE(find<packet::SourceEvent>(step)->effect == "supersede");
    CHECK_FALSE(s.g.packet(s.id).head);
    CHECK(s.g.packet(s.id).spent.back().cause == "superseded");
    CHECK(s.g.packet(s.id).reviewed() == nullptr);
    CHECK(s.g.held(s.id, "LINE.SUPERSEDED"));
    CHECK(s.g.held(s.id, "LINE.CHANGED")); // until a new head is sealed
    REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
    CHECK_FALSE(s.g.held(s.id, "LINE.SUPERSEDED"));
    CHECK_FALSE(s.g.held(s.id, "LINE.CHANGED"));
  }
  SUBCASE("its own rule: a note") {
    const Step step = s.g.report("session-broker", "object.changed");
    CHECK(find<packet::SourceEvent>(step)->effect == "note");
    CHECK(s.g.authorised(s.id));
  }
  SUBCASE("unrelated") {
    const Step step = s.g.report("session-broker", "object.changed", {}, {}, ObjectId::from_random(5));
    CHECK(find<packet::SourceEvent>(step)->effect == "unrelated");
    CHECK(s.g.authorised(s.id));
    CHECK(refused(s.g.report("nobody", "object.changed"), "source_unknown"));
    CHECK(refused(s.g.report("session-broker", "object.evaporated"), "event_unknown"));
  }
  SUBCASE("sources speak through services, not through people") {
    const Step step = s.g.step(ReportEvent{s.g.anna.account, "tenant-registry", "scope.changed", {}, {}, {}});
    CHECK(refused(step, "role_missing"));
    CHECK(s.g.authorised(s.id));
  }
  SUBCASE("the roster's events concern every packet of the lane") {
    const Step step = s.g.report("reviewer-directory", "roster.changed");
    CHECK(find<packet::SourceEvent>(step)->packet == s.id);
  }
}

TEST_CASE("triggers: a condition on an attribute that is absent, or of another type, never loosens") {
  Options options = with(by_request);
  options.edits.push_back({"[[lineage.triggers]]\nevent = \"scope.changed\"\neffect = \"hold\"",
                           "[[lineage.triggers]]\nevent = \"scope.changed\"\nwhen = { attr = \"env_class\", "
                           "op = \"eq\", value = \"standard\" }\neffect = \"note\"\n\n"
                           "[[lineage.triggers]]\nevent = \"scope.changed\"\nwhen = { attr = \"env_class\", "
                           "op = \"eq\", value = \"regulated-prod\" }\neffect = \"supersede\""});
  Scene s(options);
  CHECK(find<packet::SourceEvent>(s.g.report("tenant-registry", "scope.changed", {{"env_class", "standard"}}))
            ->effect == "note");
  CHECK(s.g.authorised(s.id));
  CHECK(find<packet::SourceEvent>(s.g.report("tenant-registry", "scope.changed", {{"env_class", "other"}}))
            ->effect == "hold");
  CHECK(find<packet::SourceEvent>(s.g.report("tenant-registry", "scope.changed"))->effect == "supersede");
}

TEST_CASE("next_deadline names the instant at which time alone changes a line") {
  Scene s;
  const auto next = next_deadline(s.g.machine.world(), s.id, s.g.now);
  REQUIRE(next);
  s.g.now = *next - Duration{1};
  CHECK(s.g.step(Reevaluate{s.id}).leaves.empty());
  s.g.now = *next;
  CHECK_FALSE(s.g.step(Reevaluate{s.id}).leaves.empty());
}
