// What people decide beside signing: what crosses all the same, who stands in, what is two cases or one, and
// which part of a packet goes on.
#include "canon/json.h"
#include "crypto/digest.h"
#include "packet/statement.h"
#include "sim/town.h"

#include <algorithm>

namespace sallyport::sim {

bool Town::away(const std::string& role) const {
  const std::vector<packet::Grant>& active = truth_->rosters.at(*state().lanes.at(lane_).roster).grants;
  return std::ranges::none_of(active, [&](const packet::Grant& g) { return g.role == role; });
}

gate::Waived Town::waived(std::size_t slot) {
  gate::Waived out;
  const gate::Packet* packet = find(slot);
  if (packet == nullptr) {
    return out;
  }
  for (const auto& [id, hold] : packet->holds) {
    const auto rule = charter().holds.codes.find(hold.code);
    if (hold.mode == "blocking" && hold.code == "FRESH.MISSING" && rule != charter().holds.codes.end() &&
        rule->second.override_by) {
      out.overrides.insert(id);
    }
  }
  for (const auto& [role, rule] : charter().signers.substitute) {
    if (away(role)) {
      out.substitutes[role] = deputy->id;
    }
  }
  return out;
}

void Town::submit_manifest(std::size_t slot, const AccountId& by, const ManifestId& draft,
                           gate::Waived asked) {
  play(gate::SubmitManifest{by,
                            packet_at(slot),
                            draft,
                            salt(),
                            {state().origin, state().size, crypto::sha256("root")},
                            std::move(asked)});
}

void Town::override_hold(std::size_t slot, const HoldId& hold, const Person& who, const AccountId& account) {
  ManifestId id;
  const gate::Packet* packet = find(slot);
  const gate::ManifestState* manifest = packet == nullptr ? nullptr : packet->reviewed(&id);
  if (manifest == nullptr) {
    return;
  }
  const packet::Disclosure why =
      packet::rationale_disclosure(salt(), std::string(clear_mark) + "it may be missing");
  const canon::Value statement = packet::statement(
      packet::OverrideStatement{state().origin, packet_at(slot), id, manifest->digest, hold, why.digest});
  const Bytes sig = sign(who, packet::act::hold, canon::write(statement));
  play(gate::OverrideHold{
      account, packet_at(slot), {statement, {{who.id, who.fingerprint, to_base64(sig)}}}, why.encoded});
}

void Town::ratify_substitute(std::size_t slot, const gate::ManifestState& manifest, const Person& who,
                             const AccountId& account) {
  const auto& manifests = find(slot)->manifests;
  const auto at = std::ranges::find_if(manifests, [&](const auto& row) { return &row.second == &manifest; });
  const auto& [role, person] = *manifest.waived.substitutes.begin();
  const canon::Value statement = packet::statement(
      packet::SubstituteStatement{state().origin, packet_at(slot), at->first, manifest.digest, role, person});
  const Bytes sig = sign(who, packet::act::hold, canon::write(statement));
  play(gate::RatifySubstitute{
      account, packet_at(slot), {statement, {{who.id, who.fingerprint, to_base64(sig)}}}});
}

void Town::split_packets(std::size_t slot, const PacketId& other, const Person& who,
                         const AccountId& account) {
  const PacketId& id = packet_at(slot);
  const packet::Disclosure why =
      packet::rationale_disclosure(salt(), std::string(clear_mark) + "these are two");
  const canon::Value statement = packet::statement(packet::SplitStatement{
      state().origin, std::min(id, other), std::max(id, other), crypto::sha256(why.encoded)});
  const Bytes sig = sign(who, packet::act::split, canon::write(statement));
  play(gate::SplitPackets{
      account, id, other, {statement, {{who.id, who.fingerprint, to_base64(sig)}}}, why.encoded});
}

std::set<std::string> Town::held_elements(std::size_t slot) {
  std::set<std::string> out;
  const gate::Packet* packet = find(slot);
  const auto& dimension = charter().admission.partial_dim;
  if (packet == nullptr || !packet->head || !dimension) {
    return out;
  }
  const Sealing& sealing = truth_->sealings.at(packet->head->digest);
  const auto declared = sealing.elements.find(*dimension);
  if (declared == sealing.elements.end()) {
    return out;
  }
  for (const auto& [id, hold] : packet->holds) {
    const std::string below = "/scope/" + *dimension + "/";
    if (hold.mode == "blocking" && hold.subject.starts_with(below)) {
      out.insert(hold.subject.substr(below.size()));
    }
    for (const packet::Cite& cite : packet->head->cites) {
      if (hold.mode != "blocking" || hold.subject != "/citations/" + cite.citation ||
          !things.contains(cite.object)) {
        continue;
      }
      const auto& touched = things.at(cite.object).touches;
      for (const auto& [element, value] : declared->second) {
        if (touched.contains(*dimension) && touched.at(*dimension).contains(value)) {
          out.insert(element);
        }
      }
    }
  }
  if (packet->split() != nullptr) {
    for (const auto& [element, remainder] : packet->split()->held) {
      out.insert(element);
    }
  }
  return out;
}

void Town::split_scope(std::size_t slot, const std::set<std::string>& held, const Person& who,
                       const AccountId& account) {
  const gate::Packet* packet = find(slot);
  const auto& dimension = charter().admission.partial_dim;
  if (packet == nullptr || !packet->head || !dimension) {
    return;
  }
  packet::PartialStatement said{state().origin,
                                packet_at(slot),
                                packet->head->number,
                                packet->head->digest,
                                *dimension,
                                {},
                                {held.begin(), held.end()}};
  for (const auto& [element, value] : truth_->sealings.at(packet->head->digest).elements[*dimension]) {
    if (!held.contains(element)) {
      said.free.push_back(element);
    }
  }
  const canon::Value statement = packet::statement(said);
  const Bytes sig = sign(who, packet::act::split, canon::write(statement));
  const PacketId remainder = PacketId::from_random(random());
  if (!play(gate::SplitScope{
          account, packet_at(slot), remainder, {statement, {{who.id, who.fingerprint, to_base64(sig)}}}})) {
    return;
  }
  for (std::size_t other = 0; other < slots; ++other) { // somebody looks after it, where there is room
    if (const gate::Packet* there = find(other); there == nullptr || !there->open()) {
      packets_[other] = remainder;
      return;
    }
  }
}

// False: nothing can be done about it but another manifest.
bool Town::resolve_waived(std::size_t slot, const gate::Packet& packet, const HoldId& id, Draw& draw) {
  const gate::ManifestState* manifest = packet.reviewed();
  const gate::Hold& hold = packet.holds.at(id);
  if (hold.clears == "ratification") {
    if (manifest == nullptr || manifest->waived.substitutes.empty() || draw.one_in(8)) {
      return false;
    }
    std::vector<Person*> able = leads;
    std::erase_if(able, [&](const Person* lead) {
      return lead->id == manifest->submitter || manifest->drafter_person == lead->id;
    });
    if (able.empty() || !away(manifest->waived.substitutes.begin()->first)) {
      return false;
    }
    const Person& lead = *draw.pick(able);
    ratify_substitute(slot, *manifest, lead, account_of(lead, draw));
    return true;
  }
  const auto rule = charter().holds.codes.find(hold.code);
  if (rule == charter().holds.codes.end() || !rule->second.override_by || draw.one_in(16)) {
    heal(slot);
    revise(slot, draw, true);
    return true;
  }
  if (manifest == nullptr || !manifest->waived.overrides.contains(id)) {
    return false;
  }
  const auto acts = manifest->overridden.find(id);
  for (const Person* lead : leads) {
    if (acts == manifest->overridden.end() ||
        std::ranges::none_of(acts->second, [&](const gate::SignedAct& act) {
          return act.person == lead->id &&
                 std::max(now, state().last_at) - act.at < rule->second.override_by->max_age;
        })) {
      override_hold(slot, id, *lead, account_of(*lead, draw));
      return true;
    }
  }
  return false;
}

void Town::resolve_duplicate(std::size_t slot, const gate::Packet& packet, const gate::Hold& hold,
                             const HoldId& id, Draw& draw) {
  const auto other = PacketId::parse(hold.subject);
  const gate::Packet* with = other ? state().find(*other) : nullptr;
  const Person& signer = *signers[draw.below(signers.size())];
  if (hold.clears == "dismissal" && !draw.one_in(3)) {
    play(gate::DismissSuspicion{
        account_of(signer, draw), packet_at(slot), id, {{"rationale", "looked at both"}}});
  } else if (with != nullptr && draw.one_in(2)) {
    split_packets(slot, *other, signer, account_of(signer, draw));
  } else if (with != nullptr && with->open()) {
    play(gate::MergePackets{
        writes() ? leads[0]->accounts[0] : intake, leads[0]->id, packet_at(slot), *other, "same_case", {}});
  } else if (with != nullptr && with->entry && draw.one_in(2)) {
    const gate::WithdrawPacket withdrawn{packet.submitter, packet_at(slot),
                                         "not_needed"}; // of this packet yet
    play(gate::GiveVerdict{account_of(*readers[0], draw), *with->entry, negative_verdict(), {}});
    play(withdrawn);
  } else {
    play(gate::WithdrawPacket{packet.submitter, packet_at(slot), "not_needed"});
  }
}

} // namespace sallyport::sim
