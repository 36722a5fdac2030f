#include "sim/charters.h"

#include "charter/parse.h"

#include <array>
#include <cstdio>
#include <string>

namespace sallyport::sim {
namespace {

constexpr const char* text = R"toml(
v = 1
charter = "simulated"
version = 1
title = "A simulated lane"
flow = "dispatch"
packet_class = "simulated-case"

[lane]
id = "Q-SIM"
steward = "steward"
audience_max = "readers"
clearance = "cleared"
stop_before = ["notify_customer", "remediate"]
verdicts = ["accepted", "wrong_version", "over_broad_scope", "returned"]

[lane.clearance_by]
source = "registry"
attr = "env_class"
needs = { standard = "cleared", regulated = "regulated-cleared" }

[lane.citations]
broker_log = "blocking"
sign_in = "blocking"
tenant_record = "blocking"
chronology = "blocking"
handling_note = "visible"

[scope.tenant]
type = "id_set"
source = "registry"
max = "from_packet"

[signers]
require = [{ role = "approver", count = 2 }]
not_also = ["packet-triager", "packet-author", "packet-drafter"]
valid_for = "2h"
key_class_min = "software"
step_up = false

[sources.broker]
supplies = ["broker_log"]
checks = [{ kind = "max_age", limit = "4h" }, { kind = "digest" }]
unknown_after = "15m"
recheck_within = "30s"
emits = ["object.changed", "object.gone"]
on_change = "hold"
touches = ["tenant"]

[sources.identity]
supplies = ["sign_in"]
checks = [{ kind = "max_age", limit = "1h" }, { kind = "digest" }]
unknown_after = "15m"
recheck_within = "20s"
emits = ["object.changed"]
on_change = "hold"

[sources.registry]
supplies = ["tenant_record", "handling_note"]
checks = [{ kind = "pin", attr = "version", of = ["tenant_record"] }, { kind = "digest", of = ["handling_note"] }]
unknown_after = "15m"
recheck_within = "30s"
emits = ["object.changed", "scope.changed", "classification.changed"]
on_change = "hold"
attrs = { version = "text", env_class = "text", handling = "text", level = "text" }

[sources.triage]
supplies = ["chronology"]
checks = [{ kind = "digest" }]
unknown_after = "15m"
recheck_within = "30s"
emits = ["object.changed", "duplicate.suspected", "intake.newer"]
on_change = "hold"

[sources.directory]
supplies = ["roster"]
checks = [{ kind = "pin", attr = "version" }]
unknown_after = "15m"
recheck_within = "30s"
emits = ["roster.changed"]
on_change = "hold"
attrs = { version = "text" }

[exposure.fields]
"/scope/tenant/*" = { class = "tenant_identity", lane_view = "pseudonym", queue_view = "omit" }
"/operator" = { class = "operator_identity", lane_view = "pseudonym", queue_view = "omit" }
"/narrative" = { class = "narrative", lane_view = "show", queue_view = "omit" }
"/privileged_path" = { class = "privileged_path", lane_view = "coarsen(service)", queue_view = "omit" }
"/citations/*/record" = { class = "reference", lane_view = "show", queue_view = "ref" }
"/claims/*/text" = { class = "narrative", lane_view = "show", queue_view = "omit" }

[exposure.detectors]
secret_or_token = { on_hit = "block" }
tenant_identifier = { on_hit = "finding", terms_from = "registry" }
privileged_path = { on_hit = "block" }

[exposure.handling]
source = "registry"
attr = "handling"
forbids = { none = [], no-narrative = ["narrative"] }

[exposure.annexes]
include_if = "redacted"
promote_by = "approver"

[lineage]
split_roles = ["approver"]
keys = { session = ["/session"], operator = ["/operator"], tenant = ["scope.tenant"] }
case_keys = [
  { key = ["session", "operator", "tenant"], on_equal = "duplicate" },
  { key = ["session"], on_equal = "suspected" },
]

[[lineage.triggers]]
event = "intake.newer"
effect = "supersede"

[[lineage.triggers]]
event = "scope.changed"
effect = "hold"

[[lineage.triggers]]
event = "classification.changed"
when = { attr = "level", op = "eq", value = "low" }
effect = "note"

[holds]
visible_within = "250ms"
sweep_every = "1m"
maturity = "30d"
clear_roles = ["approver", "lead"]
sla = "2h"
escalate = [{ after = "2h", to = "lead" }]

[holds.codes."FRESH.MISSING"]
override = { roles = ["lead"], count = 2, max_age = "2h" }

[admission]
capacity = 2
window = "8h"
order = ["upstream_severity", "readiness_time"]
severities = ["sev1", "sev2", "sev3"]
max_wait = "4h"
escalate_to = "lead"

[agents]
allow = ["refresh", "flag", "prepare_manifest"]
rate_per_hour = 20
processor = "on-premises"

[governance]
owners = ["governance-a", "governance-b"]
rule = "all"
protects = ["exposure", "sources", "holds"]
min_notice = "0s"
record_retention = "3h"
review_every = "180d"
)toml";

struct Edit {
  const char* from;
  const char* to;
};

charter::Charter parsed(std::initializer_list<Edit> edits) {
  std::string edited = text;
  for (const auto& [from, to] : edits) {
    const std::size_t at = edited.find(from);
    SP_ASSERT(at != std::string::npos);
    edited.replace(at, std::string(from).size(), to);
  }
  charter::Parsed made = charter::parse_toml(edited);
  for (const charter::Fault& fault : made.faults) {
    if (fault.error) {
      std::fprintf(stderr, "%s\n", fault.text().c_str());
    }
  }
  SP_ASSERT(made.charter.has_value());
  return *std::move(made.charter);
}

// A substitute where nobody of a role can sign; a missing citation crosses where two leads say so.
charter::Charter waiving() {
  return parsed({{R"(require = [{ role = "approver", count = 2 }])",
                  R"(require = [{ role = "approver", count = 1 }, { role = "counsel", count = 1 }])"},
                 {R"(not_also = ["packet-triager", "packet-author", "packet-drafter"])",
                  R"(not_also = ["packet-triager", "packet-drafter"])"},
                 {"step_up = false\n", "step_up = false\n[signers.substitute.counsel]\nby = \"deputy\"\n"
                                       "ratified_by = \"lead\"\nmax_age = \"90m\"\n"},
                 {"sign_in = \"blocking\"", "sign_in = \"visible\""},
                 {"max_age = \"2h\" }", "max_age = \"50m\" }"}});
}

// Instants that approach and pass, windows, conditions that a source states, sources that must agree.
charter::Charter clocked() {
  return parsed(
      {{"checks = [{ kind = \"max_age\", limit = \"1h\" }, { kind = \"digest\" }]",
        "checks = [{ kind = \"max_age\", limit = \"1h\" }, { kind = \"digest\" }, "
        "{ kind = \"valid_until\", attr = \"valid_to\", lead = \"30m\" }, "
        "{ kind = \"present\", count = 1 }, "
        "{ kind = \"agree\", with = \"registry\", attr = \"level\" }]\n" // no clock compares it
        "attrs = { valid_to = \"instant\", retain_until = \"instant\", level = \"text\" }"},
       {"{ kind = \"digest\", of = [\"handling_note\"] }]",
        "{ kind = \"digest\", of = [\"handling_note\"] }, { kind = \"state\", attr = \"legal\", op = \"in\", "
        "value = [\"v1\", \"lifted\"], code = \"STATE.LEGAL_HOLD\" }]"},
       {"attrs = { version = \"text\", env_class",
        "attrs = { legal = \"text\", retain_until = \"instant\", reply_by = \"instant\", "
        "opens_at = \"instant\", freeze_from = \"instant\", freeze_to = \"instant\", "
        "version = \"text\", env_class"},
       {"order = [\"upstream_severity\", \"readiness_time\"]",
        "order = [\"clock_nearest\", \"upstream_severity\", \"readiness_time\"]"},
       {"[holds]\n",
        "[clocks.due.retention]\nkind = \"retention\"\nsource = \"registry\"\nattr = \"retain_until\"\n"
        "compare = \"identity\"\nwarn_before = \"1h\"\nat_expiry = \"hold\"\n"
        "[clocks.due.reply]\nkind = \"reporting\"\nsource = \"registry\"\nattr = \"reply_by\"\n"
        "warn_before = \"1h\"\nat_expiry = \"hold\"\n"
        "[clocks.windows.desk]\nkind = \"shift\"\ntz = \"Europe/Berlin\"\n"
        "days = [\"mon\", \"tue\", \"thu\", \"fri\", \"sat\", \"sun\"]\nfrom = \"05:00\"\nto = \"01:00\"\n"
        "[clocks.windows.embargo]\nkind = \"embargo_until\"\nsource = \"registry\"\nattr = \"opens_at\"\n"
        "[clocks.windows.freeze]\nkind = \"freeze\"\nsource = \"registry\"\nstarts_attr = \"freeze_from\"\n"
        "ends_attr = \"freeze_to\"\n[holds]\n"}});
}

// A part of the scope may go on; no more than one entry at a time waits for the lane.
charter::Charter splitting() {
  return parsed({{"max = \"from_packet\"\n", "max = \"from_packet\"\nsplittable = true\n"},
                 {"capacity = 2\n", "capacity = 1\npartial_dim = \"tenant\"\npartial_roles = [\"lead\"]\n"}});
}

// What people and agents write together: a ledger of what they do not agree about, a boundary that two
// leaders confirm in the same words, a level that nothing goes beyond. Its owner presses.
charter::Charter writing() {
  return parsed(
      {{"\"dispatch\"", "\"co_release\""},
       {R"(verdicts = ["accepted", "wrong_version", "over_broad_scope", "returned"])",
        "reuse_denied = [\"wider_sharing\"]\n"
        "verdicts = [\"sufficient\", \"narrower_evidence\", \"fresh_sanitization\"]"},
       {"[signers]\n",
        "[scope.symbolization]\ntype = \"level\"\n"
        "levels = [\"none\", \"module\", \"function\", \"line\"]\nmax = \"function\"\n[signers]\n"},
       {"count = 2", "count = 1"},
       {R"(not_also = ["packet-triager", "packet-author", "packet-drafter"])", "not_also = []"},
       {"step_up = false\n",
        "step_up = false\n"
        "[[signers.accepts]]\nitem_kind = \"leakage_residual\"\nroles = [\"approver\", \"lead\"]\nall = "
        "true\n"
        "[[signers.accepts]]\nitem_kind = \"symbolization_boundary\"\nroles = [\"approver\", \"lead\"]\n"
        "all = true\n"
        "[[signers.accepts]]\nitem_kind = \"other\"\nroles = [\"lead\"]\nnot_also = [\"packet-author\"]\n"},
       {"touches = [\"tenant\"]", "touches = [\"tenant\", \"symbolization\"]"},
       {"on_change = \"hold\"", "on_change = \"supersede\""},
       {"on_change = \"hold\"", "on_change = \"supersede\""},
       {"on_change = \"hold\"", "on_change = \"supersede\""},
       {"on_change = \"hold\"", "on_change = \"supersede\""},
       {"on_change = \"hold\"", "on_change = \"supersede\""},
       {R"("/operator" = { class = "operator_identity", lane_view = "pseudonym", queue_view = "omit" })",
        R"("/ledger/*/statements/*" = { class = "narrative", lane_view = "show", queue_view = "omit" })"},
       {R"("/narrative" = {)", R"("/narrative/*/text" = {)"},
       {R"t("/privileged_path" = { class = "privileged_path", lane_view = "coarsen(service)", queue_view = "omit" })t",
        ""},
       {"[holds]\n",
        "[ledger]\n"
        "categories = [\"identifier_leakage\", \"symbolization_depth\", \"stack_frame_necessity\", "
        "\"attachment_lineage\"]\nmust_resolve = [\"attachment_lineage\"]\n"
        "sections = { case = \"writer\", memo = \"lead\" }\nowner = { role = \"approver\" }\n[holds]\n"},
       {"[holds.codes.\"FRESH.MISSING\"]\noverride = { roles = [\"lead\"], count = 2, max_age = \"2h\" }\n",
        ""},
       {"order = [\"upstream_severity\", \"readiness_time\"]\nseverities = [\"sev1\", \"sev2\", \"sev3\"]\n",
        "order = [\"readiness_time\"]\n"},
       {"\"prepare_manifest\"]\nrate_per_hour",
        "\"prepare_manifest\", \"normalize_wording\"]\nedit = \"propose\"\n"
        "drift = [\"incident_adjudication\"]\nrate_per_hour"},
       {"\"holds\"]\nmin_notice", "\"holds\", \"ledger\"]\nmin_notice"}});
}

} // namespace

