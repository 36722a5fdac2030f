// T15: a person tells two packets apart: what is suspected may be dismissed, what is a duplicate is merged or
// split with a signed rationale, and then each names the other.
#include "gate/testing/scene.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "gate/reading.h"
#include "packet/entry.h"
#include "packet/statement.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

const std::string why = "Two grants and two operators.";

std::string rationale_of(const std::string& text) {
  return packet::rationale_disclosure(packet::Salt{}, text).encoded;
}

SplitPackets split_of(Gate& g, const Actor& by, const PacketId& a, const PacketId& b,
                      const std::string& text = why) {
  const std::string rationale = rationale_of(text);
  const canon::Value statement = packet::statement(
      packet::SplitStatement{g.state().origin, std::min(a, b), std::max(a, b), crypto::sha256(rationale)});
  const Bytes sig = by.sign(packet::act::split, canon::write(statement));
  return {by.account, a, b, {statement, {{by.person, by.fingerprint(), to_base64(sig)}}}, rationale};
}

// `name`, with the session of the scene's packet, and its operator too where it is to be a duplicate.
Spec like_the_first(Gate& g, const std::string& name, bool duplicate) {
  Spec spec = g.usual(name);
  spec.session = "session-one";
  spec.operator_ = duplicate ? "operator-one" : spec.operator_;
  return spec;
}

struct Pair {
  Scene s;
  PacketId other;

  explicit Pair(bool duplicate) : other(s.g.submit(like_the_first(s.g, "two", duplicate))) {
    s.g.observe_all();
    REQUIRE(s.g.packet(s.id).find_hold("LINE.DUP_PENDING", other.str()) != nullptr);
    REQUIRE(s.g.packet(other).find_hold("LINE.DUP_PENDING", s.id.str()) != nullptr);
  }

  Step dismiss(const Actor& by, const std::string& text = why) {
    return s.g.step(
        DismissSuspicion{by.account, s.id, s.g.hold(s.id, "LINE.DUP_PENDING"), {{"rationale", text}}});
  }

  bool pending() const { return s.g.held(s.id, "LINE.DUP_PENDING") && s.g.held(other, "LINE.DUP_PENDING"); }
};

EntryId release_of(Gate& g, const PacketId& id) {
  g.observe_all();
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  REQUIRE(g.request(g.anna, id).ok());
  g.answer(id);
  REQUIRE(g.commit(id).ok());
  return g.last.entry;
}

} // namespace

TEST_CASE("charter 3.4, LINE.DUP_PENDING: the first equal row decides: a suspicion may be dismissed, a "
          "duplicate may not") {
  Pair suspected(false);
  CHECK(suspected.s.g.packet(suspected.s.id).find_hold("LINE.DUP_PENDING", suspected.other.str())->clears ==
        "dismissal");
  Pair duplicate(true);
  CHECK(duplicate.s.g.packet(duplicate.s.id).find_hold("LINE.DUP_PENDING", duplicate.other.str())->clears ==
        "merge");
  CHECK(refused(duplicate.dismiss(duplicate.s.g.anna), "hold_not_clearable"));
  CHECK(duplicate.pending());
  REQUIRE(suspected.dismiss(suspected.s.g.anna).ok());
  CHECK_FALSE(suspected.s.g.held(suspected.s.id, "LINE.DUP_PENDING"));
  CHECK_FALSE(suspected.s.g.held(suspected.other, "LINE.DUP_PENDING"));
}

TEST_CASE("T15, LINE.DUP_PENDING: a dismissal has a person of split_roles and words, and is on both packets' "
          "records") {
  Pair p(false);
  Gate& g = p.s.g;
  const HoldId hold = g.hold(p.s.id, "LINE.DUP_PENDING");
  CHECK(refused(p.dismiss(g.anna, ""), "rationale_missing"));
  CHECK(refused(p.dismiss(g.lena), "role_missing"));
  CHECK(refused(p.dismiss(g.mira), "role_missing"));
  CHECK(
      refused(g.step(DismissSuspicion{g.agent, p.s.id, hold, {{"rationale", why}}}), "agent_never_decides"));
  CHECK(refused(g.step(DismissSuspicion{g.intake, p.s.id, hold, {{"rationale", why}}}), "not_a_person"));
  CHECK(
      refused(g.step(DismissSuspicion{g.anna.account, p.s.id, HoldId::from_random(9), {{"rationale", why}}}),
              "hold_unknown"));
  CHECK(p.pending());
  const Step done = p.dismiss(g.anna);
  REQUIRE(done.ok());
  CHECK(count<packet::DuplicateDismissed>(done) == 2);
  CHECK(find<packet::HoldCleared>(done)->rule == "dismissal");
  CHECK(find<packet::HoldCleared>(done)->by == g.anna.person);
  CHECK_FALSE(g.authorised(p.s.id)); // what was signed before the hold does not count (INV-46)
  CHECK(refused(g.request(g.anna, p.s.id), "SIGN.MISSING"));
  p.s.sign_anew();
  p.s.crosses();
}

