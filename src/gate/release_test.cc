// T13: two steps, everything afresh, exactly the bytes that were signed, once.
#include "canon/json.h"
#include "canon/pointer.h"
#include "gate/bind.h"
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

// Every pointer into the manifest's statement that holds a text or a number.
void each_leaf(const canon::Value& root, const std::string& at, std::vector<std::string>& out) {
  if (root.array() != nullptr) {
    for (std::size_t i = 0; i < root.array()->size(); ++i) {
      each_leaf((*root.array())[i], at + "/" + std::to_string(i), out);
    }
  } else if (root.object() != nullptr) {
    for (const auto& [name, member] : *root.object()) {
      each_leaf(member, at + "/" + canon::pointer_escape(name), out);
    }
  } else {
    out.push_back(at);
  }
}

canon::Value mutate(const canon::Value& value) {
  if (value.integer() != nullptr) {
    return *value.integer() + 1;
  }
  std::string text = *value.string();
  SP_ASSERT(!text.empty());
  text.back() = text.back() == 'a' ? 'b' : 'a';
  return text;
}

} // namespace

TEST_CASE("A24, B25, INV-05: every member of the signed manifest, changed in what is kept of it, blocks the "
          "release") {
  Scene probe;
  const std::string bytes = probe.g.machine.facts().manifests.at(probe.g.last.manifest).bytes;
  std::vector<std::string> pointers;
  each_leaf(canon::parse(bytes).value(), "", pointers);
  CHECK(pointers.size() > 60);
  Scene s;
  BoundManifest& kept = s.g.machine.facts().manifests.at(s.g.last.manifest);
  const BoundManifest intact = kept;
  const auto blocked = [&](const std::string& what) {
    INFO(what);
    const Step request = s.g.request(s.g.anna, s.id);
    if (!request.ok()) {
      CHECK_FALSE(request.refused.empty()); // already seen by a check
    } else {
      s.g.answer(s.id);
      const Step commit = s.g.commit(s.id);
      CHECK(!commit.refused.empty());
      REQUIRE(find<packet::RecheckClosed>(commit) != nullptr);
      CHECK_FALSE(find<packet::RecheckClosed>(commit)->reasons.empty());
    }
    CHECK_FALSE(s.crossed());
    kept = intact;
    s.g.pass(second);
    s.g.observe_all();
  };
  const canon::Value original = canon::parse(intact.bytes).value();
  for (const std::string& pointer : pointers) {
    canon::Value changed = original;
    auto* at = const_cast<canon::Value*>(canon::pointer_find(changed, pointer));
    *at = mutate(*at);
    kept.bytes = canon::write(changed);
    REQUIRE(kept.bytes != intact.bytes);
    blocked(pointer);
  }
  const auto field = [&](const char* name, auto change) {
    change(kept);
    blocked(name);
  };
  field("view", [](BoundManifest& m) { m.manifest.view.bytes[0] ^= 1U; });
  field("revision", [](BoundManifest& m) { m.manifest.revision_digest.bytes[0] ^= 1U; });
  field("evidence", [](BoundManifest& m) { m.manifest.evidence.erase("c1"); });
  field("evidence leaf", [](BoundManifest& m) { ++m.manifest.evidence.at("c1").leaf; });
  field("holds", [](BoundManifest& m) { m.manifest.holds.clear(); });
  field("eligible", [](BoundManifest& m) { m.manifest.signers.eligible.pop_back(); });
  field("log", [](BoundManifest& m) { m.manifest.log.root.bytes[0] ^= 1U; });
  field("members", [](BoundManifest& m) { m.members.pop_back(); });
  field("opening", [](BoundManifest& m) { m.audience.encoded += "A"; });
  s.crosses(); // and untouched it goes
}

