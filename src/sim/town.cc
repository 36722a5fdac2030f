#include "sim/town.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"
#include "crypto/sshsig_sign.h"
#include "packet/roster.h"
#include "sim/charters.h"

#include <algorithm>

namespace sallyport::sim {
namespace {

constexpr const char* origin = "sallyport.example/sim";
constexpr std::size_t remembered = 64;
constexpr std::int64_t first_day = 1'795'132'800'000; // 2026-11-20

template <class T> void add_all(std::set<T>& to, const std::set<T>& from) {
  to.insert(from.begin(), from.end());
}

// Every role that the charter speaks of: the roster must grant each of them to somebody.
std::set<std::string> roles_of(const charter::Charter& charter) {
  std::set<std::string> out{charter.lane.steward, charter.admission.escalate_to};
  for (const charter::Requirement& row : charter.signers.require) {
    add_all(out, row.roles);
  }
  for (const std::string& entry : charter.signers.not_also) {
    if (!charter::from_word<charter::Part>(entry)) {
      out.insert(entry);
    }
  }
  if (charter.exposure.annexes && charter.exposure.annexes->promote_by) {
    out.insert(*charter.exposure.annexes->promote_by);
  }
  for (const auto& [role, substitute] : charter.signers.substitute) {
    out.insert({substitute.by, substitute.ratified_by});
  }
  for (const charter::Acceptance& row : charter.signers.accepts) {
    add_all(out, row.roles);
  }
  if (charter.ledger) {
    for (const auto& [section, role] : charter.ledger->sections) {
      out.insert(role);
    }
  }
  add_all(out, charter.lineage.split_roles);
  add_all(out, charter.admission.partial_roles);
  add_all(out, charter.holds.clear_roles);
  for (const charter::Escalation& row : charter.holds.escalate) {
    out.insert(row.to);
  }
  for (const auto& [code, rule] : charter.holds.codes) {
    add_all(out, rule.clear_roles.value_or(charter::Names{}));
    if (rule.override_by) {
      add_all(out, rule.override_by->roles);
    }
    for (const charter::Escalation& row : rule.escalate) {
      out.insert(row.to);
    }
  }
  for (const auto& [id, due] : charter.clocks.due) {
    if (due.escalate_to) {
      out.insert(*due.escalate_to);
    }
  }
  return out;
}

} // namespace

MachineHost::MachineHost() {
  machine_.library().zones = zones();
}

std::optional<gate::Step> MachineHost::step(const gate::Event& event, Instant now, Draw& draws) {
  gate::Draws numbers({}, [&] { return draws.next(); });
  return machine_.step(event, now, numbers);
}

Town::Town(const charter::Charter& charter, std::uint64_t seed, Host& host, Truth& known, Watcher watcher)
    : host_(&host), truth_(&known), watcher_(std::move(watcher)),
      first_charter_(std::make_shared<const charter::Charter>(charter)), lane_(charter.lane.id),
      draws_(seed) {
  now = parse_instant("2026-11-20T09:00:00.000Z").value();
  found();
  staff();
}

void Town::move_to(Host& host, Truth& truth, Watcher watcher) {
  host_ = &host;
  truth_ = &truth;
  watcher_ = std::move(watcher);
}

// ---- people

Person& Town::make_person(std::size_t accounts) {
  Person& person = people_->emplace_back();
  person.id = PersonId::from_random(random());
  make_key(person);
  for (std::size_t i = 0; i < accounts; ++i) {
    person.accounts.push_back(AccountId::from_random(random()));
    truth_->accounts[person.accounts.back()] = {"person", person.id, {}};
  }
  return person;
}

void Town::make_key(Person& person) {
  Bytes seed(32);
  std::ranges::generate(seed, [&] { return static_cast<std::uint8_t>(random()); });
  person.key = std::make_shared<crypto::Ed25519Key>(crypto::Ed25519Key::from_seed(seed));
  const crypto::PublicKey key = crypto::make_ed25519_key(person.key->public_key());
  person.line = key.line();
  person.fingerprint = key.fingerprint();
  truth_->key_owner[person.fingerprint] = person.id;
}

void Town::renew_key(Person& person) {
  make_key(person);
  const Instant whole{now.ms / 1000 * 1000};
  const packet::KeyStatement key{
      origin, person.id, person.line, "software", whole, whole + Duration{365 * day.ms}, {}, {}};
  play(gate::EnrolKey{owners[0]->accounts[0], owners_sign(packet::statement(key), packet::act::key)});
}

Person& Town::anybody(Draw& draw) {
  return (*people_)[draw.below(people_->size())];
}

AccountId Town::account_of(const Person& person, Draw& draw) const {
  return person.accounts[draw.below(person.accounts.size())];
}

Bytes Town::sign(const Person& person, std::string_view name_space, std::string_view bytes) {
  truth_->hands.emplace(person.id, crypto::sha256(as_bytes(bytes)));
  return crypto::sign_sshsig(*person.key, name_space, as_bytes(bytes));
}

packet::SignedStatement Town::owners_sign(const canon::Value& statement, std::string_view name_space) {
  const std::string bytes = canon::write(statement);
  packet::SignedStatement act{statement, {}};
  for (const Person* owner : owners) {
    act.sigs.push_back({owner->id, owner->fingerprint, to_base64(sign(*owner, name_space, bytes))});
  }
  return act;
}

void Town::found() {
  packet::GenesisStatement genesis{
      origin, std::string(origin) + "+00000000+AAAA", "AAAA", "all", {}, now, now + Duration{400 * day.ms}};
  for (const std::string& role : first_charter_->governance.owners) {
    owners.push_back(&make_person());
    genesis.owners.push_back({owners.back()->id, role, owners.back()->line, "software", {}, {}});
  }
  SP_ASSERT(play(gate::Found{owners_sign(packet::statement(genesis), packet::act::genesis)}));
  for (const Person* owner : owners) {
    SP_ASSERT(play(gate::AddPrincipal{{}, owner->accounts[0], "person", owner->id, {}, {{"name", "owner"}}}));
  }
  std::size_t i = 0;
  for (const std::string& role : first_charter_->governance.owners) {
    grant(*owners[i++], role);
  }
}

void Town::staff() {
  const auto enter = [&](Person& person) {
    for (const AccountId& account : person.accounts) {
      SP_ASSERT(play(
          gate::AddPrincipal{owners[0]->accounts[0], account, "person", person.id, {}, {{"name", "x"}}}));
    }
    const packet::KeyStatement key{
        origin, person.id, person.line, "software", now, now + Duration{365 * day.ms}, {}, {}};
    SP_ASSERT(
        play(gate::EnrolKey{owners[0]->accounts[0], owners_sign(packet::statement(key), packet::act::key)}));
    return &person;
  };
  for (std::size_t i = 0; i < 4; ++i) {
    signers.push_back(enter(make_person(i == 0 ? 2 : 1)));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    leads.push_back(enter(make_person()));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    readers.push_back(enter(make_person()));
  }
  outsider = enter(make_person());
  const auto machine = [&](const char* kind, const Person& operator_) {
    const AccountId id = AccountId::from_random(random());
    truth_->accounts[id] = {kind, {}, operator_.id};
    SP_ASSERT(play(gate::AddPrincipal{owners[0]->accounts[0], id, kind, {}, operator_.id, {{"name", kind}}}));
    return id;
  };
  agent = machine("agent", *signers[2]);
  intake = machine("service", *leads[0]);
  other_intake = machine("service", *leads[0]);
  grant_signers();
  for (const std::string& role : roles_of(*first_charter_)) {
    if (!signer_roles().contains(role) || first_charter_->holds.clear_roles.contains(role)) {
      for (const Person* lead : leads) {
        grant(*lead, role);
      }
    }
  }
  deputy = readers[2];
  for (const auto& [role, rule] : first_charter_->signers.substitute) {
    grant(*deputy, rule.by);
  }
  std::vector<std::string> base;
  for (const auto& tag : {first_charter_->lane.clearance, first_charter_->lane.privilege}) {
    if (tag) {
      base.push_back(*tag);
    }
  }
  std::vector<std::string> every = base;
  std::vector<std::string> usual = base;
  if (const auto& by = first_charter_->lane.clearance_by) {
    for (const auto& [value, tag] : by->needs) {
      every.push_back(tag);
    }
    usual.push_back(by->needs.at(by->needs.contains("standard") ? "standard" : by->needs.begin()->first));
  }
  for (std::vector<std::string>* tags : {&every, &usual}) {
    std::ranges::sort(*tags);
    tags->erase(std::ranges::unique(*tags).begin(), tags->end());
  }
  audience = {{readers[0]->id, every}, {readers[1]->id, usual}};
  directory = {readers[0]->id, readers[1]->id};
  for (const auto& [name, source] : first_charter_->sources) {
    for (const auto& [attr, type] : source.attrs) {
      usual_attrs_[name][attr] = type == charter::AttrType::instant ? "" : "v1";
    }
    SP_ASSERT(play(gate::ConfigureSource{owners[0]->accounts[0], name, {{"url", "example"}}}));
  }
  if (const auto& by = first_charter_->lane.clearance_by) {
    usual_attrs_[by->from.source][by->from.attr] =
        by->needs.contains("standard") ? "standard" : by->needs.begin()->first;
  }
  if (const auto& handling = first_charter_->exposure.handling) {
    const auto none =
        std::ranges::find_if(handling->forbids, [](const auto& row) { return row.second.empty(); });
    usual_attrs_[handling->from.source][handling->from.attr] =
        none == handling->forbids.end() ? handling->forbids.begin()->first : none->first;
  }
  for (const Person& person : *people_) {
    truth_->people.push_back(person);
  }
  SP_ASSERT(activate_roster());
  SP_ASSERT(state().lanes.at(lane_).roster_version == 1);
  const Digest digest = charter::digest(*first_charter_);
  truth_->charters.emplace(digest, first_charter_);
  SP_ASSERT(play(gate::ProposeCharter{owners[0]->accounts[0], *first_charter_}));
  const canon::Value statement = packet::statement(packet::RatifyStatement{
      origin, first_charter_->id, static_cast<std::uint32_t>(first_charter_->version), digest, {}});
  for (const Person* owner : owners) {
    const Bytes sig = sign(*owner, packet::act::charter, canon::write(statement));
    SP_ASSERT(play(gate::RatifyCharter{owner->accounts[0],
                                       {statement, {{owner->id, owner->fingerprint, to_base64(sig)}}}}));
  }
  SP_ASSERT(play(gate::ActivateCharter{owners[0]->accounts[0], digest}));
}

std::set<std::string> Town::signer_roles() const {
  std::set<std::string> out;
  for (const charter::Requirement& row : first_charter_->signers.require) {
    add_all(out, row.roles);
  }
  return out;
}

void Town::grant(const Person& person, const std::string& role, Duration from, Duration until) {
  const Instant at{now.ms / 1000 * 1000};
  grants.push_back({person.id, role, at + from, at + until});
}

void Town::grant_signers(std::size_t holders) {
  const auto lane = state().lanes.find(lane_);
  const bool staffed = lane != state().lanes.end() && lane->second.roster.has_value();
  std::size_t first = 0;
  for (const std::string& role : signer_roles()) {
    const bool replaced = staffed && charter().signers.substitute.contains(role) && away(role);
    for (std::size_t i = 0; i < holders && !replaced; ++i) {
      grant(*signers[(first + i) % signers.size()], role);
    }
    ++first;
  }
}

bool Town::activate_roster() {
  const auto at = state().lanes.find(lane_);
  const bool first = at == state().lanes.end() || !at->second.roster;
  packet::Roster roster{origin, lane_, first ? 1 : at->second.roster_version + 1, grants, {}};
  std::ranges::sort(roster.grants);
  roster.grants.erase(std::ranges::unique(roster.grants).begin(), roster.grants.end());
  const packet::Salt chosen = salt();
  std::ranges::sort(audience);
  const std::string& name = first_charter_->lane.audience_max;
  roster.audience[name] = packet::audience_digest(chosen, audience);
  const Digest digest = crypto::sha256(packet::roster_bytes(roster));
  truth_->rosters[digest] = {roster.grants, {{name, audience}}};
  const packet::RosterStatement statement{origin, lane_, roster.version, digest,
                                          first ? std::nullopt : at->second.roster};
  const canon::Object opening{{"salt", to_base64url(chosen)}, {"members", packet::to_value(audience)}};
  return play(gate::ActivateRoster{owners[0]->accounts[0],
                                   roster,
                                   owners_sign(packet::statement(statement), packet::act::key),
                                   {{"audience", canon::Object{{name, opening}}}}});
}

// ---- events

bool Town::play(gate::Event event) {
  const auto kept = std::make_shared<const gate::Event>(std::move(event));
  const Instant at = std::max(now, state().last_at); // the engine never lets its clock run back
  const std::optional<gate::Step> step = host_->step(*kept, at, draws_);
  if (!step) {
    return false;
  }
  learn(*kept, *step);
  watcher_({*kept, *step, at, harmful});
  if (history.size() == remembered) {
    history.pop_front();
  }
  history.push_back(kept);
  return step->ok();
}

void Town::learn(const gate::Event& event, const gate::Step& step) {
  if (step.manifest) {
    manifests_[crypto::sha256(as_bytes(step.manifest->bound.bytes))] = step.manifest->bound.bytes;
  }
  for (const gate::LeafOut& out : step.leaves) {
    if (const auto* opened = std::get_if<packet::RecheckOpened>(&out.leaf.record)) {
      rechecks[opened->packet] = opened->recheck;
    }
    if (const auto* goes_on = std::get_if<packet::WorkspaceOpened>(&out.leaf.record);
        goes_on != nullptr && goes_on->continues) {
      const PacketId& from = goes_on->continues->packet;
      std::ranges::replace(packets_, PacketId(from), goes_on->packet);
      meant_[goes_on->packet] = meant_[from];
      truth_->opened[goes_on->packet] = truth_->opened[from];
    }
  }
  if (std::holds_alternative<gate::Observe>(event)) {
    for (const gate::LeafOut& out : step.leaves) {
      if (std::holds_alternative<packet::SourceObserved>(out.leaf.record)) {
        truth_->snapshots[out.leaf.n] = pending_;
      }
    }
  }
}

const charter::Charter& Town::charter() const {
  const charter::Charter* active = world().active_charter(lane_);
  return active == nullptr ? *first_charter_ : *active;
}

packet::Salt Town::salt() {
  packet::Salt out;
  std::ranges::generate(out, [&] { return static_cast<std::uint8_t>(random()); });
  return out;
}

// ---- packets

const PacketId& Town::packet_at(std::size_t slot) {
  return packets_[slot % slots];
}

const gate::Packet* Town::find(std::size_t slot) {
  return state().find(packet_at(slot));
}

const gate::ManifestState* Town::reviewed(std::size_t slot) {
  const gate::Packet* packet = find(slot);
  return packet == nullptr ? nullptr : packet->reviewed();
}

const std::string* Town::manifest_bytes(const Digest& digest) const {
  const auto at = manifests_.find(digest);
  return at == manifests_.end() ? nullptr : &at->second;
}

ObjectId Town::thing(const std::string& kind, const std::string& source, Draw& draw,
                     const std::map<std::string, std::set<std::string>>& scope, const std::string& key) {
  if (key.empty() && draw.one_in(6)) { // evidence that another packet cites too
    for (const auto& [id, known] : things) {
      if (known.kind == kind && known.status == "same") {
        return id;
      }
    }
  }
  Thing made;
  made.id = ObjectId::from_random(random());
  made.source = source;
  made.kind = kind;
  made.key = key;
  made.attrs = usual(source);
  made.touches = scope;
  return things.emplace(made.id, made).first->first;
}

void Town::submit(std::size_t slot, Draw& draw) {
  if (writes()) {
    return open_workspace(slot, draw);
  }
  const PacketId id = PacketId::from_random(random());
  gate::Sealed sealed = seal(id, 1, draw, !draw.one_in(10));
  // A case that the lane returned comes again as another packet.
  const gate::Packet* before = find(slot);
  const std::optional<std::string> verdict = before != nullptr && before->entry
                                                 ? state().entries.at(*before->entry).verdict
                                                 : std::optional<std::string>();
  const bool again = verdict && (*verdict != "accepted" || draw.one_in(8)) && !draw.one_in(3);
  if (play(gate::SubmitPacket{draw.one_in(12) ? other_intake : intake, id, std::move(sealed),
                              again ? std::optional(packet_at(slot)) : std::nullopt})) {
    packets_[slot % slots] = id;
  }
}

void Town::revise(std::size_t slot, Draw& draw, bool clean) {
  const PacketId id = packet_at(slot);
  const gate::Packet* packet = state().find(id);
  if (packet == nullptr) {
    return;
  }
  if (packet->workspace) {
    return seal_workspace(slot, draw, clean);
  }
  const Digest last = packet->head             ? packet->head->digest
                      : !packet->spent.empty() ? packet->spent.back().digest
                      : packet->continues      ? packet->continues->revision
                                               : Digest{};
  const AccountId by = clean ? packet->submitter : draw.one_in(4) ? other_intake : packet->submitter;
  const std::uint32_t number = packet->last_number() + (clean || !draw.one_in(4) ? 1 : 2);
  gate::Sealed sealed =
      seal(id, number, draw, clean, draw.one_in(clean ? 8 : 2) ? std::nullopt : left_by_split(*packet));
  play(gate::RevisePacket{by, id, !clean && draw.one_in(4) ? Digest{} : last, std::move(sealed)});
}

// ---- sources

Letter Town::write(const std::string& source, const std::optional<RecheckId>& recheck) {
  Letter letter;
  gate::Observe& observe = letter.observe;
  observe.source = source;
  observe.observed_at = now + skew[source];
  observe.complete_through = observe.observed_at - lag[source];
  observe.recheck = recheck;
  const auto rule = charter().sources.find(source);
  const bool roster = rule != charter().sources.end() && rule->second.supplies.contains("roster");
  if (roster) {
    observe.directory = gate::Directory{"d1", directory, {}};
    observe.lanes = {lane_};
    letter.snapshot.directory = directory;
  }
  for (const auto& [id, packets] : state().citing) {
    const auto at = things.find(id);
    if (at == things.end() || at->second.source != source ||
        observe.objects.size() == gate::objects_per_observation) {
      continue;
    }
    observe.objects.push_back({id, at->second.status, at->second.ordinal});
    gate::ObjectFacts facts{at->second.attrs, {}, at->second.key};
    for (const auto& [dimension, values] : at->second.touches) {
      const auto own = charter().scope.find(dimension);
      if (own != charter().scope.end() && own->second.type == charter::ScopeType::level) {
        facts.stated[dimension] = {values.begin(), values.end()}; // it stands in clear
        continue;
      }
      for (const std::string& value : values) {
        facts.touches[dimension].push_back(crypto::sha256("ref:" + value).hex());
      }
    }
    observe.facts[id] = std::move(facts);
    letter.snapshot.things[id] = at->second;
  }
  observe.body = {{"objects", observe.objects.size()}};
  return letter;
}

void Town::deliver(const Letter& letter) {
  pending_ = letter.snapshot;
  play(letter.observe);
}

void Town::observe(const std::string& source, const std::optional<RecheckId>& recheck) {
  if (silent.contains(source)) {
    play(gate::SourceFailed{source, recheck});
    return;
  }
  Letter letter = write(source, recheck);
  deliver(letter);
  if (delivered.size() == remembered) {
    delivered.erase(delivered.begin());
  }
  delivered.push_back(std::move(letter));
}

std::vector<Thing*> Town::cited(std::size_t slot) {
  std::vector<Thing*> out;
  const gate::Packet* packet = find(slot);
  if (packet != nullptr && packet->head) {
    for (const packet::Cite& cite : packet->head->cites) {
      if (const auto at = things.find(cite.object); at != things.end()) {
        out.push_back(&at->second);
      }
    }
  }
  return out;
}

std::map<std::string, std::string> Town::usual(const std::string& source) const {
  const auto at = usual_attrs_.find(source);
  std::map<std::string, std::string> out =
      at == usual_attrs_.end() ? std::map<std::string, std::string>{} : at->second;
  const std::int64_t today = now.ms / day.ms * day.ms;
  for (auto& [attr, value] : out) {
    if (value.empty()) { // an instant: two sources that name the same one name it alike
      value = to_string(attr == "freeze_from"       ? Instant{today + 13 * hour.ms} // a freeze on every day
                        : attr == "freeze_to"       ? Instant{today + 15 * hour.ms}
                        : attr.starts_with("opens") ? Instant{first_day - 2 * day.ms}
                        : attr == "valid_to" || attr == "reply_by"
                            ? Instant{now.ms / hour.ms * hour.ms + 4 * hour.ms}
                            : Instant{today + 3 * day.ms});
    }
  }
  return out;
}

void Town::heal(std::size_t slot) {
  skew.clear();
  lag.clear();
  silent.clear();
  for (Thing* thing : cited(slot)) {
    thing->status = "same";
    thing->attrs = usual(thing->source);
  }
  directory.clear();
  for (const packet::AudienceMember& member : audience) {
    directory.insert(member.person);
  }
}

} // namespace sallyport::sim
