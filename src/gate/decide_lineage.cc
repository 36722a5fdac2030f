// T15, T24: two packets may be one case, and a person says so or says not; a part of one packet goes on
// and the rest is held in a packet of its own.
#include "gate/by_hand.h"
#include "gate/deciding.h"
#include "gate/lineage.h"

#include "canon/json.h"
#include "charter/codes.h"
#include "crypto/digest.h"
#include "packet/names.h"
#include "packet/statement.h"

#include <algorithm>
#include <iterator>

namespace sallyport::gate {
namespace {

using packet::Reason;

// What a revision tells of two packets, or nothing where one of them says no more.
std::optional<packet::CaseEquality> equality(const World& world, const PacketId& a, const PacketId& b) {
  const auto like = likeness(world, a, b);
  return like ? std::optional(like->equal) : std::nullopt;
}

// Ends what these two hold against each other, on both.
void end_pending(Deciding& d, const PacketId& a, const PacketId& b, const std::string& rule,
                 const PersonId& by) {
  for (const auto& [on, with] : {std::pair(a, b), std::pair(b, a)}) {
    for (const auto& [id, hold] : d.world.state.find(on)->holds) {
      if ((hold.code == "LINE.DUP_PENDING" || hold.code == "LINE.DUP_SPLIT") && hold.subject == with.str()) {
        d.emit(packet::HoldCleared{on, id, rule, std::nullopt, by});
      }
    }
  }
}

} // namespace

void suspect(Deciding& d, const PacketId& on, const std::optional<PacketId>& with,
             charter::OnEqual on_equal) {
  const Packet* packet = d.world.state.find(on);
  const std::string subject = with ? with->str() : "";
  if (packet != nullptr && !packet->open()) {
    return; // what has crossed is held no more; its counterpart is
  }
  const std::string clears = on_equal == charter::OnEqual::suspected ? "dismissal" : "merge";
  HoldId id = HoldId::from_random(d.draws.take());
  if (packet != nullptr) {
    for (const auto& [open, hold] : packet->holds) {
      if (hold.code == "LINE.DUP_PENDING" && hold.subject == subject) {
        if (hold.clears == clears || hold.clears == "merge") {
          return; // a revision makes a suspicion firmer, and never softer
        }
        id = open;
      }
    }
  }
  d.emit(packet::HoldOpened{.packet = on,
                            .hold = id,
                            .code = "LINE.DUP_PENDING",
                            .subject = subject,
                            .mode = "blocking",
                            .latched = true,
                            .resign = true,
                            .clears = clears,
                            .saw = {{"on_equal", std::string(charter::to_word(on_equal))}}});
}

// Rows are read in order, the first equal row decides; suspected and duplicate both hold.
void hold_duplicates(Deciding& d, const PacketId& id, const std::string& lane, const CaseTuples& cases) {
  const charter::Charter& charter = *d.world.active_charter(lane);
  const Packet* packet = d.world.state.find(id);
  for (const PacketId& other : d.world.facts.dossiers.sharing(cases)) {
    const Packet* with = d.world.state.find(other);
    if (other == id || with == nullptr || with->lane != lane || !is_live(d.world.state, *with)) {
      continue;
    }
    const auto like = likeness(charter, cases, d.world.dossier(other)->cases);
    if (packet != nullptr && packet->apart.contains(other)) {
      const Apart& apart = packet->apart.at(other);
      if (apart.how == "split" || apart.equal == like->equal) {
        continue; // decided; a split that no longer fits is LINE.DUP_SPLIT
      }
    }
    if (told_apart(d.world, id, other, *like)) {
      continue;
    }
    suspect(d, id, other, like->on_equal);
    suspect(d, other, id, like->on_equal);
  }
}

// Without the standing boundary, which each packet has of its own.
bool has_open_item(const Packet& packet) {
  return packet.workspace && std::ranges::any_of(packet.workspace->ledger.items, [&](const auto& known) {
           return known.second.open() && known.first != packet.workspace->boundary;
         });
}

Decision decide_one(Deciding& d, const MergePackets& e) {
  const auto refuse = [&](const char* code) { return d.refuse("packet.merge", e.by, e.winner, code); };
  const Account* account = d.account(e.by);
  if (account == nullptr || account->kind == "agent") {
    return refuse(account == nullptr ? "account_unknown" : "agent_never_decides");
  }
  if (account->person && *account->person != e.person) {
    return refuse("person_mismatch");
  }
  const bool known = std::ranges::any_of(d.world.state.accounts,
                                         [&](const auto& other) { return other.second.person == e.person; });
  if (!known) {
    return refuse("person_mismatch");
  }
  const Packet* winner = d.world.state.find(e.winner);
  const Packet* loser = d.world.state.find(e.loser);
  if (winner == nullptr || loser == nullptr) {
    return refuse("packet_unknown");
  }
  if (account->person && (!involved(d.world, e.winner, *account->person, d.now) ||
                          !involved(d.world, e.loser, *account->person, d.now))) {
    return refuse("role_missing");
  }
  if (e.winner == e.loser) {
    return refuse("merge_self"); // a closed loser cannot win later, so the merge graph has no cycle
  }
  if (!winner->open() || !loser->open()) {
    return refuse("packet_closed");
  }
  if (winner->lane != loser->lane) {
    return refuse("LANE.MISMATCH");
  }
  // A feed says what upstream has merged, of what it brought itself.
  if (!account->person && (winner->submitter != e.by || loser->submitter != e.by)) {
    return refuse("role_missing");
  }
  if (!packet::is_name(e.code)) {
    return refuse("code_malformed");
  }
  if (has_open_item(*loser)) { // a merge is no way around what people do not agree about
    return refuse("ledger_open");
  }
  d.void_manifests(e.winner, "merged");
  d.void_manifests(e.loser, "merged");
  d.emit(packet::DuplicateMerged{e.winner, e.loser, e.person, e.by, e.code}, e.body, unit_of(e.winner));
  // Whoever may be the same case as the loser may be the same case as the packet that it went into.
  for (const auto& [id, hold] : loser->holds) {
    const auto other = PacketId::parse(hold.subject);
    if ((hold.code == "LINE.DUP_PENDING" || hold.code == "LINE.DUP_SPLIT") && other && *other != e.winner) {
      const auto on_equal =
          hold.clears == "dismissal" ? charter::OnEqual::suspected : charter::OnEqual::duplicate;
      suspect(d, e.winner, *other, on_equal);
      suspect(d, *other, e.winner, on_equal);
    }
    if (is_placed_by_hand(hold.code) && winner->find_hold(hold.code, hold.subject) == nullptr) {
      // The same hold: a merge is no way around what a person stopped the loser for.
      packet::HoldOpened record = d.hold_opened(
          e.winner, {hold.code, Outcome::hold, hold.subject, {{"merged", e.loser.str()}}, ""}, &id);
      record.actor = hold.opener;
      d.emit(std::move(record));
    }
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const SplitPackets& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("packet.split", e.by, e.packet, std::move(code));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  const Packet* packet = d.world.state.find(e.packet);
  const Packet* other = d.world.state.find(e.other);
  if (packet == nullptr || other == nullptr) {
    return refuse("packet_unknown");
  }
  if (!packet->open() || !is_live(d.world.state, *other)) {
    return refuse("packet_closed");
  }
  const charter::Charter* charter = d.world.active_charter(packet->lane);
  const LaneRoster* roster = d.world.active_roster(packet->lane);
  if (charter == nullptr || roster == nullptr) {
    return refuse("GOV.CHARTER");
  }
  if (packet->find_hold("LINE.DUP_PENDING", e.other.str()) == nullptr &&
      packet->find_hold("LINE.DUP_SPLIT", e.other.str()) == nullptr) {
    return refuse("hold_unknown");
  }
  const auto statement = packet::read_split(e.act.statement);
  if (!statement || statement->origin != d.world.state.origin ||
      statement->first != std::min(e.packet, e.other) || statement->second != std::max(e.packet, e.other)) {
    return refuse("statement_malformed");
  }
  const auto rationale = packet::open_disclosure(e.rationale);
  if (!rationale || !packet::read_rationale(*rationale) ||
      crypto::sha256(e.rationale) != statement->rationale) {
    return refuse("rationale_missing");
  }
  if (std::string code = why_not_signed(d, *packet, e.act, packet::act::split, *person, *charter);
      !code.empty()) {
    return refuse(std::move(code));
  }
  if (!holds_one_of(*roster, *person, charter->lineage.split_roles, d.now)) {
    return refuse("role_missing");
  }
  const auto equal = equality(d.world, e.packet, e.other);
  for (const auto& [on, with] : {std::pair(e.packet, e.other), std::pair(e.other, e.packet)}) {
    packet::DuplicateSplit record{on, with, equal, e.act};
    if (!fits(record)) {
      return refuse("signature_invalid"); // a passkey's client data may be longer than a leaf
    }
    d.void_manifests(on, "split"); // none of them names the other
    d.emit(std::move(record), {{"rationale", e.rationale}}, unit_of(on));
  }
  end_pending(d, e.packet, e.other, "split", *person);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const DismissSuspicion& e) {
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("duplicate.dismiss", e.by, e.packet, std::move(code), std::move(where));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  const Packet* packet = d.world.state.find(e.packet);
  if (packet == nullptr) {
    return refuse("packet_unknown");
  }
  const auto hold = packet->holds.find(e.hold);
  if (hold == packet->holds.end()) {
    return refuse("hold_unknown");
  }
  if (hold->second.clears != "dismissal") {
    return refuse("hold_not_clearable", hold->second.clears);
  }
  const charter::Charter* charter = d.world.active_charter(packet->lane);
  const LaneRoster* roster = d.world.active_roster(packet->lane);
  if (charter == nullptr || roster == nullptr) {
    return refuse("GOV.CHARTER");
  }
  if (!holds_one_of(*roster, *person, charter->lineage.split_roles, d.now)) {
    return refuse("role_missing");
  }
  const canon::Value* rationale = e.body.find("rationale");
  if (rationale == nullptr || rationale->string() == nullptr || rationale->string()->empty()) {
    return refuse("rationale_missing");
  }
  const auto other = PacketId::parse(hold->second.subject);
  if (!other) { // of a case that is not here
    d.emit(packet::DuplicateDismissed{e.packet, std::nullopt, std::nullopt, *person, e.by}, e.body,
           unit_of(e.packet));
    d.emit(packet::HoldCleared{e.packet, e.hold, "dismissal", std::nullopt, *person});
    return std::move(d.out);
  }
  const auto equal = equality(d.world, e.packet, *other);
  for (const auto& [on, with] : {std::pair(e.packet, *other), std::pair(*other, e.packet)}) {
    d.emit(packet::DuplicateDismissed{on, with, equal, *person, e.by}, e.body, unit_of(on));
  }
  end_pending(d, e.packet, *other, "dismissal", *person);
  return std::move(d.out);
}

namespace {

// What stands against the head that the split would not leave behind: it names no element, or a free one.
std::vector<Reason> not_left_behind(const World& world, const PacketId& id,
                                    const packet::PartialStatement& act, Instant now) {
  std::vector<Reason> out;
  bool any = false;
  for (const CheckLine& line : evaluate(world, id, now)) {
    // What is overridden was let cross with a manifest, which the split ends.
    if (line.outcome != Outcome::hold && line.outcome != Outcome::overridden) {
      continue;
    }
    any = true;
    const auto named = elements_named(world, id, act.dimension, line.subject);
    if (named.empty() || !std::ranges::includes(act.held, named)) {
      out.push_back({line.code, line.subject});
    }
  }
  if (!any) {
    out.push_back({"partial_nothing_held", ""});
  }
  return out;
}

// Since when the element has been held: the oldest of the holds that name it.
Instant held_since(const World& world, const PacketId& id, const std::string& dimension,
                   const std::string& element, Instant now) {
  Instant since = now;
  for (const auto& [hold_id, hold] : world.state.find(id)->holds) {
    if (hold.mode == "blocking" && elements_named(world, id, dimension, hold.subject).contains(element)) {
      since = std::min(since, hold.first_opened);
    }
  }
  return since;
}

// The refusal's code where the lists are not a split of the head's value that adds to the one before.
std::string wrong_lists(const Packet& packet, const Dossier& dossier, const packet::PartialStatement& act) {
  const auto declared = dossier.revision.scope.find(act.dimension);
  std::vector<std::string> together;
  std::ranges::set_union(act.free, act.held, std::back_inserter(together));
  if (declared == dossier.revision.scope.end() || together != declared->second) {
    return "partial_lists";
  }
  const Partial* before = packet.split();
  if (before == nullptr) {
    return "";
  }
  const bool keeps = std::ranges::all_of(
      before->held, [&](const auto& held) { return std::ranges::binary_search(act.held, held.first); });
  return keeps && act.held.size() > before->held.size() ? "" : "partial_lists";
}

} // namespace

Decision decide_one(Deciding& d, const SplitScope& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("scope.split", e.by, e.packet, std::move(code));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  const Packet* packet = d.world.state.find(e.packet);
  if (packet == nullptr || !packet->open()) {
    return refuse(packet == nullptr ? "packet_unknown" : "packet_closed");
  }
  if (!packet->head) {
    return refuse("LINE.SUPERSEDED");
  }
  const charter::Charter* charter = d.world.active_charter(packet->lane);
  const LaneRoster* roster = d.world.active_roster(packet->lane);
  const Dossier* dossier = d.world.dossier(e.packet);
  if (charter == nullptr || roster == nullptr || dossier == nullptr) {
    return refuse(dossier == nullptr ? "SYS.INTEGRITY" : "GOV.CHARTER");
  }
  if (!charter->admission.partial_dim) {
    return refuse("partial_not_allowed");
  }
  if (d.world.state.packets.contains(e.remainder)) {
    return refuse("packet_exists");
  }
  const auto act = packet::read_partial(e.act.statement);
  if (!act || act->packet != e.packet || act->origin != d.world.state.origin ||
      act->dimension != *charter->admission.partial_dim) {
    return refuse("statement_malformed");
  }
  if (act->revision_digest != packet->head->digest || act->revision != packet->head->number) {
    return refuse("revision_not_head");
  }
  if (std::string code = wrong_lists(*packet, *dossier, *act); !code.empty()) {
    return refuse(std::move(code));
  }
  const auto refs = dossier->scope.find(act->dimension);
  if (refs == dossier->scope.end()) {
    return refuse("SYS.INTEGRITY");
  }
  if (std::ranges::any_of(act->held, [&](const std::string& element) {
        const auto ref = refs->second.find(element);
        return ref == refs->second.end() || held_elsewhere(d.world, e.packet, act->dimension, ref->second);
      })) {
    return refuse("partial_elsewhere");
  }
  if (std::string code = why_not_signed(d, *packet, e.act, packet::act::split, *person, *charter);
      !code.empty()) {
    return refuse(std::move(code));
  }
  if (!holds_one_of(*roster, *person, charter->admission.partial_roles, d.now)) {
    return refuse("role_missing");
  }
  if (auto reasons = not_left_behind(d.world, e.packet, *act, d.now); !reasons.empty()) {
    return d.refuse("scope.split", e.by, e.packet, std::move(reasons));
  }
  packet::ScopeSplit split{e.packet, e.remainder, e.act};
  packet::RemainderOpened remainder{e.remainder, {e.packet, packet->head->digest}, act->dimension, {}};
  for (const std::string& element : act->held) {
    if (packet->split() == nullptr || !packet->split()->held.contains(element)) {
      remainder.held.push_back({element, held_since(d.world, e.packet, act->dimension, element, d.now)});
    }
  }
  if (!fits(split) || !fits(remainder)) {
    return refuse("packet_too_large");
  }
  d.void_manifests(e.packet, "split");
  d.emit(std::move(split));
  const std::vector<packet::HeldElement> held = remainder.held;
  d.emit(std::move(remainder));
  for (const packet::HeldElement& element : held) {
    d.emit(packet::HoldOpened{.packet = e.remainder,
                              .hold = HoldId::from_random(d.draws.take()),
                              .code = "SCOPE.PARTIAL",
                              .subject = "/scope/" + act->dimension + "/" + element.element,
                              .mode = "blocking",
                              .latched = true,
                              .resign = true,
                              .clears = "new_revision",
                              .saw = {{"continues", e.packet.str()}}});
  }
  return std::move(d.out);
}

} // namespace sallyport::gate
