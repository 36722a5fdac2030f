// The figures, over logs that the gate itself has written. Each case gives the number that a likely wrong
// formula would not.
#include "metrics/fold.h"
#include "metrics/report.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "gate/testing/waiving.h"
#include "packet/leaf.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::metrics;
using namespace sallyport::gate::testing;
using gate::Observe;

namespace {

// A gate whose texts are kept for whoever measures it.
struct Town {
  Gate g;
  Texts texts;

  explicit Town(const Options& options = with(by_request)) : g(options) { texts_of_trust(); }

  void texts_of_trust() {
    for (const auto& [digest, one] : g.machine.library().charters) {
      texts.put(canon::write(charter::canonical(one)));
    }
    for (const auto& [digest, one] : g.machine.library().rosters) {
      texts.put(packet::roster_bytes(one.roster));
    }
  }

  void texts_of_manifests() {
    for (const auto& [id, one] : g.machine.facts().manifests) {
      texts.put(one.bytes);
    }
  }

  PacketId open(const std::string& name) {
    const PacketId id = g.submit(g.usual(name));
    g.observe_all();
    return id;
  }

  // Its sources have answered before the present revision was sealed, so nothing blocks that one.
  PacketId known(const std::string& name) {
    const PacketId id = open(name);
    REQUIRE(g.revise(id, g.usual(name)).ok());
    return id;
  }

  void authorise(const PacketId& id) {
    g.bind(id);
    REQUIRE(g.sign(g.anna, id).ok());
    REQUIRE(g.authorised(id));
  }

  EntryId cross(const PacketId& id) {
    REQUIRE(g.request(g.anna, id).ok());
    g.answer(id);
    REQUIRE(g.commit(id).ok());
    texts_of_manifests();
    texts.put(g.last.entry_bytes);
    return g.last.entry;
  }

  EntryId release(const std::string& name) {
    const PacketId id = open(name);
    authorise(id);
    const EntryId entry = cross(id);
    g.deliver(entry);
    return entry;
  }

  gate::Step correct(const EntryId& entry, const std::string& code) {
    return g.step(gate::RecordCorrection{g.rhea.account, entry, code, {{"note", "The wrong one."}}});
  }

  gate::Step judge(const EntryId& entry, const std::string& code, std::vector<std::string> found = {}) {
    return g.step(gate::GiveVerdict{g.rhea.account, entry, code, std::move(found)});
  }

  void wake(const PacketId& id) { REQUIRE(g.step(gate::Reevaluate{id}).ok()); }

  Stories stories(const std::function<void(packet::Leaf&)>& change = {}) {
    texts_of_trust();
    Fold fold(texts);
    for (const std::string& bytes : g.log) {
      packet::Leaf leaf = packet::decode(bytes).value();
      if (change) {
        change(leaf);
      }
      fold.take(leaf);
    }
    return fold.finish(g.now);
  }

  Report report(const Query& query = {}) { return report_of(stories(), query); }
};

const Figure* find(const VersionReport& version, std::string_view id, std::string_view name) {
  for (const Metric& metric : version.metrics) {
    for (const Figure& figure : metric.figures) {
      if (metric.id == id && figure.name == name) {
        return &figure;
      }
    }
  }
  return nullptr;
}

const Figure& figure(const Report& report, std::string_view id, std::string_view name) {
  INFO(std::string(id) << " " << std::string(name));
  const Figure* found = find(report.versions.back(), id, name);
  REQUIRE(found != nullptr);
  return *found;
}

// "numerator/denominator, censored"
std::string counts(const Report& report, std::string_view id, std::string_view name) {
  const Figure& one = figure(report, id, name);
  return std::to_string(one.numerator) + "/" + std::to_string(one.denominator) + ", " +
         std::to_string(one.censored);
}

std::optional<std::int64_t> value(const Report& report, std::string_view id, std::string_view name) {
  return figure(report, id, name).value;
}

} // namespace

