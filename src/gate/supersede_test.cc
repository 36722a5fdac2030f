// T06 by `sources.<id>.on_change = "supersede"`: a cited object that differs spends the head.
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

Options superseding(const std::string& more = "") {
  return with(
      {{"emits = [\"object.changed\"]\non_change = \"hold\"\n\n[sources.remote-console]",
        "emits = [\"object.changed\"]\non_change = \"supersede\"\n" + more + "\n[sources.remote-console]"}},
      with(by_request));
}

Step differs(Gate& g, const std::string& key = "one/c7") {
  g.pass(second);
  g.objects.at(key).ordinal += 1;
  return g.observe(g.objects.at(key).source);
}

} // namespace

TEST_CASE(
    "T06, A26, on_change = supersede: with the observation the head is spent, its manifests are void and "
    "LINE.CHANGED is open until a new head is sealed") {
  Scene s(superseding());
  const Digest head = s.g.packet(s.id).head->digest;
  const ManifestId manifest = s.g.last.manifest;
  const Step step = differs(s.g);
  REQUIRE(find<packet::SourceObserved>(step) != nullptr); // one transaction
  const auto* material = find<packet::MaterialTriggered>(step);
  REQUIRE(material != nullptr);
  CHECK(count<packet::MaterialTriggered>(step) == 1);
  CHECK(material->revision == head);
  CHECK(material->trigger == "object.changed");
  CHECK(material->matched == std::vector<std::string>{"c7"});
  CHECK(material->voids == std::vector{manifest});
  CHECK_FALSE(s.g.packet(s.id).head);
  CHECK(s.g.packet(s.id).spent.back().digest == head);
  CHECK(s.g.packet(s.id).spent.back().cause == "superseded");
  CHECK(s.g.packet(s.id).manifests.at(manifest).void_cause == "superseded");
  for (const char* code : {"LINE.CHANGED", "LINE.SUPERSEDED", "FRESH.CHANGED"}) {
    CHECK(s.g.held(s.id, code));
  }
  CHECK_FALSE(s.g.request(s.g.anna, s.id).ok());
  s.g.pass(second);
  s.g.objects.at("one/c7").ordinal -= 1; // the object is as it was again: the head is not
  s.g.observe("break-glass-ledger");
  CHECK(s.g.held(s.id, "LINE.CHANGED"));
  CHECK_FALSE(s.g.packet(s.id).head);
  REQUIRE(s.g.revise(s.id, s.g.usual()).ok());
  CHECK_FALSE(s.g.held(s.id, "LINE.CHANGED"));
  CHECK_FALSE(s.g.held(s.id, "FRESH.CHANGED"));
  s.g.observe_all();
  s.sign_anew();
  s.crosses();
}

TEST_CASE("T06: an object that is gone supersedes as well, in the middle of a recheck, and nothing crosses") {
  Scene s(superseding());
  REQUIRE(s.g.request(s.g.anna, s.id).ok());
  s.g.pass(second);
  s.g.objects.at("one/c7").status = "gone";
  const Step step = s.g.observe("break-glass-ledger");
  REQUIRE(find<packet::MaterialTriggered>(step) != nullptr);
  CHECK(find<packet::MaterialTriggered>(step)->trigger == "object.gone");
  CHECK_FALSE(s.g.packet(s.id).recheck);
  CHECK_FALSE(s.g.commit(s.id).ok());
  CHECK_FALSE(s.crossed());
}

TEST_CASE("T06: the other sources' changes hold and leave the head") {
  Scene s(superseding());
  const Step step = differs(s.g, "one/c5");
  CHECK(find<packet::MaterialTriggered>(step) == nullptr);
  CHECK(s.g.held(s.id, "FRESH.CHANGED"));
  CHECK_FALSE(s.g.held(s.id, "LINE.CHANGED"));
  CHECK(s.g.packet(s.id).head);
}

TEST_CASE("T06, sources.material: a change in another attribute is a note and supersedes nothing") {
  const Options options =
      superseding("attrs = { state = \"text\", uses = \"integer\" }\nmaterial = [\"state\"]\n");
  Gate g(options);
  g.usual_cites("one");
  g.objects.at("one/c7").attrs = {{"state", "v1"}, {"uses", "1"}};
  Spec spec = g.usual();
  spec.pins["c7"] = {{"state", "v1"}};
  const PacketId id = g.submit(spec);
  g.observe_all();
  g.objects.at("one/c7").attrs["uses"] = "2";
  CHECK(find<packet::MaterialTriggered>(differs(g)) == nullptr);
  CHECK(g.packet(id).head);
  g.objects.at("one/c7").attrs["state"] = "v2";
  CHECK(find<packet::MaterialTriggered>(differs(g)) != nullptr);
  CHECK_FALSE(g.packet(id).head);
}

TEST_CASE(
    "T06: a head that cites what is known to be otherwise is spent at once, and one fact has one hold") {
  Scene s(superseding());
  differs(s.g);
  const HoldId before = s.g.hold(s.id, "LINE.CHANGED");
  Spec late = s.g.usual();
  s.g.objects.at("one/c7").ordinal -= 1; // upstream still cites the earlier content
  const Step step = s.g.revise(s.id, late);
  s.g.objects.at("one/c7").ordinal += 1;
  const Step asked = s.g.observe("break-glass-ledger");
  CHECK((find<packet::MaterialTriggered>(step) != nullptr ||
         find<packet::MaterialTriggered>(asked) != nullptr));
  CHECK_FALSE(s.g.packet(s.id).head);
  CHECK(s.g.packet(s.id).spent.size() == 2);
  CHECK(s.g.hold(s.id, "LINE.CHANGED") != before); // another change of another head
  const auto holds = s.g.holds(s.id);
  CHECK(std::ranges::count(holds, "LINE.CHANGED object.changed") == 1);

  // An event said so first: its hold is the one that stays.
  Scene told(superseding());
  told.g.report("break-glass-ledger", "object.changed"); // has its own rule: a note
  CHECK_FALSE(told.g.held(told.id, "LINE.CHANGED"));
}
