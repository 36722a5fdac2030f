#include "gate/decide.h"

#include "base/limits.h"
#include "canon/json.h"
#include "charter/codes.h"
#include "gate/acts.h"
#include "gate/deciding.h"

#include <algorithm>

namespace sallyport::gate {

Decision Deciding::refuse(std::string verb, const AccountId& by, std::optional<PacketId> packet,
                          std::vector<packet::Reason> reasons) {
  Decision refusal;
  refusal.refused = reasons;
  if (by.empty()) {
    return refusal; // nobody's attempt: for the journal, not for a leaf that names an account
  }
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

std::string Deciding::why_not_person(const AccountId& by) const {
  const Account* found = account(by);
  if (found == nullptr) {
    return "account_unknown";
  }
  return found->kind == "agent" ? "agent_never_decides" : "not_a_person";
}

bool fits(const packet::Record& record) {
  constexpr LeafNumber widest = (LeafNumber{1} << 53U) - 1;
  return packet::encode({widest, Instant{}, std::string(63, 'o'), widest, Digest{}, record}).has_value();
}

namespace {

// One more place for the augmenting paths of Kuhn's algorithm.
bool fill(std::size_t place, const std::vector<std::set<PersonId>>& places, const std::set<PersonId>& persons,
          std::map<PersonId, std::size_t>& filled, std::set<PersonId>& tried) {
  for (const PersonId& person : places[place]) {
    if (!persons.contains(person) || !tried.insert(person).second) {
      continue;
    }
    const auto at = filled.find(person);
    if (at == filled.end() || fill(at->second, places, persons, filled, tried)) {
      filled[person] = place;
      return true;
    }
  }
  return false;
}

} // namespace

std::size_t places_filled(const std::vector<std::set<PersonId>>& places, const std::set<PersonId>& persons) {
  std::map<PersonId, std::size_t> filled;
  for (std::size_t place = 0; place < places.size(); ++place) {
    std::set<PersonId> tried;
    fill(place, places, persons, filled, tried);
  }
  return filled.size();
}

namespace {

std::string how_it_clears(const charter::HoldCode& code) {
  if ((code.clears & charter::clear::evaluation) != 0) {
    return "auto";
  }
  // Dispatch has no ledger in which to accept: only a new revision ends such a hold (amendment 10).
  if ((code.clears & (charter::clear::revision | charter::clear::acceptance)) != 0) {
    return "new_revision";
  }
  if ((code.clears & charter::clear::manifest) != 0) {
    return "new_manifest";
  }
  if ((code.clears & charter::clear::person) != 0) {
    return "person";
  }
  return code.code == "SIGN.SUBSTITUTE" ? "ratification" : "merge";
}

// What only shows lets signatures stand, unless the charter says otherwise of its code.
bool makes_signatures_fall(const World& world, const Packet& packet, const charter::HoldCode& code,
                           bool blocking) {
  const charter::Charter* charter = world.active_charter(packet.lane);
  if (charter == nullptr) {
    return blocking;
  }
  const auto rule = charter->holds.codes.find(std::string(code.code));
  const bool resign = rule != charter->holds.codes.end() && rule->second.resign;
  return resign || (blocking && code.standing == charter::Standing::voided);
}

} // namespace

packet::HoldOpened Deciding::hold_opened(const PacketId& id, const CheckLine& line, const HoldId* again) {
  const charter::HoldCode* code = charter::find_hold_code(line.code);
  SP_ASSERT(code != nullptr);
  const std::string clears = how_it_clears(*code);
  const bool blocking = line.outcome == Outcome::hold;
  return {.packet = id,
          .hold = again != nullptr ? *again : HoldId::from_random(draws.take()),
          .code = line.code,
          .subject = line.subject,
          .mode = blocking ? "blocking" : "visible",
          .latched = clears != "auto",
          .resign = makes_signatures_fall(world, *world.state.find(id), *code, blocking),
          .clears = clears,
          .saw = line.saw,
          .actor = std::nullopt};
}

void Deciding::open_hold(const PacketId& id, const CheckLine& line, const HoldId* again) {
  emit(hold_opened(id, line, again));
}

void Deciding::place_hold(const PacketId& id, const CheckLine& line, const AccountId& actor,
                          canon::Object body) {
  packet::HoldOpened record = hold_opened(id, line, nullptr);
  record.actor = actor;
  emit(std::move(record), std::move(body), unit_of(id));
}

void Deciding::void_manifests(const PacketId& id, const std::string& cause) {
  for (const auto& [manifest, m] : world.state.find(id)->manifests) {
    if (m.open()) {
      emit(packet::ManifestVoided{id, manifest, cause});
    }
  }
}

void Deciding::void_reviewed(const PacketId& id, const std::string& cause) {
  if (ManifestId manifest; world.state.find(id)->reviewed(&manifest) != nullptr) {
    emit(packet::ManifestVoided{id, manifest, cause});
  }
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
  if (key_class != nullptr) { // never above what was enrolled
    *key_class =
        std::min(verified.key_class,
                 crypto::parse_key_class(key->second.key_class).value_or(crypto::KeyClass::software));
  }
  return key->second.person;
}

std::string why_not_signed(const Deciding& d, const Packet& packet, const packet::SignedStatement& act,
                           std::string_view name_space, const PersonId& person,
                           const charter::Charter& charter) {
  if (act.sigs.size() != 1) {
    return "statement_malformed";
  }
  crypto::KeyClass key_class = crypto::KeyClass::software;
  const auto signer =
      verify_statement(d.world, act.sigs.front(), canon::write(act.statement), name_space, d.now, &key_class);
  if (!signer) {
    return signer.error().message == "key_unknown" ? "key_unknown" : "signature_invalid";
  }
  if (*signer != person) {
    return "person_mismatch";
  }
  if (static_cast<int>(key_class) < static_cast<int>(charter.signers.key_class_min)) {
    return "key_class_low";
  }
  return packet.acts.contains(use_of_act(act)) ? "signature_used" : "";
}

bool holds_one_of(const LaneRoster& roster, const PersonId& person, const charter::Names& roles,
                  Instant now) {
  return std::ranges::any_of(roles, [&](const auto& role) { return holds_role(roster, person, role, now); });
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
  std::vector<std::set<PersonId>> places;
  for (const GovernanceOwner& owner : world.state.owners) {
    std::set<PersonId>& able = places.emplace_back(governance_holders(world, "", owner.role, now));
    for (const auto& [lane, state] : world.state.lanes) {
      able.merge(governance_holders(world, lane, owner.role, now));
    }
  }
  return !places.empty() && places_filled(places, signers) == places.size();
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

// They share one leaf of limits::leaf_bytes with the rest of the record.
void limit_inline(std::vector<packet::Reason>& reasons, std::uint32_t& more) {
  constexpr std::size_t bytes_max = limits::leaf_bytes / 2;
  constexpr std::size_t punctuation = 8;
  std::size_t keep = 0;
  for (std::size_t bytes = 0; keep < reasons.size() && keep < limits::reasons_inline; ++keep) {
    bytes += reasons[keep].code.size() + reasons[keep].where.size() + punctuation;
    if (bytes > bytes_max) {
      break;
    }
  }
  more = static_cast<std::uint32_t>(reasons.size() - keep);
  reasons.resize(keep);
}

Decision decide(const World& world, const Event& event, Instant now, Draws& draws) {
  Deciding d(world, now, draws);
  return std::visit([&](const auto& e) { return decide_one(d, e); }, event);
}

} // namespace sallyport::gate