TEST_CASE("a dismissed suspicion comes back with other keys, and not with the same") {
  Pair p(false);
  Gate& g = p.s.g;
  REQUIRE(p.dismiss(g.anna).ok());
  REQUIRE(g.revise(p.other, like_the_first(g, "two", false)).ok());
  CHECK_FALSE(g.held(p.other, "LINE.DUP_PENDING"));
  REQUIRE(g.revise(p.other, like_the_first(g, "two", true)).ok()); // now the operator too
  CHECK(p.pending());
  CHECK(g.packet(p.s.id).find_hold("LINE.DUP_PENDING", p.other.str())->clears == "merge");
}

TEST_CASE("a suspicion that a revision makes firmer is a duplicate, and stays one; the hold is the same") {
  Pair p(false);
  Gate& g = p.s.g;
  const HoldId hold = g.hold(p.s.id, "LINE.DUP_PENDING");
  const Instant since = g.packet(p.s.id).holds.at(hold).first_opened;
  g.pass(minute);
  REQUIRE(g.revise(p.other, like_the_first(g, "two", true)).ok());
  CHECK(g.packet(p.s.id).holds.at(hold).clears == "merge");
  CHECK(g.packet(p.s.id).holds.at(hold).first_opened == since);
  CHECK(refused(p.dismiss(g.anna), "hold_not_clearable"));
  REQUIRE(g.revise(p.other, like_the_first(g, "two", false)).ok());
  CHECK(g.packet(p.s.id).holds.at(hold).clears == "merge");
}

TEST_CASE("T15, C07, RB-5b: a signed split with its rationale ends the hold on both; two entries name each "
          "other") {
  Pair p(true);
  Gate& g = p.s.g;
  const Step done = g.step(split_of(g, g.anna, p.s.id, p.other));
  REQUIRE(done.ok());
  CHECK(count<packet::DuplicateSplit>(done) == 2);
  CHECK(find<packet::ManifestVoided>(done)->cause == "split"); // it did not name the other
  CHECK(find<packet::HoldCleared>(done)->rule == "split");
  CHECK_FALSE(g.held(p.s.id, "LINE.DUP_PENDING"));
  CHECK_FALSE(g.held(p.other, "LINE.DUP_PENDING"));
  for (const LeafOut& out : done.leaves) {
    CHECK(out.bytes.find("grants") == std::string::npos); // only the rationale's digest is in the leaf
    if (std::holds_alternative<packet::DuplicateSplit>(out.leaf.record)) {
      CHECK(out.body->find(rationale_of(why)) != std::string::npos);
    }
  }
  const EntryId one = release_of(g, p.s.id);
  const packet::Entry first = packet::read_entry(g.last.entry_bytes).value();
  CHECK(first.also == std::vector<PacketId>{p.other});
  const EntryId two = release_of(g, p.other);
  CHECK(packet::read_entry(g.last.entry_bytes).value().also == std::vector<PacketId>{p.s.id});
  CHECK(one != two);
}

TEST_CASE("RB-5b: a manifest that names a split partner is void once the partner has left the gate") {
  Pair p(true);
  Gate& g = p.s.g;
  REQUIRE(g.step(split_of(g, g.anna, p.s.id, p.other)).ok());
  g.observe_all();
  g.bind(p.s.id);
  REQUIRE(g.packet(p.s.id).reviewed() != nullptr);
  REQUIRE(g.step(WithdrawPacket{g.intake, p.other, "resolved"}).ok());
  CHECK(g.packet(p.s.id).reviewed() == nullptr);
}

