// What a workspace comes to: who owns a section, which edits stand against each other, what an agent may
// still do.
#pragma once

#include "gate/world.h"

#include <set>
#include <string>
#include <vector>

namespace sallyport::gate {

// The section's owner, where the person named holds the role that the charter gives it; else null.
const PersonId* section_owner(const World& world, const Packet& packet, const std::string& section,
                              Instant now);

// Accepted edits, made after the edit's base, of what it touches: while there is one, it cannot be accepted.
std::set<EditId> overtaken_by(const Workspace& workspace, const EditState& edit);
// Other proposed edits of what it touches: they are shown beside it.
std::set<EditId> beside(const Workspace& workspace, const EditId& id);

std::uint32_t pending(const Workspace& workspace, const std::string& section);

// Sections with their owners, versions and waiting edits, as they are sealed.
std::map<std::string, packet::SealedSection> sealed_sections(const Workspace& workspace);

// Who made each accepted edit and who took it.
std::map<std::string, packet::SealedProvenance> sealed_provenance(const Workspace& workspace);

// Whether the agent has proposed and flagged as often within the last hour as the charter lets it.
bool over_rate(const Workspace& workspace, const charter::Charter& charter, const AccountId& agent,
               Instant now);

} // namespace sallyport::gate
