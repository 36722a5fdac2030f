// Workspaces and their edits: what each leaf must have been. Agents propose, and the people whose section it
// is decide, once, and never over what was taken since.
#include "canon/json.h"
#include "packet/coproduced.h"
#include "sim/oracle.h"

#include <algorithm>
#include <array>

namespace sallyport::sim {
namespace {

// Whether one is the other, or something in it.
bool one_in_the_other(const std::string& a, const std::string& b) {
  return (a + "/").starts_with(b + "/") || (b + "/").starts_with(a + "/");
}

bool touch_alike(const WrittenEdit& a, const WrittenEdit& b) {
  return std::ranges::any_of(a.touches, [&](const std::string& one) {
    return std::ranges::any_of(b.touches,
                               [&](const std::string& other) { return one_in_the_other(one, other); });
  });
}

// What the ops of the body touch; nothing where it has none.
std::vector<std::string> touched_by(const gate::LeafOut& out) {
  std::set<std::string> at;
  const auto body = out.body ? canon::parse(*out.body) : std::unexpected(Error{});
  const canon::Value* ops = body ? body->find("ops") : nullptr;
  if (ops != nullptr && ops->array() != nullptr) {
    for (const canon::Value& op : *ops->array()) {
      if (const canon::Value* where = op.find("at"); where != nullptr && where->string() != nullptr) {
        at.insert(*where->string());
      }
    }
  }
  return {at.begin(), at.end()};
}

} // namespace

Written* Oracle::written(const PacketId& id) {
  const auto at = cases_.find(id);
  require("INV-28", at != cases_.end() && at->second.written.has_value() && at->second.status == "open",
          "something was written in a packet that nobody writes in");
  return broken_ ? nullptr : &*at->second.written;
}

bool Oracle::owns_section(const Case& c, const std::string& section, const PersonId& person,
                          Instant at) const {
  const charter::Charter* active = charter(c.lane);
  const auto known = c.written->sections.find(section);
  const auto role = active == nullptr || !active->ledger
                        ? std::map<std::string, std::string>::const_iterator{}
                        : active->ledger->sections.find(section);
  return active != nullptr && active->ledger && role != active->ledger->sections.end() &&
         known != c.written->sections.end() && known->second.owner == person &&
         holds_role(c.lane, person, role->second, at);
}

// INV-43: what an agent prepares, it may, and not more often than the charter says.
void Oracle::prepared(const Case& c, Written& w, const AccountId& actor, bool lets) {
  const auto account = truth_->accounts.find(actor);
  if (account == truth_->accounts.end() || account->second.kind != "agent") {
    return;
  }
  std::vector<Instant>& acts = w.prepared[actor];
  std::erase_if(acts, [&](Instant at) { return at_ - at >= hour; });
  acts.push_back(at_);
  const charter::Charter* active = charter(c.lane);
  require("INV-43", lets, "an agent prepared what the charter does not let it");
  require("INV-43",
          active != nullptr &&
              static_cast<std::int64_t>(acts.size()) <= active->agents.rate_per_hour.value_or(0),
          "an agent prepares more often than it may");
}

void Oracle::on(const packet::Leaf& leaf, const packet::WorkspaceOpened& r) {
  require("INV-28", !cases_.contains(r.packet), "a workspace is a packet that there was");
  const charter::Charter* active = charter(r.lane);
  require("INV-07", active != nullptr && active->ledger && charter_.at(r.lane) == r.charter,
          "a workspace was opened under a charter that is not active, or has no ledger");
  if (broken_) {
    return;
  }
  Case c;
  c.lane = r.lane;
  Written& w = c.written.emplace();
  w.owner = r.owner;
  w.boundary = r.boundary;
  w.opened = leaf.n;
  w.at = leaf.n;
  w.items_at = leaf.n;
  for (const auto& [section, owner] : r.sections) {
    w.sections[section] = {owner, {leaf.n}};
  }
  if (r.continues) {
    continues_from(leaf, r, c);
  } else {
    require("INV-43", r.person && r.account && is_person(*r.account, *r.person),
            "something other than a person opened a workspace");
    require("INV-11", holds_role(r.lane, r.owner, active->ledger->owner.role, leaf.at),
            "a release has an owner who may not own it");
    for (const auto& [section, owner] : r.sections) {
      const auto role = active->ledger->sections.find(section);
      require("INV-11",
              role != active->ledger->sections.end() && holds_role(r.lane, owner, role->second, leaf.at),
              "a section has an owner who may not own it");
    }
    c.submitter = r.account.value_or(AccountId{});
    const auto opened = truth_->opened.find(r.packet);
    c.opened = opened == truth_->opened.end() ? gate::CaseTuples{} : opened->second;
  }
  const bool asked = std::ranges::any_of(active->signers.accepts, [](const charter::Acceptance& row) {
    return row.item_kind == "symbolization_boundary";
  });
  require("INV-35", r.continues || r.boundary.has_value() == asked,
          "a workspace has no boundary that its leaders confirm");
  if (r.boundary && !w.items.contains(*r.boundary)) {
    WrittenItem& item = w.items[*r.boundary];
    item.kind = "boundary";
    item.category = "symbolization_depth";
    item.code = "LEDG.UNADDRESSED";
    item.subject = "/bounds/symbolization";
    item.first = leaf.at;
  }
  cases_[r.packet] = std::move(c);
}

// After a verdict that asks for more: the same people, and every item that there ever was.
void Oracle::continues_from(const packet::Leaf&, const packet::WorkspaceOpened& r, Case& c) {
  const auto from = cases_.find(r.continues->packet);
  require("INV-34",
          from != cases_.end() && from->second.written && from->second.status == "released" &&
              from->second.entry == r.continues->entry && from->second.last == r.continues->digest &&
              entries_.at(r.continues->entry).judged &&
              entries_.at(r.continues->entry).verdict != "sufficient" &&
              std::holds_alternative<gate::GiveVerdict>(played_->event),
          "a workspace goes on from a packet of which the lane did not ask for more");
  if (broken_) {
    return;
  }
  const Written& old = *from->second.written;
  Written& w = *c.written;
  std::vector<ItemId> all;
  for (const auto& [id, item] : old.items) {
    all.push_back(id);
  }
  require("INV-34", r.carried == all, "a workspace that goes on has lost an item, or has another");
  require("INV-34", r.owner == old.owner && r.boundary == old.boundary,
          "a workspace goes on with another owner or boundary");
  w.items = old.items;
  for (const auto& [leaf, given] : old.instructions) {
    if (!given.withdrawn) {
      w.instructions[leaf] = given;
    }
  }
  c.submitter = from->second.submitter;
  c.continues = r.continues->packet;
  c.carried = from->second.carried;
  c.authors = from->second.authors;
  c.opened = tuples(from->second);
}

void Oracle::on(const packet::Leaf& leaf, const packet::SectionAssigned& r) {
  Written* w = written(r.packet);
  if (w == nullptr) {
    return;
  }
  const Case& c = cases_.at(r.packet);
  const charter::Charter& active = *charter(c.lane);
  const auto role = active.ledger->sections.find(r.section);
  require("INV-08", is_person(r.account, r.person) && r.person == w->owner,
          "a section was given away by somebody other than the release's owner");
  require("INV-11",
          role != active.ledger->sections.end() && holds_role(c.lane, r.owner, role->second, leaf.at),
          "a section has an owner who may not own it");
  WrittenSection& section = w->sections[r.section];
  section.owner = r.owner;
  if (section.versions.empty()) {
    section.versions = {w->opened, leaf.n};
  }
}

void Oracle::on(const packet::Leaf&, const packet::EditProposed& r) {
  Written* w = written(r.packet);
  if (w == nullptr) {
    return;
  }
  const Case& c = cases_.at(r.packet);
  const auto account = truth_->accounts.find(r.actor);
  const bool machine = account != truth_->accounts.end() && account->second.kind == "agent";
  require("INV-43",
          account != truth_->accounts.end() && account->second.kind != "service" && r.machine == machine &&
              r.by == (machine ? account->second.operator_ : account->second.person),
          "an edit is said to be somebody else's");
  prepared(c, *w, r.actor, charter(c.lane)->agents.edit == charter::AgentEdit::propose);
  require("INV-24", !w->edits.contains(r.edit), "an edit was proposed twice");
  const auto section = w->sections.find(r.section);
  require("INV-24", section != w->sections.end() && section->second.versions.contains(r.base),
          "an edit was made on what the section never was");
  require("INV-05", touched_by(*out_) == r.touches, "an edit touches other things than its leaf says");
  w->edits[r.edit] = {r.section, r.base, r.touches, r.actor, r.by, r.machine, "proposed", 0, {}};
}

void Oracle::on(const packet::Leaf& leaf, const packet::EditAccepted& r) {
  Written* w = written(r.packet);
  const auto edit = w == nullptr ? std::map<EditId, WrittenEdit>::iterator{} : w->edits.find(r.edit);
  require("INV-24", w == nullptr || (edit != w->edits.end() && edit->second.status == "proposed"),
          "an edit was decided that did not wait");
  if (broken_) {
    return;
  }
  Case& c = cases_.at(r.packet);
  require("INV-08",
          is_person(r.account, r.person) && owns_section(c, edit->second.section, r.person, leaf.at),
          "an edit was taken by somebody whose section it is not");
  for (const auto& [id, other] : w->edits) {
    require("INV-24",
            other.status != "accepted" || other.decided <= edit->second.base ||
                !touch_alike(edit->second, other),
            "an edit was taken over one that was taken since");
  }
  WrittenSection& section = w->sections.at(edit->second.section);
  require("INV-24", r.onto == *section.versions.rbegin(), "an edit was taken onto an older version");
  edit->second.status = "accepted";
  edit->second.decided = leaf.n;
  edit->second.decider = r.person;
  section.versions.insert(leaf.n);
  w->taken = leaf.n;
  c.authors.insert(edit->second.by);
}

void Oracle::on(const packet::Leaf& leaf, const packet::EditRejected& r) {
  Written* w = written(r.packet);
  const auto edit = w == nullptr ? std::map<EditId, WrittenEdit>::iterator{} : w->edits.find(r.edit);
  require("INV-24", w == nullptr || (edit != w->edits.end() && edit->second.status == "proposed"),
          "an edit was decided that did not wait");
  if (broken_) {
    return;
  }
  const Case& c = cases_.at(r.packet);
  require("INV-08",
          is_person(r.account, r.person) && owns_section(c, edit->second.section, r.person, leaf.at),
          "an edit was rejected by somebody whose section it is not");
  static constexpr std::array usual{"wrong", "out_of_scope", "conflict_not_chosen", "superseded"};
  const auto drift = charter::from_word<charter::DriftTopic>(r.code);
  require("INV-41",
          std::ranges::find(usual, r.code) != usual.end() ||
              (drift && charter(c.lane)->agents.drift.contains(*drift)),
          "an edit was rejected for no reason of the list");
  edit->second.status = "rejected";
  edit->second.decided = leaf.n;
  edit->second.decider = r.person;
}

void Oracle::on(const packet::Leaf&, const packet::SymbolizationRefused& r) {
  Written* w = written(r.packet);
  if (w == nullptr) {
    return;
  }
  const Case& c = cases_.at(r.packet);
  const auto rule = charter(c.lane)->scope.find("symbolization");
  const auto depth = [&](const std::string& level) {
    return std::ranges::find(rule->second.levels, level) - rule->second.levels.begin();
  };
  require("INV-33", rule != charter(c.lane)->scope.end() && depth(r.level) > depth(r.bound),
          "a level within the bound was refused");
}

void Oracle::on(const packet::Leaf& leaf, const packet::FlagRaised& r) {
  if (Written* w = written(r.packet)) {
    const Case& c = cases_.at(r.packet);
    prepared(c, *w, r.actor, charter(c.lane)->agents.allow.contains(charter::AgentVerb::flag));
    w->flags[leaf.n] = false;
  }
}

void Oracle::on(const packet::Leaf&, const packet::FlagDismissed& r) {
  if (Written* w = written(r.packet)) {
    require("INV-41", w->flags.contains(r.flag) && !w->flags.at(r.flag), "a flag was dismissed that is none");
    require("INV-08", is_person(r.account, r.person), "a flag was dismissed by something else than a person");
    w->flags[r.flag] = true;
  }
}

// The revision says what the workspace came to, and every item that there ever was (INV-34).
void Oracle::seal_of(const packet::Leaf& leaf, const Sealing& sealing, Case& c) {
  Written& w = *c.written;
  const auto read = packet::read_revision(sealing.bytes);
  require("INV-01", read && read->co != nullptr, "what was sealed is no revision of a workspace");
  if (broken_) {
    return;
  }
  const packet::Coproduced& co = *read->co;
  require("INV-34", co.ledger.size() == w.items.size(), "an item is not in the ledger that was sealed");
  w.said_then.clear();
  for (const auto& [id, item] : w.items) {
    const auto known = co.ledger.find(id.str());
    require("INV-34",
            known != co.ledger.end() && known->second.state == item.state &&
                known->second.category == item.category && known->second.subject == item.subject &&
                known->second.status == item.status && known->second.statements == item.statements &&
                known->second.stub == item.stub && known->second.first_opened == item.first,
            "an item is another in the ledger that was sealed");
    require("INV-34", item.how != "subject_removed" || packet::has_left(co, item.subject),
            "what was said to be gone is in the revision");
    w.said_then[id] = item.statements;
  }
  require("INV-34", co.ledger_at == (w.items_at == leaf.n ? w.items_were : w.items_at),
          "something was raised after the ledger that was sealed");
  for (const auto& [section, role] : charter(c.lane)->ledger->sections) {
    const auto own = w.sections.find(section);
    require("INV-08",
            own != w.sections.end() && own->second.owner &&
                owns_section(c, section, *own->second.owner, leaf.at) && co.sections.contains(section) &&
                co.sections.at(section).owner == own->second.owner &&
                co.sections.at(section).version == *own->second.versions.rbegin(),
            "a section was sealed that nobody owns, or as another version");
  }
  std::size_t taken = 0;
  for (const auto& [id, edit] : w.edits) {
    if (edit.status != "accepted") {
      continue;
    }
    ++taken;
    const auto known = co.provenance.find(id.str());
    require("INV-43",
            known != co.provenance.end() && known->second.person == edit.by &&
                known->second.machine == edit.machine && known->second.accepted_by == edit.decider,
            "a revision does not say who made an edit, or who took it");
  }
  require("INV-43", co.provenance.size() == taken, "a revision has an edit that nobody took");
}

} // namespace sallyport::sim
