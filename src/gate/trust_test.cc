// Genesis, accounts, keys, rosters: nobody is trusted who is not signed for; agents never decide.
#include "canon/json.h"
#include "crypto/digest.h"
#include "gate/deciding.h"
#include "gate/testing/scene.h"
#include "packet/statement.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

TEST_CASE("one genesis, signed by every owner that it names") {
  Gate g;
  CHECK(refused(g.step(Found{}), "ledger_founded"));
  Machine empty;
  const packet::GenesisStatement statement{"log.example",
                                           "log.example+00000000+AAAA",
                                           "AAAA",
                                           "all",
                                           {{g.gail.person, "a", g.gail.key().line(), "software", {}, {}},
                                            {g.pavel.person, "b", g.pavel.key().line(), "software", {}, {}}},
                                           g.now,
                                           g.now + hour};
  packet::SignedStatement act = g.owners_sign(packet::statement(statement), packet::act::genesis);
  const std::vector<std::uint64_t> numbers(64, 1);
  const auto found = [&](const packet::SignedStatement& signed_act) {
    Draws draws(numbers);
    return empty.step(Found{signed_act}, g.now, draws);
  };
  packet::SignedStatement one = act;
  one.sigs.pop_back();
  CHECK(refused(found(one), "signatures_missing"));
  packet::SignedStatement swapped = act;
  std::swap(swapped.sigs[0].sig, swapped.sigs[1].sig);
  CHECK(refused(found(swapped), "signatures_missing"));
  CHECK(refused(found({}), "statement_malformed"));
  CHECK(empty.state().size == 0);
  CHECK(found(act).ok());
}

TEST_CASE("accounts: added by owners, of one kind each, disabled for good") {
  Gate g;
  const AccountId fresh = AccountId::from_random(123);
  const PersonId person = PersonId::from_random(123);
  CHECK(refused(g.step(AddPrincipal{g.anna.account, fresh, "person", person, {}, {}}), "role_missing"));
  CHECK(refused(g.step(AddPrincipal{g.agent, fresh, "person", person, {}, {}}), "agent_never_decides"));
  CHECK(refused(g.step(AddPrincipal{{}, fresh, "person", person, {}, {}}), "account_unknown"));
  CHECK(refused(g.step(AddPrincipal{g.gail.account, g.anna.account, "person", person, {}, {}}),
                "account_exists"));
  CHECK(refused(g.step(AddPrincipal{g.gail.account, fresh, "agent", {}, {}, {}}), "account_kind"));
  CHECK(refused(g.step(AddPrincipal{g.gail.account, fresh, "person", person, g.anna.person, {}}),
                "account_kind"));
  Scene s;
  REQUIRE(s.g.step(DisablePrincipal{s.g.gail.account, s.g.anna.account}).ok());
  CHECK(refused(s.g.request(s.g.anna, s.id), "account_unknown"));
  CHECK(refused(s.g.step(DisablePrincipal{s.g.gail.account, s.g.anna.account}), "account_unknown"));
}

TEST_CASE("tokens: by the account's person, its operator or an owner; on record; an agent's never decides") {
  Gate g;
  const auto issue = [&](const AccountId& by, const AccountId& account, std::set<std::string> scopes) {
    return g.step(IssueToken{by, TokenId::from_random(7), account, std::move(scopes), g.now + hour});
  };
  const Step own = issue(g.mira.account, g.mira.account, {"read", "decide"});
  REQUIRE(find<packet::TokenIssued>(own) != nullptr);
  CHECK(find<packet::TokenIssued>(own)->scopes == std::vector<std::string>{"decide", "read"});
  CHECK(find<packet::TokenIssued>(own)->by == g.mira.account);
  CHECK(issue(g.lena.account, g.agent, {"read", "prepare"}).ok());
  CHECK(issue(g.gail.account, g.mira.account, {"read"}).ok());
  CHECK(issue(g.gail.account, g.intake, {"intake"}).ok());
  CHECK(refused(issue(g.mira.account, g.anna.account, {"read"}), "role_missing"));
  CHECK(refused(issue(g.mira.account, g.agent, {"read"}), "role_missing"));
  CHECK(refused(issue(g.intake, g.intake, {"intake"}), "not_a_person"));
  CHECK(refused(issue(g.gail.account, AccountId::from_random(5), {"read"}), "account_unknown"));
  CHECK(refused(issue(g.gail.account, g.agent, {"decide"}), "agent_never_decides"));
  CHECK(refused(issue(g.gail.account, g.intake, {"decide"}), "role_missing"));
  REQUIRE(g.step(DisablePrincipal{g.gail.account, g.mira.account}).ok());
  CHECK(refused(issue(g.gail.account, g.mira.account, {"read"}), "account_unknown"));
  CHECK(refused(g.step(RevokeToken{g.gail.account, TokenId::from_random(8)}), "token_unknown"));
  CHECK(refused(g.step(RevokeToken{g.intake, TokenId::from_random(8)}), "not_a_person"));
  const Step ended = g.step(RevokeToken{g.gail.account, TokenId::from_random(7)});
  REQUIRE(find<packet::TokenRevoked>(ended) != nullptr);
  CHECK(g.state().tokens.at(TokenId::from_random(7)).revoked);
  CHECK(refused(g.step(RevokeToken{g.anna.account, TokenId::from_random(7)}), "role_missing"));
}

