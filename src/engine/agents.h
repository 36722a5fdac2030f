// Agents' accounts, and what an edit of an agent says of its maker. Never the agent's word: its account says
// which model it is, the log what it was shown.
#pragma once

#include "engine/people.h"

#include <optional>
#include <string>

namespace sallyport::engine {

// As add_principal(), with the model that the agent is. Inside a batch.
Result<AddedPrincipal> add_agent(Core& core, const AccountId& by, const NewPrincipal& input,
                                 const std::string& model);
// Nothing where whoever made its account did not say.
std::optional<std::string> model_of(const Core& core, const AccountId& agent);

inline constexpr std::size_t looks_max = 32; // of one agent at one packet, the last of them

// {model?, model_source, access: [leaf], inputs: [{view, leaf}]}; nothing where the account is no agent's.
// What an input showed stands in the log up to its leaf.
Result<std::optional<canon::Object>> agent_part(const Core& core, const AccountId& by,
                                                const PacketId& packet);

} // namespace sallyport::engine
