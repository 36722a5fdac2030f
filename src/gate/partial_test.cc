// T24, charter 3.6: a part of a head goes on, the rest is held in a packet of its own.
#include "gate/bind.h"
#include "gate/clocks.h"
#include "gate/deciding.h"
#include "gate/testing/scene.h"
#include "gate/testing/waiving.h"

#include "canon/json.h"
#include "packet/entry.h"
#include "packet/statement.h"

#include <algorithm>
#include <utility>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

using Elements = std::vector<std::string>;

const Edits splittable{{"max = \"from_packet\" ", "splittable = true\nmax = \"from_packet\" "},
                       {"max_wait = \"4h\"",
                        "release_on = \"explicit\"\npartial_dim = \"tenant\"\npartial_roles = "
                        "[\"support-trust-lead\"]\nmax_wait = \"4h\""}};

// Two tenants; cb is a log of Contoso alone, c8 the registry's record of both, c7 says nothing of tenants.
Spec two_tenants(Gate& g, const std::string& name = "one") {
  Spec spec = g.usual(name);
  spec.tenants = {{"t1", "Northwind"}, {"t2", "Contoso"}};
  const std::string key = name + "/cb";
  if (!g.objects.contains(key)) {
    Object log = g.objects.at(name + "/c1");
    log.id = ObjectId::from_random(g.random());
    log.touches["tenant"] = {"Contoso"};
    g.objects.emplace(key, std::move(log));
  }
  spec.cites["cb"] = key;
  g.objects.at(name + "/c8").touches["tenant"] = {"Northwind", "Contoso"};
  g.objects.at(name + "/c7").touches.clear();
  return spec;
}

packet::SignedStatement partial_act(Gate& g, const Actor& by, const PacketId& id, Elements free,
                                    Elements held, const std::string& dimension = "tenant") {
  const Packet& p = g.packet(id);
  const canon::Value statement = packet::statement(packet::PartialStatement{
      g.state().origin, id, p.head->number, p.head->digest, dimension, std::move(free), std::move(held)});
  const Bytes sig = by.sign(packet::act::split, canon::write(statement));
  return {statement, {{by.person, by.fingerprint(), to_base64(sig)}}};
}

// Everything stands but Contoso's log, which changed at its source.
struct Half {
  Gate g{with(splittable)};
  PacketId id;
  PacketId rest = PacketId::from_random(4711);

  Half() {
    id = g.submit(two_tenants(g));
    g.observe_all();
    g.pass(minute);
    ++g.objects.at("one/cb").ordinal;
    g.observe_all();
    REQUIRE(g.packet(id).find_hold("FRESH.CHANGED", "/citations/cb") != nullptr);
  }

  Step split(const Actor& by, const Elements& free = {"t1"}, const Elements& held = {"t2"}) {
    return g.step(SplitScope{by.account, id, rest, partial_act(g, by, id, free, held)});
  }

  Step seal_rest(const Spec& spec) {
    const Packet& p = g.packet(rest);
    const Digest last = p.head ? p.head->digest : p.continues->revision;
    return g.step(RevisePacket{g.intake, rest, last, g.seal(rest, p.last_number() + 1, spec)});
  }

  void crosses(const PacketId& packet) {
    g.observe_all();
    g.bind(packet);
    REQUIRE(g.sign(g.anna, packet).ok());
    const Step request = g.request(g.anna, packet);
    INFO((request.refused.empty() ? "" : request.refused.front().code + request.refused.front().where));
    REQUIRE(request.ok());
    g.answer(packet);
    const Step commit = g.commit(packet);
    INFO((commit.refused.empty() ? "" : commit.refused.front().code + commit.refused.front().where));
    REQUIRE(commit.ok());
  }

  std::vector<std::string> shown() const {
    const packet::View view = lane_view(g.machine.world(), id);
    std::vector<std::string> out;
    for (const auto& [name, digest] : g.machine.world().dossier(id)->names) {
      if (std::ranges::binary_search(view.disclosures, digest)) {
        out.push_back(name);
      }
    }
    return out;
  }
};

} // namespace

