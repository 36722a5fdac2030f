// What is sound, and told to the ratifiers all the same (W01-W09).
#include "charter/testing/edited.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::charter;
using namespace sallyport::charter::testing;

TEST_CASE("W01: a bound that nothing outside the packet checks is told") {
  const auto region = [](const std::string& max) {
    return Edit{"[holds]", "[scope.region]\ntype = \"id_set\"\nmax = " + max + "\n\n[holds]"};
  };
  expect({region("\"from_packet\"")}, "W01", "[scope.region]",
         "scope.region: nothing outside the packet checks this bound.");
  CHECK(parse_toml(edited(example(), {region("[\"eu\"]")})).faults.empty());
}

TEST_CASE("W02: silence that is noticed after staleness is told") {
  expect({{"unknown_after = \"15m\"", "unknown_after = \"5h\""}}, "W02", "unknown_after = \"5h\"",
         "sources.session-broker.unknown_after: silence would be noticed after staleness.");
}

TEST_CASE("W03: a recheck as long as a signature stands is told") {
  expect({{"recheck_within = \"30s\"", "recheck_within = \"4h\""}}, "W03", "recheck_within = \"4h\"",
         "sources.session-broker.recheck_within: a signature would expire during its own recheck.");
}

TEST_CASE("W04: what is declared is used") {
  const auto message = [](const std::string& path) {
    return path + " is never used, or may be absent when it is needed.";
  };
  expect({{"handling = \"text\" }", "handling = \"text\", colour = \"text\" }"}}, "W04", "colour",
         message("sources.tenant-registry.attrs.colour"));
  expect({{"keys = { session_id", "keys = { place = [\"/place\"], session_id"}}, "W04",
         "place =", message("lineage.keys.place"));
  expect({{"order = [\"upstream_severity\", ", "order = ["}}, "W04", "severities",
         message("admission.severities"));
  expect_all({{"\n[[signers.accepts]]\nitem_kind = \"other\"\nroles = [\"support-trust-approver\"]\n", ""}},
             {"W04", "W05"}, "categories =",
             "ledger.categories \"chronology\" is never used, or may be absent when it is needed.");
  const Parsed optional =
      parse_toml(edited(example(), {{"tenant_record = \"blocking\"", "tenant_record = \"visible\""}}));
  CHECK(all_text(optional.faults).find(message("lane.clearance_by.source")) != std::string::npos);
  CHECK(all_text(optional.faults).find(message("exposure.handling.source")) != std::string::npos);
}

TEST_CASE("W05: what can only be resolved, never accepted, is told") {
  expect_co_release({{"[holds]", "[scope.depth]\ntype = \"level\"\nlevels = [\"low\", \"high\"]\nsource = "
                                 "\"tenant-registry\"\nmax = \"low\"\n\n[holds]"}},
                    "W05", "[scope.depth]",
                    "scope.depth: items of this kind can only be resolved, not accepted.");
  expect_co_release(
      {{"\n[[signers.accepts]]\nitem_kind = \"other\"\nroles = [\"support-trust-approver\"]\n", ""},
       {"\"tenant_scope\", \"chronology\"", "\"tenant_scope\""}},
      "W05", "[[signers.accepts]]",
      "signers.accepts: items of this kind can only be resolved, not accepted.");
}

TEST_CASE("W06: what a vendor's model sees beyond the queue is told") {
  expect({{"processor = \"on-premises\"", "processor = \"vendor\"\nprocessor_name = \"Example Models\""},
          {"class = \"narrative\", lane_view = \"show\", queue_view = \"omit\"",
           "class = \"narrative\", lane_view = \"show\", queue_view = \"omit\", agent_view = \"show\""}},
         "W06", "agent_view",
         "exposure.fields.\"/narrative\".agent_view: leaves the house through the agents' model.");
}

TEST_CASE("W07: keys in files are told") {
  expect(
      {{"key_class_min = \"sk-uv\"", "key_class_min = \"software\""}, {"step_up = true", "step_up = false"}},
      "W07", "key_class_min", "signers.key_class_min: a stolen file is enough to sign.");
}

TEST_CASE("W08: what one owner alone may change is told") {
  for (const std::string section : {"exposure", "sources", "holds"}) {
    std::string rest = "[\"exposure\", \"sources\", \"holds\"]";
    rest.replace(rest.find("\"" + section + "\""), section.size() + 2, "\"admission\"");
    expect({{"[\"exposure\", \"sources\", \"holds\"]", rest}}, "W08", "protects",
           "governance.protects: \"" + section + "\" may be changed by one owner.");
  }
}

TEST_CASE("W09: claims that no row lets the lane read are told, also where a row is misspelt") {
  expect({{"\"/claims/*/text\" =", "\"/claim/*/text\" ="}}, "W09", "[exposure.fields]",
         "exposure.fields: no row is for /claims/*/text, so the lane reads no claim.");
}
