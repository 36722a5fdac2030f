// Packets that people and agents write together: opened, edited, sealed. What has nothing to be drawn,
// computed or stored (a rejection, an objection, a flag ...) is an event of the gate that faces apply
// themselves. All of it inside a batch.
#pragma once

#include "engine/core.h"
#include "engine/working.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sallyport::engine {

struct NewWorkspace {
  std::string lane;
  std::string title;
  std::map<std::string, PersonId> sections;
  std::optional<PersonId> owner;                        // absent: the one holder of the owner's role
  std::map<std::string, std::vector<std::string>> keys; // values of the charter's case keys; kept as refs
};

struct OpenedWorkspace {
  PacketId packet;
  std::vector<packet::Reason> refused;
};

Result<OpenedWorkspace> open_workspace(Core& core, const AccountId& by, const NewWorkspace& input);

struct NewEdit {
  std::string section;
  packet::LeafNumber base = 0; // the section's version that it was made on
  canon::Value ops;
  std::vector<EditId> answers;
  std::optional<canon::Object> agent; // of an agent's: what it is and what it had read, as we know it
};

struct ProposedEdit {
  EditId edit = {};
  std::vector<std::string> touches = {};
  std::vector<EditId> beside = {}; // others that wait and touch the same
  std::vector<packet::Reason> refused;
};

inline constexpr std::size_t edit_bytes_max = 128 * 1024;

// Ends the private draft of that person and section. An edit that the content could not be sealed with is
// malformed, and the error's place is in the content.
Result<ProposedEdit> propose_edit(Core& core, const AccountId& by, const PacketId& packet, NewEdit edit);

// With the findings of what it cites, as the last scan of the cited revision of each dump has them.
Result<gate::Step> accept_edit(Core& core, const AccountId& by, const PacketId& packet, const EditId& edit,
                               std::vector<EditId> beside);

struct SealedWorkspace {
  std::uint32_t revision = 0;
  Digest digest;
  std::uint32_t findings = 0;
  std::vector<packet::Reason> refused;
};

// Of what was scanned as the workspace is now (is_current()).
Result<SealedWorkspace> seal_workspace(Core& core, const AccountId& by, const PacketId& packet,
                                       const WorkingScan& scan);

// The same with the scan in between, for callers whose thread nobody waits for.
Result<SealedWorkspace> seal_workspace(Core& core, const AccountId& by, const PacketId& packet);

} // namespace sallyport::engine
