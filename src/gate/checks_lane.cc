// LANE.* holds and SIGN.* holds: the manifest's boundary is the charter's, and who signed may still.
#include "gate/checks.h"
#include "gate/scope.h"

#include "gate/standing.h"
#include "gate/waivers.h"

namespace sallyport::gate {

void check_lane(const World& world, const PacketId& id, const Packet& packet, Instant now, Report& report) {
  const charter::Charter& charter = *world.active_charter(packet.lane);
  const Dossier& dossier = *world.dossier(id);
  const LaneRoster* roster = world.active_roster(packet.lane);

  const bool same_lane = dossier.revision.lane == charter.lane.id && packet.lane == charter.lane.id;
  report.push_back({"LANE.MISMATCH",
                    same_lane ? Outcome::pass : Outcome::hold,
                    "/lane",
                    {{"lane", charter.lane.id}},
                    same_lane ? "" : "Upstream predeclares this lane, or the packet goes to its own."});

  bool complete = roster != nullptr && roster->roster.audience.contains(charter.lane.audience_max);
  for (const charter::Requirement& row : charter.signers.require) {
    std::set<PersonId> able;
    std::size_t stand_ins = 0; // one for each role whose holders are all away
    for (const std::string& role : row.roles) {
      if (roster == nullptr) {
        continue;
      }
      std::set<PersonId> there = holders(*roster, role, now);
      const auto substitute = charter.signers.substitute.find(role);
      if (there.empty() && substitute != charter.signers.substitute.end() &&
          !holders(*roster, substitute->second.by, now).empty()) {
        ++stand_ins;
      }
      able.merge(there);
    }
    complete = complete && able.size() + stand_ins >= static_cast<std::size_t>(row.count);
  }
  report.push_back(
      {"LANE.METADATA",
       complete ? Outcome::pass : Outcome::hold,
       "/lane",
       {{"roster", roster != nullptr}},
       complete ? "" : "The roster names the lane's audience and enough holders of every signer role."});

  ManifestId manifest_id;
  const ManifestState* manifest = packet.reviewed(&manifest_id);
  const BoundManifest* bound = manifest == nullptr ? nullptr : world.manifest(manifest_id);
  bool inside = true;
  if (bound != nullptr) {
    inside =
        bound->manifest.audience.name == charter.lane.audience_max && bound->manifest.lane == charter.lane.id;
    for (const auto& [dimension, digests] : bound->manifest.scope) {
      inside = inside && charter.scope.contains(dimension);
    }
    for (const auto& [dimension, value] : bound->manifest.bounds.value_or(packet::Bounds{})) {
      const auto rule = charter.scope.find(dimension);
      const auto max = rule == charter.scope.end() ? std::nullopt : max_of(rule->second);
      inside = inside && rule != charter.scope.end() &&
               (!rule->second.max || (max && within(rule->second, value, *max) == true));
    }
  }
  report.push_back({"LANE.BOUNDARY",
                    inside ? Outcome::pass : Outcome::hold,
                    "/lane",
                    {},
                    inside ? "" : "A person submits a manifest inside the charter's boundary."});
}

void check_signers(const World& world, const PacketId& id, const Packet& packet, Instant now,
                   Report& report) {
  ManifestId manifest_id;
  const ManifestState* manifest = packet.reviewed(&manifest_id);
  const LaneRoster* roster = world.active_roster(packet.lane);
  // One line for a person: whoever signs again, because the first signature fell, has two signatures.
  std::set<PersonId> lapsed;
  std::set<PersonId> conflict;
  if (manifest != nullptr && roster != nullptr) {
    for (const Signature& signature : manifest->signatures) {
      if (signature.withdrawn) {
        continue;
      }
      const auto key = world.state.keys.find(signature.key);
      const bool key_valid = key != world.state.keys.end() && key->second.valid(now);
      const bool granted = may_sign_as(world, packet, *manifest, signature.person, signature.role, now);
      const Account* account = world.state.account(signature.account);
      const bool enabled = account != nullptr && !account->disabled;
      if ((!key_valid || !granted || !enabled) && lapsed.insert(signature.person).second) {
        report.push_back(
            {"SIGN.ROLE_LAPSED",
             Outcome::hold,
             signature.person.str(),
             {{"role", signature.role}, {"granted", granted}, {"key_valid", key_valid}, {"account", enabled}},
             "A person submits a new manifest, and somebody who holds the role now signs it."});
      }
      if (const std::string part = barred(world, id, manifest_id, signature.person, now);
          !part.empty() && conflict.insert(signature.person).second) {
        report.push_back({"SIGN.CONFLICT",
                          Outcome::hold,
                          signature.person.str(),
                          {{"barred_as", part}},
                          "A person submits a new manifest, and somebody else signs it."});
      }
    }
  }
  if (lapsed.empty()) {
    report.push_back({"SIGN.ROLE_LAPSED", Outcome::pass, "", {}, ""});
  }
  if (conflict.empty()) {
    report.push_back({"SIGN.CONFLICT", Outcome::pass, "", {}, ""});
  }
}

} // namespace sallyport::gate