TEST_CASE(
    "INV-45, charter 3.6: what was overridden for a manifest stands against a split, which ends that one") {
  Gate g{with(splittable)};
  Spec spec = two_tenants(g);
  spec.cites.erase("c6");
  const PacketId id = g.submit(spec);
  g.observe_all();
  g.pass(minute);
  ++g.objects.at("one/cb").ordinal;
  g.observe_all();
  HoldId missing;
  for (const auto& [key, hold] : g.packet(id).holds) {
    missing = hold.code == "FRESH.MISSING" && hold.mode == "blocking" ? key : missing;
  }
  REQUIRE_FALSE(missing.empty());
  REQUIRE(submit_waived(g, id, {{missing}, {}}).ok());
  REQUIRE(override_hold(g, g.lena, id, missing).ok());
  REQUIRE(override_hold(g, g.liam, id, missing).ok());
  REQUIRE_FALSE(reasons_of(evaluate(g.machine.world(), id, g.now), Outcome::overridden).empty());
  const Step split = g.step(SplitScope{g.lena.account, id, PacketId::from_random(4711),
                                       partial_act(g, g.lena, id, {"t1"}, {"t2"})});
  CHECK(refused(split, "FRESH.MISSING"));
  CHECK(g.packet(id).split() == nullptr);
}

TEST_CASE("T24, C11, INV-45, charter 3.6: the free part crosses, the rest is held in a packet of its own") {
  Half h;
  Gate& g = h.g;
  const Instant since = g.packet(h.id).find_hold("FRESH.CHANGED", "/citations/cb")->first_opened;
  const Digest revision = g.packet(h.id).head->digest;
  g.bind(h.id);
  g.pass(hour);
  g.observe_all();
  const Step done = h.split(g.lena);
  REQUIRE(done.ok());
  CHECK(find<packet::ManifestVoided>(done)->cause == "split");
  CHECK(find<packet::ScopeSplit>(done)->remainder == h.rest);

  // The packet: the revision stays, what was held is gone from it, and the two lists are its whole value.
  CHECK(g.packet(h.id).head->digest == revision);
  CHECK(g.holds(h.id) == std::vector<std::string>{"FRESH.MISSING citation_kind:handling_note"});
  const Partial& partial = *g.packet(h.id).split();
  Elements whole = partial.free;
  for (const auto& [element, where] : partial.held) {
    CHECK(where == h.rest);
    CHECK_FALSE(std::ranges::binary_search(partial.free, element));
    whole.push_back(element);
  }
  CHECK(whole == g.machine.world().dossier(h.id)->revision.scope.at("tenant"));

  // The rest: collecting, held for as long as it was held before (INV-22).
  CHECK(g.packet(h.rest).open());
  CHECK_FALSE(g.packet(h.rest).head);
  CHECK(g.packet(h.rest).continues == packet::Continues{h.id, revision});
  const Hold* held = g.packet(h.rest).find_hold("SCOPE.PARTIAL", "/scope/tenant/t2");
  REQUIRE(held != nullptr);
  CHECK(held->first_opened == since);
  CHECK(g.held(h.rest, "LINE.SUPERSEDED")); // waits for upstream

  // What crosses names the free element and nothing else.
  for (const std::string& name : h.shown()) {
    CAPTURE(name);
    CHECK((name.starts_with("/scope/tenant/t1") || name.starts_with("/citations/")));
    CHECK(name != "/citations/cb/record"); // the held one's
    CHECK(name != "/citations/c8/record"); // of both
    CHECK(name != "/citations/c7/record"); // of none
  }
  CHECK(std::ranges::count(h.shown(), "/citations/c1/record") == 1);
  h.crosses(h.id);
  const packet::Entry entry = packet::read_entry(g.last.entry_bytes).value();
  CHECK(entry.remainder == true);
  CHECK(g.last.entry_bytes.find(h.rest.str()) == std::string::npos); // held, and not named
  const auto& names = g.machine.world().dossier(h.id)->names;
  CHECK(std::ranges::count(entry.scope.at("tenant"), names.at("/scope/tenant/t1")) == 1);
  CHECK(std::ranges::count(entry.scope.at("tenant"), names.at("/scope/tenant/t2")) == 0);

  // Later the rest crosses on its own.
  Spec rest = g.usual("rest");
  rest.tenants = {{"t2", "Contoso"}};
  rest.session = "session-one";
  for (const auto& [citation, key] : rest.cites) {
    g.objects.at(key).touches["tenant"] = {"Contoso"};
  }
  REQUIRE(h.seal_rest(rest).ok());
  g.observe_all();
  CHECK(g.holds(h.rest) == std::vector<std::string>{"FRESH.MISSING citation_kind:handling_note"});
  h.crosses(h.rest);
  const packet::Entry second = packet::read_entry(g.last.entry_bytes).value();
  CHECK(second.continues == h.id);
  CHECK_FALSE(second.remainder.has_value());
}

