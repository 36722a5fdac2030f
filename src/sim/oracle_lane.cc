// Rechecks, releases, and what the lane does with them: what each leaf must have been.
#include "crypto/digest.h"
#include "sim/oracle.h"

#include <algorithm>

namespace sallyport::sim {

// ---- release

bool Oracle::slot_came_free(const PacketId& id, const Case& c) const {
  const bool clock = std::holds_alternative<gate::Reevaluate>(played_->event) ||
                     std::holds_alternative<gate::ExpireRecheck>(played_->event);
  return !clock && std::ranges::any_of(on_the_way_, [&](const PacketId& other) {
    return other != id && cases_.at(other).lane == c.lane && !cases_.at(other).recheck;
  });
}

void Oracle::on(const packet::Leaf& leaf, const packet::RecheckOpened& r) {
  Case& c = cases_[r.packet];
  require("INV-16", !c.recheck && c.status == "open", "a second recheck opened, or one of a closed packet");
  const bool completing = r.why == "completing_signature" && r.cause >= step_from_ &&
                          std::holds_alternative<gate::SignManifest>(played_->event);
  const bool requested = r.by.has_value() && std::holds_alternative<gate::RequestRelease>(played_->event) &&
                         std::get<gate::RequestRelease>(played_->event).packet == r.packet;
  // A request that stands, when a slot came free: the lane acknowledged, somebody asked in its place, or an
  // act, whatever it was, ended the recheck of another.
  const bool freed = slot_came_free(r.packet, c);
  const bool stood = c.request && r.by == c.request->person && r.cause == c.request->leaf &&
                     r.manifest == c.request->manifest &&
                     (std::holds_alternative<gate::AcknowledgeEntry>(played_->event) ||
                      std::holds_alternative<gate::RequestRelease>(played_->event) || freed);
  const bool asked = requested || stood;
  require("INV-23", !played_->harmful || (stood && freed), "an action that only takes away opened a recheck");
  require("INV-37", completing || asked, "a recheck opened that no person asked for");
  const auto bound = c.manifests.find(r.manifest);
  require("INV-14", bound != c.manifests.end() && quorum(c, bound->second, leaf.at, nullptr),
          "a recheck opened without a quorum");
  if (broken_) {
    return;
  }
  if (completing) {
    std::set<packet::LeafNumber> others;
    for (const Signed& s : bound->second.signatures) {
      if (s.leaf < step_from_) {
        others.insert(s.leaf);
      }
    }
    require("INV-37", !quorum(c, bound->second, leaf.at, &others),
            "a signature that completes nothing opened a recheck");
  } else if (requested) {
    const bool signer =
        std::ranges::any_of(charter(c.lane)->signers.require, [&](const charter::Requirement& row) {
          return std::ranges::any_of(row.roles, [&](const std::string& role) {
            return may_sign_as(c, bound->second, *r.by, role, leaf.at);
          });
        });
    require("INV-37", signer || c.written || bound->second.record.person == *r.by,
            "a recheck was asked for by somebody who may not");
    require("INV-37", !c.written || r.by == c.written->owner,
            "a recheck was asked for by somebody who does not own the release");
  }
  // Every source that is cited, and the roster's, is among those that will be asked.
  const charter::Charter* active = charter(c.lane);
  std::set<std::string> must{active == nullptr ? "" : charter::roster_source(*active)};
  for (const packet::Cite& cite : c.cites) {
    must.insert(cite.source);
  }
  std::set<std::string> asks;
  for (const packet::NeededAnswer& needed : r.needed) {
    asks.insert(needed.source);
  }
  require("INV-18", std::ranges::includes(asks, must), "a recheck leaves a source out");
  admitted(leaf, r.packet, c);
  c.request.reset();
  c.recheck = Asked{r, leaf.at, leaf.n, {}};
}

void Oracle::on(const packet::Leaf&, const packet::RecheckClosed& r) {
  Case& c = cases_[r.packet];
  require("INV-41", !r.reasons.empty(), "a recheck closed without a reason");
  c.recheck.reset();
}

void Oracle::on(const packet::Leaf& leaf, const packet::ReleaseCommitted& r) {
  Case& c = cases_[r.packet];
  require("INV-16", c.status == "open" && !c.entry, "a packet was released that is closed");
  const auto bound = c.manifests.find(r.manifest);
  require("INV-10", bound != c.manifests.end() && !bound->second.over,
          "something was released over a manifest that is over");
  if (broken_) {
    return;
  }
  crossing(leaf, r, c, bound->second);
  ++releases;
  entries_[r.entry] = {r.packet, r.manifest, leaf.at, false, false, false, {}};
  bound->second.over = true;
  spend(c);
  c.entry = r.entry;
  // What crossed with it, shown or let cross by people, is as old in the packet that continues it.
  for (const packet::BoundHold& hold : crossing_holds(c, bound->second.overrides)) {
    c.carried.push_back({hold.code, hold.subject, hold.first_opened});
  }
  close(c, "released");
}

void Oracle::on(const packet::Leaf&, const packet::EntryDelivered& r) {
  require("INV-42", entries_.contains(r.entry), "an entry was delivered that was never released");
  entries_[r.entry].delivered = true;
}

void Oracle::reader(const packet::Leaf&, const EntryId& entry, const PersonId& person) {
  const auto at = entries_.find(entry);
  require("INV-04", at != entries_.end(), "somebody acted on an entry that was never released");
  if (broken_) {
    return;
  }
  const Case& c = cases_[at->second.packet];
  const auto in = [&](const std::vector<packet::AudienceMember>& members) {
    return std::ranges::any_of(members, [&](const auto& m) { return m.person == person; });
  };
  const RosterTruth* active = roster(c.lane);
  const Bound& bound = c.manifests.at(at->second.manifest);
  require("INV-04",
          at->second.delivered && in(bound.members) && active != nullptr &&
              active->audience.contains(bound.said.audience.name) &&
              in(active->audience.at(bound.said.audience.name)),
          "somebody acted on an entry who may not read it");
}

void Oracle::on(const packet::Leaf& leaf, const packet::EntryAcknowledged& r) {
  reader(leaf, r.entry, r.person);
  entries_[r.entry].acknowledged = true;
}

void Oracle::on(const packet::Leaf& leaf, const packet::LaneVerdict& r) {
  reader(leaf, r.entry, r.person);
  require("INV-16", !entries_[r.entry].judged, "an entry got two verdicts");
  entries_[r.entry].judged = true;
  entries_[r.entry].verdict = r.code;
}

void Oracle::on(const packet::Leaf& leaf, const packet::AttemptRefused& r) {
  if (r.packet) {
    Case& c = cases_[*r.packet];
    c.attempt = leaf.n;
    c.attempted_by = r.actor;
    c.attempted.clear();
    for (const packet::Reason& reason : r.reasons) {
      c.attempted.insert(reason.code);
    }
  }
}

} // namespace sallyport::sim
