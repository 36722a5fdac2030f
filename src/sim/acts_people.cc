// Rosters, accounts, keys, and the charters under which they act.
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

// ---- people and trust

void change_roster(Town& town, Slot, Draw& draw) {
  const std::set<std::string> roles = town.signer_roles();
  const Person& person = *town.signers[draw.below(town.signers.size())];
  const std::string& role = *roles.begin();
  const auto grants = town.grants;
  const auto audience = town.audience;
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
  case 2: // a reader more, or fewer; or, by mistake, one twice
    if (std::erase_if(town.audience, [&](const auto& m) { return m.person == town.readers[2]->id; }) == 0) {
      town.audience.push_back({town.readers[2]->id, {"cleared"}});
    }
    if (draw.one_in(6)) {
      town.audience.push_back(packet::AudienceMember(town.audience.front()));
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
  if (!town.activate_roster()) {
    town.grants = grants;
    town.audience = audience;
  }
}

void change_directory(Town& town, Slot, Draw& draw) {
  const PersonId id = town.anybody(draw).id;
  if (town.directory.erase(id) == 0) {
    town.directory.insert(id);
  }
  town.observe(charter::roster_source(town.charter()));
}

// Its clock runs ahead for one answer; then it is right again, and says something else.
void directory_ahead(Town& town, Slot, Draw& draw) {
  const std::string source = charter::roster_source(town.charter());
  town.skew[source] = Duration{static_cast<std::int64_t>(1 + draw.below(600'000))};
  town.observe(source);
  town.skew.erase(source);
  const PersonId id = town.outsider->id;
  if (town.directory.erase(id) == 0) {
    town.directory.insert(id);
  }
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

} // namespace sallyport::sim::acts
