// How the log of a scenario begins: genesis by its owners, people with keys, the roster, the sources and the
// charter, all by the acts that a service would be set up with.
#include "scenario/stage.h"

#include "base/whole_second.h"
#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "crypto/sshsig.h"
#include "crypto/sshsig_sign.h"
#include "engine/files.h"
#include "engine/founding.h"
#include "engine/people.h"
#include "engine/sources.h"
#include "packet/statement.h"

#include <algorithm>

namespace sallyport::scenario {
namespace {

constexpr const char* origin = "sallyport.example/scenario";
constexpr Duration years{10LL * 365 * 86'400'000};

std::shared_ptr<const crypto::Ed25519Key> key_of(const std::string& name) {
  const Digest seed = crypto::sha256(std::string_view("the key of " + name));
  return std::make_shared<const crypto::Ed25519Key>(
      crypto::Ed25519Key::from_seed(Bytes(seed.bytes.begin(), seed.bytes.end())));
}

} // namespace

Done Stage::begin() {
  if (cast.owners.empty() || cast.charter.empty() || cast.sources.empty()) {
    return unusable("a scenario needs an owner, a charter and a source before anything happens");
  }
  SP_TRY(charter::Charter charter, parse_charter(cast.charter));
  lane_ = charter.lane.id;
  cast.audience = charter.lane.audience_max;
  cast.usual.lane = lane_;
  cast.usual.packet_class = charter.packet_class;
  now_ = cast.start;
  SP_CHECK(found_log());
  SP_CHECK(add_everybody());
  const Instant until = now_ + years;
  for (const auto* people : {&cast.owners, &cast.people}) {
    for (const Cast::Person& person : *people) {
      for (const std::string& role : person.roles) {
        grants.push_back({*actors_.at(person.name).person, role, now_, until});
      }
    }
  }
  for (const auto& [name, clearances] : cast.readers) {
    SP_TRY(const Actor* reader, actor_named(name));
    if (!reader->person) {
      return unusable("a reader is a person");
    }
    audience[name] = clearances;
    directory_.insert(name);
  }
  std::vector<const Actor*> owners;
  for (const Cast::Person& owner : cast.owners) {
    owners.push_back(&actors_.at(owner.name));
  }
  SP_TRY(const gate::Step roster, activate_roster(owners, *owners.front()));
  SP_CHECK(add_sources());
  charters["first"] = charter;
  if (!cast.open_charter && roster.ok()) {
    SP_TRY(const gate::Step proposed, propose(*owners.front(), charter));
    for (const Actor* owner : owners) {
      if (proposed.ok()) {
        SP_TRY(const gate::Step ratified, ratify(*owner, charter));
        (void)ratified;
      }
    }
    SP_TRY(const gate::Step active,
           apply(gate::ActivateCharter{owners.front()->account, charter::digest(charter)}));
    (void)active;
  }
  if (!refused_.empty()) {
    std::vector<std::string> reasons;
    for (const packet::Reason& reason : refused_) {
      reasons.push_back(reason.code + " " + reason.where);
    }
    return std::unexpected(
        Problem(Problem::Kind::unusable, "the gate refuses this ground", std::move(reasons)));
  }
  SP_CHECK(sign_head());
  told_ = state().size;
  return {};
}

Done Stage::found_log() {
  std::vector<engine::OwnerInput> inputs;
  for (const Cast::Person& owner : cast.owners) {
    Actor actor{owner.name, "person", std::nullopt, {}, key_of(owner.name)};
    inputs.push_back(
        {owner.roles.front(), owner.name, actor.public_key().line(), "software", std::nullopt, {}});
    actors_[owner.name] = std::move(actor);
  }
  SP_TRY(const packet::GenesisStatement genesis,
         engine::prepare_genesis(folder_, origin, inputs, now_, years));
  SP_TRY(const std::string statement, engine::read_small_file(folder_ / "genesis.json"));
  std::vector<std::string> signatures;
  for (std::size_t i = 0; i < cast.owners.size(); ++i) {
    Actor& actor = actors_.at(cast.owners[i].name);
    actor.person = genesis.owners.at(i).person;
    signatures.push_back(
        crypto::armor(crypto::sign_sshsig(*actor.key, packet::act::genesis, as_bytes(statement))));
  }
  SP_CHECK(engine::found(folder_, signatures, now_, std::nullopt));
  SP_TRY(core_, engine::Core::open({folder_, origin, ""}));
  for (auto& [name, actor] : actors_) {
    for (const auto& [account, called] : core_->names()) {
      if (called == name) {
        actor.account = account;
      }
    }
  }
  return {};
}

Done Stage::add_everybody() {
  std::vector<const Actor*> owners;
  for (const Cast::Person& owner : cast.owners) {
    owners.push_back(&actors_.at(owner.name));
  }
  const AccountId by = owners.front()->account;
  const auto add = [&](Actor actor, const engine::NewPrincipal& input) -> Result<void> {
    SP_TRY(const engine::AddedPrincipal added, engine::add_principal(*core_, by, input));
    refuse(added.refused);
    actor.account = added.account;
    if (added.person) {
      actor.person = added.person;
    }
    if (actor.key && !input.person) {
      const packet::KeyStatement key{core_->state().origin,
                                     *actor.person,
                                     actor.public_key().line(),
                                     "software",
                                     whole_second(now_),
                                     whole_second(now_ + years),
                                     std::nullopt,
                                     {}};
      packet::SignedStatement act{packet::statement(key), {}};
      const std::string bytes = canon::write(act.statement);
      for (const Actor* owner : owners) {
        act.sigs.push_back(owner->sign(packet::act::key, bytes));
      }
      SP_TRY(const gate::Step step, core_->apply(gate::EnrolKey{by, act}));
      refuse(step.refused);
    }
    actors_[actor.name] = std::move(actor);
    return {};
  };
  std::optional<std::string> unknown;
  const Done added = batch([&]() -> Result<void> {
    for (const Cast::Person& person : cast.people) {
      SP_CHECK(add({person.name, "person", std::nullopt, {}, key_of(person.name)},
                   {"person", person.name, std::nullopt, std::nullopt, std::nullopt}));
    }
    for (const auto& [name, of] : cast.accounts) {
      const auto at = actors_.find(of);
      if (at == actors_.end() || !at->second.person) {
        unknown = of;
        return {};
      }
      SP_CHECK(add({name, "person", at->second.person, {}, at->second.key},
                   {"person", name, at->second.person, std::nullopt, std::nullopt}));
    }
    for (const Cast::Machine& machine : cast.machines) {
      const auto at = actors_.find(machine.of);
      if (at == actors_.end() || !at->second.person) {
        unknown = machine.of;
        return {};
      }
      SP_CHECK(add({machine.name, machine.kind, std::nullopt, {}, nullptr},
                   {machine.kind, machine.name, std::nullopt, at->second.person, std::nullopt}));
    }
    return {};
  });
  SP_CHECK(added);
  if (unknown) {
    return unusable("an account, agent or service of the cast belongs to nobody there");
  }
  return {};
}

Done Stage::add_sources() {
  const AccountId by = actors_.at(cast.owners.front().name).account;
  return batch([&]() -> Result<void> {
    for (const auto& [name, text] : cast.sources) {
      SP_TRY(const canon::Value config, canon::parse(text));
      SP_TRY(const engine::ConfiguredSource configured, engine::configure_source(*core_, by, name, config));
      refuse(configured.refused);
      sources_[name];
    }
    return {};
  });
}

} // namespace sallyport::scenario
