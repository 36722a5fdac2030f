// The closed words of the charter language (charter.md section 2.1), each list once: an enum, and its
// spellings in the order of the enumerators. Parser, linter and documentation read these tables.
// Hold codes are in charter/codes.h.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sallyport::charter {

// words<E>[i] is how enumerator number i of E is written.
template <class E> inline constexpr std::array<std::string_view, 0> words{};

template <class E> constexpr std::string_view to_word(E word) {
  return words<E>[static_cast<std::size_t>(word)];
}

template <class E> constexpr std::optional<E> from_word(std::string_view text) {
  for (std::size_t i = 0; i < words<E>.size(); ++i) {
    if (words<E>[i] == text) {
      return static_cast<E>(i);
    }
  }
  return std::nullopt;
}

// The two flows of the requirements, section 4.
enum class Flow { dispatch, co_release };
template <>
inline constexpr std::array words<Flow>{std::string_view("dispatch"), std::string_view("co_release")};

// How FRESH.MISSING blocks where the head cites no object of a kind.
enum class Missing { blocking, visible };
template <>
inline constexpr std::array words<Missing>{std::string_view("blocking"), std::string_view("visible")};

// What an agent did beyond its lane, or why an edit was rejected.
enum class DriftTopic {
  incident_adjudication,
  case_adjudication,
  debugger_enablement,
  access_enablement,
  customer_communication,
  outside_communication,
  wider_sharing,
  downstream_decision,
  remedy_choice,
  authority_choice,
  execution,
};
template <>
inline constexpr std::array<std::string_view, 11> words<DriftTopic>{"incident_adjudication",
                                                                    "case_adjudication",
                                                                    "debugger_enablement",
                                                                    "access_enablement",
                                                                    "customer_communication",
                                                                    "outside_communication",
                                                                    "wider_sharing",
                                                                    "downstream_decision",
                                                                    "remedy_choice",
                                                                    "authority_choice",
                                                                    "execution"};

// An act that the gate never does and denies to everybody: GOV.OUT_OF_BOUNDS.
enum class StopVerb {
  decide_malicious,
  adjudicate_incident,
  classify_incident,
  adjudicate_misconduct,
  determine_rights,
  determine_liability,
  determine_compliance,
  determine_eligibility,
  determine_codetermination,
  determine_cause,
  enable_debugger,
  grant_access,
  open_room,
  notify_customer,
  contact_customer,
  contact_worker,
  contact_representatives,
  contact_contributor,
  contact_partner,
  contact_vendor,
  contact_regulator,
  file_report,
  publish,
  share_artifact,
  disclose_outside,
  decide_review,
  approve_claim,
  approve_transfer,
  approve_protocol,
  approve_accounting,
  approve_leave,
  approve_license,
  approve_readiness,
  recommend_control,
  choose_concession,
  choose_remedy,
  grant_credit,
  impose_sanction,
  choose_authority,
  assign_owner,
  remediate,
  deploy,
  change_configuration,
  execute_transaction,
  bill,
  dispatch_response,
};
template <>
inline constexpr std::array<std::string_view, 46> words<StopVerb>{"decide_malicious",
                                                                  "adjudicate_incident",
                                                                  "classify_incident",
                                                                  "adjudicate_misconduct",
                                                                  "determine_rights",
                                                                  "determine_liability",
                                                                  "determine_compliance",
                                                                  "determine_eligibility",
                                                                  "determine_codetermination",
                                                                  "determine_cause",
                                                                  "enable_debugger",
                                                                  "grant_access",
                                                                  "open_room",
                                                                  "notify_customer",
                                                                  "contact_customer",
                                                                  "contact_worker",
                                                                  "contact_representatives",
                                                                  "contact_contributor",
                                                                  "contact_partner",
                                                                  "contact_vendor",
                                                                  "contact_regulator",
                                                                  "file_report",
                                                                  "publish",
                                                                  "share_artifact",
                                                                  "disclose_outside",
                                                                  "decide_review",
                                                                  "approve_claim",
                                                                  "approve_transfer",
                                                                  "approve_protocol",
                                                                  "approve_accounting",
                                                                  "approve_leave",
                                                                  "approve_license",
                                                                  "approve_readiness",
                                                                  "recommend_control",
                                                                  "choose_concession",
                                                                  "choose_remedy",
                                                                  "grant_credit",
                                                                  "impose_sanction",
                                                                  "choose_authority",
                                                                  "assign_owner",
                                                                  "remediate",
                                                                  "deploy",
                                                                  "change_configuration",
                                                                  "execute_transaction",
                                                                  "bill",
                                                                  "dispatch_response"};