TEST_CASE(
    "INV-01 to INV-05: the world moved under the manifest: bind() differs, and the commit says in what") {
  const auto blocked = [](const char* code, auto change) {
    INFO(std::string(code));
    Scene s;
    REQUIRE(s.g.request(s.g.anna, s.id).ok());
    change(s);
    s.g.answer(s.id);
    const Step commit = s.g.commit(s.id);
    CHECK(refused(commit, code));
    CHECK_FALSE(s.crossed());
  };
  blocked("MIN.POLICY_STALE",
          [](Scene& s) { s.g.machine.facts().dossiers.find(s.id)->names["/narrative"] = "AAAA"; });
  blocked("SCOPE.DRIFT",
          [](Scene& s) { s.g.machine.facts().dossiers.find(s.id)->names["/scope/tenant/t1"] = "AAAA"; });
  blocked("FRESH.CHANGED",
          [](Scene& s) { s.g.machine.facts().dossiers.find(s.id)->names["/citations/c1/record"] = "AAAA"; });
  blocked("SYS.INTEGRITY", [](Scene& s) { s.g.machine.facts().manifests.erase(s.g.last.manifest); });
}

TEST_CASE("differences(): each bound field that the world decides has its own reason") {
  Scene s;
  const packet::Manifest bound = s.g.machine.facts().manifests.at(s.g.last.manifest).manifest;
  REQUIRE(differences(bound, bound).empty());
  const auto says = [&](const char* code, auto change) {
    INFO(std::string(code));
    packet::Manifest now = bound;
    change(now);
    const auto reasons = differences(bound, now);
    CHECK(std::ranges::any_of(reasons, [&](const packet::Reason& r) { return r.code == code; }));
  };
  says("SYS.INTEGRITY", [](auto& m) { m.manifest = ManifestId::from_random(1); });
  says("SYS.INTEGRITY", [](auto& m) { m.packet = PacketId::from_random(1); });
  says("LINE.SUPERSEDED", [](auto& m) { ++m.revision; });
  says("LINE.SUPERSEDED", [](auto& m) { m.revision_digest.bytes[1] ^= 1U; });
  says("LANE.MISMATCH", [](auto& m) { m.lane = "Q-X"; });
  says("MIN.POLICY_STALE", [](auto& m) { m.view.bytes[1] ^= 1U; });
  says("SCOPE.DRIFT", [](auto& m) { m.scope["tenant"].push_back("x"); });
  says("AUD.EXCEEDS", [](auto& m) { m.audience.name = "x"; });
  says("AUD.EXCEEDS", [](auto& m) { m.audience.members = "x"; });
  says("GOV.CHARTER", [](auto& m) { ++m.charter.version; });
  says("AUD.ROSTER_DRIFT", [](auto& m) { ++m.roster.version; });
  says("GOV.CHARTER", [](auto& m) { ++m.signers.require[0].count; });
  says("GOV.CHARTER", [](auto& m) { m.signers.key_class_min = "sk"; });
  says("GOV.CHARTER", [](auto& m) { ++m.signers.valid_for.ms; });
  says("holds_changed", [](auto& m) { m.holds.clear(); });
  says("SYS.INTEGRITY", [](auto& m) { m.log.origin = "x"; });
  says("SYS.INTEGRITY", [](auto& m) { m.log.size = 0; });
  says("FRESH.CHANGED", [](auto& m) { m.evidence.erase("c1"); });
  says("FRESH.CHANGED", [](auto& m) { m.evidence.at("c1").record = "x"; });
  says("FRESH.CHANGED", [](auto& m) { m.evidence.at("c1").source = "x"; });
  says("FRESH.CHANGED", [](auto& m) { m.evidence.at("c1").observed_at = Instant{1}; });
}

