// SIGN.*: who signs, over what, and for how long it counts.
#include "gate/standing.h"
#include "gate/testing/waiving.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

TEST_CASE("T09, A21: what is no signature of an eligible person over these bytes is refused and on record") {
  Gate g(with(by_request));
  const PacketId id = opened(g);
  const Digest manifest = g.bind(id);
  const std::string bytes = g.machine.facts().manifests.at(g.last.manifest).bytes;
  const auto refuses = [&](const Step& step, const char* code) {
    INFO(std::string(code));
    CHECK(refused(step, code));
    REQUIRE(find<packet::AttemptRefused>(step) != nullptr);
    CHECK(find<packet::AttemptRefused>(step)->packet == id);
    CHECK(g.packet(id).reviewed()->signatures.empty());
  };
  refuses(g.sign(g.mira, id), "role_missing");
  refuses(g.sign(g.anna, id, manifest, g.anna.sign(packet::act::dispatch, bytes + " ")), "signature_invalid");
  refuses(g.sign(g.anna, id, manifest, g.anna.sign(packet::act::key, bytes)),
          "signature_invalid"); // another act
  refuses(g.sign(g.anna, id, manifest, Bytes{1, 2, 3}), "signature_invalid");
  refuses(g.sign(g.anna, id, manifest, g.ben.sign(packet::act::dispatch, bytes)), "key_unknown"); // ben's key
  refuses(g.sign(g.anna, id, Digest{}, g.anna.sign(packet::act::dispatch, bytes)), "manifest_unknown");
  refuses(g.step(SignManifest{g.agent, id, manifest, g.anna.sign(packet::act::dispatch, bytes)}),
          "agent_never_decides"); // A22: no relay
  refuses(g.step(SignManifest{g.intake, id, manifest, g.anna.sign(packet::act::dispatch, bytes)}),
          "not_a_person");
  CHECK(g.waits(id) == std::vector<std::string>{"SIGN.MISSING"});
  CHECK(refused(g.request(g.anna, id), "SIGN.MISSING"));
}

TEST_CASE("not_also: who triaged, wrote, merged or drafted does not sign") {
  Gate g;
  Spec spec = g.usual();
  spec.triager = g.anna.person;
  spec.authors = {g.ben.person};
  g.grant(g.cleo, "support-trust-approver");
  REQUIRE(g.activate_roster().ok());
  const PacketId id = g.submit(spec);
  g.observe_all();
  g.bind(id);
  CHECK(refused(g.sign(g.anna, id), "SIGN.CONFLICT"));
  CHECK(refused(g.sign(g.ben, id), "SIGN.CONFLICT"));
  CHECK(g.sign(g.cleo, id).ok());

  Options strict;
  strict.edits.push_back(
      {"not_also = [\"packet-triager\", \"packet-author\"]",
       "not_also = [\"packet-triager\", \"packet-author\", \"packet-drafter\", \"packet-merger\"]"});
  strict.edits.push_back(by_request[0]);
  Gate d(strict);
  d.grant(d.cleo, "support-trust-approver");
  REQUIRE(d.activate_roster().ok());
  const PacketId winner = opened(d);
  const PacketId loser = d.submit(d.usual("two"));
  REQUIRE(d.step(MergePackets{d.intake, d.ben.person, winner, loser, "same_case", {}}).ok());
  REQUIRE(d.revise(winner, d.usual()).ok());
  d.observe_all();
  REQUIRE(d.draft(d.anna.account, winner).ok());
  REQUIRE(d.submit_manifest(d.lena, winner).ok());
  CHECK(refused(d.sign(d.anna, winner), "SIGN.CONFLICT")); // drafted it
  CHECK(refused(d.sign(d.ben, winner), "SIGN.CONFLICT"));  // merged it
  CHECK(d.sign(d.cleo, winner).ok());
}

