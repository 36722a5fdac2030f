#include "gate/bind.h"

#include "charter/model.h"
#include "gate/clocks.h"
#include "gate/ledger.h"
#include "gate/lineage.h"
#include "gate/scope.h"
#include "gate/standing.h"

#include "crypto/digest.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

std::map<std::string, std::vector<std::string>> bound_scope(const charter::Charter& charter,
                                                            const Dossier& dossier, const Partial* partial) {
  const auto held = [&](const std::string& dimension, const std::string& name) {
    const std::string element = packet::split_form(name).pointer.substr(("/scope/" + dimension + "/").size());
    return partial != nullptr && partial->dimension == dimension && partial->held.contains(element);
  };
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& [dimension, rule] : charter.scope) {
    if (rule.type == charter::ScopeType::parts) {
      continue; // bound by hash, among the fragments
    }
    if (stands_in_clear(rule.type) && dossier.revision.bounds.contains(dimension)) {
      continue; // among the bounds; where there is none, `[]` says so here
    }
    std::vector<std::string>& digests = out[dimension];
    const std::string below = "/scope/" + dimension + "/";
    for (const auto& [name, digest] : dossier.names) {
      if (name.starts_with(below) && !held(dimension, name)) {
        digests.push_back(digest); // every form of every element
      }
    }
    std::ranges::sort(digests);
  }
  return out;
}

std::optional<packet::Bounds> bound_in_clear(const charter::Charter& charter, const Dossier& dossier) {
  packet::Bounds out;
  for (const auto& [dimension, bound] : dossier.revision.bounds) {
    if (const auto rule = charter.scope.find(dimension);
        rule != charter.scope.end() && is_of(rule->second, bound)) {
      out.emplace(dimension, bound);
    }
  }
  return out.empty() ? std::nullopt : std::optional(std::move(out));
}

std::map<std::string, packet::BoundEvidence> bound_evidence(const World& world, const PacketId& id,
                                                            const Packet& packet, const Dossier& dossier) {
  std::map<std::string, packet::BoundEvidence> out;
  for (const packet::Cite& cite : packet.head->cites) {
    packet::BoundEvidence& evidence = out[cite.citation];
    evidence.source = cite.source;
    if (const auto record = dossier.names.find("/citations/" + cite.citation + "/record");
        record != dossier.names.end()) {
      evidence.record = record->second;
    }
    evidence.observed_at = cite.observed_at;
    evidence.complete_through = cite.complete_through;
    evidence.leaf = packet.head->leaf;
    const auto object = world.state.objects.find(cite.object);
    if (object != world.state.objects.end() && object->second.observed &&
        !is_held_back(world, id, "/citations/" + cite.citation) && // as it was sealed; nobody relies on it
        object->second.ordinal == cite.ordinal && object->second.observed_at >= cite.observed_at) {
      evidence.observed_at = object->second.observed_at;
      evidence.complete_through = object->second.complete_through;
      evidence.leaf = object->second.leaf;
    }
  }
  return out;
}

} // namespace

packet::View lane_view(const World& world, const PacketId& id) {
  const Packet& packet = *world.state.find(id);
  const Dossier& dossier = *world.dossier(id);
  packet::View view;
  view.view = "lane";
  view.revision = packet.head->digest;
  view.recipe = *world.state.lanes.at(packet.lane).charter;
  for (const std::string& name : shown(world, packet, dossier).choice.names) {
    if (goes_on(world, id, name) && !is_stubbed(packet, name)) {
      view.disclosures.push_back(dossier.names.at(name));
    }
  }
  std::ranges::sort(view.disclosures);
  for (const auto& [part, state] : packet.head->parts) {
    if (const auto clear = dossier.revision.parts.find(part); state == "included" &&
                                                              goes_on(world, id, "/parts/" + part) &&
                                                              clear != dossier.revision.parts.end()) {
      view.parts.push_back(clear->second.sha256);
    }
  }
  std::ranges::sort(view.parts); // a set: two annexes may have the same bytes
  const auto [first, last] = std::ranges::unique(view.parts);
  view.parts.erase(first, last);
  return view;
}

std::vector<packet::BoundHold> crossing_holds(const World& world, const Packet& packet,
                                              const std::set<HoldId>& overrides, Instant now) {
  std::vector<packet::BoundHold> out;
  for (const auto& [id, hold] : packet.holds) {
    if (hold.mode == "visible") {
      out.push_back({id, hold.code, hold.subject, hold.mode, hold.first_opened});
    } else if (overrides.contains(id)) {
      out.push_back({id, hold.code, hold.subject, "override", hold.first_opened});
    }
  }
  if (packet.workspace) { // an item that is accepted crosses as the hold that it is
    for (const packet::BoundAcceptance& one : all_accepted(world, packet, now)) {
      const Item& item = packet.workspace->ledger.items.at(one.item);
      out.push_back(
          {HoldId::parse(one.item.str()).value(), item.code, item.subject, "accepted", item.first_opened});
    }
  }
  std::ranges::sort(out, {}, &packet::BoundHold::hold);
  return out;
}