TEST_CASE("figures: the Kaplan-Meier median counts what was only watched; the naive one does not") {
  const std::vector<Lasted> all{{Duration{1}, true},  {Duration{2}, false}, {Duration{3}, true},
                                {Duration{4}, false}, {Duration{5}, true},  {Duration{6}, false}};
  const Figure estimate = kaplan_meier_median("m", all); // 5/6, 5/6 * 3/4, then * 1/2
  CHECK(estimate.value == 5);
  CHECK(estimate.n == 6);
  CHECK(estimate.numerator == 3);
  CHECK(estimate.censored == 3);
  CHECK(naive_median("m", all).value == 3);
  // At one time the ends come first: two of four are left, which is one half.
  CHECK(kaplan_meier_median(
            "m", {{Duration{7}, false}, {Duration{7}, true}, {Duration{7}, true}, {Duration{9}, false}})
            .value == 7);
  CHECK_FALSE(kaplan_meier_median("m", {{Duration{1}, true}, {Duration{2}, false}, {Duration{2}, false}})
                  .value); // not reached
  CHECK_FALSE(kaplan_meier_median("m", {}).value);
  CHECK(naive_median("m", std::vector<Lasted>{{Duration{2}, true}, {Duration{5}, true}}).value == 3);
}

TEST_CASE("figures: below twenty there are counts and no percentage; percentiles are of what was seen") {
  CHECK_FALSE(share("s", 5, 19).value);
  CHECK(share("s", 5, 20, 3).value == 2500);
  CHECK(share("s", 5, 20, 3).n == 23);
  CHECK(share("s", 1, 21).value == 476);
  CHECK(share("s", 2, 3 * 20).value == 333);
  CHECK_FALSE(per_100("s", 1, 0).value);
  std::vector<Duration> all;
  for (int i = 1; i <= 20; ++i) {
    all.push_back(Duration{i});
  }
  CHECK(percentile("p", all, 50, 0).value == 10);
  CHECK(percentile("p", all, 95, 0).value == 19);
  CHECK(percentile("p", all, 99, 0).value == 20);
  CHECK_FALSE(percentile("p", {}, 50, 2).value);
}

TEST_CASE("A32, M-A1: time to disposition has both branches and counts what never came to one") {
  Town t;
  Gate& g = t.g;
  const PacketId crossing = t.known("one");
  g.pass(Duration{10 * minute.ms});
  g.observe_all();
  t.authorise(crossing);
  t.cross(crossing); // after a second of recheck
  const PacketId held = t.known("two");
  g.pass(Duration{4 * minute.ms});
  g.objects.at("two/c1").ordinal = 2;
  g.observe_all(); // FRESH.CHANGED blocks it
  REQUIRE(g.held(held, "FRESH.CHANGED"));
  g.pass(Duration{6 * minute.ms});
  REQUIRE(g.revise(held, g.usual("two")).ok()); // which ends the hold
  REQUIRE_FALSE(g.held(held, "FRESH.CHANGED"));
  const PacketId gone = t.known("three");
  g.pass(Duration{2 * minute.ms});
  REQUIRE(g.step(gate::WithdrawPacket{g.intake, gone, "raised_in_error"}).ok());
  g.pass(Duration{1 * minute.ms});
  const Report r = t.report();
  const Stories s = t.stories();
  REQUIRE(s.revisions.size() == 7);
  const std::int64_t crossed_after = s.releases.front().at.ms - s.revisions[1].sealed.ms;
  CHECK(crossed_after > 10 * minute.ms);
  // By any hold: the note that is awaited is visible from the start, and the seal of a revision does not end
  // it.
  CHECK(counts(r, "M-A1", "median") == "7/7, 0");
  CHECK(counts(r, "M-A1", "held") == "7/7, 0");
  CHECK(counts(r, "M-A1", "censored.waiting") == "0/7, 0");
  // By holds that block: the three first revisions at once, because nothing was asked before. Of the others
  // one was released, one held after 4 minutes, one withdrawn after 2, one waits for 3.
  CHECK(counts(r, "M-A1", "blocking.median") == "5/7, 2");
  CHECK(value(r, "M-A1", "blocking.median") == 4 * minute.ms); // 4/7, then 4/7 * 1/2
  CHECK(value(r, "M-A1", "blocking.naive_median") == 0);
  CHECK(value(r, "M-A1", "blocking.to_release") == crossed_after);
  CHECK(counts(r, "M-A1", "blocking.to_hold") == "4/4, 0");
  CHECK(counts(r, "M-A1", "blocking.released") == "1/5, 2");
  CHECK(counts(r, "M-A1", "blocking.held") == "4/5, 2");
  CHECK(counts(r, "M-A1", "release") == "1/7, 6");
  CHECK(value(r, "M-A1", "release_naive") == crossed_after);
  const auto changed = std::ranges::find(s.holds, "FRESH.CHANGED", &HoldStory::code);
  REQUIRE(changed != s.holds.end());
  CHECK(*changed->ended - changed->opened == Duration{6 * minute.ms});
}