TEST_CASE("an agent's draft is its operator's (gate.md case 12)") {
  Options strict;
  strict.edits.push_back({"not_also = [\"packet-triager\", \"packet-author\"]",
                          "not_also = [\"packet-triager\", \"packet-author\", \"packet-drafter\"]"});
  Gate g(strict);
  g.grant(g.lena, "support-trust-approver");
  REQUIRE(g.activate_roster().ok());
  const PacketId id = opened(g);
  REQUIRE(g.draft(g.agent, id).ok());
  REQUIRE(g.submit_manifest(g.liam, id).ok());
  CHECK(refused(g.sign(g.lena, id), "SIGN.CONFLICT"));
  CHECK(g.sign(g.anna, id).ok());
}

TEST_CASE(
    "INV-12, INV-14: two approvers are two persons, whatever accounts, keys and roles one of them has") {
  Options options = with(by_request);
  options.edits.push_back(two_approvers[0]);
  Gate g(options);
  const PacketId id = opened(g);
  const Digest manifest = g.bind(id);
  const std::string bytes = g.machine.facts().manifests.at(g.last.manifest).bytes;
  REQUIRE(g.sign(g.anna, id).ok());
  Actor second_account = g.anna;
  second_account.account = AccountId::from_random(g.random());
  REQUIRE(g.step(AddPrincipal{g.gail.account, second_account.account, "person", g.anna.person, {}, {}}).ok());
  CHECK(refused(g.sign(second_account, id), "already_signed"));
  CHECK_FALSE(g.authorised(id));
  CHECK(g.waits(id) == std::vector<std::string>{"SIGN.MISSING"});
  REQUIRE(g.sign(g.ben, id).ok());
  CHECK(g.authorised(id));
  (void)manifest;
  // Even a log that had the same person twice would count one.
  State twice = g.state();
  for (auto& [key, m] : twice.packets.at(id).manifests) {
    for (Signature& signature : m.signatures) {
      signature.person = g.anna.person;
    }
  }
  const World world{twice, g.machine.library(), g.machine.world().facts};
  CHECK_FALSE(quorum(world, id, g.now).met);
}

TEST_CASE("INV-12: two roles in one person fill one place; the matching finds who fills which") {
  Options options = with(by_request);
  options.edits.push_back({"require = [{ role = \"support-trust-approver\", count = 1 }]",
                           "require = [{ any_of = [\"support-trust-approver\", \"support-trust-lead\"], "
                           "count = 1 }, { role = \"support-trust-lead\", count = 1 }]"});
  Gate g(options);
  g.grant(g.anna, "support-trust-lead");
  REQUIRE(g.activate_roster().ok());
  const PacketId id = opened(g);
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  CHECK_FALSE(g.authorised(id)); // anna could be either, and is one
  SUBCASE("an approver beside her: anna is the lead") {
    REQUIRE(g.sign(g.ben, id).ok());
    CHECK(g.authorised(id));
  }
  SUBCASE("a lead beside her") {
    REQUIRE(g.sign(g.liam, id).ok());
    CHECK(g.authorised(id));
  }
}

TEST_CASE(
    "INV-11, SIGN.EXPIRED: a signature stands until valid_for, and not at it; signed anew it counts again") {
  Scene s;
  const Instant at = s.g.now;
  const auto keep_fresh = [&](Instant until) {
    while (s.g.now + Duration{10 * minute.ms} < until) {
      s.g.pass(Duration{10 * minute.ms});
      s.g.observe_all();
    }
    s.g.now = until;
    s.g.observe_all();
  };
  keep_fresh(at + Duration{4 * hour.ms - 1});
  CHECK(s.g.authorised(s.id));
  keep_fresh(at + Duration{4 * hour.ms});
  CHECK_FALSE(s.g.authorised(s.id));
  CHECK(s.g.waits(s.id).front() == "SIGN.EXPIRED");
  CHECK(refused(s.g.request(s.g.anna, s.id), "SIGN.EXPIRED"));
  CHECK(refused(s.g.sign(s.g.anna, s.id), "signature_used")); // RB-11: the old bytes are no new act
  s.g.bind(s.id);
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  CHECK(s.g.waits(s.id) == std::vector<std::string>{"RELEASE.REQUEST"});
  s.crosses();
}

