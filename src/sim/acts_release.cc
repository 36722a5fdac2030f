// Releases and the lane, events that come again, and bytes that are read wrong.
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

// ---- release and lane

void request(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr) {
    return;
  }
  const Person& person = draw.one_in(4) ? town.anybody(draw)
                         : packet->workspace && !draw.one_in(4)
                             ? town.person_of(packet->workspace->owner)
                             : *town.signers[draw.below(town.signers.size())];
  town.play(gate::RequestRelease{draw.one_in(12) ? town.agent : town.account_of(person, draw),
                                 town.packet_at(slot),
                                 packet->head && !draw.one_in(12) ? packet->head->digest : Digest{},
                                 some_manifest(town, slot, draw), draw.one_in(12) ? "Q-OTHER" : town.lane()});
}

// Also of a recheck that is over: what ends it and what commits it may have set out together.
void commit(Town& town, Slot slot, Draw&) {
  if (const auto last = town.rechecks.find(town.packet_at(slot)); last != town.rechecks.end()) {
    town.play(gate::CommitRelease{last->first, RecheckId(last->second)});
  }
}

void expire(Town& town, Slot slot, Draw& draw) {
  if (const auto last = town.rechecks.find(town.packet_at(slot)); last != town.rechecks.end()) {
    town.play(
        gate::ExpireRecheck{last->first, RecheckId(last->second), draw.one_in(2) ? "timeout" : "restart"});
  }
}

// The recheck of another packet runs out, and nobody gets its slot by that.
void expire_other(Town& town, Slot slot, Draw& draw) {
  for (Slot other = slot + 1; other < slot + Town::slots; ++other) {
    if (const gate::Packet* packet = town.find(other); packet != nullptr && packet->recheck) {
      town.play(gate::ExpireRecheck{town.packet_at(other), RecheckId(packet->recheck->id),
                                    draw.one_in(2) ? "timeout" : "restart"});
      return;
    }
  }
}

std::optional<EntryId> some_entry(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet != nullptr && packet->entry) {
    return packet->entry;
  }
  const auto& entries = town.state().entries;
  if (entries.empty()) {
    return std::nullopt;
  }
  auto at = entries.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(draw.below(entries.size())));
  return at->first;
}

void deliver(Town& town, Slot slot, Draw& draw) {
  if (const auto entry = some_entry(town, slot, draw)) {
    town.play(gate::DeliverEntry{*entry, town.state().size});
  }
}

void acknowledge(Town& town, Slot slot, Draw& draw) {
  if (const auto entry = some_entry(town, slot, draw)) {
    const Person& person = draw.one_in(3) ? town.anybody(draw) : *town.readers[draw.below(3)];
    town.play(gate::AcknowledgeEntry{town.account_of(person, draw), *entry});
  }
}

void verdict(Town& town, Slot slot, Draw& draw) {
  if (const auto entry = some_entry(town, slot, draw)) {
    const Person& person = draw.one_in(3) ? town.anybody(draw) : *town.readers[draw.below(3)];
    town.play(gate::GiveVerdict{
        town.account_of(person, draw), *entry, draw.one_in(4) ? "sufficient" : town.negative_verdict(), {}});
  }
}

// ---- faces, and events that come again

void refuse_attempt(Town& town, Slot slot, Draw& draw) {
  town.play(gate::RefuseAttempt{draw.one_in(2) ? town.agent : town.account_of(town.anybody(draw), draw),
                                draw.one_in(2) ? "remediate" : "notify_customer",
                                town.packet_at(slot),
                                {{"outside_family", ""}}});
}

void journal(Town& town, Slot, Draw&) {
  town.play(gate::CoalesceJournal{"unauthenticated", town.now, {{"malformed", 3}}});
}

// What somebody sent before, byte for byte: a captured request, a client that tries again.
void send_again(Town& town, Slot, Draw& draw) {
  if (!town.history.empty()) {
    const auto event = town.history[draw.below(town.history.size())];
    if (!std::holds_alternative<gate::Observe>(*event) && !std::holds_alternative<gate::Found>(*event)) {
      town.play(*event);
    }
  }
}

// What is kept beside the log is read again with other bytes, for one event.
void spoil_manifest(Town& town, Slot slot, Draw& draw) {
  gate::Machine* machine = town.host().spoil();
  const gate::Packet* packet = town.find(slot);
  ManifestId id;
  if (machine == nullptr || packet == nullptr || packet->reviewed(&id) == nullptr) {
    return;
  }
  const auto kept = machine->facts().manifests.find(id);
  if (kept == machine->facts().manifests.end()) {
    return;
  }
  const gate::BoundManifest whole = kept->second;
  if (draw.one_in(2)) {
    kept->second.bytes += " ";
  } else {
    kept->second.members.push_back({town.outsider->id, {"cleared"}});
  }
  if (draw.one_in(2)) {
    commit(town, slot, draw);
  } else {
    sign(town, slot, draw);
  }
  machine->facts().manifests.insert_or_assign(id, whole);
}

void spoil_content(Town& town, Slot slot, Draw& draw) {
  gate::Machine* machine = town.host().spoil();
  const gate::Dossier* dossier =
      machine == nullptr ? nullptr : machine->world().dossier(town.packet_at(slot));
  if (dossier == nullptr) {
    return;
  }
  const gate::Dossier whole = *dossier;
  machine->facts().dossiers.erase(town.packet_at(slot));
  if (draw.one_in(2)) {
    commit(town, slot, draw);
  } else {
    town.play(gate::Reevaluate{town.packet_at(slot)});
  }
  if (const gate::Packet* packet = town.find(slot); packet != nullptr && (packet->open() || packet->entry)) {
    machine->facts().dossiers.put(town.packet_at(slot), whole);
  }
}

} // namespace sallyport::sim::acts
