// The faults of what a charter would allow, of its succession and of its people (E17-E32).
#include "charter/testing/edited.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::charter;
using namespace sallyport::charter::testing;

TEST_CASE("E17: a literal bound is one of its type") {
  expect({{"max = \"from_packet\"", "max = 5"}}, "E17", "max = 5",
         "scope.tenant.max: \"5\" is not a bound for id_set.");
  expect({{"[holds]",
           "[scope.level]\ntype = \"level\"\nlevels = [\"low\", \"high\"]\nmax = \"middle\"\n\n[holds]"}},
         "E17", "max = \"middle\"", "scope.level.max: \"middle\" is not a bound for level.");
  for (const std::string type : {"region_set", "snapshot"}) {
    expect({{"type = \"id_set\"\nsource = \"tenant-registry\"\nmax = \"from_packet\"",
             "type = \"" + type + "\"\nsource = \"tenant-registry\"\nmax = \"whole\""}},
           "E17", "max = \"whole\"", "scope.tenant.max: \"whole\" is not a bound for " + type + ".");
  }
}

TEST_CASE("E18: no view is more open than the lane's, and a secret is shown to nobody") {
  const auto message = [](const std::string& path) { return path + ": more open than the lane may see."; };
  expect({{"lane_view = \"pseudonym\", queue_view = \"omit\"",
           "lane_view = \"pseudonym\", queue_view = \"show\""}},
         "E18", "queue_view = \"show\"", message("exposure.fields.\"/scope/tenant/*\".queue_view"));
  expect({{"lane_view = \"pseudonym\", queue_view = \"omit\"",
           "lane_view = \"pseudonym\", queue_view = \"omit\", agent_view = \"coarsen(day)\""}},
         "E18", "agent_view", message("exposure.fields.\"/scope/tenant/*\".agent_view"));
  expect({{"class = \"secret\", lane_view = \"omit\"", "class = \"secret\", lane_view = \"ref\""}}, "E18",
         "\"secret\"", message("exposure.fields.\"/token\".lane_view"));
}

TEST_CASE("E19: of two patterns, one counts") {
  expect(
      {{"\"/operator\" =", "\"/scope/*/tenant\" = { class = \"reference\", lane_view = \"omit\", queue_view "
                           "= \"omit\" }\n\"/operator\" ="}},
      "E19", "\"/scope/tenant/*\"",
      "exposure.fields.\"/scope/tenant/*\": as specific as \"/scope/*/tenant\"; which one counts is open.");
}

TEST_CASE("E20: secrets block") {
  constexpr auto message = "exposure.detectors.secret_or_token must block.";
  expect({{"secret_or_token = { on_hit = \"block\" }", "secret_or_token = { on_hit = \"finding\" }"}}, "E20",
         "secret_or_token", message);
  expect({{"secret_or_token = { on_hit = \"block\" }\n", ""}}, "E20", "[exposure.detectors]", message);
}

TEST_CASE("E21: a charter tightens a code, never loosens it") {
  const auto code = [](const std::string& name, const std::string& rule) {
    return std::vector<Edit>{{"[admission]", "[holds.codes.\"" + name + "\"]\n" + rule + "\n\n[admission]"}};
  };
  expect(code("FRESH.STALE", "mode = \"visible\""), "E21", "mode = \"visible\"",
         "holds.codes.\"FRESH.STALE\".mode: a charter may tighten FRESH.STALE, never loosen it.");
  // Without a ledger, nothing is accepted: L is B.
  expect(code("MIN.FINDING", "mode = \"visible\""), "E21", "mode = \"visible\"",
         "holds.codes.\"MIN.FINDING\".mode: a charter may tighten MIN.FINDING, never loosen it.");
  expect(code("FRESH.STALE", "resign = false"), "E21", "resign",
         "holds.codes.\"FRESH.STALE\".resign: a charter may tighten FRESH.STALE, never loosen it.");
  expect(code("LANE.CAPACITY", "sla = \"1h\""), "E21", "LANE.CAPACITY",
         "holds.codes.\"LANE.CAPACITY\": a charter may tighten LANE.CAPACITY, never loosen it.");
  CHECK(parse_toml(edited(example(), code("TIME.CLOCK_NEAR", "mode = \"blocking\"\nresign = true")))
            .faults.empty());
}