TEST_CASE("T24: a person of partial_roles, their own signature over this revision, and lists that are the "
          "head's value") {
  Half h;
  Gate& g = h.g;
  const packet::SignedStatement act = partial_act(g, g.lena, h.id, {"t1"}, {"t2"});
  CHECK(refused(g.step(SplitScope{g.agent, h.id, h.rest, act}), "agent_never_decides"));
  CHECK(refused(g.step(SplitScope{g.intake, h.id, h.rest, act}), "not_a_person"));
  CHECK(refused(g.step(SplitScope{g.liam.account, h.id, h.rest, act}), "person_mismatch"));
  CHECK(refused(h.split(g.anna), "role_missing"));
  CHECK(refused(h.split(g.lena, {"t2"}, {"t1"}), "FRESH.CHANGED")); // what is held would cross
  CHECK(refused(h.split(g.lena, {"t1"}, {"t3"}), "partial_lists"));
  CHECK(refused(h.split(g.lena, {"t1", "t3"}, {"t2"}), "partial_lists"));
  CHECK(refused(h.split(g.lena, {"t1"}, {}), "statement_malformed"));
  CHECK(refused(h.split(g.lena, {"t1", "t2"}, {"t2"}), "statement_malformed"));
  CHECK(refused(g.step(SplitScope{g.lena.account, h.id, h.rest,
                                  partial_act(g, g.lena, h.id, {"t1"}, {"t2"}, "region")}),
                "statement_malformed"));
  CHECK(refused(g.step(SplitScope{g.lena.account, h.id, h.id, act}), "packet_exists"));
  auto damaged = act;
  damaged.sigs[0].sig = partial_act(g, g.lena, h.id, {"t2"}, {"t1"}).sigs[0].sig;
  CHECK(refused(g.step(SplitScope{g.lena.account, h.id, h.rest, damaged}), "signature_invalid"));
  CHECK(g.packet(h.id).split() == nullptr);
  CHECK_FALSE(g.state().packets.contains(h.rest));
  CHECK(g.held(h.id, "FRESH.CHANGED"));
}

TEST_CASE("T24: a hold that names no element, or a free one, is left nowhere, and nothing is split without a "
          "hold") {
  SUBCASE("the packet as a whole is held") {
    Half h;
    REQUIRE_FALSE(h.g.step(ReportMismatch{h.g.intake, h.id}).ok());
    CHECK(refused(h.split(h.g.lena), "LINE.DIGEST_MISMATCH"));
  }
  SUBCASE("evidence of both is held") {
    Half h;
    h.g.pass(minute);
    h.g.objects.at("one/c8").attrs["version"] = "v2";
    h.g.observe_all();
    CHECK(refused(h.split(h.g.lena), "FRESH.CHANGED"));
  }
  SUBCASE("nothing is held") {
    Gate g(with(splittable));
    const PacketId id = g.submit(two_tenants(g));
    g.observe_all();
    CHECK(refused(g.step(SplitScope{g.lena.account, id, PacketId::from_random(3),
                                    partial_act(g, g.lena, id, {"t1"}, {"t2"})}),
                  "partial_nothing_held"));
  }
  SUBCASE("the charter has no such dimension") {
    Gate g(with(by_request));
    const PacketId id = g.submit(two_tenants(g));
    CHECK(refused(g.step(SplitScope{g.lena.account, id, PacketId::from_random(3),
                                    partial_act(g, g.lena, id, {"t1"}, {"t2"})}),
                  "partial_not_allowed"));
  }
}