TEST_CASE("T10, SIGN.WITHDRAWN: by the signer or an owner, also in a recheck; it never counts again") {
  Scene s;
  CHECK(refused(s.g.withdraw(s.g.ben, s.id, s.g.anna.person), "role_missing"));
  CHECK(refused(s.g.withdraw(s.g.gail, s.id, s.g.ben.person), "SIGN.MISSING"));
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  REQUIRE(s.g.withdraw(s.g.gail, s.id, s.g.anna.person).ok());
  CHECK_FALSE(s.g.authorised(s.id));
  CHECK_FALSE(s.g.packet(s.id).recheck.has_value()); // the chain that it started ended with it
  CHECK_FALSE(s.crossed());
  CHECK(refused(s.g.request(s.g.anna, s.id), "SIGN.WITHDRAWN"));
  CHECK(refused(s.g.sign(s.g.anna, s.id), "signature_withdrawn")); // the old bytes would verify as well
  (void)s.g.bind(s.id);                                            // a new manifest
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  CHECK(s.g.waits(s.id) == std::vector<std::string>{"RELEASE.REQUEST"});
  s.crosses();
}

TEST_CASE("INV-13: nobody who withdrew signs that manifest again, with another key either") {
  Scene s;
  REQUIRE(s.g.withdraw(s.g.anna, s.id, s.g.anna.person).ok());
  Actor renewed = Gate(Options{.seed = 9}).anna; // its signature is no old one
  renewed.person = s.g.anna.person;
  renewed.account = s.g.anna.account;
  const canon::Value key = packet::statement(packet::KeyStatement{
      s.g.state().origin, renewed.person, renewed.key().line(), "software", s.g.now, s.g.now + day, {}, {}});
  REQUIRE(s.g.step(EnrolKey{s.g.anna.account,
                            {key,
                             {{s.g.anna.person, s.g.anna.fingerprint(),
                               to_base64(s.g.anna.sign(packet::act::key, canon::write(key)))}}}})
              .ok());
  CHECK(refused(s.g.sign(renewed, s.id), "signature_withdrawn"));
  CHECK_FALSE(s.g.authorised(s.id));
  (void)s.g.bind(s.id);
  CHECK(s.g.sign(renewed, s.id).ok());
}

TEST_CASE("T11, SIGN.REFUSED: a refused manifest is void until there is another") {
  Scene s;
  const Digest manifest = s.g.packet(s.id).reviewed()->digest;
  const auto refuse = [&](const AccountId& by, const std::string& code) {
    return s.g.step(RefuseManifest{by, s.id, manifest, code, {{"why", "not this one"}}});
  };
  CHECK(refused(refuse(s.g.mira.account, "wrong_scope"), "role_missing"));
  CHECK(refused(refuse(s.g.ben.account, std::string(5000, 'x')), "code_malformed"));
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  const Step step = refuse(s.g.ben.account, "wrong_scope");
  REQUIRE(step.ok());
  CHECK(find<packet::ManifestVoided>(step)->cause == "refused");
  CHECK(s.g.waits(s.id) == std::vector<std::string>{"SIGN.REFUSED"});
  s.g.answer(s.id);
  CHECK(refused(s.g.commit(s.id), "manifest_closed"));
  CHECK_FALSE(s.crossed());
  s.g.bind(s.id);
  CHECK(s.g.waits(s.id) == std::vector<std::string>{"SIGN.MISSING"});
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  s.crosses();
}