TEST_CASE("E22: one code alone can be overridden") {
  expect({{"[holds.codes.\"FRESH.MISSING\"]", "[holds.codes.\"FRESH.STALE\"]"}}, "E22",
         "override =", "holds.codes.\"FRESH.STALE\".override: FRESH.STALE can never be overridden.");
}

TEST_CASE("E23: step-up asks for keys that verify their user") {
  expect({{"key_class_min = \"sk-uv\"", "key_class_min = \"sk\""}}, "E23", "key_class_min",
         "signers.key_class_min: step-up needs sk-uv or better.");
}

TEST_CASE("E24: whoever must sign is not barred from it") {
  expect({{"\"packet-author\"]", "\"support-trust-approver\"]"}}, "E24", "not_also",
         "signers.not_also: nobody could sign.");
  // One of several who may sign is enough.
  const std::string any = "[{ any_of = [\"support-trust-approver\", \"second-approver\"], count = 1 }]";
  const Edit either{"[{ role = \"support-trust-approver\", count = 1 }]", any};
  CHECK(parse_toml(edited(example(), {either, {"\"packet-author\"]", "\"second-approver\"]"}})).charter);
  expect({either, {"\"packet-author\"]", "\"second-approver\", \"support-trust-approver\"]"}}, "E24",
         "not_also", "signers.not_also: nobody could sign.");
}

TEST_CASE("E25: who signs packets does not own the policy") {
  expect({{"owners = [\"support-trust-governance\"", "owners = [\"support-trust-approver\""}}, "E25",
         "owners = [", "governance.owners: who signs packets does not own the policy.");
}

TEST_CASE("E26: who triaged a packet does not sign it") {
  expect({{"not_also = [\"packet-triager\", ", "not_also = ["}}, "E26", "not_also",
         "signers.not_also: who triaged a packet must not sign it.");
  // Nobody triages in co_release.
  CHECK(parse_toml(
            edited(co_release(), {{"not_also = [\"packet-triager\", \"packet-author\"]", "not_also = []"}}))
            .faults.empty());
}

TEST_CASE("E27: the release owner signs") {
  CHECK_MESSAGE(parse_toml(co_release()).faults.empty(), all_text(parse_toml(co_release()).faults));
  expect_co_release(
      {{"owner = { role = \"support-trust-approver\"", "owner = { role = \"support-trust-lead\""}}, "E27",
      "owner =", "ledger.owner.role: the release owner must be a signer.");
}

TEST_CASE("E28: every row of acceptance can apply") {
  expect_co_release({{"item_kind = \"tenant_scope\"", "item_kind = \"symbolization_boundary\""}}, "E28",
                    "item_kind = \"symbolization_boundary\"",
                    "signers.accepts[0].item_kind: this row can never apply.");
  expect_co_release({{"must_resolve = []", "must_resolve = [\"tenant_scope\"]"}}, "E28",
                    "item_kind = \"tenant_scope\"",
                    "signers.accepts[0].item_kind: this row can never apply.");
  expect_co_release({{"item_kind = \"tenant_scope\"", "item_kind = \"other\""},
                     {"item_kind = \"other\"\nroles = [\"support-trust-approver\"]\n\n[sources",
                      "item_kind = \"chronology\"\nroles = [\"support-trust-approver\"]\n\n[sources"}},
                    "E28", "item_kind = \"chronology\"",
                    "signers.accepts[1].item_kind: this row can never apply.");
  // The second row of one kind; W05, for then there is none for other.
  expect_all({{"item_kind = \"other\"", "item_kind = \"tenant_scope\""},
              {"categories = [\"tenant_scope\", \"chronology\"]", "categories = [\"tenant_scope\"]"}},
             {"E28", "W05"}, "item_kind = \"tenant_scope\"\nroles = [\"support-trust-approver\"]\n\n[sources",
             "signers.accepts[1].item_kind: this row can never apply.");
}

TEST_CASE("E29: a lane can say both yes and no") {
  constexpr auto message = "lane.verdicts: a lane must be able to say both yes and no.";
  const std::string all =
      "[\"accepted\", \"wrong_version\", \"wrong_audience\", \"over_broad_scope\", \"returned\"]";
  expect({{all, "[\"accepted\"]"}}, "E29", "verdicts", message);
  expect({{all, "[\"returned\"]"}}, "E29", "verdicts", message);
}

