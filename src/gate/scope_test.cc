// SCOPE.*: what the evidence touches lies within what the packet declares.
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

TEST_CASE(
    "A12, SCOPE.EXCEEDS: a cited session that touches another tenant holds until a revision declares it") {
  const auto touch = [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c1").touches["tenant"].push_back("Contoso");
    s.g.observe("session-broker");
  };
  stops("SCOPE.EXCEEDS", touch);
  Scene s;
  touch(s);
  CHECK(s.g.packet(s.id).find_hold("SCOPE.EXCEEDS", "/citations/c1") != nullptr);
  Spec wider = s.g.usual();
  wider.tenants["t2"] = "Contoso";
  s.g.objects.at("one/c8").touches["tenant"].push_back("Contoso");
  s.g.observe("tenant-registry");
  REQUIRE(s.g.revise(s.id, wider).ok());
  CHECK_FALSE(s.g.held(s.id, "SCOPE.EXCEEDS"));
}

TEST_CASE("A13, SCOPE.UNDEFINED: a tenant that the registry does not know, and an object that does not say "
          "what it touches") {
  stops("SCOPE.UNDEFINED", [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c8").touches["tenant"] = {"Northwind (renamed)"};
    s.g.observe("tenant-registry");
  });
  stops("SCOPE.UNDEFINED", [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c2").touches.clear();
    s.g.observe("remote-console");
  });
  Gate g;
  Spec unknown = g.usual();
  unknown.tenants = {{"t1", "Contoso"}};
  const PacketId id = g.submit(unknown);
  g.observe_all();
  CHECK(g.packet(id).find_hold("SCOPE.UNDEFINED", "/scope/tenant/t1") != nullptr);
  CHECK(refused(g.draft(g.lena.account, id), "SCOPE.UNDEFINED")); // T07: no manifest over it
  REQUIRE(g.revise(id, g.usual()).ok());
  CHECK(g.holds(id) == std::vector<std::string>{"FRESH.MISSING citation_kind:handling_note"});
}

TEST_CASE("half an answered registry is unknown, not undefined: the second half may still come") {
  Gate g;
  Spec two = g.usual();
  two.tenants["t2"] = "Contoso";
  g.objects["one/d8"] = g.objects.at("one/c8");
  g.objects.at("one/d8").id = ObjectId::from_random(77);
  g.objects.at("one/d8").touches["tenant"] = {"Contoso"};
  two.cites["d8"] = "one/d8";
  two.pins["d8"] = {{"version", "v1"}};
  const PacketId id = g.submit(two);
  g.observe("tenant-registry", {}, {}, {}, {"one/c8"});
  CHECK_FALSE(g.held(id, "SCOPE.UNDEFINED"));
  g.observe_all();
  CHECK(g.holds(id) == std::vector<std::string>{"FRESH.MISSING citation_kind:handling_note"});
}
