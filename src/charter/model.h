// A lane charter as a typed value: the whole policy of one lane (charter.md sections 1 and 2).
//
// A Charter that charter/parse.h hands out has no fault of class E that can be seen without a roster
// or an earlier version, and every default is written out. Names that point elsewhere in the charter
// (sources, attributes, dimensions, categories) are declared there; roles, persons, audiences and
// tags are the roster's. A range is half-open and every limit is reached when it is equal.
#pragma once

#include "base/id.h"
#include "base/instant.h"
#include "canon/value.h"
#include "charter/words.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace sallyport::charter {

using Names = std::set<std::string>;

// An attribute that is read from the citations of a source.
struct AttrRef {
  std::string source;
  std::string attr;
  bool operator==(const AttrRef&) const = default;
};

// ---- lane

// The value of an attribute of the head's citations names a clearance asked beside Lane::clearance.
struct ClearanceBy {
  AttrRef from;
  std::map<std::string, std::string> needs; // value → tag; another value is AUD.UNKNOWN
  bool operator==(const ClearanceBy&) const = default;
};

struct Lane {
  std::string id; // "Q-PSR"
  std::string steward;
  std::string audience_max;
  std::optional<std::string> clearance; // a member counts only with this tag
  std::optional<std::string> privilege; // and with this one
  std::optional<ClearanceBy> clearance_by;
  std::map<std::string, Missing> citations; // kind → mode of FRESH.MISSING; ≥ 1
  Names intake_fields;                      // pointer patterns; each must match something at intake
  std::set<StopVerb> stop_before;           // ≥ 1
  std::set<Use> reuse_denied;               // co_release: ≥ 1
  std::set<Verdict> verdicts;               // ≥ 1 positive and ≥ 1 negative
  bool witness_before_delivery = false;
  bool operator==(const Lane&) const = default;
};

// ---- scope

struct Dimension {
  ScopeType type = ScopeType::id_set;
  // Nothing: "from_packet", what the head declares. Else the canonical literal: sorted array of names
  // (id_set, section_set), {"from","until"} instants (interval), a name of `levels` (level), an
  // integer (threshold). region_set, snapshot and parts have no literal.
  std::optional<canon::Value> max;
  std::optional<std::string> source; // always there for snapshot and parts
  bool required = true;
  bool splittable = false;
  std::vector<std::string> levels; // level only; least first, ≥ 2
  std::optional<Sense> sense;      // threshold only
  bool operator==(const Dimension&) const = default;
};

// ---- signers

struct Requirement {
  Names roles; // any one of them; exactly one unless any_of
  bool any_of = false;
  int count = 1;                     // 1-9 different persons
  std::optional<PersonId> principal; // with one role and count 1
  bool operator==(const Requirement&) const = default;
};

struct Substitute {
  std::string by;          // role of the substitute
  std::string ratified_by; // role of whoever ratifies
  Duration max_age;
  bool operator==(const Substitute&) const = default;
};

// Who accepts what may cross unresolved (co_release only).
struct Acceptance {
  std::string item_kind; // a ledger category, or a word item_* of charter/words.h
  Names roles;           // ≥ 1
  bool all = false;      // one person per role
  bool distinct = true;
  Names not_also; // parts or roles, as Signers::not_also
  bool operator==(const Acceptance&) const = default;
};

struct Signers {
  std::vector<Requirement> require; // all of them, each place filled by a different person
  Names not_also; // a word of Part: whoever played it in this packet; else a role: whoever holds it now
  Duration valid_for;
  KeyClass key_class_min = KeyClass::webauthn_uv;
  bool step_up = true;
  std::map<std::string, Substitute> substitute; // by the role of `require` that it stands for
  std::vector<Acceptance> accepts;              // in order: the first row that fits counts
  bool operator==(const Signers&) const = default;
};

// ---- sources

struct Check {
  CheckKind kind = CheckKind::digest;
  Names of;                        // citation kinds; never empty, the default is all that the source supplies
  std::optional<Duration> limit;   // max_age
  std::optional<std::string> attr; // valid_until, pin, state, agree
  std::optional<Duration> lead;    // valid_until; may be 0
  std::optional<Op> op;            // state
  std::optional<canon::Value> value; // state; nothing for exists. Instants as canonical text
  std::optional<std::string> code;   // state: the hold code, STATE.PREREQ unless said
  std::optional<std::int64_t> count; // present; ≥ 1
  std::optional<std::string> with;   // agree: the other source
  bool operator==(const Check&) const = default;
};

