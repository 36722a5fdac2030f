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
             "Nobody of the audience could read the lane",
             "No member of the lane's audience has every clearance that is asked for, or the lane has no "
             "active roster",
             "The owners activate a roster with such a member, and a new manifest is drafted over it"},
    HoldCode{"AUD.EXCEEDS", B, manifest, voided, audience_scope, false,
             "A reader would get more than they are cleared for",
             "The manifest's audience holds a person whom the lane would not admit now: a clearance was "
             "lost, or the cited classification asks for more",
             "A new manifest is drafted; its audience is cut again by the roster and the charter"},
    HoldCode{"AUD.ROSTER_DRIFT", B, manifest, voided, audience_scope, false,
             "The roster is not the one that was bound",
             "The directory adds or removes a person of the bound audience, or another roster was activated "
             "after the manifest was drafted",
             "The directory is put right or the owners activate the new roster, and a new manifest is "
             "drafted over it"},
    HoldCode{
        "AUD.UNKNOWN", B, evaluation, stay_if_same, audience_scope, false,
        "Who may read the lane cannot be told",
        "The source of the roster is silent for `unknown_after`, or a cited value has no row in "
        "`lane.clearance_by.needs`",
        "The directory answers again; or upstream cites a known value, or the charter gets a row for it"},
    HoldCode{
        "FRESH.CHANGED", B, revision, voided, freshness, false, "A source now differs from what was cited",
        "A `digest` or `pin` check finds another content than the one that was sealed, or the object is gone",
        "Upstream seals a new revision over what the source says now"},
    HoldCode{"FRESH.CLOCK", B, person, voided, freshness, false, "The clock of a source cannot be right",
             "A source dates an answer after its arrival, or gives two contents for one instant",
             "A person looks at the source's clock and clears the hold with what was found"},
    HoldCode{"FRESH.EXPIRED", B, revision, voided, freshness, false,
             "A citation is past the end of its validity",
             "A `valid_until` check or a due clock of kind validity is reached",
             "Upstream seals a revision that cites something still valid"},
    HoldCode{"FRESH.MISSING", V, evaluation | revision, stay_if_same, freshness, true,
             "A required kind of citation is absent",
             "The head cites no object of a kind in `lane.citations`, or a `present` check counts too few",
             "The object appears at the source, or upstream seals a revision that cites one; else "
             "`holds.codes.\"FRESH.MISSING\".override` for one manifest"},
    HoldCode{"FRESH.STALE", B, evaluation | revision, stay, freshness, false,
             "A citation is older than its limit",
             "A `max_age` check: now is `limit` or more after what the source's answer is complete through",
             "The source answers again with the same content and a later watermark; with other content, a "
             "new revision"},
    HoldCode{"FRESH.UNKNOWN", B, evaluation | revision, stay, freshness, false,
             "A source is silent, or does not say what is asked of it",
             "A source is silent for `unknown_after`, was never asked, or leaves out an attribute that a "
             "check or a clock reads",
             "The source answers, with the same content; with other content, a new revision"},
    HoldCode{"GOV.CHARTER", B, manifest, voided, none, false, "The charter changed",
             "A version of the charter was activated while a manifest was in review or authorised",
             "A person submits a manifest under the active version"},
    HoldCode{"GOV.MANUAL", B, person, voided, none, false, "A person stopped the packet",
             "A person stops the packet, with a reason",
             "A person decides that the reason is gone; not the one who opened it, where somebody else may"},
    HoldCode{
        "GOV.OUT_OF_BOUNDS", B, person, voided, none, false,
        "A step was asked for that this lane never takes",
        "A person escalates that an act of `lane.stop_before` was asked for",
        "A person confirms that the act was not taken; not the one who escalated, where somebody else may"},
    HoldCode{"GOV.OWNER_AMBIGUOUS", B, person, voided, none, false, "It is not clear who owns the release",
             "Two persons could be the release owner of `ledger.owner`",
             "A person says who owns this release"},
    HoldCode{"LANE.BOUNDARY", B, person | manifest, voided, audience_scope, false,
             "The manifest passes what the lane allows",
             "The manifest names an audience, a lane or a dimension that the charter does not have",
             "A new manifest inside the charter's boundary"},
    HoldCode{"LANE.METADATA", B, person | manifest, voided, none, false,
             "Something that must be bound is absent",
             "The roster does not name the lane's audience or enough holders of a signer's role, or the "
             "manifest lacks a value that must be bound",
             "The owners activate a roster that has them, or a new manifest says what was absent"},
    HoldCode{"LANE.MISMATCH", B, person | manifest, voided, none, false, "Another lane is named",
             "Upstream, the manifest or a request names another lane than the charter's",
             "Upstream corrects the lane, or a new manifest names it"},
    HoldCode{"LEDG.CLAIM_UNLINKED", B, revision, voided, none, false,
             "A claim has no citation and is not marked contested",
             "A claim of the head has no citation and is not marked contested, or `ledger.contested_allowed` "
             "is false",
             "The next revision links the claim or marks it contested"},
    HoldCode{"LEDG.INSTRUCTION_CONFLICT", L, acceptance, voided, none, false,
             "Two instructions contradict each other",
             "Two standing instructions about one subject say the contrary",
             "One of them is withdrawn, or the item is resolved or accepted"},
    HoldCode{"LEDG.LOST", B, revision, voided, none, false, "An item disappeared without an act that ends it",
             "An item of an earlier ledger is not in the one that was sealed, and no act ended it",
             "The next revision carries the item again"},
    HoldCode{"LEDG.UNADDRESSED", L, acceptance, voided, none, false, "An objection is open",
             "A person raises an objection and it is not yet resolved, withdrawn or accepted",
             "It is resolved, withdrawn by whoever raised it, or accepted; a category of "
             "`ledger.must_resolve` cannot be accepted"},
    HoldCode{"LEDG.UNOWNED", B, revision, voided, none, false, "A section has no owner",
             "A section of the head has no person with the role of `ledger.sections`",
             "The next revision is sealed with an owner for every section"},
    HoldCode{"LINE.CHANGED", B, revision, voided, none, false, "Something material happened",
             "An event concerns the packet and its row in `lineage.triggers` says hold or supersede, or it "
             "has no row; or a cited object differs and `on_change` of its source is supersede",
             "Upstream seals a revision that takes the event into account"},
    HoldCode{"LINE.DIGEST_MISMATCH", B, revision, voided, none, false, "Bytes are not those that were sealed",
             "The same upstream revision arrives with other bytes, or the bytes of a part are not those of "
             "its hash",
             "Upstream sends a revision with a number of its own, over the right bytes"},
    HoldCode{"LINE.DUP_PENDING", B, special, voided, none, false, "Another packet may be the same case",
             "A packet of the lane has the same values as another for a row of `lineage.case_keys`",
             "A merge of the two, or a split signed by a person of `lineage.split_roles`; a mere suspicion "
             "may also be dismissed with a rationale. Against a packet that has crossed, the lane's verdict"},
    HoldCode{"LINE.DUP_SPLIT", B, special, voided, none, false, "A split of two packets has no rationale",
             "Two packets of one case were split and no rationale stands for it",
             "A person of `lineage.split_roles` signs a rationale, or merges the two"},
    HoldCode{"LINE.FORK", B, person, voided, none, false, "Two revisions claim to be the head",
             "A revision comes from another submitter, or names another predecessor or number than the head",
             "A person decides who continues the packet, and says why"},
    HoldCode{"LINE.SUPERSEDED", B, revision, voided, none, false, "A newer revision exists",
             "The head is spent: a newer revision, a merge or a trigger of effect supersede ended it",
             "Upstream seals the next revision"},
    HoldCode{"MIN.ANNEX", B, revision | special, voided, minimization, false,
             "An annex is not redacted and promoted",
             "An annex is in the head that is neither redacted and promoted nor left out, as "
             "`exposure.annexes` says",
             "A person of `promote_by` signs the promotion of the redacted annex, or the next revision "
             "leaves it out"},
    HoldCode{"MIN.FIELD", B, revision, voided, minimization, false, "A field is more open than its view",
             "A value is more open than the view of its field, its class is closed by `exposure.handling`, "
             "or a blocking detector hits",
             "Upstream seals a revision with the field coarser, as a pseudonym, or without it"},
    HoldCode{"MIN.FINDING", L, acceptance, voided, minimization, false,
             "The scan found what may identify somebody", "A detector with `on_hit = \"finding\"` hits",
             "In co_release the item is accepted, or closed by a person after a new scan; in dispatch, and "
             "for a confirmed leak, a new revision without it"},
    HoldCode{"MIN.POLICY_STALE", B, revision | special, voided, minimization, false,
             "The head was sealed under another recipe or ruleset",
             "The head lacks a form that the lane's view asks for, was scanned under another ruleset, or "
             "cites a handling value without a row",
             "Upstream seals again from what is stored, under the current recipe and ruleset"},
    HoldCode{"MIN.SECRET", B, revision, voided, minimization, false, "The content held a secret",
             "Upstream sent a secret; it was replaced before sealing and is not stored",
             "Upstream sends a revision without it, and the secret is revoked where it is valid"},
    HoldCode{"MIN.UNSCANNED", B, revision | special, voided, minimization, false, "The head was not scanned",
             "A part of the head was not scanned, or not to its end",
             "The scan is finished, or upstream sends a revision that can be scanned whole"},
    HoldCode{"SCOPE.DRIFT", B, revision, voided, audience_scope, false,
             "What the scope is mapped to has moved on",
             "What a dimension of type snapshot is mapped to has another digest now, or the manifest's scope "
             "is no more the head's",
             "Upstream seals a revision over what the source says now"},
    HoldCode{"SCOPE.EXCEEDS", B, revision, voided, audience_scope, false, "Something lies outside the scope",
             "A cited object touches a value outside the head's scope, or the head states one outside `max`",
             "Upstream declares the wider scope, where the charter allows it, or takes the object out"},
    HoldCode{
        "SCOPE.PARTIAL", B, revision | special, voided, audience_scope, false,
        "These elements were held back from a split",
        "A partial release left these elements behind, in a packet of their own",
        "Upstream seals the remainder's own revision, or a person of `admission.partial_roles` splits again"},
    HoldCode{"SCOPE.UNDEFINED", B, revision, voided, audience_scope, false,
             "A scope value cannot be resolved",
             "A required dimension is empty, a value is not known at its source, or an observation does not "
             "state what it touches",
             "Upstream declares a value that the source knows, in a new revision"},
    HoldCode{"SIGN.CONFLICT", B, manifest, voided, none, false, "Duties that must be apart came together",
             "A person who signed plays a part or holds a role of `signers.not_also`",
             "A new manifest, signed by others"},
    HoldCode{"SIGN.ROLE_LAPSED", B, manifest, voided, none, false, "A signer no longer holds the role",
             "A signer no longer holds the role with which they signed",
             "A new manifest, over the roster as it is"},
    HoldCode{"SIGN.SUBSTITUTE", B, special, voided, none, false, "A substitute waits to be ratified",
             "The manifest names a substitute for a required role, by `signers.substitute`",
             "A person of `ratified_by`, neither the substitute nor the drafter, signs the substitution"},
    HoldCode{"STATE.CONFLICT", L, evaluation | acceptance, voided, none, false, "Two sources disagree",
             "An `agree` check or `compare` finds two sources that differ about the same object",
             "The sources agree again; or, where one has a higher rank, the item is accepted"},
    HoldCode{"STATE.LEGAL_HOLD", B, evaluation, voided, none, false, "A legal hold forbids it",
             "A `state` check with this code is not true", "The source says that the legal hold is lifted"},
    HoldCode{"STATE.PREREQ", B, evaluation, voided, none, false, "A condition is not met",
             "A `state` check is not true of a cited object", "The source says that the condition is met"},
    HoldCode{"STATE.RESIDENCY", B, evaluation, voided, none, false, "Data would leave where it must stay",
             "A `state` check with this code is not true", "The source says that the data may go there"},
    HoldCode{"SYS.AUDIT", B, person, voided, none, false, "The log cannot be written",
             "An act could not be written to the log", "A person repairs the store, and says what was found"},
    HoldCode{"SYS.INTEGRITY", B, person, voided, none, false, "Stored bytes do not verify",
             "Stored bytes, a manifest or the chain of the log do not verify",
             "A person finds out what happened to the bytes; nothing is released before"},
    HoldCode{"SYS.RECHECK", B, evaluation, stay, none, false, "The recheck got no complete answer in time",
             "A source did not answer the recheck within `recheck_within`, or the recheck was interrupted",
             "The source answers again, and somebody requests the release again"},
    HoldCode{"TIME.CLOCK_NEAR", V, evaluation, stay_if_same, none, false, "A due instant is near",
             "Now is `warn_before` or `lead` before a due instant; with `at_expiry = \"hold\"` it blocks "
             "once the instant is reached",
             "The source names a later instant"},
    HoldCode{"TIME.EMBARGO", B, evaluation, stay_if_same, none, false, "An embargo is in force",
             "Now is before an embargo_until, or at or after an embargo_after",
             "The instant passes, or the charter or the source names another"},
    HoldCode{"TIME.RETENTION_CONFLICT", L, evaluation | acceptance, voided, none, false,
             "Two registries name different retention dates",
             "The two sources of a retention clock name different instants",
             "They agree again, or the item is accepted"},
    HoldCode{"TIME.RETENTION_EXPIRED", B, revision, voided, none, false, "A part is past its retention date",
             "A due clock of kind retention is reached", "Upstream seals a revision without the part"},
};
static_assert(std::ranges::is_sorted(table, {}, &HoldCode::code));

