// The faults of charter.md section 4 that a reader meets first: text, keys, words, names and what reads them
// (E01-E16). Each is made from the shipped example by a small edit.
#include "charter/testing/edited.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::charter;
using namespace sallyport::charter::testing;

TEST_CASE("E01: what is no TOML, or has a key twice, is unreadable at its place") {
  const auto text = edited(example(), {{"step_up = true", "step_up = true\nstep_up = false"}});
  const Parsed out = parse_toml(text);
  REQUIRE(out.faults.size() == 1);
  CHECK(out.faults[0].id == "E01");
  CHECK(out.faults[0].line == line_of(text, "step_up = false"));
  CHECK(out.faults[0].message.starts_with("the file: this is not a readable charter: "));
  expect({{"title = \"Break", "title = \"" + std::string(1000, 'x') + "Break"}}, "E01",
         "title =", "title: this is not a readable charter: text of more than 1000 bytes.");
}

TEST_CASE("E02: an unknown key is named with the nearest known one") {
  expect({{"sla = \"2h\"", "sla = \"2h\"\nsweep_evry = \"1m\""}}, "E02", "sweep_evry",
         "holds.sweep_evry: there is no such key here; did you mean \"sweep_every\"?");
  expect({{"[admission]", "[admision]\n\n[admission]"}}, "E02", "[admision]",
         "admision: there is no such key here; did you mean \"admission\"?");
}

TEST_CASE("E03: a wrong type or spelling says what is expected") {
  expect({{"valid_for = \"4h\"", "valid_for = 4"}}, "E03", "valid_for = 4",
         "signers.valid_for: expected a duration, written like \"15m\".");
  expect({{"valid_for = \"4h\"", "valid_for = \"4 hours\""}}, "E03", "valid_for",
         "signers.valid_for: expected a duration, written like \"15m\".");
  expect({{"capacity = 5", "capacity = 5.0"}}, "E03", "capacity = 5.0",
         "admission.capacity: expected an integer, written like 5.");
  expect({{"steward = \"psr-queue-steward\"", "steward = \"PSR\""}}, "E03", "steward =",
         "lane.steward: expected a name of small letters and digits, written like \"session-broker\".");
  expect({{"id = \"Q-PSR\"", "id = \"q-psr\""}}, "E03", "id = \"q-psr\"",
         "lane.id: expected a lane id, written like \"Q-PSR\".");
  expect({{"\"/operator\" =", "\"operator\" ="}}, "E03", "\"operator\" =",
         "exposure.fields.operator: expected a pointer, written like \"/citations/*/record\".");
  expect({{"step_up = true", "step_up = \"yes\""}}, "E03",
         "step_up =", "signers.step_up: expected true or false, written like true.");
  expect(
      {{"[holds]", "[clocks.windows.open]\nkind = \"embargo_until\"\nat = 2027-03-01T00:00:00\n\n[holds]"}},
      "E03", "at = 2027",
      "clocks.windows.open.at: expected a date and time with an offset, written like 2026-11-20T12:10:00Z.");
  const auto shift = [](const std::string& tz, const std::string& from) {
    return Edit{"[holds]", "[clocks.windows.day]\nkind = \"shift\"\ntz = \"" + tz +
                               "\"\ndays = [\"mon\"]\nfrom = \"" + from + "\"\nto = \"18:00\"\n\n[holds]"};
  };
  expect({shift("../Berlin", "08:00")}, "E03",
         "tz =", "clocks.windows.day.tz: expected a time zone, written like \"Europe/Berlin\".");
  expect({shift("Europe/Berlin", "8 am")}, "E03", "from = \"8 am\"",
         "clocks.windows.day.from: expected a time of day, written like \"08:00\".");
  expect({{"count = 1 }]", "count = 1, principal = \"pe_anna\" }]"}}, "E03", "principal",
         "signers.require[0].principal: expected a person, written like \"pe_2345abcdef\".");
  expect({{"[\"scope.tenant\"]", "[\"scope.Tenant\"]"}}, "E03", "scope.Tenant",
         "lineage.keys.tenant[0]: expected a pointer or a dimension, written like \"scope.tenant\".");
  expect({{"title = \"Break", "title = \"Bre\\u0301ak"}}, "E03", "title =",
         "title: expected text without control characters, in NFC, written like \"Product security\".");
  expect({{"not_also = [\"packet-triager\", \"packet-author\"]", "not_also = \"packet-triager\""}}, "E03",
         "not_also", "signers.not_also: expected a set, written like [\"packet-triager\"].");
  expect({{"require = [{ role = \"support-trust-approver\", count = 1 }]", "require = { count = 1 }"}}, "E03",
         "require =", "signers.require: expected an array of tables, written like [{ kind = \"digest\" }].");
  expect(
      {{"lane_view = \"show\", queue_view = \"ref\"", "lane_view = 3, queue_view = \"ref\""}}, "E03",
      "lane_view = 3",
      "exposure.fields.\"/citations/*/record\".lane_view: expected a view, written like \"coarsen(day)\".");
}

