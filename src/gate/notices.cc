#include "gate/notices.h"

#include "gate/clocks.h"

namespace sallyport::gate {
namespace {

const charter::CodeRule* rule_of(const charter::Charter& charter, const std::string& code) {
  const auto at = charter.holds.codes.find(code);
  return at == charter.holds.codes.end() ? nullptr : &at->second;
}

} // namespace

std::vector<Notice> notices(const World& world, const PacketId& id, Instant now) {
  std::vector<Notice> out;
  const Packet* packet = world.state.find(id);
  const charter::Charter* charter = packet == nullptr ? nullptr : world.active_charter(packet->lane);
  if (charter == nullptr || !packet->open()) {
    return out;
  }
  for (const auto& [hold_id, hold] : packet->holds) {
    const charter::CodeRule* rule = rule_of(*charter, hold.code);
    const auto& rows = rule != nullptr && !rule->escalate.empty() ? rule->escalate : charter->holds.escalate;
    for (std::size_t i = 0; i < rows.size() && now - hold.first_opened >= rows[i].after; ++i) {
      out.push_back({hold.code, hold_id.str(), i + 1, rows[i].to, hold.first_opened + rows[i].after});
    }
  }
  for (const auto& [name, due] : charter->clocks.due) {
    const auto at = due.escalate_to ? due_at(world, *packet, *charter, due) : std::nullopt;
    if (at && now >= *at) {
      out.push_back({"TIME.CLOCK_NEAR", "/clocks/due/" + name, 1, *due.escalate_to, *at});
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
