#include "charter/faults.h"

#include <algorithm>
#include <array>

namespace sallyport::charter {
namespace {

constexpr std::array table{
    FaultRule{"E01", "The file is no TOML, no UTF-8, too large, or has a key twice",
              "Correct the text at the place that is named; at most 256 KiB, 256 items in a collection, 1000 "
              "bytes in a text"},
    FaultRule{"E02", "A key that the language does not have",
              "Write the key that is suggested, or take it out; there are no keys of your own"},
    FaultRule{
        "E03", "A value of another type, or a spelling that a name, duration, time or pointer does not have",
        "Write the value like the example in the message; numbers have no fraction, dates have an offset"},
    FaultRule{"E04", "A word that is not in its list", "Write one of the words in the message",
              "agents.edit agents.processor clocks.due.<name>.at_expiry holds.codes"},
    FaultRule{
        "E05", "A key that must be there, always or because of another key",
        "Decide the value with the owners and write it; nothing is chosen for you",
        "signers.require[].role exposure.ruleset_source lineage.split_roles admission.window admission.order "
        "admission.severities admission.partial_dim admission.partial_roles agents.rate_per_hour "
        "lineage.triggers[].when.value sources.<name>.checks[].value clocks.windows.<name>.at "
        "clocks.windows.<name>.source clocks.windows.<name>.attr clocks.windows.<name>.starts "
        "clocks.windows.<name>.ends clocks.windows.<name>.starts_attr clocks.windows.<name>.ends_attr"},
    FaultRule{"E06", "A key that means nothing with this flow, type or kind, or beside another key",
              "Take the key out, or change what it does not go with",
              "scope.<name>.splittable signers.require[].any_of signers.require[].principal agents.allow "
              "agents.drift "
              "agents.rate_per_hour admission.window admission.order lineage.triggers[].when.value "
              "lineage.triggers[].when.scope sources.<name>.checks[].value clocks.windows.<name>.source "
              "clocks.windows.<name>.attr clocks.windows.<name>.starts_attr clocks.windows.<name>.ends_attr"},
    FaultRule{"E07", "Something empty, or a wildcard, where somebody or something must be named",
              "Name them one by one; `any`, `all` and `*` are no names"},
    FaultRule{"E08", "The same member twice in a set or list", "Keep one of the two"},
    FaultRule{"E09", "A number or duration out of its range, or an end that is not after its start",
              "Write a value in the range that the message gives",
              "scope.<name>.max holds.escalate[].after holds.codes.<value>.escalate[].after "
              "clocks.windows.<name>.to "
              "clocks.windows.<name>.ends governance.n"},
    FaultRule{"E10", "A name that is used here and declared nowhere",
              "Declare it in the section that the message names, or correct its spelling",
              "lane.clearance_by.source lane.clearance_by.attr scope.<name>.source signers.substitute "
              "signers.accepts[].item_kind sources.<name>.checks[].of sources.<name>.checks[].attr "
              "sources.<name>.checks[].with sources.<name>.material sources.<name>.touches "
              "exposure.fields.<pointer>.lane_view exposure.fields.<pointer>.queue_view "
              "exposure.fields.<pointer>.agent_view exposure.detectors exposure.detectors.<word>.terms_from "
              "exposure.ruleset_source exposure.handling.source exposure.handling.attr lineage.keys "
              "lineage.case_keys[].key lineage.triggers[].when.scope clocks.due.<name>.source "
              "clocks.due.<name>.attr "
              "clocks.due.<name>.compare clocks.windows.<name>.source clocks.windows.<name>.attr "
              "clocks.windows.<name>.starts_attr clocks.windows.<name>.ends_attr ledger.must_resolve "
              "admission.partial_dim"},
    FaultRule{
        "E11", "An attribute whose type does not fit what reads it, or a value of another type",
        "Give the attribute the type that the message asks for in `attrs`, or compare it in another way",
        "lane.clearance_by.attr sources.<name>.checks[].attr sources.<name>.checks[].op "
        "sources.<name>.checks[].value exposure.handling.attr lineage.triggers[].when.op "
        "lineage.triggers[].when.value lineage.triggers[].when.scope clocks.due.<name>.attr "
        "clocks.due.<name>.compare clocks.windows.<name>.attr clocks.windows.<name>.starts_attr "
        "clocks.windows.<name>.ends_attr"},
    FaultRule{"E12", "A citation kind that no source supplies",
              "Add the kind to `supplies` of the source that has it, or do not ask for it", "lane.citations"},
    FaultRule{"E13", "The roster comes from no source, from two, or beside other kinds",
              "Give one source `supplies = [\"roster\"]`, and no other source or kind",
              "sources.<name>.supplies"},
    FaultRule{"E14", "A change is taken more lightly than the flow takes it",
              "Write the word in the message or a stronger one, or leave the key out",
              "sources.<name>.on_change"},
    FaultRule{"E15", "A trigger for an event that no source emits, or not with the attribute it reads",
              "Add the event to `emits` and the attribute to `attrs` of the same source, or take the row out",
              "lineage.triggers[].event"},
    FaultRule{"E16", "A trigger that makes every such event a note",
              "Say with `when` under which condition the event is a mere note, or write hold or supersede",
              "lineage.triggers[].effect"},
    FaultRule{"E17", "A literal bound that is none of its type",
              "Write `from_packet`, or a set of names, an interval, one of `levels`, an integer, as the type "
              "has it",
              "scope.<name>.max"},
    FaultRule{"E18", "The queue or the agents see more than the lane, or somebody sees a secret",
              "Close the view to at most the lane's, a secret to `omit`",
              "exposure.fields.<pointer>.lane_view exposure.fields.<pointer>.queue_view "
              "exposure.fields.<pointer>.agent_view"},
    FaultRule{"E19", "Two field patterns that fit one pointer equally well",
              "Write one of them without `*` or longer, or join them", "exposure.fields"},
    FaultRule{"E20", "Secrets are not looked for, or do not block",
              "Write `secret_or_token = { on_hit = \"block\" }`", "exposure.detectors"},
    FaultRule{"E21", "A hold code made weaker, or a wait reason among the codes",
              "Take the row out, or write a stricter mode; a wait reason is no hold and cannot be set",
              "holds.codes holds.codes.<value>.mode holds.codes.<value>.resign"},
    FaultRule{"E22", "An override of another code than FRESH.MISSING", "Take the override out",
              "holds.codes.<value>.override"},
    FaultRule{"E23", "Step-up with keys that do not verify their user",
              "Write `key_class_min = \"sk-uv\"` or `\"webauthn-uv\"`",
              "signers.key_class_min signers.step_up"},
    FaultRule{"E24", "Everybody who must sign is barred from signing",
              "Take the role out of `not_also`, or let another role sign", "signers.not_also"},
    FaultRule{"E25", "A role that signs packets also owns the policy",
              "Name owner roles that are not in `signers.require`", "governance.owners"},
    FaultRule{"E26", "In dispatch, who triaged a packet could sign it", "Add `packet-triager` to `not_also`",
              "signers.not_also"},
    FaultRule{"E27", "The release owner is not one of the signers",
              "Add the owner's role to `signers.require`, or name a role that is there", "ledger.owner.role"},
    FaultRule{"E28", "A row of acceptance that no item can reach",
              "Take the row out or put it before `other`; a must_resolve category has none, "
              "symbolization_boundary needs a level dimension",
              "signers.accepts[].item_kind"},
    FaultRule{"E29", "A lane that can only say yes, or only no",
              "Name at least one of accepted and sufficient, and at least one other verdict",
              "lane.verdicts"},
    FaultRule{
        "E30",
        "The id, lane, flow or packet class differs from the active version, or the version is not the next",
        "Keep the four as they are and write the active version and 1; for another lane write another "
        "charter",
        "charter version flow packet_class lane.id"},
    FaultRule{
        "E31", "The roster has fewer persons, roles, audiences or tags than the charter asks for",
        "Let the owners activate a roster that has them, or ask for what it has",
        "lane.steward lane.audience_max lane.clearance lane.privilege lane.clearance_by.needs "
        "signers.require[].count signers.require[].principal signers.not_also signers.substitute.<name>.by "
        "signers.substitute.<name>.ratified_by signers.accepts[].roles signers.accepts[].not_also "
        "exposure.annexes.promote_by "
        "lineage.split_roles clocks.due.<name>.escalate_to ledger.sections ledger.owner.role "
        "ledger.owner.principal holds.clear_roles holds.escalate[].to holds.codes.<value>.clear_roles "
        "holds.codes.<value>.escalate[].to holds.codes.<value>.override.count admission.partial_roles "
        "admission.escalate_to governance.owners"},
    FaultRule{"E32", "An agent or a service holds a role that decides",
              "Take the role from the machine in the roster; machines prepare, persons decide",
              "signers.require[].role signers.require[].any_of signers.substitute.<name>.by "
              "signers.substitute.<name>.ratified_by signers.accepts[].roles holds.clear_roles "
              "holds.codes.<value>.clear_roles governance.owners"},
    FaultRule{"H01", "A sound charter that relies on what this version of the gate would pass over",
              "Leave the key out until a version honours it; nothing is ignored in silence"},
    FaultRule{"W01", "Only the packet itself says what this required dimension holds",
              "Give the dimension a `source`, or let a source state it with `touches`", "scope.<name>.max"},
    FaultRule{"W02", "A source may be silent for longer than its citations stay fresh",
              "Make `unknown_after` at most the `limit` of the source's max_age",
              "sources.<name>.unknown_after"},
    FaultRule{"W03", "The recheck may take as long as a signature stands",
              "Make `recheck_within` shorter than `signers.valid_for`, with `holds.visible_within` to spare",
              "sources.<name>.recheck_within"},
    FaultRule{
        "W04",
        "Something is declared and nothing reads it, or a table is read from citations that may be absent",
        "Take it out, or use it; make one citation kind of the table's source blocking",
        "lane.clearance_by.source sources.<name>.attrs exposure.handling.source lineage.keys "
        "ledger.categories "
        "admission.severities"},
    FaultRule{"W05", "Nobody can accept items of a kind, so each must be resolved before a release",
              "Add a row for symbolization_boundary or other, unless that is meant", "signers.accepts"},
    FaultRule{"W06", "A vendor's model sees more of a field than the broad queue",
              "Close `agent_view` to `queue_view`, or run the model in the house",
              "exposure.fields.<pointer>.agent_view"},
    FaultRule{"W07", "Keys in files are enough to sign", "Write `key_class_min = \"sk-uv\"`",
              "signers.key_class_min"},
    FaultRule{"W08", "One owner alone may change exposure, sources or holds", "Add the section to `protects`",
              "governance.protects"},
    FaultRule{"W09", "The lane will not read the claims of a packet",
              "Add a row for the pointer, or one whose `lane_view` says that it is meant", "exposure.fields"},
};
static_assert(std::ranges::is_sorted(table, {}, &FaultRule::id));

} // namespace

std::span<const FaultRule> fault_rules() {
  return table;
}

const FaultRule* find_fault_rule(std::string_view id) {
  const auto* at = std::ranges::lower_bound(table, id, {}, &FaultRule::id);
  return at != table.end() && at->id == id ? at : nullptr;
}

} // namespace sallyport::charter
