// What the rows of the alphabet do. Each plays any number of events in the town, often one.
#pragma once

#include "sim/town.h"

#include <functional>

namespace sallyport::sim::acts {

using Slot = std::size_t;

// ---- drawn from the present state

Thing* some_thing(Town& town, Slot slot, Draw& draw);
std::string some_source(Town& town, Draw& draw);
std::optional<EntryId> some_entry(Town& town, Slot slot, Draw& draw);
// An older manifest of the packet now and then, else the one in review.
Digest some_manifest(Town& town, Slot slot, Draw& draw);
// A submitted manifest of the packet, also one that is over; null where none fits.
const gate::ManifestState* some_past(Town& town, Slot slot,
                                     const std::function<bool(const gate::ManifestState&)>& fits);

// ---- by name of their rows

void change_thing(Town& town, Slot slot, Draw& draw);
void heal(Town& town, Slot slot, Draw& draw);
void observe(Town& town, Slot slot, Draw& draw);
void write_letter(Town& town, Slot slot, Draw& draw);
void deliver_letter(Town& town, Slot slot, Draw& draw);
void deliver_twice(Town& town, Slot slot, Draw& draw);
void fail_source(Town& town, Slot slot, Draw& draw);
void silence(Town& town, Slot slot, Draw& draw);
void skew(Town& town, Slot slot, Draw& draw);
void fall_behind(Town& town, Slot slot, Draw& draw);
void wrong_answer(Town& town, Slot slot, Draw& draw);
void answer_behind(Town& town, Slot slot, Draw& draw);
void answer_otherwise(Town& town, Slot slot, Draw& draw);
void report(Town& town, Slot slot, Draw& draw);
void ask(Town& town, Slot slot, Draw& draw);
void tick(Town& town, Slot slot, Draw& draw);
void tick_to_deadline(Town& town, Slot slot, Draw& draw);
void tick_to_edge(Town& town, Slot slot, Draw& draw);
void clock_back(Town& town, Slot slot, Draw& draw);
void change_roster(Town& town, Slot slot, Draw& draw);
void change_directory(Town& town, Slot slot, Draw& draw);
void directory_ahead(Town& town, Slot slot, Draw& draw);
void add_account(Town& town, Slot slot, Draw& draw);
void disable_account(Town& town, Slot slot, Draw& draw);
void replace_key(Town& town, Slot slot, Draw& draw);
void token(Town& town, Slot slot, Draw& draw);
void configure_source(Town& town, Slot slot, Draw& draw);
void propose(Town& town, Slot slot, Draw& draw);
void ratify(Town& town, Slot slot, Draw& draw);
void activate(Town& town, Slot slot, Draw& draw);
void adopt(Town& town, Slot slot, Draw& draw);
void submit(Town& town, Slot slot, Draw& draw);
void revise(Town& town, Slot slot, Draw& draw);
void mismatch(Town& town, Slot slot, Draw& draw);
void withdraw(Town& town, Slot slot, Draw& draw);
void merge(Town& town, Slot slot, Draw& draw);
void promote(Town& town, Slot slot, Draw& draw);
void clear(Town& town, Slot slot, Draw& draw);
void draft(Town& town, Slot slot, Draw& draw);
void submit_manifest(Town& town, Slot slot, Draw& draw);
void sign(Town& town, Slot slot, Draw& draw);
void sign_other(Town& town, Slot slot, Draw& draw);
void sign_borrowed(Town& town, Slot slot, Draw& draw);
void sign_by_agent(Town& town, Slot slot, Draw& draw);
void sign_wrong(Town& town, Slot slot, Draw& draw);
void sign_anew(Town& town, Slot slot, Draw& draw);
void withdraw_signature(Town& town, Slot slot, Draw& draw);
void refuse_manifest(Town& town, Slot slot, Draw& draw);
void place_hold(Town& town, Slot slot, Draw& draw);
void override_hold(Town& town, Slot slot, Draw& draw);
void ratify_substitute(Town& town, Slot slot, Draw& draw);
void holders_leave(Town& town, Slot slot, Draw& draw);
void holders_return(Town& town, Slot slot, Draw& draw);
void split(Town& town, Slot slot, Draw& draw);
void dismiss(Town& town, Slot slot, Draw& draw);
void split_scope(Town& town, Slot slot, Draw& draw);
void close_lane(Town& town, Slot slot, Draw& draw);
void open_lane(Town& town, Slot slot, Draw& draw);
void correct(Town& town, Slot slot, Draw& draw);
void notice(Town& town, Slot slot, Draw& draw);
void request(Town& town, Slot slot, Draw& draw);
void commit(Town& town, Slot slot, Draw& draw);
void expire(Town& town, Slot slot, Draw& draw);
void expire_other(Town& town, Slot slot, Draw& draw);
// On the way to pairs.
void to_overridden(Town& town, Slot slot, Draw& draw);
void to_substitute(Town& town, Slot slot, Draw& draw);
void to_duplicate(Town& town, Slot slot, Draw& draw);
void to_partial(Town& town, Slot slot, Draw& draw);
void to_standing(Town& town, Slot slot, Draw& draw);
void to_crowded(Town& town, Slot slot, Draw& draw);
void to_aged(Town& town, Slot slot, Draw& draw);
void deliver(Town& town, Slot slot, Draw& draw);
void acknowledge(Town& town, Slot slot, Draw& draw);
void verdict(Town& town, Slot slot, Draw& draw);
void order_erasure(Town& town, Slot slot, Draw& draw);
void confirm_erasure(Town& town, Slot slot, Draw& draw);
void hold_for_court(Town& town, Slot slot, Draw& draw);
void lift_court_hold(Town& town, Slot slot, Draw& draw);
void to_due(Town& town, Slot slot, Draw& draw);
void refuse_attempt(Town& town, Slot slot, Draw& draw);
void journal(Town& town, Slot slot, Draw& draw);
void send_again(Town& town, Slot slot, Draw& draw);
void spoil_manifest(Town& town, Slot slot, Draw& draw);
void spoil_content(Town& town, Slot slot, Draw& draw);
// In towns that write.
void propose_edit(Town& town, Slot slot, Draw& draw);
void accept_edit(Town& town, Slot slot, Draw& draw);
void reject_edit(Town& town, Slot slot, Draw& draw);
void assign_section(Town& town, Slot slot, Draw& draw);
void request_symbols(Town& town, Slot slot, Draw& draw);
void raise_flag(Town& town, Slot slot, Draw& draw);
void dismiss_flag(Town& town, Slot slot, Draw& draw);
void raise_item(Town& town, Slot slot, Draw& draw);
void open_finding(Town& town, Slot slot, Draw& draw);
void judge_finding(Town& town, Slot slot, Draw& draw);
void answer_item(Town& town, Slot slot, Draw& draw);
void agree_item(Town& town, Slot slot, Draw& draw);
void withdraw_item(Town& town, Slot slot, Draw& draw);
void resolve_items(Town& town, Slot slot, Draw& draw);
void instruct(Town& town, Slot slot, Draw& draw);
void withdraw_instruction(Town& town, Slot slot, Draw& draw);
void offer_words(Town& town, Slot slot, Draw& draw);
void accept_items(Town& town, Slot slot, Draw& draw);
void withdraw_acceptance(Town& town, Slot slot, Draw& draw);
void to_two_edits(Town& town, Slot slot, Draw& draw);
void to_disputed(Town& town, Slot slot, Draw& draw);

} // namespace sallyport::sim::acts