TEST_CASE("T15: who splits is a person of split_roles who signs both ids and the digest of the words") {
  Pair p(true);
  Gate& g = p.s.g;
  const SplitPackets good = split_of(g, g.anna, p.s.id, p.other);
  const auto by = [&](const AccountId& account) {
    SplitPackets act = good;
    act.by = account;
    return g.step(act);
  };
  CHECK(refused(by(g.agent), "agent_never_decides"));
  CHECK(refused(by(g.intake), "not_a_person"));
  CHECK(refused(by(g.ben.account), "person_mismatch")); // Anna's signature, Ben's credential
  CHECK(refused(g.step(split_of(g, g.lena, p.s.id, p.other)), "role_missing"));
  SplitPackets act = good;
  act.rationale = rationale_of("Other words.");
  CHECK(refused(g.step(act), "rationale_missing"));
  CHECK(refused(g.step(split_of(g, g.anna, p.s.id, p.other, "")), "rationale_missing"));
  act = good;
  act.act.sigs[0].sig = split_of(g, g.anna, p.s.id, p.other, "x").act.sigs[0].sig;
  CHECK(refused(g.step(act), "signature_invalid"));
  act = good;
  act.act.sigs.clear();
  CHECK(refused(g.step(act), "statement_malformed"));
  const PacketId third = g.submit(g.usual("three"));
  CHECK(refused(g.step(split_of(g, g.anna, p.s.id, third)), "hold_unknown"));
  act = split_of(g, g.anna, p.other, third);
  act.packet = p.s.id;
  act.other = p.other;
  CHECK(refused(g.step(act), "statement_malformed")); // of two other packets
  CHECK(refused(g.step(split_of(g, g.anna, p.s.id, PacketId::from_random(7))), "packet_unknown"));
  CHECK(p.pending());
  REQUIRE(g.step(WithdrawPacket{g.intake, p.other, "not_needed"}).ok());
  CHECK(refused(g.step(good), "packet_closed"));
}

TEST_CASE("T15: a key below the charter's class splits nothing") {
  Options options = with(by_request);
  options.edits = by_request; // the shipped class: sk-uv
  options.passkeys = true;
  Gate g(options);
  const PacketId a = g.submit(g.usual());
  const PacketId b = g.submit(like_the_first(g, "two", true));
  g.grant(g.lena, "support-trust-approver");
  REQUIRE(g.activate_roster().ok());
  CHECK(refused(g.step(split_of(g, g.lena, a, b)), "key_class_low"));
  CHECK(g.step(split_of(g, g.anna, a, b)).ok());
}

TEST_CASE("LINE.DUP_SPLIT: a split holds again when a revision is equal on something else; a new split or a "
          "merge ends it") {
  const auto disturb = [](Pair& p) {
    Gate& g = p.s.g;
    REQUIRE(g.step(split_of(g, g.anna, p.s.id, p.other)).ok());
    REQUIRE(g.revise(p.other, like_the_first(g, "two", false)).ok());
    CHECK_FALSE(g.held(p.s.id, "LINE.DUP_SPLIT")); // what was decided fits
    REQUIRE(g.revise(p.other, like_the_first(g, "two", true)).ok());
    CHECK(g.packet(p.s.id).find_hold("LINE.DUP_SPLIT", p.other.str()) != nullptr);
    CHECK(g.packet(p.other).find_hold("LINE.DUP_SPLIT", p.s.id.str()) != nullptr);
    CHECK_FALSE(g.held(p.s.id, "LINE.DUP_PENDING"));
    g.observe_all();
    p.s.sign_anew();
    CHECK(refused(g.request(g.anna, p.s.id), "LINE.DUP_SPLIT"));
    CHECK(refused(g.clear(g.lena, p.s.id, g.hold(p.s.id, "LINE.DUP_SPLIT")), "hold_not_clearable"));
    REQUIRE(g.revise(p.other, like_the_first(g, "two", false)).ok());
    CHECK(g.held(p.s.id, "LINE.DUP_SPLIT")); // it was so: a person looks at it
  };
  SUBCASE("split anew") {
    Pair p(false);
    disturb(p);
    REQUIRE(p.s.g.step(split_of(p.s.g, p.s.g.ben, p.s.id, p.other)).ok());
    CHECK_FALSE(p.s.g.held(p.s.id, "LINE.DUP_SPLIT"));
    CHECK_FALSE(p.s.g.held(p.other, "LINE.DUP_SPLIT"));
    p.s.sign_anew();
    p.s.crosses();
  }
  SUBCASE("merged") {
    Pair p(false);
    disturb(p);
    REQUIRE(p.s.g.step(MergePackets{p.s.g.intake, p.s.g.liam.person, p.s.id, p.other, "same_case", {}}).ok());
    CHECK_FALSE(p.s.g.held(p.s.id, "LINE.DUP_SPLIT"));
  }
  SUBCASE("withdrawn") {
    Pair p(false);
    disturb(p);
    REQUIRE(p.s.g.step(WithdrawPacket{p.s.g.intake, p.other, "not_needed"}).ok());
    CHECK_FALSE(p.s.g.held(p.s.id, "LINE.DUP_SPLIT"));
  }
}

