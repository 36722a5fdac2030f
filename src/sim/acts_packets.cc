// Packets, holds, manifests, signatures: what people and feeds do, and what they should not.
#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "crypto/sshsig_sign.h"
#include "gate/checks.h"
#include "packet/statement.h"
#include "sim/acts.h"
#include "sim/charters.h"

#include <algorithm>

namespace sallyport::sim::acts {
namespace {

void sign_by(Town& town, Slot slot, const Person& person, const AccountId& account, Draw& draw) {
  const Digest digest = some_manifest(town, slot, draw);
  if (const std::string* bytes = town.manifest_bytes(digest)) {
    town.play(gate::SignManifest{account, town.packet_at(slot), digest,
                                 town.sign(person, town.signing_act(slot), *bytes)});
  }
}

} // namespace

const gate::ManifestState* some_past(Town& town, Slot slot,
                                     const std::function<bool(const gate::ManifestState&)>& fits) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr) {
    return nullptr;
  }
  for (const auto& [id, manifest] : packet->manifests) {
    if (manifest.status != "draft" && fits(manifest)) {
      return &manifest;
    }
  }
  return nullptr;
}

// ---- packets and lineage

void submit(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  for (Slot i = 0; i < Town::slots; ++i, packet = town.find(slot + i)) { // beside one that is on its way
    if (packet == nullptr || !packet->open()) {
      return town.submit(slot + i, draw);
    }
  }
}

void revise(Town& town, Slot slot, Draw& draw) {
  town.revise(slot, draw, !draw.one_in(3));
}

void mismatch(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  town.play(gate::ReportMismatch{packet == nullptr || draw.one_in(4) ? town.other_intake : packet->submitter,
                                 town.packet_at(slot)});
}

void withdraw(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  const AccountId by =
      packet == nullptr || draw.one_in(3) ? town.account_of(town.anybody(draw), draw) : packet->submitter;
  town.play(gate::WithdrawPacket{by, town.packet_at(slot), "not_needed"});
}

void merge(Town& town, Slot slot, Draw& draw) {
  const Slot other = draw.one_in(10) ? slot : slot + 1 + draw.below(Town::slots - 1);
  const bool feed = !town.writes() && !draw.one_in(3);
  const Person& person = town.writes() && !draw.one_in(3) ? *town.leads[0] : town.anybody(draw);
  town.play(gate::MergePackets{feed ? town.intake : person.accounts[0],
                               person.id,
                               town.packet_at(slot),
                               town.packet_at(other),
                               "same_case",
                               {}});
}

void promote(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  const bool here = packet != nullptr && packet->head && !packet->head->parts.empty();
  const bool late =
      packet != nullptr && !packet->head && !packet->spent.empty(); // meant for what is no head now
  if (!here && !late) {
    return;
  }
  const Person& person = draw.one_in(4) ? town.anybody(draw) : *town.signers[draw.below(town.signers.size())];
  const canon::Value statement = packet::statement(packet::AnnexStatement{
      town.state().origin, town.packet_at(slot), here ? packet->head->number : packet->spent.back().number,
      here ? packet->head->digest : packet->spent.back().digest,
      here ? packet->head->parts.begin()->first : "a1", "redacted", "included"});
  const Bytes sig = town.sign(person, packet::act::annex, canon::write(statement));
  town.play(gate::PromoteAnnex{town.account_of(person, draw),
                               town.packet_at(slot),
                               {statement, {{person.id, person.fingerprint, to_base64(sig)}}}});
}

// ---- holds, manifests, signatures

void clear(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr || packet->holds.empty()) {
    return;
  }
  auto at = packet->holds.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(draw.below(packet->holds.size())));
  const Person& person = draw.one_in(2) ? town.anybody(draw) : *town.leads[draw.below(town.leads.size())];
  canon::Object body;
  if (!draw.one_in(6)) {
    body.set("evidence", "looked");
  }
  town.play(gate::ClearHold{draw.one_in(8) ? town.agent : town.account_of(person, draw), town.packet_at(slot),
                            HoldId(at->first), std::move(body)});
}

void draft(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr) {
    return;
  }
  const Digest revision = packet->head && !draw.one_in(10) ? packet->head->digest
                          : packet->spent.empty()          ? Digest{}
                                                           : packet->spent.back().digest;
  town.play(gate::DraftManifest{draw.one_in(3) ? town.agent : town.account_of(town.anybody(draw), draw),
                                town.packet_at(slot), ManifestId::from_random(town.random()), revision,
                                town.named(slot, draw)});
}

