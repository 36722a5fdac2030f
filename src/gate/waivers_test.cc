// Overrides of FRESH.MISSING and substitutes: both bound in the manifest, both on signatures of their own.
#include "gate/bind.h"
#include "gate/deciding.h"
#include "gate/standing.h"
#include "gate/testing/waiving.h"
#include "packet/entry.h"
#include "packet/manifest.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

constexpr const char* missing = "citation_kind:duplicate_escalation";

// One packet that lacks a citation which blocks, and a manifest that asks for its override.
struct Lacking {
  Gate g;
  PacketId id;
  HoldId hold;

  explicit Lacking(Options options = with(by_request), bool submit = true) : g(std::move(options)) {
    Spec spec = g.usual();
    spec.cites.erase("c6");
    id = g.submit(spec);
    g.observe_all();
    for (const auto& [key, h] : g.packet(id).holds) {
      hold = h.subject == missing ? key : hold;
    }
    REQUIRE_FALSE(hold.empty());
    if (submit) {
      REQUIRE(submit_waived(g, id, {{hold}, {}}).ok());
    }
  }

  void both_leads() {
    REQUIRE(override_hold(g, g.lena, id, hold).ok());
    REQUIRE(override_hold(g, g.liam, id, hold).ok());
  }
};

const std::string approver = "support-trust-approver";

// Approvers may be stood in for by a lead, if an owner says so.
Options substitutable(const Edits& more = {}) {
  Options options = with(by_request);
  options.edits.push_back({"[sources.session-broker]",
                           "[signers.substitute.support-trust-approver]\nby = \"support-trust-lead\"\n"
                           "ratified_by = \"support-trust-governance\"\nmax_age = \"2h\"\n\n"
                           "[sources.session-broker]"});
  options.edits.insert(options.edits.end(), more.begin(), more.end());
  return options;
}

// Nobody of the approvers has a grant: liam stands in, named by lena's manifest.
struct Away {
  Gate g;
  PacketId id;

  explicit Away(const Options& options = substitutable(), bool submit = true) : g(options) {
    g.revoke_grant(g.anna, approver);
    g.revoke_grant(g.ben, approver);
    REQUIRE(g.activate_roster().ok());
    id = opened(g);
    if (submit) {
      REQUIRE(submit_waived(g, id, {{}, {{approver, g.liam.person}}}).ok());
    }
  }

  bool crosses() {
    if (!g.request(g.liam, id).ok() && !g.request(g.lena, id).ok()) {
      return false;
    }
    g.answer(id);
    return g.commit(id).ok();
  }
};

} // namespace

TEST_CASE("C12, INV-21, FRESH.MISSING: two leads let it cross, with this manifest, which says so") {
  Lacking s;
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  CHECK_FALSE(s.g.authorised(s.id));
  CHECK(refused(s.g.request(s.g.anna, s.id), "FRESH.MISSING"));
  const Step first = override_hold(s.g, s.g.lena, s.id, s.hold);
  REQUIRE(first.ok());
  CHECK(find<packet::HoldOverridden>(first)->person == s.g.lena.person);
  CHECK(first.leaves.front().bytes.find("awaited") == std::string::npos); // erasable
  CHECK_FALSE(s.g.authorised(s.id));                                      // one of two
  CHECK(refused(s.g.request(s.g.anna, s.id), "FRESH.MISSING"));
  CHECK(refused(override_hold(s.g, s.g.lena, s.id, s.hold), "already_signed"));
  Actor again = s.g.lena;
  again.account = AccountId::from_random(s.g.random());
  REQUIRE(s.g.step(AddPrincipal{s.g.gail.account, again.account, "person", again.person, {}, {}}).ok());
  CHECK(refused(override_hold(s.g, again, s.id, s.hold), "already_signed"));
  CHECK_FALSE(s.g.authorised(s.id));
  const Step last = override_hold(s.g, s.g.liam, s.id, s.hold);
  REQUIRE(last.ok());
  CHECK(s.g.authorised(s.id));
  CHECK(last.probes.empty());                                  // INV-37: an override starts nothing
  CHECK(s.g.packet(s.id).holds.at(s.hold).mode == "blocking"); // the register says what is so
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  s.g.answer(s.id);
  const Step commit = s.g.commit(s.id);
  REQUIRE(commit.ok());
  CHECK(find<packet::ReleaseCommitted>(commit)->checks.at("override") ==
        std::vector<std::string>{"FRESH.MISSING"});
  const packet::Entry entry = packet::read_entry(s.g.last.entry_bytes).value();
  const auto bound = std::ranges::find(entry.holds, s.hold, &packet::BoundHold::hold);
  REQUIRE(bound != entry.holds.end());
  CHECK(bound->mode == "override");
}