TEST_CASE("A32, M-A1: a signature that is waited for does not stop the clock, and an inherited hold counts") {
  Town t;
  Gate& g = t.g;
  const PacketId id = t.known("one");
  g.bind(id);
  g.pass(Duration{5 * minute.ms});
  g.observe_all();
  REQUIRE(g.revise(id, g.usual("one")).ok()); // superseded, unsigned, after five minutes
  g.objects.at("one/c1").ordinal = 3;
  g.observe_all(); // the third is held at once
  g.pass(Duration{1 * minute.ms});
  const Report r = t.report();
  CHECK(counts(r, "M-A1", "blocking.median") == "2/3, 1");
  CHECK(value(r, "M-A1", "blocking.naive_median") == 0);
  const Stories s = t.stories();
  REQUIRE(s.revisions.size() == 3);
  CHECK(s.revisions[1].cause == "superseded");
  CHECK(*s.revisions[1].ended - s.revisions[1].sealed == Duration{5 * minute.ms});
  CHECK_FALSE(s.revisions[1].blocked);
  CHECK(s.revisions[2].held == s.revisions[2].sealed); // FRESH.MISSING was open when it was sealed
  CHECK(counts(r, "M-A1", "open_hold") ==
        "16/19, 3"); // open are MISSING, CHANGED and CLOCK: two contents at once
}

TEST_CASE("A33, M-A2: corrections of mature releases, by kind, within their time") {
  Town t;
  Gate& g = t.g;
  const EntryId early = t.release("one");
  g.pass(day);
  REQUIRE(t.correct(early, "wrong_version").ok());
  REQUIRE(t.correct(early, "wrong_version").ok()); // twice is once
  REQUIRE(t.correct(early, "other").ok());         // is of no kind that counts
  const EntryId late = t.release("two");
  g.pass(Duration{30 * day.ms}); // W: reached is passed
  REQUIRE(t.correct(late, "over_broad_scope").ok());
  const EntryId judged = t.release("three");
  REQUIRE(t.judge(judged, "returned", {"over_broad_scope"}).ok()); // final: mature at once
  const EntryId young = t.release("four");
  REQUIRE(t.correct(young, "wrong_audience").ok());
  t.authorise(t.open("five")); // authorised, never released
  Report r = t.report();
  CHECK(counts(r, "M-A2", "any") == "2/3, 2");
  CHECK(counts(r, "M-A2", "wrong_version") == "1/3, 2");
  CHECK(counts(r, "M-A2", "over_broad_scope") == "1/3, 2");
  CHECK(counts(r, "M-A2", "wrong_audience") == "0/3, 2");
  CHECK_FALSE(value(r, "M-A2", "any"));
  CHECK(counts(r, "M-C1", "clean") == "2/3, 1");
  CHECK(counts(r, "M-C1", "scope_correction") == "1/3, 1");
  CHECK(r.versions.back().joint.verdict() == "undecided"); // no charter says how many are too many
  g.pass(Duration{30 * day.ms - 1});
  CHECK(counts(t.report(), "M-A2", "any") == "2/3, 2");
  g.pass(Duration{1});
  CHECK(counts(t.report(), "M-A2", "any") == "3/4, 1");
  CHECK(counts(t.report(), "M-C1", "boundary_dispute") == "1/4, 0");
}

