#include "gate/decide.h"

#include "base/limits.h"
#include "canon/json.h"
#include "charter/codes.h"
#include "gate/deciding.h"

#include <algorithm>

namespace sallyport::gate {

Decision Deciding::refuse(std::string verb, const AccountId& by, std::optional<PacketId> packet,
                          std::vector<packet::Reason> reasons) {
  Decision refusal;
  refusal.refused = reasons;
  packet::AttemptRefused record{std::move(packet), std::move(verb), by, std::move(reasons), 0, std::nullopt};
  if (record.packet && world.state.find(*record.packet) == nullptr) {
    record.packet.reset(); // an attempt on what is not there belongs to no packet
  }
  limit_inline(record.reasons, record.more);
  refusal.records.push_back({std::move(record), std::nullopt, ""});
  return refusal;
}

Decision Deciding::refuse(std::string verb, const AccountId& by, std::optional<PacketId> packet,
                          std::string code, std::string where) {
  return refuse(std::move(verb), by, std::move(packet),
                std::vector<packet::Reason>{{std::move(code), std::move(where)}});
}

const Account* Deciding::account(const AccountId& by) const {
  const Account* found = world.state.account(by);
  return found == nullptr || found->disabled ? nullptr : found;
}

std::optional<PersonId> Deciding::person(const AccountId& by) const {
  const Account* found = account(by);
  return found == nullptr || found->kind != "person" ? std::nullopt : found->person;
}

namespace {

std::string how_it_clears(const charter::HoldCode& code) {
  if ((code.clears & charter::clear::evaluation) != 0) {
    return "auto";
  }
  if ((code.clears & charter::clear::revision) != 0) {
    return "new_revision";
  }
  if ((code.clears & charter::clear::manifest) != 0) {
    return "new_manifest";
  }
  return (code.clears & charter::clear::person) != 0 ? "person" : "merge";
}

bool makes_signatures_fall(const World& world, const Packet& packet, const charter::HoldCode& code) {
  if (code.standing == charter::Standing::voided) {
    return true;
  }
  const charter::Charter* charter = world.active_charter(packet.lane);
  if (charter == nullptr) {
    return true;
  }
  const auto rule = charter->holds.codes.find(std::string(code.code));
  return rule != charter->holds.codes.end() && rule->second.resign;
}

} // namespace

void Deciding::open_hold(const PacketId& id, const CheckLine& line) {
  const charter::HoldCode* code = charter::find_hold_code(line.code);
  SP_ASSERT(code != nullptr);
  const std::string clears = how_it_clears(*code);
  const bool blocking = line.outcome == Outcome::hold;
  emit(packet::HoldOpened{.packet = id,
                          .hold = HoldId::from_random(draws.take()),
                          .code = line.code,
                          .subject = line.subject,
                          .mode = blocking ? "blocking" : "visible",
                          .latched = clears != "auto",
                          .resign = blocking && makes_signatures_fall(world, *world.state.find(id), *code),
                          .clears = clears,
                          .saw = line.saw});
}

void Deciding::void_manifests(const PacketId& id, const std::string& cause) {
  for (const auto& [manifest, m] : world.state.find(id)->manifests) {
    if (m.open()) {
      emit(packet::ManifestVoided{id, manifest, cause});
    }
  }
}

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

Result<PersonId> verify_statement(const World& world, const packet::OwnerSignature& sig,
                                  std::string_view bytes, std::string_view name_space, Instant now,
                                  crypto::KeyClass* key_class) {
  const auto key = world.state.keys.find(sig.key);
  if (key == world.state.keys.end() || !key->second.valid(now) || key->second.person != sig.person) {
    return fail(ErrorCode::denied, "", "key_unknown");
  }
  SP_TRY(const Bytes blob, from_base64(sig.sig));
  SP_TRY(const crypto::SshSig decoded, crypto::decode_sshsig(blob));
  SP_TRY(const crypto::PublicKey expected, crypto::parse_public_key_line(key->second.line));
  const crypto::VerifyPolicy policy{std::string(name_space), key->second.rp_id.value_or(""),
                                    key->second.origins, false};
  SP_TRY(const crypto::Verified verified, crypto::verify_sshsig(decoded, expected, as_bytes(bytes), policy));
  if (key_class != nullptr) {
    *key_class = verified.key_class;
  }
  return key->second.person;
}

bool all_owners_signed(const World& world, const packet::SignedStatement& act, std::string_view name_space,
                       Instant now) {
  const std::string bytes = canon::write(act.statement);
  std::set<PersonId> signers;
  for (const packet::OwnerSignature& sig : act.sigs) {
    const auto person = verify_statement(world, sig, bytes, name_space, now);
    if (!person) {
      return false; // a signature that does not count has no place in a leaf
    }
    signers.insert(*person);
  }
  std::set<PersonId> used;
  const auto fills = [&](const GovernanceOwner& owner) {
    std::set<PersonId> able = governance_holders(world, "", owner.role, now);
    for (const auto& [lane, state] : world.state.lanes) {
      able.merge(governance_holders(world, lane, owner.role, now));
    }
    for (const PersonId& person : able) {
      if (signers.contains(person) && !used.contains(person)) {
        used.insert(person);
        return true;
      }
    }
    return false;
  };
  return !world.state.owners.empty() && std::ranges::all_of(world.state.owners, fills);
}

std::vector<packet::Reason> reasons_of(const Report& report, Outcome outcome) {
  std::vector<packet::Reason> out;
  for (const CheckLine& line : report) {
    if (line.outcome == outcome) {
      out.push_back({line.code, line.subject});
    }
  }
  return out;
}

std::vector<packet::Reason> blocking(const Report& report) {
  return reasons_of(report, Outcome::hold);
}

void limit_inline(std::vector<packet::Reason>& reasons, std::uint32_t& more) {
  if (reasons.size() > limits::reasons_inline) {
    more = static_cast<std::uint32_t>(reasons.size() - limits::reasons_inline);
    reasons.resize(limits::reasons_inline);
  }
}

Decision decide(const World& world, const Event& event, Instant now, Draws& draws) {
  Deciding d(world, now, draws);
  return std::visit([&](const auto& e) { return decide_one(d, e); }, event);
}

} // namespace sallyport::gate
