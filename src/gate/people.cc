#include "gate/people.h"

#include <algorithm>

namespace sallyport::gate {

std::set<PersonId> governance_holders(const World& world, const std::string& lane, const std::string& role,
                                      Instant now) {
  if (const LaneRoster* roster = world.active_roster(lane)) {
    const bool granted =
        std::ranges::any_of(roster->roster.grants, [&](const auto& g) { return g.role == role; });
    if (granted) {
      return holders(*roster, role, now);
    }
  }
  std::set<PersonId> out;
  for (const GovernanceOwner& owner : world.state.owners) {
    if (owner.role == role) {
      out.insert(owner.person);
    }
  }
  return out;
}

bool owns(const World& world, const PersonId& person, Instant now, std::string* role) {
  std::set<std::string> lanes{""};
  for (const auto& [lane, state] : world.state.lanes) {
    lanes.insert(lane);
  }
  for (const GovernanceOwner& owner : world.state.owners) {
    for (const std::string& lane : lanes) {
      if (governance_holders(world, lane, owner.role, now).contains(person)) {
        if (role != nullptr) {
          *role = owner.role;
        }
        return true;
      }
    }
  }
  return false;
}

bool involved(const World& world, const PacketId& id, const PersonId& person, Instant now) {
  const Packet& packet = *world.state.find(id);
  if (packet.triager == person || packet.authors.contains(person)) {
    return true;
  }
  const LaneRoster* roster = world.active_roster(packet.lane);
  return roster != nullptr && std::ranges::any_of(roster->roster.grants, [&](const packet::Grant& grant) {
           return grant.person == person && now >= grant.from && now < grant.until;
         });
}

} // namespace sallyport::gate
