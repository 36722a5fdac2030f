// Two packets that may be one case, and one packet of which a part goes on: worked out from what was really
// sealed and from what sources really said.
#include "canon/pointer.h"
#include "packet/statement.h"
#include "sim/oracle.h"

#include <algorithm>

namespace sallyport::sim {
namespace {

bool in_or_through(const std::string& status) {
  return status == "open" || status == "released";
}

} // namespace

// ---- one case or two

const gate::CaseTuples& Oracle::tuples(const Case& c) const {
  return c.last ? truth_->sealings.at(*c.last).cases : c.opened;
}

std::optional<Oracle::Alike> Oracle::alike(const Case& a, const Case& b) const {
  const gate::CaseTuples& left = tuples(a);
  const gate::CaseTuples& right = tuples(b);
  for (std::size_t row = 0; row < left.size() && row < right.size(); ++row) {
    Alike out{row, {}};
    for (const gate::Refs& tuple : left[row]) {
      if (std::ranges::find(right[row], tuple) != right[row].end()) {
        out.tuples.insert(tuple);
      }
    }
    if (!out.tuples.empty()) {
      return out;
    }
  }
  return std::nullopt;
}

void Oracle::on(const packet::Leaf& leaf, const packet::DuplicateSplit& r) {
  Case& c = cases_[r.packet];
  require("INV-46", c.used.insert(r.act.sigs.front().sig).second, "an old signature counted as a new one");
  const PersonId& person = r.act.sigs.front().person;
  const auto said = packet::read_split(r.act.statement);
  require("INV-26",
          said && ((said->first == r.packet && said->second == r.other) ||
                   (said->first == r.other && said->second == r.packet)),
          "a split names other packets than its statement");
  require(
      "INV-26",
      std::ranges::any_of(charter(c.lane)->lineage.split_roles,
                          [&](const std::string& role) { return holds_role(c.lane, person, role, leaf.at); }),
      "packets were split by somebody who may not");
  owns_up_to(leaf, r.act, person);
  c.apart[r.other] = {"split", alike(c, cases_[r.other])};
  require("INV-26", c.apart[r.other].equal.has_value() == r.equal.has_value(),
          "a split does not say on what the two are equal");
}

void Oracle::on(const packet::Leaf& leaf, const packet::DuplicateDismissed& r) {
  Case& c = cases_[r.packet];
  require(
      "INV-26",
      std::ranges::any_of(charter(c.lane)->lineage.split_roles,
                          [&](const std::string& role) { return holds_role(c.lane, r.by, role, leaf.at); }),
      "a suspicion was dismissed by somebody who may not");
  c.dismissed = leaf.n;
  if (r.other) {
    c.apart[*r.other] = {"dismissed", alike(c, cases_[*r.other])};
  }
}

// ---- a part of a packet

const Oracle::Split* Oracle::split_of(const Case& c) const {
  return c.split && c.head == c.split->revision ? &*c.split : nullptr;
}

std::set<std::string> Oracle::named(const Case& c, const std::string& dimension,
                                    std::string_view pointer) const {
  std::set<std::string> out;
  std::vector<std::string> at;
  if (!c.head || !canon::pointer_split(packet::split_form(pointer).pointer, at) || at.size() < 2) {
    return out;
  }
  const Sealing& sealing = truth_->sealings.at(*c.head);
  const auto elements = sealing.elements.find(dimension);
  const auto of_citation = [&](const std::string& citation) {
    std::set<std::string> found;
    const auto cite = sealing.cites.find(citation);
    const Thing* thing = cite == sealing.cites.end() ? nullptr : snapshot(cite->second);
    if (thing != nullptr && thing->touches.contains(dimension) && elements != sealing.elements.end()) {
      for (const auto& [element, value] : elements->second) {
        if (thing->touches.at(dimension).contains(value)) {
          found.insert(element);
        }
      }
    }
    return found;
  };
  if (at[0] == "scope" && at.size() > 2 && at[1] == dimension) {
    out.insert(at[2]);
  } else if (at[0] == "citations") {
    out = of_citation(at[1]);
  } else if (at[0] == "claims" && sealing.supports.contains(at[1])) {
    for (const std::string& citation : sealing.supports.at(at[1])) {
      const std::set<std::string> found = of_citation(citation);
      if (found.empty()) {
        return {}; // what it says may be of anything
      }
      out.insert(found.begin(), found.end());
    }
  }
  return out;
}

bool Oracle::held_back(const Case& c, std::string_view pointer) const {
  const Split* split = split_of(c);
  if (split == nullptr) {
    return false;
  }
  const std::set<std::string> names = named(c, split->dimension, pointer);
  return !names.empty() &&
         std::ranges::all_of(names, [&](const std::string& e) { return split->held.contains(e); });
}

bool Oracle::goes_on(const Case& c, std::string_view name) const {
  const Split* split = split_of(c);
  if (split == nullptr) {
    return true;
  }
  const std::set<std::string> names = named(c, split->dimension, name);
  return !names.empty() && std::ranges::includes(split->free, names);
}

void Oracle::on(const packet::Leaf& leaf, const packet::ScopeSplit& r) {
  Case& c = cases_[r.packet];
  require("INV-46", c.used.insert(r.act.sigs.front().sig).second, "an old signature counted as a new one");
  const auto said = packet::read_partial(r.act.statement);
  const charter::Charter& active = *charter(c.lane);
  require("INV-45",
          said && c.head == said->revision_digest && active.admission.partial_dim == said->dimension,
          "what was split is not the head, or not in the dimension that may be");
  if (broken_) {
    return;
  }
  const PersonId& person = r.act.sigs.front().person;
  require(
      "INV-45",
      std::ranges::any_of(active.admission.partial_roles,
                          [&](const std::string& role) { return holds_role(c.lane, person, role, leaf.at); }),
      "a scope was split by somebody who may not");
  owns_up_to(leaf, r.act, person);
  const auto& declares = truth_->sealings.at(*c.head).elements;
  const auto at = declares.find(said->dimension);
  const std::map<std::string, std::string> elements =
      at == declares.end() ? std::map<std::string, std::string>{} : at->second;
  const std::set<std::string> free(said->free.begin(), said->free.end());
  const std::set<std::string> held(said->held.begin(), said->held.end());
  require("INV-45",
          !free.empty() && !held.empty() && free.size() + held.size() == elements.size() &&
              std::ranges::all_of(
                  elements, [&](const auto& e) { return free.contains(e.first) != held.contains(e.first); }),
          "the parts of a split are not the whole, or share something");
  for (const auto& [id, hold] : c.holds) {
    const std::set<std::string> names = named(c, said->dimension, hold.record.subject);
    require("INV-45",
            hold.record.mode != "blocking" || (!names.empty() && std::ranges::includes(held, names)),
            "a split leaves something behind that is not of what is held", hold.record.code);
  }
  Split next{*c.head, said->dimension, free, {}};
  for (const std::string& element : held) {
    const bool before = split_of(c) != nullptr && c.split->held.contains(element);
    next.held[element] = before ? c.split->held.at(element) : r.remainder;
  }
  for (const auto& [element, remainder] :
       split_of(c) == nullptr ? std::map<std::string, PacketId>{} : c.split->held) {
    require("INV-45", held.contains(element), "a second split takes back what was held");
  }
  if (split_of(c) != nullptr) {
    c.splits.back() = next;
  } else {
    c.splits.push_back(next);
  }
  c.split = std::move(next);
}

void Oracle::on(const packet::Leaf& leaf, const packet::RemainderOpened& r) {
  require("INV-45", !cases_.contains(r.packet) && cases_.contains(r.continues.packet),
          "a remainder is a packet that there was, or continues none");
  if (broken_) {
    return;
  }
  const Case& whole = cases_.at(r.continues.packet);
  Case c;
  c.lane = whole.lane;
  c.submitter = whole.submitter;
  c.triager = whole.triager;
  c.authors = whole.authors;
  c.mergers = whole.mergers;
  c.continues = r.continues.packet;
  c.remainder = true;
  std::set<std::string> here;
  for (const packet::HeldElement& element : r.held) {
    here.insert(element.element);
    Instant since = leaf.at;
    for (const auto& [id, hold] : whole.holds) {
      if (hold.record.mode == "blocking" &&
          named(whole, r.dimension, hold.record.subject).contains(element.element)) {
        since = std::min(since, hold.first);
      }
    }
    require("INV-22", since == element.since, "what is held is not as old as its holds");
    c.carried.push_back({"SCOPE.PARTIAL", "/scope/" + r.dimension + "/" + element.element, since});
  }
  for (const auto& [id, hold] : whole.holds) {
    if (hold.record.mode == "blocking") {
      c.carried.push_back({hold.record.code, hold.record.subject, hold.first});
    }
  }
  std::set<std::string> meant;
  for (const auto& [element, remainder] : whole.split->held) {
    if (remainder == r.packet) {
      meant.insert(element);
    }
  }
  require("INV-45", here == meant && whole.split->dimension == r.dimension,
          "the remainder does not hold what the split leaves behind");
  cases_[r.packet] = std::move(c);
}

// ---- what crosses of a lineage

void Oracle::nothing_of_others(const Case& c, const PacketId& id, const Crossing& crosses) {
  const auto in_gate = [&](const PacketId& other) { return in_or_through(cases_.at(other).status); };
  // Whatever its elements are called: the values that the split left to others are not among what crosses.
  const auto left = [&](const Case& whole, const PacketId& whole_id, const Split& split) {
    const auto& then = truth_->sealings.at(split.revision).elements.at(split.dimension);
    std::set<std::string> free;
    std::set<std::string> own;
    for (const auto& [element, value] : then) {
      if (split.free.contains(element)) {
        free.insert(value);
      } else if (split.held.at(element) == id) {
        own.insert(value);
      }
    }
    for (const auto& [element, value] : crosses(split.dimension)) {
      require("INV-45", &whole == &c || !in_gate(whole_id) || !free.contains(value),
              "the rest of a split crossed with what had gone on");
      for (const auto& [held, remainder] : split.held) {
        require("INV-45",
                remainder == id || !in_gate(remainder) || then.at(held) != value ||
                    (&whole == &c ? free : own).contains(value),
                "what is held elsewhere crossed");
      }
    }
  };
  for (const Split& split : c.splits) {
    for (const auto& [element, remainder] : split.held) {
      require("INV-45", cases_.contains(remainder) && cases_.at(remainder).remainder,
              "what is held is in no packet");
    }
    if (!broken_) {
      left(c, id, split);
    }
  }
  if (!c.remainder) {
    return;
  }
  const Case& whole = cases_.at(*c.continues);
  for (const Split& split : whole.splits) {
    left(whole, *c.continues, split);
    // What crossed with the whole, whenever it came there.
    if (whole.status != "released" || !truth_->sealings.at(*whole.last).elements.contains(split.dimension)) {
      continue;
    }
    for (const auto& [element, value] : truth_->sealings.at(*whole.last).elements.at(split.dimension)) {
      const bool stayed = whole.split->revision == *whole.last && whole.split->held.contains(element);
      for (const auto& [other, mine] : crosses(split.dimension)) {
        require("INV-45", stayed || mine != value, "the rest of a split crossed with what had gone on");
      }
    }
  }
}

void Oracle::lineage_crosses(const packet::Leaf&, const PacketId& id, const Case& c, const packet::Entry& e) {
  std::vector<PacketId> also;
  for (const auto& [other, apart] : c.apart) {
    if (apart.how == "split" && in_or_through(cases_.at(other).status)) {
      also.push_back(other);
    }
  }
  require("INV-26", e.also == also, "an entry does not name the packets that it was split from");
  require("INV-26", e.continues == c.continues, "an entry does not say what it continues");
  require("INV-45", e.remainder.value_or(false) == (split_of(c) != nullptr),
          "an entry does not say that a part is held");
  const charter::Charter& active = *charter(c.lane);
  for (const auto& [entry, other] : entries_) {
    const Case& with = cases_.at(other.packet);
    const auto like = other.judged || with.lane != c.lane ? std::nullopt : alike(c, with);
    if (!like) {
      continue;
    }
    const auto apart = c.apart.find(other.packet);
    const bool decided = apart != c.apart.end() && apart->second.equal == like;
    const auto& rows = active.lineage.case_keys;
    const bool only_suspected =
        like->row < rows.size() && rows[like->row].on_equal == charter::OnEqual::suspected;
    bool told = decided && (apart->second.how == "split" || only_suspected);
    const bool rest_of = c.remainder && c.continues == other.packet;
    const Case* whole = rest_of ? &with : with.remainder && with.continues == id ? &c : nullptr;
    if (whole != nullptr && whole->split) {
      const bool looks =
          like->row >= rows.size() || std::ranges::any_of(rows[like->row].key, [&](const std::string& name) {
            return active.lineage.keys.at(name).contains("scope." + whole->split->dimension);
          });
      told = told || !looks || whole->last == whole->split->revision;
    }
    require("INV-26", told, "two releases that nobody has judged are of one case");
  }
  // What is held in one packet does not cross in another.
  const Sealing& sealing = truth_->sealings.at(*c.head);
  const auto crosses = [&](const std::string& dimension) {
    std::map<std::string, std::string> out;
    if (const auto at = sealing.elements.find(dimension); at != sealing.elements.end()) {
      out = at->second;
    }
    if (const Split* split = split_of(c); split != nullptr && split->dimension == dimension) {
      std::erase_if(out, [&](const auto& element) { return !split->free.contains(element.first); });
    }
    return out;
  };
  nothing_of_others(c, id, crosses);
  if (const Split* split = split_of(c)) {
    const auto on = crosses(split->dimension);
    // What nobody declared is no part of a split; what an element that goes on says as well is not held back.
    std::set<std::string> held;
    for (const auto& [element, value] : sealing.elements.at(split->dimension)) {
      if (std::ranges::none_of(on, [&](const auto& crossed) { return crossed.second == value; })) {
        held.insert(value);
      }
    }
    for (const packet::Cite& cite : c.cites) {
      const Thing* thing = goes_on(c, "/citations/" + cite.citation) ? snapshot(cite.object) : nullptr;
      require("INV-03",
              thing == nullptr ||
                  std::ranges::none_of(thing->touches.at(split->dimension),
                                       [&](const auto& value) { return held.contains(value); }),
              "evidence crossed that touches what is held");
    }
  }
}

} // namespace sallyport::sim