TEST_CASE(
    "A34, M-A3: every link of a release verifies; one that does not is named, and the release unproven") {
  Town t;
  const EntryId entry = t.release("one");
  (void)entry;
  const Report whole = t.report();
  const Stories s = t.stories();
  INFO((s.releases.front().edges.missing.empty() ? "" : s.releases.front().edges.missing.front()));
  CHECK(s.releases.front().edges.complete());
  // entry, revision, 8 sources, signature with person and grant, lane, charter, recheck
  CHECK(counts(whole, "M-A3", "edges") == "16/16, 0");
  CHECK(counts(whole, "M-A3", "complete_releases") == "1/1, 0");
  CHECK(counts(whole, "M-B3", "bound") == "1/1, 0");
  CHECK(counts(whole, "M-C4", "entries_name_four") == "1/1, 0");
  const auto missing = [&](const Stories& stories) { return stories.releases.front().edges.missing; };
  SUBCASE("another signature") {
    const Stories other = t.stories([](packet::Leaf& leaf) {
      if (auto* one = std::get_if<packet::ManifestSigned>(&leaf.record)) {
        Bytes blob = from_base64(one->sig).value();
        blob.back() ^= 1U;
        one->sig = to_base64(blob);
      }
    });
    CHECK(missing(other) == std::vector<std::string>{"manifest->signature 1"});
  }
  SUBCASE("no signature") {
    const Stories other = t.stories([](packet::Leaf& leaf) {
      if (auto* one = std::get_if<packet::ReleaseCommitted>(&leaf.record)) {
        one->sigs.clear();
      }
    });
    CHECK(missing(other).size() == 3);
  }
  SUBCASE("a source that did not answer the recheck") {
    const Stories other = t.stories([](packet::Leaf& leaf) {
      if (auto* one = std::get_if<packet::ReleaseCommitted>(&leaf.record)) {
        one->answers.erase(one->answers.begin(), one->answers.begin() + 1);
      }
    });
    CHECK(std::ranges::count(missing(other), "commit->recheck") == 1);
    CHECK(other.releases.front().edges.verified < 16);
  }
  SUBCASE("another entry") {
    const Stories other = t.stories([](packet::Leaf& leaf) {
      if (auto* one = std::get_if<packet::ReleaseCommitted>(&leaf.record)) {
        one->entry_digest = {};
      }
    });
    CHECK(missing(other) == std::vector<std::string>{"entry->manifest"});
    const Report r = report_of(other, {});
    CHECK(counts(r, "M-A3", "complete_releases") == "0/1, 0");
    CHECK(counts(r, "M-A3", "missing.entry->manifest") == "1/16, 0");
    CHECK(counts(r, "M-C4", "entries_name_four") == "0/0, 1"); // not at hand is not wrong
    CHECK(counts(r, "M-B3", "bound") == "0/0, 1");
    CHECK(r.versions.back().joint.verdict() == "fail");
  }
  SUBCASE("another revision than was signed") {
    const Stories other = t.stories([](packet::Leaf& leaf) {
      if (auto* one = std::get_if<packet::ReleaseCommitted>(&leaf.record)) {
        one->revision = {};
      }
    });
    CHECK(missing(other) == std::vector<std::string>{"manifest->revision"});
    CHECK(counts(report_of(other, {}), "M-B3", "bound") == "0/1, 0");
  }
}

TEST_CASE("A34, M-A3: what came before a release belongs to it") {
  Town t;
  Gate& g = t.g;
  const PacketId loser = t.open("two");
  const PacketId id = t.open("one");
  REQUIRE(g.step(gate::MergePackets{g.intake, g.tia.person, id, loser, "same_case", {}}).ok());
  REQUIRE(g.revise(id, g.usual("one")).ok());
  g.observe_all();
  t.authorise(id);
  t.cross(id);
  CHECK(counts(t.report(), "M-A3", "edges") == "18/18, 0"); // its predecessor, and the merged packet
}