TEST_CASE("E04: a word that is not in its list is answered with the list") {
  expect({{"key_class_min = \"sk-uv\"", "key_class_min = \"strong\""}}, "E04", "key_class_min",
         "signers.key_class_min: \"strong\" is not one of software, sk, sk-uv, webauthn-uv.");
  expect({{"processor = \"on-premises\"", "processor = \"none\""}}, "E04",
         "processor =", "agents.processor: \"none\" is not one of on-premises, own-cloud, vendor.");
  expect({{"[admission]", "[holds.codes.\"FRESH.OLD\"]\nsla = \"1h\"\n\n[admission]"}}, "E04", "FRESH.OLD",
         "holds.codes.\"FRESH.OLD\": \"FRESH.OLD\" is not one of the hold codes.");
  expect({{"[agents]\n", "[agents]\nedit = \"propose\"\ndrift = [\"execution\"]\n"}}, "E04",
         "edit =", "agents.edit: \"propose\" is not one of none.");
  expect({{"lane_view = \"coarsen(service)\"", "lane_view = \"coarsen(street)\""}}, "E04", "coarsen(street)",
         "exposure.fields.\"/privileged_path\".lane_view: \"coarsen(street)\" is not one of omit, ref, "
         "pseudonym, "
         "coarsen(<grain>), show with a grain of service, module, domain, day, month, year, postal_area, "
         "region, "
         "country, age_band, magnitude, small_cell.");
  expect({due("retention", "note"), attrs_with_end}, "E04",
         "at_expiry =", "clocks.due.end.at_expiry: \"note\" is not one of hold.");
}

