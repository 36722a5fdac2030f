#include "sim/alphabet.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "crypto/sshsig_sign.h"
#include "gate/checks.h"
#include "packet/statement.h"
#include "sim/charters.h"

#include <algorithm>
#include <array>

namespace sallyport::sim {
namespace {

using Slot = std::size_t;

Thing* some_thing(Town& town, Slot slot, Draw& draw) {
  const std::vector<Thing*> cited = town.cited(slot);
  return cited.empty() ? nullptr : cited[draw.below(cited.size())];
}

std::string some_source(Town& town, Draw& draw) {
  const auto& sources = town.charter().sources;
  auto at = sources.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(draw.below(sources.size())));
  return at->first;
}

// An older manifest of the packet now and then, else the one in review.
Digest some_manifest(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr) {
    return {};
  }
  const gate::ManifestState* reviewed = packet->reviewed();
  if ((reviewed == nullptr || draw.one_in(8)) && !packet->manifests.empty()) {
    auto at = packet->manifests.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(draw.below(packet->manifests.size())));
    return at->second.digest;
  }
  return reviewed == nullptr ? Digest{} : reviewed->digest;
}

void sign_by(Town& town, Slot slot, const Person& person, const AccountId& account, Draw& draw) {
  const Digest digest = some_manifest(town, slot, draw);
  if (const std::string* bytes = town.manifest_bytes(digest)) {
    town.play(gate::SignManifest{account, town.packet_at(slot), digest,
                                 town.sign(person, packet::act::dispatch, *bytes)});
  }
}

// ---- packets and lineage

void submit(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr || !packet->open()) {
    town.submit(slot, draw);
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
  const bool feed = !draw.one_in(3);
  const Person& person = town.anybody(draw);
  town.play(gate::MergePackets{feed ? town.intake : person.accounts[0],
                               person.id,
                               town.packet_at(slot),
                               town.packet_at(other),
                               "same_case",
                               {}});
}

void promote(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr || !packet->head || packet->head->parts.empty()) {
    return;
  }
  const Person& person = draw.one_in(4) ? town.anybody(draw) : *town.signers[draw.below(town.signers.size())];
  const canon::Value statement = packet::statement(packet::AnnexStatement{
      town.state().origin, town.packet_at(slot), packet->head->number, packet->head->digest,
      packet->head->parts.begin()->first, "redacted", "included"});
  const Bytes sig = town.sign(person, packet::act::annex, canon::write(statement));
  town.play(gate::PromoteAnnex{town.account_of(person, draw),
                               town.packet_at(slot),
                               {statement, {{person.id, person.fingerprint, to_base64(sig)}}}});
}

// ---- evidence

void change_thing(Town& town, Slot slot, Draw& draw) {
  Thing* thing = some_thing(town, slot, draw);
  if (thing == nullptr) {
    return;
  }
  switch (draw.below(6)) {
  case 0:
  case 1:
    ++thing->ordinal;
    break;
  case 2:
    thing->status = "gone";
    break;
  case 3:
    for (auto& [dimension, values] : thing->touches) {
      values.insert(std::string(clear_mark) + "value-" + std::to_string(4 + draw.below(2)));
    }
    break;
  case 4:
    for (auto& [attr, value] : thing->attrs) {
      if (draw.one_in(2)) {
        value = draw.one_in(2) ? "v2" : draw.one_in(2) ? "regulated" : "no-narrative";
      }
    }
    break;
  default:
    thing->status = "unknown";
  }
  if (draw.one_in(2)) {
    town.observe(thing->source);
  }
}

void heal(Town& town, Slot slot, Draw&) {
  town.heal(slot);
}

void observe(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  const bool answers = packet != nullptr && packet->recheck && !draw.one_in(4);
  town.observe(some_source(town, draw), answers ? std::optional(packet->recheck->id) : std::nullopt);
}

void write_letter(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (town.post.size() < 16) {
    town.post.push_back(
        town.write(some_source(town, draw), packet != nullptr && packet->recheck && draw.one_in(2)
                                                ? std::optional(packet->recheck->id)
                                                : std::nullopt));
  }
}

// Out of order, and late.
void deliver_letter(Town& town, Slot, Draw& draw) {
  if (!town.post.empty()) {
    const auto at = town.post.begin() + static_cast<std::ptrdiff_t>(draw.below(town.post.size()));
    const Letter letter = *at;
    town.post.erase(at);
    town.deliver(letter);
  }
}

void deliver_twice(Town& town, Slot, Draw& draw) {
  if (!town.delivered.empty()) {
    town.deliver(Letter(town.delivered[draw.below(town.delivered.size())]));
  }
}