TEST_CASE(
    "A31, INV-22: what two leads let cross is as old in the packet that continues it, and holds it again") {
  Lacking s;
  Gate& g = s.g;
  const Instant since = g.packet(s.id).holds.at(s.hold).first_opened;
  g.pass(hour);
  g.observe_all();
  REQUIRE(g.sign(g.anna, s.id).ok());
  s.both_leads();
  REQUIRE(g.request(g.anna, s.id).ok());
  g.answer(s.id);
  REQUIRE(g.commit(s.id).ok());
  const EntryId entry = g.last.entry;
  REQUIRE(g.deliver(entry).ok());
  REQUIRE(g.step(GiveVerdict{g.rhea.account, entry, "returned", {}}).ok());
  Spec spec = g.usual();
  spec.cites.erase("c6");
  const PacketId next = PacketId::from_random(g.random());
  REQUIRE(g.step(SubmitPacket{g.intake, next, g.seal(next, 1, spec), s.id}).ok());
  const Hold* again = g.packet(next).find_hold("FRESH.MISSING", missing);
  REQUIRE(again != nullptr);
  CHECK(again->mode == "blocking"); // an override is of one manifest
  CHECK(again->first_opened == since);
}

TEST_CASE("two persons, three accounts: an override that asks for two persons is not met by one") {
  Lacking s;
  // Even a log that had one person twice counts one.
  REQUIRE(override_hold(s.g, s.g.lena, s.id, s.hold).ok());
  State twice = s.g.state();
  for (auto& [id, m] : twice.packets.at(s.id).manifests) {
    for (auto& [hold, acts] : m.overridden) {
      acts.push_back(acts.front());
    }
  }
  const World world{twice, s.g.machine.library(), s.g.machine.world().facts};
  CHECK(reasons_of(evaluate(world, s.id, s.g.now), Outcome::overridden).empty());
}

TEST_CASE("INV-14, hold.override: whom the charter bars from signing lets no hold cross either") {
  Gate g(with(by_request));
  Spec spec = g.usual();
  spec.cites.erase("c6");
  spec.triager = g.lena.person;
  spec.authors = {g.liam.person};
  const PacketId id = g.submit(spec);
  g.observe_all();
  HoldId hold;
  for (const auto& [key, h] : g.packet(id).holds) {
    hold = h.subject == missing ? key : hold;
  }
  REQUIRE(submit_waived(g, id, {{hold}, {}}).ok());
  const Step by_triager = override_hold(g, g.lena, id, hold);
  CHECK(refused(by_triager, "SIGN.CONFLICT"));
  CHECK(find<packet::AttemptRefused>(by_triager) != nullptr);
  CHECK(refused(override_hold(g, g.liam, id, hold), "SIGN.CONFLICT")); // its author
}

