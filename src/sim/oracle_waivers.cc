// What crosses all the same, who stands in, and whose request gets the lane's slot.
#include "crypto/digest.h"
#include "packet/statement.h"
#include "sim/oracle.h"

#include <algorithm>
#include <array>
#include <limits>

namespace sallyport::sim {

// ---- overrides and substitutes

bool Oracle::may_sign_as(const Case& c, const Bound& bound, const PersonId& person, const std::string& role,
                         Instant at) const {
  const auto stand_in = bound.substitutes.find(role);
  const auto rule = charter(c.lane)->signers.substitute.find(role);
  if (stand_in != bound.substitutes.end() && stand_in->second == person &&
      rule != charter(c.lane)->signers.substitute.end()) {
    return holds_role(c.lane, person, rule->second.by, at);
  }
  return holds_role(c.lane, person, role, at);
}

bool Oracle::somebody_can_sign(const Case& c, const Bound& bound, const std::string& role, Instant at) const {
  return std::ranges::any_of(truth_->people, [&](const Person& holder) {
    const bool keyed = std::ranges::any_of(keys_, [&](const auto& key) {
      return key.second.person == holder.id && !key.second.revoked && at >= key.second.from &&
             at < key.second.until;
    });
    const bool enabled = std::ranges::any_of(disabled_, [&](const auto& account) {
      const auto known = truth_->accounts.find(account.first);
      return !account.second && known != truth_->accounts.end() && known->second.person == holder.id;
    });
    return keyed && enabled && holds_role(c.lane, holder.id, role, at) && !barred(c, bound, holder.id, at);
  });
}

bool Oracle::act_stands(const Case& c, const Given& act, Duration max_age, Instant at) const {
  const auto key = keys_.find(act.key);
  return at - act.at < max_age && act.leaf > c.resign && is_person(act.account, act.person) &&
         key != keys_.end() && key->second.person == act.person && !key->second.revoked &&
         at >= key->second.from && at < key->second.until;
}

const Oracle::Bound* Oracle::in_review(const Case& c) const {
  for (const auto& [digest, bound] : c.manifests) {
    if (!bound.over) {
      return &bound;
    }
  }
  return nullptr;
}

std::set<PersonId> Oracle::overriders(const Case& c, const Bound& bound, const HoldId& hold,
                                      Instant at) const {
  std::set<PersonId> out;
  const auto open = c.holds.find(hold);
  const auto acts = bound.overridden.find(hold);
  if (open == c.holds.end() || acts == bound.overridden.end() ||
      open->second.record.code != "FRESH.MISSING") {
    return out;
  }
  const auto rule = charter(c.lane)->holds.codes.find(open->second.record.code);
  if (rule == charter(c.lane)->holds.codes.end() || !rule->second.override_by) {
    return out;
  }
  for (const Given& act : acts->second) {
    const bool signs = std::ranges::any_of(
        bound.signatures, [&](const Signed& s) { return s.person == act.person && !s.withdrawn; });
    const bool may = std::ranges::any_of(rule->second.override_by->roles, [&](const std::string& role) {
      return holds_role(c.lane, act.person, role, at);
    });
    if (!signs && may && act_stands(c, act, rule->second.override_by->max_age, at)) {
      out.insert(act.person);
    }
  }
  return out;
}

bool Oracle::blocks(const Case& c, const HoldId& id, const Hold& hold, Instant at) const {
  if (hold.record.mode != "blocking") {
    return false;
  }
  const Bound* bound = in_review(c);
  const auto rule = charter(c.lane)->holds.codes.find(hold.record.code);
  if (bound == nullptr || !bound->overrides.contains(id) || rule == charter(c.lane)->holds.codes.end() ||
      !rule->second.override_by) {
    return true;
  }
  return overriders(c, *bound, id, at).size() < static_cast<std::size_t>(rule->second.override_by->count);
}

bool Oracle::held_up(const Case& c, Instant at) const {
  return std::ranges::any_of(c.holds, [&](const auto& row) { return blocks(c, row.first, row.second, at); });
}

void Oracle::on(const packet::Leaf& leaf, const packet::HoldOverridden& r) {
  Case& c = cases_[r.packet];
  require("INV-46", c.used.insert(r.act.sigs.front().sig).second, "an old signature counted as a new one");
  const auto bound = c.manifests.find(r.manifest);
  const auto said = packet::read_override(r.act.statement);
  require("INV-21",
          bound != c.manifests.end() && !bound->second.over && bound->second.overrides.contains(r.hold) &&
              c.holds.contains(r.hold) && said && said->manifest_digest == r.manifest && said->hold == r.hold,
          "an override is for another manifest or hold than its statement says");
  if (broken_) {
    return;
  }
  const auto rule = charter(c.lane)->holds.codes.find(c.holds.at(r.hold).record.code);
  require("INV-21",
          rule != charter(c.lane)->holds.codes.end() && rule->second.override_by &&
              std::ranges::any_of(
                  rule->second.override_by->roles,
                  [&](const std::string& role) { return holds_role(c.lane, r.person, role, leaf.at); }),
          "a hold was overridden by somebody who may not");
  require("INV-41", leaf.body.has_value(), "an override has no rationale");
  owns_up_to(leaf, r.act, r.person);
  bound->second.overridden[r.hold].push_back({leaf.n, r.person, r.account, r.act.sigs.front().key, leaf.at});
}

void Oracle::on(const packet::Leaf& leaf, const packet::SubstituteRatified& r) {
  Case& c = cases_[r.packet];
  require("INV-46", c.used.insert(r.act.sigs.front().sig).second, "an old signature counted as a new one");
  const auto bound = c.manifests.find(r.manifest);
  const auto said = packet::read_substitute(r.act.statement);
  require("INV-12",
          bound != c.manifests.end() && !bound->second.over && bound->second.substitutes.contains(r.role) &&
              bound->second.substitutes.at(r.role) == r.substitute && said &&
              said->manifest_digest == r.manifest && said->role == r.role && said->substitute == r.substitute,
          "a ratification is for another manifest or substitute than its statement says");
  if (broken_) {
    return;
  }
  const auto rule = charter(c.lane)->signers.substitute.find(r.role);
  require("INV-12",
          rule != charter(c.lane)->signers.substitute.end() && r.person != r.substitute &&
              c.drafters[bound->second.record.id] != r.person &&
              holds_role(c.lane, r.person, rule->second.ratified_by, leaf.at),
          "a substitute was ratified by somebody who may not");
  require("INV-12", !somebody_can_sign(c, bound->second, r.role, leaf.at),
          "a substitute was ratified though somebody of the role can sign");
  owns_up_to(leaf, r.act, r.person);
  bound->second.ratified[r.role].push_back({leaf.n, r.person, r.account, r.act.sigs.front().key, leaf.at});
}

// ---- who gets the slot

void Oracle::on(const packet::Leaf& leaf, const packet::ReleaseRequested& r) {
  Case& c = cases_[r.packet];
  const auto bound = c.manifests.find(r.manifest);
  require("INV-37",
          std::holds_alternative<gate::RequestRelease>(played_->event) && bound != c.manifests.end() &&
              quorum(c, bound->second, leaf.at, nullptr) && !held_up(c, leaf.at),
          "a request stands that something else than the lane's slots is in the way of");
  c.request = Standing{leaf.n, r.person, r.manifest};
}

void Oracle::on(const packet::Leaf&, const packet::ReleaseLapsed& r) {
  require("INV-37", cases_[r.packet].request.has_value(), "a request lapsed that did not stand");
  cases_[r.packet].request.reset();
}

// Whether something runs out that the register may not show yet.
bool Oracle::stale_by(const Case& c, Instant at) const {
  const charter::Charter& active = *charter(c.lane);
  std::set<std::string> asked{charter::roster_source(active)};
  for (const packet::Cite& cite : c.cites) {
    asked.insert(cite.source);
    const auto seen = seen_.find(cite.object);
    const auto source = active.sources.find(cite.source);
    if (seen == seen_.end() || source == active.sources.end()) {
      return true;
    }
    for (const charter::Check& check : source->second.checks) {
      if ((check.limit &&
           at - std::min(seen->second.complete_through, cite.complete_through) >= *check.limit) ||
          check.kind == charter::CheckKind::valid_until) {
        return true;
      }
    }
  }
  for (const std::string& name : asked) {
    const auto rule = active.sources.find(name);
    if (rule == active.sources.end() || !contact_.contains(name) ||
        at - contact_.at(name) >= rule->second.unknown_after) {
      return true;
    }
  }
  const Bound* bound = in_review(c);
  return bound == nullptr || !bound->substitutes.empty() || !active.clocks.due.empty() ||
         std::ranges::any_of(bound->signatures,
                             [&](const Signed& s) { return !s.withdrawn && !stands(c, *bound, s, at); });
}

bool Oracle::comes_before(const PacketId& a, const PacketId& b, Instant at) const {
  const Case& one = cases_.at(a);
  const Case& two = cases_.at(b);
  const charter::Charter& active = *charter(one.lane);
  const auto& listed = active.admission.severities;
  const auto urgency = [&](const Case& c) {
    return std::ranges::find(listed, truth_->sealings.at(*c.head).severity) - listed.begin();
  };
  const auto due = [&](const Case& c) {
    Instant nearest{std::numeric_limits<std::int64_t>::max()};
    for (const auto& [id, clock] : active.clocks.due) {
      const auto read = instants(c, clock.from.source, clock.from.attr);
      if (read && std::ranges::min(*read) > at) {
        nearest = std::min(nearest, std::ranges::min(*read));
      }
    }
    return nearest;
  };
  for (const charter::OrderKey key : active.admission.order) {
    if (key == charter::OrderKey::upstream_severity && urgency(one) != urgency(two)) {
      return urgency(one) < urgency(two);
    }
    if (key == charter::OrderKey::clock_nearest && due(one) != due(two)) {
      return due(one) < due(two);
    }
    if (key == charter::OrderKey::readiness_time && one.sealed_at != two.sealed_at) {
      return one.sealed_at < two.sealed_at;
    }
  }
  return a.str() < b.str();
}

void Oracle::admitted(const packet::Leaf& leaf, const PacketId& id, const Case& c) {
  require("INV-37", !lane_status_.contains(c.lane), "a recheck opened while the lane takes nothing");
  require("INV-37", windows_open(c, leaf.at), "a recheck opened outside a window");
  require("INV-17", !held_up(c, leaf.at), "a recheck opened while something blocks");
  conditions(c, leaf.at);
  const charter::Admission& admission = charter(c.lane)->admission;
  if (!admission.capacity || broken_) {
    return;
  }
  std::int64_t taken = 0;
  for (const auto& [entry, seen] : entries_) {
    const bool counts =
        cases_.at(seen.packet).lane == c.lane && !seen.acknowledged && leaf.at - seen.at < *admission.window;
    taken += counts ? 1 : 0;
  }
  std::int64_t before = 0;
  for (const auto& [other, with] : cases_) {
    if (other == id || with.lane != c.lane || with.status != "open") {
      continue;
    }
    if (with.recheck) {
      ++taken;
      continue;
    }
    const Bound* bound = with.request ? in_review(with) : nullptr;
    const bool stands = bound != nullptr && bound->record.manifest == with.request->manifest && with.head &&
                        !held_up(with, leaf.at) && quorum(with, *bound, leaf.at, nullptr) &&
                        windows_open(with, leaf.at) && !stale_by(with, leaf.at);
    before += stands && comes_before(other, id, leaf.at) ? 1 : 0;
  }
  require("INV-38", taken < *admission.capacity, "more packets are on their way than the lane takes");
  require("INV-39", taken + before < *admission.capacity,
          "a packet was let in before another that came first");
}

// ---- the lane, and what is said afterwards

void Oracle::on(const packet::Leaf& leaf, const packet::LaneStateSet& r) {
  require("INV-41", holds_role(r.lane, r.person, charter(r.lane)->lane.steward, leaf.at) && leaf.body,
          "the lane's state was set by somebody else than its steward, or without a reason");
  if (r.state == "open") {
    lane_status_.erase(r.lane);
  } else {
    lane_status_[r.lane] = r.state;
  }
  all_touched_ = true;
}

void Oracle::on(const packet::Leaf& leaf, const packet::CorrectionRecorded& r) {
  constexpr std::array kinds{"wrong_version", "wrong_audience", "over_broad_scope", "other"};
  require("INV-42", entries_.contains(r.entry) && entries_.at(r.entry).packet == r.packet,
          "something was corrected that never crossed");
  require("INV-41", leaf.body && std::ranges::find(kinds, r.code) != kinds.end(),
          "a correction has no kind or no reason");
}

void Oracle::on(const packet::Leaf&, const packet::SupersessionNotice& r) {
  require("INV-42", entries_.contains(r.entry) && entries_.at(r.entry).packet == r.packet,
          "notice was given of something that never crossed");
  require("INV-42", !r.successor || cases_.contains(*r.successor),
          "a notice names a packet that is not there");
}

} // namespace sallyport::sim
