// Who may read an entry: the bound audience that is still in the roster, asked at every read (INV-04);
// and what was said of it since.
#pragma once

#include "gate/world.h"

#include <array>

namespace sallyport::gate {

// False before the entry is delivered: its receipt comes first.
bool may_read(const World& world, const EntryId& entry, const PersonId& person);

// Why the account is not shown what agents see of a packet; "" where it is. That view is for the agents whom
// the lane's charter lets do anything at all: it says where their model runs (B24).
std::string why_no_agent_view(const World& world, const PacketId& packet, const AccountId& account);
// What that view opens beside the broad one.
packet::Recipe agent_recipe(const charter::Charter& charter);

inline constexpr std::array<std::string_view, 4> correction_kinds{"wrong_version", "wrong_audience",
                                                                  "over_broad_scope", "other"};

// The kinds of correction that stand beside the entry: recorded, or said with the lane's verdict.
std::set<std::string> corrections_of(const EntryState& entry);

} // namespace sallyport::gate