TEST_CASE("hold.override: by a holder of its roles, over this manifest and this hold, with a rationale") {
  Lacking s;
  const auto refuses = [&](const Step& step, const char* code) {
    INFO(std::string(code));
    CHECK(refused(step, code));
    CHECK(find<packet::AttemptRefused>(step) != nullptr);
  };
  const packet::Disclosure why = packet::rationale_disclosure({}, "awaited");
  const auto with_act = [&](const AccountId& by, const packet::SignedStatement& act,
                            const std::string& rationale) {
    return s.g.step(OverrideHold{by, s.id, act, rationale});
  };
  const auto said = override_of(s.g, s.id, s.hold, why);
  const auto changed = [&](auto change) {
    packet::OverrideStatement other = said;
    change(other);
    return with_act(s.g.lena.account, signed_by(s.g.lena, packet::statement(other)), why.encoded);
  };
  const packet::SignedStatement lena = signed_by(s.g.lena, packet::statement(said));
  refuses(override_hold(s.g, s.g.anna, s.id, s.hold), "role_missing");
  refuses(with_act(s.g.agent, lena, why.encoded), "agent_never_decides"); // operated by her: no relay
  refuses(with_act(s.g.intake, lena, why.encoded), "not_a_person");
  refuses(with_act(s.g.liam.account, lena, why.encoded), "person_mismatch");
  refuses(changed([](auto& o) { o.origin = "another.log"; }), "statement_malformed");
  refuses(changed([](auto& o) { o.packet = PacketId::from_random(1); }), "statement_malformed");
  refuses(changed([](auto& o) { o.manifest_digest.bytes[0] ^= 1U; }), "manifest_unknown");
  refuses(changed([](auto& o) { o.manifest = ManifestId::from_random(1); }), "manifest_unknown");
  refuses(changed([](auto& o) { o.hold = HoldId::from_random(1); }), "hold_unknown");
  refuses(changed([&](auto& o) {
            for (const auto& [key, h] : s.g.packet(s.id).holds) {
              o.hold = h.mode == "visible" ? key : o.hold;
            }
          }),
          "hold_not_overridable"); // the manifest does not ask for that one
  refuses(changed([](auto& o) { o.rationale = "AAAA"; }), "rationale_mismatch");
  const packet::Disclosure none = packet::rationale_disclosure({}, "");
  refuses(with_act(s.g.lena.account,
                   signed_by(s.g.lena, packet::statement(override_of(s.g, s.id, s.hold, none))),
                   none.encoded),
          "reason_missing");
  refuses(with_act(s.g.lena.account, signed_by(s.g.lena, packet::statement(said), packet::act::dispatch),
                   why.encoded),
          "signature_invalid");
  packet::SignedStatement none_signed = lena;
  none_signed.sigs.clear();
  refuses(with_act(s.g.lena.account, none_signed, why.encoded), "statement_malformed");
  CHECK(s.g.packet(s.id).reviewed()->overridden.empty());
}

TEST_CASE(
    "T08: a manifest asks only for the override of a hold that is open, blocks, and may be overridden") {
  Lacking s(with(by_request), false);
  REQUIRE(place(s.g, s.g.liam.account, s.id).ok());
  const auto asks = [&](const HoldId& hold) { return submit_waived(s.g, s.id, {{hold}, {}}); };
  CHECK(refused(asks(s.g.hold(s.id, "GOV.MANUAL")), "hold_not_overridable"));
  CHECK(refused(asks(HoldId::from_random(1)), "hold_unknown"));
  for (const auto& [key, hold] : std::map(s.g.packet(s.id).holds)) {
    if (hold.mode == "visible") {
      CHECK(refused(asks(key), "hold_not_overridable"));
    }
  }
  CHECK(s.g.packet(s.id).reviewed() == nullptr);
  Edits none = by_request;
  none.push_back(
      {"override = { roles = [\"support-trust-lead\"], count = 2, max_age = \"2h\" }", "sla = \"1h\""});
  Lacking without(with(none), false);
  CHECK(refused(submit_waived(without.g, without.id, {{without.hold}, {}}), "hold_not_overridable"));
}