TEST_CASE("partial split racing a revision, in both orders") {
  Half h;
  Gate& g = h.g;
  const packet::SignedStatement act = partial_act(g, g.lena, h.id, {"t1"}, {"t2"});
  SUBCASE("the revision first: the split was of another") {
    REQUIRE(g.revise(h.id, two_tenants(g)).ok());
    CHECK(refused(g.step(SplitScope{g.lena.account, h.id, h.rest, act}), "revision_not_head"));
  }
  SUBCASE("the split first, SCOPE.PARTIAL: the revision may not take back what is held elsewhere") {
    REQUIRE(g.step(SplitScope{g.lena.account, h.id, h.rest, act}).ok());
    g.bind(h.id);
    REQUIRE(g.revise(h.id, two_tenants(g)).ok());
    CHECK(g.packet(h.id).split() == nullptr);
    g.observe_all();
    CHECK(g.packet(h.id).find_hold("SCOPE.PARTIAL", "/scope/tenant/t2") != nullptr);
    g.bind(h.id);
    REQUIRE(g.sign(g.anna, h.id).ok());
    CHECK(refused(g.request(g.anna, h.id), "SCOPE.PARTIAL"));
    Spec less = two_tenants(g);
    less.tenants.erase("t2");
    less.cites.erase("cb");
    REQUIRE(g.revise(h.id, less).ok());
    g.observe_all();
    CHECK_FALSE(g.held(h.id, "SCOPE.PARTIAL"));
    h.crosses(h.id);
  }
  SUBCASE("the rest is withdrawn: the element is nobody else's") {
    REQUIRE(g.step(SplitScope{g.lena.account, h.id, h.rest, act}).ok());
    REQUIRE(g.step(WithdrawPacket{g.intake, h.rest, "not_needed"}).ok());
    REQUIRE(g.revise(h.id, two_tenants(g)).ok());
    CHECK_FALSE(g.held(h.id, "SCOPE.PARTIAL"));
  }
}

TEST_CASE("INV-45: what was held back does not come again under another id") {
  Half h;
  Gate& g = h.g;
  REQUIRE(h.split(g.lena).ok());
  Spec renamed = two_tenants(g);
  renamed.tenants = {{"t1", "Northwind"}, {"t9", "Contoso"}};
  REQUIRE(g.revise(h.id, renamed).ok());
  CHECK(g.packet(h.id).find_hold("SCOPE.PARTIAL", "/scope/tenant/t9") != nullptr);
}

TEST_CASE("INV-45: what was held back does not come again under the id of what went on") {
  Half h;
  Gate& g = h.g;
  REQUIRE(h.split(g.lena).ok());
  Spec swapped = two_tenants(g);
  swapped.tenants = {{"t1", "Contoso"}};
  REQUIRE(g.revise(h.id, swapped).ok());
  CHECK(g.packet(h.id).find_hold("SCOPE.PARTIAL", "/scope/tenant/t1") != nullptr);
  swapped.tenants = {{"t1", "Northwind"}};
  REQUIRE(g.revise(h.id, swapped).ok());
  CHECK_FALSE(g.held(h.id, "SCOPE.PARTIAL"));
}