// The verbs stand in the order of their topics, so the topic is found by the last verb of each.
constexpr DriftTopic drift_topic(StopVerb verb) {
  constexpr std::array last_of_topic{
      StopVerb::classify_incident, StopVerb::determine_cause,   StopVerb::enable_debugger,
      StopVerb::open_room,         StopVerb::contact_customer,  StopVerb::publish,
      StopVerb::disclose_outside,  StopVerb::approve_readiness, StopVerb::impose_sanction,
      StopVerb::assign_owner,      StopVerb::dispatch_response};
  static_assert(last_of_topic.size() == words<DriftTopic>.size());
  std::size_t topic = 0;
  while (last_of_topic[topic] < verb) {
    ++topic;
  }
  return static_cast<DriftTopic>(topic);
}

// A second use of a released packet that the lane denies (B27).
enum class Use {
  incident_command,
  debugger_enablement,
  customer_communication,
  vendor_escalation,
  wider_sharing,
  regulator_filing,
  legal_claim,
  employee_action,
  representative_communication,
  contributor_outreach,
  manuscript_approval,
  external_disclosure,
  billing,
  negotiation,
  deployment,
  procurement,
  public_statement,
  model_training,
};
template <>
inline constexpr std::array<std::string_view, 18> words<Use>{"incident_command",
                                                             "debugger_enablement",
                                                             "customer_communication",
                                                             "vendor_escalation",
                                                             "wider_sharing",
                                                             "regulator_filing",
                                                             "legal_claim",
                                                             "employee_action",
                                                             "representative_communication",
                                                             "contributor_outreach",
                                                             "manuscript_approval",
                                                             "external_disclosure",
                                                             "billing",
                                                             "negotiation",
                                                             "deployment",
                                                             "procurement",
                                                             "public_statement",
                                                             "model_training"};

// What a lane answers. All are final.
enum class Verdict {
  accepted,
  sufficient,
  returned,
  narrower_evidence,
  fresh_sanitization,
  hidden_objection,
  stale_evidence,
  boundary_confusion,
  wrong_version,
  wrong_audience,
  over_broad_scope,
};
template <>
inline constexpr std::array<std::string_view, 11> words<Verdict>{
    "accepted",           "sufficient",       "returned",        "narrower_evidence",
    "fresh_sanitization", "hidden_objection", "stale_evidence",  "boundary_confusion",
    "wrong_version",      "wrong_audience",   "over_broad_scope"};

constexpr bool is_positive(Verdict verdict) {
  return verdict <= Verdict::sufficient;
}

// Negative, and a correction kind of metric M-A2.
constexpr bool is_correction(Verdict verdict) {
  return verdict >= Verdict::wrong_version;
}

// What a person did in a packet, as far as it bars them from signing.
enum class Part {
  packet_triager, // named in the triage stamp
  packet_author,  // whose content is in the head, also through an agent on their behalf
  packet_merger,
  packet_drafter, // of the manifest
};
template <>
inline constexpr std::array<std::string_view, 4> words<Part>{"packet-triager", "packet-author",
                                                             "packet-merger", "packet-drafter"};

// Least first: a comparison of enumerators is a comparison of strength.
enum class KeyClass { software, sk, sk_uv, webauthn_uv };
template <>
inline constexpr std::array<std::string_view, 4> words<KeyClass>{"software", "sk", "sk-uv", "webauthn-uv"};

enum class ScopeType { id_set, section_set, region_set, interval, level, threshold, snapshot, parts };
template <>
inline constexpr std::array<std::string_view, 8> words<ScopeType>{
    "id_set", "section_set", "region_set", "interval", "level", "threshold", "snapshot", "parts"};