TEST_CASE("an override stands while it is younger than max_age, and is counted again at the commit") {
  Lacking s;
  s.both_leads();
  const Instant at = s.g.now;
  keep_fresh(s.g, at + Duration{2 * hour.ms - 1'000});
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  REQUIRE(s.g.authorised(s.id));
  REQUIRE(next_deadline(s.g.machine.world(), s.id, s.g.now) <= at + Duration{2 * hour.ms});
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  SUBCASE("equality expires") {
    s.g.answer(s.id); // a second later
    REQUIRE(s.g.now == at + Duration{2 * hour.ms});
    CHECK(refused(s.g.commit(s.id), "FRESH.MISSING"));
    CHECK(s.g.state().entries.empty());
    CHECK_FALSE(s.g.authorised(s.id));
    s.both_leads(); // signed anew
    CHECK(s.g.authorised(s.id));
    CHECK(s.g.request(s.g.anna, s.id).ok());
  }
  SUBCASE("a millisecond before") {
    const Recheck recheck = *s.g.packet(s.id).recheck;
    s.g.pass(Duration{999});
    for (const packet::NeededAnswer& needed : recheck.needed) {
      s.g.observe(needed.source, recheck.id);
    }
    CHECK(s.g.commit(s.id).ok());
  }
}

TEST_CASE("an override falls with its person's key, account or role, and after a hold that makes signatures "
          "fall") {
  const auto falls = [](auto disturb) {
    Lacking s;
    s.both_leads();
    REQUIRE(s.g.sign(s.g.anna, s.id).ok());
    REQUIRE(s.g.authorised(s.id));
    disturb(s);
    CHECK_FALSE(s.g.authorised(s.id));
    CHECK_FALSE(s.g.request(s.g.anna, s.id).ok());
  };
  falls([](Lacking& s) { REQUIRE(s.g.step(RevokeKey{s.g.gail.account, s.g.liam.fingerprint()}).ok()); });
  falls([](Lacking& s) { REQUIRE(s.g.step(DisablePrincipal{s.g.gail.account, s.g.liam.account}).ok()); });
  falls([](Lacking& s) {
    s.g.revoke_grant(s.g.liam, "support-trust-lead");
    REQUIRE(s.g.activate_roster().ok());
  });
  falls([](Lacking& s) {
    REQUIRE(place(s.g, s.g.liam.account, s.id).ok());
    REQUIRE(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "GOV.MANUAL")).ok());
    ManifestId manifest;
    const Digest digest = s.g.packet(s.id).reviewed(&manifest)->digest;
    const std::string& bytes = s.g.machine.facts().manifests.at(manifest).bytes;
    REQUIRE(
        s.g.sign(s.g.anna, s.id, digest, other_use(s.g.anna, bytes)).ok()); // later; the overrides are not
  });
}

TEST_CASE("RB-11: an override that fell is not brought again; one for a reason of its own is new") {
  Lacking s;
  const packet::Salt salt = s.g.salt();
  REQUIRE(override_hold(s.g, s.g.lena, s.id, s.hold, salt).ok());
  REQUIRE(place(s.g, s.g.liam.account, s.id).ok());
  REQUIRE(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "GOV.MANUAL")).ok());
  CHECK(refused(override_hold(s.g, s.g.lena, s.id, s.hold, salt), "signature_used"));
  CHECK(override_hold(s.g, s.g.lena, s.id, s.hold).ok());
}

TEST_CASE("an override is for one manifest: the next one asks again, and is signed again") {
  Lacking s;
  s.both_leads();
  REQUIRE(submit_waived(s.g, s.id, {}).ok()); // does not ask
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  CHECK_FALSE(s.g.authorised(s.id));
  CHECK(refused(override_hold(s.g, s.g.lena, s.id, s.hold), "hold_not_overridable"));
  REQUIRE(submit_waived(s.g, s.id, {{s.hold}, {}}).ok()); // asks
  REQUIRE(s.g.sign(s.g.anna, s.id).ok());
  CHECK_FALSE(s.g.authorised(s.id));
  s.both_leads();
  CHECK(s.g.authorised(s.id));
}