TEST_CASE("INV-22, SIGN.ROLE_LAPSED: a person who signed twice and loses the role is one fact and one hold") {
  Scene s(with(two_approvers, with(by_request)));
  s.g.report("tenant-registry", "scope.changed"); // LINE.CHANGED makes the signatures fall
  REQUIRE(s.g.held(s.id, "LINE.CHANGED"));
  ManifestId manifest;
  const Digest digest = s.g.packet(s.id).reviewed(&manifest)->digest;
  REQUIRE(
      s.g.sign(s.g.anna, s.id, digest, other_use(s.g.anna, s.g.machine.facts().manifests.at(manifest).bytes))
          .ok());
  REQUIRE(s.g.packet(s.id).reviewed()->signatures.size() == 3);
  REQUIRE(s.g.step(RevokeKey{s.g.gail.account, s.g.anna.fingerprint()}).ok());
  CHECK(std::ranges::count(s.g.holds(s.id), "SIGN.ROLE_LAPSED " + s.g.anna.person.str()) == 1);
}

TEST_CASE("RB-3, SIGN.ROLE_LAPSED: a grant that ended and a key that was revoked; a new manifest and another "
          "signer end it") {
  stops("SIGN.ROLE_LAPSED",
        [](Scene& s) { REQUIRE(s.g.step(RevokeKey{s.g.gail.account, s.g.anna.fingerprint()}).ok()); });
  stops("SIGN.ROLE_LAPSED",
        [](Scene& s) { REQUIRE(s.g.step(DisablePrincipal{s.g.gail.account, s.g.anna.account}).ok()); });
  Scene disabled;
  REQUIRE(disabled.g.step(DisablePrincipal{disabled.g.gail.account, disabled.g.anna.account}).ok());
  CHECK_FALSE(quorum(disabled.g.machine.world(), disabled.id, disabled.g.now).met); // beside the hold
  Gate g(with(by_request));
  g.revoke_grant(g.anna, "support-trust-approver");
  g.grant(g.anna, "support-trust-approver", g.now, g.now + hour);
  REQUIRE(g.activate_roster().ok());
  const PacketId id = opened(g);
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  const Instant end = g.now + hour;
  while (g.now + Duration{10 * minute.ms} < end) {
    g.pass(Duration{10 * minute.ms});
    g.observe_all();
  }
  g.now = end - Duration{1};
  g.observe_all();
  CHECK(g.authorised(id));
  g.now = end;
  g.observe_all();
  CHECK(g.held(id, "SIGN.ROLE_LAPSED"));
  CHECK(refused(g.request(g.ben, id), "SIGN.ROLE_LAPSED"));
  CHECK(refused(g.sign(g.anna, id), "role_missing"));
  REQUIRE(g.sign(g.ben, id).ok());
  CHECK_FALSE(g.authorised(id)); // the hold stands
  g.bind(id);
  CHECK_FALSE(g.held(id, "SIGN.ROLE_LAPSED"));
  REQUIRE(g.sign(g.ben, id).ok());
  CHECK(g.authorised(id));
}

TEST_CASE(
    "SIGN.CONFLICT: a signer who comes to hold a barred role; a new manifest and another signer end it") {
  Options options = with(by_request);
  options.edits.push_back({"not_also = [\"packet-triager\", \"packet-author\"]",
                           "not_also = [\"packet-triager\", \"packet-author\", \"duty-manager\"]"});
  const auto later = [](Gate& g) {
    g.grant(g.anna, "duty-manager", g.now + hour);
    REQUIRE(g.activate_roster().ok());
  };
  options.activate = false;
  Gate g(options);
  later(g); // before the charter, which bars a role of the roster and no other
  REQUIRE(g.adopt(break_glass(options.edits)).ok());
  const Instant begins = g.now + hour;
  const PacketId id = opened(g);
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  CHECK(g.authorised(id));
  while (g.now + Duration{10 * minute.ms} < begins) {
    g.pass(Duration{10 * minute.ms});
    g.observe_all();
  }
  g.now = begins;
  g.observe_all();
  CHECK(g.held(id, "SIGN.CONFLICT"));
  CHECK_FALSE(g.authorised(id));
  CHECK(refused(g.request(g.ben, id), "SIGN.CONFLICT"));
  g.bind(id);
  CHECK_FALSE(g.held(id, "SIGN.CONFLICT"));
  CHECK(refused(g.sign(g.anna, id), "SIGN.CONFLICT"));
  REQUIRE(g.sign(g.ben, id).ok());
  CHECK(g.authorised(id));
}

