// Charters, rosters, accounts and keys while the story goes on; and the service itself, started again.
#include "scenario/stage.h"

#include "charter/canonical.h"
#include "packet/roster.h"

#include <algorithm>
#include <array>

namespace sallyport::scenario {
namespace {

Tried<const charter::Charter*> charter_named(const Stage& stage, const Args& args) {
  const auto at = stage.charters.find(args.at("charter"));
  if (at == stage.charters.end()) {
    return unusable("nobody has proposed a charter by this name; the one of the log's beginning is 'first'",
                    "charter");
  }
  return &at->second;
}

Done proposes_charter(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  std::string text = stage.cast.charter;
  const auto replace = [&](const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    if (from.empty() || at == std::string::npos) {
      return false;
    }
    text.replace(at, from.size(), to);
    return true;
  };
  if (args.has("number") && !replace("\nversion = 1\n", "\nversion = " + args.at("number") + "\n")) {
    return unusable("the charter of the log's beginning has no version 1", "number");
  }
  for (const Args& one : args.each("with")) {
    if (!replace(one.at("from"), one.at("to"))) {
      return unusable("the charter does not have this text", "from");
    }
  }
  SP_TRY(const charter::Charter charter, stage.parse_charter(text));
  stage.charters[args.at("charter")] = charter;
  SP_TRY(const gate::Step step, stage.propose(*who, charter));
  (void)step;
  return {};
}

Done ratifies(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.person(args));
  SP_TRY(const charter::Charter* charter, charter_named(stage, args));
  SP_TRY(const gate::Step step, stage.ratify(*who, *charter));
  (void)step;
  return {};
}

Done activates(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const charter::Charter* charter, charter_named(stage, args));
  SP_TRY(const gate::Step step, stage.apply(gate::ActivateCharter{who->account, charter::digest(*charter)}));
  (void)step;
  return {};
}

Done roster(Stage& stage, const Args& args) {
  std::vector<const Actor*> signers;
  for (const std::string& name : args.list("signers")) {
    SP_TRY(const Actor* signer, stage.actor_named(name, "signers"));
    if (!signer->key) {
      return unusable("only a person has a key", "signers");
    }
    signers.push_back(signer);
  }
  const auto grants = stage.grants;
  const auto audience = stage.audience;
  for (const Args& one : args.each("taking")) {
    SP_TRY(const Actor* who, stage.actor_named(one.at("of"), "of"));
    std::erase_if(stage.grants, [&](const packet::Grant& grant) {
      return grant.person == who->person && grant.role == one.at("taken");
    });
  }
  for (const Args& one : args.each("giving")) {
    SP_TRY(const Actor* who, stage.actor_named(one.at("to"), "to"));
    const Duration time = one.has("time") ? *duration_of(one.at("time")) : Duration{300LL * 86'400'000};
    stage.grants.push_back({*who->person, one.at("role"), stage.now(), stage.now() + time});
  }
  for (const Args& one : args.each("admitting")) {
    stage.audience[one.at("reader")] = one.list("clearances");
  }
  for (const Args& one : args.each("dropping")) {
    for (const std::string& reader : one.list("dropped")) {
      if (stage.audience.erase(reader) == 0) {
        return unusable("the audience does not have this person", "dropped");
      }
    }
  }
  SP_TRY(const gate::Step step, stage.activate_roster(signers, *signers.front()));
  if (!step.ok()) {
    stage.grants = grants;
    stage.audience = audience;
  }
  return {};
}

Done disables(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Actor* whose, stage.actor(args, "account"));
  SP_TRY(const gate::Step step, stage.apply(gate::DisablePrincipal{who->account, whose->account}));
  (void)step;
  return {};
}

Done revokes(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Actor* whose, stage.person(args, "whose"));
  SP_TRY(const gate::Step step,
         stage.apply(gate::RevokeKey{who->account, whose->public_key().fingerprint()}));
  (void)step;
  return {};
}

Done restarts(Stage& stage, const Args&) {
  return stage.restart();
}

constexpr std::array trust_table{
    Verb{Sort::event,
         "<who:name> proposes charter <charter:name> [version <number:number>] [with <from:text> becoming "
         "<to:text>]*",
         "The charter of the log's beginning with these texts replaced, under a name for this story.",
         proposes_charter},
    Verb{Sort::event, "<who:name> ratifies charter <charter:name>", "Signs its digest.", ratifies},
    Verb{Sort::event, "<who:name> activates charter <charter:name>", "From here on it rules.", activates},
    Verb{Sort::event,
         "<signers:names> activate a roster [giving <role:name> to <to:name> [for <time:duration>]]* [taking "
         "<taken:name> from <of:name>]* [admitting <reader:name> cleared <clearances:names>]* [dropping "
         "<dropped:names>]",
         "The next version of the roster, signed by these owners; the first of them brings it.", roster},
    Verb{Sort::event, "<who:name> disables <account:name>", "The account can do nothing more.", disables},
    Verb{Sort::event, "<who:name> revokes the key of <whose:name>", "It counts no more.", revokes},
    Verb{Sort::event, "the service restarts",
         "Everything is read again from what is stored; the state must be the same. An open recheck is "
         "blocked.",
         restarts},
};

} // namespace

std::span<const Verb> trust_verbs() {
  return trust_table;
}

} // namespace sallyport::scenario