TEST_CASE("A35, M-A4: a merge, a roster and changed evidence in review hold at once") {
  Town t;
  Gate& g = t.g;
  const PacketId merged = t.open("one");
  const PacketId loser = t.open("two");
  t.authorise(merged);
  REQUIRE(g.step(gate::MergePackets{g.intake, g.tia.person, merged, loser, "same_case", {}}).ok());
  const PacketId changed = t.open("three");
  t.authorise(changed);
  g.objects.at("three/c1").ordinal = 2;
  g.observe_all();
  g.pass(second);
  g.observe_all(); // it stands: the same answer again is no second disturbance
  const PacketId drifted = t.open("four");
  t.authorise(drifted);
  g.grant(g.mira, "support-trust-lead");
  REQUIRE(g.activate_roster().ok()); // concerns the two manifests in review
  t.open("five");
  g.objects.at("five/c1").ordinal = 2;
  g.observe_all(); // nothing is in review there
  const Report r = t.report();
  CHECK(counts(r, "M-A4", "reliability.merge") == "1/1, 0");
  CHECK(counts(r, "M-A4", "reliability.freshness") == "1/1, 0");
  CHECK(counts(r, "M-A4", "reliability.roster") == "2/2, 0");
  CHECK(counts(r, "M-A4", "reliability") == "4/4, 0");
  CHECK(counts(r, "M-A4", "false_releases") == "0/4, 0");
  CHECK(value(r, "M-A4", "latency_p99") == 0);
  SUBCASE("a gate that does not open the hold is seen") {
    // The leaf of the hold says something else, as if the check had not been there.
    const auto stories = t.stories([](packet::Leaf& leaf) {
      if (auto* one = std::get_if<packet::HoldOpened>(&leaf.record);
          one != nullptr && one->code == "LINE.SUPERSEDED") {
        one->code = "GOV.MANUAL";
      }
    });
    Stories later = stories;
    later.now = later.now + day;
    const Report other = report_of(later, {});
    CHECK(counts(other, "M-A4", "reliability.merge") == "0/1, 0");
    CHECK(counts(other, "M-A4", "latency_p50") == "3/3, 1");
  }
}

TEST_CASE("A35, M-A4: evidence that time alone makes stale holds within the bound, or is missed") {
  Town t;
  Gate& g = t.g;
  const PacketId id = t.open("one");
  t.authorise(id);
  const Instant stale = *g.state().sources.at("session-broker").last_contact + Duration{15 * minute.ms};
  Duration late{250}; // L of this charter
  std::string kept = "7/7, 0";
  SUBCASE("at the bound") {
  }
  SUBCASE("after it") {
    late = Duration{251};
    kept = "0/7, 0";
  }
  SUBCASE("no record followed: whether anybody looked, nobody can tell") {
    g.now = stale + day;
    CHECK(counts(t.report(), "M-A4", "reliability") == "0/0, 0");
    return;
  }
  SUBCASE("it was renewed, and reached again") {
    g.now = stale;
    t.wake(id);
    g.observe_all();
    g.pass(Duration{15 * minute.ms});
    t.wake(id);
    CHECK(counts(t.report(), "M-A4", "reliability") == "14/14, 0");
    return;
  }
  g.now = stale + late; // every source is silent for unknown_after
  t.wake(id);
  REQUIRE(g.held(id, "FRESH.UNKNOWN"));
  REQUIRE(g.held(id, "AUD.UNKNOWN"));
  const Report r = t.report();
  CHECK(counts(r, "M-A4", "reliability") == kept);
  CHECK(value(r, "M-A4", "latency_p50") == late.ms);
}

