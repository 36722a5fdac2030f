// sources, exposure, lineage: what is believed, what is shown, what is the same case.
#include "charter/schema_build.h"

namespace sallyport::charter::build {
namespace {

using enum Direction;

// ---- sources

constexpr Type check_kind = word<CheckKind>();
constexpr std::string_view state_codes[] = {"STATE.PREREQ", "STATE.LEGAL_HOLD", "STATE.RESIDENCY"};
constexpr Type state_code = {.kind = Kind::word, .words = state_codes};
constexpr Key check_keys[] = {
    required("kind", check_kind, "What is checked of every citation").eg("\"max_age\""),
    optional("of", names_1, "The citation kinds that the check is for; all of the source unless said")
        .eg("[\"tenant_record\"]"),
    required("limit", duration, "The age of complete_through at which a citation is FRESH.STALE")
        .only("kind", {"max_age"})
        .eg("\"4h\"")
        .grows(looser)
        .says("observations may be {} old instead of {}"),
    required("attr", name, "The attribute that is read; it is declared in `attrs`")
        .only("kind", {"valid_until", "pin", "state", "agree"})
        .eg("\"version\""),
    required("lead", duration_or_none, "How long before the end TIME.CLOCK_NEAR is shown")
        .only("kind", {"valid_until"})
        .eg("\"24h\"")
        .grows(tighter)
        .says("the end is near {} before it instead of {}"),
    required("op", op, "How the attribute compares").only("kind", {"state"}).eg("\"ne\""),
    optional("value", literal, "What the attribute is compared with; never with `exists`")
        .only("kind", {"state"})
        .eg("\"withdrawn\""),
    defaulted("code", state_code, "\"STATE.PREREQ\"", "The hold that opens")
        .only("kind", {"state"})
        .eg("\"STATE.LEGAL_HOLD\""),
    required("count", at_least_1, "How many objects of each kind must be present")
        .only("kind", {"present"})
        .eg("1")
        .grows(tighter)
        .says("{} objects of each kind must be present instead of {}"),
    required("with", name, "The other source, which must say the same of the object")
        .only("kind", {"agree"})
        .eg("\"second-registry\""),
};
constexpr Type check = table_of(check_keys);
constexpr Type checks = rows_of(check, 1);
constexpr Type events = set_of(event, 1);
constexpr Type attr_type = word<AttrType>();
constexpr Type attrs = map_of(name, attr_type, 0);
constexpr Type rank = make(Kind::integer, 1, 99);
constexpr Key source_keys[] = {
    required(
        "supplies", names_1,
        "The citation kinds that come from here. `roster` is one of its own: exactly one source supplies it, "
        "and nothing else")
        .eg("[\"session_broker_log\"]"),
    required("checks", checks, "What every citation of these kinds must pass: all of them")
        .eg("[{ kind = \"max_age\", limit = \"4h\" }, { kind = \"digest\" }]")
        .grows(tighter),
    required("unknown_after", duration,
             "The silence after which nothing is known: FRESH.UNKNOWN, for the roster "
             "AUD.UNKNOWN")
        .eg("\"15m\"")
        .grows(looser)
        .says("silence is noticed after {} instead of {}"),
    required("recheck_within", duration,
             "How long the recheck before a release waits for the answer; then SYS.RECHECK")
        .eg("\"30s\"")
        .grows(looser)
        .says("a recheck waits {} for the answer instead of {}"),
    required("emits", events, "The events that the source may tell, and triggers may name")
        .eg("[\"object.changed\", \"object.gone\"]"),
    defaulted("on_change", effect, "\"hold\"",
              "What a change of a cited object does; never weaker than the default")
        .only("flow", {"dispatch"})
        .else_default("\"supersede\"")
        .eg("\"supersede\"")
        .grows(tighter),
    defaulted("attrs", attrs, "{}", "The attributes that this charter reads, with their types")
        .eg("{ version = \"text\", valid_until = \"instant\" }"),
    optional("material", names,
             "The attributes whose change counts; others are notes. Every change unless said")
        .eg("[\"env_class\"]")
        .grows(tighter)
        .appears(looser),
    defaulted("touches", names, "[]",
              "The dimensions whose values each observation states; outside the bound is "
              "SCOPE.EXCEEDS")
        .eg("[\"tenant\"]")
        .grows(tighter),
    defaulted("authority_rank", rank, "1", "Who is believed first where sources disagree; 1 is highest")
        .eg("2"),
};
constexpr Type source = table_of(source_keys);

// ---- exposure

constexpr Key field_keys[] = {
    required("class", field_class, "What the field tells about whom; a secret is omitted everywhere")
        .eg("\"tenant_identity\""),
    required("lane_view", view, "How much of it the lane sees").eg("\"pseudonym\"").grows(looser),
    required("queue_view", view, "How much of it the broad queue shows; never more than the lane sees")
        .eg("\"omit\"")
        .grows(looser),
    optional("agent_view", view, "How much of it agents see; as `queue_view` unless said")
        .eg("\"coarsen(service)\"")
        .grows(looser),
};
constexpr Type field = table_of(field_keys);
constexpr Type fields = map_of(pointer, field, 1);
constexpr Type on_hit = word<OnHit>();
constexpr Key detector_keys[] = {
    required("on_hit", on_hit, "Whether a hit blocks or is a finding").eg("\"block\"").grows(looser),
    optional("terms_from", name,
             "The source that lists words to look for, beside those of the packet's own scope and operator")
        .eg("\"tenant-registry\""),
};
constexpr Type detector_rule = table_of(detector_keys);
constexpr Type detector = word<Detector>();
constexpr Type detectors = map_of(detector, detector_rule, 0);
constexpr Type classes = set_of(field_class, 0);
constexpr Type classes_by_value = map_of(text, classes, 1);
constexpr Key handling_keys[] = {
    required("source", name, "The source whose citations say it").eg("\"tenant-registry\""),
    required("attr", name, "The attribute of the citation that names a value of `forbids`")
        .eg("\"handling\""),
    required("forbids", classes_by_value,
             "The classes that each value closes to the lane; another value holds MIN.POLICY_STALE")
        .eg("{ none = [], no-customer-name = [\"customer_identifier\"] }")
        .grows(looser)
        .values_grow(tighter),
};
constexpr Type handling = table_of(handling_keys);
constexpr Type include_if = word<IncludeIf>();
constexpr Key annexes_keys[] = {
    required("include_if", include_if,
             "When an annex may cross: redacted and promoted, or never; else MIN.ANNEX")
        .eg("\"redacted\"")
        .grows(tighter),
    required("promote_by", name, "The role that promotes a redacted annex")
        .only("include_if", {"redacted"})
        .eg("\"support-trust-approver\""),
};
constexpr Type annexes = table_of(annexes_keys);
constexpr Key exposure_keys[] = {
    required("fields", fields,
             "The recipe: who sees how much of which field. What is not named is omitted everywhere; more "
             "open than "
             "its view is MIN.FIELD")
        .eg("{ \"/operator\" = { class = \"operator_identity\", lane_view = \"pseudonym\", queue_view = "
            "\"omit\" } }")
        .grows(looser),
    required("detectors", detectors, "What the scan looks for; secret_or_token must be there, and block")
        .eg("{ secret_or_token = { on_hit = \"block\" }, person_identifier = { on_hit = \"finding\" } }")
        .grows(tighter),
    optional(
        "ruleset_source", name,
        "The source that pins the version of the scan's rules; asked for where a dimension is of type parts")
        .eg("\"ruleset-registry\"")
        .appears(tighter),
    optional("handling", handling, "Handling constraints that a cited attribute names")
        .eg("{ source = \"tenant-registry\", attr = \"handling\", forbids = { none = [] } }")
        .appears(tighter),
    optional("annexes", annexes, "Whether annexes may cross; never unless said")
        .eg("{ include_if = \"redacted\", promote_by = \"support-trust-approver\" }")
        .appears(looser),
};

// ---- lineage

constexpr Type key_source = make(Kind::key_source);
constexpr Type key_sources = set_of(key_source, 1);
constexpr Type lineage_names = map_of(name, key_sources, 1);
constexpr Type ordered_names = list_of(name, 1);
constexpr Type on_equal = word<OnEqual>();
constexpr Key case_key_keys[] = {
    required("key", ordered_names, "The names whose values together are the case")
        .eg("[\"session_id\", \"tenant\"]"),
    required("on_equal", on_equal, "Whether equality is a duplicate or a suspicion")
        .eg("\"duplicate\"")
        .grows(looser),
};
constexpr Type case_key = table_of(case_key_keys);
constexpr Type case_keys = rows_of(case_key, 0);
constexpr Key predicate_keys[] = {
    required("attr", name, "The attribute of the event that is read").eg("\"field\""),
    required("op", op, "How it compares").eg("\"in\""),
    optional("value", literal, "With this literal").eg("[\"audience\", \"signer\"]"),
    optional("scope", name, "With the head's value of this dimension").eg("\"tenant\""),
};
constexpr Type predicate = table_of(predicate_keys);
constexpr Key trigger_keys[] = {
    required("event", event, "What happened").eg("\"scope.changed\""),
    optional("when", predicate, "Under which condition the row matches; always unless said")
        .eg("{ attr = \"field\", op = \"in\", value = [\"audience\", \"signer\"] }"),
    required("effect", effect, "What it does to the packets that it concerns; `note` only under a condition")
        .eg("\"hold\"")
        .grows(tighter),
};
constexpr Type trigger = table_of(trigger_keys);
constexpr Type triggers = rows_of(trigger, 0);
constexpr Key lineage_keys[] = {
    required("keys", lineage_names,
             "Where the values of a case key come from: pointers, or `scope.<dimension>`")
        .only("flow", {"dispatch"})
        .else_optional()
        .eg("{ session_id = [\"/session\"], tenant = [\"scope.tenant\"] }"),
    required("case_keys", case_keys,
             "When two packets are the same case; the first equal row decides. "
             "LINE.DUP_PENDING on both")
        .only("flow", {"dispatch"})
        .not_empty()
        .else_default("[]")
        .eg("[{ key = [\"session_id\"], on_equal = \"suspected\" }]"),
    optional("split_roles", names_1,
             "Who splits duplicates or dismisses a suspicion; asked for where there are case keys")
        .eg("[\"support-trust-approver\"]")
        .grows(looser),
    required("triggers", triggers, "What is material: an event with no row holds LINE.CHANGED")
        .only("flow", {"co_release"})
        .not_empty()
        .else_default("[]")
        .eg("[{ event = \"intake.newer\", effect = \"supersede\" }]"),
};

} // namespace

constexpr Type sources = map_of(name, source, 1);
constexpr Type exposure = table_of(exposure_keys);
constexpr Type lineage = table_of(lineage_keys);

} // namespace sallyport::charter::build
