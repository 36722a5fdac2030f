#include "gate/notices.h"

#include "gate/standing.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

// When the packet came to need what it waits for: its head, or the end of its last manifest.
Instant without_manifest(const Packet& packet) {
  Instant since = packet.head ? packet.head->sealed_at : packet.opened_at;
  for (const auto& [id, manifest] : packet.manifests) {
    since = std::max(since, manifest.ended_at);
  }
  return since;
}

Instant began(const World& world, const Packet& packet, const CheckLine& wait) {
  const ManifestState* manifest = packet.reviewed();
  if (manifest == nullptr) {
    return without_manifest(packet);
  }
  if (wait.code == "LANE.CLOSED" || wait.code == "LANE.UNREACHABLE") {
    return std::max(world.state.lanes.at(packet.lane).since, manifest->submitted_at);
  }
  if (wait.code == "RELEASE.RECHECK" && packet.recheck) {
    return packet.recheck->opened_at;
  }
  const auto signature = std::ranges::find_if(
      manifest->signatures, [&](const Signature& s) { return s.person.str() == wait.subject; });
  if (signature != manifest->signatures.end()) { // SIGN.WITHDRAWN, SIGN.EXPIRED
    const charter::Charter* charter = world.active_charter(packet.lane);
    return signature->withdrawn
               ? signature->withdrawn_at
               : signature->at + (charter == nullptr ? Duration{} : charter->signers.valid_for);
  }
  return std::max(manifest->submitted_at, manifest->authorised_at);
}

} // namespace

std::vector<Notice> notices(const World& world, const PacketId& id, Instant now) {
  std::vector<Notice> out;
  const Packet& packet = *world.state.find(id);
  const charter::Charter* charter = world.active_charter(packet.lane);
  if (charter == nullptr || !packet.open()) {
    return out;
  }
  for (const CheckLine& line : waits(world, id, now)) {
    if (line.outcome != Outcome::wait) {
      continue;
    }
    if (const Instant since = began(world, packet, line); now - since >= charter->admission.max_wait) {
      out.push_back({line.code, line.subject, charter->admission.escalate_to, since});
    }
  }
  for (const auto& [hold_id, hold] : packet.holds) {
    const auto rule = charter->holds.codes.find(hold.code);
    const bool own = rule != charter->holds.codes.end() && !rule->second.escalate.empty();
    for (const charter::Escalation& step : own ? rule->second.escalate : charter->holds.escalate) {
      if (hold.mode == "blocking" && now - hold.first_opened >= step.after) {
        out.push_back({hold.code, hold.subject, step.to, hold.first_opened});
      }
    }
  }
  return out;
}

} // namespace sallyport::gate
