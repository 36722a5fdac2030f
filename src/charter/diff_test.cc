// What changes between two charters, said so that an owner knows what to ratify.
#include "charter/diff.h"

#include "base/testing/shared_data.h"
#include "charter/parse.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::charter;

namespace {

using Edits = std::vector<std::pair<std::string, std::string>>;
using Sentences = std::vector<std::string>;

std::string example() {
  return sallyport::testing::read_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                       "examples/charters/break-glass-psr.toml");
}

Charter parsed(const std::string& text) {
  const Parsed out = parse_toml(text);
  REQUIRE_MESSAGE(out.charter, out.faults.front().text());
  return *out.charter;
}

std::string edited(std::string text, const Edits& edits) {
  for (const auto& [from, to] : edits) {
    const std::size_t at = text.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, from);
    text.replace(at, from.size(), to);
  }
  return text;
}

// From the example to the example with the edits.
Sentences told(const Edits& edits) {
  return diff_in_words(parsed(example()), parsed(edited(example(), edits)));
}

// And back: every claim of looser or tighter turns round.
void both_ways(const Edits& edits, const Sentences& forth, const Sentences& back) {
  CHECK(told(edits) == forth);
  CHECK(diff_in_words(parsed(edited(example(), edits)), parsed(example())) == back);
}

} // namespace

TEST_CASE("nothing is told of what only looks different") {
  CHECK(told({}).empty());
  CHECK(differences(parsed(example()), parsed(example())).empty());
  CHECK(told({{"[\"packet-triager\", \"packet-author\"]", "[\"packet-author\", \"packet-triager\"] # x"},
              {"valid_for = \"4h\"", "valid_for = \"240m\""}})
            .empty());
}

TEST_CASE("times and numbers: longer and more, and whether that is tighter") {
  both_ways({{"limit = \"4h\"", "limit = \"5h\""}},
            {"sources.session-broker: observations may be 5h old instead of 4h (looser)"},
            {"sources.session-broker: observations may be 4h old instead of 5h (tighter)"});
  both_ways({{"count = 1 }]", "count = 2 }]"}}, {"signers: two must sign instead of one (tighter)"},
            {"signers: one must sign instead of two (looser)"});
}

TEST_CASE("words with an order, and switches") {
  both_ways(
      {{"key_class_min = \"sk-uv\"", "key_class_min = \"software\""}, {"step_up = true", "step_up = false"}},
      {"signers: the weakest key that may sign is software instead of sk-uv (looser)",
       "signers: step_up is false instead of true (looser)"},
      {"signers: the weakest key that may sign is sk-uv instead of software (tighter)",
       "signers: step_up is true instead of false (tighter)"});
  both_ways({{"handling_note = \"visible\"", "handling_note = \"blocking\""}},
            {"lane.citations: handling_note is blocking instead of visible (tighter)"},
            {"lane.citations: handling_note is visible instead of blocking (looser)"});
  both_ways(
      {{"lane_view = \"coarsen(service)\"", "lane_view = \"show\""}},
      {"exposure.fields.\"/privileged_path\": lane_view is show instead of coarsen(service) (looser)"},
      {"exposure.fields.\"/privileged_path\": lane_view is coarsen(service) instead of show (tighter)"});
  CHECK(told({{"coarsen(service)", "coarsen(day)"}}) ==
        Sentences{
            "exposure.fields.\"/privileged_path\": lane_view is coarsen(day) instead of coarsen(service)"});
}

