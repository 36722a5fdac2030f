// Intake: what may become a packet at all, and that nothing is left of what may not.
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

TEST_CASE("T01, INV-28: a refused intake leaves a record and no packet") {
  Gate g;
  const auto refuses = [&](const Spec& spec, const char* code) {
    INFO(std::string(code));
    PacketId id;
    const Step step = g.try_submit(spec, &id);
    CHECK(refused(step, code));
    CHECK(find<packet::IntakeRefused>(step) != nullptr);
    CHECK(g.state().find(id) == nullptr);
  };
  Spec spec = g.usual();
  spec.lane = "Q-OTHER";
  refuses(spec, "lane_unknown"); // A09
  spec = g.usual();
  spec.packet_class = "another-class";
  refuses(spec, "class_unknown");
  spec = g.usual();
  g.objects.at("one/c1").kind = "weather_report";
  refuses(spec, "intake_source"); // A02
  g.objects.at("one/c1").kind = "session_broker_log";
  spec = g.usual();
  for (int i = 0; i < 300; ++i) {
    spec.authors.push_back(PersonId::from_random(static_cast<std::uint64_t>(i)));
  }
  refuses(spec, "packet_too_large");
  spec = g.usual();
  spec.tenants.clear();
  refuses(spec, "lineage_keys");
}

TEST_CASE("intake_fields: a pointer that the lane asks for holds something") {
  Gate g(with({{"verdicts =", "intake_fields = [\"/weather\"]\nverdicts ="}}));
  const Step step = g.try_submit(g.usual());
  CHECK(refused(step, "intake_fields"));
}

TEST_CASE("C01: no packet before a charter is active") {
  Options options;
  options.activate = false;
  Gate g(options);
  CHECK(refused(g.try_submit(g.usual()), "lane_unknown"));
}

TEST_CASE("intake is no agent's and no stranger's; an id is used once") {
  Gate g;
  const PacketId id = g.submit(g.usual());
  CHECK(refused(g.step(SubmitPacket{g.intake, id, g.seal(id, 1, g.usual("two"))}), "packet_exists"));
  const PacketId other = PacketId::from_random(g.random());
  CHECK(
      refused(g.step(SubmitPacket{g.agent, other, g.seal(other, 1, g.usual("two"))}), "agent_never_decides"));
  CHECK(refused(g.step(SubmitPacket{AccountId::from_random(4), other, g.seal(other, 1, g.usual("two"))}),
                "account_unknown"));
  CHECK(refused(g.step(RevisePacket{g.agent, id, g.packet(id).head->digest, g.seal(id, 2, g.usual())}),
                "agent_never_decides"));
  CHECK(refused(g.step(RevisePacket{g.intake, other, Digest{}, g.seal(other, 2, g.usual())}),
                "packet_unknown"));
}

TEST_CASE("A revision is refused by the same contract, and the head stays") {
  Gate g;
  const PacketId id = opened(g);
  const Digest head = g.packet(id).head->digest;
  Spec spec = g.usual();
  spec.packet_class = "another-class";
  CHECK(refused(g.revise(id, spec), "class_unknown"));
  CHECK(g.packet(id).head->digest == head);
}

TEST_CASE("who brings the content is its author, whatever the content says (gate.md case 12)") {
  Gate g;
  const PacketId id = PacketId::from_random(g.random());
  REQUIRE(g.step(SubmitPacket{g.anna.account, id, g.seal(id, 1, g.usual())}).ok());
  g.observe_all();
  g.bind(id);
  CHECK(refused(g.sign(g.anna, id), "SIGN.CONFLICT"));
  CHECK(g.sign(g.ben, id).ok());
}

TEST_CASE("forty packets of one case are held against each other, and nothing stops") {
  Options options;
  options.shadow = false;
  Gate g(options);
  Spec spec = g.usual();
  for (int i = 0; i < 40; ++i) {
    g.submit(spec);
  }
  const PacketId last = g.submit(spec);
  CHECK(std::ranges::count_if(g.packet(last).holds,
                              [](const auto& h) { return h.second.code == "LINE.DUP_PENDING"; }) == 40);
}

TEST_CASE("A05, A31: an act outside this workflow is a record with its drift topic, and changes nothing") {
  Scene s;
  const Step step = s.g.step(RefuseAttempt{s.g.agent, "notify_customer", s.id, {{"out_of_bounds", ""}}});
  REQUIRE(find<packet::AttemptRefused>(step) != nullptr);
  CHECK(find<packet::AttemptRefused>(step)->topic == "customer_communication");
  CHECK(s.g.authorised(s.id));
}
