// MIN.*: what would cross is no more than the lane may see, all of it scanned, annexes promoted by hand.
#include "gate/testing/scene.h"

#include "canon/json.h"
#include "packet/statement.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

// Submitted with this content: it holds and takes no authorisation; the usual content then clears it.
void opens_and_clears(const Spec& bad, Gate& g, const std::string& code, bool bindable = true) {
  INFO(code);
  const PacketId id = g.submit(bad);
  g.observe_all();
  REQUIRE(g.held(id, code));
  const HoldId hold = g.hold(id, code);
  CHECK(g.packet(id).holds.at(hold).clears == "new_revision");
  CHECK(refused(g.clear(g.lena, id, hold), "hold_not_clearable"));
  if (bindable) {
    g.bind(id);
    REQUIRE(g.sign(g.anna, id).ok());
    CHECK_FALSE(g.authorised(id));
    CHECK(refused(g.request(g.anna, id), code));
  } else {
    CHECK(refused(g.draft(g.lena.account, id), code));
  }
  REQUIRE(g.revise(id, g.usual()).ok());
  CHECK_FALSE(g.held(id, code));
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  g.answer(id);
  CHECK(g.commit(id).ok());
}

packet::SignedStatement promotion(Gate& g, const Actor& by, const PacketId& id, const std::string& part) {
  const Packet& p = g.packet(id);
  const canon::Value statement = packet::statement(packet::AnnexStatement{
      g.state().origin, id, p.head->number, p.head->digest, part, "redacted", "included"});
  const Bytes sig = by.sign(packet::act::annex, canon::write(statement));
  return {statement, {{by.person, by.fingerprint(), to_base64(sig)}}};
}

} // namespace

TEST_CASE(
    "A28, MIN.FIELD: a privileged path in what the lane sees blocks; in what it does not see, it does not") {
  Gate g;
  Spec spec = g.usual();
  spec.findings = {{"privileged_path", "privileged_path", "/narrative"}};
  opens_and_clears(spec, g, "MIN.FIELD");
  Spec hidden = g.usual("two");
  hidden.findings = {{"privileged_path", "privileged_path", "/privileged_path"},
                     {"tenant_identifier", "tenant_identity", "/scope/tenant/t1"}};
  const PacketId id = g.submit(hidden);
  g.observe_all();
  CHECK_FALSE(g.held(id, "MIN.FIELD"));
  CHECK_FALSE(g.held(id, "MIN.FINDING"));
}

TEST_CASE("A15, MIN.FIELD: the tenant's constraint forbids what the lane's view shows") {
  Edits shown{{"\"/scope/tenant/*\" = { class = \"tenant_identity\", lane_view = \"pseudonym\"",
               "\"/scope/tenant/*\" = { class = \"tenant_identity\", lane_view = \"show\""}};
  Edits edits = by_request;
  edits.push_back(shown[0]);
  stops(
      "MIN.FIELD",
      [](Scene& s) {
        s.g.pass(second);
        s.g.objects.at("one/c8").attrs["handling"] = "no-customer-name";
        s.g.observe("tenant-registry");
      },
      with(edits));
  // Under the pseudonym that the shipped charter shows, nothing is wrong.
  Scene s;
  s.g.pass(second);
  s.g.objects.at("one/c8").attrs["handling"] = "no-customer-name";
  s.g.observe("tenant-registry");
  CHECK(s.g.authorised(s.id));
}

TEST_CASE("MIN.POLICY_STALE: a constraint that nobody knows or states; a form that upstream did not seal") {
  stops("MIN.POLICY_STALE", [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c8").attrs["handling"] = "whisper-only";
    s.g.observe("tenant-registry");
  });
  stops("MIN.POLICY_STALE", [](Scene& s) {
    s.g.pass(second);
    s.g.objects.at("one/c8").attrs.erase("handling");
    s.g.observe("tenant-registry");
  });
  Gate g;
  Spec spec = g.usual();
  spec.coarse_path = false;
  opens_and_clears(spec, g, "MIN.POLICY_STALE");
}