// Which side of a threshold's `max` is allowed.
enum class Sense { at_most, at_least };
template <> inline constexpr std::array<std::string_view, 2> words<Sense>{"at_most", "at_least"};

enum class CheckKind { max_age, valid_until, pin, digest, state, present, agree };
template <>
inline constexpr std::array<std::string_view, 7> words<CheckKind>{"max_age", "valid_until", "pin",  "digest",
                                                                  "state",   "present",     "agree"};

enum class Op { eq, ne, in, not_in, subset, le, ge, before, after, exists };
template <>
inline constexpr std::array<std::string_view, 10> words<Op>{"eq", "ne", "in",     "not_in", "subset",
                                                            "le", "ge", "before", "after",  "exists"};

enum class AttrType { text, integer, boolean, instant, set };
template <>
inline constexpr std::array<std::string_view, 5> words<AttrType>{"text", "integer", "bool", "instant", "set"};

// What a change does to the packets that it concerns. Weakest first.
enum class Effect { note, hold, supersede };
template <> inline constexpr std::array<std::string_view, 3> words<Effect>{"note", "hold", "supersede"};

// What a source may tell; what a trigger may name.
enum class Event {
  object_changed,
  object_gone,
  source_unreachable,
  evidence_new,
  intake_newer,
  duplicate_suspected,
  duplicate_merged,
  scope_changed,
  classification_changed,
  symbol_map_changed,
  ruleset_changed,
  policy_changed,
  retention_changed,
  deadline_changed,
  embargo_changed,
  legal_hold_changed,
  state_changed,
  agreement_changed,
  assignment_changed,
  roster_changed,
  dispute_raised,
};
template <>
inline constexpr std::array<std::string_view, 21> words<Event>{
    "object.changed",         "object.gone",         "source.unreachable", "evidence.new",
    "intake.newer",           "duplicate.suspected", "duplicate.merged",   "scope.changed",
    "classification.changed", "symbol_map.changed",  "ruleset.changed",    "policy.changed",
    "retention.changed",      "deadline.changed",    "embargo.changed",    "legal_hold.changed",
    "state.changed",          "agreement.changed",   "assignment.changed", "roster.changed",
    "dispute.raised"};

// What a field tells about whom.
enum class FieldClass {
  secret, // every view omits it; never stored
  customer_identifier,
  tenant_identity,
  operator_identity,
  person_identity,
  session_payload,
  stack_local,
  privileged_path,
  narrative,
  reference,
  location,
  health,
  financial,
  legal,
  technical,
};
template <>
inline constexpr std::array<std::string_view, 15> words<FieldClass>{"secret",          "customer_identifier",
                                                                    "tenant_identity", "operator_identity",
                                                                    "person_identity", "session_payload",
                                                                    "stack_local",     "privileged_path",
                                                                    "narrative",       "reference",
                                                                    "location",        "health",
                                                                    "financial",       "legal",
                                                                    "technical"};

// How much of a field a reader gets. Least open first.
enum class ViewKind {
  omit,
  ref, // the per-packet id
  pseudonym,
  coarsen, // to a grain
  show,
};
template <>
inline constexpr std::array<std::string_view, 5> words<ViewKind>{"omit", "ref", "pseudonym", "coarsen",
                                                                 "show"};

inline constexpr std::array<std::string_view, 12> grains{"service", "module",   "domain",      "day",
                                                         "month",   "year",     "postal_area", "region",
                                                         "country", "age_band", "magnitude",   "small_cell"};

enum class Detector {
  secret_or_token,
  tenant_identifier,
  customer_identifier,
  person_identifier,
  operator_identifier,
  session_payload,
  stack_local,
  document_identifier,
  network_address,
  privileged_path,
  small_cell,
  raw_dump,
};
template <>
inline constexpr std::array<std::string_view, 12> words<Detector>{
    "secret_or_token",     "tenant_identifier", "customer_identifier", "person_identifier",
    "operator_identifier", "session_payload",   "stack_local",         "document_identifier",
    "network_address",     "privileged_path",   "small_cell",          "raw_dump"};

enum class OnHit { block, finding };
template <> inline constexpr std::array<std::string_view, 2> words<OnHit>{"block", "finding"};

