#include "scenario/stage.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/parse.h"
#include "crypto/digest.h"
#include "crypto/sshsig_sign.h"
#include "engine/receipts.h"
#include "gate/checks.h"
#include "packet/names.h"
#include "packet/roster.h"
#include "packet/statement.h"

#include <algorithm>

namespace sallyport::scenario {
namespace {

// Instants at which time may change something, in one passage. More is a scenario that never ends.
constexpr int wakes_max = 5000;

template <class Map> std::vector<std::string> names_of(const Map& map) {
  std::vector<std::string> out;
  for (const auto& [name, value] : map) {
    out.push_back(name);
  }
  return out;
}

std::unexpected<Problem> nobody(std::string what, const std::string& name,
                                const std::vector<std::string>& known, std::string slot) {
  const std::string near = closest(name, known);
  return unusable("there is no such " + what + (near.empty() ? "" : "; did you mean '" + near + "'?"),
                  std::move(slot));
}

} // namespace

packet::OwnerSignature Actor::sign(std::string_view name_space, std::string_view bytes) const {
  SP_ASSERT(person && key);
  return {*person, public_key().fingerprint(),
          to_base64(crypto::sign_sshsig(*key, name_space, as_bytes(bytes)))};
}

Stage::Stage(std::filesystem::path folder, std::function<Result<std::string>(const std::string&)> load)
    : folder_(std::move(folder)), load_(std::move(load)) {
  cast.start = parse_instant("2026-11-20T09:00:00.000Z").value();
  cast.usual.packet_class = "break-glass-token-replay";
}

// ---- time and steps

Done Stage::batch(const std::function<Result<void>()>& work) {
  SP_TRY(const engine::Aftermath aftermath, core_->run(now_, work));
  for (const RecheckId& id : aftermath.probes) {
    if (const auto at = state().rechecks.find(id); at != state().rechecks.end()) {
      for (auto& [name, play] : plays_) {
        if (play.id == at->second) {
          play.recheck = id;
        }
      }
    }
  }
  return {};
}

Tried<gate::Step> Stage::apply(const gate::Event& event) {
  gate::Step out;
  SP_CHECK(batch([&]() -> Result<void> {
    SP_TRY(out, core_->apply(event));
    return {};
  }));
  refuse(out.refused);
  return out;
}

Done Stage::act(const gate::Event& event) {
  SP_TRY(const gate::Step step, apply(event));
  (void)step;
  return {};
}

void Stage::refuse(const std::vector<packet::Reason>& reasons) {
  refused_.insert(refused_.end(), reasons.begin(), reasons.end());
}

Done Stage::read_leaves() {
  constexpr std::size_t at_once = 256;
  while (told_ < state().size) {
    SP_TRY(const std::vector<Bytes> rows, core_->reader().leaves(told_, at_once));
    for (const Bytes& bytes : rows) {
      SP_TRY(packet::Leaf leaf, packet::decode(as_text(bytes)));
      leaves_.push_back(std::move(leaf));
    }
    told_ += rows.size();
  }
  return {};
}

Done Stage::pass_to(Instant target) {
  if (target < now_) {
    return unusable("this time is over already");
  }
  for (int wakes = 0;; ++wakes) {
    std::optional<Instant> next;
    for (const auto& [lane, packets] : state().open_in_lane) {
      for (const PacketId& id : packets) {
        if (const auto at = gate::next_deadline(world(), id, now_); at && (!next || *at < *next)) {
          next = at;
        }
      }
    }
    if (!next || *next > target) {
      now_ = target;
      return {};
    }
    if (wakes == wakes_max) {
      return unusable("more happens in this time than a scenario may tell");
    }
    now_ = *next;
    SP_CHECK(sweep(now_));
  }
}

// As the service's own sweep: every open packet, and the rechecks whose time is over.
Done Stage::sweep(Instant at) {
  std::vector<PacketId> open;
  for (const auto& [lane, packets] : state().open_in_lane) {
    open.insert(open.end(), packets.begin(), packets.end());
  }
  return batch([&]() -> Result<void> {
    for (const PacketId& id : open) {
      const gate::Packet* packet = state().find(id);
      gate::Event event = gate::Reevaluate{id};
      if (packet->recheck && at >= packet->recheck->opened_at + packet->recheck->within) {
        event = gate::ExpireRecheck{id, packet->recheck->id, "timeout"};
      }
      SP_TRY(const gate::Step step, core_->apply(event));
      (void)step;
    }
    return {};
  });
}

Done Stage::restart() {
  const Digest before = gate::state_digest(state());
  const engine::CoreOptions options = core_->options();
  core_.reset();
  SP_TRY(core_, engine::Core::open(options));
  if (gate::state_digest(state()) != before) {
    return unmet("the state after the restart is not the one before it");
  }
  return batch([&]() -> Result<void> {
    for (const auto& [recheck, packet] : std::map(state().rechecks)) {
      SP_TRY(const gate::Step step, core_->apply(gate::ExpireRecheck{packet, recheck, "restart"}));
      (void)step;
    }
    return {};
  });
}

Done Stage::sign_head() {
  SP_CHECK(core_->sign_head(now_));
  return {};
}

Done Stage::deliver() {
  SP_CHECK(engine::deliver_entries(*core_, now_));
  return {};
}

// ---- names

Tried<const Actor*> Stage::actor_named(const std::string& name, const std::string& slot) const {
  const auto at = actors_.find(name);
  if (at == actors_.end()) {
    return nobody("person, agent or service", name, names_of(actors_), slot);
  }
  return &at->second;
}

Tried<const Actor*> Stage::actor(const Args& args, const std::string& slot) const {
  return actor_named(args.at(slot), slot);
}

Tried<const Actor*> Stage::person(const Args& args, const std::string& slot) const {
  SP_TRY(const Actor* actor, this->actor(args, slot));
  if (!actor->person || !actor->key) {
    return unusable("only a person has a key", slot);
  }
  return actor;
}

Tried<Play*> Stage::play(const Args& args, const std::string& slot) {
  const auto at = plays_.find(args.at(slot));
  if (at == plays_.end()) {
    return nobody("packet", args.at(slot), names_of(plays_), slot);
  }
  return &at->second;
}

Tried<const gate::Packet*> Stage::packet(const Args& args, const std::string& slot) {
  SP_TRY(const Play* known, play(args, slot));
  const gate::Packet* found = state().find(known->id);
  if (found == nullptr) {
    return unusable("this packet was refused at the door; there is none", slot);
  }
  return found;
}

std::string Stage::name_of(const AccountId& account) const {
  for (const auto& [name, actor] : actors_) {
    if (actor.account == account) {
      return name;
    }
  }
  return "the gate";
}

std::string Stage::name_of(const PersonId& person) const {
  for (const auto& [name, actor] : actors_) {
    if (actor.person == person) {
      return name;
    }
  }
  return "somebody";
}

std::string Stage::name_of(const PacketId& packet) const {
  for (const auto& [name, play] : plays_) {
    if (play.id == packet) {
      return name;
    }
  }
  return "a packet";
}

std::vector<std::string> Stage::owner_names() const {
  std::vector<std::string> out;
  for (const Cast::Person& owner : cast.owners) {
    out.push_back(owner.name);
  }
  return out;
}

Tried<SourceTruth*> Stage::source(const Args& args, const std::string& slot) {
  const auto at = sources_.find(args.at(slot));
  if (at == sources_.end()) {
    return nobody("source", args.at(slot), names_of(sources_), slot);
  }
  return &at->second;
}

// ---- what is so at the sources

Digest Stage::content_of(const std::string& key, std::uint32_t content) const {
  return crypto::sha256(std::string_view("content " + std::to_string(content) + " of " + key));
}

// A heartbeat, as far as names go that a charter has a detector take from a source (`terms_from`).
Done Stage::list_names() {
  for (const auto& [name, config] : core_->sources()) {
    if (config.terms && !sources_[name].silent) {
      SP_CHECK(batch([&] { return core_->remember_terms(name, {sources_[name].names, now_}); }));
    }
  }
  return {};
}

Done Stage::answer(const engine::Question& question) {
  const SourceTruth& truth = sources_[question.config.source];
  if (truth.silent) {
    return batch([&] {
      return engine::record_answer(*core_, question,
                                   fail(ErrorCode::unavailable, "", "the source is silent"));
    });
  }
  source::Answer answer;
  answer.source = question.config.source;
  answer.observed_at = now_;
  answer.complete_through = now_ - truth.lag + truth.ahead;
  for (const std::string& key : question.keys) {
    source::ObjectAnswer object;
    object.key = key;
    const auto at = records_.find({question.config.source, key});
    if (at == records_.end() || at->second.status == "gone") {
      object.status = source::ObjectStatus::gone;
    } else if (at->second.status == "found") {
      object.status = source::ObjectStatus::found;
      object.occurred_at = cast.start;
      object.content = content_of(key, at->second.content);
      object.attrs = at->second.attrs;
      object.touches = at->second.touches;
    }
    answer.objects.push_back(std::move(object));
  }
  if (std::holds_alternative<source::DirectoryShape>(question.config.shape)) {
    source::Directory directory{"v1", {}};
    for (const std::string& member : directory_) {
      if (const auto at = actors_.find(member); at != actors_.end() && at->second.person) {
        directory.members.push_back(at->second.person->str());
      }
    }
    std::ranges::sort(directory.members);
    answer.directory = std::move(directory);
  }
  return batch([&] { return engine::record_answer(*core_, question, answer); });
}

Done Stage::ask(const std::string& source) {
  if (const auto question = engine::question_about(*core_, source)) {
    return answer(*question);
  }
  return {};
}

// ---- trust

Tried<charter::Charter> Stage::parse_charter(const std::string& toml) const {
  charter::Parsed parsed = charter::parse_toml(toml);
  if (!parsed.charter) {
    std::vector<std::string> faults;
    for (const charter::Fault& fault : parsed.faults) {
      faults.push_back(fault.text());
    }
    return std::unexpected(Problem(Problem::Kind::unusable, "the charter has faults", std::move(faults)));
  }
  return *std::move(parsed.charter);
}

Tried<gate::Step> Stage::activate_roster(const std::vector<const Actor*>& signers, const Actor& by) {
  const auto at = state().lanes.find(lane_);
  const bool first = at == state().lanes.end() || !at->second.roster;
  packet::Roster roster{
      core_->state().origin, lane_, first ? 1U : at->second.roster_version + 1U, grants, {}};
  std::ranges::sort(roster.grants);
  std::vector<packet::AudienceMember> members;
  for (const auto& [name, clearances] : audience) {
    SP_TRY(const Actor* reader, actor_named(name));
    members.push_back({*reader->person, clearances});
    std::ranges::sort(members.back().clearances);
  }
  std::ranges::sort(members);
  const packet::Salt salt{1, 2, 3, static_cast<std::uint8_t>(roster.version)};
  roster.audience[cast.audience] = packet::audience_digest(salt, members);
  const packet::RosterStatement statement{roster.log, lane_, roster.version,
                                          crypto::sha256(packet::roster_bytes(roster)),
                                          first ? std::nullopt : at->second.roster};
  packet::SignedStatement act{packet::statement(statement), {}};
  const std::string bytes = canon::write(act.statement);
  for (const Actor* signer : signers) {
    act.sigs.push_back(signer->sign(packet::act::key, bytes));
  }
  const canon::Object opening{{"salt", to_base64url(salt)}, {"members", packet::to_value(members)}};
  const canon::Object body{{"audience", canon::Object{{cast.audience, opening}}}};
  return apply(gate::ActivateRoster{by.account, roster, act, body});
}

Tried<gate::Step> Stage::propose(const Actor& by, const charter::Charter& charter) {
  return apply(gate::ProposeCharter{by.account, charter});
}

Tried<gate::Step> Stage::ratify(const Actor& by, const charter::Charter& charter) {
  const auto at = state().lanes.find(charter.lane.id);
  const packet::RatifyStatement ratify{state().origin, charter.id,
                                       static_cast<std::uint32_t>(charter.version), charter::digest(charter),
                                       at == state().lanes.end() ? std::nullopt : at->second.charter};
  packet::SignedStatement act{packet::statement(ratify), {}};
  act.sigs = {by.sign(packet::act::charter, canon::write(act.statement))};
  return apply(gate::RatifyCharter{by.account, act});
}

} // namespace sallyport::scenario