void fail_source(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  town.play(gate::SourceFailed{some_source(town, draw), packet != nullptr && packet->recheck && draw.one_in(2)
                                                            ? std::optional(packet->recheck->id)
                                                            : std::nullopt});
}

void silence(Town& town, Slot, Draw& draw) {
  const std::string source = some_source(town, draw);
  if (town.silent.erase(source) == 0) {
    town.silent.insert(source);
  }
}

void skew(Town& town, Slot, Draw& draw) {
  const std::int64_t ms = static_cast<std::int64_t>(draw.below(1'200'000)) - 600'000;
  town.skew[some_source(town, draw)] = Duration{draw.one_in(3) ? 0 : ms};
}

// The same content that a bad disk or cache hands out once, and not again.
void wrong_answer(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  Letter letter =
      town.write(some_source(town, draw),
                 packet != nullptr && packet->recheck ? std::optional(packet->recheck->id) : std::nullopt);
  for (auto& object : letter.observe.objects) {
    ++object.ordinal;
    ++letter.snapshot.things[object.object].ordinal;
  }
  town.deliver(letter);
}

void report(Town& town, Slot slot, Draw& draw) {
  const std::string source = some_source(town, draw);
  const auto& emits = town.charter().sources.at(source).emits;
  auto event = emits.begin();
  std::advance(event, static_cast<std::ptrdiff_t>(draw.below(emits.size())));
  std::map<std::string, std::string> attrs;
  if (draw.one_in(2)) {
    attrs["level"] = draw.one_in(2) ? "low" : "high";
  }
  town.play(gate::ReportEvent{draw.one_in(6) ? town.account_of(town.anybody(draw), draw) : town.intake,
                              source, std::string(charter::to_word(*event)),
                              draw.one_in(3) ? std::nullopt : std::optional(town.packet_at(slot)),
                              std::nullopt, attrs});
}

void ask(Town& town, Slot, Draw& draw) {
  town.play(gate::AskSource{draw.one_in(2) ? town.agent : town.account_of(town.anybody(draw), draw),
                            some_source(town, draw)});
}

// ---- time

void tick(Town& town, Slot slot, Draw& draw) {
  town.now = town.now + Duration{std::int64_t{1} << draw.below(24)};
  town.play(gate::Reevaluate{town.packet_at(slot)});
}

// To the millisecond at which something of this packet runs out, one before it, or one after.
void tick_to_deadline(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr) {
    return;
  }
  if (const auto next = gate::next_deadline(town.world(), town.packet_at(slot), town.now)) {
    town.now = *next + Duration{static_cast<std::int64_t>(draw.below(3)) - 1};
    town.play(gate::Reevaluate{town.packet_at(slot)});
  }
}

void clock_back(Town& town, Slot slot, Draw& draw) {
  town.now = town.now - Duration{std::int64_t{1} << draw.below(22)};
  town.play(gate::Reevaluate{town.packet_at(slot)});
}

// ---- people and trust

void change_roster(Town& town, Slot, Draw& draw) {
  const std::set<std::string> roles = town.signer_roles();
  const Person& person = *town.signers[draw.below(town.signers.size())];
  const std::string& role = *roles.begin();
  switch (draw.below(5)) {
  case 0: // a signer loses the role, or gets it back
    if (std::erase_if(town.grants, [&](const auto& g) { return g.person == person.id && g.role == role; }) ==
        0) {
      town.grant(person, role);
    }
    break;
  case 1: // for an hour only
    std::erase_if(town.grants, [&](const auto& g) { return g.person == person.id && g.role == role; });
    town.grant(person, role, {}, hour);
    break;
  case 2: // a reader more, or fewer
    if (town.audience.size() > 2) {
      town.audience.pop_back();
    } else {
      town.audience.push_back({town.readers[2]->id, {"cleared"}});
    }
    break;
  case 3:
    for (const std::string& each : roles) {
      for (std::size_t i = 0; i < 3; ++i) {
        town.grant(*town.signers[i], each);
      }
    }
    break;
  default:
    break; // the same people, another version
  }
  town.activate_roster();
}

void change_directory(Town& town, Slot, Draw& draw) {
  const PersonId id = town.anybody(draw).id;
  if (town.directory.erase(id) == 0) {
    town.directory.insert(id);
  }
  town.observe(charter::roster_source(town.charter()));
}