TEST_CASE("A35, M-A4: a release past a disturbance that no record cleared is a false release") {
  Town t;
  Gate& g = t.g;
  const PacketId id = t.open("one");
  t.authorise(id);
  g.pass(Duration{15 * minute.ms}); // all are silent
  t.wake(id);
  REQUIRE(g.held(id, "FRESH.UNKNOWN"));
  g.observe_all();
  REQUIRE_FALSE(g.held(id, "FRESH.UNKNOWN"));
  t.cross(id);
  CHECK(counts(t.report(), "M-A4", "false_releases") == "0/7, 0"); // cleared, on record
  CHECK(counts(t.report(), "M-A4", "reliability") == "7/7, 0");
  // The same log without what it says of the clearing in review.
  bool review = false;
  const Stories other = t.stories([&](packet::Leaf& leaf) {
    review = review || std::holds_alternative<packet::ManifestSubmitted>(leaf.record);
    if (auto* one = std::get_if<packet::HoldCleared>(&leaf.record); one != nullptr && review) {
      one->hold = {};
    }
  });
  const Report r = report_of(other, {});
  CHECK(counts(r, "M-A4", "false_releases") == "7/7, 0");
  CHECK(counts(r, "M-A4", "reliability") == "0/7, 0"); // held in time, and crossed all the same
  CHECK(r.versions.back().joint.verdict() == "fail");
}

TEST_CASE("A35, M-A4: what leaves do not decide is censored, and a suspicion that was none is a false hold") {
  Town t;
  Gate& g = t.g;
  const PacketId id = t.open("one");
  t.authorise(id);
  g.objects.at("one/c8").ordinal = 2; // the registry: a pin, and a digest of another kind only
  g.observe_all();
  CHECK(counts(t.report(), "M-A4", "reliability") == "0/0, 1");
  REQUIRE(g.report("intake-triage", "duplicate.suspected", {}, id).ok());
  const HoldId hold = g.hold(id, "LINE.DUP_PENDING");
  REQUIRE_FALSE(hold.empty());
  const std::size_t holds = t.stories().holds.size();
  CHECK(counts(t.report(), "M-A4", "false_holds") == "0/" + std::to_string(holds) + ", 0");
  REQUIRE(g.step(gate::DismissSuspicion{g.anna.account, id, hold, {{"rationale", "two grants"}}}).ok());
  CHECK(counts(t.report(), "M-A4", "false_holds") == "1/" + std::to_string(holds) + ", 0");
}

TEST_CASE("C19, M-C3: blocked releases by day and code, stale packets, overrides, repeated holds") {
  Town t;
  Gate& g = t.g;
  const PacketId id = t.open("one");
  t.authorise(id);
  g.pass(Duration{15 * minute.ms}); // every source is silent
  t.wake(id);
  CHECK_FALSE(g.request(g.anna, id).ok());
  CHECK_FALSE(g.request(g.anna, id).ok());
  CHECK(refused(g.step(gate::WithdrawPacket{g.agent, id, "raised_in_error"}), "agent_never_decides"));
  g.observe_all();
  g.pass(Duration{15 * minute.ms});
  t.wake(id); // again
  g.pass(day);
  CHECK_FALSE(g.request(g.anna, id).ok());
  g.observe_all();
  const EntryId entry = t.release("two");
  REQUIRE(t.correct(entry, "wrong_audience").ok());
  REQUIRE(t.correct(entry, "wrong_audience").ok());
  const Report r = t.report();
  CHECK(counts(r, "M-C3", "blocked") == "3/3, 0");
  CHECK(counts(r, "M-C3", "blocked.2026-11-20.AUD.UNKNOWN") == "2/2, 0");
  CHECK(counts(r, "M-C3", "blocked.2026-11-21.AUD.UNKNOWN") == "1/1, 0");
  CHECK(counts(r, "M-C3", "stale_packets") == "1/1, 0");
  CHECK(counts(r, "M-C3", "wrong_lane_corrections") == "1/1, 0");
  CHECK(counts(r, "M-C3", "overrides") == "0/1, 0");
  CHECK(counts(r, "M-C3", "repeated.AUD.UNKNOWN") ==
        "2/5, 0"); // the directory, twice after its first silence
  CHECK(find(r.versions.back(), "M-C3", "repeated.FRESH.MISSING") ==
        nullptr); // two packets are no repetition
  CHECK(counts(r, "M-B4", "denied.packet.withdraw") == "1/1, 0");
  // Since a day later: what began before is not looked at; what waits now, waits now.
  const Query query{g.now - Duration{hour.ms}, ""};
  const Report since = t.report(query);
  CHECK(counts(since, "M-C3", "blocked") == "1/1, 0");
  CHECK(counts(since, "M-C3", "stale_packets") == "1/1, 0");
  CHECK(counts(since, "M-A1", "median") == "1/1, 0");
}