TEST_CASE("split racing a revision, in both orders: it speaks of what is equal when it arrives") {
  SUBCASE("the revision first: the split is of what it made equal") {
    Pair p(false);
    const SplitPackets act = split_of(p.s.g, p.s.g.anna, p.s.id, p.other);
    REQUIRE(p.s.g.revise(p.other, like_the_first(p.s.g, "two", true)).ok());
    REQUIRE(p.s.g.step(act).ok());
    CHECK_FALSE(p.s.g.held(p.s.id, "LINE.DUP_SPLIT"));
  }
  SUBCASE("the split first: the revision makes it unsound") {
    Pair p(false);
    REQUIRE(p.s.g.step(split_of(p.s.g, p.s.g.anna, p.s.id, p.other)).ok());
    REQUIRE(p.s.g.revise(p.other, like_the_first(p.s.g, "two", true)).ok());
    CHECK(p.s.g.held(p.s.id, "LINE.DUP_SPLIT"));
  }
}

TEST_CASE("split in the middle of a recheck, and after it: nothing crosses that does not name the other") {
  // The other packet comes while the first waits for its sources.
  Scene s;
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  const PacketId other = s.g.submit(like_the_first(s.g, "two", true));
  REQUIRE(s.g.step(split_of(s.g, s.g.anna, s.id, other)).ok());
  s.g.observe_all();
  s.g.answer(s.id);
  CHECK_FALSE(s.g.commit(s.id).ok()); // its manifest is void
  CHECK_FALSE(s.crossed());
}

TEST_CASE("INV-26: against a packet that has crossed, a split is signed on both records, and only the later "
          "entry can say so in itself") {
  Scene s;
  s.crosses();
  const PacketId other = s.g.submit(like_the_first(s.g, "two", true));
  CHECK(s.g.held(other, "LINE.DUP_PENDING"));
  CHECK(refused(s.g.step(split_of(s.g, s.g.anna, s.id, other)), "packet_closed")); // asked of the closed one
  const Step done = s.g.step(split_of(s.g, s.g.anna, other, s.id));
  REQUIRE(done.ok());
  CHECK(s.g.packet(s.id).apart.at(other).how == "split");
  (void)release_of(s.g, other);
  CHECK(packet::read_entry(s.g.last.entry_bytes).value().also == std::vector<PacketId>{s.id});
}

TEST_CASE(
    "INV-26, LINE.DUP_PENDING: the lane's verdict on what has crossed ends what was held for it, and the "
    "packet waits for people; a suspicion against it may be dismissed before") {
  for (const char* verdict : {"wrong_version", "accepted"}) {
    CAPTURE(verdict);
    Scene s;
    s.crosses();
    const PacketId other = s.g.submit(like_the_first(s.g, "two", true));
    s.g.observe_all();
    CHECK(s.g.packet(other).find_hold("LINE.DUP_PENDING", s.id.str()) != nullptr);
    REQUIRE(s.g.deliver(s.g.last.entry).ok());
    REQUIRE(s.g.step(AcknowledgeEntry{s.g.rhea.account, s.g.last.entry}).ok());
    CHECK(s.g.held(other, "LINE.DUP_PENDING")); // read is not judged
    const Step judged = s.g.step(GiveVerdict{s.g.rhea.account, s.g.last.entry, verdict, {}});
    REQUIRE(judged.ok());
    REQUIRE(find<packet::HoldCleared>(judged) != nullptr);
    CHECK(find<packet::HoldCleared>(judged)->packet == other);
    CHECK(find<packet::HoldCleared>(judged)->rule == "moot");
    CHECK_FALSE(s.g.held(other, "LINE.DUP_PENDING"));
    CHECK_FALSE(s.g.packet(other).recheck);
    CHECK(s.g.state().entries.size() == 1);
    (void)release_of(s.g, other);
    CHECK(s.g.state().entries.size() == 2);
  }
  Scene s;
  s.crosses();
  const PacketId other = s.g.submit(like_the_first(s.g, "two", false));
  REQUIRE(s.g.step(DismissSuspicion{
                       s.g.anna.account, other, s.g.hold(other, "LINE.DUP_PENDING"), {{"rationale", why}}})
              .ok());
  CHECK_FALSE(s.g.held(other, "LINE.DUP_PENDING"));
  (void)release_of(s.g, other);
}