TEST_CASE("keys: a first key by all owners, a later one by one's own, none twice, revoked by its person or "
          "an owner") {
  Gate g;
  const auto statement_of = [&](const Actor& whose, const Actor& key) {
    return packet::statement(packet::KeyStatement{
        g.state().origin, whose.person, key.key().line(), "software", g.now, g.now + day, {}, {}});
  };
  Gate other(Options{.seed = 9});
  const canon::Value first = statement_of(g.mira, other.anna);
  const std::string bytes = canon::write(first);
  const auto by = [&](std::vector<const Actor*> signers) {
    packet::SignedStatement act{first, {}};
    for (const Actor* signer : signers) {
      act.sigs.push_back(
          {signer->person, signer->fingerprint(), to_base64(signer->sign(packet::act::key, bytes))});
    }
    return act;
  };
  CHECK(refused(g.step(EnrolKey{g.gail.account, by({&g.gail})}), "signatures_missing"));
  CHECK(refused(g.step(EnrolKey{g.gail.account, by({&g.gail, &g.anna})}), "signatures_missing"));
  CHECK(refused(g.step(EnrolKey{g.gail.account, by({})}), "signatures_missing"));
  CHECK(refused(g.step(EnrolKey{g.agent, by({&g.gail, &g.pavel})}), "agent_never_decides"));
  REQUIRE(g.step(EnrolKey{g.mira.account, by({&g.mira})}).ok()); // her own standing key
  CHECK(refused(g.step(EnrolKey{g.mira.account, by({&g.mira})}), "key_exists"));
  CHECK(refused(g.step(RevokeKey{g.anna.account, other.anna.fingerprint()}), "role_missing"));
  REQUIRE(g.step(RevokeKey{g.mira.account, other.anna.fingerprint()}).ok());
  CHECK(refused(g.step(RevokeKey{g.mira.account, other.anna.fingerprint()}), "key_unknown"));
}

TEST_CASE("a key vouches for no better class than its own, and for no longer time") {
  Gate g;
  Gate other(Options{.seed = 9});
  const Instant end = g.state().keys.at(g.mira.fingerprint()).until;
  const auto enrol = [&](const char* key_class, Instant until, std::optional<Instant> from = {}) {
    const canon::Value statement = packet::statement(packet::KeyStatement{g.state().origin,
                                                                          g.mira.person,
                                                                          other.anna.key().line(),
                                                                          key_class,
                                                                          from.value_or(g.now),
                                                                          until,
                                                                          {},
                                                                          {}});
    packet::SignedStatement act{statement, {}};
    act.sigs.push_back({g.mira.person, g.mira.fingerprint(),
                        to_base64(g.mira.sign(packet::act::key, canon::write(statement)))});
    return g.step(EnrolKey{g.mira.account, act});
  };
  CHECK(refused(enrol("sk", end), "signatures_missing"));
  CHECK(refused(enrol("software", end + second), "signatures_missing"));
  CHECK(refused(enrol("software", end - Duration{1}), "validity_seconds"));
  CHECK(refused(enrol("software", end, g.now + Duration{1}), "validity_seconds"));
  CHECK(enrol("software", end).ok());
}

TEST_CASE("grants begin and end on whole seconds, as ssh-keygen can say them") {
  Gate g;
  const auto grants = g.grants;
  g.grant(g.mira, "queue-steward", g.now + Duration{1});
  CHECK(refused(g.activate_roster(), "validity_seconds"));
  g.grants = grants;
  g.grant(g.mira, "queue-steward", g.now, g.now + hour + Duration{1});
  CHECK(refused(g.activate_roster(), "validity_seconds"));
}