TEST_CASE("E05: what the owners must decide is asked for, also by condition") {
  constexpr auto why = " is missing; it has no default because it is a decision of the owners.";
  const auto asks = [&](const std::vector<Edit>& edits, std::string_view marker, const std::string& path) {
    expect(edits, "E05", marker, path + why);
  };
  asks({{"step_up = true\n", ""}}, "[signers]", "signers.step_up");
  asks({{"rule = \"all\"", "rule = \"n_of_m\""}}, "[governance]", "governance.n");
  asks({{"window = \"8h\"\n", ""}}, "[admission]", "admission.window");
  asks({{"rate_per_hour = 60\n", ""}}, "[agents]", "agents.rate_per_hour");
  asks({{"role = \"support-trust-approver\", count", "count"}}, "require = [{ count",
       "signers.require[0].role");
  asks({{"split_roles = [\"support-trust-approver\"]\n", ""}}, "[lineage]", "lineage.split_roles");
  asks({{"[holds]", "[clocks.windows.open]\nkind = \"embargo_until\"\n\n[holds]"}}, "[clocks.windows.open]",
       "clocks.windows.open.at");
  const auto without_agents = edited(example(), {{"[agents]", "[[ignored]]"}});
  const Parsed out = parse_toml(without_agents);
  CHECK(std::ranges::find(out.faults, std::string("agents") + why, &Fault::message) != out.faults.end());
  asks({{"[holds]",
         "[scope.depth]\ntype = \"level\"\nmax = \"low\"\nsource = \"tenant-registry\"\n\n[holds]"}},
       "[scope.depth]", "scope.depth.levels");
  asks({{"processor = \"on-premises\"", "processor = \"vendor\""}}, "[agents]", "agents.processor_name");
  asks({{"severities = [\"sev1\", \"sev2\", \"sev3\"]\n", ""}}, "[admission]", "admission.severities");
  asks({{"max_wait = \"4h\"", "max_wait = \"4h\"\npartial_roles = [\"support-trust-lead\"]"}}, "[admission]",
       "admission.partial_dim");
  asks({when("op = \"eq\""), on_scope_changed}, "when =", "lineage.triggers[0].when.value");
  asks({{"[holds]", "[scope.image]\ntype = \"parts\"\nmax = \"from_packet\"\nsource = \"tenant-registry\"\n\n"
                    "[holds]"}},
       "[exposure.", "exposure.ruleset_source");
  asks({{"[holds]", "[clocks.windows.quiet]\nkind = \"freeze\"\nstarts = 2026-12-20T00:00:00Z\n\n[holds]"}},
       "[clocks.windows.quiet]", "clocks.windows.quiet.ends");
  asks({due("reporting", "escalate"), attrs_with_end}, "[clocks.due.end]", "clocks.due.end.escalate_to");
}

TEST_CASE("E06: a key that its flow, type or kind forbids has no meaning") {
  expect({{"type = \"id_set\"", "type = \"id_set\"\nlevels = [\"a\", \"b\"]"}}, "E06",
         "levels =", "scope.tenant.levels has no meaning with type = id_set.");
  expect({{"[holds]", "[ledger]\ncategories = [\"a\"]\n\n[holds]"}}, "E06", "[ledger]",
         "ledger has no meaning with flow = dispatch.");
  expect({{"{ kind = \"digest\" }]", "{ kind = \"digest\", limit = \"1h\" }]"}}, "E06",
         "{ kind = \"digest\", limit",
         "sources.session-broker.checks[1].limit has no meaning with kind = digest.");
  expect({{"capacity = 5\nwindow = \"8h\"\norder = [\"upstream_severity\", \"clock_nearest\", "
           "\"readiness_time\"]\nseverities = [\"sev1\", \"sev2\", \"sev3\"]",
           "window = \"8h\""}},
         "E06", "window = \"8h\"", "admission.window has no meaning with no capacity.");
  expect({{"\"trace\"]", "\"trace\", \"redraft_section\"]"}}, "E06",
         "allow =", "agents.allow: \"redraft_section\" has no meaning with edit = none.");
  expect({{"[holds]", "[scope.level]\ntype = \"level\"\nlevels = [\"low\", \"high\"]\nsource = "
                      "\"tenant-registry\"\nmax = \"low\"\nsplittable = true\n\n[holds]"}},
         "E06", "splittable = true", "scope.level.splittable has no meaning with type = level.");
  expect({{"role = \"support-trust-approver\", count",
           "role = \"support-trust-approver\", any_of = [\"a\", \"b\"], count"}},
         "E06", "any_of", "signers.require[0].any_of has no meaning with role beside it.");
  expect({{"count = 1 }]", "count = 2, principal = \"pe_2345abcdef\" }]"}}, "E06", "principal",
         "signers.require[0].principal has no meaning with count = 2.");
  expect({{"role = \"support-trust-approver\", count = 1",
           "any_of = [\"a\", \"b\"], count = 1, principal = \"pe_2345abcdef\""}},
         "E06", "principal", "signers.require[0].principal has no meaning with any_of.");
  expect({{"[agents]\n", "[agents]\ndrift = [\"execution\"]\n"}}, "E06",
         "drift =", "agents.drift has no meaning with edit = none.");
  expect({{"allow = [\"refresh\", \"flag\", \"prepare_manifest\", \"trace\"]", "allow = []"},
          {"processor = \"on-premises\"", "processor = \"none\""}},
         "E06", "rate_per_hour", "agents.rate_per_hour has no meaning with allow = [].");
  expect({{"include_if = \"redacted\"", "include_if = \"never\""}}, "E06", "promote_by",
         "exposure.annexes.promote_by has no meaning with include_if = never.");
  expect({when("op = \"exists\", value = 1"), on_scope_changed}, "E06",
         "when =", "lineage.triggers[0].when.value has no meaning with op = exists.");
  expect({when("op = \"in\", value = [\"a\"], scope = \"tenant\""), on_scope_changed}, "E06",
         "when =", "lineage.triggers[0].when.scope has no meaning with value beside it.");
  expect({{"[holds]", "[clocks.windows.open]\nkind = \"embargo_until\"\nat = 2027-03-01T00:00:00Z\nsource = "
                      "\"tenant-registry\"\n\n[holds]"}},
         "E06", "source = \"tenant-registry\"\n\n[holds]",
         "clocks.windows.open.source has no meaning with at beside it.");
}