const gate::Zones& zones() {
  static const gate::Zones all = [] {
    const auto at = [](const char* text) { return parse_instant(text).value(); };
    constexpr Duration hour{3'600'000};
    gate::Zones out;
    out.version = "simulated";
    out.until = at("2040-01-01T00:00:00.000Z");
    out.offsets["Europe/Berlin"] = {{at("2020-01-01T00:00:00.000Z"), hour},
                                    {at("2026-11-21T01:00:00.000Z"), Duration{2 * hour.ms}},
                                    {at("2026-11-22T01:00:00.000Z"), hour}};
    return out;
  }();
  return all;
}

const charter::Charter& shipped_charter(std::uint64_t kind) {
  static const std::array<charter::Charter, charter_kinds> all{
      parsed({}),
      // Two kinds of signer, one of them either of two roles; a release is always asked for.
      parsed(
          {{R"(require = [{ role = "approver", count = 2 }])",
            R"(require = [{ role = "approver", count = 1 }, { any_of = ["lead", "counsel"], count = 1 }])"},
           {"max_wait = \"4h\"", "release_on = \"explicit\"\nmax_wait = \"4h\""},
           {R"(not_also = ["packet-triager", "packet-author", "packet-drafter"])",
            R"(not_also = ["packet-triager", "packet-merger"])"}}),
      // One signer, no limit of the lane, no annex, and what the language lets a charter tighten.
      parsed(
          {{"count = 2", "count = 1"},
           {"capacity = 2\nwindow = \"8h\"\norder = [\"upstream_severity\", \"readiness_time\"]\n"
            "severities = [\"sev1\", \"sev2\", \"sev3\"]\n",
            ""},
           {"include_if = \"redacted\"\npromote_by = \"approver\"", "include_if = \"never\""},
           {"[holds.codes.\"FRESH.MISSING\"]\noverride = { roles = [\"lead\"], count = 2, max_age = \"2h\" }",
            "[holds.codes.\"FRESH.STALE\"]\nresign = true\n[holds.codes.\"FRESH.UNKNOWN\"]\nresign = "
            "true"}}),
      waiving(), clocked(), splitting(), writing()};
  return all[kind % charter_kinds];
}