TEST_CASE(
    "MIN.FINDING: an identifier in what the lane sees ends with a new revision, and with nothing less") {
  for (const char* name :
       {"/narrative", "/scope/tenant/t1:pseudonym", "/citations/c1/record", "/caveats/k1/code"}) {
    INFO(std::string(name));
    Gate g;
    Spec spec = g.usual();
    spec.findings = {{"tenant_identifier", "tenant_identity", name}};
    opens_and_clears(spec, g, "MIN.FINDING");
  }
}

TEST_CASE("A28, INV-30, MIN.SECRET: what was withheld never gets a manifest") {
  Gate g;
  Spec spec = g.usual();
  spec.withheld = {{"w1", "/narrative"}};
  spec.findings = {{"secret_or_token", "secret", "/narrative"}};
  opens_and_clears(spec, g, "MIN.SECRET", false);
}

TEST_CASE("A07, MIN.UNSCANNED: not scanned is not clean") {
  Gate g;
  Spec spec = g.usual();
  spec.scan_complete = false;
  opens_and_clears(spec, g, "MIN.UNSCANNED");
}

TEST_CASE("C16, RB-8, INV-31, MIN.ANNEX: an annex crosses only when a person has promoted it, and that voids "
          "what was signed") {
  Gate g(with(by_request));
  Spec spec = g.usual();
  spec.parts = {{"a1", {"redacted", true, "text"}},
                {"a2", {"held", false, "other"}},
                {"a3", {"redacted", true, "text"}}};
  const PacketId id = g.submit(spec);
  g.observe_all();
  CHECK(g.packet(id).find_hold("MIN.ANNEX", "/parts/a1") != nullptr);
  g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  CHECK(refused(g.request(g.anna, id), "MIN.ANNEX"));
  CHECK(refused(g.step(PromoteAnnex{g.agent, id, promotion(g, g.anna, id, "a1")}), "agent_never_decides"));
  CHECK(refused(g.step(PromoteAnnex{g.lena.account, id, promotion(g, g.lena, id, "a1")}), "role_missing"));
  CHECK(refused(g.step(PromoteAnnex{g.anna.account, id, promotion(g, g.anna, id, "a2")}), "annex_state"));
  CHECK(refused(g.step(PromoteAnnex{g.anna.account, id, promotion(g, g.ben, id, "a1")}), "person_mismatch"));
  auto damaged = promotion(g, g.anna, id, "a1");
  damaged.sigs[0].sig = promotion(g, g.anna, id, "a3").sigs[0].sig;
  CHECK(refused(g.step(PromoteAnnex{g.anna.account, id, damaged}), "signature_invalid"));
  const Step promoted = g.step(PromoteAnnex{g.anna.account, id, promotion(g, g.anna, id, "a1")});
  REQUIRE(promoted.ok());
  CHECK(find<packet::ManifestVoided>(promoted)->cause == "annex_promoted");
  CHECK(g.packet(id).find_hold("MIN.ANNEX", "/parts/a1") == nullptr);
  REQUIRE(g.step(PromoteAnnex{g.anna.account, id, promotion(g, g.anna, id, "a3")})
              .ok()); // the same bytes twice: one part in the view
  g.bind(id);
  CHECK(g.packet(id).reviewed()->signatures.empty());
  REQUIRE(g.sign(g.ben, id).ok());
  REQUIRE(g.request(g.ben, id).ok());
  g.answer(id);
  CHECK(g.commit(id).ok());
}

TEST_CASE("an annex that a new revision leaves out holds nothing") {
  Gate g;
  Spec spec = g.usual();
  spec.parts = {{"a1", {"held", true, "text"}}};
  opens_and_clears(spec, g, "MIN.ANNEX");
}
