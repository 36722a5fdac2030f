#include "charter/codes.h"

#include <algorithm>
#include <array>

namespace sallyport::charter {
namespace {

using clear::acceptance;
using clear::evaluation;
using clear::manifest;
using clear::person;
using clear::revision;
using clear::special;
using enum Standing;
using enum HoldGroup;

constexpr Mode V = Mode::visible;
constexpr Mode L = Mode::until_accepted;
constexpr Mode B = Mode::blocking;

constexpr std::array table{
    HoldCode{"AUD.EMPTY", B, manifest, voided, audience_scope, false,
             "Nobody of the audience could read the lane"},
    HoldCode{"AUD.EXCEEDS", B, manifest, voided, audience_scope, false,
             "A reader would get more than they are cleared for"},
    HoldCode{"AUD.ROSTER_DRIFT", B, manifest, voided, audience_scope, false,
             "The roster is not the one that was bound"},
    HoldCode{"AUD.UNKNOWN", B, evaluation, stay_if_same, audience_scope, false,
             "Who may read the lane cannot be told"},
    HoldCode{"FRESH.CHANGED", B, revision, voided, freshness, false,
             "A source now differs from what was cited"},
    HoldCode{"FRESH.CLOCK", B, person, voided, freshness, false, "The clock of a source cannot be right"},
    HoldCode{"FRESH.EXPIRED", B, revision, voided, freshness, false,
             "A citation is past the end of its validity"},
    HoldCode{"FRESH.MISSING", V, evaluation | revision, stay_if_same, freshness, true,
             "A required kind of citation is absent"},
    HoldCode{"FRESH.STALE", B, evaluation | revision, stay, freshness, false,
             "A citation is older than its limit"},
    HoldCode{"FRESH.UNKNOWN", B, evaluation | revision, stay, freshness, false,
             "A source is silent, or does not say what is asked of it"},
    HoldCode{"GOV.CHARTER", B, manifest, voided, none, false, "The charter changed"},
    HoldCode{"GOV.MANUAL", B, person, voided, none, false, "A person stopped the packet"},
    HoldCode{"GOV.OUT_OF_BOUNDS", B, person, voided, none, false,
             "A step was asked for that this lane never takes"},
    HoldCode{"GOV.OWNER_AMBIGUOUS", B, person, voided, none, false, "It is not clear who owns the release"},
    HoldCode{"LANE.BOUNDARY", B, person | manifest, voided, audience_scope, false,
             "The manifest passes what the lane allows"},
    HoldCode{"LANE.METADATA", B, person | manifest, voided, none, false,
             "Something that must be bound is absent"},
    HoldCode{"LANE.MISMATCH", B, person | manifest, voided, none, false, "Another lane is named"},
    HoldCode{"LEDG.CLAIM_UNLINKED", B, revision, voided, none, false,
             "A claim has no citation and is not marked contested"},
    HoldCode{"LEDG.INSTRUCTION_CONFLICT", L, acceptance, voided, none, false,
             "Two instructions contradict each other"},
    HoldCode{"LEDG.LOST", B, revision, voided, none, false,
             "An item disappeared without an act that ends it"},
    HoldCode{"LEDG.UNADDRESSED", L, acceptance, voided, none, false, "An objection is open"},
    HoldCode{"LEDG.UNOWNED", B, revision, voided, none, false, "A section has no owner"},
    HoldCode{"LINE.CHANGED", B, revision, voided, none, false, "Something material happened"},
    HoldCode{"LINE.DIGEST_MISMATCH", B, revision, voided, none, false,
             "Bytes are not those that were sealed"},
    HoldCode{"LINE.DUP_PENDING", B, special, voided, none, false, "Another packet may be the same case"},
    HoldCode{"LINE.DUP_SPLIT", B, special, voided, none, false, "A split of two packets has no rationale"},
    HoldCode{"LINE.FORK", B, person, voided, none, false, "Two revisions claim to be the head"},
    HoldCode{"LINE.SUPERSEDED", B, revision, voided, none, false, "A newer revision exists"},
    HoldCode{"MIN.ANNEX", B, revision | special, voided, minimization, false,
             "An annex is not redacted and promoted"},
    HoldCode{"MIN.FIELD", B, revision, voided, minimization, false, "A field is more open than its view"},
    HoldCode{"MIN.FINDING", L, acceptance, voided, minimization, false,
             "The scan found what may identify somebody"},
    HoldCode{"MIN.POLICY_STALE", B, revision | special, voided, minimization, false,
             "The head was sealed under another recipe or ruleset"},
    HoldCode{"MIN.SECRET", B, revision, voided, minimization, false, "The content held a secret"},
    HoldCode{"MIN.UNSCANNED", B, revision | special, voided, minimization, false, "The head was not scanned"},
    HoldCode{"SCOPE.DRIFT", B, revision, voided, audience_scope, false,
             "What the scope is mapped to has moved on"},
    HoldCode{"SCOPE.EXCEEDS", B, revision, voided, audience_scope, false, "Something lies outside the scope"},
    HoldCode{"SCOPE.PARTIAL", B, revision | special, voided, audience_scope, false,
             "These elements were held back from a split"},
    HoldCode{"SCOPE.UNDEFINED", B, revision, voided, audience_scope, false,
             "A scope value cannot be resolved"},
    HoldCode{"SIGN.CONFLICT", B, manifest, voided, none, false, "Duties that must be apart came together"},
    HoldCode{"SIGN.ROLE_LAPSED", B, manifest, voided, none, false, "A signer no longer holds the role"},
    HoldCode{"SIGN.SUBSTITUTE", B, special, voided, none, false, "A substitute waits to be ratified"},
    HoldCode{"STATE.CONFLICT", L, evaluation | acceptance, voided, none, false, "Two sources disagree"},
    HoldCode{"STATE.LEGAL_HOLD", B, evaluation, voided, none, false, "A legal hold forbids it"},
    HoldCode{"STATE.PREREQ", B, evaluation, voided, none, false, "A condition is not met"},
    HoldCode{"STATE.RESIDENCY", B, evaluation, voided, none, false, "Data would leave where it must stay"},
    HoldCode{"SYS.AUDIT", B, person, voided, none, false, "The log cannot be written"},
    HoldCode{"SYS.INTEGRITY", B, person, voided, none, false, "Stored bytes do not verify"},
    HoldCode{"SYS.RECHECK", B, evaluation, stay, none, false, "The recheck got no complete answer in time"},
    HoldCode{"TIME.CLOCK_NEAR", V, evaluation, stay_if_same, none, false, "A due instant is near"},
    HoldCode{"TIME.EMBARGO", B, evaluation, stay_if_same, none, false, "An embargo is in force"},
    HoldCode{"TIME.RETENTION_CONFLICT", L, evaluation | acceptance, voided, none, false,
             "Two registries name different retention dates"},
    HoldCode{"TIME.RETENTION_EXPIRED", B, revision, voided, none, false, "A part is past its retention date"},
};
static_assert(std::ranges::is_sorted(table, {}, &HoldCode::code));

} // namespace

std::span<const HoldCode> hold_codes() {
  return table;
}

const HoldCode* find_hold_code(std::string_view code) {
  const auto* at = std::ranges::lower_bound(table, code, {}, &HoldCode::code);
  return at != table.end() && at->code == code ? at : nullptr;
}

bool is_wait_reason(std::string_view code) {
  return std::ranges::find(wait_reasons, code) != wait_reasons.end();
}

} // namespace sallyport::charter