TEST_CASE("C19, M-C3: a hold that people sign past is an override, once however many sign") {
  Edits edits = by_request;
  edits.emplace_back("handling_note = \"visible\"", "handling_note = \"blocking\"");
  Town t(with(edits));
  Gate& g = t.g;
  const PacketId id = t.open("one");
  const HoldId hold = g.hold(id, "FRESH.MISSING");
  REQUIRE(submit_waived(g, id, {{hold}, {}}).ok());
  REQUIRE(override_hold(g, g.lena, id, hold).ok());
  REQUIRE(override_hold(g, g.liam, id, hold).ok());
  REQUIRE(g.sign(g.anna, id).ok());
  t.cross(id);
  CHECK(counts(t.report(), "M-C3", "overrides") == "1/1, 0");
  CHECK(counts(t.report(), "M-A3", "complete_releases") == "1/1, 0");
}

TEST_CASE("B33, M-B1: accepted at first means a good verdict that found nothing; no verdict is no answer") {
  Town t;
  REQUIRE(t.judge(t.release("one"), "accepted").ok());
  REQUIRE(t.judge(t.release("two"), "accepted", {"over_broad_scope"}).ok());
  REQUIRE(t.judge(t.release("three"), "returned").ok());
  t.release("four");
  const Report r = t.report();
  CHECK(counts(r, "M-B1", "accepted") == "1/3, 1");
  CHECK(counts(r, "M-B1", "accepted_at_first") == "1/3, 1");
  CHECK(counts(r, "M-B1", "found.over_broad_scope") == "1/3, 1");
  CHECK(counts(r, "M-B1", "found.wrong_version") == "0/3, 1");
}

TEST_CASE("M-C1: another packet of a case that crossed, not told apart, is no clean entry") {
  Town t;
  Gate& g = t.g;
  const PacketId first = t.open("one");
  t.authorise(first);
  g.deliver(t.cross(first));
  gate::testing::Spec same = g.usual("two");
  same.session = "session-one"; // of another operator: suspected
  const PacketId second_packet = g.submit(same);
  g.observe_all();
  REQUIRE(g.held(second_packet, "LINE.DUP_PENDING"));
  g.pass(Duration{30 * day.ms});
  CHECK(counts(t.report(), "M-C1", "duplicate_after_entry") == "1/1, 0");
  CHECK(counts(t.report(), "M-C1", "clean") == "0/1, 0");
  g.observe_all();
  const gate::Step step = g.step(gate::DismissSuspicion{g.anna.account,
                                                        second_packet,
                                                        g.hold(second_packet, "LINE.DUP_PENDING"),
                                                        {{"rationale", "two grants"}}});
  REQUIRE(step.ok());
  CHECK(counts(t.report(), "M-C1", "duplicate_after_entry") == "0/1, 0");
  CHECK(counts(t.report(), "M-C1", "clean") == "1/1, 0");
}

TEST_CASE(
    "metrics: what has no record says why; versions of a charter are never mixed; lanes are told apart") {
  Town t;
  Gate& g = t.g;
  t.release("one");
  charter::Charter next = break_glass(with(by_request).edits);
  next.version = 2;
  next.holds.visible_within = Duration{500};
  REQUIRE(g.adopt(next).ok());
  t.open("two");
  const Report r = t.report();
  REQUIRE(r.versions.size() == 2);
  CHECK(r.versions[0].version == 1);
  CHECK(r.versions[1].visible_within == Duration{500});
  CHECK(find(r.versions[0], "M-A3", "complete_releases")->denominator == 1);
  CHECK(find(r.versions[1], "M-A3", "complete_releases")->denominator == 0);
  CHECK(find(r.versions[1], "M-A1", "median")->n == 1);
  for (const auto& [id, name] : {std::pair("M-B2", "lag"), std::pair("M-B4", "denied_requests"),
                                 std::pair("M-C2", "recall"), std::pair("M-C4", "readers")}) {
    CHECK_FALSE(figure(r, id, name).measured());
  }
  const canon::Value value = to_value(r);
  CHECK(canon::parse(canon::write(value)).value() == value);
  CHECK(t.report({{}, "Q-OTHER"}).versions.empty());
  // Without the charter's text its durations are not known, and what needs them says so.
  Texts none;
  Fold fold(none);
  for (const std::string& bytes : g.log) {
    fold.take(packet::decode(bytes).value());
  }
  const Report blind = report_of(fold.finish(g.now), {});
  CHECK_FALSE(figure(blind, "M-A2", "any").measured());
  CHECK_FALSE(figure(blind, "M-A4", "reliability").measured());
  CHECK(blind.versions[0].joint.verdict() == "fail"); // nothing of its release can be verified
}

