// Whom a decision may come from, as far as rosters and the packet itself say it; faces ask it too.
#pragma once

#include "gate/world.h"

#include <set>
#include <string>

namespace sallyport::gate {

// Who holds a governance role: by the lane's roster, or by genesis where no roster grants it.
std::set<PersonId> governance_holders(const World& world, const std::string& lane, const std::string& role,
                                      Instant now);
// Whether a person owns policy, in any lane; `role`, where given, gets the role.
bool owns(const World& world, const PersonId& person, Instant now, std::string* role = nullptr);
// Any grant in the lane's roster, or a part in the packet, which is one of the state.
bool involved(const World& world, const PacketId& packet, const PersonId& person, Instant now);

} // namespace sallyport::gate