TEST_CASE("INV-45: an id that comes again with a value of its own takes nothing from anybody") {
  Half h;
  Gate& g = h.g;
  REQUIRE(h.split(g.lena).ok());
  Spec other = two_tenants(g);
  other.tenants = {{"t1", "Northwind"}, {"t2", "Fabrikam"}};
  REQUIRE(g.revise(h.id, other).ok());
  CHECK_FALSE(g.held(h.id, "SCOPE.PARTIAL"));
  Spec rest = g.usual("rest");
  rest.tenants = {{"t1", "Contoso"}};
  REQUIRE(h.seal_rest(rest).ok());
  CHECK_FALSE(g.held(h.rest, "SCOPE.PARTIAL"));
  rest.tenants = {{"t2", "Fabrikam"}}; // which goes on with the whole by now
  REQUIRE(h.seal_rest(rest).ok());
  CHECK(g.packet(h.rest).find_hold("SCOPE.PARTIAL", "/scope/tenant/t2") != nullptr);
  rest.tenants = {{"t3", "Wingtip"}};
  REQUIRE(h.seal_rest(rest).ok());
  CHECK_FALSE(g.held(h.rest, "SCOPE.PARTIAL"));
  other.tenants = {{"t1", "Wingtip"}};
  REQUIRE(g.revise(h.id, other).ok());
  CHECK(g.packet(h.rest).find_hold("SCOPE.PARTIAL", "/scope/tenant/t3") != nullptr); // seen at once
  rest.tenants = {{"t2", "Northwind"}}; // what went on at the split stays the whole's, whatever it says later
  REQUIRE(h.seal_rest(rest).ok());
  CHECK(g.packet(h.rest).find_hold("SCOPE.PARTIAL", "/scope/tenant/t2") != nullptr);
}

TEST_CASE("INV-45: what several splits left to others stays theirs, and none of them takes it from another") {
  Half h;
  Gate& g = h.g;
  REQUIRE(h.split(g.lena).ok());
  const PacketId first = std::exchange(h.rest, PacketId::from_random(78));
  Spec later = two_tenants(g);
  later.tenants = {{"t1", "Northwind"}, {"t2", "Fabrikam"}};
  g.objects.at("one/cb").touches["tenant"] = {"Fabrikam"};
  g.objects.at("one/c8").touches["tenant"] = {"Northwind", "Fabrikam"};
  REQUIRE(g.revise(h.id, later).ok());
  g.pass(minute);
  ++g.objects.at("one/cb").ordinal;
  g.observe_all();
  REQUIRE(h.split(g.lena).ok());
  later.tenants = {{"t1", "Northwind"}, {"t2", "Contoso"}, {"t3", "Fabrikam"}};
  REQUIRE(g.revise(h.id, later).ok());
  CHECK(g.packet(h.id).find_hold("SCOPE.PARTIAL", "/scope/tenant/t2") != nullptr);
  CHECK(g.packet(h.id).find_hold("SCOPE.PARTIAL", "/scope/tenant/t3") != nullptr);
  CHECK(g.packet(h.id).find_hold("SCOPE.PARTIAL", "/scope/tenant/t1") == nullptr);
  Spec rest = g.usual("rest");
  rest.tenants = {{"a", "Fabrikam"}, {"b", "Contoso"}, {"c", "Northwind"}};
  REQUIRE(h.seal_rest(rest).ok());
  CHECK(g.packet(h.rest).find_hold("SCOPE.PARTIAL", "/scope/tenant/a") == nullptr);
  CHECK(g.packet(h.rest).find_hold("SCOPE.PARTIAL", "/scope/tenant/b") != nullptr);
  CHECK(g.packet(h.rest).find_hold("SCOPE.PARTIAL", "/scope/tenant/c") != nullptr);
  REQUIRE(g.step(WithdrawPacket{g.intake, first, "not_needed"}).ok());
  REQUIRE(g.revise(h.id, later).ok());
  CHECK(g.packet(h.id).find_hold("SCOPE.PARTIAL", "/scope/tenant/t2") == nullptr); // nobody else's any more
  CHECK(g.packet(h.id).find_hold("SCOPE.PARTIAL", "/scope/tenant/t3") != nullptr);
}

TEST_CASE(
    "INV-45: of two elements with one value, what went on is the whole's and no packet waits for the other") {
  Gate g(with(splittable));
  Spec spec = two_tenants(g);
  spec.tenants = {{"t1", "Northwind"}, {"t2", "Contoso"}, {"t3", "Contoso"}};
  const PacketId id = g.submit(spec);
  const PacketId rest = PacketId::from_random(79);
  g.observe_all();
  g.pass(minute);
  ++g.objects.at("one/cb").ordinal;
  g.observe_all();
  REQUIRE(
      g.step(SplitScope{g.lena.account, id, rest, partial_act(g, g.lena, id, {"t1"}, {"t2", "t3"})}).ok());
  spec.tenants = {{"t1", "Northwind"}};
  REQUIRE(g.revise(id, spec).ok());
  CHECK_FALSE(g.held(id, "SCOPE.PARTIAL"));
  Spec left = g.usual("rest");
  left.tenants = {{"t3", "Contoso"}};
  REQUIRE(
      g.step(RevisePacket{g.intake, rest, g.packet(rest).continues->revision, g.seal(rest, 1, left)}).ok());
  CHECK_FALSE(g.held(rest, "SCOPE.PARTIAL"));
}