TEST_CASE(
    "INV-25, T15: merges cascade: whoever waited for the loser waits for the packet that it went into") {
  Pair p(true);
  Gate& g = p.s.g;
  const PacketId third = g.submit(g.usual("three"));
  REQUIRE(g.step(MergePackets{g.intake, g.liam.person, third, p.other, "same_case", {}}).ok());
  CHECK(g.packet(p.s.id).find_hold("LINE.DUP_PENDING", p.other.str()) == nullptr);
  CHECK(g.packet(p.s.id).find_hold("LINE.DUP_PENDING", third.str()) != nullptr);
  CHECK(g.packet(third).find_hold("LINE.DUP_PENDING", p.s.id.str()) != nullptr);
  CHECK(refused(g.step(MergePackets{g.intake, g.liam.person, p.other, third, "same_case", {}}),
                "packet_closed")); // no cycle
  REQUIRE(g.step(MergePackets{g.intake, g.liam.person, p.s.id, third, "same_case", {}}).ok());
  CHECK_FALSE(g.held(p.s.id, "LINE.DUP_PENDING"));
  CHECK(g.packet(third).merged_into == p.s.id);
  CHECK_FALSE(g.packet(p.s.id).head); // spent again
}

TEST_CASE(
    "A03, T15: a source that suspects two packets holds both; one that suspects a packet elsewhere holds "
    "the one") {
  const auto suspect = [](Gate& g, const PacketId& id, std::optional<PacketId> other) {
    ReportEvent event;
    event.by = g.intake;
    event.source = "intake-triage";
    event.event = "duplicate.suspected";
    event.packet = id;
    event.other = std::move(other);
    return g.step(event);
  };
  Scene s;
  const PacketId other = s.g.submit(s.g.usual("two"));
  REQUIRE(suspect(s.g, s.id, other).ok());
  CHECK(s.g.packet(s.id).find_hold("LINE.DUP_PENDING", other.str())->clears == "dismissal");
  CHECK(s.g.packet(other).find_hold("LINE.DUP_PENDING", s.id.str()) != nullptr);
  CHECK_FALSE(s.g.authorised(s.id));
  const std::size_t open = s.g.packet(s.id).holds.size();
  REQUIRE(suspect(s.g, s.id, other).ok()); // said twice, held once
  CHECK(s.g.packet(s.id).holds.size() == open);
  const auto dismissed = [&](const HoldId& hold) {
    return s.g.step(DismissSuspicion{s.g.anna.account, s.id, hold, {{"rationale", why}}}).ok();
  };
  REQUIRE(dismissed(s.g.hold(s.id, "LINE.DUP_PENDING")));
  CHECK_FALSE(s.g.held(other, "LINE.DUP_PENDING"));
  REQUIRE(suspect(s.g, s.id, std::nullopt).ok());
  CHECK(s.g.packet(s.id).find_hold("LINE.DUP_PENDING", "") != nullptr);
  REQUIRE(dismissed(s.g.hold(s.id, "LINE.DUP_PENDING")));
  CHECK_FALSE(s.g.held(s.id, "LINE.DUP_PENDING"));
  CHECK(suspect(s.g, s.id, PacketId::from_random(5)).ok()); // of none that is here: recorded
  CHECK_FALSE(s.g.held(s.id, "LINE.DUP_PENDING"));
}

TEST_CASE("LINE.FORK, LINE.DIGEST_MISMATCH: an agent opens neither, and what they open is open once") {
  Scene s;
  CHECK(refused(s.g.step(RevisePacket{s.g.agent, s.id, Digest{}, s.g.seal(s.id, 2, s.g.usual())}),
                "agent_never_decides"));
  CHECK_FALSE(s.g.held(s.id, "LINE.FORK"));
  for (int i = 0; i < 2; ++i) {
    CHECK(refused(s.g.step(ReportMismatch{s.g.intake, s.id}), "LINE.DIGEST_MISMATCH"));
    CHECK(refused(s.g.step(RevisePacket{s.g.intake, s.id, Digest{}, s.g.seal(s.id, 2, s.g.usual())}),
                  "LINE.FORK"));
  }
  const auto open = s.g.holds(s.id);
  CHECK(std::ranges::count(open, "LINE.FORK ") == 1);
  CHECK(std::ranges::count(open, "LINE.DIGEST_MISMATCH ") == 1);
}
