#include "gate/notices.h"

#include "gate/clocks.h"
#include "gate/ledger.h"
#include "gate/standing.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

const charter::CodeRule* rule_of(const charter::Charter& charter, const std::string& code) {
  const auto at = charter.holds.codes.find(code);
  return at == charter.holds.codes.end() ? nullptr : &at->second;
}

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

void of_holds(const Packet& packet, const charter::Charter& charter, Instant now, std::vector<Notice>& out) {
  for (const auto& [id, hold] : packet.holds) {
    const charter::CodeRule* rule = rule_of(charter, hold.code);
    const auto& rows = rule != nullptr && !rule->escalate.empty() ? rule->escalate : charter.holds.escalate;
    for (std::size_t i = 0; i < rows.size() && now - hold.first_opened >= rows[i].after; ++i) {
      out.push_back({hold.code, hold.subject, id.str(), i + 1, rows[i].to, hold.first_opened});
    }
  }
}

// An item that nobody addressed is a hold of its own.
void of_items(const World& world, const Packet& packet, const charter::Charter& charter, Instant now,
              std::vector<Notice>& out) {
  if (!packet.workspace) {
    return;
  }
  for (const auto& [id, item] : packet.workspace->ledger.items) {
    const charter::CodeRule* rule = rule_of(charter, item.code);
    const auto& rows = rule != nullptr && !rule->escalate.empty() ? rule->escalate : charter.holds.escalate;
    const bool holds = item.open() && !accepted(world, packet, id, now);
    for (std::size_t i = 0; holds && i < rows.size() && now - item.first_opened >= rows[i].after; ++i) {
      out.push_back({item.code, item.subject, id.str(), i + 1, rows[i].to, item.first_opened});
    }
  }
}

} // namespace

std::vector<Notice> notices(const World& world, const PacketId& id, Instant now) {
  std::vector<Notice> out;
  const Packet* packet = world.state.find(id);
  const charter::Charter* charter = packet == nullptr ? nullptr : world.active_charter(packet->lane);
  if (charter == nullptr || !packet->open()) {
    return out;
  }
  of_holds(*packet, *charter, now, out);
  of_items(world, *packet, *charter, now, out);
  for (const auto& [name, due] : charter->clocks.due) {
    const auto at = due.escalate_to ? due_at(world, id, *charter, due) : std::nullopt;
    if (at && now >= *at) {
      const std::string clock = "/clocks/due/" + name;
      out.push_back({"TIME.CLOCK_NEAR", clock, clock, 1, *due.escalate_to, *at});
    }
  }
  for (const CheckLine& line : waits(world, id, now)) {
    if (line.outcome != Outcome::wait) {
      continue;
    }
    if (const Instant since = began(world, *packet, line); now - since >= charter->admission.max_wait) {
      out.push_back({line.code, line.subject, "", 1, charter->admission.escalate_to, since});
    }
  }
  return out;
}

std::optional<Instant> answer_by(const World& world, const Packet& packet, const Hold& hold) {
  const charter::Charter* charter = world.active_charter(packet.lane);
  if (charter == nullptr || hold.mode != "blocking") {
    return std::nullopt;
  }
  const charter::CodeRule* rule = rule_of(*charter, hold.code);
  return hold.first_opened + (rule != nullptr ? rule->sla.value_or(charter->holds.sla) : charter->holds.sla);
}

} // namespace sallyport::gate