// Another account of the same person, a service, or an account that was lost.
void add_account(Town& town, Slot, Draw& draw) {
  const Person& owner = draw.one_in(4) ? town.anybody(draw) : *town.owners[0];
  const AccountId account = AccountId::from_random(town.random());
  Person& person = *town.signers[draw.below(town.signers.size())];
  town.truth().accounts[account] = {"person", person.id, {}};
  if (town.play(
          gate::AddPrincipal{owner.accounts[0], account, "person", person.id, {}, {{"name", "again"}}}) &&
      person.accounts.size() < 4) {
    person.accounts.push_back(account);
  }
}

void disable_account(Town& town, Slot, Draw& draw) {
  Person& person = *town.signers[draw.below(town.signers.size())];
  if (person.accounts.size() > 1) { // somebody must be left who can sign
    const AccountId account = person.accounts.back();
    if (town.play(gate::DisablePrincipal{town.owners[0]->accounts[0], account})) {
      person.accounts.pop_back();
    }
  }
}

// The key is revoked, and another enrolled at once: a lost token.
void replace_key(Town& town, Slot, Draw& draw) {
  Person& person = *town.signers[draw.below(town.signers.size())];
  if (!town.play(gate::RevokeKey{draw.one_in(3) ? town.owners[0]->accounts[0] : person.accounts[0],
                                 person.fingerprint})) {
    return;
  }
  town.renew_key(person);
}

void token(Town& town, Slot, Draw& draw) {
  const AccountId account = draw.one_in(2) ? town.agent : town.account_of(town.anybody(draw), draw);
  town.play(gate::IssueToken{town.account_of(town.anybody(draw), draw),
                             TokenId::from_random(town.random()),
                             account,
                             {draw.one_in(2) ? "read" : "prepare"},
                             town.now + day});
}

void configure_source(Town& town, Slot, Draw& draw) {
  town.play(gate::ConfigureSource{draw.one_in(3) ? town.account_of(town.anybody(draw), draw)
                                                 : town.owners[0]->accounts[0],
                                  some_source(town, draw),
                                  {{"url", "example"}}});
}

// ---- charters

void propose(Town& town, Slot, Draw& draw) {
  charter::Charter next = amended(town.charter(), draw);
  town.truth().charters.emplace(charter::digest(next), std::make_shared<const charter::Charter>(next));
  if (town.play(gate::ProposeCharter{town.owners[draw.below(town.owners.size())]->accounts[0], next})) {
    town.proposed.push_back(std::move(next));
  }
}

void ratify(Town& town, Slot, Draw& draw) {
  if (town.proposed.empty()) {
    return;
  }
  const charter::Charter& next = town.proposed.back();
  const Person& owner = draw.one_in(8) ? town.anybody(draw) : *town.owners[draw.below(town.owners.size())];
  const canon::Value statement = packet::statement(
      packet::RatifyStatement{town.state().origin, next.id, static_cast<std::uint32_t>(next.version),
                              charter::digest(next), town.state().lanes.at(town.lane()).charter});
  const Bytes sig = town.sign(owner, packet::act::charter, canon::write(statement));
  town.play(gate::RatifyCharter{town.account_of(owner, draw),
                                {statement, {{owner.id, owner.fingerprint, to_base64(sig)}}}});
}

void activate(Town& town, Slot, Draw& draw) {
  if (!town.proposed.empty()) {
    town.play(gate::ActivateCharter{
        town.owners[draw.below(town.owners.size())]->accounts[0],
        charter::digest(draw.one_in(6) ? town.proposed.front() : town.proposed.back())});
  }
}

// Proposed, ratified and active in one go: for the pairs.
void adopt(Town& town, Slot slot, Draw& draw) {
  propose(town, slot, draw);
  if (town.proposed.empty()) {
    return;
  }
  const charter::Charter& next = town.proposed.back();
  const canon::Value statement = packet::statement(
      packet::RatifyStatement{town.state().origin, next.id, static_cast<std::uint32_t>(next.version),
                              charter::digest(next), town.state().lanes.at(town.lane()).charter});
  for (const Person* owner : town.owners) {
    const Bytes sig = town.sign(*owner, packet::act::charter, canon::write(statement));
    town.play(gate::RatifyCharter{owner->accounts[0],
                                  {statement, {{owner->id, owner->fingerprint, to_base64(sig)}}}});
  }
  town.play(gate::ActivateCharter{town.owners[0]->accounts[0], charter::digest(next)});
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
                                town.packet_at(slot), ManifestId::from_random(town.random()), revision});
}

void submit_manifest(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr || packet->manifests.empty()) {
    return;
  }
  ManifestId id = packet->manifests.begin()->first;
  for (const auto& [other, manifest] : packet->manifests) {
    if (manifest.status == "draft") {
      id = other;
    }
  }
  const Person& person = draw.one_in(3) ? town.anybody(draw) : *town.leads[draw.below(town.leads.size())];
  town.play(gate::SubmitManifest{draw.one_in(10) ? town.agent : town.account_of(person, draw),
                                 town.packet_at(slot),
                                 id,
                                 town.salt(),
                                 {town.state().origin, town.state().size, crypto::sha256("root")}});
}

