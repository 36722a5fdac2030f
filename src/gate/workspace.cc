#include "gate/workspace.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

bool touch(const EditState& a, const EditState& b) {
  return std::ranges::any_of(a.touches, [&](const std::string& one) {
    return std::ranges::any_of(b.touches,
                               [&](const std::string& other) { return packet::overlap(one, other); });
  });
}

} // namespace

const PersonId* section_owner(const World& world, const Packet& packet, const std::string& section,
                              Instant now) {
  const charter::Charter* charter = world.active_charter(packet.lane);
  const LaneRoster* roster = world.active_roster(packet.lane);
  const auto state = packet.workspace->sections.find(section);
  if (charter == nullptr || !charter->ledger || roster == nullptr ||
      state == packet.workspace->sections.end()) {
    return nullptr;
  }
  const auto role = charter->ledger->sections.find(section);
  const bool owned = role != charter->ledger->sections.end() && state->second.owner &&
                     holds_role(*roster, *state->second.owner, role->second, now);
  return owned ? &*state->second.owner : nullptr;
}

std::set<EditId> overtaken_by(const Workspace& workspace, const EditState& edit) {
  std::set<EditId> out;
  for (const auto& [id, other] : workspace.edits) {
    if (other.status == "accepted" && other.decided > edit.base && touch(edit, other)) {
      out.insert(id);
    }
  }
  return out;
}

std::set<EditId> beside(const Workspace& workspace, const EditId& id) {
  std::set<EditId> out;
  for (const auto& [other, edit] : workspace.edits) {
    if (other != id && edit.status == "proposed" && touch(workspace.edits.at(id), edit)) {
      out.insert(other);
    }
  }
  return out;
}

std::uint32_t pending(const Workspace& workspace, const std::string& section) {
  return static_cast<std::uint32_t>(std::ranges::count_if(workspace.edits, [&](const auto& edit) {
    return edit.second.section == section && edit.second.status == "proposed";
  }));
}

std::map<std::string, packet::SealedSection> sealed_sections(const Workspace& workspace) {
  std::map<std::string, packet::SealedSection> out;
  for (const auto& [section, state] : workspace.sections) {
    out[section] = {state.owner, state.version, pending(workspace, section)};
  }
  return out;
}

std::map<std::string, packet::SealedProvenance> sealed_provenance(const Workspace& workspace) {
  std::map<std::string, packet::SealedProvenance> out;
  for (const auto& [id, edit] : workspace.edits) {
    if (edit.status == "accepted") {
      out[id.str()] = {edit.actor, edit.by, edit.machine, *edit.decider};
    }
  }
  return out;
}

bool over_rate(const Workspace& workspace, const charter::Charter& charter, const AccountId& agent,
               Instant now) {
  constexpr Duration hour{3'600'000};
  const auto recent = [&](const AccountId& actor, Instant at) { return actor == agent && now - at < hour; };
  const auto edits = std::ranges::count_if(
      workspace.edits, [&](const auto& edit) { return recent(edit.second.actor, edit.second.at); });
  const auto flags =
      std::ranges::count_if(workspace.flags, [&](const Flag& flag) { return recent(flag.actor, flag.at); });
  return edits + flags >= charter.agents.rate_per_hour.value_or(0);
}

} // namespace sallyport::gate
