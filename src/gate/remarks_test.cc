// T20: after the crossing there are corrections and notices. They stand beside the entry and change nothing.
#include "gate/reading.h"
#include "gate/testing/scene.h"
#include "packet/entry.h"

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

const canon::Object note{{"note", "The reviewer got the revision before the last."}};

struct Crossed {
  Scene s;

  Crossed() {
    s.crosses();
    s.g.deliver(entry());
  }

  const EntryId& entry() const { return s.g.last.entry; }

  const EntryState& state() const { return s.g.state().entries.at(entry()); }

  Step correct(const AccountId& by, const std::string& code, const canon::Object& body = note) {
    return s.g.step(RecordCorrection{by, entry(), code, body});
  }

  Step notify(const AccountId& by, std::optional<PacketId> successor = {}, const canon::Object& body = note) {
    return s.g.step(GiveNotice{by, entry(), std::move(successor), body});
  }
};

} // namespace

TEST_CASE(
    "A33, T20, RB-10: a correction has a kind of the closed list, a person and words; the entry stays") {
  Crossed c;
  Gate& g = c.s.g;
  const EntryState before = c.state();
  const std::string bytes = g.last.entry_bytes;
  CHECK(refused(c.correct(g.rhea.account, ""), "correction_kind"));
  CHECK(refused(c.correct(g.rhea.account, "returned"), "correction_kind"));
  CHECK(refused(c.correct(g.rhea.account, "wrong_version", {}), "rationale_missing"));
  CHECK(refused(c.correct(g.agent, "wrong_version"), "agent_never_decides"));
  CHECK(refused(c.correct(g.intake, "wrong_version"), "not_a_person"));
  CHECK(refused(c.correct(g.mira.account, "wrong_version"), "role_missing"));
  CHECK(refused(g.step(RecordCorrection{g.rhea.account, EntryId::from_random(8), "other", note}),
                "entry_unknown"));
  CHECK(c.state().remarks.empty());
  CHECK(corrections_of(c.state()).empty());
  for (const char* code : {"wrong_version", "wrong_audience", "over_broad_scope", "other"}) {
    const Step done = c.correct(g.rhea.account, code);
    REQUIRE(done.ok());
    CHECK(find<packet::CorrectionRecorded>(done)->code == code);
    CHECK(done.leaves.front().bytes.find("reviewer got") == std::string::npos); // the words are in the body
  }
  CHECK(c.correct(g.lena.account, "other").ok()); // who took part in the packet may as well
  CHECK(c.state().remarks.size() == 5);
  CHECK(corrections_of(c.state()).size() == 4);
  CHECK(c.state().digest == before.digest);
  CHECK(g.last.entry_bytes == bytes);
  CHECK(g.packet(c.s.id).status == "released"); // A31: terminal
  CHECK(refused(g.step(WithdrawPacket{g.intake, c.s.id, "not_needed"}), "packet_closed"));
}

TEST_CASE("A33, M-A2: a verdict of a correction kind counts as one, in its code and in what it found") {
  Crossed c;
  Gate& g = c.s.g;
  REQUIRE(g.step(GiveVerdict{g.rhea.account, c.entry(), "returned", {"over_broad_scope"}}).ok());
  CHECK(corrections_of(c.state()) == std::set<std::string>{"over_broad_scope"});
  REQUIRE(c.correct(g.rhea.account, "over_broad_scope").ok());
  CHECK(corrections_of(c.state()).size() == 1); // once, however often it is said
  Crossed d;
  REQUIRE(d.s.g.step(GiveVerdict{d.s.g.rhea.account, d.entry(), "wrong_version", {}}).ok());
  CHECK(corrections_of(d.state()) == std::set<std::string>{"wrong_version"});
  Crossed e;
  REQUIRE(e.s.g.step(GiveVerdict{e.s.g.rhea.account, e.entry(), "accepted", {}}).ok());
  CHECK(corrections_of(e.state()).empty());
}

