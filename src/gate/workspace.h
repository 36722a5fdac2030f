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

// Whether the agent has prepared as much of the packet within the last hour as the charter lets it: edits,
// flags, wordings and drafts together.
bool over_rate(const Packet& packet, const charter::Charter& charter, const AccountId& agent, Instant now);

// Why what somebody speaks of is nothing of the packet: a refusal's code, or nothing. A subject is the
// pointer of an item of the content or of its member, as the head has it or an edit touched it, here or in
// what the packet continues; of a section; of a statement in the ledger. All its segments are names: no text
// hides in it.
std::string why_no_subject(const World& world, const PacketId& id, const std::string& subject);

} // namespace sallyport::gate
