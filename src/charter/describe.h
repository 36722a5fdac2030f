// The members of every part of a charter, once, for the encoder (canonical.cc) and the decoder
// (decode.cc): io(name, member) for what is always written where it has a value, io.maybe(name, member)
// for a collection that is left out where it is empty.
#pragma once

#include "charter/model.h"

#include <concepts>
#include <type_traits>

namespace sallyport::charter {

template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <class Io> void describe(Io& io, Is<ClearanceBy> auto& x) {
  io("source", x.from.source);
  io("attr", x.from.attr);
  io("needs", x.needs);
}

template <class Io> void describe(Io& io, Is<Lane> auto& x) {
  io("id", x.id);
  io("steward", x.steward);
  io("audience_max", x.audience_max);
  io("clearance", x.clearance);
  io("privilege", x.privilege);
  io("clearance_by", x.clearance_by);
  io("citations", x.citations);
  io("intake_fields", x.intake_fields);
  io("stop_before", x.stop_before);
  io("reuse_denied", x.reuse_denied);
  io("verdicts", x.verdicts);
  io("witness_before_delivery", x.witness_before_delivery);
}

template <class Io> void describe(Io& io, Is<Dimension> auto& x) {
  io("type", x.type);
  io.bound("max", x.max);
  io("source", x.source);
  io("required", x.required);
  io("splittable", x.splittable);
  io.maybe("levels", x.levels);
  io("sense", x.sense);
}

template <class Io> void describe(Io& io, Is<Requirement> auto& x) {
  io.any_of(x);
  io("count", x.count);
  io("principal", x.principal);
}

template <class Io> void describe(Io& io, Is<Substitute> auto& x) {
  io("by", x.by);
  io("ratified_by", x.ratified_by);
  io("max_age", x.max_age);
}

template <class Io> void describe(Io& io, Is<Acceptance> auto& x) {
  io("item_kind", x.item_kind);
  io("roles", x.roles);
  io("all", x.all);
  io("distinct", x.distinct);
  io("not_also", x.not_also);
}

template <class Io> void describe(Io& io, Is<Signers> auto& x) {
  io("require", x.require);
  io("not_also", x.not_also);
  io("valid_for", x.valid_for);
  io("key_class_min", x.key_class_min);
  io("step_up", x.step_up);
  io.maybe("substitute", x.substitute);
  io("accepts", x.accepts);
}

template <class Io> void describe(Io& io, Is<Check> auto& x) {
  io("kind", x.kind);
  io("of", x.of);
  io("limit", x.limit);
  io("attr", x.attr);
  io("lead", x.lead);
  io("op", x.op);
  io("value", x.value);
  io("code", x.code);
  io("count", x.count);
  io("with", x.with);
}

template <class Io> void describe(Io& io, Is<Source> auto& x) {
  io("supplies", x.supplies);
  io("checks", x.checks);
  io("unknown_after", x.unknown_after);
  io("recheck_within", x.recheck_within);
  io("emits", x.emits);
  io("on_change", x.on_change);
  io("attrs", x.attrs);
  io("material", x.material);
  io("touches", x.touches);
  io("authority_rank", x.authority_rank);
}

template <class Io> void describe(Io& io, Is<Field> auto& x) {
  io("class", x.field_class);
  io("lane_view", x.lane_view);
  io("queue_view", x.queue_view);
  io("agent_view", x.agent_view);
}

template <class Io> void describe(Io& io, Is<DetectorRule> auto& x) {
  io("on_hit", x.on_hit);
  io("terms_from", x.terms_from);
}

template <class Io> void describe(Io& io, Is<Handling> auto& x) {
  io("source", x.from.source);
  io("attr", x.from.attr);
  io("forbids", x.forbids);
}

template <class Io> void describe(Io& io, Is<Annexes> auto& x) {
  io("include_if", x.include_if);
  io("promote_by", x.promote_by);
}

template <class Io> void describe(Io& io, Is<Exposure> auto& x) {
  io("fields", x.fields);
  io("detectors", x.detectors);
  io("ruleset_source", x.ruleset_source);
  io("handling", x.handling);
  io("annexes", x.annexes);
}

template <class Io> void describe(Io& io, Is<CaseKey> auto& x) {
  io("key", x.key);
  io("on_equal", x.on_equal);
}

template <class Io> void describe(Io& io, Is<Predicate> auto& x) {
  io("attr", x.attr);
  io("op", x.op);
  io("value", x.value);
  io("scope", x.scope);
}

template <class Io> void describe(Io& io, Is<Trigger> auto& x) {
  io("event", x.event);
  io("when", x.when);
  io("effect", x.effect);
}

template <class Io> void describe(Io& io, Is<Lineage> auto& x) {
  io.maybe("keys", x.keys);
  io("case_keys", x.case_keys);
  io.maybe("split_roles", x.split_roles);
  io("triggers", x.triggers);
}

template <class Io> void describe(Io& io, Is<Due> auto& x) {
  io("kind", x.kind);
  io("source", x.from.source);
  io("attr", x.from.attr);
  io("compare", x.compare);
  io("warn_before", x.warn_before);
  io("at_expiry", x.at_expiry);
  io("escalate_to", x.escalate_to);
}

template <class Io> void describe(Io& io, Is<Clocks> auto& x) {
  io.maybe("due", x.due);
  io.maybe("windows", x.windows);
}

template <class Io> void describe(Io& io, Is<ReleaseOwner> auto& x) {
  io("role", x.role);
  io("principal", x.principal);
}

template <class Io> void describe(Io& io, Is<Ledger> auto& x) {
  io("categories", x.categories);
  io("must_resolve", x.must_resolve);
  io("sections", x.sections);
  io("contested_allowed", x.contested_allowed);
  io("owner", x.owner);
}

template <class Io> void describe(Io& io, Is<Escalation> auto& x) {
  io("after", x.after);
  io("to", x.to);
}

template <class Io> void describe(Io& io, Is<Override> auto& x) {
  io("roles", x.roles);
  io("count", x.count);
  io("max_age", x.max_age);
}

template <class Io> void describe(Io& io, Is<CodeRule> auto& x) {
  io("mode", x.mode);
  io.if_true("resign", x.resign);
  io("clear_roles", x.clear_roles);
  io("sla", x.sla);
  io.maybe("escalate", x.escalate);
  io("override", x.override_by);
}

template <class Io> void describe(Io& io, Is<Holds> auto& x) {
  io("visible_within", x.visible_within);
  io("sweep_every", x.sweep_every);
  io("maturity", x.maturity);
  io("sync_baseline", x.sync_baseline);
  io("clear_roles", x.clear_roles);
  io("sla", x.sla);
  io("escalate", x.escalate);
  io("codes", x.codes);
}

template <class Io> void describe(Io& io, Is<Admission> auto& x) {
  io("capacity", x.capacity);
  io("window", x.window);
  io.maybe("order", x.order);
  io.maybe("severities", x.severities);
  io("partial_dim", x.partial_dim);
  io.maybe("partial_roles", x.partial_roles);
  io("release_on", x.release_on);
  io("max_wait", x.max_wait);
  io("escalate_to", x.escalate_to);
}

template <class Io> void describe(Io& io, Is<Agents> auto& x) {
  io("allow", x.allow);
  io("edit", x.edit);
  io("drift", x.drift);
  io("rate_per_hour", x.rate_per_hour);
  io("processor", x.processor);
  io("processor_name", x.processor_name);
}

template <class Io> void describe(Io& io, Is<Governance> auto& x) {
  io("owners", x.owners);
  io("rule", x.rule);
  io("n", x.n);
  io("protects", x.protects);
  io("min_notice", x.min_notice);
  io("record_retention", x.record_retention);
  io("review_every", x.review_every);
}

template <class Io> void describe(Io& io, Is<Charter> auto& x) {
  io("charter", x.id);
  io("version", x.version);
  io("title", x.title);
  io("flow", x.flow);
  io("packet_class", x.packet_class);
  io("lane", x.lane);
  io("scope", x.scope);
  io("signers", x.signers);
  io("sources", x.sources);
  io("exposure", x.exposure);
  io("lineage", x.lineage);
  io("clocks", x.clocks);
  io("ledger", x.ledger);
  io("holds", x.holds);
  io("admission", x.admission);
  io("agents", x.agents);
  io("governance", x.governance);
}

namespace detail {
template <class T> inline constexpr bool is_map = false;
template <class K, class V> inline constexpr bool is_map<std::map<K, V>> = true;
template <class T> inline constexpr bool is_set = false;
template <class T> inline constexpr bool is_set<std::set<T>> = true;
template <class T> inline constexpr bool is_vector = false;
template <class T> inline constexpr bool is_vector<std::vector<T>> = true;
template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;
} // namespace detail

} // namespace sallyport::charter