TEST_CASE("T07, T08: who drafts and submits, over the head alone, once per id") {
  Gate g;
  const PacketId id = opened(g);
  CHECK(refused(g.draft(g.mira.account, id), "role_missing"));
  CHECK(refused(g.draft(g.intake, id), "not_a_person"));
  CHECK(refused(g.step(DraftManifest{g.lena.account, id, ManifestId::from_random(1), Digest{}}),
                "revision_not_head"));
  REQUIRE(g.draft(g.agent, id).ok()); // prepares
  const ManifestId drafted = g.last.manifest;
  CHECK(refused(g.step(SubmitManifest{g.agent, id, drafted, {}, {g.state().origin, 1, Digest{}}}),
                "agent_never_decides"));
  CHECK(refused(g.step(SubmitManifest{g.lena.account, id, drafted, {}, {"another.log", 1, Digest{}}}),
                "SYS.AUDIT"));
  CHECK(refused(g.step(SubmitManifest{
                    g.lena.account, id, drafted, {}, {g.state().origin, g.state().size + 9, Digest{}}}),
                "SYS.AUDIT"));
  CHECK(refused(g.step(SubmitManifest{g.lena.account, id, drafted, {}, {g.state().origin, 0, Digest{}}}),
                "SYS.AUDIT"));
  CHECK(refused(g.step(SubmitManifest{
                    g.lena.account, id, ManifestId::from_random(2), {}, {g.state().origin, 1, Digest{}}}),
                "manifest_unknown"));
  REQUIRE(g.submit_manifest(g.lena, id).ok());
  CHECK(refused(g.submit_manifest(g.lena, id), "manifest_closed"));
  CHECK(refused(g.step(DraftManifest{g.lena.account, id, drafted, g.packet(id).head->digest}),
                "manifest_exists"));
  const PacketId other = g.submit(g.usual("two"));
  CHECK(refused(g.step(DraftManifest{g.lena.account, other, drafted, g.packet(other).head->digest}),
                "manifest_exists"));
  const ManifestId before = g.last.manifest;
  g.bind(id);
  CHECK(g.packet(id).manifests.at(before).void_cause == "replaced");
}

TEST_CASE("agents have a source asked where a charter that reads it lets them") {
  Gate g;
  CHECK(g.step(AskSource{g.agent, "session-broker"}).ok());
  CHECK(g.step(AskSource{g.lena.account, "session-broker"}).leaves.empty());
  CHECK(refused(g.step(AskSource{g.agent, "nobody"}), "source_unknown"));
  CHECK(refused(g.step(AskSource{{}, "session-broker"}), "account_unknown"));
  Gate strict(with({{"\"refresh\", ", ""}}));
  CHECK(refused(strict.step(AskSource{strict.agent, "session-broker"}), "verb_not_allowed"));
  CHECK(strict.step(AskSource{strict.lena.account, "session-broker"}).ok());
}

TEST_CASE("agents prepare as often as the charter lets them, and not at all where it does not") {
  Gate g(with({{"rate_per_hour = 60", "rate_per_hour = 2"}}));
  const PacketId id = opened(g);
  REQUIRE(g.draft(g.agent, id).ok());
  REQUIRE(g.draft(g.agent, id).ok());
  const Step third = g.draft(g.agent, id);
  CHECK(refused(third, "agent_rate"));
  CHECK(find<packet::AttemptRefused>(third) != nullptr);
  g.pass(Duration{hour.ms - 1});
  CHECK(refused(g.draft(g.agent, id), "agent_rate"));
  g.pass(Duration{1});
  CHECK(g.draft(g.agent, id).ok());
  Gate none(with({{"\"prepare_manifest\", ", ""}}));
  const PacketId other = opened(none);
  CHECK(refused(none.draft(none.agent, other), "verb_not_allowed"));
}