TEST_CASE("SCOPE.PARTIAL: where what was split cannot be read any more, nothing of the dimension crosses") {
  Half h;
  Gate& g = h.g;
  REQUIRE(h.split(g.lena).ok());
  Spec spec = two_tenants(g);
  spec.tenants = {{"t1", "Northwind"}};
  REQUIRE(g.revise(h.id, spec).ok());
  REQUIRE_FALSE(g.held(h.id, "SCOPE.PARTIAL"));
  g.machine.facts().split_scopes.clear();
  g.pass(second);
  REQUIRE(g.step(Reevaluate{h.id}).ok());
  CHECK(g.packet(h.id).find_hold("SCOPE.PARTIAL", "/scope/tenant/t1") != nullptr);
}

TEST_CASE(
    "INV-45: what an earlier split left to another packet is left to no second one, until that one is gone") {
  Half h;
  Gate& g = h.g;
  REQUIRE(h.split(g.lena).ok());
  REQUIRE(g.revise(h.id, two_tenants(g)).ok());
  REQUIRE(g.packet(h.id).find_hold("SCOPE.PARTIAL", "/scope/tenant/t2") != nullptr);
  const PacketId first = std::exchange(h.rest, PacketId::from_random(77));
  CHECK(refused(h.split(g.lena), "partial_elsewhere"));
  REQUIRE(g.step(WithdrawPacket{g.intake, first, "upstream_withdrew"}).ok());
  g.pass(minute);
  ++g.objects.at("one/cb").ordinal;
  g.observe_all();
  REQUIRE(h.split(g.lena).ok());
  CHECK(g.packet(h.id).split()->held == std::map<std::string, PacketId>{{"t2", h.rest}});
}

TEST_CASE("INV-45, SCOPE.PARTIAL: the rest never takes what went on") {
  Half h;
  REQUIRE(h.split(h.g.lena).ok());
  CHECK(refused(h.g.step(RevisePacket{h.g.intake, h.rest, Digest{}, h.g.seal(h.rest, 1, two_tenants(h.g))}),
                "LINE.FORK")); // it continues a revision, and must name it
  REQUIRE(h.g.clear(h.g.lena, h.rest, h.g.hold(h.rest, "LINE.FORK")).ok());
  REQUIRE(h.seal_rest(two_tenants(h.g)).ok());
  CHECK(h.g.packet(h.rest).find_hold("SCOPE.PARTIAL", "/scope/tenant/t1") != nullptr);
  CHECK(h.g.packet(h.rest).find_hold("SCOPE.PARTIAL", "/scope/tenant/t2") == nullptr);
}

TEST_CASE(
    "INV-26, INV-45: the rest is no duplicate of what it is split from, and takes no value that went on") {
  Half h;
  REQUIRE(h.split(h.g.lena).ok());
  Spec rest = h.g.usual("rest");
  rest.session = "session-one";
  rest.operator_ = "operator-one";
  rest.tenants = {{"t2", "Contoso"}};
  REQUIRE(h.seal_rest(rest).ok());
  CHECK_FALSE(h.g.held(h.rest, "LINE.DUP_PENDING"));
  CHECK_FALSE(h.g.held(h.rest, "SCOPE.PARTIAL"));
  rest.tenants = {{"t9", "Northwind"}}; // what went on, under another id
  REQUIRE(h.seal_rest(rest).ok());
  CHECK(h.g.packet(h.rest).find_hold("SCOPE.PARTIAL", "/scope/tenant/t9") != nullptr);
}