TEST_CASE("M-B4: of the edits of agents that people looked at, those that were rejected as drift") {
  Stories stories;
  stories.charters.push_back({Digest{}, "crash-dump", 1, "IN-PRIVENG", std::nullopt});
  CHECK_FALSE(figure(report_of(stories, {}), "M-B4", "rejected_edits").measured());
  const auto edit = [&](bool reviewed, const std::string& rejected) {
    stories.edits.push_back(
        {EditId::from_random(stories.edits.size()), Digest{}, Instant{}, reviewed, rejected});
  };
  edit(true, "");
  edit(true, "wrong"); // is no drift
  edit(true, "wider_sharing");
  edit(false, "");
  const Report r = report_of(stories, {});
  CHECK(counts(r, "M-B4", "rejected_edits") == "1/3, 1");
  CHECK(counts(r, "M-B4", "rejected.wider_sharing") == "1/3, 1");
}

TEST_CASE(
    "B34, M-B2: from a change at its source until the packet shows it; what is never shown, or said by a "
    "clock that is "
    "ahead, is censored") {
  Town t;
  Gate& g = t.g;
  const PacketId id = t.known("one");
  gate::testing::Object& object = g.objects.at("one/c1");
  object.status = "changed";
  std::map<packet::LeafNumber, Instant> told; // what the source says of when
  const auto change = [&](Duration before) {
    ++object.ordinal;
    g.pass(Duration{60'000});
    const gate::Step step = g.observe(object.source);
    REQUIRE(step.ok());
    told[step.leaves.front().leaf.n] = Instant{g.now.ms - before.ms};
  };
  const auto report = [&] {
    return report_of(t.stories([&](packet::Leaf& leaf) {
      auto* seen = std::get_if<packet::SourceObserved>(&leaf.record);
      if (seen != nullptr && told.contains(leaf.n)) {
        seen->changed_at = told.at(leaf.n);
      }
    }),
                     {});
  };
  CHECK_FALSE(figure(report(), "M-B2", "lag").measured()); // nobody says when
  change(Duration{24'000});
  REQUIRE(g.held(id, "FRESH.CHANGED"));
  CHECK(value(report(), "M-B2", "lag") == 24'000);
  CHECK(value(report(), "M-B2", "lag_p95." + object.source) == 24'000);
  CHECK(figure(report(), "M-B2", "unsynchronized").numerator == 24'000);
  CHECK(figure(report(), "M-B2", "unsynchronized").denominator == (g.now - g.packet(id).opened_at).ms);
  change(Duration{5'000}); // the hold stands already: nothing shows that it changed again
  CHECK(counts(report(), "M-B2", "lag") == "1/1, 1");
  g.pass(Duration{1'000});
  CHECK(figure(report(), "M-B2", "unsynchronized").numerator == 24'000 + 6'000);
  REQUIRE(g.revise(id, g.usual("one")).ok()); // the next revision does
  CHECK(counts(report(), "M-B2", "lag") == "2/2, 0");
  CHECK(value(report(), "M-B2", "lag") == (24'000 + 6'000) / 2);
  change(Duration{-5'000});
  REQUIRE(g.revise(id, g.usual("one")).ok());
  CHECK(counts(report(), "M-B2", "lag") == "2/2, 1");
  CHECK_FALSE(figure(report(), "M-B2", "reduction").measured()); // the charter has no baseline
}