TEST_CASE("rosters: the next version, by all owners, with exactly the audience that they signed (C13)") {
  Gate g;
  const Digest before = *g.state().lanes.at("Q-PSR").roster;
  const packet::Salt salt{};
  const auto make = [&](std::uint32_t version, std::optional<Digest> replaces,
                        const packet::AudienceOpenings& open, bool both = true) {
    packet::Roster roster{g.state().origin, "Q-PSR", version, g.grants, {}};
    std::ranges::sort(roster.grants);
    roster.audience["psr-reviewers"] = packet::audience_digest(salt, g.audience);
    const canon::Value statement = packet::statement(
        packet::RosterStatement{g.state().origin, "Q-PSR", version,
                                crypto::sha256(as_bytes(packet::roster_bytes(roster))), replaces});
    packet::SignedStatement act = g.owners_sign(statement, packet::act::key);
    if (!both) {
      act.sigs.pop_back();
    }
    canon::Object body;
    for (const auto& [name, members] : open) {
      body.set(name, canon::Object{{"salt", to_base64url(salt)}, {"members", packet::to_value(members)}});
    }
    return ActivateRoster{g.gail.account, roster, act, {{"audience", body}}};
  };
  const packet::AudienceOpenings right{{"psr-reviewers", g.audience}};
  packet::AudienceOpenings wider = right;
  wider["psr-reviewers"].push_back({g.mira.person, {"privileged-support-misuse", "regulated-environments"}});
  packet::AudienceOpenings more = right;
  more["others"] = {{g.mira.person, {}}};
  CHECK(refused(g.step(make(2, before, wider)), "audience_opening"));
  CHECK(refused(g.step(make(2, before, more)), "audience_opening"));
  CHECK(refused(g.step(make(2, before, {})), "audience_opening"));
  const auto audience = g.audience; // somebody twice: no manifest could say this audience again
  g.audience.push_back(g.audience.front());
  CHECK(refused(g.step(make(2, before, {{"psr-reviewers", g.audience}})), "audience_opening"));
  g.audience = audience;
  g.audience.front().clearances.push_back(g.audience.front().clearances.front());
  CHECK(refused(g.step(make(2, before, {{"psr-reviewers", g.audience}})), "audience_opening"));
  g.audience = audience;
  CHECK(refused(g.step(make(3, before, right)), "roster_version"));
  CHECK(refused(g.step(make(2, std::nullopt, right)), "roster_version"));
  CHECK(refused(g.step(make(2, before, right, false)), "signatures_missing"));
  ActivateRoster by_agent = make(2, before, right);
  by_agent.by = g.agent;
  CHECK(refused(g.step(by_agent), "agent_never_decides"));
  CHECK(*g.state().lanes.at("Q-PSR").roster == before);
  CHECK(g.step(make(2, before, right)).ok());
}

TEST_CASE("the owners' quorum is a matching: who could stand for two roles stands for the one that nobody "
          "else can") {
  const PersonId a = PersonId::from_random(1);
  const PersonId b = PersonId::from_random(2);
  CHECK(places_filled({{a, b}, {a}}, {a, b}) == 2);
  CHECK(places_filled({{a}, {a, b}}, {a, b}) == 2);
  CHECK(places_filled({{a}, {a}}, {a, b}) == 1);
  CHECK(places_filled({{a, b}, {a, b}}, {a}) == 1);
  CHECK(places_filled({}, {a}) == 0);
}

TEST_CASE(
    "A22, B24, C13, INV-08: every deciding verb of an agent is refused in the same words, and is on record") {
  Scene s;
  Gate& g = s.g;
  const Digest manifest = g.packet(s.id).reviewed()->digest;
  const Digest head = g.packet(s.id).head->digest;
  g.step(RevisePacket{g.intake, s.id, Digest{}, g.seal(s.id, 2, g.usual())});
  const HoldId hold = g.hold(s.id, "LINE.FORK");
  const Digest before = state_digest(g.state());
  const auto events = std::vector<Event>{
      AddPrincipal{g.agent, AccountId::from_random(1), "person", PersonId::from_random(1), {}, {}},
      DisablePrincipal{g.agent, g.anna.account},
      IssueToken{g.agent, TokenId::from_random(1), g.agent, {"read"}, g.now},
      RevokeToken{g.agent, TokenId::from_random(1)},
      EnrolKey{g.agent, {}},
      RevokeKey{g.agent, g.anna.fingerprint()},
      ActivateRoster{g.agent, {}, {}, {}},
      ConfigureSource{g.agent, "session-broker", {}},
      ProposeCharter{g.agent, g.charter()},
      RatifyCharter{g.agent, {}},
      ActivateCharter{g.agent, Digest{}},
      SubmitPacket{g.agent, PacketId::from_random(1), {}},
      RevisePacket{g.agent, s.id, head, {}},
      WithdrawPacket{g.agent, s.id, "x"},
      MergePackets{g.agent, g.lena.person, s.id, s.id, "x", {}},
      PromoteAnnex{g.agent, s.id, {}},
      ReportEvent{g.agent, "session-broker", "object.changed", {}, {}, {}},
      ClearHold{g.agent, s.id, hold, {{"evidence", "mine"}}},
      PlaceHold{g.agent, s.id, "GOV.MANUAL", "", {{"reason", "mine"}}},
      OverrideHold{g.agent, s.id, {}, ""},
      SetLane{g.agent, "Q-PSR", "closed", {{"reason", "mine"}}},
      RatifySubstitute{g.agent, s.id, {}},
      SubmitManifest{g.agent, s.id, g.last.manifest, {}, {}, {}},
      SignManifest{g.agent, s.id, manifest, {}},
      WithdrawSignature{g.agent, s.id, manifest, g.anna.person},
      RefuseManifest{g.agent, s.id, manifest, "x", {}},
      RequestRelease{g.agent, s.id, head, manifest, "Q-PSR"}};
  for (const Event& event : events) {
    INFO(event.index());
    const Step step = g.step(event);
    CHECK(refused(step, "agent_never_decides"));
    REQUIRE(step.leaves.size() == 1);
    CHECK(find<packet::AttemptRefused>(step)->actor == g.agent);
  }
  // Apart from the record of the last attempt and the log's length nothing is other.
  CHECK(g.held(s.id, "LINE.FORK"));
  CHECK(g.packet(s.id).reviewed()->digest == manifest);
  CHECK(before != state_digest(g.state()));
}