TEST_CASE("C05, INV-17, INV-18, SYS.RECHECK: every source answers anew, in time, for every object") {
  Scene s;
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  const Recheck recheck = *s.g.packet(s.id).recheck;
  const auto all_but = [&](const std::string& left_out) {
    s.g.pass(second);
    for (const packet::NeededAnswer& needed : recheck.needed) {
      if (needed.source != left_out) {
        s.g.observe(needed.source, recheck.id);
      }
    }
  };
  CHECK(recheck.needed.size() == 7); // six cited sources and the roster
  SUBCASE("a source that does not answer holds until it is there again, and then a person asks") {
    all_but("remote-console");
    s.g.step(SourceFailed{"remote-console", recheck.id});
    const Step commit = s.g.commit(s.id);
    CHECK(refused(commit, "SYS.RECHECK"));
    CHECK(find<packet::RecheckClosed>(commit)->unanswered == std::vector<std::string>{"remote-console"});
    CHECK(s.g.held(s.id, "SYS.RECHECK"));
    CHECK(refused(s.g.request(s.g.anna, s.id), "SYS.RECHECK"));
    s.g.pass(second);
    s.g.observe("remote-console");
    CHECK_FALSE(s.g.held(s.id, "SYS.RECHECK"));
    CHECK_FALSE(s.g.packet(s.id).recheck);
    s.crosses(); // the signatures stayed
  }
  SUBCASE("an answer that does not name the recheck is none") {
    all_but("remote-console");
    s.g.observe("remote-console");
    CHECK(refused(s.g.commit(s.id), "SYS.RECHECK"));
  }
  SUBCASE("an answer from before the recheck is none") {
    all_but("session-broker");
    s.g.observe("session-broker", recheck.id, recheck.opened_at);
    CHECK(refused(s.g.commit(s.id), "SYS.RECHECK"));
  }
  SUBCASE("a late answer is none") {
    all_but("session-broker");
    s.g.now = recheck.opened_at + Duration{30'000};
    s.g.observe("session-broker", recheck.id);
    const Step commit = s.g.commit(s.id);
    CHECK(refused(commit, "SYS.RECHECK"));
    CHECK(find<packet::RecheckClosed>(commit)->unanswered == std::vector<std::string>{"session-broker"});
  }
  SUBCASE("a commit at the limit is too late, though every answer came") {
    all_but("");
    s.g.now = recheck.opened_at + Duration{30'000};
    CHECK(refused(s.g.commit(s.id), "SYS.RECHECK"));
  }
  SUBCASE("an object left unsaid") {
    all_but("intake-triage");
    s.g.observe("intake-triage", recheck.id, {}, {}, {"one/c3", "one/c4"});
    CHECK(refused(s.g.commit(s.id), "FRESH.UNKNOWN"));
  }
  SUBCASE("an object that the answer cannot tell, seen by an older look that arrives now") {
    all_but("intake-triage");
    s.g.observe("intake-triage", recheck.id, {}, {}, {"one/c3", "one/c4"});
    s.g.observe("intake-triage", {}, recheck.opened_at, {}, {"one/c6"});
    CHECK(refused(s.g.commit(s.id), "FRESH.UNKNOWN"));
  }
  SUBCASE("T13: an answer that finds other content") {
    s.g.objects.at("one/c4").ordinal = 2;
    all_but("");
    CHECK(refused(s.g.commit(s.id), "FRESH.CHANGED"));
    CHECK(s.g.held(s.id, "FRESH.CHANGED"));
  }
  SUBCASE("time-out and restart") {
    const Step expired = s.g.step(ExpireRecheck{s.id, recheck.id, "restart"});
    REQUIRE(find<packet::RecheckClosed>(expired) != nullptr);
    CHECK_FALSE(s.g.packet(s.id).recheck);
    CHECK(s.g.held(s.id, "SYS.RECHECK"));
    CHECK(refused(s.g.commit(s.id), "recheck_unknown"));
    CHECK(refused(s.g.step(ExpireRecheck{s.id, recheck.id, "restart"}), "recheck_unknown"));
    s.g.pass(second);
    s.g.observe_all();
    s.crosses();
  }
  CHECK(s.g.state().entries.size() <= 1);
}

TEST_CASE("one recheck at a time; a commit names it") {
  Scene s;
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  CHECK(refused(s.g.request(s.g.anna, s.id), "recheck_open"));
  CHECK(refused(s.g.step(CommitRelease{s.id, RecheckId::from_random(1)}), "recheck_unknown"));
  CHECK(refused(s.g.step(CommitRelease{PacketId::from_random(1), s.g.last.recheck}), "recheck_unknown"));
}

TEST_CASE("INV-02, INV-16, T13: released once; the second request and the second commit find it closed") {
  Scene s;
  s.crosses();
  CHECK(refused(s.g.commit(s.id), "recheck_unknown"));
  CHECK(refused(s.g.request(s.g.anna, s.id), "packet_closed"));
  CHECK(s.g.state().entries.size() == 1);
  CHECK(s.g.packet(s.id).spent.back().cause == "released");
}

TEST_CASE("A22, INV-37: nothing crosses by a clock; after a hold or a failed recheck a person asks") {
  Gate g;
  const PacketId id = opened(g);
  g.bind(id);
  g.pass(second);
  g.objects.at("one/c1").status = "unknown";
  SUBCASE("the recheck of the chain fails; the sources come back; a surplus signature starts nothing") {
    REQUIRE(g.sign(g.anna, id).ok());
    REQUIRE(g.packet(id).recheck);
    g.step(ExpireRecheck{id, g.last.recheck, "timeout"});
    g.pass(second);
    g.objects.at("one/c1").status = "same";
    g.observe_all();
    CHECK(g.authorised(id));
    const Step surplus = g.sign(g.ben, id);
    REQUIRE(surplus.ok());
    CHECK(surplus.probes.empty());
    CHECK_FALSE(g.packet(id).recheck);
    REQUIRE(g.request(g.anna, id).ok());
  }
  SUBCASE("held at the completing signature: authorised later (T25), and waiting for a request") {
    g.pass(Duration{15 * minute.ms});
    for (const auto& [source, known] : std::map(g.state().sources)) {
      if (source != "break-glass-ledger") {
        g.observe(source);
      }
    }
    REQUIRE(g.held(id, "FRESH.UNKNOWN"));
    CHECK(g.sign(g.anna, id).probes.empty());
    CHECK_FALSE(g.authorised(id));
    const Step cleared = g.observe("break-glass-ledger");
    CHECK(g.authorised(id));
    CHECK(cleared.probes.empty());
  }
  SUBCASE("thirty days") {
    for (int i = 0; i < 30; ++i) {
      g.pass(day);
      g.step(Reevaluate{id});
    }
    CHECK(g.state().entries.empty());
    CHECK_FALSE(g.holds(id).empty());
  }
}

TEST_CASE("who may ask for a release: a holder of a signer role, or who submitted the manifest") {
  Scene s;
  CHECK(refused(s.g.request(s.g.mira, s.id), "role_missing"));
  CHECK(refused(s.g.step(RequestRelease{s.g.agent, s.id, s.g.packet(s.id).head->digest,
                                        s.g.packet(s.id).reviewed()->digest, "Q-PSR"}),
                "agent_never_decides"));
  CHECK(refused(s.g.step(RequestRelease{s.g.intake, s.id, s.g.packet(s.id).head->digest,
                                        s.g.packet(s.id).reviewed()->digest, "Q-PSR"}),
                "not_a_person"));
  CHECK(s.g.request(s.g.lena, s.id).ok()); // submitted it
}

TEST_CASE("SYS.INTEGRITY: content that cannot be read holds, until it is there and a person has looked") {
  stops("SYS.INTEGRITY", [](Scene& s) {
    s.g.machine.facts().dossiers.erase(s.id);
    s.g.step(Reevaluate{s.id});
  });
  Scene s;
  s.g.machine.facts().dossiers.erase(s.id);
  s.g.step(Reevaluate{s.id});
  CHECK(refused(s.g.draft(s.g.lena.account, s.id), "SYS.INTEGRITY"));
  CHECK(refused(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "SYS.INTEGRITY")), "hold_still_so"));
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK(s.g.held(s.id, "SYS.INTEGRITY"));
  REQUIRE(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "SYS.INTEGRITY")).ok());
  CHECK_FALSE(s.g.held(s.id, "SYS.INTEGRITY"));
  s.g.bind(s.id);
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  s.crosses();
}

TEST_CASE("INV-15: a crossing hold that changed after signing voids the manifest at the commit") {
  Scene s;
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  // The handling note comes to be cited in what is kept: the visible hold goes.
  s.g.machine.facts().dossiers.find(s.id)->revision.citations["c9"] = {
      "handling_note", "tenant-registry", {}, {}, {}};
  s.g.answer(s.id);
  const Step commit = s.g.commit(s.id);
  CHECK(refused(commit, "holds_changed"));
  CHECK(find<packet::ManifestVoided>(commit)->cause == "holds_changed");
  CHECK_FALSE(s.crossed());
}