TEST_CASE("E07: an empty set and a wildcard are never satisfied") {
  expect({{"stop_before = [\"decide_malicious\", \"notify_customer\", \"recommend_control\", "
           "\"choose_authority\", \"open_room\", \"remediate\", \"choose_concession\"]",
           "stop_before = []"}},
         "E07", "stop_before", "lane.stop_before: empty or \"any\" is never satisfied.");
  for (const char* wildcard : {"\"any\"", "\"all\"", "\"*\"", "\"\""}) {
    expect({{"audience_max = \"psr-reviewers\"", std::string("audience_max = ") + wildcard}}, "E07",
           "audience_max", "lane.audience_max: empty or \"any\" is never satisfied.");
  }
  expect_co_release({{"reuse_denied = [\"billing\"]", "reuse_denied = []"}}, "E07", "reuse_denied",
                    "lane.reuse_denied: empty or \"any\" is never satisfied.");
  expect({{"emits = [\"object.changed\"]", "emits = []"}}, "E07", "emits = []",
         "sources.break-glass-ledger.emits: empty or \"any\" is never satisfied.");
  expect(
      {{"needs = { standard = \"privileged-support-misuse\", regulated-prod = \"regulated-environments\" }",
        "needs = {}"}},
      "E07", "needs =", "lane.clearance_by.needs: empty or \"any\" is never satisfied.");
  expect({{"[{ role = \"support-trust-approver\", count = 1 }]", "[]"}}, "E07",
         "require =", "signers.require: empty or \"any\" is never satisfied.");
}

TEST_CASE("E08: a duplicate in a set is named") {
  expect({{"\"wrong_version\"", "\"accepted\""}}, "E08", "verdicts",
         "lane.verdicts: \"accepted\" is there twice.");
  expect({{"[\"sev1\", \"sev2\"", "[\"sev1\", \"sev1\""}}, "E08",
         "severities =", "admission.severities: \"sev1\" is there twice.");
  expect({when("op = \"in\", value = [\"a\", \"a\"]"), on_scope_changed}, "E08",
         "when =", "lineage.triggers[0].when.value: \"a\" is there twice.");
  expect({when("op = \"in\", value = [1, 1]"),
          on_scope_changed,
          {"{ version = \"text\", env", "{ version = \"integer\", env"}},
         "E08", "when =", "lineage.triggers[0].when.value: \"1\" is there twice.");
}