TEST_CASE("T20: a notice tells the lane of something newer, names a packet of that lane or none, and recalls "
          "nothing") {
  Crossed c;
  Gate& g = c.s.g;
  const PacketId next = g.submit(g.usual("two"));
  CHECK(refused(c.notify(g.agent), "agent_never_decides"));
  CHECK(refused(c.notify(g.intake), "not_a_person"));
  CHECK(refused(c.notify(g.mira.account), "role_missing"));
  CHECK(refused(c.notify(g.lena.account, {}, {}), "rationale_missing"));
  CHECK(refused(c.notify(g.lena.account, PacketId::from_random(5)), "packet_unknown"));
  CHECK(refused(c.notify(g.lena.account, c.s.id), "packet_unknown")); // itself is no successor
  const Step done = c.notify(g.lena.account, next);
  REQUIRE(done.ok());
  CHECK(find<packet::SupersessionNotice>(done)->successor == next);
  REQUIRE(c.notify(g.lena.account).ok());
  REQUIRE(c.state().remarks.size() == 2);
  CHECK(c.state().remarks.front().what == "notice");
  CHECK(may_read(g.machine.world(), c.entry(), g.rhea.person)); // still theirs to read
  CHECK(corrections_of(c.state()).empty());
}

TEST_CASE("T20, T18: nothing is corrected that has not crossed, in either order") {
  Scene s;
  CHECK(refused(s.g.step(RecordCorrection{s.g.rhea.account, EntryId::from_random(1), "other", note}),
                "entry_unknown"));
  REQUIRE(s.g.step(WithdrawPacket{s.g.intake, s.id, "not_needed"}).ok());
  CHECK_FALSE(s.crossed());
}

TEST_CASE(
    "A31, INV-22: what the lane returned comes again as a packet that continues it; holds keep their age, "
    "signatures do not come along") {
  Crossed c;
  Gate& g = c.s.g;
  const auto again = [&](const PacketId& id, std::optional<PacketId> from) {
    return g.step(SubmitPacket{g.intake, id, g.seal(id, 1, g.usual()), std::move(from)});
  };
  const PacketId early = PacketId::from_random(g.random());
  CHECK(refused(again(early, c.s.id), "continues_unsound")); // not judged yet
  const Instant since = g.state().packets.at(c.s.id).carried.front().first_opened;
  const Digest last = g.packet(c.s.id).spent.back().digest;
  SUBCASE("accepted: nothing to continue") {
    REQUIRE(g.step(GiveVerdict{g.rhea.account, c.entry(), "accepted", {}}).ok());
    CHECK(refused(again(early, c.s.id), "continues_unsound"));
  }
  SUBCASE("returned") {
    REQUIRE(g.step(GiveVerdict{g.rhea.account, c.entry(), "returned", {}}).ok());
    g.pass(hour);
    const PacketId next = PacketId::from_random(g.random());
    CHECK(refused(again(next, PacketId::from_random(3)), "continues_unsound"));
    const Step done = again(next, c.s.id);
    REQUIRE(done.ok());
    CHECK(find<packet::PacketSubmitted>(done)->continues == packet::Continues{c.s.id, last});
    CHECK_FALSE(g.held(next, "LINE.DUP_PENDING"));
    const HoldId missing = g.hold(next, "FRESH.MISSING");
    REQUIRE_FALSE(missing.empty());
    CHECK(g.packet(next).holds.at(missing).first_opened == since);
    CHECK(g.packet(next).manifests.empty());
    g.observe_all();
    g.bind(next);
    CHECK(g.packet(next).reviewed()->signatures.empty());
    REQUIRE(g.sign(g.anna, next).ok());
    REQUIRE(g.request(g.anna, next).ok());
    g.answer(next);
    REQUIRE(g.commit(next).ok());
    CHECK(packet::read_entry(g.last.entry_bytes).value().continues == c.s.id);
    CHECK(g.packet(c.s.id).status == "released");
  }
}
