// The ledger of what people do not agree about: what each leaf of it must have been. Every item ends by one
// act of a person who may end it, or crosses in words that enough of the right people signed.
#include "canon/json.h"
#include "crypto/digest.h"
#include "packet/statement.h"
#include "sim/oracle.h"

#include <algorithm>
#include <array>

namespace sallyport::sim {
namespace {

std::string kind_of(const WrittenItem& item) {
  if (item.kind == "finding" || item.category == "identifier_leakage" || item.category == "memory_region") {
    return "leakage_residual";
  }
  return item.kind == "boundary" || item.category == "symbolization_depth" ? "symbolization_boundary"
                                                                           : "other";
}

// Wordings of the step's body: digest -> item.
std::map<std::string, std::string> wordings_in(const gate::LeafOut& out) {
  std::map<std::string, std::string> found;
  const auto body = out.body ? canon::parse(*out.body) : std::unexpected(Error{});
  const canon::Value* list = body ? body->find("wordings") : nullptr;
  for (const canon::Value& text :
       list == nullptr || list->array() == nullptr ? canon::Array{} : *list->array()) {
    const auto opening =
        text.string() == nullptr ? std::unexpected(Error{}) : packet::open_disclosure(*text.string());
    const auto item = opening ? packet::read_wording(*opening) : std::unexpected(Error{});
    if (item) {
      found[opening->digest] = item->str();
    }
  }
  return found;
}

} // namespace

// ---- items

WrittenItem* Oracle::open_item(Written& w, const ItemId& id) {
  const auto at = w.items.find(id);
  require("INV-34", at != w.items.end() && at->second.state == "open",
          "an act is of an item that is not open, or that nobody raised");
  return broken_ ? nullptr : &at->second;
}

void Oracle::moved(Written& w, const packet::Leaf& leaf) {
  w.at = leaf.n;
  w.items_at = leaf.n;
}

bool Oracle::may_judge(const Case& c, const PersonId& person, Instant at) const {
  return std::ranges::any_of(charter(c.lane)->holds.clear_roles,
                             [&](const std::string& role) { return holds_role(c.lane, person, role, at); });
}

void Oracle::on(const packet::Leaf& leaf, const packet::FindingOpened& r) {
  Written* w = written(r.packet);
  if (w == nullptr) {
    return;
  }
  const auto account = truth_->accounts.find(r.actor);
  require("INV-43", account != truth_->accounts.end() && account->second.kind != "agent",
          "an agent opened a finding");
  const bool again = w->items.contains(r.finding);
  WrittenItem& item = w->items[r.finding];
  require("INV-34", !again || (item.state == "open" && item.kind == "finding" && item.subject == r.subject),
          "a finding was opened again as another one");
  require("INV-34", item.status != "confirmed" || r.status == "confirmed",
          "a confirmed finding was made less than it is");
  item.kind = "finding";
  item.category = "identifier_leakage";
  item.code = "MIN.FINDING";
  item.subject = r.subject;
  item.status = r.status;
  item.moved = leaf.n;
  item.first = again ? item.first : leaf.at;
  moved(*w, leaf);
}

void Oracle::on(const packet::Leaf& leaf, const packet::FindingJudged& r) {
  Written* w = written(r.packet);
  WrittenItem* item = w == nullptr ? nullptr : open_item(*w, r.finding);
  if (item == nullptr) {
    return;
  }
  require("INV-34", item->kind == "finding" && item->status != "confirmed",
          "a finding was judged that is none, or that is confirmed");
  require("INV-34", is_person(r.account, r.person) && may_judge(cases_.at(r.packet), r.person, leaf.at),
          "a finding was judged by somebody who may not");
  item->status = r.status;
  item->moved = leaf.n;
  moved(*w, leaf);
}

// No town has a dump, so no scan could show it.
void Oracle::on(const packet::Leaf&, const packet::FindingFixed&) {
  require("INV-34", false, "a finding was fixed that no newer scan is without");
}

void Oracle::on(const packet::Leaf& leaf, const packet::ObjectionRaised& r) {
  Written* w = written(r.packet);
  if (w == nullptr) {
    return;
  }
  require("INV-43", is_person(r.account, r.person), "something other than a person objected");
  require("INV-34", !w->items.contains(r.item), "an item was raised twice");
  WrittenItem& item = w->items[r.item];
  item.kind = "objection";
  item.category = r.category;
  item.code = "LEDG.UNADDRESSED";
  item.subject = r.subject;
  item.stub = r.stub;
  item.raiser = r.person;
  item.statements = 1;
  item.first = leaf.at;
  if (r.flag) {
    require("INV-41", w->flags.contains(*r.flag) && !w->flags.at(*r.flag),
            "a flag was taken up that is none");
    w->flags[*r.flag] = true;
  }
  moved(*w, leaf);
}

void Oracle::on(const packet::Leaf& leaf, const packet::ObjectionAnswered& r) {
  Written* w = written(r.packet);
  if (WrittenItem* item = w == nullptr ? nullptr : open_item(*w, r.item)) {
    require("INV-43", is_person(r.account, r.person), "something other than a person answered");
    ++item->statements;
    moved(*w, leaf);
  }
}

void Oracle::on(const packet::Leaf& leaf, const packet::ItemAgreed& r) {
  Written* w = written(r.packet);
  if (WrittenItem* item = w == nullptr ? nullptr : open_item(*w, r.item)) {
    require("INV-34", item->raiser == r.person && is_person(r.account, r.person),
            "an item is said to be settled by somebody who did not raise it");
    item->agreed = true;
    moved(*w, leaf);
  }
}

void Oracle::on(const packet::Leaf& leaf, const packet::ObjectionWithdrawn& r) {
  Written* w = written(r.packet);
  if (WrittenItem* item = w == nullptr ? nullptr : open_item(*w, r.item)) {
    require("INV-34", item->kind == "objection" && item->raiser == r.person && is_person(r.account, r.person),
            "an objection was withdrawn by somebody who did not raise it");
    item->state = "withdrawn";
    item->how = "withdrawn";
    moved(*w, leaf);
  }
}

void Oracle::on(const packet::Leaf& leaf, const packet::ItemsResolved& r) {
  Written* w = written(r.packet);
  if (w == nullptr) {
    return;
  }
  require("INV-43", is_person(r.account, r.person), "something other than a person ended an item");
  require("INV-34", !r.items.empty() && leaf.body.has_value(), "items were ended without a reason");
  for (const ItemId& id : r.items) {
    WrittenItem* item = open_item(*w, id);
    if (item == nullptr) {
      return;
    }
    const bool settled = item->raiser && (item->agreed || item->raiser == r.person);
    const auto stances = [&] {
      std::set<std::string> out;
      for (const auto& [given_at, given] : w->instructions) {
        if (given.subject == item->subject && !given.withdrawn) {
          out.insert(given.stance);
        }
      }
      return out.size();
    };
    bool so = false;
    if (r.code == "agreed") {
      so = item->kind == "conflict" ? stances() < 2 : item->kind == "objection" && settled;
    } else if (r.code == "subject_removed") { // whether it is, is seen at the seal
      so = item->kind != "conflict" && item->kind != "boundary" && item->status != "confirmed" &&
           !item->subject.starts_with("/bounds/");
    } else if (r.code == "duplicate_of") {
      const auto of = r.of ? w->items.find(*r.of) : w->items.end();
      so = item->kind == "objection" && settled && of != w->items.end() && of->first != id &&
           of->second.state == "open" && of->second.category == item->category;
    }
    require("INV-34", so, "an item ended that its raiser, or what is so, did not end", r.code);
    item->state = "resolved";
    item->how = r.code;
  }
  moved(*w, leaf);
}

void Oracle::on(const packet::Leaf& leaf, const packet::InstructionGiven& r) {
  if (Written* w = written(r.packet)) {
    require("INV-43", r.account ? is_person(*r.account, r.person) : r.origin == "lane",
            "an instruction was given by something other than a person");
    w->instructions[leaf.n] = {r.subject, r.stance, r.person, false};
  }
}

void Oracle::on(const packet::Leaf&, const packet::InstructionWithdrawn& r) {
  if (Written* w = written(r.packet)) {
    const auto given = w->instructions.find(r.instruction);
    require("INV-34",
            given != w->instructions.end() && !given->second.withdrawn && given->second.giver == r.person &&
                is_person(r.account, r.person),
            "an instruction was withdrawn by somebody who did not give it");
    if (!broken_) {
      given->second.withdrawn = true;
    }
  }
}

void Oracle::on(const packet::Leaf& leaf, const packet::ConflictOpened& r) {
  Written* w = written(r.packet);
  if (w == nullptr) {
    return;
  }
  std::set<std::string> stances;
  for (const auto& [at, given] : w->instructions) {
    if (given.subject == r.subject && !given.withdrawn) {
      stances.insert(given.stance);
    }
  }
  require("INV-34", r.code != "LEDG.INSTRUCTION_CONFLICT" || stances.size() > 1,
          "a conflict was opened where nothing contradicts");
  const bool again = w->items.contains(r.item);
  WrittenItem& item = w->items[r.item];
  require("INV-34", !again || (item.state == "open" && item.kind == "conflict"),
          "a conflict was opened again that is over");
  item.kind = "conflict";
  item.category = r.category;
  item.code = r.code;
  item.subject = r.subject;
  item.moved = leaf.n;
  item.first = again ? item.first : leaf.at;
  moved(*w, leaf);
}

// ---- who lets what cross

void Oracle::on(const packet::Leaf&, const packet::WordingProposed& r) {
  Written* w = written(r.packet);
  if (w == nullptr) {
    return;
  }
  prepared(cases_.at(r.packet), *w, r.actor,
           charter(cases_.at(r.packet).lane)->agents.allow.contains(charter::AgentVerb::normalize_wording));
  const std::map<std::string, std::string> said = wordings_in(*out_);
  for (const auto& [item, digest] : r.wordings) {
    require("INV-35", said.contains(digest) && said.at(digest) == item,
            "words are on offer that nobody can read");
    w->offered.try_emplace(digest, item, r.by);
  }
}

void Oracle::on(const packet::Leaf& leaf, const packet::ItemsAccepted& r) {
  Written* w = written(r.packet);
  if (w == nullptr) {
    return;
  }
  Case& c = cases_.at(r.packet);
  require("INV-35", is_person(r.account, r.person),
          "items were accepted from an account that is not a person's");
  require("INV-46", r.act.sigs.size() == 1 && c.used.insert(r.act.sigs.front().sig).second,
          "an old signature counted as a new one");
  owns_up_to(leaf, r.act, r.person);
  const auto said = packet::read_accept(r.act.statement);
  require("INV-35",
          said && said->packet == r.packet && said->person == r.person && said->role == r.role &&
              c.head == said->revision_digest && said->charter == charter_.at(c.lane) && said->lane == c.lane,
          "items were accepted of another revision, or under another charter");
  require("INV-35", holds_role(c.lane, r.person, r.role, leaf.at),
          "items were accepted by somebody without the role");
  if (broken_) {
    return;
  }
  require("INV-33", said->symbolization == level_of(c), "items were accepted for another level");
  for (const auto& [digest, item] : wordings_in(*out_)) {
    w->offered.try_emplace(digest, item, r.person);
  }
  WrittenAcceptance act{leaf.n,
                        r.person,
                        r.account,
                        r.role,
                        r.act.sigs.front().key,
                        crypto::sha256(as_bytes(canon::write(r.act.statement))),
                        {}};
  for (const packet::AcceptedItem& one : said->items) {
    const WrittenItem* item = open_item(*w, one.item);
    const charter::Acceptance* row = item == nullptr ? nullptr : row_of(c, *item);
    require("INV-35", row != nullptr && row->roles.contains(r.role),
            "an item was accepted that nobody can accept, or that this role cannot");
    require("INV-36", one.as_of == w->items_at, "an item was accepted by somebody who saw another ledger");
    const auto words = w->offered.find(one.wording);
    require("INV-35", words != w->offered.end() && words->second.first == one.item.str(),
            "an item was accepted in words that nobody can read");
    if (broken_) {
      return;
    }
    require("INV-35", !offered_them(*row, r.person, words->second.second),
            "an item was accepted by whoever offered the words");
    act.words[one.item] = one.wording;
    for (WrittenAcceptance& before : w->accepted) {
      if (before.person == r.person && before.role == r.role) {
        before.words.erase(one.item);
      }
    }
  }
  w->accepted.push_back(std::move(act));
  w->at = leaf.n;
}

void Oracle::on(const packet::Leaf& leaf, const packet::AcceptanceWithdrawn& r) {
  Written* w = written(r.packet);
  if (w == nullptr) {
    return;
  }
  const auto act = std::ranges::find(w->accepted, r.acceptance, &WrittenAcceptance::leaf);
  require("INV-35", act != w->accepted.end() && act->person == r.person && is_person(r.account, r.person),
          "an acceptance was withdrawn by somebody who did not give it");
  if (broken_) {
    return;
  }
  for (const ItemId& item : r.items) {
    require("INV-35", act->words.erase(item) == 1, "an acceptance was withdrawn of what it did not accept");
  }
  moved(*w, leaf);
}

// The charter's row for the item; null where it cannot be accepted.
const charter::Acceptance* Oracle::row_of(const Case& c, const WrittenItem& item) const {
  const charter::Charter& active = *charter(c.lane);
  if (item.status == "confirmed" || !active.ledger || active.ledger->must_resolve.contains(item.category)) {
    return nullptr;
  }
  const std::string kind = kind_of(item);
  const auto at = std::ranges::find_if(active.signers.accepts, [&](const charter::Acceptance& row) {
    return row.item_kind == kind || (kind == "other" && row.item_kind == item.category);
  });
  return at == active.signers.accepts.end() ? nullptr : &*at;
}

// The towns' charters bar from accepting nobody but whoever had the words first.
bool Oracle::offered_them(const charter::Acceptance& row, const PersonId& person, const PersonId& by) {
  return row.not_also.contains("packet-author") && person == by;
}

// Who accepted the item in which words, where they are enough.
std::optional<packet::BoundAcceptance> Oracle::accepted(const Case& c, const ItemId& id, Instant at) const {
  const Written& w = *c.written;
  const WrittenItem& item = w.items.at(id);
  const charter::Acceptance* row = item.state == "open" && c.head ? row_of(c, item) : nullptr;
  if (row == nullptr) {
    return std::nullopt;
  }
  std::map<std::string, std::vector<const WrittenAcceptance*>> in_words;
  for (const WrittenAcceptance& act : w.accepted) {
    const auto words = act.words.find(id);
    const auto key = keys_.find(act.key);
    const bool stands = key != keys_.end() && key->second.person == act.person && !key->second.revoked &&
                        at >= key->second.from && at < key->second.until &&
                        is_person(act.account, act.person) && holds_role(c.lane, act.person, act.role, at);
    if (words != act.words.end() && stands && act.leaf > item.moved && row->roles.contains(act.role) &&
        !offered_them(*row, act.person, w.offered.at(words->second).second)) {
      in_words[words->second].push_back(&act);
    }
  }
  std::optional<packet::BoundAcceptance> out;
  packet::LeafNumber last = 0;
  for (const auto& [words, acts] : in_words) {
    if (acts.back()->leaf < last || !enough(*row, acts)) {
      continue;
    }
    last = acts.back()->leaf;
    out = packet::BoundAcceptance{id, kind_of(item), item.category, words, {}};
    for (const WrittenAcceptance* act : acts) {
      out->by.push_back({act->person, act->role, act->statement, act->leaf});
    }
    std::ranges::sort(out->by);
  }
  return out;
}

// Somebody; or a person for every role, and a different one where the charter asks: tried in every way.
bool Oracle::enough(const charter::Acceptance& row, const std::vector<const WrittenAcceptance*>& acts) {
  if (!row.all) {
    return !acts.empty();
  }
  const std::vector<std::string> roles(row.roles.begin(), row.roles.end());
  std::set<PersonId> used;
  const std::function<bool(std::size_t)> fill = [&](std::size_t place) {
    if (place == roles.size()) {
      return true;
    }
    return std::ranges::any_of(acts, [&](const WrittenAcceptance* act) {
      if (act->role != roles[place] || (row.distinct && used.contains(act->person))) {
        return false;
      }
      const bool fresh = used.insert(act->person).second;
      const bool filled = fill(place + 1);
      if (fresh) {
        used.erase(act->person);
      }
      return filled;
    });
  };
  return fill(0);
}

std::vector<packet::BoundAcceptance> Oracle::all_accepted(const Case& c, Instant at) const {
  std::vector<packet::BoundAcceptance> out;
  for (const auto& [id, item] : c.written->items) {
    if (auto one = accepted(c, id, at)) {
      out.push_back(*std::move(one));
    }
  }
  return out;
}

} // namespace sallyport::sim