TEST_CASE("E09: numbers, durations and ends are in range") {
  expect({{"visible_within = \"250ms\"", "visible_within = \"11s\""}}, "E09", "visible_within",
         "holds.visible_within: must be at most 10s.");
  expect({{"valid_for = \"4h\"", "valid_for = \"0s\""}}, "E09", "valid_for",
         "signers.valid_for: must be longer than 0s.");
  expect({{"count = 1 }]", "count = 10 }]"}}, "E09", "count = 10",
         "signers.require[0].count: must be from 1 to 9.");
  expect({{"{ after = \"8h\"", "{ after = \"2h\""}}, "E09", "escalate = [",
         "holds.escalate[1].after: must be longer than 2h, the row before.");
  expect({{"rule = \"all\"", "rule = \"n_of_m\"\nn = 3"}}, "E09", "n = 3",
         "governance.n: must be from 2 to 2, the number of owners.");
  const std::string shift = "[clocks.windows.day]\nkind = \"shift\"\ntz = \"Europe/Berlin\"\ndays = "
                            "[\"mon\"]\nfrom = \"08:00\"\nto = \"08:00\"\n\n[holds]";
  expect({{"[holds]", shift}}, "E09", "to = \"08:00\"",
         "clocks.windows.day.to: must be another time than from.");
  expect({{"type = \"id_set\"\nsource = \"tenant-registry\"\nmax = \"from_packet\"",
           "type = \"interval\"\nmax = { from = 2026-01-02T00:00:00Z, until = 2026-01-02T01:00:00+01:00 }"}},
         "E09", "until =", "scope.tenant.max.until: must be after from.");
  expect({{"[holds]", "[clocks.windows.quiet]\nkind = \"freeze\"\nstarts = 2026-12-20T00:00:00Z\nends = "
                      "2026-12-20T00:00:00Z\n\n[holds]"}},
         "E09", "ends =", "clocks.windows.quiet.ends: must be after starts.");
  expect({{"title = \"Break", "title = \"" + std::string(100, 'x') + "Break"}}, "E09",
         "title =", "title: must be at most 120 bytes.");
  expect({{"role = \"support-trust-approver\", count", "any_of = [\"a\"], count"}}, "E09", "any_of",
         "signers.require[0].any_of: must be at least 2 of them.");
}