TEST_CASE("E30: a new version is of the same charter, and the next one") {
  const Parsed active = parse_toml(example());
  const auto next = [&](const std::vector<Edit>& edits) {
    const auto text = edited(example(), edits);
    const Parsed out = parse_toml(text);
    INFO(all_text(out.faults));
    REQUIRE(out.charter);
    auto faults = succession(*out.charter, &*active.charter);
    place(faults, out.positions);
    return faults;
  };
  const Edit second{"version = 1", "version = 2"};
  CHECK(next({second}).empty());
  const auto refused = [&](const std::vector<Edit>& edits, const std::string& path, int line) {
    const auto faults = next(edits);
    REQUIRE_MESSAGE(faults.size() == 1, all_text(faults));
    CHECK(faults[0].id == "E30");
    CHECK(faults[0].line == line);
    CHECK(faults[0].message == path + ": this would be another charter, not a new version.");
  };
  refused({}, "version", line_of(example(), "version = 1"));
  refused({second, {"\"break-glass-psr\"", "\"break-glass\""}}, "charter", line_of(example(), "charter ="));
  refused({second, {"\"Q-PSR\"", "\"Q-PSX\""}}, "lane.id", line_of(example(), "id = \"Q-PSR\""));
  refused({second, {"\"break-glass-token-replay\"", "\"token-replay\""}}, "packet_class",
          line_of(example(), "packet_class"));
  auto other_flow = *active.charter;
  other_flow.version = 2;
  other_flow.flow = Flow::co_release;
  CHECK(succession(other_flow, &*active.charter)[0].path == "flow");
  CHECK(succession(other_flow, nullptr)[0].path == "version");
}

namespace {

RosterFacts staffed() {
  RosterFacts roster;
  const auto people = [&](const char* role, std::initializer_list<const char*> persons) {
    for (const char* person : persons) {
      roster.roles[role].insert({person, false});
    }
  };
  people("psr-queue-steward", {"pe_aaaaaaaaaa"});
  people("support-trust-approver", {"pe_bbbbbbbbbb"});
  people("support-trust-lead", {"pe_cccccccccc", "pe_dddddddddd"});
  people("support-trust-governance", {"pe_eeeeeeeeee"});
  people("product-security-governance", {"pe_ffffffffff"});
  roster.audiences = {"psr-reviewers"};
  roster.tags = {"privileged-support-misuse", "regulated-environments"};
  return roster;
}

} // namespace

TEST_CASE("E31: the roster has the people, audiences and tags that the charter asks for") {
  const Parsed charter = parse_toml(example());
  CHECK_MESSAGE(lint_roster(*charter.charter, staffed()).empty(),
                all_text(lint_roster(*charter.charter, staffed())));
  const auto refused = [&](const RosterFacts& roster, const std::string& message) {
    auto faults = lint_roster(*charter.charter, roster);
    place(faults, charter.positions);
    REQUIRE_MESSAGE(faults.size() == 1, all_text(faults));
    CHECK(faults[0].id == "E31");
    CHECK(faults[0].line > 1);
    CHECK(faults[0].message == message);
  };
  auto roster = staffed();
  roster.audiences.clear();
  refused(roster, "lane.audience_max: the roster has 0, 1 needed.");
  roster = staffed();
  roster.tags.erase("regulated-environments");
  refused(roster, "lane.clearance_by.needs.regulated-prod: the roster has 0, 1 needed.");
  roster = staffed();
  roster.roles["support-trust-lead"].erase({"pe_dddddddddd", false});
  refused(roster, "holds.codes.\"FRESH.MISSING\".override.count: the roster has 1, 2 needed.");
  roster = staffed(); // one person for two owner roles
  roster.roles["product-security-governance"] = {{"pe_eeeeeeeeee", false}};
  refused(roster, "governance.owners: the roster has 1, 2 needed.");
  roster = staffed();
  roster.roles["support-trust-governance"].clear(); // owner, and told of holds that stay open
  CHECK(all_text(lint_roster(*charter.charter, roster)) ==
        "0:0: E31 holds.escalate[1].to: the roster has 0, 1 needed.\n"
        "0:0: E31 governance.owners: the roster has 0, 1 needed.\n");
  auto told = *charter.charter;
  told.holds.codes["FRESH.STALE"].escalate = {{Duration{1000}, "nobody"}};
  told.clocks.due["end"] = {DueKind::reporting, {"tenant-registry", "end"}, std::nullopt,
                            Duration{1000},     AtExpiry::escalate,         "nobody"};
  CHECK(all_text(lint_roster(told, staffed())) ==
        "0:0: E31 clocks.due.end.escalate_to: the roster has 0, 1 needed.\n"
        "0:0: E31 holds.codes.\"FRESH.STALE\".escalate[0].to: the roster has 0, 1 needed.\n");
  auto alone = *charter.charter;
  alone.governance.owners = {"support-trust-governance"};
  CHECK(all_text(lint_roster(alone, staffed())) ==
        "0:0: E31 governance.owners: the roster has 1, 2 needed.\n");
}

