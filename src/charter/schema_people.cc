// lane, scope, signers, agents, governance: whom a packet reaches, who answers for it.
#include "charter/schema_build.h"

namespace sallyport::charter::build {
namespace {

using enum Direction;

// ---- lane

constexpr Type missing = word<Missing>();
constexpr Type tag_by_value = map_of(text, name, 1);
constexpr Key clearance_by_keys[] = {
    required("source", name, "The source whose citations say it").eg("\"tenant-registry\""),
    required("attr", name, "The attribute of the citation that names a value of `needs`").eg("\"env_class\""),
    required("needs", tag_by_value,
             "The clearance that each value asks for; another value holds AUD.UNKNOWN, a reader without the "
             "clearance AUD.EXCEEDS")
        .eg("{ standard = \"support-misuse\", regulated-prod = \"regulated-environments\" }")
        .grows(looser),
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
    required("id", lane_id, "The one lane that this charter releases into; another is LANE.MISMATCH")
        .eg("\"Q-PSR\""),
    required("steward", name, "The role that is told of LANE holds and has no deciding right")
        .eg("\"psr-queue-steward\""),
    required("audience_max", name, "The audience that no bound audience passes; more is AUD.EXCEEDS")
        .eg("\"psr-reviewers\""),
    optional("clearance", name, "A member of the audience counts only with this tag in the roster")
        .eg("\"support-misuse\"")
        .appears(tighter),
    optional("privilege", name, "A member of the audience counts only with this tag, too")
        .eg("\"legal-privilege\"")
        .appears(tighter),
    optional("clearance_by", clearance_by, "A clearance that a cited attribute asks for, beside `clearance`")
        .eg("{ source = \"tenant-registry\", attr = \"env_class\", needs = { standard = \"support-misuse\" } "
            "}")
        .appears(tighter),
    required(
        "citations", citations,
        "How FRESH.MISSING holds where the head cites no object of a kind: blocking, or visible and bound")
        .eg("{ session_broker_log = \"blocking\", handling_note = \"visible\" }")
        .grows(tighter)
        .values_grow(looser),
    defaulted("intake_fields", pointers, "[]",
              "What a revision must contain to be taken in, beside what every packet must")
        .eg("[\"/session\", \"/claims/*/text\"]")
        .grows(tighter),
    required("stop_before", stop_verbs,
             "The acts that this lane never takes and denies to everybody; asked for, GOV.OUT_OF_BOUNDS")
        .eg("[\"decide_malicious\", \"notify_customer\"]")
        .grows(tighter),
    required("reuse_denied", uses, "Second uses of a released packet that are denied")
        .only("flow", {"co_release"})
        .not_empty()
        .else_default("[]")
        .eg("[\"customer_communication\", \"model_training\"]")
        .grows(tighter),
    required("verdicts", verdicts, "What the lane may answer: at least one yes and one no")
        .eg("[\"accepted\", \"returned\"]"),
    defaulted("witness_before_delivery", boolean, "false",
              "Delivery also waits for the cosignature of a witness")
        .eg("true")
        .grows(tighter),
};

// ---- scope

constexpr Type scope_type = word<ScopeType>();
constexpr Type levels = list_of(name, 2);
constexpr Type sense = word<Sense>();
constexpr Key dimension_keys[] = {
    required("type", scope_type, "How values of the dimension compare").eg("\"id_set\""),
    required("max", bound,
             "The bound: `from_packet` (what the head declares), or a literal of the type; beyond it is "
             "SCOPE.EXCEEDS")
        .eg("\"from_packet\""),
    required("source", name, "The source that must know the values; one it does not know is SCOPE.UNDEFINED")
        .only("type", {"snapshot", "parts"})
        .else_optional()
        .eg("\"tenant-registry\"")
        .appears(tighter),
    defaulted("required", boolean, "true", "Whether a head must state a value").eg("false").grows(tighter),
    defaulted("splittable", boolean, "false",
              "Whether a partial release may leave elements behind; id_set, section_set and parts only")
        .eg("true")
        .grows(looser),
    required("levels", levels, "The names of the levels, least first")
        .only("type", {"level"})
        .eg("[\"module\", \"function\", \"line\"]"),
    required("sense", sense, "Which side of `max` is allowed").only("type", {"threshold"}).eg("\"at_least\""),
};
constexpr Type dimension = table_of(dimension_keys);

// ---- signers

constexpr Type two_names = set_of(name, 2);
constexpr Key requirement_keys[] = {
    optional("role", name, "The role of the signer; this or `any_of`").eg("\"support-trust-approver\""),
    optional("any_of", two_names, "Roles of which any one will do; this or `role`")
        .eg("[\"privacy-lead\", \"reliability-lead\"]")
        .grows(looser),
    required("count", persons_count, "How many different persons")
        .eg("1")
        .grows(tighter)
        .says("{} must sign instead of {}"),
    optional("principal", person, "The one person who may fill the place; with `role` and count 1")
        .eg("\"pe_2345abcdef\"")
        .appears(tighter),
};
constexpr Type requirement = table_of(requirement_keys);
constexpr Type requirements = rows_of(requirement, 1);
constexpr Key substitute_keys[] = {
    required("by", name, "The role of the substitute").eg("\"deputy-approver\""),
    required("ratified_by", name, "The role of whoever ratifies the substitution")
        .eg("\"support-trust-lead\""),
    required("max_age", duration, "How long a ratification stands")
        .eg("\"4h\"")
        .grows(looser)
        .says("a ratified substitution stands {} instead of {}"),
};
constexpr Type substitute = table_of(substitute_keys);
constexpr Type substitutes = map_of(name, substitute, 1);
constexpr Key acceptance_keys[] = {
    required("item_kind", name,
             "What the row accepts: leakage_residual, symbolization_boundary, a category of the ledger, or "
             "other; the first row that fits counts")
        .eg("\"leakage_residual\""),
    required("roles", names_1, "Who accepts").eg("[\"privacy-engineering-lead\"]"),
    defaulted("all", boolean, "false", "One person of every role, instead of one of any")
        .eg("true")
        .grows(tighter),
    defaulted("distinct", boolean, "true", "Different persons for different roles")
        .eg("false")
        .grows(tighter),
    defaulted("not_also", names, "[]", "Parts and roles that bar a person from accepting")
        .eg("[\"packet-author\"]")
        .grows(tighter),
};
constexpr Type acceptance = table_of(acceptance_keys);
constexpr Type acceptances = rows_of(acceptance, 0);
constexpr Type key_class = word<KeyClass>();
constexpr Key signers_keys[] = {
    required("require", requirements,
             "Who must sign: all rows, each place a different person; a place not filled is SIGN.MISSING")
        .eg("[{ role = \"support-trust-approver\", count = 1 }]")
        .grows(tighter),
    required(
        "not_also", names,
        "Parts in the packet (packet-triager, packet-author, packet-merger, packet-drafter) and roles that "
        "bar a person from signing; in dispatch packet-triager must be one")
        .eg("[\"packet-triager\", \"packet-author\"]")
        .grows(tighter),
    required("valid_for", duration, "How long a signature stands; then SIGN.EXPIRED")
        .eg("\"4h\"")
        .grows(looser)
        .says("a signature stands {} instead of {}"),
    required("key_class_min", key_class,
             "The weakest key that may sign: a file, a security key, one that verifies its user")
        .eg("\"sk-uv\"")
        .grows(tighter)
        .says("the weakest key that may sign is {} instead of {}"),
    required("step_up", boolean, "Whether the key must verify its user at each signature")
        .eg("true")
        .grows(tighter),
    optional("substitute", substitutes,
             "Who may stand in for a required role, by that role; SIGN.SUBSTITUTE until ratified")
        .eg("{ support-trust-approver = { by = \"deputy-approver\", ratified_by = \"support-trust-lead\", "
            "max_age = "
            "\"4h\" } }")
        .grows(looser)
        .appears(looser),
    required("accepts", acceptances, "Who accepts what may cross unresolved")
        .only("flow", {"co_release"})
        .eg("[{ item_kind = \"other\", roles = [\"release-owner\"] }]"),
};

// ---- agents, governance

constexpr Type agent_verb = word<AgentVerb>();
constexpr Type agent_verbs = set_of(agent_verb, 0);
constexpr Type agent_edit = word<AgentEdit>();
constexpr Type drift_topic = word<DriftTopic>();
constexpr Type drift_topics = set_of(drift_topic, 0);
constexpr Type processor = word<Processor>();
constexpr Key agents_keys[] = {
    required("allow", agent_verbs, "What agents may do; `[]`: nothing")
        .eg("[\"refresh\", \"flag\"]")
        .grows(looser),
    defaulted("edit", agent_edit, "\"none\"", "Whether agents may propose edits; in dispatch none")
        .eg("\"propose\"")
        .grows(looser),
    required("drift", drift_topics, "The reasons for which a proposed edit may be rejected")
        .only("edit", {"propose"})
        .not_empty()
        .else_default("[]")
        .eg("[\"case_adjudication\"]"),
    optional("rate_per_hour", up_to_100000,
             "Requests of one agent on one packet; asked for where `allow` is not empty")
        .eg("60")
        .grows(looser)
        .says("an agent may ask {} times an hour instead of {}"),
    required("processor", processor, "Where the model runs; `none` iff `allow` is empty")
        .eg("\"on-premises\"")
        .grows(looser),
    required("processor_name", text, "Who runs it")
        .only("processor", {"vendor"})
        .eg("\"Example Models, EU region\""),
};

constexpr Type governance_rule = word<GovernanceRule>();
constexpr Type owners_needed = make(Kind::integer, 2, 256);
constexpr Type section = word<Section>();
constexpr Type sections = set_of(section, 0);
constexpr Key governance_keys[] = {
    required("owners", names_1, "The roles that own the policy; none of them signs packets")
        .eg("[\"support-governance\", \"security-governance\"]"),
    required("rule", governance_rule,
             "Whether all of them ratify a change of a protected section, or `n` of them")
        .eg("\"all\"")
        .grows(looser),
    required("n", owners_needed, "How many owner roles ratify")
        .only("rule", {"n_of_m"})
        .eg("2")
        .grows(tighter)
        .says("{} owner roles ratify instead of {}"),
    defaulted("protects", sections, "[]",
              "Sections protected beside lane, scope, signers, lineage and governance, which always are")
        .eg("[\"exposure\", \"sources\", \"holds\"]")
        .grows(tighter),
    required("min_notice", duration_or_none, "How long a ratified version waits before it can be activated")
        .eg("\"48h\"")
        .grows(tighter)
        .says("a ratified version waits {} instead of {}"),
    required("record_retention", duration,
             "How long a packet is kept after it closed, at least; then a person orders its erasure")
        .eg("\"3650d\"")
        .says("records are kept {} instead of {}"),
    required("review_every", duration, "How often the owners look at the charter; later is told and measured")
        .eg("\"180d\"")
        .grows(looser)
        .says("the charter is looked at every {} instead of {}"),
};

} // namespace

constexpr Type lane = table_of(lane_keys);
constexpr Type scope = map_of(name, dimension, 1);
constexpr Type signers = table_of(signers_keys);
constexpr Type agents = table_of(agents_keys);
constexpr Type governance = table_of(governance_keys);

} // namespace sallyport::charter::build
