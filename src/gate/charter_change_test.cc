// T17: a charter changes by its owners together, and what was bound under the old one falls.
#include "charter/canonical.h"
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

charter::Charter next(const Edits& edits, const Edits& base = software_keys) {
  Edits all = base;
  all.push_back({"version = 1", "version = 2"});
  all.insert(all.end(), edits.begin(), edits.end());
  return break_glass(all);
}

const Edits shorter{{"valid_for = \"4h\"", "valid_for = \"3h\""}};

} // namespace

TEST_CASE("A30, GOV.CHARTER: activation voids what was in review and holds until a person submits anew") {
  Edits base = software_keys;
  base.push_back(by_request[0]);
  const auto change = [&](Scene& s) { REQUIRE(s.g.adopt(next(shorter, base)).ok()); };
  stops("GOV.CHARTER", change);
  Scene s;
  const PacketId quiet = s.g.submit(s.g.usual("two"));
  s.g.observe_all();
  REQUIRE(s.g.draft(s.g.lena.account, quiet).ok());
  const ManifestId drafted = s.g.last.manifest;
  change(s);
  CHECK(s.g.packet(quiet).manifests.at(drafted).void_cause == "charter_changed");
  CHECK_FALSE(s.g.held(quiet, "GOV.CHARTER")); // nothing of it was in review
  CHECK(s.g.packet(s.id).reviewed() == nullptr);
  CHECK(s.g.packet(s.id).head); // heads stay
  CHECK(refused(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "GOV.CHARTER")), "hold_not_clearable"));
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK(s.g.held(s.id, "GOV.CHARTER"));
  s.g.bind(s.id);
  CHECK_FALSE(s.g.held(s.id, "GOV.CHARTER"));
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  s.crosses();
}

TEST_CASE("A30: one owner is not enough; the proposer alone is nobody; strangers and agents neither propose "
          "nor ratify") {
  Gate g;
  const charter::Charter changed = next(shorter);
  CHECK(refused(g.ratify(g.gail, changed), "charter_not_proposed"));
  REQUIRE(g.propose(g.gail, changed).ok());
  CHECK(g.propose(g.pavel, changed).leaves.empty()); // proposed before
  CHECK(refused(g.activate(g.gail, changed), "charter_ratifications"));
  REQUIRE(g.ratify(g.gail, changed).ok());
  CHECK(refused(g.ratify(g.gail, changed), "already_ratified"));
  CHECK(refused(g.activate(g.gail, changed), "charter_ratifications"));
  CHECK(refused(g.ratify(g.anna, changed), "role_missing"));
  CHECK(refused(g.step(ProposeCharter{g.agent, changed}), "agent_never_decides"));
  CHECK(refused(g.step(ActivateCharter{g.agent, charter::digest(changed)}), "agent_never_decides"));
  REQUIRE(g.ratify(g.pavel, changed).ok());
  REQUIRE(g.activate(g.gail, changed).ok());
  CHECK(g.charter().version == 2);
  CHECK(refused(g.activate(g.gail, changed), "charter_not_proposed")); // active already
}

TEST_CASE("a change of what is not protected needs one owner, who is not the proposer alone") {
  Gate g;
  const charter::Charter changed = next({{"max_wait = \"4h\"", "max_wait = \"5h\""}});
  REQUIRE(g.propose(g.gail, changed).ok());
  REQUIRE(g.ratify(g.gail, changed).ok());
  CHECK(refused(g.activate(g.gail, changed), "charter_ratifications"));
  REQUIRE(g.ratify(g.pavel, changed).ok());
  CHECK(g.activate(g.gail, changed).ok());
}

TEST_CASE("a new owner role ratifies the charter that makes it one, beside those who own the present one") {
  Gate g;
  g.grant(g.cleo, "duty-manager");
  REQUIRE(g.activate_roster().ok());
  const charter::Charter changed =
      next({{"\"product-security-governance\"]", "\"product-security-governance\", \"duty-manager\"]"}});
  REQUIRE(g.propose(g.gail, changed).ok());
  REQUIRE(g.ratify(g.gail, changed).ok());
  REQUIRE(g.ratify(g.pavel, changed).ok());
  CHECK(refused(g.activate(g.gail, changed), "charter_ratifications"));
  CHECK(refused(g.ratify(g.anna, changed), "role_missing"));
  REQUIRE(g.ratify(g.cleo, changed).ok());
  CHECK(g.activate(g.gail, changed).ok());
}