TEST_CASE("E31: one person never fills two places, and a principal holds the role") {
  const auto faults = [&](const std::string& rows, RosterFacts roster) {
    const Parsed out =
        parse_toml(edited(example(), {{"[{ role = \"support-trust-approver\", count = 1 }]", rows}}));
    REQUIRE_MESSAGE(out.charter, all_text(out.faults));
    return all_text(lint_roster(*out.charter, roster));
  };
  auto roster = staffed();
  roster.roles["second-approver"] = {{"pe_bbbbbbbbbb", false}};
  const std::string both =
      "[{ role = \"support-trust-approver\", count = 1 }, { role = \"second-approver\", count = 1 }]";
  CHECK(faults(both, roster) == "0:0: E31 signers.require: the roster has 1, 2 needed.\n");
  roster.roles["second-approver"].insert({"pe_gggggggggg", false});
  CHECK(faults(both, roster).empty());
  CHECK(faults("[{ role = \"support-trust-approver\", count = 1, principal = \"pe_bbbbbbbbbb\" }]", staffed())
            .empty());
  CHECK(faults("[{ role = \"support-trust-approver\", count = 1, principal = \"pe_cccccccccc\" }]",
               staffed()) == "0:0: E31 signers.require[0].principal: the roster has 0, 1 needed.\n");
}

TEST_CASE("E31: whoever is barred plays a part or holds a role that the roster knows; a misspelt part bars "
          "nobody") {
  const auto barring = [](const std::string& entry, const RosterFacts& roster) {
    const Parsed out = parse_toml(edited(example(), {{"\"packet-author\"]", "\"" + entry + "\"]"}}));
    REQUIRE_MESSAGE(out.charter, all_text(out.faults));
    return all_text(lint_roster(*out.charter, roster));
  };
  for (const char* part : {"packet-author", "packet-merger", "packet-drafter"}) {
    CHECK(barring(part, staffed()).empty());
  }
  CHECK(barring("manifest-drafter", staffed()) == "0:0: E31 signers.not_also: the roster has 0, 1 needed.\n");
  auto roster = staffed();
  roster.roles["manifest-drafter"] = {{"agent-1", true}}; // a role, whoever holds it
  CHECK(barring("manifest-drafter", roster).empty());
}

TEST_CASE("E32: a machine holds no role that decides") {
  const Parsed charter = parse_toml(example());
  auto roster = staffed();
  roster.roles["support-trust-approver"].insert({"agent-1", true});
  const auto faults = lint_roster(*charter.charter, roster);
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].id == "E32");
  CHECK(faults[0].message == "signers.require[0].role: \"support-trust-approver\" is held by a machine.");
  CHECK(faults[1].message == "holds.clear_roles: \"support-trust-approver\" is held by a machine.");
  const auto told = [](const Charter& asked, const char* role) {
    auto facts = staffed();
    facts.roles[role].insert({"agent-1", true});
    std::string out;
    for (const Fault& fault : lint_roster(asked, facts)) {
      out += fault.id == "E32" ? fault.path + " " : "";
    }
    return out;
  };
  CHECK(told(*charter.charter, "support-trust-governance") == "governance.owners ");
  auto substituted = *charter.charter;
  substituted.signers.substitute["support-trust-approver"] = {"deputy", "chief", Duration{1000}};
  CHECK(told(substituted, "deputy") == "signers.substitute.support-trust-approver.by ");
  CHECK(told(substituted, "chief") == "signers.substitute.support-trust-approver.ratified_by ");
  const Parsed released =
      parse_toml(edited(co_release(), {{"item_kind = \"other\"\nroles = [\"support-trust-approver\"]",
                                        "item_kind = \"other\"\nroles = [\"arbiter\"]"}}));
  CHECK(told(*released.charter, "arbiter") == "signers.accepts[1].roles ");
  auto stricter = *charter.charter;
  stricter.holds.codes["FRESH.CLOCK"].clear_roles = Names{"clock-keeper"};
  CHECK(told(stricter, "clock-keeper") == "holds.codes.\"FRESH.CLOCK\".clear_roles ");
}