void sign(Town& town, Slot slot, Draw& draw) {
  const Person& person = *town.signers[draw.below(town.signers.size())];
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
    const Bytes sig = crypto::sign_sshsig(*person.key, space ? packet::act::annex : packet::act::dispatch,
                                          as_bytes(space ? *bytes : *bytes + " "));
    town.play(gate::SignManifest{town.account_of(person, draw), town.packet_at(slot), digest, sig});
  }
}

void withdraw_signature(Town& town, Slot slot, Draw& draw) {
  const gate::ManifestState* manifest = town.reviewed(slot);
  if (manifest == nullptr || manifest->signatures.empty()) {
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

// ---- release and lane

void request(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr) {
    return;
  }
  const Person& person = draw.one_in(4) ? town.anybody(draw) : *town.signers[draw.below(town.signers.size())];
  town.play(gate::RequestRelease{draw.one_in(12) ? town.agent : town.account_of(person, draw),
                                 town.packet_at(slot),
                                 packet->head && !draw.one_in(12) ? packet->head->digest : Digest{},
                                 some_manifest(town, slot, draw), draw.one_in(12) ? "Q-OTHER" : town.lane()});
}

void commit(Town& town, Slot slot, Draw&) {
  const gate::Packet* packet = town.find(slot);
  if (packet != nullptr && packet->recheck) {
    town.play(gate::CommitRelease{town.packet_at(slot), RecheckId(packet->recheck->id)});
  }
}

void expire(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet != nullptr && packet->recheck) {
    town.play(gate::ExpireRecheck{town.packet_at(slot), RecheckId(packet->recheck->id),
                                  draw.one_in(2) ? "timeout" : "restart"});
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
        town.account_of(person, draw), *entry, draw.one_in(4) ? "sufficient" : "returned", {}});
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
  if (const gate::Packet* packet = town.find(slot); packet != nullptr && packet->open()) {
    machine->facts().dossiers.put(town.packet_at(slot), whole);
  }
}

// ---- on the way

void help(Town& town, Slot slot, Draw& draw) {
  town.help(slot, draw);
}

template <Stage to> void bring(Town& town, Slot slot, Draw& draw) {
  town.bring(slot, to, draw);
}

constexpr std::array rows{
    Row{"help", 500, false, help},
    Row{"submit", 4, false, submit},
    Row{"revise", 10, false, revise},
    Row{"mismatch", 2, false, mismatch},
    Row{"withdraw", 3, false, withdraw},
    Row{"merge", 5, false, merge},
    Row{"promote", 10, false, promote},
    Row{"change_thing", 20, false, change_thing},
    Row{"heal", 20, false, heal},
    Row{"observe", 30, false, observe},
    Row{"write_letter", 10, false, write_letter},
    Row{"deliver_letter", 12, false, deliver_letter},
    Row{"deliver_twice", 8, false, deliver_twice},
    Row{"fail_source", 8, true, fail_source},
    Row{"silence", 4, false, silence},
    Row{"skew", 3, false, skew},
    Row{"wrong_answer", 4, false, wrong_answer},
    Row{"report", 8, false, report},
    Row{"ask", 3, false, ask},
    Row{"tick", 16, true, tick},
    Row{"tick_to_deadline", 10, true, tick_to_deadline},
    Row{"clock_back", 3, true, clock_back},
    Row{"change_roster", 3, true, change_roster},
    Row{"change_directory", 4, false, change_directory},
    Row{"add_account", 2, false, add_account},
    Row{"disable_account", 3, true, disable_account},
    Row{"replace_key", 2, true, replace_key},
    Row{"token", 2, false, token},
    Row{"configure_source", 1, true, configure_source},
    Row{"propose", 1, false, propose},
    Row{"ratify", 3, false, ratify},
    Row{"activate", 2, true, activate},
    Row{"adopt", 1, true, adopt},
    Row{"clear", 12, false, clear},
    Row{"draft", 6, false, draft},
    Row{"submit_manifest", 6, false, submit_manifest},
    Row{"sign", 20, false, sign},
    Row{"sign_other", 5, false, sign_other},
    Row{"sign_borrowed", 4, false, sign_borrowed},
    Row{"sign_by_agent", 4, false, sign_by_agent},
    Row{"sign_wrong", 4, false, sign_wrong},
    Row{"withdraw_signature", 8, true, withdraw_signature},
    Row{"refuse_manifest", 4, true, refuse_manifest},
    Row{"request", 12, false, request},
    Row{"commit", 16, false, commit},
    Row{"expire", 4, true, expire},
    Row{"deliver", 8, false, deliver},
    Row{"acknowledge", 10, false, acknowledge},
    Row{"verdict", 6, false, verdict},
    Row{"refuse_attempt", 3, true, refuse_attempt},
    Row{"journal", 1, true, journal},
    Row{"send_again", 12, false, send_again},
    Row{"spoil_manifest", 4, false, spoil_manifest},
    Row{"spoil_content", 3, false, spoil_content},
    Row{"to_open", 0, false, bring<Stage::open>},
    Row{"to_in_review", 0, false, bring<Stage::in_review>},
    Row{"to_signed_once", 0, false, bring<Stage::signed_once>},
    Row{"to_authorised", 0, false, bring<Stage::authorised>},
    Row{"to_recheck", 0, false, bring<Stage::recheck>},
    Row{"to_answered", 0, false, bring<Stage::answered>},
    Row{"to_released", 0, false, bring<Stage::released>},
};