TEST_CASE("INV-12: who signs the manifest does not override for it, in whichever order") {
  const auto lead_and_approver = [](Lacking& s) {
    s.g.grant(s.g.anna, "support-trust-lead");
    REQUIRE(s.g.activate_roster().ok());
    REQUIRE(submit_waived(s.g, s.id, {{s.hold}, {}}).ok());
  };
  Lacking signed_first;
  lead_and_approver(signed_first);
  REQUIRE(signed_first.g.sign(signed_first.g.anna, signed_first.id).ok());
  CHECK(refused(override_hold(signed_first.g, signed_first.g.anna, signed_first.id, signed_first.hold),
                "SIGN.CONFLICT"));
  REQUIRE(override_hold(signed_first.g, signed_first.g.lena, signed_first.id, signed_first.hold).ok());
  CHECK_FALSE(signed_first.g.authorised(signed_first.id));

  Lacking overridden_first;
  lead_and_approver(overridden_first);
  Gate& g = overridden_first.g;
  REQUIRE(override_hold(g, g.anna, overridden_first.id, overridden_first.hold).ok());
  REQUIRE(override_hold(g, g.lena, overridden_first.id, overridden_first.hold).ok());
  CHECK(refused(g.sign(g.anna, overridden_first.id), "SIGN.CONFLICT"));
  REQUIRE(g.sign(g.ben, overridden_first.id).ok());
  CHECK(g.authorised(overridden_first.id));
  // Even a log in which she did both counts her on one side only.
  State both = g.state();
  ManifestId id;
  (void)g.packet(overridden_first.id).reviewed(&id);
  ManifestState& m = both.packets.at(overridden_first.id).manifests.at(id);
  m.signatures.push_back(m.signatures.front());
  m.signatures.back().person = g.anna.person;
  const World world{both, g.machine.library(), g.machine.world().facts};
  CHECK(reasons_of(evaluate(world, overridden_first.id, g.now), Outcome::overridden).empty());
}

TEST_CASE("SIGN.SUBSTITUTE: when every approver is away, a ratified substitute signs in their place") {
  Away s;
  CHECK(s.g.held(s.id, "SIGN.SUBSTITUTE"));
  CHECK_FALSE(s.g.held(s.id, "LANE.METADATA"));
  REQUIRE(s.g.sign(s.g.liam, s.id).ok());
  CHECK_FALSE(s.g.authorised(s.id));
  CHECK(refused(s.g.request(s.g.lena, s.id), "SIGN.SUBSTITUTE"));
  const Step ratified = ratify_substitute(s.g, s.g.gail, s.id, approver, s.g.liam.person);
  REQUIRE(ratified.ok());
  CHECK(find<packet::SubstituteRatified>(ratified)->person == s.g.gail.person);
  CHECK(find<packet::HoldCleared>(ratified)->rule == "ratification");
  CHECK(s.g.authorised(s.id));
  CHECK(ratified.probes.empty()); // INV-37
  REQUIRE(s.crosses());
  const packet::Entry entry = packet::read_entry(s.g.last.entry_bytes).value();
  CHECK(entry.owner.persons == std::vector<PersonId>{s.g.liam.person});
  CHECK(entry.owner.roles == std::vector<std::string>{approver});
  const packet::Manifest& bound = s.g.machine.facts().manifests.at(s.g.last.manifest).manifest;
  REQUIRE(bound.signers.substitutes);
  CHECK(bound.signers.substitutes->front().by == "support-trust-lead");
  CHECK(packet::read_manifest(packet::manifest_bytes(bound)).value() == bound);
}

TEST_CASE("a substitute is named only where the charter lets it and nobody of the role can sign") {
  Gate there(substitutable());
  const PacketId id = opened(there);
  const Waived liam{{}, {{approver, there.liam.person}}};
  CHECK(refused(submit_waived(there, id, liam), "substitute_not_needed"));
  REQUIRE(there.step(RevokeKey{there.gail.account, there.anna.fingerprint()}).ok());
  CHECK(refused(submit_waived(there, id, liam), "substitute_not_needed")); // ben can
  REQUIRE(there.step(DisablePrincipal{there.gail.account, there.ben.account}).ok());
  CHECK(submit_waived(there, id, liam).ok()); // nobody is left who could

  Away none(substitutable(), false);
  CHECK(refused(submit_waived(none.g, none.id, {{}, {{"support-trust-lead", none.g.liam.person}}}),
                "substitute_not_allowed"));
  CHECK(refused(submit_waived(none.g, none.id, {{}, {{approver, none.g.mira.person}}}), "role_missing"));
  CHECK(none.g.packet(none.id).reviewed() == nullptr);

  Gate barred(substitutable()); // who can sign is not who holds the role, but who may
  Spec spec = barred.usual();
  spec.authors = {barred.anna.person, barred.ben.person};
  const PacketId written = barred.submit(spec);
  barred.observe_all();
  CHECK(submit_waived(barred, written, {{}, {{approver, barred.liam.person}}}).ok());
  Spec by_liam = barred.usual("two");
  by_liam.authors = {barred.anna.person, barred.ben.person, barred.liam.person};
  const PacketId own = barred.submit(by_liam);
  barred.observe_all();
  CHECK(refused(submit_waived(barred, own, {{}, {{approver, barred.liam.person}}}), "SIGN.CONFLICT"));

  Gate without(with(by_request));
  without.revoke_grant(without.anna, approver);
  without.revoke_grant(without.ben, approver);
  REQUIRE(without.activate_roster().ok());
  const PacketId plain = without.submit(without.usual());
  without.observe_all();
  CHECK(without.held(plain, "LANE.METADATA")); // and no manifest at all where nobody may stand in
}