TEST_CASE("E10: a name that is used is declared") {
  expect({{"touches = [\"tenant\"]", "touches = [\"tenants\"]"}}, "E10", "touches = [\"tenants\"]",
         "sources.session-broker.touches: \"tenants\" is not declared in scope.");
  expect({{"type = \"id_set\"\nsource = \"tenant-registry\"", "type = \"id_set\"\nsource = \"tenants\""}},
         "E10", "source = \"tenants\"", "scope.tenant.source: \"tenants\" is not declared in sources.");
  expect(
      {{"of = [\"handling_note\"]", "of = [\"note\"]"}}, "E10", "of = [\"note\"]",
      "sources.tenant-registry.checks[1].of: \"note\" is not declared in sources.tenant-registry.supplies.");
  expect({{"attr = \"version\", of", "attr = \"revision\", of"},
          {"attrs = { version = \"text\", env_class", "attrs = { env_class"}},
         "E10", "attr = \"revision\"",
         "sources.tenant-registry.checks[0].attr: \"revision\" is not declared in "
         "sources.tenant-registry.attrs.");
  expect({{"key = [\"session_id\"], on_equal", "key = [\"session\"], on_equal"}}, "E10",
         "key = [\"session\"]", "lineage.case_keys[1].key: \"session\" is not declared in lineage.keys.");
  expect({{"terms_from = \"tenant-registry\"", "terms_from = \"nowhere\""}}, "E10", "terms_from",
         "exposure.detectors.tenant_identifier.terms_from: \"nowhere\" is not declared in sources.");
  expect({{"[sources.session-broker]", "[signers.substitute.psr-lead]\nby = \"deputy\"\nratified_by = "
                                       "\"head\"\nmax_age = \"1h\"\n\n[sources.session-broker]"}},
         "E10", "[signers.substitute",
         "signers.substitute.psr-lead: \"psr-lead\" is not declared in signers.require.");
  expect({{"coarsen(service)", "coarsen(small_cell)"}}, "E10", "coarsen(small_cell)",
         "exposure.fields.\"/privileged_path\".lane_view: \"small_cell\" is not declared in scope as the one "
         "threshold.");
  expect_co_release({{"must_resolve = []", "must_resolve = [\"scope\"]"}}, "E10", "must_resolve",
                    "ledger.must_resolve: \"scope\" is not declared in ledger.categories.");
  expect(
      {{"source = \"tenant-registry\"\nattr = \"env_class\"", "source = \"nowhere\"\nattr = \"env_class\""},
       {", env_class = \"text\"", ""}},
      "E10", "source = \"nowhere\"", "lane.clearance_by.source: \"nowhere\" is not declared in sources.");
  expect({{"attr = \"handling\"", "attr = \"mood\""}, {", handling = \"text\"", ""}}, "E10",
         "attr = \"mood\"",
         "exposure.handling.attr: \"mood\" is not declared in sources.tenant-registry.attrs.");
  expect({{"[exposure.fields]", "[exposure]\nruleset_source = \"session-broker\"\n\n[exposure.fields]"}},
         "E10", "ruleset_source",
         "exposure.ruleset_source: \"session-broker\" is not declared in sources with a pin check.");
  expect(
      {{"supplies = [\"session_broker_log\"]", "supplies = [\"session_broker_log\"]\nmaterial = [\"size\"]"}},
      "E10", "material",
      "sources.session-broker.material: \"size\" is not declared in sources.session-broker.attrs.");
  expect({{"max_wait = \"4h\"",
           "max_wait = \"4h\"\npartial_dim = \"tenant\"\npartial_roles = [\"support-trust-lead\"]"}},
         "E10", "partial_dim", "admission.partial_dim: \"tenant\" is not declared in scope as splittable.");
  expect({{"[\"scope.tenant\"]", "[\"scope.tenants\"]"}}, "E10", "scope.tenants",
         "lineage.keys.tenant: \"tenants\" is not declared in scope.");
  expect({due("retention", "hold")}, "E10", "attr = \"end\"",
         "clocks.due.end.attr: \"end\" is not declared in sources.tenant-registry.attrs.");
  expect({{"{ kind = \"digest\" }]",
           "{ kind = \"agree\", attr = \"size\", with = \"nowhere\" }]\nattrs = { size = "
           "\"integer\" }"}},
         "E10", "with =", "sources.session-broker.checks[1].with: \"nowhere\" is not declared in sources.");
  expect_co_release({{"item_kind = \"tenant_scope\"", "item_kind = \"weather\""}}, "E10",
                    "item_kind = \"weather\"",
                    "signers.accepts[0].item_kind: \"weather\" is not declared in ledger.categories.");
}

TEST_CASE("E11: an attribute fits what reads it") {
  expect({{"kind = \"pin\", attr = \"version\", of",
           "kind = \"valid_until\", lead = \"0s\", attr = \"version\", of"}},
         "E11", "valid_until",
         "sources.tenant-registry.checks[0].attr: \"version\" is text, valid_until needs instant.");
  const auto state = [](const std::string& rest) {
    return std::vector<Edit>{
        {"kind = \"pin\", attr = \"version\", of", "kind = \"state\", attr = \"version\", " + rest + ", of"}};
  };
  expect(state("op = \"le\", value = 3"), "E11", "kind = \"state\"",
         "sources.tenant-registry.checks[0].op: \"version\" is text, le needs integer.");
  expect(state("op = \"eq\", value = 3"), "E11", "kind = \"state\"",
         "sources.tenant-registry.checks[0].value: \"version\" is text, this value needs integer.");
  expect({{"event = \"scope.changed\"",
           "event = \"scope.changed\"\nwhen = { attr = \"version\", op = \"subset\", value = [\"a\"] }"}},
         "E11", "op = \"subset\"", "lineage.triggers[1].when.op: \"version\" is text, subset needs set.");
  expect({{"env_class = \"text\"", "env_class = \"integer\""}}, "E11", "attr = \"env_class\"",
         "lane.clearance_by.attr: \"env_class\" is integer, clearance_by needs text.");
  expect({{"handling = \"text\"", "handling = \"set\""}}, "E11", "attr = \"handling\"",
         "exposure.handling.attr: \"handling\" is set, handling needs text.");
  expect({due("retention", "hold", "version")}, "E11", "attr = \"version\"\nwarn",
         "clocks.due.end.attr: \"version\" is text, a clock needs instant.");
  expect(
      {when("op = \"eq\", scope = \"tenant\""), on_scope_changed}, "E11", "when =",
      "lineage.triggers[0].when.scope: \"version\" is text, eq with tenant needs a dimension of that type.");
}