struct Source {
  Names supplies;            // citation kinds; {"roster"} for exactly one source
  std::vector<Check> checks; // ≥ 1, all must pass
  Duration unknown_after;    // since the last successful contact
  Duration recheck_within;   // since recheck.opened
  std::set<Event> emits;
  Effect on_change = Effect::supersede;
  std::map<std::string, AttrType> attrs;
  std::optional<Names> material; // nothing: every change counts
  Names touches;                 // dimensions that each observation states values of
  int authority_rank = 1;        // 1 highest, 99 lowest
  bool operator==(const Source&) const = default;
};

// ---- exposure

struct View {
  ViewKind kind = ViewKind::omit;
  std::string grain; // of `coarsen` only
  // "show", "coarsen(day)" ...
  std::string str() const;
  bool operator==(const View&) const = default;
};

// Two grains are equally open.
constexpr bool more_open(ViewKind a, ViewKind b) {
  return a > b;
}

struct Field {
  FieldClass field_class = FieldClass::secret;
  View lane_view;
  View queue_view;
  View agent_view; // as queue_view unless said
  bool operator==(const Field&) const = default;
};

struct DetectorRule {
  OnHit on_hit = OnHit::block;
  std::optional<std::string> terms_from; // source
  bool operator==(const DetectorRule&) const = default;
};

struct Handling {
  AttrRef from;
  // value → classes that the lane may then neither show nor coarsen; another value: MIN.POLICY_STALE
  std::map<std::string, std::set<FieldClass>> forbids;
  bool operator==(const Handling&) const = default;
};

struct Annexes {
  IncludeIf include_if = IncludeIf::never;
  std::optional<std::string> promote_by; // role; with `redacted` only
  bool operator==(const Annexes&) const = default;
};

struct Exposure {
  // Pointer pattern → views. Of two that match, fewer `*` wins, then the longer; a tie is a fault.
  std::map<std::string, Field> fields;
  std::map<Detector, DetectorRule> detectors; // secret_or_token is there, and blocks
  std::optional<std::string> ruleset_source;
  std::optional<Handling> handling;
  std::optional<Annexes> annexes; // nothing: never
  bool operator==(const Exposure&) const = default;
};

// ---- lineage

struct CaseKey {
  std::vector<std::string> key; // names of Lineage::keys, in the order of the tuple
  OnEqual on_equal = OnEqual::suspected;
  bool operator==(const CaseKey&) const = default;
};

// `attr op value`: at most one of `value` and `scope`; neither with `exists`.
struct Predicate {
  std::string attr;
  Op op = Op::exists;
  std::optional<canon::Value> value; // instants as canonical text
  std::optional<std::string> scope;  // dimension: the head's value of it
  bool operator==(const Predicate&) const = default;
};

struct Trigger {
  Event event = Event::object_changed;
  std::optional<Predicate> when; // always there with `note`
  Effect effect = Effect::hold;
  bool operator==(const Trigger&) const = default;
};

struct Lineage {
  std::map<std::string, Names> keys; // name → pointers into the revision, or "scope.<dim>"
  std::vector<CaseKey> case_keys;    // in order: the first equal row decides
  Names split_roles;
  std::vector<Trigger> triggers;
  bool operator==(const Lineage&) const = default;
};

// ---- clocks

struct Due {
  DueKind kind = DueKind::retention;
  AttrRef from;                       // an instant attribute
  std::optional<std::string> compare; // another source with the same attribute
  Duration warn_before;
  AtExpiry at_expiry = AtExpiry::hold;
  std::optional<std::string> escalate_to; // with `escalate` only
  bool operator==(const Due&) const = default;
};

// Minutes since local midnight, 0-1439.
struct TimeOfDay {
  int minute = 0;
  std::string str() const; // "08:00"
  auto operator<=>(const TimeOfDay&) const = default;
};

// Open while the local time of the instant is in [from, to) on a listed day; to < from crosses
// midnight and belongs to the day on which it starts.
struct Shift {
  std::string tz; // IANA zone
  std::set<Weekday> days;
  TimeOfDay from;
  TimeOfDay to;
  bool operator==(const Shift&) const = default;
};

struct Embargo {
  bool until = true; // true: closed while now < at; false: closed from at on
  std::variant<Instant, AttrRef> at;
  bool operator==(const Embargo&) const = default;
};

struct Interval {
  Instant from;
  Instant until;
  bool operator==(const Interval&) const = default;
};