TEST_CASE("substitute.ratify: by a holder of ratified_by, not the substitute, not who drafted") {
  Away s;
  const auto refuses = [&](const Step& step, const char* code) {
    INFO(std::string(code));
    CHECK(refused(step, code));
    CHECK(find<packet::AttemptRefused>(step) != nullptr);
    CHECK(s.g.packet(s.id).reviewed()->ratified.empty());
  };
  refuses(ratify_substitute(s.g, s.g.anna, s.id, approver, s.g.liam.person), "role_missing");
  refuses(ratify_substitute(s.g, s.g.gail, s.id, approver, s.g.lena.person), "substitute_not_asked");
  refuses(ratify_substitute(s.g, s.g.gail, s.id, "support-trust-lead", s.g.liam.person),
          "substitute_not_asked");
  Actor relay = s.g.gail;
  relay.account = s.g.agent;
  refuses(ratify_substitute(s.g, relay, s.id, approver, s.g.liam.person), "agent_never_decides");
  relay.account = s.g.pavel.account;
  s.g.grant(s.g.pavel, "support-trust-governance");
  s.g.grant(s.g.liam, "support-trust-governance");
  s.g.grant(s.g.lena, "support-trust-governance");
  REQUIRE(s.g.activate_roster().ok());
  REQUIRE(submit_waived(s.g, s.id, {{}, {{approver, s.g.liam.person}}}).ok());
  refuses(ratify_substitute(s.g, relay, s.id, approver, s.g.liam.person), "person_mismatch");
  refuses(ratify_substitute(s.g, s.g.liam, s.id, approver, s.g.liam.person), "SIGN.CONFLICT");
  refuses(ratify_substitute(s.g, s.g.lena, s.id, approver, s.g.liam.person), "SIGN.CONFLICT");
  CHECK(ratify_substitute(s.g, s.g.gail, s.id, approver, s.g.liam.person).ok());
  // Neither who drafted, where somebody else submits, nor who submits and so names the substitute.
  REQUIRE(s.g.draft(s.g.lena.account, s.id).ok());
  const packet::BoundLog head{s.g.state().origin, s.g.state().size, crypto::sha256("root")};
  REQUIRE(
      s.g.step(SubmitManifest{
                   s.g.pavel.account, s.id, s.g.last.manifest, {}, head, {{}, {{approver, s.g.liam.person}}}})
          .ok());
  refuses(ratify_substitute(s.g, s.g.lena, s.id, approver, s.g.liam.person), "SIGN.CONFLICT");
  refuses(ratify_substitute(s.g, s.g.pavel, s.id, approver, s.g.liam.person), "SIGN.CONFLICT");
}

TEST_CASE("a ratification stands while it is younger than max_age; then the substitution is ratified and "
          "signed anew") {
  Away s;
  REQUIRE(ratify_substitute(s.g, s.g.gail, s.id, approver, s.g.liam.person).ok());
  const Instant at = s.g.now;
  REQUIRE(s.g.sign(s.g.liam, s.id).ok());
  keep_fresh(s.g, at + Duration{2 * hour.ms - 1});
  CHECK(s.g.authorised(s.id));
  CHECK(next_deadline(s.g.machine.world(), s.id, s.g.now) == at + Duration{2 * hour.ms});
  keep_fresh(s.g, at + Duration{2 * hour.ms});
  CHECK(s.g.held(s.id, "SIGN.SUBSTITUTE"));
  CHECK_FALSE(s.g.authorised(s.id));
  // RB-11: the old bytes are no new ratification
  CHECK(refused(ratify_substitute(s.g, s.g.gail, s.id, approver, s.g.liam.person), "signature_used"));
  REQUIRE(submit_waived(s.g, s.id, {{}, {{approver, s.g.liam.person}}}).ok());
  REQUIRE(ratify_substitute(s.g, s.g.gail, s.id, approver, s.g.liam.person).ok());
  CHECK_FALSE(s.g.authorised(s.id));
  REQUIRE(s.g.sign(s.g.liam, s.id).ok());
  CHECK(s.crosses());
}