TEST_CASE("members of sets, entries of tables, keys that appear") {
  both_ways(
      {{"\"open_room\", \"remediate\"", "\"open_room\", \"bill\""}},
      {"lane: stop_before also has bill (tighter)", "lane: stop_before no longer has remediate (looser)"},
      {"lane: stop_before also has remediate (tighter)", "lane: stop_before no longer has bill (looser)"});
  both_ways({{"clearance = \"privileged-support-misuse\"\n", ""}},
            {"lane: clearance is gone; it was privileged-support-misuse (looser)"},
            {"lane: clearance is new: privileged-support-misuse (tighter)"});
  both_ways({{"operator_identifier = { on_hit = \"finding\" }\n", ""}},
            {"exposure.detectors: operator_identifier is gone; it was {on_hit = finding} (looser)"},
            {"exposure.detectors: operator_identifier is new: {on_hit = finding} (tighter)"});
  both_ways({{"[admission]", "[holds.codes.\"FRESH.STALE\"]\nresign = true\n\n[admission]"}},
            {"holds.codes.\"FRESH.STALE\": resign is new: true (tighter)"},
            {"holds.codes.\"FRESH.STALE\": resign is gone; it was true (looser)"});
  both_ways({{"none = []", "none = [\"health\"]"}},
            {"exposure.handling.forbids: none also has health (tighter)"},
            {"exposure.handling.forbids: none no longer has health (looser)"});
}

TEST_CASE("bounds of a dimension") {
  const auto bound = [](const std::string& max) {
    return parsed(edited(example(), {{"max = \"from_packet\"", "max = " + max}}));
  };
  const auto told_of = [](const Charter& before, const Charter& after) {
    const auto out = differences(before, after);
    REQUIRE(out.size() == 1);
    REQUIRE(out[0].changes.size() == 1);
    return out[0].changes[0];
  };
  const Change literal = told_of(parsed(example()), bound("[\"a\", \"b\"]"));
  CHECK(literal.sentence == "scope.tenant: max is [\"a\", \"b\"] instead of from_packet (tighter)");
  CHECK(literal.path == "scope.tenant.max");
  CHECK(told_of(bound("[\"a\", \"b\"]"), bound("[\"a\"]")).direction == Direction::tighter);
  CHECK(told_of(bound("[\"a\"]"), bound("[\"a\", \"b\"]")).direction == Direction::looser);
  CHECK(told_of(bound("[\"a\"]"), bound("[\"b\"]")).direction == Direction::undecided);
  const auto dimension = [](const std::string& rows) {
    return parsed(example() + "\n[scope.other]\nsource = \"tenant-registry\"\n" + rows);
  };
  const auto direction = [&](const std::string& type, const std::string& before, const std::string& after) {
    return told_of(dimension(type + "max = " + before + "\n"), dimension(type + "max = " + after + "\n"))
        .direction;
  };
  CHECK(direction("type = \"threshold\"\nsense = \"at_most\"\n", "5", "4") == Direction::tighter);
  CHECK(direction("type = \"threshold\"\nsense = \"at_least\"\n", "5", "4") == Direction::looser);
  CHECK(direction("type = \"level\"\nlevels = [\"low\", \"high\"]\n", "\"low\"", "\"high\"") ==
        Direction::looser);
  const std::string year = "{ from = 2026-01-01T00:00:00Z, until = 2027-01-01T00:00:00Z }";
  const std::string half = "{ from = 2026-01-01T00:00:00Z, until = 2026-07-01T00:00:00Z }";
  const std::string later = "{ from = 2026-03-01T00:00:00Z, until = 2028-01-01T00:00:00Z }";
  CHECK(direction("type = \"interval\"\n", year, half) == Direction::tighter);
  CHECK(direction("type = \"interval\"\n", half, year) == Direction::looser);
  CHECK(direction("type = \"interval\"\n", year, later) == Direction::undecided);
}

TEST_CASE("rows: changed, new, gone, in another order") {
  both_ways({{", { after = \"8h\", to = \"support-trust-governance\" }", ""}},
            {"holds: a row of escalate is gone; it was {after = 8h, to = support-trust-governance}"},
            {"holds: a row of escalate is new: {after = 8h, to = support-trust-governance}"});
  CHECK(told({{"{ after = \"2h\"", "{ after = \"3h\""}}) ==
        Sentences{"holds, escalate \"support-trust-lead\": told after 3h instead of 2h (looser)"});
  CHECK(told({{", { kind = \"digest\" }]\nunknown_after", "]\nunknown_after"}}) ==
        Sentences{"sources.session-broker: a row of checks is gone; it was {kind = digest, of = "
                  "[session_broker_log]} (looser)"});
  const std::string two =
      "[{ role = \"support-trust-approver\", count = 1 }, { role = \"second\", count = 1 }]";
  const std::string turned =
      "[{ role = \"second\", count = 1 }, { role = \"support-trust-approver\", count = 1 }]";
  const Edits both = {{"[{ role = \"support-trust-approver\", count = 1 }]", two}};
  CHECK(told(both) == Sentences{"signers: a row of require is new: {count = 1, role = second} (tighter)"});
  const Charter before = parsed(edited(example(), both));
  CHECK(diff_in_words(before, parsed(edited(example(), {{both[0].first, turned}}))) ==
        Sentences{"signers: the rows of require stand in another order or number"});
  CHECK(diff_in_words(before, parsed(edited(edited(example(), both),
                                            {{"\"second\", count = 1", "\"second\", count = 3"}}))) ==
        Sentences{"signers, require \"second\": three must sign instead of one (tighter)"});
}