// In the order of wait_reasons.
constexpr std::array waits{
    WaitReason{"SIGN.MISSING", "The manifest is not yet signed by everybody who must sign",
               "A manifest is submitted, or a hold made standing signatures void",
               "The missing signatures over exactly its bytes",
               "The signers whom the manifest names as eligible"},
    WaitReason{"SIGN.REFUSED", "A signer refused the manifest", "A signer refuses, with a code and a reason",
               "A new manifest, signed", "Whoever drafts it, then the signers"},
    WaitReason{"SIGN.WITHDRAWN", "A signer took the signature back", "A signer withdraws before the release",
               "Another signature of the same or another eligible person", "The signers"},
    WaitReason{"SIGN.EXPIRED", "A signature is older than `signers.valid_for`",
               "The time passes before the release", "A signature made anew", "The signers"},
    WaitReason{
        "LANE.CAPACITY",
        "The lane has no free slot: `admission.capacity` entries of the last `admission.window` are not "
        "acknowledged",
        "The lane's last slot is taken by a release",
        "The lane acknowledges an entry: the first standing request in the charter's order gets the slot. "
        "When "
        "an entry leaves the window, the next request in the lane gives the slot away",
        "The lane, and whoever requests the release"},
    WaitReason{"LANE.CLOSED", "The lane takes nothing now", "The lane's steward says that it is closed",
               "The steward opens it; then the release is requested again",
               "The lane's steward, then whoever requests the release"},
    WaitReason{"LANE.UNREACHABLE", "What is released cannot be delivered",
               "The lane's steward says that its receiver does not answer",
               "The steward says that it answers; then the release is requested again",
               "The lane's steward, then whoever requests the release"},
    WaitReason{"TIME.WINDOW", "It is outside a shift or inside a freeze of `clocks.windows`",
               "A release is requested at such a time, or a window has no value",
               "The window opens; then the release is requested again. No clock releases anything",
               "Whoever requests the release"},
    WaitReason{"RELEASE.REQUEST", "Everything is met, and nobody has asked for the release",
               "The charter wants a request, or the packet had to wait after its last signature",
               "The release is requested", "A person who takes part in the packet, or may sign it"},
    WaitReason{"RELEASE.RECHECK", "The sources are asked once more before it crosses",
               "A release was requested, or the last signature was given",
               "Every source answers, or the time for it runs out", "Nobody; the sources"},
};
static_assert(std::ranges::equal(waits, wait_reasons, {}, &WaitReason::code));

} // namespace

std::span<const HoldCode> hold_codes() {
  return table;
}

const HoldCode* find_hold_code(std::string_view code) {
  const auto* at = std::ranges::lower_bound(table, code, {}, &HoldCode::code);
  return at != table.end() && at->code == code ? at : nullptr;
}

std::span<const WaitReason> wait_reason_table() {
  return waits;
}

bool is_wait_reason(std::string_view code) {
  return std::ranges::find(wait_reasons, code) != wait_reasons.end();
}

} // namespace sallyport::charter