TEST_CASE("T24: split again, with more held than before; the manifest of before does not cross") {
  Gate g(with(splittable));
  Spec spec = two_tenants(g);
  spec.tenants["t3"] = "Fabrikam";
  Object log = g.objects.at("one/c1");
  log.id = ObjectId::from_random(g.random());
  log.touches["tenant"] = {"Fabrikam"};
  g.objects.emplace("one/cf", log);
  spec.cites["cf"] = "one/cf";
  g.objects.at("one/c8").touches["tenant"].push_back("Fabrikam");
  const PacketId id = g.submit(spec);
  const PacketId one = PacketId::from_random(1);
  const PacketId two = PacketId::from_random(2);
  g.observe_all();
  g.pass(second);
  ++g.objects.at("one/cb").ordinal;
  g.observe_all();
  REQUIRE(g.step(SplitScope{g.lena.account, id, one, partial_act(g, g.lena, id, {"t1", "t3"}, {"t2"})}).ok());
  const Digest manifest = g.bind(id);
  REQUIRE(g.sign(g.anna, id).ok());
  REQUIRE(g.request(g.anna, id).ok());
  g.pass(second);
  ++g.objects.at("one/cf").ordinal;
  g.answer(id);
  CHECK(refused(g.commit(id), "FRESH.CHANGED"));
  const auto again = [&](Elements free, Elements held) {
    return g.step(SplitScope{g.lena.account, id, two, partial_act(g, g.lena, id, free, held)});
  };
  CHECK(refused(again({"t1", "t2"}, {"t3"}), "partial_lists")); // it would let go of what is held
  REQUIRE(again({"t1"}, {"t2", "t3"}).ok());
  CHECK(g.packet(id).split()->held == std::map<std::string, PacketId>{{"t2", one}, {"t3", two}});
  CHECK(g.packet(two).find_hold("SCOPE.PARTIAL", "/scope/tenant/t3") != nullptr);
  CHECK(g.packet(two).find_hold("SCOPE.PARTIAL", "/scope/tenant/t2") == nullptr);
  CHECK(refused(g.step(RequestRelease{g.anna.account, id, g.packet(id).head->digest, manifest, "Q-PSR"}),
                "manifest_closed"));
}

TEST_CASE("a source that comes to speak of a free element holds the free part again") {
  Half h;
  REQUIRE(h.split(h.g.lena).ok());
  h.g.bind(h.id);
  REQUIRE(h.g.sign(h.g.anna, h.id).ok());
  REQUIRE(h.g.authorised(h.id));
  h.g.pass(second);
  h.g.objects.at("one/cb").touches["tenant"] = {"Contoso", "Northwind"};
  h.g.observe_all();
  CHECK(h.g.held(h.id, "FRESH.CHANGED"));
  CHECK_FALSE(h.g.authorised(h.id));
}

TEST_CASE("what is bound of a part is the part: the view that was signed is kept beside the manifest") {
  Half h;
  REQUIRE(h.split(h.g.lena).ok());
  h.g.bind(h.id);
  const BoundManifest& bound = h.g.machine.facts().manifests.at(h.g.last.manifest);
  REQUIRE(bound.view);
  CHECK(*bound.view == lane_view(h.g.machine.world(), h.id));
  CHECK(bound.manifest.remainder == true);
  Scene whole;
  CHECK_FALSE(whole.g.machine.facts().manifests.at(whole.g.last.manifest).view);
}

namespace {

// A grant of Contoso alone beside the whole one, and rules that read instants and states of grants.
const Edits grants{
    {"[holds]\nvisible_within",
     "[clocks.due.end]\nkind = \"statutory\"\nsource = \"break-glass-ledger\"\nattr = \"ends\"\n"
     "warn_before = \"10m\"\nat_expiry = \"hold\"\n\n[clocks.windows.sealed]\nkind = "
     "\"embargo_until\"\nsource = \"break-glass-ledger\"\nattr = \"opens\"\n\n"
     "[holds]\nvisible_within"},
    {"supplies = [\"break_glass_grant\"]\nchecks = [{ kind = \"digest\" }]",
     "supplies = [\"break_glass_grant\"]\nattrs = { ends = \"instant\", opens = \"instant\" }\n"
     "checks = [{ kind = \"digest\" }]"}};

struct HalfOfGrants {
  Gate g;
  PacketId id;
  PacketId rest = PacketId::from_random(4712);