TEST_CASE("changes are grouped by section, and say who must ratify them") {
  const Charter before = parsed(example());
  const auto out =
      differences(before, parsed(edited(example(), {{"version = 1", "version = 2"},
                                                    {"valid_for = \"4h\"", "valid_for = \"8h\""},
                                                    {"sla = \"2h\"", "sla = \"1h\""},
                                                    {"max_wait = \"4h\"", "max_wait = \"1h\""},
                                                    {"min_notice = \"0s\"", "min_notice = \"1d\""}})));
  REQUIRE(out.size() == 5);
  CHECK(out[0].section == "charter");
  CHECK(out[0].changes[0].sentence == "charter: version is 2 instead of 1");
  CHECK(out[1].section == "signers");
  CHECK(out[1].is_protected);
  CHECK(out[1].needs == "needs all governance owners");
  CHECK(out[1].changes ==
        std::vector<Change>{{"signers.valid_for", "signers: a signature stands 8h instead of 4h (looser)",
                             Direction::looser}});
  CHECK(out[2].section == "holds"); // named by governance.protects
  CHECK(out[2].is_protected);
  CHECK(out[2].changes[0].sentence == "holds: the target for a blocking hold is 1h instead of 2h (tighter)");
  CHECK(out[3].section == "admission");
  CHECK_FALSE(out[3].is_protected);
  CHECK(out[3].needs == "needs one governance owner");
  CHECK(out[4].needs == "needs all governance owners, and those of the new version by its own rule");
  CHECK(out[4].changes[0].sentence == "governance: a ratified version waits 1d instead of 0s (tighter)");

  const Charter some = parsed(edited(example(), {{"rule = \"all\"", "rule = \"n_of_m\"\nn = 2"}}));
  CHECK(differences(some, before)[0].changes ==
        std::vector<Change>{
            {"governance.rule", "governance: rule is all instead of n_of_m (tighter)", Direction::tighter},
            {"governance.n", "governance: n is gone; it was 2", Direction::undecided}});
  auto longer = some;
  longer.signers.valid_for = Duration{1000};
  CHECK(differences(some, longer)[0].needs == "needs 2 of the 2 governance owners");
  // Protection is asked of the version before: a version cannot unprotect what it changes.
  auto unprotected = before;
  unprotected.governance.protects.clear();
  unprotected.holds.sla = Duration{1000};
  CHECK(differences(before, unprotected)[0].needs == "needs all governance owners");
}

TEST_CASE("a field row beside a wildcard has no direction: what is left to the wildcard may be shown by it") {
  const std::string star = "[exposure.fields]\n\"/details/*\" = { class = \"narrative\", lane_view = "
                           "\"show\", queue_view = \"omit\" }\n";
  const std::string text = example();
  const Charter without = parsed(edited(text, {{"[exposure.fields]\n", star}}));
  const Charter with = parsed(edited(
      text,
      {{"[exposure.fields]\n",
        star +
            "\"/details/token\" = { class = \"secret\", lane_view = \"omit\", queue_view = \"omit\" }\n"}}));
  for (const auto& [a, b] : {std::pair(&without, &with), std::pair(&with, &without)}) {
    const std::vector<Change> changes = differences(*a, *b);
    REQUIRE(changes.size() == 1);
    CHECK(changes.front().direction == Direction::undecided);
  }
}
