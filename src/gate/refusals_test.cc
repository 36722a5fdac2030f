// Refusals are answers with a class and a sentence, and never outgrow their record.
#include "charter/codes.h"
#include "gate/testing/scene.h"
#include "gate/words_taken.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

TEST_CASE("every hold code, wait reason and refusal has a class and a sentence of its own") {
  for (const charter::HoldCode& code : charter::hold_codes()) {
    CHECK(refusal_text(code.code).text == code.means);
  }
  CHECK(refusal_text("LINE.SUPERSEDED").refusal_class == RefusalClass::conflict);
  CHECK(refusal_text("SIGN.CONFLICT").refusal_class == RefusalClass::denied);
  CHECK(refusal_text("FRESH.STALE").refusal_class == RefusalClass::held);
  CHECK(refusal_text("LANE.CAPACITY").refusal_class == RefusalClass::held);
  CHECK(refusal_text("agent_never_decides").refusal_class == RefusalClass::denied);
  CHECK(refusal_text("packet_unknown").refusal_class == RefusalClass::not_found);
  for (const char* code : {"agent_rate", "audience_opening", "code_malformed", "manifest_exists",
                           "packet_too_large", "hold_opener"}) {
    INFO(std::string(code));
    CHECK(refusal_text(code).text != refusal_text("no such code").text);
  }
}

TEST_CASE("reasons beyond what a leaf holds are counted, not lost") {
  Gate g;
  std::vector<packet::Reason> many(200, {"out_of_bounds", std::string(150, 'x')});
  const Step step = g.step(RefuseAttempt{g.agent, "remediate", {}, many});
  const auto* record = find<packet::AttemptRefused>(step);
  REQUIRE(record != nullptr);
  CHECK(record->reasons.size() + record->more == 200);
  CHECK(record->topic == "execution");
  CHECK(step.refused.size() == 200);
}

TEST_CASE("a refused word comes with those that would have been taken") {
  Gate g;
  const charter::Charter& charter = g.charter();
  using Words = std::vector<std::string>;
  for (const std::string& word : words_taken(&charter, {"verdict_unknown", ""})) {
    CHECK(charter.lane.verdicts.contains(*charter::from_word<charter::Verdict>(word)));
  }
  CHECK(words_taken(&charter, {"verdict_unknown", ""}).size() == charter.lane.verdicts.size());
  CHECK(words_taken(&charter, {"lineage_keys", "/lineage/case_keys/0"}) == charter.lineage.case_keys[0].key);
  CHECK(words_taken(&charter, {"lineage_keys", "/lineage/case_keys/99"}).empty());
  CHECK(words_taken(&charter, {"class_unknown", "/packet_class"}) == Words{charter.packet_class});
  CHECK(words_taken(nullptr, {"event_unknown", ""}).size() == charter::words<charter::Event>.size());
  CHECK(words_taken(nullptr, {"verdict_unknown", ""}).empty());
  CHECK(words_taken(&charter, {"role_missing", ""}).empty());
}

TEST_CASE("an attempt on what is not there belongs to no packet") {
  Gate g;
  const Step step = g.step(ClearHold{g.lena.account, PacketId::from_random(1), {}, {}});
  CHECK(refused(step, "packet_unknown"));
  CHECK_FALSE(find<packet::AttemptRefused>(step)->packet);
}

TEST_CASE("clearing names packet and hold: another packet's hold is unknown here (gate.md case 13)") {
  Scene s;
  const PacketId other = s.g.submit(s.g.usual("two"));
  s.g.observe_all();
  s.g.step(RevisePacket{s.g.intake, s.id, Digest{}, s.g.seal(s.id, 2, s.g.usual())});
  const HoldId hold = s.g.hold(s.id, "LINE.FORK");
  CHECK(refused(s.g.clear(s.g.lena, other, hold), "hold_unknown"));
  CHECK(s.g.held(s.id, "LINE.FORK"));
}

TEST_CASE("a number that runs out is asked for, and where nobody has more the program stops") {
  const std::vector<std::uint64_t> two{1, 2};
  Draws draws(two, [n = std::uint64_t{9}]() mutable { return n++; });
  CHECK(draws.take() == 1);
  CHECK(draws.take() == 2);
  CHECK(draws.take() == 9);
  CHECK(draws.take() == 10);
}

TEST_CASE("reads and the security journal are records that change nothing") {
  Scene s;
  const std::size_t before = s.g.log.size();
  REQUIRE(s.g.step(RecordAccess{s.g.rhea.account, s.id, "signer_view", {}}).ok());
  REQUIRE(s.g.step(CoalesceJournal{"unauthenticated", s.g.now, {{"malformed", 7}}}).ok());
  CHECK(s.g.log.size() == before + 2);
  CHECK(s.g.authorised(s.id));
}