constexpr std::array pairs{
    Conflict{"sign", "sign", "to_signed_once"},
    Conflict{"sign", "revise", "to_signed_once"},
    Conflict{"sign", "change_roster", "to_in_review"},
    Conflict{"sign", "change_roster", "to_signed_once"},
    Conflict{"sign", "adopt", "to_in_review"},
    Conflict{"sign", "adopt", "to_signed_once"},
    Conflict{"sign", "replace_key", "to_signed_once"},
    Conflict{"sign", "disable_account", "to_signed_once"},
    Conflict{"sign", "withdraw_signature", "to_signed_once"},
    Conflict{"sign", "refuse_manifest", "to_signed_once"},
    Conflict{"sign", "submit_manifest", "to_signed_once"},
    Conflict{"sign", "promote", "to_signed_once"},
    Conflict{"sign", "change_thing", "to_signed_once"},
    Conflict{"sign", "merge", "to_signed_once"},
    Conflict{"sign", "withdraw", "to_signed_once"},
    Conflict{"sign", "report", "to_signed_once"},
    Conflict{"sign", "tick_to_deadline", "to_signed_once"},
    Conflict{"request", "revise", "to_authorised"},
    Conflict{"request", "withdraw_signature", "to_authorised"},
    Conflict{"request", "change_thing", "to_authorised"},
    Conflict{"request", "tick_to_deadline", "to_authorised"},
    Conflict{"request", "request", "to_authorised"},
    Conflict{"commit", "revise", "to_answered"},
    Conflict{"commit", "merge", "to_answered"},
    Conflict{"commit", "withdraw", "to_answered"},
    Conflict{"commit", "withdraw_signature", "to_answered"},
    Conflict{"commit", "refuse_manifest", "to_answered"},
    Conflict{"commit", "submit_manifest", "to_answered"},
    Conflict{"commit", "change_roster", "to_answered"},
    Conflict{"commit", "change_directory", "to_answered"},
    Conflict{"commit", "adopt", "to_answered"},
    Conflict{"commit", "replace_key", "to_answered"},
    Conflict{"commit", "disable_account", "to_answered"},
    Conflict{"commit", "change_thing", "to_answered"},
    Conflict{"commit", "wrong_answer", "to_answered"},
    Conflict{"commit", "report", "to_answered"},
    Conflict{"commit", "promote", "to_answered"},
    Conflict{"commit", "fail_source", "to_answered"},
    Conflict{"commit", "tick_to_deadline", "to_answered"},
    Conflict{"commit", "expire", "to_answered"},
    Conflict{"commit", "commit", "to_answered"},
    Conflict{"commit", "submit", "to_answered"},
    Conflict{"commit", "mismatch", "to_answered"},
    Conflict{"commit", "configure_source", "to_answered"},
    Conflict{"observe", "expire", "to_recheck"},
    Conflict{"observe", "fail_source", "to_recheck"},
    Conflict{"observe", "deliver_twice", "to_recheck"},
    Conflict{"deliver", "acknowledge", "to_released"},
    Conflict{"acknowledge", "change_roster", "to_released"},
    Conflict{"acknowledge", "verdict", "to_released"},
    Conflict{"clear", "change_thing", "to_open"},
};

} // namespace

std::span<const Row> alphabet() {
  return rows;
}

const Row* find_row(std::string_view name) {
  const auto at = std::ranges::find(rows, name, &Row::name);
  return at == rows.end() ? nullptr : &*at;
}

std::span<const Conflict> conflicts() {
  return pairs;
}

} // namespace sallyport::sim
