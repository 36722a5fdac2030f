// Orders to erase, that they were carried out, and the legal holds that forbid it: what each leaf must have
// been.
#include "sim/oracle.h"

#include <algorithm>

namespace sallyport::sim {

// What is closed is kept from then on, as the charter says that is active then.
void Oracle::close(Case& c, const char* status) {
  c.status = status;
  c.closed = at_;
  c.closed_under = charter_.contains(c.lane) ? std::optional(charter_.at(c.lane)) : std::nullopt;
  c.holds.clear();
  c.request.reset();
}

// Every packet that goes on from this one, that it goes on from, or that was merged with one of them.
std::set<PacketId> Oracle::family(const PacketId& id) const {
  std::set<PacketId> out{id};
  std::vector<PacketId> next{id};
  while (!next.empty()) {
    const PacketId at = next.back();
    next.pop_back();
    const Case& mine = cases_.at(at);
    for (const auto& [other, c] : cases_) {
      const bool kin = mine.continues == other || c.continues == at || mine.merged == other || c.merged == at;
      if (kin && out.insert(other).second) {
        next.push_back(other);
      }
    }
  }
  return out;
}

void Oracle::on(const packet::Leaf& leaf, const packet::ErasureOrdered& r) {
  Case& c = cases_[r.packet];
  require("INV-47", !r.unit && !r.revision && !r.end_state, "a fragment was given up where there is none");
  require("INV-47", !c.ordered, "an erasure was ordered twice");
  const charter::Charter* active = charter(c.lane);
  require("INV-47",
          is_person(r.account, r.person) && active != nullptr &&
              std::ranges::any_of(
                  active->holds.clear_roles,
                  [&](const std::string& role) { return holds_role(c.lane, r.person, role, leaf.at); }),
          "an erasure was ordered by somebody who may not");
  for (const PacketId& id : family(r.packet)) {
    require("INV-47", cases_.at(id).status != "open", "what an open packet of the case needs was given up");
    require("INV-47", cases_.at(id).courts.empty(), "something was given up under a legal hold");
  }
  if (c.entry) {
    const EntrySeen& entry = entries_.at(*c.entry);
    require("INV-47", entry.delivered && entry.judged,
            "an entry was given up with which the lane is not done");
  }
  require("INV-47", c.closed && c.closed_under, "something was given up whose time nobody can tell");
  if (broken_) {
    return;
  }
  const Instant end = *c.closed + truth_->charters.at(*c.closed_under)->governance.record_retention;
  require("INV-47", leaf.at >= end, "something was given up before its time");
  require("INV-47", r.deadline == end && r.charter == c.closed_under,
          "an order names another end, or another charter");
  c.ordered = leaf.n;
}

void Oracle::on(const packet::Leaf& leaf, const packet::ErasureDone& r) {
  Case& c = cases_[r.packet];
  require("INV-47", c.ordered && r.ordered == *c.ordered, "something is gone that nobody ordered");
  require("INV-47", !c.erased, "an erasure was done twice");
  require("INV-47", !r.unit && r.keys == 1 && r.backups_until >= leaf.at,
          "an erasure says of other keys, or of backups, what is not so");
  require("INV-47", r.notice == c.entry, "an erasure does not name the entry whose readers have copies");
  c.erased = true;
}

void Oracle::on(const packet::Leaf& leaf, const packet::LegalHoldPlaced& r) {
  Case& c = cases_[r.packet];
  require("INV-47", !c.ordered, "what is given up was held for a court");
  require("INV-41", leaf.body.has_value(), "a legal hold has no reason");
  c.courts[leaf.n] = r.person;
}

void Oracle::on(const packet::Leaf& leaf, const packet::LegalHoldLifted& r) {
  Case& c = cases_[r.packet];
  const auto hold = c.courts.find(r.hold);
  require("INV-47", hold != c.courts.end(), "a legal hold was lifted that nobody placed");
  require("INV-47", hold == c.courts.end() || hold->second != r.person,
          "a legal hold was lifted by whoever placed it");
  require("INV-41", leaf.body.has_value(), "a legal hold was lifted without a reason");
  if (hold != c.courts.end()) {
    c.courts.erase(hold);
  }
}

// Under a key that goes, or is gone, nothing is written any more.
void Oracle::written_in_time(const gate::LeafOut& out) {
  constexpr std::string_view own = "packet/";
  const auto id = out.unit.starts_with(own) ? PacketId::parse(out.unit.substr(own.size()))
                                            : fail(ErrorCode::not_found, "", "");
  const auto at = id ? cases_.find(*id) : cases_.end();
  require("INV-47", !out.body || at == cases_.end() || !at->second.ordered,
          "something was written in a packet that was given up");
}

} // namespace sallyport::sim