const charter::Charter& small_charter() {
  static const charter::Charter small = [] {
    charter::Charter charter = shipped_charter(0);
    for (const char* kind : {"broker_log", "chronology", "handling_note"}) {
      charter.lane.citations.erase(kind);
    }
    charter.signers.valid_for = Duration{3'600'000};
    charter.sources.erase("broker");
    charter.sources.erase("triage");
    charter.lineage.triggers.clear();
    charter.admission.capacity.reset();
    charter.admission.window.reset();
    charter.admission.order.clear();
    charter.holds.codes.clear();
    charter.sources.at("registry").supplies.erase("handling_note");
    auto& checks = charter.sources.at("registry").checks;
    std::erase_if(checks, [](const charter::Check& c) { return c.kind == charter::CheckKind::digest; });
    return charter;
  }();
  return small;
}

charter::Charter amended(const charter::Charter& active, Draw& draw) {
  charter::Charter next = active;
  ++next.version;
  switch (draw.below(7)) {
  case 0:
    next.signers.valid_for = Duration{std::int64_t{3'600'000} * static_cast<std::int64_t>(1 + draw.below(4))};
    break;
  case 1:
    next.signers.require.front().count = static_cast<int>(1 + draw.below(2));
    break;
  case 2:
    next.admission.release_on =
        draw.one_in(2) ? charter::ReleaseOn::authorised : charter::ReleaseOn::explicit_request;
    break;
  case 3:
    if (next.admission.capacity) {
      next.admission.capacity = 1 + static_cast<std::int64_t>(draw.below(3));
    }
    break;
  case 4:
    next.holds.codes["FRESH.STALE"].resign = true;
    break;
  case 5:
    if (next.agents.allow.size() > 1 && draw.one_in(2)) { // agents still do something, and draft nothing
      next.agents.allow.erase(charter::AgentVerb::prepare_manifest);
      break;
    }
    next.agents.allow.clear();
    next.agents.rate_per_hour.reset();
    next.agents.processor = charter::Processor::none;
    break;
  default:
    next.title += ".";
  }
  return next;
}

} // namespace sallyport::sim