namespace {

// The clocks that run for the head's fragments, as the registry stated them.
std::vector<packet::BoundClock> bound_clocks(const Packet& packet, const packet::Coproduced& co,
                                             const charter::Charter& charter, const World& world) {
  std::vector<packet::BoundClock> out;
  for (const auto& [name, due] : charter.clocks.due) {
    if (due.kind != charter::DueKind::retention) {
      continue;
    }
    std::map<std::string, std::uint32_t> records;
    for (const packet::Cite& cite : packet.head->cites) {
      const auto object = world.state.objects.find(cite.object);
      if (cite.source == due.from.source && object != world.state.objects.end()) {
        records[cite.citation] = object->second.ordinal;
      }
    }
    for (const auto& [id, fragment] : co.fragments) {
      const packet::SealedRetention& kept = co.retention.at(fragment.retention);
      out.push_back({name, id, kept.deadline, kept.end_state, "running", kept.disputed, records});
    }
  }
  return out;
}

// What a packet with a ledger binds beside the rest: its owner, who is to sign, what is disputed and
// accepted.
void bind_ledger(const World& world, const Packet& packet, const Dossier& dossier,
                 const charter::Charter& charter, Instant now, Bound& bound) {
  packet::Manifest& m = bound.manifest;
  const packet::Coproduced& co = *dossier.revision.co;
  m.owner = packet::BoundOwner{packet.workspace->owner, charter.ledger->owner.role};
  m.ledger = bound_ledger(packet, dossier);
  m.accepted = all_accepted(world, packet, now);
  m.accepted_digest = packet::accepted_digest(m.accepted);
  m.clock_state = bound_clocks(packet, co, charter, world);
  m.fragments.emplace();
  m.fragments->dumps = co.dumps;
  for (const auto& [id, fragment] : co.fragments) {
    m.fragments->parts[id] = fragment.sha256;
  }
  const packet::EligibleSigner owner{m.owner->person, m.owner->role};
  if (std::ranges::find(m.signers.eligible, owner) == m.signers.eligible.end()) {
    bound.lacking.push_back({"LANE.METADATA", "/owner"});
  }
}

} // namespace

bool intact(const BoundManifest& kept, const Digest& digest) {
  const auto said = packet::read_manifest(kept.bytes);
  const auto opening = packet::open_disclosure(kept.audience.encoded);
  const auto members = opening ? packet::read_audience(*opening) : std::unexpected(Error{opening.error()});
  return crypto::sha256(as_bytes(kept.bytes)) == digest && said && *said == kept.manifest && members &&
         opening->digest == said->audience.members && *members == kept.members;
}

Bound bind(const World& world, const PacketId& id, const ManifestId& manifest,
           const packet::Salt& audience_salt, const packet::BoundLog& head, Instant now,
           const Waived& waived) {
  const Packet& packet = *world.state.find(id);
  const Dossier& dossier = *world.dossier(id);
  const charter::Charter& charter = *world.active_charter(packet.lane);
  const LaneRoster& roster = *world.active_roster(packet.lane);
  const LaneState& lane = world.state.lanes.at(packet.lane);

  Bound bound;
  bound.members = cut_audience(world, packet, charter, roster).members;
  bound.audience = packet::audience_disclosure(audience_salt, bound.members);
  packet::Manifest& m = bound.manifest;
  m.manifest = manifest;
  m.packet = id;
  m.revision = packet.head->number;
  m.revision_digest = packet.head->digest;
  m.lane = packet.lane;
  const packet::View view = lane_view(world, id);
  m.view = crypto::sha256(as_bytes(packet::view_bytes(view)));
  m.scope = bound_scope(charter, dossier, packet.split());
  m.bounds = bound_in_clear(charter, dossier);
  m.audience = {charter.lane.audience_max, bound.audience.digest};
  m.charter = {charter.id, static_cast<std::uint32_t>(charter.version), *lane.charter};
  m.roster = {roster.roster.version, *lane.roster};
  for (const charter::Requirement& row : charter.signers.require) {
    m.signers.require.push_back({{row.roles.begin(), row.roles.end()}, row.count});
  }
  m.signers.eligible = eligible(world, id, manifest, now);
  for (const auto& [role, person] : waived.substitutes) {
    const auto rule = charter.signers.substitute.find(role);
    if (rule == charter.signers.substitute.end()) {
      bound.lacking.push_back({"SIGN.SUBSTITUTE", "/signers"});
      continue;
    }
    m.signers.eligible.push_back({person, role});
    if (!m.signers.substitutes) {
      m.signers.substitutes.emplace();
    }
    m.signers.substitutes->push_back({role, person, rule->second.by, rule->second.ratified_by});
  }
  std::ranges::sort(m.signers.eligible);
  m.signers.key_class_min = std::string(charter::to_word(charter.signers.key_class_min));
  m.signers.valid_for = charter.signers.valid_for;
  m.evidence = bound_evidence(world, id, packet, dossier);
  m.holds = crossing_holds(world, packet, waived.overrides, now);
  m.holds_digest = packet::holds_digest(m.holds);
  m.log = head;
  if (std::vector<PacketId> others = split_from(world.state, packet); !others.empty()) {
    m.also = std::move(others);
  }
  if (packet.continues) {
    m.continues = packet.continues->packet;
  }
  if (packet.split() != nullptr) {
    m.remainder = true;
    bound.view = view;
  }
  if (packet.workspace && dossier.revision.co != nullptr) {
    bind_ledger(world, packet, dossier, charter, now, bound);
  }
  BoundWindows windows = bound_windows(world, id, charter);
  m.windows = std::move(windows.windows);

  const auto lack = [&](bool empty, const char* code, const char* where) {
    if (empty) {
      bound.lacking.push_back({code, where});
    }
  };
  lack(bound.members.empty(), "AUD.EMPTY", "/audience");
  lack(m.signers.eligible.empty(), "LANE.METADATA", "/signers");
  lack(m.evidence.empty(), "LANE.METADATA", "/evidence");
  lack(m.log.size == 0, "SYS.AUDIT", "/log");
  lack(!windows.unknown.empty(), "LANE.METADATA", "/windows");
  for (const auto& [dimension, digests] : m.scope) {
    lack(digests.empty() && charter.scope.at(dimension).required, "SCOPE.UNDEFINED", "/scope");
  }
  for (const auto& [citation, evidence] : m.evidence) {
    lack(evidence.record.empty(), "SYS.INTEGRITY", "/evidence");
  }
  return bound;
}

