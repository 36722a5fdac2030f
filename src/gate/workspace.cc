#include "gate/workspace.h"

#include "canon/pointer.h"
#include "packet/names.h"

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

bool over_rate(const Packet& packet, const charter::Charter& charter, const AccountId& agent, Instant now) {
  const auto acts = packet.prepared.find(agent);
  const auto recent =
      acts == packet.prepared.end()
          ? 0
          : std::ranges::count_if(acts->second, [&](Instant at) { return now - at < rate_window; });
  return recent >= charter.agents.rate_per_hour.value_or(0);
}

namespace {

// "/ledger/li_.../statements/s2"
bool is_statement(const Ledger& ledger, const std::vector<std::string>& segments) {
  const auto id = segments.size() == 4 && segments[0] == "ledger" && segments[2] == "statements"
                      ? ItemId::parse(segments[1])
                      : fail(ErrorCode::malformed, "", "");
  const auto item = id ? ledger.items.find(*id) : ledger.items.end();
  for (std::uint32_t n = 1; item != ledger.items.end() && n <= item->second.statements; ++n) {
    if (segments[3] == "s" + std::to_string(n)) {
      return true;
    }
  }
  return false;
}

bool is_in(const packet::Revision& revision, const std::string& subject,
           const std::vector<std::string>& segments) {
  if (segments[0] == "citations") {
    return revision.citations.contains(segments[1]);
  }
  if (segments[0] == "caveats") {
    return std::ranges::find(revision.caveats, segments[1]) != revision.caveats.end();
  }
  if (segments[0] == "bounds") {
    return revision.bounds.contains(segments[1]);
  }
  if (segments[0] == "scope") {
    const auto elements = revision.scope.find(segments[1]);
    return elements != revision.scope.end() &&
           std::ranges::find(elements->second, segments[2]) != elements->second.end();
  }
  return revision.co != nullptr && packet::has(*revision.co, subject);
}

bool touched(const Workspace& workspace, const std::string& subject) {
  return std::ranges::any_of(workspace.edits, [&](const auto& edit) {
    return std::ranges::any_of(edit.second.touches,
                               [&](const std::string& at) { return packet::overlap(at, subject); });
  });
}

} // namespace

std::string why_no_subject(const World& world, const PacketId& id, const std::string& subject) {
  const Packet* packet = world.state.find(id);
  SP_ASSERT(packet != nullptr && packet->workspace.has_value());
  std::vector<std::string> segments;
  if (!canon::pointer_split(subject, segments) || segments.empty()) {
    return "subject_malformed";
  }
  if (segments[0] == "ledger") {
    return is_statement(packet->workspace->ledger, segments) ? "" : "subject_unknown";
  }
  if (segments[0] == "sections" && segments.size() == 2 && packet::is_name(segments[1])) {
    return packet->workspace->sections.contains(segments[1]) ? "" : "subject_unknown";
  }
  if (!packet::is_place(subject)) {
    return "subject_malformed";
  }
  if (const Dossier* dossier = world.dossier(id);
      dossier != nullptr && is_in(dossier->revision, subject, segments)) {
    return "";
  }
  for (; packet != nullptr && packet->workspace;
       packet = packet->continues ? world.state.find(packet->continues->packet) : nullptr) {
    if (touched(*packet->workspace, subject)) {
      return "";
    }
  }
  return "subject_unknown";
}

} // namespace sallyport::gate
