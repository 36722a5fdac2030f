#include "gate/waivers.h"

#include "charter/codes.h"
#include "crypto/sshsig.h"
#include "gate/standing.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

// Like a signature on the manifest: by a valid key of an enabled account, within its time, and later than
// any hold that made signatures fall (INV-46).
bool act_stands(const World& world, const Packet& packet, const SignedAct& act, Duration max_age,
                Instant now) {
  const auto key = world.state.keys.find(act.key);
  const Account* account = world.state.account(act.account);
  return now - act.at < max_age && act.leaf > packet.last_resign && key != world.state.keys.end() &&
         key->second.valid(now) && account != nullptr && !account->disabled;
}

// Somebody with a standing grant, an account and a key that the charter takes, whom nothing bars.
bool can_sign(const World& world, const PacketId& id, const ManifestId& manifest, const PersonId& person,
              crypto::KeyClass least, Instant now) {
  const bool account = std::ranges::any_of(world.state.accounts, [&](const auto& at) {
    return at.second.person == person && !at.second.disabled;
  });
  const bool key = std::ranges::any_of(world.state.keys, [&](const auto& at) {
    const auto key_class = crypto::parse_key_class(at.second.key_class);
    return at.second.person == person && at.second.valid(now) && key_class && *key_class >= least;
  });
  return account && key && barred(world, id, manifest, person, now).empty();
}

} // namespace

bool has_signed(const ManifestState& manifest, const PersonId& person) {
  return std::ranges::any_of(manifest.signatures, [&](const Signature& signature) {
    return signature.person == person && !signature.withdrawn;
  });
}

const charter::Override* override_rule(const charter::Charter& charter, std::string_view code) {
  const charter::HoldCode* known = charter::find_hold_code(code);
  const auto rule = charter.holds.codes.find(std::string(code));
  return known != nullptr && known->overridable && rule != charter.holds.codes.end() &&
                 rule->second.override_by
             ? &*rule->second.override_by
             : nullptr;
}

std::set<PersonId> overriders(const World& world, const Packet& packet, const ManifestState& manifest,
                              const HoldId& hold, Instant now) {
  std::set<PersonId> out;
  const charter::Charter* charter = world.active_charter(packet.lane);
  const LaneRoster* roster = world.active_roster(packet.lane);
  const auto open = packet.holds.find(hold);
  const auto acts = manifest.overridden.find(hold);
  if (charter == nullptr || roster == nullptr || open == packet.holds.end() ||
      acts == manifest.overridden.end()) {
    return out;
  }
  const charter::Override* rule = override_rule(*charter, open->second.code);
  for (const SignedAct& act : acts->second) {
    const auto holds = [&](const std::string& role) {
      return holds_role(*roster, act.person, role, now) && holds_role(*roster, act.person, role, act.at);
    };
    if (rule != nullptr && act_stands(world, packet, act, rule->max_age, now) &&
        std::ranges::any_of(rule->roles, holds) && !has_signed(manifest, act.person)) {
      out.insert(act.person);
    }
  }
  return out;
}

void apply_overrides(const World& world, const Packet& packet, Instant now, Report& report) {
  const charter::Charter* charter = world.active_charter(packet.lane);
  const ManifestState* manifest = packet.reviewed();
  if (charter == nullptr || manifest == nullptr) {
    return;
  }
  for (const HoldId& id : manifest->waived.overrides) {
    const auto hold = packet.holds.find(id);
    const charter::Override* rule =
        hold == packet.holds.end() ? nullptr : override_rule(*charter, hold->second.code);
    if (rule == nullptr) {
      continue;
    }
    const auto by = overriders(world, packet, *manifest, id, now).size();
    for (CheckLine& line : report) {
      if (line.outcome != Outcome::hold || line.code != hold->second.code ||
          line.subject != hold->second.subject) {
        continue;
      }
      line.saw.set("overriders", by);
      line.saw.set("needed", std::int64_t{rule->count});
      if (by >= static_cast<std::size_t>(rule->count)) {
        line.outcome = Outcome::overridden;
        line.remedy.clear();
      }
    }
  }
}

