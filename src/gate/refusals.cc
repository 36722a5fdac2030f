// Every code that a refusal may carry beside hold codes and wait reasons, once.
#include "charter/codes.h"
#include "gate/decide.h"

#include <algorithm>
#include <array>

namespace sallyport::gate {
namespace {

struct Row {
  std::string_view code;
  RefusalText text;
};

constexpr auto usage = RefusalClass::usage;
constexpr auto denied = RefusalClass::denied;
constexpr auto not_found = RefusalClass::not_found;
constexpr auto conflict = RefusalClass::conflict;
constexpr auto held = RefusalClass::held;

constexpr std::array rows{
    Row{"acceptance_unknown", {not_found, "there is no such act of acceptance that stands"}},
    Row{"account_exists", {conflict, "the account is there already"}},
    Row{"account_kind",
        {usage, "an account is a person's, an agent's or a service's; the latter two name their operator"}},
    Row{"account_unknown", {denied, "the account is unknown or disabled"}},
    Row{"agent_never_decides", {denied, "agents prepare and never decide"}},
    Row{"agent_rate", {denied, "the agent has done this as often as the charter lets it"}},
    Row{"agents_only", {denied, "this is for the accounts of agents"}},
    Row{"already_agreed", {conflict, "whoever raised it has agreed already"}},
    Row{"already_ratified", {conflict, "this person has ratified this charter"}},
    Row{"already_signed", {conflict, "this person has signed this manifest"}},
    Row{"annex_state", {conflict, "only a redacted annex of the present revision can be promoted"}},
    Row{"audience_opening", {usage, "the audiences are not those whose digests stand in the roster"}},
    Row{"base_unknown", {conflict, "the section never had that version"}},
    Row{"category_unknown", {usage, "the charter's ledger has no such category"}},
    Row{"charter_changed_identity",
        {usage, "a new version keeps the charter's id, lane, flow and packet class and has the next number"}},
    Row{"charter_not_honoured",
        {usage, "the charter relies on something that this version of the gate does not honour yet"}},
    Row{"charter_not_proposed", {not_found, "no such charter is proposed"}},
    Row{"charter_notice", {conflict, "the charter's notice has not passed"}},
    Row{"charter_ratifications", {denied, "the owners that the rule asks for have not all ratified"}},
    Row{"class_unknown", {usage, "the lane's charter takes another packet class"}},
    Row{"code_malformed", {usage, "a code is a short lower-case name"}},
    Row{"conflict_still_so", {held, "what contradicts each other still does"}},
    Row{"continues_unsound",
        {conflict, "only a case that the lane returned is continued, in its lane and by its own feed"}},
    Row{"correction_kind",
        {usage, "a correction is of the wrong version, the wrong audience, an over-broad scope, or other"}},
    Row{"duplicate_unsound", {conflict, "an objection is a duplicate of another open one of its category"}},
    Row{"edit_decided", {conflict, "the edit was taken or rejected"}},
    Row{"edit_exists", {conflict, "an edit has this id already"}},
    Row{"edit_malformed", {usage, "the edit is not a list of puts and removals of items and their members"}},
    Row{"edit_overtaken", {conflict, "something that the edit touches was changed after its base"}},
    Row{"edit_unknown", {not_found, "the workspace has no such edit"}},
    Row{"entry_pending", {held, "the lane has not received the entry, or not given its verdict on it"}},
    Row{"entry_unknown", {not_found, "there is no such entry"}},
    Row{"erasure_incomplete", {usage, "not every key of the unit is destroyed"}},
    Row{"erasure_ordered", {conflict, "the erasure of this unit is ordered"}},
    Row{"erasure_unknown", {not_found, "no erasure of this unit is ordered"}},
    Row{"event_unknown", {usage, "there is no such event"}},
    Row{"evidence_missing", {usage, "clearing a hold needs evidence in words"}},
    Row{"finding_confirmed", {conflict, "a confirmed finding can only be fixed"}},
    Row{"finding_malformed", {usage, "the finding's place, class or status is not one that there is"}},
    Row{"finding_still_so", {held, "no newer scan of a newer revision of the dump is without it"}},
    Row{"flag_by_agent", {denied, "agents flag, and people raise objections"}},
    Row{"flag_open", {held, "nobody has looked at what an agent flagged"}},
    Row{"flag_unknown", {not_found, "there is no such open flag"}},
    Row{"flow_other", {denied, "the lane's charter has packets come in another way"}},
    Row{"fragment_kept",
        {held, "a fragment of the packet is kept, and what says how long goes with the packet"}},
    Row{"hold_exists", {conflict, "such a hold is open already"}},
    Row{"hold_not_clearable", {denied, "a person does not end this hold; see what clears it"}},
    Row{"hold_not_overridable",
        {denied, "nobody overrides this hold: its code, the charter or its mode does not let them"}},
    Row{"hold_not_placeable", {usage, "a person does not place a hold of this code by hand"}},
    Row{"hold_opener", {denied, "whoever's act opened a hold does not clear it alone"}},
    Row{"hold_still_so", {held, "what opened the hold is still so"}},
    Row{"hold_unknown", {not_found, "the packet has no such open hold"}},
    Row{"holds_changed", {conflict, "the holds that would cross are not those that were bound"}},
    Row{"instruction_unknown", {not_found, "there is no such standing instruction"}},
    Row{"intake_fields", {usage, "a field that the lane asks for holds nothing"}},
    Row{"intake_source", {usage, "a citation names a source or kind that the lane's charter does not have"}},
    Row{"item_not_acceptable", {denied, "nobody may accept this item; it can only be fixed or resolved"}},
    Row{"item_unknown", {not_found, "the ledger has no such open item"}},
    Row{"key_class_low", {denied, "the key's class is below what the charter asks for"}},
    Row{"key_exists", {conflict, "the key is enrolled already"}},
    Row{"key_unknown", {denied, "the key is not enrolled for this person, or is not valid now"}},
    Row{"lane_state_same", {conflict, "the lane is in that state already"}},
    Row{"lane_state_unknown", {usage, "a lane is open, closed or unreachable"}},
    Row{"lane_unknown", {not_found, "no active charter has this lane"}},
    Row{"ledger_changed", {conflict, "the ledger is not the one that was seen"}},
    Row{"ledger_founded", {conflict, "the log has its genesis already"}},
    Row{"ledger_open",
        {conflict, "the duplicate's ledger has open items, which a merge would drop: resolve them first, or "
                   "merge the other way round"}},
    Row{"level_unknown", {usage, "the charter's scope has no such level"}},
    Row{"lineage_keys", {usage, "no value is found for a case key that the charter asks for"}},
    Row{"manifest_closed", {conflict, "the manifest is no longer in review"}},
    Row{"manifest_exists", {conflict, "a manifest has this id already"}},
    Row{"manifest_unknown", {not_found, "there is no such manifest of this packet"}},
    Row{"merge_self", {usage, "a packet cannot be merged into itself or into one of its own duplicates"}},
    Row{"not_a_person", {denied, "only a person may do this"}},
    Row{"not_audience", {denied, "the account is not in the bound audience, or no longer in the roster"}},
    Row{"not_owner", {denied, "only the release owner does this"}},
    Row{"not_raiser", {denied, "only whoever raised it, or gave it, ends it"}},
    Row{"not_section_owner", {denied, "only the section's owner takes or rejects its edits"}},
    Row{"object_mismatch", {usage, "the object belongs to another source"}},
    Row{"out_of_bounds", {denied, "the act is outside this workflow"}},
    Row{"packet_closed", {conflict, "the packet is closed"}},
    Row{"packet_erased", {conflict, "the packet's erasure is ordered; nothing more is said of it"}},
    Row{"packet_exists", {conflict, "the packet is there already"}},
    Row{"packet_too_large", {usage, "what the log must know of the packet does not fit into one leaf"}},
    Row{"packet_unknown", {not_found, "there is no such packet"}},
    Row{"partial_elsewhere",
        {conflict, "an element is in the packet that an earlier split opened; upstream leaves it out here"}},
    Row{"partial_lists",
        {usage, "the two lists are not the whole of the head's value, or hold less than before"}},
    Row{"partial_not_allowed", {denied, "the lane's charter has no dimension that may be split"}},
    Row{"partial_nothing_held", {conflict, "nothing holds the packet, so nothing is to be left behind"}},
    Row{"person_mismatch", {denied, "the statement names another person"}},
    Row{"precondition", {conflict, "the packet is not as it was when the caller saw it"}},
    Row{"rationale_mismatch", {usage, "the rationale is not the one that the statement names"}},
    Row{"rationale_missing", {usage, "the reason in words is missing, or is not the one that was signed"}},
    Row{"reason_missing", {usage, "this act needs a reason in words"}},
    Row{"recheck_open", {conflict, "a recheck of this packet is open"}},
    Row{"recheck_unknown", {not_found, "there is no such open recheck"}},
    Row{"rejection_code",
        {usage, "a rejection names a drift topic of the charter, or wrong, out_of_scope, "
                "conflict_not_chosen, superseded"}},
    Row{"request_exists", {conflict, "a request of this packet has this id already"}},
    Row{"request_malformed", {usage, "the id of a request is a short lower-case name"}},
    Row{"request_stands", {conflict, "a request stands for this packet; it waits for a slot"}},
    Row{"resolve_code", {usage, "an item is resolved as agreed, subject_removed or duplicate_of"}},
    Row{"retention_runs", {held, "the unit's deadline has not passed"}},
    Row{"retention_unknown", {held, "no charter on record says how long the packet is kept"}},
    Row{"revision_not_head",
        {conflict, "the revision is not the head; nothing is approved for \"the latest\""}},
    Row{"revision_stale", {conflict, "the workspace is not the one that was sealed"}},
    Row{"role_missing", {denied, "the person does not hold the role that this needs"}},
    Row{"roster_lacks",
        {held, "the roster has too few people for a role or a clearance that the charter names"}},
    Row{"roster_version",
        {conflict, "the roster's version, lane, log or predecessor does not continue the active one"}},
    Row{"scan_unknown", {not_found, "no such scan is on record"}},
    Row{"scope_missing", {denied, "the credential does not have the scope that this needs"}},
    Row{"section_foreign", {denied, "an edit of one section changes no words of another"}},
    Row{"section_role", {denied, "the section's owner does not hold its role"}},
    Row{"section_unknown", {usage, "the charter has no such section"}},
    Row{"signature_invalid", {denied, "the signature does not verify over exactly these bytes"}},
    Row{"signature_used",
        {conflict,
         "the key signed exactly this before, and that act has ended; sign with a key that counts its "
         "uses, or sign a new statement or manifest"}},
    Row{"signature_withdrawn", {conflict, "the person withdrew from this manifest; a new one can be signed"}},
    Row{"signatures_missing", {denied, "not every governance owner has signed this statement"}},
    Row{"signers_named",
        {usage, "the named signers, with the release owner, do not fill the places exactly"}},
    Row{"source_unknown", {not_found, "there is no such source"}},
    Row{"stance_unknown", {usage, "an instruction is to include or to exclude"}},
    Row{"statement_malformed", {usage, "the statement is not of the form that this act asks for"}},
    Row{"step_unknown", {usage, "the step is not one that the charter stops before"}},
    Row{"subject_malformed", {usage, "the subject is no pointer into the packet"}},
    Row{"subject_stays",
        {denied, "only an item about something of the content, and no conflict, ends because that has left"}},
    Row{"subject_still_there", {conflict, "what an item was resolved for having left is still there"}},
    Row{"subject_unknown", {not_found, "the packet has nothing that the subject names"}},
    Row{"substitute_not_allowed", {denied, "the charter lets nobody stand in for this role"}},
    Row{"substitute_not_asked", {conflict, "the manifest names no such substitute"}},
    Row{"substitute_not_needed", {conflict, "a holder of the role can sign"}},
    Row{"text_control", {usage, "the text has a control character"}},
    Row{"text_secret", {usage, "the text holds what looks like a secret; nothing of it was kept"}},
    Row{"text_unscanned", {usage, "the text cannot be looked through for secrets; say it plainly"}},
    Row{"token_unknown", {not_found, "there is no such token"}},
    Row{"unit_erased", {conflict, "the fragment was erased; nothing is sealed with it again"}},
    Row{"unit_needed", {held, "an open packet needs the unit"}},
    Row{"unit_unknown", {not_found, "the revisions that were brought do not show the unit"}},
    Row{"validity_seconds", {usage, "keys and grants are valid from and until whole seconds"}},
    Row{"verb_not_allowed", {denied, "the charter does not let agents do this"}},
    Row{"verdict_given", {conflict, "the entry has a final verdict"}},
    Row{"verdict_unknown", {usage, "the charter's lane has no such verdict"}},
    Row{"window_moved", {conflict, "an instant of a window is not the one that was bound"}},
    Row{"wording_malformed", {usage, "the wording is not one of this item"}},
    Row{"workspace_none", {conflict, "the packet is not one that people write together"}},
};
static_assert(std::ranges::is_sorted(rows, {}, &Row::code));

} // namespace

RefusalText refusal_text(std::string_view code) {
  const auto at = std::ranges::lower_bound(rows, code, {}, &Row::code);
  if (at != rows.end() && at->code == code) {
    return at->text;
  }
  if (code == "LINE.SUPERSEDED" || code == "LINE.FORK" || code == "LANE.MISMATCH") {
    return {conflict, charter::find_hold_code(code)->means};
  }
  if (code == "SIGN.CONFLICT") {
    return {denied, charter::find_hold_code(code)->means};
  }
  if (const charter::HoldCode* hold = charter::find_hold_code(code)) {
    return {held, hold->means};
  }
  if (charter::is_wait_reason(code)) {
    return {held, "the packet waits"};
  }
  return {usage, "it is not taken"};
}

} // namespace sallyport::gate