std::vector<packet::Reason> differences(const packet::Manifest& bound, const packet::Manifest& now) {
  std::vector<packet::Reason> out;
  const auto differs = [&](bool other, const char* code, const char* where) {
    if (other) {
      out.push_back({code, where});
    }
  };
  differs(bound.manifest != now.manifest || bound.packet != now.packet, "SYS.INTEGRITY", "/manifest");
  differs(bound.revision_digest != now.revision_digest || bound.revision != now.revision, "LINE.SUPERSEDED",
          "/revision");
  differs(bound.lane != now.lane, "LANE.MISMATCH", "/lane");
  differs(bound.view != now.view, "MIN.POLICY_STALE", "/view");
  differs(bound.scope != now.scope || bound.bounds != now.bounds, "SCOPE.DRIFT", "/scope");
  differs(bound.audience != now.audience, "AUD.EXCEEDS", "/audience");
  differs(bound.charter != now.charter, "GOV.CHARTER", "/charter");
  differs(bound.roster != now.roster, "AUD.ROSTER_DRIFT", "/roster");
  differs(bound.signers.require != now.signers.require ||
              bound.signers.key_class_min != now.signers.key_class_min ||
              bound.signers.valid_for != now.signers.valid_for,
          "GOV.CHARTER", "/signers");
  differs(bound.signers.substitutes != now.signers.substitutes, "SIGN.SUBSTITUTE", "/signers");
  differs(bound.holds != now.holds || bound.holds_digest != now.holds_digest ||
              packet::holds_digest(bound.holds) != bound.holds_digest,
          "holds_changed", "/holds");
  differs(bound.also != now.also || bound.continues != now.continues, "LINE.CHANGED", "/also");
  differs(bound.remainder != now.remainder, "SCOPE.PARTIAL", "/remainder");
  differs(bound.owner != now.owner, "GOV.OWNER_AMBIGUOUS", "/owner");
  differs(bound.ledger != now.ledger, "ledger_changed", "/ledger"); // INV-36: its last record, and every item
  differs(bound.accepted != now.accepted || bound.accepted_digest != now.accepted_digest, "ledger_changed",
          "/accepted");
  differs(bound.clock_state != now.clock_state, "FRESH.CHANGED", "/clock_state");
  differs(bound.fragments != now.fragments, "LINE.DIGEST_MISMATCH", "/fragments");
  differs(bound.log.origin != now.log.origin || bound.log.size > now.log.size, "SYS.INTEGRITY", "/log");
  differs(bound.windows != now.windows, "window_moved", "/windows");
  bool evidence = bound.evidence.size() != now.evidence.size();
  for (const auto& [citation, old] : bound.evidence) {
    const auto at = now.evidence.find(citation);
    evidence = evidence || at == now.evidence.end() || at->second.source != old.source ||
               at->second.record != old.record || at->second.observed_at < old.observed_at;
  }
  differs(evidence, "FRESH.CHANGED", "/evidence");
  return out;
}

} // namespace sallyport::gate