void submit_manifest(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr) {
    return;
  }
  const auto drafted = [](const auto& row) { return row.second.status == "draft"; };
  if (packet->head && !draw.one_in(4) && std::ranges::none_of(packet->manifests, drafted)) {
    town.play(gate::DraftManifest{town.account_of(*town.leads[draw.below(town.leads.size())], draw),
                                  town.packet_at(slot), ManifestId::from_random(town.random()),
                                  packet->head->digest});
    packet = town.find(slot);
  }
  if (packet->manifests.empty()) {
    return;
  }
  ManifestId id = packet->manifests.begin()->first;
  for (const auto& [other, manifest] : packet->manifests) {
    if (manifest.status == "draft") {
      id = other;
    }
  }
  const Person& person = draw.one_in(3) ? town.anybody(draw) : *town.leads[draw.below(town.leads.size())];
  gate::Waived asked = town.waived(slot);
  switch (draw.below(8)) {
  case 0:
    asked = {};
    break;
  case 1: // a hold that nobody may let cross, or that does not block
    for (const auto& [hold, register_] : packet->holds) {
      asked.overrides.insert(hold);
    }
    break;
  case 2: // somebody stands in although the holders are there
    for (const auto& [role, rule] : town.charter().signers.substitute) {
      asked.substitutes[role] = draw.one_in(2) ? town.deputy->id : town.anybody(draw).id;
    }
    break;
  default:
    break;
  }
  town.submit_manifest(slot, draw.one_in(10) ? town.agent : town.account_of(person, draw), id,
                       std::move(asked));
}

void sign(Town& town, Slot slot, Draw& draw) {
  const gate::ManifestState* manifest = town.reviewed(slot);
  const bool stands_in = manifest != nullptr && !manifest->waived.substitutes.empty() && draw.one_in(2);
  const Person& person = stands_in ? *town.deputy : *town.signers[draw.below(town.signers.size())];
  sign_by(town, slot, person, town.account_of(person, draw), draw);
}

void sign_other(Town& town, Slot slot, Draw& draw) {
  const Person& person = town.anybody(draw);
  sign_by(town, slot, person, town.account_of(person, draw), draw);
}

// One person's hand under another's account.
void sign_borrowed(Town& town, Slot slot, Draw& draw) {
  sign_by(town, slot, *town.signers[draw.below(town.signers.size())],
          town.account_of(*town.signers[draw.below(town.signers.size())], draw), draw);
}

void sign_by_agent(Town& town, Slot slot, Draw& draw) {
  sign_by(town, slot, *town.signers[2], draw.one_in(2) ? town.agent : town.intake, draw);
}

// A true signature over other bytes, or in another namespace.
void sign_wrong(Town& town, Slot slot, Draw& draw) {
  const Person& person = *town.signers[draw.below(town.signers.size())];
  const Digest digest = some_manifest(town, slot, draw);
  if (const std::string* bytes = town.manifest_bytes(digest)) {
    const bool space = draw.one_in(2);
    const Bytes sig = crypto::sign_sshsig(*person.key, space ? packet::act::annex : town.signing_act(slot),
                                          as_bytes(space ? *bytes : *bytes + " "));
    town.play(gate::SignManifest{town.account_of(person, draw), town.packet_at(slot), digest, sig});
  }
}

// Who took a signature back has another key, and signs the same bytes with it.
void sign_anew(Town& town, Slot slot, Draw& draw) {
  const gate::ManifestState* manifest = town.reviewed(slot);
  if (manifest == nullptr || manifest->signatures.empty()) {
    return;
  }
  const Digest digest = manifest->digest;
  const gate::Signature signature = manifest->signatures[draw.below(manifest->signatures.size())];
  const auto person =
      std::ranges::find_if(town.signers, [&](const Person* p) { return p->id == signature.person; });
  const std::string* bytes = town.manifest_bytes(digest);
  if (person == town.signers.end() || bytes == nullptr) {
    return;
  }
  if (!signature.withdrawn) {
    town.play(gate::WithdrawSignature{signature.account, town.packet_at(slot), digest, signature.person});
  }
  if (town.play(gate::RevokeKey{signature.account, (*person)->fingerprint})) {
    town.renew_key(**person);
  }
  town.play(gate::SignManifest{signature.account, town.packet_at(slot), digest,
                               town.sign(**person, town.signing_act(slot), *bytes)});
}

void withdraw_signature(Town& town, Slot slot, Draw& draw) {
  const gate::ManifestState* manifest = town.reviewed(slot);
  if (manifest == nullptr || manifest->signatures.empty()) {
    manifest = some_past(town, slot, [](const auto& m) { return !m.signatures.empty(); });
  }
  if (manifest == nullptr) {
    return;
  }
  const gate::Signature& signature = manifest->signatures[draw.below(manifest->signatures.size())];
  const AccountId by = draw.one_in(3) ? town.owners[0]->accounts[0] : signature.account;
  town.play(gate::WithdrawSignature{by, town.packet_at(slot), Digest(manifest->digest),
                                    PersonId(signature.person)});
}

void refuse_manifest(Town& town, Slot slot, Draw& draw) {
  const Person& person = draw.one_in(3) ? town.anybody(draw) : *town.signers[draw.below(town.signers.size())];
  town.play(gate::RefuseManifest{
      town.account_of(person, draw), town.packet_at(slot), some_manifest(town, slot, draw), "not_so", {}});
}

} // namespace sallyport::sim::acts
