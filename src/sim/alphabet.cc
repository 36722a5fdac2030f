#include "sim/alphabet.h"

#include "sim/acts.h"

#include <algorithm>
#include <array>

namespace sallyport::sim {
namespace {

using namespace acts;

void help(Town& town, Slot slot, Draw& draw) {
  town.help(slot, draw);
}

template <Stage to> void bring(Town& town, Slot slot, Draw& draw) {
  town.bring(slot, to, draw);
}

constexpr std::array rows{
    Row{"help", 500, false, help},
    Row{"submit", 4, false, submit},
    Row{"revise", 10, false, revise},
    Row{"mismatch", 2, false, mismatch},
    Row{"withdraw", 3, false, withdraw},
    Row{"merge", 5, false, merge},
    Row{"promote", 10, false, promote},
    Row{"change_thing", 20, false, change_thing, true},
    Row{"heal", 20, false, heal, true},
    Row{"observe", 30, false, observe},
    Row{"write_letter", 10, false, write_letter},
    Row{"deliver_letter", 12, false, deliver_letter},
    Row{"deliver_twice", 8, false, deliver_twice},
    Row{"fail_source", 8, true, fail_source},
    Row{"silence", 4, false, silence, true},
    Row{"skew", 3, false, skew, true},
    Row{"fall_behind", 3, false, fall_behind, true},
    Row{"wrong_answer", 4, false, wrong_answer},
    Row{"answer_behind", 2, false, answer_behind},
    Row{"answer_otherwise", 6, false, answer_otherwise},
    Row{"report", 8, false, report},
    Row{"ask", 3, false, ask},
    Row{"tick", 16, true, tick},
    Row{"tick_to_deadline", 10, true, tick_to_deadline},
    Row{"tick_to_edge", 6, true, tick_to_edge},
    Row{"clock_back", 3, true, clock_back},
    Row{"change_roster", 3, true, change_roster},
    Row{"change_directory", 4, false, change_directory},
    Row{"directory_ahead", 4, false, directory_ahead},
    Row{"add_account", 2, false, add_account},
    Row{"disable_account", 3, true, disable_account},
    Row{"replace_key", 2, true, replace_key},
    Row{"token", 2, false, token},
    Row{"configure_source", 1, true, configure_source},
    Row{"propose", 1, false, propose},
    Row{"ratify", 3, false, ratify},
    Row{"activate", 2, true, activate},
    Row{"adopt", 1, true, adopt},
    Row{"clear", 12, false, clear},
    Row{"draft", 6, false, draft},
    Row{"submit_manifest", 6, false, submit_manifest},
    Row{"sign", 20, false, sign},
    Row{"sign_other", 5, false, sign_other},
    Row{"sign_borrowed", 4, false, sign_borrowed},
    Row{"sign_by_agent", 4, false, sign_by_agent},
    Row{"sign_wrong", 4, false, sign_wrong},
    Row{"sign_anew", 3, false, sign_anew},
    Row{"withdraw_signature", 8, true, withdraw_signature},
    Row{"refuse_manifest", 4, true, refuse_manifest},
    Row{"place_hold", 3, true, place_hold},
    Row{"override_hold", 8, false, override_hold},
    Row{"ratify_substitute", 6, false, ratify_substitute},
    Row{"holders_leave", 3, true, holders_leave},
    Row{"holders_return", 2, false, holders_return},
    Row{"split", 5, false, split},
    Row{"dismiss", 5, false, dismiss},
    Row{"split_scope", 8, false, split_scope},
    Row{"close_lane", 2, true, close_lane},
    Row{"open_lane", 3, false, open_lane},
    Row{"correct", 2, false, correct},
    Row{"notice", 2, false, notice},
    Row{"request", 12, false, request},
    Row{"commit", 16, false, commit},
    Row{"expire", 4, true, expire},
    Row{"expire_other", 1, true, expire_other},
    Row{"deliver", 8, false, deliver},
    Row{"acknowledge", 10, false, acknowledge},
    Row{"verdict", 6, false, verdict},
    Row{"order_erasure", 8, false, order_erasure},
    Row{"confirm_erasure", 4, false, confirm_erasure},
    Row{"hold_for_court", 3, false, hold_for_court},
    Row{"lift_court_hold", 4, false, lift_court_hold},
    Row{"refuse_attempt", 3, true, refuse_attempt},
    Row{"journal", 1, true, journal},
    Row{"send_again", 12, false, send_again},
    Row{"spoil_manifest", 4, false, spoil_manifest},
    Row{"spoil_content", 3, false, spoil_content},
    Row{"to_open", 0, false, bring<Stage::open>},
    Row{"to_in_review", 0, false, bring<Stage::in_review>},
    Row{"to_signed_once", 0, false, bring<Stage::signed_once>},
    Row{"to_authorised", 0, false, bring<Stage::authorised>},
    Row{"to_recheck", 0, false, bring<Stage::recheck>},
    Row{"to_answered", 0, false, bring<Stage::answered>},
    Row{"to_released", 0, false, bring<Stage::released>},
    Row{"to_overridden", 0, false, to_overridden},
    Row{"to_substitute", 0, false, to_substitute},
    Row{"to_duplicate", 0, false, to_duplicate},
    Row{"to_partial", 0, false, to_partial},
    Row{"to_standing", 0, false, to_standing},
    Row{"to_crowded", 0, false, to_crowded},
    Row{"to_aged", 0, false, to_aged},
    Row{"to_due", 0, false, to_due},
    Row{"propose_edit", 42, false, propose_edit, false, true},
    Row{"accept_edit", 30, false, accept_edit, false, true},
    Row{"reject_edit", 12, false, reject_edit, false, true},
    Row{"assign_section", 9, false, assign_section, false, true},
    Row{"request_symbols", 6, false, request_symbols, false, true},
    Row{"raise_flag", 9, false, raise_flag, false, true},
    Row{"dismiss_flag", 6, false, dismiss_flag, false, true},
    Row{"raise_item", 21, false, raise_item, false, true},
    Row{"open_finding", 9, false, open_finding, false, true},
    Row{"judge_finding", 6, false, judge_finding, false, true},
    Row{"answer_item", 9, false, answer_item, false, true},
    Row{"agree_item", 9, false, agree_item, false, true},
    Row{"withdraw_item", 18, false, withdraw_item, false, true},
    Row{"resolve_items", 15, false, resolve_items, false, true},
    Row{"instruct", 12, false, instruct, false, true},
    Row{"withdraw_instruction", 9, false, withdraw_instruction, false, true},
    Row{"offer_words", 12, false, offer_words, false, true},
    Row{"accept_items", 48, false, accept_items, false, true},
    Row{"withdraw_acceptance", 15, true, withdraw_acceptance, false, true},
    Row{"to_two_edits", 0, false, to_two_edits, false, true},
    Row{"to_disputed", 0, false, to_disputed, false, true},
};

constexpr std::array pairs{
    Conflict{"sign", "sign", "to_signed_once"},
    Conflict{"sign", "revise", "to_signed_once"},
    Conflict{"sign", "change_roster", "to_in_review"},
    Conflict{"sign", "change_roster", "to_signed_once"},
    Conflict{"sign", "adopt", "to_in_review"},
    Conflict{"sign", "adopt", "to_signed_once"},
    Conflict{"sign", "replace_key", "to_signed_once"},
    Conflict{"sign", "disable_account", "to_signed_once"},
    Conflict{"sign", "withdraw_signature", "to_signed_once"},
    Conflict{"sign", "refuse_manifest", "to_signed_once"},
    Conflict{"sign", "submit_manifest", "to_signed_once"},
    Conflict{"sign", "promote", "to_signed_once"},
    Conflict{"sign", "change_thing", "to_signed_once"},
    Conflict{"sign", "merge", "to_signed_once"},
    Conflict{"sign", "withdraw", "to_signed_once"},
    Conflict{"sign", "report", "to_signed_once"},
    Conflict{"sign", "tick_to_deadline", "to_signed_once"},
    Conflict{"request", "revise", "to_authorised"},
    Conflict{"request", "withdraw_signature", "to_authorised"},
    Conflict{"request", "change_thing", "to_authorised"},
    Conflict{"request", "tick_to_deadline", "to_authorised"},
    Conflict{"request", "request", "to_authorised"},
    Conflict{"commit", "revise", "to_answered"},
    Conflict{"commit", "merge", "to_answered"},
    Conflict{"commit", "withdraw", "to_answered"},
    Conflict{"commit", "withdraw_signature", "to_answered"},
    Conflict{"commit", "refuse_manifest", "to_answered"},
    Conflict{"commit", "submit_manifest", "to_answered"},
    Conflict{"commit", "change_roster", "to_answered"},
    Conflict{"commit", "change_directory", "to_answered"},
    Conflict{"commit", "adopt", "to_answered"},
    Conflict{"commit", "replace_key", "to_answered"},
    Conflict{"commit", "disable_account", "to_answered"},
    Conflict{"commit", "change_thing", "to_answered"},
    Conflict{"commit", "wrong_answer", "to_answered"},
    Conflict{"commit", "answer_behind", "to_aged"},
    Conflict{"commit", "answer_otherwise", "to_answered"},
    Conflict{"commit", "report", "to_answered"},
    Conflict{"commit", "promote", "to_answered"},
    Conflict{"commit", "fail_source", "to_answered"},
    Conflict{"commit", "tick_to_deadline", "to_answered"},
    Conflict{"commit", "expire", "to_answered"},
    Conflict{"commit", "commit", "to_answered"},
    Conflict{"commit", "submit", "to_answered"},
    Conflict{"commit", "mismatch", "to_answered"},
    Conflict{"commit", "configure_source", "to_answered"},
    Conflict{"to_answered", "directory_ahead", "to_recheck"},
    Conflict{"observe", "expire", "to_recheck"},
    Conflict{"observe", "fail_source", "to_recheck"},
    Conflict{"observe", "deliver_twice", "to_recheck"},
    Conflict{"deliver", "acknowledge", "to_released"},
    Conflict{"acknowledge", "change_roster", "to_released"},
    Conflict{"acknowledge", "verdict", "to_released"},
    Conflict{"clear", "change_thing", "to_open"},
    Conflict{"override_hold", "tick_to_deadline", "to_overridden"},
    Conflict{"override_hold", "sign", "to_overridden"},
    Conflict{"commit", "tick_to_deadline", "to_overridden"},
    Conflict{"override_hold", "submit_manifest", "to_in_review"},
    Conflict{"override_hold", "change_roster", "to_in_review"},
    Conflict{"ratify_substitute", "holders_return", "to_substitute"},
    Conflict{"ratify_substitute", "tick_to_deadline", "to_substitute"},
    Conflict{"sign", "holders_return", "to_substitute"},
    Conflict{"sign", "ratify_substitute", "to_substitute"},
    Conflict{"sign", "place_hold", "to_signed_once"},
    Conflict{"request", "place_hold", "to_authorised"},
    Conflict{"commit", "place_hold", "to_answered"},
    Conflict{"clear", "place_hold", "to_authorised"},
    Conflict{"commit", "close_lane", "to_answered"},
    Conflict{"request", "close_lane", "to_authorised"},
    Conflict{"commit", "tick_to_edge", "to_answered"},
    Conflict{"request", "tick_to_edge", "to_authorised"},
    Conflict{"split", "revise", "to_duplicate"},
    Conflict{"split", "merge", "to_duplicate"},
    Conflict{"split", "dismiss", "to_duplicate"},
    Conflict{"dismiss", "revise", "to_duplicate"},
    Conflict{"commit", "split", "to_answered"},
    Conflict{"split_scope", "place_hold", "to_partial"},
    Conflict{"split_scope", "change_thing", "to_partial"},
    Conflict{"split_scope", "revise", "to_partial"},
    Conflict{"split_scope", "merge", "to_partial"},
    Conflict{"split_scope", "submit_manifest", "to_partial"},
    Conflict{"request", "acknowledge", "to_authorised"},
    Conflict{"acknowledge", "revise", "to_standing"},
    Conflict{"acknowledge", "withdraw_signature", "to_standing"},
    Conflict{"acknowledge", "place_hold", "to_standing"},
    Conflict{"acknowledge", "close_lane", "to_standing"},
    Conflict{"acknowledge", "tick_to_deadline", "to_standing"},
    Conflict{"request", "acknowledge", "to_standing"},
    Conflict{"request", "expire_other", "to_crowded"},
    Conflict{"commit", "acknowledge", "to_answered"},
    Conflict{"verdict", "submit", "to_released"},
    Conflict{"verdict", "correct", "to_released"},
    Conflict{"order_erasure", "hold_for_court", "to_due"},
    Conflict{"order_erasure", "correct", "to_due"},
    Conflict{"order_erasure", "notice", "to_due"},
    Conflict{"sign", "raise_item", "to_in_review"},
    Conflict{"sign", "accept_edit", "to_two_edits"},
    Conflict{"sign", "withdraw_acceptance", "to_in_review"},
    Conflict{"sign", "assign_section", "to_in_review"},
    Conflict{"request", "resolve_items", "to_disputed"},
    Conflict{"request", "withdraw_item", "to_disputed"},
    Conflict{"commit", "raise_item", "to_answered"},
    Conflict{"commit", "withdraw_acceptance", "to_answered"},
    Conflict{"commit", "accept_items", "to_answered"},
    Conflict{"commit", "propose_edit", "to_answered"},
    Conflict{"accept_edit", "accept_edit", "to_two_edits"},
    Conflict{"accept_edit", "reject_edit", "to_two_edits"},
    Conflict{"accept_edit", "assign_section", "to_two_edits"},
    Conflict{"revise", "accept_edit", "to_two_edits"},
    Conflict{"revise", "raise_item", "to_open"},
    Conflict{"accept_items", "raise_item", "to_disputed"},
};

} // namespace

std::span<const Row> alphabet() {
  return rows;
}

const Row* find_row(std::string_view name) {
  const auto at = std::ranges::find(rows, name, &Row::name);
  return at == rows.end() ? nullptr : &*at;
}

std::span<const Conflict> conflicts() {
  return pairs;
}

Fit fits(const Conflict& conflict, const charter::Charter& charter) {
  const auto only = [](bool so) { return so ? Fit::only_such : Fit::never; };
  if (conflict.stage == "to_substitute") {
    return only(!charter.signers.substitute.empty());
  }
  if (conflict.stage == "to_overridden") {
    return only(std::ranges::any_of(charter.holds.codes,
                                    [](const auto& row) { return row.second.override_by.has_value(); }));
  }
  if (conflict.stage == "to_partial") {
    return only(charter.admission.partial_dim.has_value());
  }
  if (conflict.stage == "to_standing") {
    return only(charter.admission.capacity.has_value());
  }
  if (conflict.second == "answer_otherwise") {
    return only(std::ranges::any_of(charter.sources, [](const auto& row) {
      return std::ranges::any_of(row.second.checks, [](const charter::Check& check) {
        return check.kind == charter::CheckKind::state || check.kind == charter::CheckKind::agree;
      });
    }));
  }
  for (const std::string_view name : {conflict.first, conflict.second, conflict.stage}) {
    if (find_row(name)->written) {
      return only(charter.ledger.has_value());
    }
  }
  return conflict.first == "tick_to_edge" || conflict.second == "tick_to_edge"
             ? only(!charter.clocks.windows.empty())
             : Fit::usual;
}

} // namespace sallyport::sim