std::string why_no_substitute(const World& world, const PacketId& id, const ManifestId& manifest,
                              const std::string& role, Instant now) {
  const Packet& packet = *world.state.find(id);
  const charter::Charter* charter = world.active_charter(packet.lane);
  const LaneRoster* roster = world.active_roster(packet.lane);
  if (charter == nullptr || roster == nullptr || !charter->signers.substitute.contains(role)) {
    return "substitute_not_allowed";
  }
  const auto least = static_cast<crypto::KeyClass>(charter->signers.key_class_min);
  for (const PersonId& person : holders(*roster, role, now)) {
    const bool named = std::ranges::all_of(charter->signers.require, [&](const charter::Requirement& row) {
      return !row.principal || !row.roles.contains(role) || *row.principal == person;
    });
    if (named && can_sign(world, id, manifest, person, least, now)) {
      return "substitute_not_needed";
    }
  }
  return {};
}

std::string why_not_substitute(const World& world, const PacketId& id, const ManifestId& manifest,
                               const std::string& role, const PersonId& person, Instant now) {
  if (std::string code = why_no_substitute(world, id, manifest, role, now); !code.empty()) {
    return code;
  }
  const std::string& lane = world.state.find(id)->lane;
  const std::string& by = world.active_charter(lane)->signers.substitute.at(role).by;
  if (!holds_role(*world.active_roster(lane), person, by, now)) {
    return "role_missing";
  }
  return barred(world, id, manifest, person, now).empty() ? "" : "SIGN.CONFLICT";
}

bool may_sign_as(const World& world, const Packet& packet, const ManifestState& manifest,
                 const PersonId& person, const std::string& role, Instant at) {
  const charter::Charter* charter = world.active_charter(packet.lane);
  const LaneRoster* roster = world.active_roster(packet.lane);
  if (charter == nullptr || roster == nullptr) {
    return false;
  }
  const auto stand_in = manifest.waived.substitutes.find(role);
  const auto rule = charter->signers.substitute.find(role);
  const bool substitutes = stand_in != manifest.waived.substitutes.end() && stand_in->second == person &&
                           rule != charter->signers.substitute.end();
  if (substitutes) {
    return holds_role(*roster, person, rule->second.by, at);
  }
  const bool named = std::ranges::all_of(charter->signers.require, [&](const charter::Requirement& row) {
    return !row.principal || !row.roles.contains(role) || *row.principal == person;
  });
  return named && holds_role(*roster, person, role, at);
}

void check_substitutes(const World& world, const PacketId& id, const Packet& packet, Instant now,
                       Report& report) {
  const charter::Charter& charter = *world.active_charter(packet.lane);
  const LaneRoster* roster = world.active_roster(packet.lane);
  ManifestId manifest_id;
  const ManifestState* manifest = packet.reviewed(&manifest_id);
  bool all_stand = true;
  if (manifest != nullptr) {
    for (const auto& [role, person] : manifest->waived.substitutes) {
      const std::string why = why_not_substitute(world, id, manifest_id, role, person, now);
      const auto rule = charter.signers.substitute.find(role);
      const auto acts = manifest->ratified.find(role);
      const bool ratified =
          rule != charter.signers.substitute.end() && roster != nullptr && acts != manifest->ratified.end() &&
          std::ranges::any_of(acts->second, [&](const SignedAct& act) {
            return act_stands(world, packet, act, rule->second.max_age, now) && act.person != person &&
                   holds_role(*roster, act.person, rule->second.ratified_by, now);
          });
      if (why.empty() && ratified) {
        continue;
      }
      all_stand = false;
      report.push_back({"SIGN.SUBSTITUTE",
                        Outcome::hold,
                        "/signers/" + role,
                        {{"substitute", person.str()}, {"ratified", ratified}, {"why_not", why}},
                        why.empty() ? "A person who may ratify the substitution signs it."
                                    : "A person submits a new manifest without this substitute."});
    }
  }
  if (all_stand) {
    report.push_back({"SIGN.SUBSTITUTE", Outcome::pass, "", {}, ""});
  }
}

} // namespace sallyport::gate
