// clocks, ledger, holds, admission: when, and what stands in the way.
#include "charter/schema_build.h"

namespace sallyport::charter::build {
namespace {

using enum Direction;

// ---- clocks

constexpr Type time_of_day = make(Kind::time);
constexpr Type zone = make(Kind::zone);
constexpr Type due_kind = word<DueKind>();
constexpr Type at_expiry = word<AtExpiry>();
constexpr Key due_keys[] = {
    required("kind", due_kind, "What ends").eg("\"retention\""),
    required("source", name, "The source that says when").eg("\"retention-registry\""),
    required("attr", name, "Its instant attribute").eg("\"delete_by\""),
    optional("compare", name,
             "Another source that must name the same instant; else TIME.RETENTION_CONFLICT or "
             "STATE.CONFLICT")
        .eg("\"second-registry\"")
        .appears(tighter),
    required("warn_before", duration, "How long before the end TIME.CLOCK_NEAR is shown")
        .eg("\"48h\"")
        .grows(tighter)
        .says("the end is near {} before it instead of {}"),
    required("at_expiry", at_expiry, "What happens when it is reached; of retention and validity only hold")
        .eg("\"hold\"")
        .grows(looser),
    required("escalate_to", name, "The role that is then told")
        .only("at_expiry", {"escalate"})
        .eg("\"privacy-lead\""),
};
constexpr Type due = table_of(due_keys);
constexpr Type dues = map_of(name, due, 0);
constexpr Type window_kind = word<WindowKind>();
constexpr Type weekday = word<Weekday>();
constexpr Type weekdays = set_of(weekday, 1);
constexpr Key window_keys[] = {
    required("kind", window_kind,
             "When the lane is open or closed: TIME.EMBARGO for embargoes, else TIME.WINDOW")
        .eg("\"shift\""),
    required("tz", zone, "The time zone of the shift").only("kind", {"shift"}).eg("\"Europe/Berlin\""),
    required("days", weekdays, "The days on which the shift starts")
        .only("kind", {"shift"})
        .eg("[\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]")
        .grows(looser),
    required("from", time_of_day, "When the shift starts").only("kind", {"shift"}).eg("\"08:00\""),
    required("to", time_of_day, "When the shift ends; before `from`: on the next day")
        .only("kind", {"shift"})
        .eg("\"18:00\""),
    optional("at", instant, "The instant of the embargo; this, or `source` and `attr`")
        .only("kind", {"embargo_until", "embargo_after"})
        .eg("2027-03-01T00:00:00Z"),
    optional("starts", instant, "When the freeze starts; with `ends`, or read from a source")
        .only("kind", {"freeze"})
        .eg("2026-12-20T00:00:00Z"),
    optional("ends", instant, "When the freeze ends").only("kind", {"freeze"}).eg("2027-01-04T00:00:00Z"),
    optional("source", name, "The source that says when")
        .only("kind", {"embargo_until", "embargo_after", "freeze"})
        .eg("\"calendar\""),
    optional("attr", name, "Its instant attribute")
        .only("kind", {"embargo_until", "embargo_after"})
        .eg("\"published_at\""),
    optional("starts_attr", name, "Its attribute of the start")
        .only("kind", {"freeze"})
        .eg("\"freeze_from\""),
    optional("ends_attr", name, "Its attribute of the end").only("kind", {"freeze"}).eg("\"freeze_to\""),
};
constexpr Type window = table_of(window_keys);
constexpr Type windows = map_of(name, window, 0);
constexpr Key clocks_keys[] = {
    optional("due", dues, "Instants that approach and pass; of several the earliest counts")
        .eg("{ deletion = { kind = \"retention\", source = \"retention-registry\", attr = \"delete_by\", "
            "warn_before = "
            "\"48h\", at_expiry = \"hold\" } }")
        .grows(tighter)
        .appears(tighter),
    optional("windows", windows, "When a release may cross; all must allow")
        .eg("{ launch = { kind = \"embargo_until\", at = 2027-03-01T00:00:00Z } }")
        .grows(tighter)
        .appears(tighter),
};

// ---- ledger

constexpr Type role_by_section = map_of(name, name, 1);
constexpr Key owner_keys[] = {
    required("role", name, "The role of the release owner; it is one of the signers'")
        .eg("\"release-owner\""),
    optional("principal", person, "The one person who owns releases")
        .eg("\"pe_2345abcdef\"")
        .appears(tighter),
};
constexpr Type owner = table_of(owner_keys);
constexpr Key ledger_keys[] = {
    required("categories", names_1, "What items are about; an open one is LEDG.UNADDRESSED")
        .eg("[\"provenance_gap\", \"restriction\"]"),
    defaulted("must_resolve", names, "[]", "Categories that are never accepted unresolved")
        .eg("[\"restriction\"]")
        .grows(tighter),
    required("sections", role_by_section, "The role that owns each section; none is LEDG.UNOWNED")
        .eg("{ assets = \"data-steward\" }"),
    defaulted("contested_allowed", boolean, "true",
              "Whether a claim may stand without a citation, marked contested; else LEDG.CLAIM_UNLINKED")
        .eg("false")
        .grows(looser),
    required("owner", owner, "Who releases; two candidates are GOV.OWNER_AMBIGUOUS")
        .eg("{ role = \"release-owner\" }"),
};

// ---- holds

constexpr Key escalation_keys[] = {
    required("after", duration, "How long after the hold opened; each row later than the one before")
        .eg("\"2h\"")
        .grows(looser)
        .says("told after {} instead of {}"),
    required("to", name, "The role that is told").eg("\"support-trust-lead\""),
};
constexpr Type escalation = table_of(escalation_keys);
constexpr Type escalations = rows_of(escalation, 1);
constexpr Key override_keys[] = {
    required("roles", names_1, "Who may let it pass").eg("[\"support-trust-lead\"]").grows(looser),
    required("count", persons_count, "How many different persons, none of them a counted signer")
        .eg("2")
        .grows(tighter)
        .says("{} persons instead of {}"),
    required("max_age", duration, "How long their signature stands")
        .eg("\"2h\"")
        .grows(looser)
        .says("an override stands {} instead of {}"),
};
constexpr Type override_rule = table_of(override_keys);
constexpr Type mode = word<Mode>();
constexpr Key code_keys[] = {
    optional("mode", mode, "A stricter mode").eg("\"blocking\"").grows(tighter).appears(tighter),
    optional("resign", boolean, "`true`: standing signatures fall when the hold opens")
        .eg("true")
        .grows(tighter)
        .appears(tighter),
    optional("clear_roles", names_1, "Who clears it, instead of the general roles")
        .eg("[\"support-trust-lead\"]")
        .grows(looser),
    optional("sla", duration, "The target for it, instead of the general one")
        .eg("\"30m\"")
        .grows(looser)
        .says("the target is {} instead of {}"),
    optional("escalate", escalations, "Who is told, instead of the general rows")
        .eg("[{ after = \"30m\", to = \"support-trust-lead\" }]"),
    optional("override", override_rule, "Who may let it pass for one manifest; of FRESH.MISSING alone")
        .eg("{ roles = [\"support-trust-lead\"], count = 2, max_age = \"2h\" }")
        .appears(looser),
};
constexpr Type code_rule = table_of(code_keys);
constexpr Type hold_code = make(Kind::text, 1, text_bytes_max); // lint_people.cc knows the codes
constexpr Type codes = map_of(hold_code, code_rule, 0);
constexpr Type latency = make(Kind::duration, 1, 10'000);
constexpr Type sweep = make(Kind::duration, 1, 3'600'000);
constexpr Key holds_keys[] = {
    required("visible_within", latency, "How soon a change shows as a hold")
        .eg("\"250ms\"")
        .grows(looser)
        .says("a change shows within {} instead of {}"),
    required("sweep_every", sweep, "How often lost events are looked for")
        .eg("\"1m\"")
        .grows(looser)
        .says("lost events are looked for every {} instead of {}"),
    required("maturity", duration, "How long a release is watched before it counts as mature in the metrics")
        .eg("\"30d\"")
        .says("a release is mature after {} instead of {}"),
    optional("sync_baseline", duration,
             "What synchronisation took before this gate, to measure against; not measured "
             "unless said")
        .eg("\"3h\""),
    required("clear_roles", names_1, "Who clears holds that a person must clear")
        .eg("[\"support-trust-approver\", \"support-trust-lead\"]")
        .grows(looser),
    required("sla", duration, "The target for every blocking hold")
        .eg("\"2h\"")
        .grows(looser)
        .says("the target for a blocking hold is {} instead of {}"),
    required("escalate", escalations, "Who is told of a hold that stays open; it never clears")
        .eg("[{ after = \"2h\", to = \"support-trust-lead\" }]"),
    defaulted("codes", codes, "{}", "What is stricter for single hold codes (docs/holds.md)")
        .eg("{ \"FRESH.STALE\" = { resign = true } }"),
};

// ---- admission

constexpr Type order_key = word<OrderKey>();
constexpr Type order = list_of(order_key, 1);
constexpr Type severities = list_of(name, 1);
constexpr Type release_on = word<ReleaseOn>();
constexpr Key admission_keys[] = {
    optional("capacity", up_to_100000,
             "How many entries the lane takes unacknowledged, then LANE.CAPACITY; no limit unless said")
        .eg("5")
        .grows(looser)
        .appears(tighter)
        .says("the lane takes {} entries unacknowledged instead of {}"),
    optional("window", duration, "The time over which they are counted; asked for with `capacity`")
        .eg("\"8h\"")
        .grows(tighter)
        .says("entries are counted over {} instead of {}"),
    optional("order", order, "How packets that wait for a slot are ordered; asked for with `capacity`")
        .eg("[\"clock_nearest\", \"readiness_time\"]"),
    optional("severities", severities,
             "The upstream labels, most urgent first; asked for with upstream_severity")
        .eg("[\"sev1\", \"sev2\"]"),
    optional("partial_dim", name,
             "The splittable dimension that a partial release splits; with `partial_roles`")
        .eg("\"asset\"")
        .appears(looser),
    optional("partial_roles", names_1, "Who may split; with `partial_dim`")
        .eg("[\"release-owner\"]")
        .grows(looser)
        .appears(looser),
    defaulted("release_on", release_on, "\"authorised\"",
              "Whether the completing signature releases, or a person asks")
        .only("flow", {"dispatch"})
        .else_default("\"explicit\"")
        .eg("\"explicit\"")
        .grows(tighter),
    required("max_wait", duration, "The wait after which somebody is told")
        .eg("\"4h\"")
        .grows(looser)
        .says("a wait is told after {} instead of {}"),
    required("escalate_to", name, "The role that is told").eg("\"support-trust-lead\""),
};

} // namespace

constexpr Type clocks = table_of(clocks_keys);
constexpr Type ledger = table_of(ledger_keys);
constexpr Type holds = table_of(holds_keys);
constexpr Type admission = table_of(admission_keys);

} // namespace sallyport::charter::build