TEST_CASE("SIGN.SUBSTITUTE: the ground of a substitution ends, and with it the substitution") {
  Gate g(substitutable());
  for (const Actor* who : {&g.anna, &g.ben}) {
    REQUIRE(g.step(RevokeKey{g.gail.account, who->fingerprint()}).ok());
  }
  const PacketId id = opened(g);
  REQUIRE(submit_waived(g, id, {{}, {{approver, g.liam.person}}}).ok());
  REQUIRE(ratify_substitute(g, g.gail, id, approver, g.liam.person).ok());
  REQUIRE(g.sign(g.liam, id).ok());
  REQUIRE(g.authorised(id));
  Gate other(Options{.seed = 9});
  const canon::Value key = packet::statement(packet::KeyStatement{
      g.state().origin, g.anna.person, other.anna.key().line(), "software", g.now, g.now + day, {}, {}});
  REQUIRE(g.step(EnrolKey{g.gail.account, g.owners_sign(key, packet::act::key)}).ok());
  REQUIRE(g.step(Reevaluate{id}).ok());
  CHECK(g.held(id, "SIGN.SUBSTITUTE")); // anna can sign again
  CHECK_FALSE(g.authorised(id));
  REQUIRE(g.draft(g.lena.account, id).ok());
  REQUIRE(g.submit_manifest(g.lena, id).ok());
  CHECK_FALSE(g.held(id, "SIGN.SUBSTITUTE")); // a manifest without it
  CHECK(refused(g.sign(g.liam, id), "role_missing"));
}

TEST_CASE("SIGN.ROLE_LAPSED: a substitute who no longer holds the role of substitutes") {
  Away s(substitutable(), false);
  s.g.revoke_grant(s.g.liam, "support-trust-lead");
  s.g.grant(s.g.liam, "support-trust-lead", s.g.now, s.g.now + hour);
  REQUIRE(s.g.activate_roster().ok());
  REQUIRE(submit_waived(s.g, s.id, {{}, {{approver, s.g.liam.person}}}).ok());
  REQUIRE(ratify_substitute(s.g, s.g.gail, s.id, approver, s.g.liam.person).ok());
  REQUIRE(s.g.sign(s.g.liam, s.id).ok());
  REQUIRE(s.g.authorised(s.id));
  keep_fresh(s.g, s.g.now + hour);
  CHECK(s.g.held(s.id, "SIGN.ROLE_LAPSED"));
  CHECK_FALSE(s.g.authorised(s.id));
}

TEST_CASE("INV-12: a substitute who holds another required role fills one place of two") {
  Away s(substitutable({{"require = [{ role = \"support-trust-approver\", count = 1 }]",
                         "require = [{ role = \"support-trust-approver\", count = 1 }, "
                         "{ role = \"support-trust-lead\", count = 1 }]"}}));
  REQUIRE(ratify_substitute(s.g, s.g.gail, s.id, approver, s.g.liam.person).ok());
  REQUIRE(s.g.sign(s.g.liam, s.id).ok());
  CHECK_FALSE(s.g.authorised(s.id));
  REQUIRE(s.g.sign(s.g.lena, s.id).ok());
  CHECK(s.g.authorised(s.id));
}

TEST_CASE("a substitute signs with a key of the class that the charter asks for") {
  Options options = substitutable();
  options.edits.erase(options.edits.begin(), options.edits.begin() + 2); // software keys do not sign
  Away s(options);
  CHECK(refused(s.g.sign(s.g.liam, s.id), "key_class_low"));
  CHECK(refused(ratify_substitute(s.g, s.g.gail, s.id, approver, s.g.liam.person), "key_class_low"));
}
