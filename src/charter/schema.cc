#include "charter/schema.h"

#include "charter/spelling.h"
#include "charter/words.h"

namespace sallyport::charter {
namespace {

constexpr Key required(std::string_view name, const Type& type, std::string_view help) {
  return {.name = name,
          .type = &type,
          .help = help,
          .need = Need::required,
          .fallback = {},
          .when = {},
          .fallback_otherwise = {}};
}

constexpr Key optional(std::string_view name, const Type& type, std::string_view help) {
  Key key = required(name, type, help);
  key.need = Need::optional;
  return key;
}

constexpr Key defaulted(std::string_view name, const Type& type, std::string_view json,
                        std::string_view help) {
  Key key = required(name, type, help);
  key.need = Need::defaulted;
  key.fallback = json;
  return key;
}

constexpr Type make(Kind kind, std::int64_t min = 0, std::int64_t max = 0) {
  return {.kind = kind, .min = min, .max = max};
}

template <class E> constexpr Type word() {
  return {.kind = Kind::word, .words = words<E>};
}

constexpr Type set_of(const Type& item, std::int64_t min) {
  return {.kind = Kind::set, .min = min, .item = &item};
}

constexpr Type list_of(const Type& item, std::int64_t min) {
  return {.kind = Kind::list, .min = min, .item = &item};
}

constexpr Type rows_of(const Type& item, std::int64_t min) {
  return {.kind = Kind::rows, .min = min, .item = &item};
}

constexpr Type map_of(const Type& key, const Type& item, std::int64_t min) {
  return {.kind = Kind::map, .min = min, .item = &item, .key = &key};
}

constexpr Type table_of(std::span<const Key> keys) {
  return {.kind = Kind::table, .keys = keys};
}

constexpr std::int64_t longest = duration_max.ms;

// ---- plain types

constexpr Type name = make(Kind::name);
constexpr Type person = make(Kind::person);
constexpr Type pointer = make(Kind::pointer);
constexpr Type text = make(Kind::text, 1, text_bytes_max);
constexpr Type instant = make(Kind::instant);
constexpr Type boolean = make(Kind::boolean);
constexpr Type time_of_day = make(Kind::time);
constexpr Type zone = make(Kind::zone);
constexpr Type view = make(Kind::view);
constexpr Type literal = make(Kind::literal);
constexpr Type bound = make(Kind::bound);
constexpr Type duration = make(Kind::duration, 1, longest);
constexpr Type duration_or_none = make(Kind::duration, 0, longest);
constexpr Type names = set_of(name, 0);
constexpr Type names_1 = set_of(name, 1);
constexpr Type persons_count = make(Kind::integer, 1, 9);
constexpr Type at_least_1 = make(Kind::integer, 1, 1'000'000'000);
constexpr Type up_to_100000 = make(Kind::integer, 1, 100'000);
constexpr Type flow = word<Flow>();
constexpr Type op = word<Op>();
constexpr Type effect = word<Effect>();
constexpr Type field_class = word<FieldClass>();
constexpr Type event = word<Event>();

// ---- lane

constexpr Type missing = word<Missing>();
constexpr Type tag_by_value = map_of(text, name, 1);
constexpr Key clearance_by_keys[] = {
    required("source", name, "The source whose citations say it"),
    required("attr", name, "The attribute of the citation that names a value of `needs`"),
    required("needs", tag_by_value,
             "The clearance that each value asks for; another value holds AUD.UNKNOWN"),
};
constexpr Type clearance_by = table_of(clearance_by_keys);
constexpr Type citations = map_of(name, missing, 1);
constexpr Type pointers = set_of(pointer, 0);
constexpr Type stop_verb = word<StopVerb>();
constexpr Type stop_verbs = set_of(stop_verb, 1);
constexpr Type use = word<Use>();
constexpr Type uses = set_of(use, 0);
constexpr Type verdict = word<Verdict>();
constexpr Type verdicts = set_of(verdict, 1);
constexpr Type lane_id = make(Kind::lane_id);
constexpr Key lane_keys[] = {
    required("id", lane_id, "The one lane that this charter releases into"),
    required("steward", name, "The role that is told of LANE holds and has no deciding right"),
    required("audience_max", name, "The audience that no bound audience passes"),
    optional("clearance", name, "A member of the audience counts only with this tag"),
    optional("privilege", name, "A member of the audience counts only with this tag, too"),
    optional("clearance_by", clearance_by, "A clearance that a cited attribute asks for"),
    required("citations", citations, "How FRESH.MISSING holds where the head cites no object of a kind"),
    defaulted("intake_fields", pointers, "[]", "What a revision must contain to be taken in"),
    required("stop_before", stop_verbs, "The acts that this lane never takes and denies to everybody"),
    required("reuse_denied", uses, "Second uses of a released packet that are denied")
        .only("flow", {"co_release"})
        .not_empty()
        .else_default("[]"),
    required("verdicts", verdicts, "What the lane may answer"),
    defaulted("witness_before_delivery", boolean, "false", "Delivery also waits for a cosignature"),
};
constexpr Type lane = table_of(lane_keys);

// ---- scope

constexpr Type scope_type = word<ScopeType>();
constexpr Type levels = list_of(name, 2);
constexpr Type sense = word<Sense>();
constexpr Key dimension_keys[] = {
    required("type", scope_type, "How values of the dimension compare"),
    required("max", bound, "The bound: `from_packet`, or a literal of the type"),
    required("source", name, "The source that must know the values")
        .only("type", {"snapshot", "parts"})
        .else_optional(),
    defaulted("required", boolean, "true", "Whether a head must state a value"),
    defaulted("splittable", boolean, "false", "Whether a partial release may leave elements behind"),
    required("levels", levels, "The names of the levels, least first").only("type", {"level"}),
    required("sense", sense, "Which side of `max` is allowed").only("type", {"threshold"}),
};
constexpr Type dimension = table_of(dimension_keys);
constexpr Type scope = map_of(name, dimension, 1);

// ---- signers

constexpr Type two_names = set_of(name, 2);
constexpr Key requirement_keys[] = {
    optional("role", name, "The role of the signer"),
    optional("any_of", two_names, "Roles of which any one will do"),
    required("count", persons_count, "How many different persons"),
    optional("principal", person, "The one person who may fill the place"),
};
constexpr Type requirement = table_of(requirement_keys);
constexpr Type requirements = rows_of(requirement, 1);
constexpr Key substitute_keys[] = {
    required("by", name, "The role of the substitute"),
    required("ratified_by", name, "The role of whoever ratifies the substitution"),
    required("max_age", duration, "How long a ratification stands"),
};
constexpr Type substitute = table_of(substitute_keys);
constexpr Type substitutes = map_of(name, substitute, 1);
constexpr Key acceptance_keys[] = {
    required("item_kind", name, "The kind of item that the row accepts"),
    required("roles", names_1, "Who accepts"),
    defaulted("all", boolean, "false", "One person of every role, instead of one of any"),
    defaulted("distinct", boolean, "true", "Different persons for different roles"),
    defaulted("not_also", names, "[]", "Parts and roles that bar a person from accepting"),
};
constexpr Type acceptance = table_of(acceptance_keys);
constexpr Type acceptances = rows_of(acceptance, 0);
constexpr Type key_class = word<KeyClass>();
constexpr Key signers_keys[] = {
    required("require", requirements, "Who must sign: all rows, each place a different person"),
    required("not_also", names, "Parts in the packet and roles that bar a person from signing"),
    required("valid_for", duration, "How long a signature stands"),
    required("key_class_min", key_class, "The weakest key that may sign"),
    required("step_up", boolean, "Whether the key must verify its user"),
    optional("substitute", substitutes, "Who may stand in for a required role"),
    required("accepts", acceptances, "Who accepts what may cross unresolved").only("flow", {"co_release"}),
};
constexpr Type signers = table_of(signers_keys);

// ---- sources

constexpr Type check_kind = word<CheckKind>();
constexpr std::string_view state_codes[] = {"STATE.PREREQ", "STATE.LEGAL_HOLD", "STATE.RESIDENCY"};
constexpr Type state_code = {.kind = Kind::word, .words = state_codes};
constexpr Key check_keys[] = {
    required("kind", check_kind, "What is checked"),
    optional("of", names_1, "The citation kinds that the check is for; all of the source unless said"),
    required("limit", duration, "The age at which a citation is stale").only("kind", {"max_age"}),
    required("attr", name, "The attribute that is read")
        .only("kind", {"valid_until", "pin", "state", "agree"}),
    required("lead", duration_or_none, "How long before the end the clock is near")
        .only("kind", {"valid_until"}),
    required("op", op, "How the attribute compares").only("kind", {"state"}),
    optional("value", literal, "What the attribute is compared with").only("kind", {"state"}),
    defaulted("code", state_code, "\"STATE.PREREQ\"", "The hold that opens").only("kind", {"state"}),
    required("count", at_least_1, "How many objects of each kind").only("kind", {"present"}),
    required("with", name, "The source that must say the same").only("kind", {"agree"}),
};
constexpr Type check = table_of(check_keys);
constexpr Type checks = rows_of(check, 1);
constexpr Type events = set_of(event, 1);
constexpr Type attr_type = word<AttrType>();
constexpr Type attrs = map_of(name, attr_type, 0);
constexpr Type rank = make(Kind::integer, 1, 99);
constexpr Key source_keys[] = {
    required("supplies", names_1, "The citation kinds that come from here"),
    required("checks", checks, "What every citation of these kinds must pass"),
    required("unknown_after", duration, "The silence after which nothing is known"),
    required("recheck_within", duration, "How long a recheck waits for the answer"),
    required("emits", events, "The events that the source may tell"),
    defaulted("on_change", effect, "\"hold\"", "What a change of a cited object does")
        .only("flow", {"dispatch"})
        .else_default("\"supersede\""),
    defaulted("attrs", attrs, "{}", "The attributes that this charter reads, with their types"),
    optional("material", names, "The attributes whose change counts; every change unless said"),
    defaulted("touches", names, "[]", "The dimensions whose values each observation states"),
    defaulted("authority_rank", rank, "1", "Who is believed first; 1 is highest"),
};
constexpr Type source = table_of(source_keys);
constexpr Type sources = map_of(name, source, 1);

// ---- exposure

constexpr Key field_keys[] = {
    required("class", field_class, "What the field tells about whom"),
    required("lane_view", view, "How much of it the lane sees"),
    required("queue_view", view, "How much of it the broad queue shows"),
    optional("agent_view", view, "How much of it agents see; as queue_view unless said"),
};
constexpr Type field = table_of(field_keys);
constexpr Type fields = map_of(pointer, field, 1);
constexpr Type on_hit = word<OnHit>();
constexpr Key detector_keys[] = {
    required("on_hit", on_hit, "Whether a hit blocks or is a finding"),
    optional("terms_from", name, "The source of the words to look for"),
};
constexpr Type detector_rule = table_of(detector_keys);
constexpr Type detector = word<Detector>();
constexpr Type detectors = map_of(detector, detector_rule, 0);
constexpr Type classes = set_of(field_class, 0);
constexpr Type classes_by_value = map_of(text, classes, 1);
constexpr Key handling_keys[] = {
    required("source", name, "The source whose citations say it"),
    required("attr", name, "The attribute of the citation that names a value of `forbids`"),
    required("forbids", classes_by_value, "The classes that each value closes; another value holds"),
};
constexpr Type handling = table_of(handling_keys);
constexpr Type include_if = word<IncludeIf>();
constexpr Key annexes_keys[] = {
    required("include_if", include_if, "When an annex may cross"),
    required("promote_by", name, "The role that promotes a redacted annex").only("include_if", {"redacted"}),
};
constexpr Type annexes = table_of(annexes_keys);
constexpr Key exposure_keys[] = {
    required("fields", fields, "The recipe: who sees how much of which field"),
    required("detectors", detectors, "What the scan looks for"),
    optional("ruleset_source", name, "The source that pins the version of the scan's rules"),
    optional("handling", handling, "Handling constraints that a cited attribute names"),
    optional("annexes", annexes, "Whether annexes may cross; never unless said"),
};
constexpr Type exposure = table_of(exposure_keys);

// ---- lineage

constexpr Type key_source = make(Kind::key_source);
constexpr Type key_sources = set_of(key_source, 1);
constexpr Type lineage_names = map_of(name, key_sources, 1);
constexpr Type ordered_names = list_of(name, 1);
constexpr Type on_equal = word<OnEqual>();
constexpr Key case_key_keys[] = {
    required("key", ordered_names, "The names whose values together are the case"),
    required("on_equal", on_equal, "Whether equality is a duplicate or a suspicion"),
};
constexpr Type case_key = table_of(case_key_keys);
constexpr Type case_keys = rows_of(case_key, 0);
constexpr Key predicate_keys[] = {
    required("attr", name, "The attribute of the event that is read"),
    required("op", op, "How it compares"),
    optional("value", literal, "With this literal"),
    optional("scope", name, "With the head's value of this dimension"),
};
constexpr Type predicate = table_of(predicate_keys);
constexpr Key trigger_keys[] = {
    required("event", event, "What happened"),
    optional("when", predicate, "Under which condition the row matches"),
    required("effect", effect, "What it does to the packets that it concerns"),
};
constexpr Type trigger = table_of(trigger_keys);
constexpr Type triggers = rows_of(trigger, 0);
constexpr Key lineage_keys[] = {
    required("keys", lineage_names, "Where the values of a case key come from")
        .only("flow", {"dispatch"})
        .else_optional(),
    required("case_keys", case_keys, "When two packets are the same case")
        .only("flow", {"dispatch"})
        .not_empty()
        .else_default("[]"),
    optional("split_roles", names_1, "Who splits duplicates or dismisses a suspicion"),
    required("triggers", triggers, "What is material")
        .only("flow", {"co_release"})
        .not_empty()
        .else_default("[]"),
};
constexpr Type lineage = table_of(lineage_keys);

// ---- clocks

constexpr Type due_kind = word<DueKind>();
constexpr Type at_expiry = word<AtExpiry>();
constexpr Key due_keys[] = {
    required("kind", due_kind, "What ends"),
    required("source", name, "The source that says when"),
    required("attr", name, "Its instant attribute"),
    optional("compare", name, "Another source that must name the same instant"),
    required("warn_before", duration, "How long before the end the clock is near"),
    required("at_expiry", at_expiry, "What happens when it is reached"),
    required("escalate_to", name, "The role that is then told").only("at_expiry", {"escalate"}),
};
constexpr Type due = table_of(due_keys);
constexpr Type dues = map_of(name, due, 0);
constexpr Type window_kind = word<WindowKind>();
constexpr Type weekday = word<Weekday>();
constexpr Type weekdays = set_of(weekday, 1);
constexpr Key window_keys[] = {
    required("kind", window_kind, "When the lane is open or closed"),
    required("tz", zone, "The time zone of the shift").only("kind", {"shift"}),
    required("days", weekdays, "The days on which the shift starts").only("kind", {"shift"}),
    required("from", time_of_day, "When the shift starts").only("kind", {"shift"}),
    required("to", time_of_day, "When the shift ends").only("kind", {"shift"}),
    optional("at", instant, "The instant of the embargo").only("kind", {"embargo_until", "embargo_after"}),
    optional("starts", instant, "When the freeze starts").only("kind", {"freeze"}),
    optional("ends", instant, "When the freeze ends").only("kind", {"freeze"}),
    optional("source", name, "The source that says when")
        .only("kind", {"embargo_until", "embargo_after", "freeze"}),
    optional("attr", name, "Its instant attribute").only("kind", {"embargo_until", "embargo_after"}),
    optional("starts_attr", name, "Its attribute of the start").only("kind", {"freeze"}),
    optional("ends_attr", name, "Its attribute of the end").only("kind", {"freeze"}),
};
constexpr Type window = table_of(window_keys);
constexpr Type windows = map_of(name, window, 0);
constexpr Key clocks_keys[] = {
    optional("due", dues, "Instants that approach and pass"),
    optional("windows", windows, "When a release may cross; all must allow"),
};
constexpr Type clocks = table_of(clocks_keys);

// ---- ledger

constexpr Type role_by_section = map_of(name, name, 1);
constexpr Key owner_keys[] = {
    required("role", name, "The role of the release owner"),
    optional("principal", person, "The one person who owns releases"),
};
constexpr Type owner = table_of(owner_keys);
constexpr Key ledger_keys[] = {
    required("categories", names_1, "What items are about"),
    defaulted("must_resolve", names, "[]", "Categories that are never accepted unresolved"),
    required("sections", role_by_section, "The role that owns each section"),
    defaulted("contested_allowed", boolean, "true",
              "Whether a claim may stand without a citation, marked contested"),
    required("owner", owner, "Who releases"),
};
constexpr Type ledger = table_of(ledger_keys);

// ---- holds

constexpr Key escalation_keys[] = {
    required("after", duration, "How long after the hold opened"),
    required("to", name, "The role that is told"),
};
constexpr Type escalation = table_of(escalation_keys);
constexpr Type escalations = rows_of(escalation, 1);
constexpr Key override_keys[] = {
    required("roles", names_1, "Who may let it pass"),
    required("count", persons_count, "How many different persons"),
    required("max_age", duration, "How long their signature stands"),
};
constexpr Type override_rule = table_of(override_keys);
constexpr Type mode = word<Mode>();
constexpr Key code_keys[] = {
    optional("mode", mode, "A stricter mode"),
    optional("resign", boolean, "Whether standing signatures fall"),
    optional("clear_roles", names_1, "Who clears it, instead of the general roles"),
    optional("sla", duration, "The target for it"),
    optional("escalate", escalations, "Who is told, instead of the general rows"),
    optional("override", override_rule, "Who may let it pass for one manifest"),
};
constexpr Type code_rule = table_of(code_keys);
constexpr Type hold_code = make(Kind::text, 1, text_bytes_max); // lint.cc knows the codes
constexpr Type codes = map_of(hold_code, code_rule, 0);
constexpr Type latency = make(Kind::duration, 1, 10'000);
constexpr Type sweep = make(Kind::duration, 1, 3'600'000);
constexpr Key holds_keys[] = {
    required("visible_within", latency, "How soon a change shows as a hold"),
    required("sweep_every", sweep, "How often lost events are looked for"),
    required("maturity", duration, "How long a release is watched before it counts as mature"),
    optional("sync_baseline", duration, "What synchronisation took before, to measure against"),
    required("clear_roles", names_1, "Who clears holds that a person must clear"),
    required("sla", duration, "The target for every blocking hold"),
    required("escalate", escalations, "Who is told of a hold that stays open; it never clears"),
    defaulted("codes", codes, "{}", "What is stricter for single hold codes"),
};
constexpr Type holds = table_of(holds_keys);

// ---- admission, agents, governance

constexpr Type order_key = word<OrderKey>();
constexpr Type order = list_of(order_key, 1);
constexpr Type severities = list_of(name, 1);
constexpr Type release_on = word<ReleaseOn>();
constexpr Key admission_keys[] = {
    optional("capacity", up_to_100000,
             "How many entries the lane takes unacknowledged; no limit unless said"),
    optional("window", duration, "The time over which they are counted"),
    optional("order", order, "How packets that wait for a slot are ordered"),
    optional("severities", severities, "The upstream labels, most urgent first"),
    optional("partial_dim", name, "The dimension that a partial release splits"),
    optional("partial_roles", names_1, "Who may split"),
    defaulted("release_on", release_on, "\"authorised\"", "Whether the completing signature releases")
        .only("flow", {"dispatch"})
        .else_default("\"explicit\""),
    required("max_wait", duration, "The wait after which somebody is told"),
    required("escalate_to", name, "The role that is told"),
};
constexpr Type admission = table_of(admission_keys);

constexpr Type agent_verb = word<AgentVerb>();
constexpr Type agent_verbs = set_of(agent_verb, 0);
constexpr Type agent_edit = word<AgentEdit>();
constexpr Type drift_topic = word<DriftTopic>();
constexpr Type drift_topics = set_of(drift_topic, 0);
constexpr Type processor = word<Processor>();
constexpr Key agents_keys[] = {
    required("allow", agent_verbs, "What agents may do"),
    defaulted("edit", agent_edit, "\"none\"", "Whether agents may propose edits"),
    required("drift", drift_topics, "Why an edit may be rejected")
        .only("edit", {"propose"})
        .not_empty()
        .else_default("[]"),
    optional("rate_per_hour", up_to_100000, "Requests of one agent on one packet"),
    required("processor", processor, "Where the model runs"),
    required("processor_name", text, "Who runs it").only("processor", {"vendor"}),
};
constexpr Type agents = table_of(agents_keys);

constexpr Type governance_rule = word<GovernanceRule>();
constexpr Type owners_needed = make(Kind::integer, 2, 256);
constexpr Type section = word<Section>();
constexpr Type sections = set_of(section, 0);
constexpr Key governance_keys[] = {
    required("owners", names_1, "The roles that own the policy"),
    required("rule", governance_rule, "Whether all of them ratify a protected change"),
    required("n", owners_needed, "How many of them ratify").only("rule", {"n_of_m"}),
    defaulted("protects", sections, "[]", "Sections protected beside those that always are"),
    required("min_notice", duration_or_none, "How long a ratified version waits"),
    required("record_retention", duration, "How long records are kept"),
    required("review_every", duration, "How often the charter is looked at"),
};
constexpr Type governance = table_of(governance_keys);

// ---- the whole

constexpr Type vocabulary = make(Kind::integer, 1, 1);
constexpr Type version = make(Kind::integer, 1, 1'000'000'000);
constexpr Type title = make(Kind::text, 1, 120);
constexpr Key charter_keys[] = {
    required("v", vocabulary, "The version of this vocabulary"),
    required("charter", name, "The id, the same for all versions"),
    required("version", version, "1, then the active version and 1"),
    required("title", title, "The board's name"),
    required("flow", flow, "Which of the two flows"),
    required("packet_class", name, "The one class of packets that is taken"),
    required("lane", lane, "Where packets go, and what never happens there"),
    required("scope", scope, "The dimensions of what a packet is about"),
    required("signers", signers, "Who signs, and with what"),
    required("sources", sources, "What is believed, for how long, and what a change does"),
    required("exposure", exposure, "Who sees how much"),
    required("lineage", lineage, "What is the same case, and what is material"),
    optional("clocks", clocks, "What time does"),
    required("ledger", ledger, "Disagreement, sections, the release owner").only("flow", {"co_release"}),
    required("holds", holds, "How soon, how long, who clears"),
    required("admission", admission, "How many, in which order"),
    required("agents", agents, "What machines may do"),
    required("governance", governance, "Who changes this charter"),
};
constexpr Type charter = table_of(charter_keys);

} // namespace

const Type& charter_type() {
  return charter;
}

} // namespace sallyport::charter