struct AttrInterval {
  std::string source;
  std::string starts_attr;
  std::string ends_attr;
  bool operator==(const AttrInterval&) const = default;
};

// Closed in [from, until).
struct Freeze {
  std::variant<Interval, AttrInterval> range;
  bool operator==(const Freeze&) const = default;
};

using Window = std::variant<Shift, Embargo, Freeze>;

struct Clocks {
  std::map<std::string, Due> due;
  std::map<std::string, Window> windows; // all must allow
  bool operator==(const Clocks&) const = default;
};

// ---- ledger (co_release)

struct ReleaseOwner {
  std::string role;
  std::optional<PersonId> principal;
  bool operator==(const ReleaseOwner&) const = default;
};

struct Ledger {
  Names categories;
  Names must_resolve;                          // subset of categories: never accepted
  std::map<std::string, std::string> sections; // section id → role that owns it
  bool contested_allowed = true;
  ReleaseOwner owner;
  bool operator==(const Ledger&) const = default;
};

// ---- holds

struct Escalation {
  Duration after; // since the hold opened; strictly rising
  std::string to; // role
  bool operator==(const Escalation&) const = default;
};

struct Override {
  Names roles;
  int count = 1; // 1-9 persons, none of them a counted signer
  Duration max_age;
  bool operator==(const Override&) const = default;
};

// What a charter tightens of one hold code; nothing where the general rule holds.
struct CodeRule {
  std::optional<Mode> mode;
  bool resign = false; // true: standing signatures fall
  std::optional<Names> clear_roles;
  std::optional<Duration> sla;
  std::vector<Escalation> escalate;    // empty: the general ones
  std::optional<Override> override_by; // FRESH.MISSING only
  bool operator==(const CodeRule&) const = default;
};

struct Holds {
  Duration visible_within;               // ≤ 10 s, latency bound of metric M-A4
  Duration sweep_every;                  // ≤ 1 h
  Duration maturity;                     // W of the metrics
  std::optional<Duration> sync_baseline; // M-B2; nothing: "not measured"
  Names clear_roles;
  Duration sla;
  std::vector<Escalation> escalate;
  std::map<std::string, CodeRule> codes; // by hold code, see charter/codes.h
  bool operator==(const Holds&) const = default;
};

// ---- admission, agents, governance

struct Admission {
  std::optional<std::int64_t> capacity; // entries not acknowledged in the window; nothing: no limit
  std::optional<Duration> window;       // with capacity
  std::vector<OrderKey> order;          // with capacity
  std::vector<std::string> severities;  // most urgent first; a label not listed comes last
  std::optional<std::string> partial_dim;
  Names partial_roles; // empty iff no partial_dim
  ReleaseOn release_on = ReleaseOn::explicit_request;
  Duration max_wait;
  std::string escalate_to;
  bool operator==(const Admission&) const = default;
};

struct Agents {
  std::set<AgentVerb> allow;
  AgentEdit edit = AgentEdit::none;
  std::set<DriftTopic> drift;                // with `propose` only
  std::optional<std::int64_t> rate_per_hour; // per agent and packet; with a non-empty `allow`
  Processor processor = Processor::none;     // `none` iff `allow` is empty
  std::optional<std::string> processor_name; // of a vendor
  bool operator==(const Agents&) const = default;
};

struct Governance {
  Names owners;
  GovernanceRule rule = GovernanceRule::all;
  std::optional<std::int64_t> n; // with n_of_m
  std::set<Section> protects;
  Duration min_notice; // may be 0
  Duration record_retention;
  Duration review_every;
  bool operator==(const Governance&) const = default;
};

// ---- the whole

inline constexpr std::int64_t vocabulary_version = 1;

struct Charter {
  std::string id; // fixed for all versions, with lane.id, flow and packet_class
  std::int64_t version = 1;
  std::string title;
  Flow flow = Flow::dispatch;
  std::string packet_class;
  Lane lane;
  std::map<std::string, Dimension> scope;
  Signers signers;
  std::map<std::string, Source> sources;
  Exposure exposure;
  Lineage lineage;
  Clocks clocks;
  std::optional<Ledger> ledger; // iff co_release
  Holds holds;
  Admission admission;
  Agents agents;
  Governance governance;
  bool operator==(const Charter&) const = default;
};

// The id of the one source that supplies the roster; empty where a faulty charter has none.
std::string roster_source(const Charter& charter);

} // namespace sallyport::charter