TEST_CASE("E12: a kind that must be cited is supplied") {
  expect({{"handling_note = \"visible\"", "handling_note = \"visible\"\nphoto = \"visible\""}}, "E12",
         "photo", "lane.citations.photo: no source supplies \"photo\".");
  expect({{"handling_note = \"visible\"", "handling_note = \"visible\"\nroster = \"visible\""}}, "E12",
         "roster = \"visible\"", "lane.citations.roster: no source supplies \"roster\".");
}

TEST_CASE("E13: exactly one source supplies the roster, and nothing else") {
  constexpr auto message = "sources: exactly one source supplies the roster, and nothing else.";
  expect({{"[\"roster\"]", "[\"roster\", \"directory_record\"]"}}, "E13", "[sources.session-broker]",
         message);
  expect({{"[\"roster\"]", "[\"directory_record\"]"}}, "E13", "[sources.session-broker]", message);
  expect({{"supplies = [\"break_glass_grant\"]", "supplies = [\"roster\"]"},
          {"break_glass_grant = \"blocking\"\n", ""}},
         "E13", "[sources.session-broker]", message);
}

TEST_CASE("E14: a change is never taken more lightly than the flow does") {
  expect({{"on_change = \"hold\"", "on_change = \"note\""}}, "E14", "on_change = \"note\"",
         "sources.session-broker.on_change: weaker than \"hold\", the least for dispatch.");
  expect_co_release({{"on_change = \"supersede\"", "on_change = \"hold\""}}, "E14", "on_change = \"hold\"",
                    "sources.session-broker.on_change: weaker than \"supersede\", the least for co_release.");
}

TEST_CASE("E15: a trigger's event is emitted, by a source that declares its attribute") {
  expect({{"event = \"intake.newer\"", "event = \"dispute.raised\""}}, "E15", "event = \"dispute.raised\"",
         "lineage.triggers[0].event: no source emits \"dispute.raised\".");
  expect({{"event = \"intake.newer\"",
           "event = \"intake.newer\"\nwhen = { attr = \"version\", op = \"exists\" }"}},
         "E15", "event = \"intake.newer\"",
         "lineage.triggers[0].event: no source emits \"intake.newer\" with \"version\".");
}

TEST_CASE("E16: a change is a note only under a condition") {
  expect({{"effect = \"supersede\"", "effect = \"note\""}}, "E16", "effect = \"note\"",
         "lineage.triggers[0].effect: a change may only be a note under a condition.");
}

TEST_CASE("all faults are listed, in the order of the text") {
  const Parsed out = parse_toml(edited(example(), {{"v = 1", "v = 2"},
                                                   {"steward = \"psr-queue-steward\"", "steward = 7"},
                                                   {"sla = \"2h\"", "sla = \"soon\""}}));
  INFO(all_text(out.faults));
  REQUIRE(out.faults.size() == 3);
  CHECK(out.faults[0].path == "v");
  CHECK(out.faults[1].path == "lane.steward");
  CHECK(out.faults[2].path == "holds.sla");
}

TEST_CASE("a fault in one key is not told again by the rules that would need it") {
  const Parsed out = parse_toml(
      edited(example(), {{"supplies = [\"session_broker_log\"]", "suplies = [\"session_broker_log\"]"}}));
  INFO(all_text(out.faults));
  REQUIRE(out.faults.size() == 2);
  CHECK(out.faults[0].id == "E05");
  CHECK(out.faults[1].id == "E02");
}