  HalfOfGrants()
      : g([] {
          Edits edits = splittable;
          edits.insert(edits.end(), grants.begin(), grants.end());
          return with(edits);
        }()) {
    Spec spec = two_tenants(g);
    Object& whole = g.objects.at("one/c7");
    whole.touches["tenant"] = {"Northwind"};
    whole.attrs = {{"ends", to_string(g.now + day)}, {"opens", to_string(g.now)}};
    Object part = whole;
    part.id = ObjectId::from_random(g.random());
    part.touches["tenant"] = {"Contoso"};
    g.objects.emplace("one/cg", part);
    spec.cites["cg"] = "one/cg";
    id = g.submit(spec);
    g.observe_all();
    g.pass(minute);
    ++g.objects.at("one/cg").ordinal;
    g.observe_all();
    REQUIRE(g.packet(id).find_hold("FRESH.CHANGED", "/citations/cg") != nullptr);
  }

  // What the held grant says is other than it was; nobody asks it any more.
  void says(const std::string& attr, Instant at) {
    g.pass(second);
    g.objects.at("one/cg").attrs[attr] = to_string(at);
    g.observe_all();
  }
};

} // namespace

TEST_CASE("T24: clocks and windows read nothing that is held back: no recheck asks it") {
  HalfOfGrants h;
  h.says("ends", h.g.now - second);
  h.says("opens", h.g.now + day);
  CHECK(h.g.packet(h.id).find_hold("TIME.CLOCK_NEAR", "/clocks/due/end") != nullptr);
  CHECK(h.g.packet(h.id).find_hold("TIME.EMBARGO", "/windows/sealed") != nullptr);
  h.says("ends", h.g.now + day);
  h.says("opens", h.g.now);
  REQUIRE(
      h.g.step(SplitScope{h.g.lena.account, h.id, h.rest, partial_act(h.g, h.g.lena, h.id, {"t1"}, {"t2"})})
          .ok());
  h.says("ends", h.g.now - second);
  h.says("opens", h.g.now + day);
  CHECK_FALSE(h.g.held(h.id, "TIME.CLOCK_NEAR"));
  CHECK_FALSE(h.g.held(h.id, "TIME.EMBARGO"));
  CHECK(nearest_due(h.g.machine.world(), h.id, h.g.now) ==
        parse_instant(h.g.objects.at("one/c7").attrs.at("ends")));
}

TEST_CASE("T24: two sources that should agree are not compared by a record that is held back") {
  Edits edits = splittable;
  edits.insert(
      edits.end(),
      {{"supplies = [\"break_glass_grant\"]\nchecks = [{ kind = \"digest\" }]",
        "supplies = [\"break_glass_grant\"]\nattrs = { state = \"text\" }\nchecks = [{ kind = \"digest\" "
        "}, { kind = \"agree\", with = \"identity-provider\", attr = \"state\" }]"},
       {"supplies = [\"idp_sign_in\"]", "supplies = [\"idp_sign_in\"]\nattrs = { state = \"text\" }"}});
  Gate g(with(edits));
  Spec spec = two_tenants(g);
  g.objects.at("one/c7").touches["tenant"] = {"Northwind"};
  g.objects.at("one/c5").touches["tenant"] = {"Contoso"};
  for (const char* key : {"one/c5", "one/c7"}) {
    g.objects.at(key).attrs["state"] = "granted";
    g.objects.at(key).key = "grant-17";
  }
  const PacketId id = g.submit(spec);
  g.observe_all();
  CHECK_FALSE(g.held(id, "FRESH.UNKNOWN"));
  g.pass(minute);
  ++g.objects.at("one/cb").ordinal;
  g.observe_all();
  REQUIRE(g.step(SplitScope{g.lena.account, id, PacketId::from_random(4713),
                            partial_act(g, g.lena, id, {"t1"}, {"t2"})})
              .ok());
  CHECK(g.packet(id).find_hold("FRESH.UNKNOWN", "/citations/c7") != nullptr); // nobody is left to agree
}