enum class IncludeIf { redacted, never };
template <> inline constexpr std::array<std::string_view, 2> words<IncludeIf>{"redacted", "never"};

enum class OnEqual { duplicate, suspected };
template <> inline constexpr std::array<std::string_view, 2> words<OnEqual>{"duplicate", "suspected"};

enum class DueKind { retention, validity, reporting, statutory, target_date, close };
template <>
inline constexpr std::array<std::string_view, 6> words<DueKind>{"retention", "validity",    "reporting",
                                                                "statutory", "target_date", "close"};

enum class AtExpiry { hold, escalate, note };
template <> inline constexpr std::array<std::string_view, 3> words<AtExpiry>{"hold", "escalate", "note"};

enum class WindowKind { shift, embargo_until, embargo_after, freeze };
template <>
inline constexpr std::array<std::string_view, 4> words<WindowKind>{"shift", "embargo_until", "embargo_after",
                                                                   "freeze"};

enum class Weekday { mon, tue, wed, thu, fri, sat, sun };
template <>
inline constexpr std::array<std::string_view, 7> words<Weekday>{"mon", "tue", "wed", "thu",
                                                                "fri", "sat", "sun"};

// Of one hold code, weakest first. `until_accepted` (L) reads `blocking` in dispatch.
enum class Mode { visible, until_accepted, blocking };
template <>
inline constexpr std::array<std::string_view, 3> words<Mode>{"visible", "until_accepted", "blocking"};

enum class OrderKey { upstream_severity, clock_nearest, readiness_time };
template <>
inline constexpr std::array<std::string_view, 3> words<OrderKey>{"upstream_severity", "clock_nearest",
                                                                 "readiness_time"};

enum class ReleaseOn { authorised, explicit_request };
template <> inline constexpr std::array<std::string_view, 2> words<ReleaseOn>{"authorised", "explicit"};

enum class AgentVerb {
  compare,
  cross_check,
  flag,
  refresh,
  trace,
  crosswalk,
  normalize_wording,
  redraft_section,
  prepare_manifest,
};
template <>
inline constexpr std::array<std::string_view, 9> words<AgentVerb>{
    "compare",         "cross_check",     "flag", "refresh", "trace", "crosswalk", "normalize_wording",
    "redraft_section", "prepare_manifest"};

enum class AgentEdit { none, propose };
template <> inline constexpr std::array<std::string_view, 2> words<AgentEdit>{"none", "propose"};

// Where an agent's model runs (B24).
enum class Processor { none, on_premises, own_cloud, vendor };
template <>
inline constexpr std::array<std::string_view, 4> words<Processor>{"none", "on-premises", "own-cloud",
                                                                  "vendor"};

enum class GovernanceRule { all, n_of_m };
template <> inline constexpr std::array<std::string_view, 2> words<GovernanceRule>{"all", "n_of_m"};

// The sections that `governance.protects` may name; the others are always protected.
enum class Section { exposure, sources, holds, clocks, ledger, admission, agents };
template <>
inline constexpr std::array<std::string_view, 7> words<Section>{"exposure", "sources",   "holds", "clocks",
                                                                "ledger",   "admission", "agents"};

// What keeps a packet waiting without being a hold: derived, shown, never in `holds.codes`.
inline constexpr std::array<std::string_view, 10> wait_reasons{
    "SIGN.MISSING", "SIGN.REFUSED",     "SIGN.WITHDRAWN", "SIGN.EXPIRED",    "LANE.CAPACITY",
    "LANE.CLOSED",  "LANE.UNREACHABLE", "TIME.WINDOW",    "RELEASE.REQUEST", "RELEASE.RECHECK"};

// Item kinds that are not a ledger category of the charter. The first of `accepts` that fits counts.
inline constexpr std::string_view item_leakage_residual = "leakage_residual";
inline constexpr std::string_view item_symbolization_boundary = "symbolization_boundary";
inline constexpr std::string_view item_other = "other";

// The citation kind that exactly one source supplies and nothing cites.
inline constexpr std::string_view kind_roster = "roster";

} // namespace sallyport::charter