TEST_CASE("protected sections: exposure, sources and holds as listed, lane, scope, signers, lineage, "
          "governance always") {
  for (const auto& edit : Edits{{"unknown_after = \"15m\"", "unknown_after = \"16m\""},
                                {"sla = \"2h\"", "sla = \"3h\""},
                                {"on_hit = \"finding\", terms_from", "on_hit = \"block\", terms_from"},
                                {"valid_for = \"4h\"", "valid_for = \"3h\""},
                                {"steward = \"psr-queue-steward\"", "steward = \"support-trust-lead\""},
                                {"on_equal = \"suspected\"", "on_equal = \"duplicate\""},
                                {"splittable", "splittable"},
                                {"review_every = \"180d\"", "review_every = \"90d\""}}) {
    if (edit.first == edit.second) {
      continue;
    }
    INFO(edit.first);
    Gate g;
    const charter::Charter changed = next({edit});
    REQUIRE(g.propose(g.gail, changed).ok());
    REQUIRE(g.ratify(g.pavel, changed).ok());
    CHECK(refused(g.activate(g.gail, changed), "charter_ratifications"));
  }
}

TEST_CASE("gate.md 15: versions follow one another; another charter is no version; what the gate cannot "
          "honour is not taken") {
  Gate g;
  CHECK(refused(g.propose(g.gail, next({{"version = 2", "version = 3"}})), "charter_changed_identity"));
  CHECK(refused(g.propose(g.gail, next({{"charter = \"break-glass-psr\"", "charter = \"another\""}})),
                "charter_changed_identity"));
  CHECK(refused(g.propose(g.gail, next({{"max = \"from_packet\"          # as declared by triage",
                                         "max = [\"northwind\"]"}})),
                "charter_not_honoured"));
  // Two proposals of version 2: when one is active the other has lost.
  const charter::Charter one = next(shorter);
  const charter::Charter two = next({{"valid_for = \"4h\"", "valid_for = \"2h\""}});
  REQUIRE(g.propose(g.gail, two).ok());
  REQUIRE(g.ratify(g.gail, two).ok());
  REQUIRE(g.ratify(g.pavel, two).ok());
  REQUIRE(g.adopt(one).ok());
  CHECK(refused(g.activate(g.gail, two), "charter_changed_identity"));
}

TEST_CASE("min_notice: activation waits for it, and the last millisecond counts") {
  Edits base = software_keys;
  base.push_back({"min_notice = \"0s\"", "min_notice = \"1h\""});
  Options options;
  options.edits = base;
  options.activate = false;
  Gate g(options);
  const charter::Charter first = break_glass(base);
  REQUIRE(g.propose(g.gail, first).ok());
  REQUIRE(g.ratify(g.gail, first).ok());
  REQUIRE(g.ratify(g.pavel, first).ok());
  g.pass(Duration{hour.ms - 1});
  CHECK(refused(g.activate(g.gail, first), "charter_notice"));
  g.pass(Duration{1});
  CHECK(g.activate(g.gail, first).ok());
}

TEST_CASE("a charter is not activated over a roster that cannot serve it") {
  Options options;
  options.activate = false;
  Gate g(options);
  g.revoke_grant(g.lena, "support-trust-lead");
  g.revoke_grant(g.liam, "support-trust-lead");
  REQUIRE(g.activate_roster().ok());
  CHECK(refused(g.adopt(break_glass(software_keys)), "roster_lacks"));
  Options misspelt = with({{"\"packet-author\"]", "\"manifest-drafter\"]"}}); // no part, and no role
  misspelt.activate = false;
  Gate other(misspelt);
  CHECK(refused(other.adopt(break_glass(misspelt.edits)), "roster_lacks"));
  other.grant(other.mira, "manifest-drafter", other.now + hour); // a role that the roster knows
  REQUIRE(other.activate_roster().ok());
  CHECK(other.activate(other.gail, break_glass(misspelt.edits)).ok()); // proposed and ratified it is already
}

TEST_CASE("charter activation racing a signature and a commit") {
  Edits base = software_keys;
  base.push_back(by_request[0]);
  Scene s;
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  s.g.answer(s.id);
  SUBCASE("activation first") {
    const Digest manifest = s.g.packet(s.id).reviewed()->digest;
    const std::string bytes = s.g.machine.facts().manifests.at(s.g.last.manifest).bytes;
    REQUIRE(s.g.adopt(next(shorter, base)).ok());
    CHECK(refused(s.g.commit(s.id), "manifest_closed"));
    CHECK(refused(s.g.sign(s.g.ben, s.id, manifest, s.g.ben.sign(packet::act::dispatch, bytes)),
                  "manifest_closed"));
    CHECK_FALSE(s.crossed());
  }
  SUBCASE("commit first: releases are untouched") {
    REQUIRE(s.g.commit(s.id).ok());
    REQUIRE(s.g.adopt(next(shorter, base)).ok());
    CHECK(s.g.packet(s.id).status == "released");
    CHECK(s.g.holds(s.id).empty());
  }
}
