// Genesis, accounts, keys, rosters, sources.
#include "base/whole_second.h"
#include "gate/deciding.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/ssh_key.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

// Each person once, and each tag once: what a manifest over this audience must be able to say again.
bool names_once(const std::vector<packet::AudienceMember>& members) {
  std::set<PersonId> persons;
  return std::ranges::all_of(members, [&](const packet::AudienceMember& member) {
    const std::set<std::string> tags(member.clearances.begin(), member.clearances.end());
    return persons.insert(member.person).second && tags.size() == member.clearances.size();
  });
}

// Whether the body opens exactly the audiences whose digests the owners signed with the roster.
bool opens(const packet::Roster& roster, const canon::Object& body) {
  const canon::Value* audiences = body.find("audience");
  const auto members = read_audience_openings(body);
  if (!members || members->size() != roster.audience.size()) {
    return false;
  }
  return std::ranges::all_of(*members, [&](const auto& audience) {
    const auto& [name, opened] = audience;
    const canon::Value* text = audiences->find(name)->find("salt");
    const auto bytes = text == nullptr || text->string() == nullptr
                           ? std::nullopt
                           : std::optional(from_base64url(*text->string()));
    packet::Salt salt;
    if (!bytes || !*bytes || (*bytes)->size() != salt.size() || !roster.audience.contains(name)) {
      return false;
    }
    std::ranges::copy(**bytes, salt.begin());
    return names_once(opened) && packet::audience_digest(salt, opened) == roster.audience.at(name);
  });
}

} // namespace

Decision decide_one(Deciding& d, const Found& e) {
  if (!d.world.state.origin.empty()) {
    return d.refuse("found", {}, {}, "ledger_founded");
  }
  const auto genesis = packet::read_genesis(e.act.statement);
  Decision refusal;
  refusal.refused = {{"signatures_missing", ""}}; // no log yet: nothing to put the refusal on
  if (!genesis || genesis->owners.empty()) {
    refusal.refused = {{"statement_malformed", ""}};
    return refusal;
  }
  const std::string bytes = canon::write(e.act.statement);
  for (const packet::GenesisOwner& owner : genesis->owners) {
    const auto key = crypto::parse_public_key_line(owner.key);
    const auto sig = std::ranges::find(e.act.sigs, owner.person, &packet::OwnerSignature::person);
    if (!key || sig == e.act.sigs.end() || sig->key != key->fingerprint()) {
      return refusal;
    }
    const auto blob = from_base64(sig->sig);
    const auto decoded = blob ? crypto::decode_sshsig(*blob) : std::unexpected(blob.error());
    const crypto::VerifyPolicy policy{std::string(packet::act::genesis), owner.rp_id.value_or(""),
                                      owner.origins, false};
    if (!decoded || !crypto::verify_sshsig(*decoded, *key, as_bytes(bytes), policy)) {
      return refusal;
    }
  }
  if (e.act.sigs.size() != genesis->owners.size()) {
    return refusal;
  }
  d.emit(packet::Genesis{e.act});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const AddPrincipal& e) {
  const State& state = d.world.state;
  const auto by = d.person(e.by);
  // The first accounts are those of the genesis owners, one each; nobody is there yet to add them.
  const bool first =
      e.by.empty() && e.kind == "person" && e.person &&
      std::ranges::any_of(state.owners, [&](const auto& o) { return o.person == *e.person; }) &&
      std::ranges::none_of(state.accounts, [&](const auto& a) { return a.second.person == e.person; });
  if (!first && (!by || !owns(d.world, *by, d.now))) {
    return d.refuse("principal.add", e.by, {}, by ? "role_missing" : d.why_not_person(e.by));
  }
  if (state.accounts.contains(e.account)) {
    return d.refuse("principal.add", e.by, {}, "account_exists");
  }
  const bool person = e.kind == "person" && e.person && !e.operator_;
  const bool machine = (e.kind == "agent" || e.kind == "service") && !e.person && e.operator_;
  if (!person && !machine) {
    return d.refuse("principal.add", e.by, {}, "account_kind", "/kind");
  }
  packet::PrincipalAdded record{e.account, e.kind, e.person, e.operator_, std::nullopt};
  if (!first) {
    record.by = e.by;
  }
  d.emit(std::move(record), e.body, log_unit);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const DisablePrincipal& e) {
  const auto by = d.person(e.by);
  if (!by || !owns(d.world, *by, d.now)) {
    return d.refuse("principal.disable", e.by, {}, by ? "role_missing" : d.why_not_person(e.by));
  }
  if (d.account(e.account) == nullptr) {
    return d.refuse("principal.disable", e.by, {}, "account_unknown");
  }
  d.emit(packet::PrincipalDisabled{e.account, e.by});
  return std::move(d.out);
}

namespace {

// Whoever the account is, whoever answers for it, and the owners, who must give a new person the first
// credential: the leaf names them (C12).
std::string why_not_manage(const Deciding& d, const AccountId& by, const AccountId& account) {
  const auto person = d.person(by);
  if (!person) {
    return d.why_not_person(by);
  }
  const Account* subject = d.world.state.account(account);
  if (subject == nullptr) {
    return "account_unknown";
  }
  const bool own = subject->person == person || subject->operator_ == person;
  return own || owns(d.world, *person, d.now) ? "" : "role_missing";
}

} // namespace

Decision decide_one(Deciding& d, const IssueToken& e) {
  const auto refuse = [&](std::string code) { return d.refuse("token.issue", e.by, {}, std::move(code)); };
  if (std::string code = why_not_manage(d, e.by, e.account); !code.empty()) {
    return refuse(std::move(code));
  }
  const Account& subject = *d.world.state.account(e.account);
  if (subject.disabled) {
    return refuse("account_unknown");
  }
  if (!std::ranges::all_of(e.scopes, [&](const auto& scope) { return may_hold(subject.kind, scope); })) {
    return refuse(subject.kind == "agent" ? "agent_never_decides" : "role_missing");
  }
  d.emit(packet::TokenIssued{e.token, e.account, {e.scopes.begin(), e.scopes.end()}, e.until, e.by});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RevokeToken& e) {
  const auto token = d.world.state.tokens.find(e.token);
  if (token == d.world.state.tokens.end()) {
    return d.refuse("token.revoke", e.by, {}, d.person(e.by) ? "token_unknown" : d.why_not_person(e.by));
  }
  if (std::string code = why_not_manage(d, e.by, token->second.account); !code.empty()) {
    return d.refuse("token.revoke", e.by, {}, std::move(code));
  }
  d.emit(packet::TokenRevoked{e.token, token->second.account, e.by});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const EnrolKey& e) {
  const auto refuse = [&](std::string code) { return d.refuse("key.enrol", e.by, {}, std::move(code)); };
  const auto statement = packet::read_key(e.act.statement);
  if (!d.person(e.by)) {
    return refuse(d.why_not_person(e.by));
  }
  if (!statement || statement->origin != d.world.state.origin) {
    return refuse("statement_malformed");
  }
  const auto key = crypto::parse_public_key_line(statement->key);
  if (!key || !crypto::parse_key_class(statement->key_class)) {
    return refuse("statement_malformed");
  }
  // ssh-keygen could not check a finer validity, and two verifiers would disagree.
  if (statement->valid_from != whole_second(statement->valid_from) ||
      statement->valid_until != whole_second(statement->valid_until)) {
    return refuse("validity_seconds");
  }
  if (d.world.state.keys.contains(key->fingerprint())) {
    return refuse("key_exists");
  }
  // A later key may be vouched for by the person's own standing one; a first key needs the owners.
  const auto vouching =
      e.act.sigs.size() == 1 ? d.world.state.keys.find(e.act.sigs.front().key) : d.world.state.keys.end();
  // It vouches for no more than itself: neither a better class nor a longer time.
  const auto vouched = vouching == d.world.state.keys.end()
                           ? std::unexpected(Error{})
                           : crypto::parse_key_class(vouching->second.key_class);
  const bool within =
      vouched && statement->valid_until <= vouching->second.until &&
      static_cast<int>(*crypto::parse_key_class(statement->key_class)) <= static_cast<int>(*vouched);
  const bool own =
      within && e.act.sigs.front().person == statement->person &&
      verify_statement(d.world, e.act.sigs.front(), canon::write(e.act.statement), packet::act::key, d.now)
          .has_value();
  if (!own && !all_owners_signed(d.world, e.act, packet::act::key, d.now)) {
    return refuse("signatures_missing");
  }
  d.emit(packet::KeyEnrolled{e.act});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RevokeKey& e) {
  const auto by = d.person(e.by);
  const auto key = d.world.state.keys.find(e.key);
  if (!by) {
    return d.refuse("key.revoke", e.by, {}, d.why_not_person(e.by));
  }
  if (key == d.world.state.keys.end() || key->second.revoked) {
    return d.refuse("key.revoke", e.by, {}, "key_unknown");
  }
  if (key->second.person != *by && !owns(d.world, *by, d.now)) {
    return d.refuse("key.revoke", e.by, {}, "role_missing");
  }
  d.emit(packet::KeyRevoked{key->second.person, e.key, e.by});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const ActivateRoster& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("roster.activate", e.by, {}, std::move(code));
  };
  if (!d.person(e.by)) {
    return refuse(d.why_not_person(e.by));
  }
  const auto statement = packet::read_roster_statement(e.act.statement);
  const Digest digest = crypto::sha256(as_bytes(packet::roster_bytes(e.roster)));
  if (!statement || statement->roster != digest || statement->lane != e.roster.lane ||
      statement->version != e.roster.version || statement->origin != d.world.state.origin) {
    return refuse("statement_malformed");
  }
  if (std::ranges::any_of(e.roster.grants, [](const packet::Grant& grant) {
        return grant.from != whole_second(grant.from) || grant.until != whole_second(grant.until);
      })) {
    return refuse("validity_seconds");
  }
  const auto lane = d.world.state.lanes.find(e.roster.lane);
  const bool first = lane == d.world.state.lanes.end() || !lane->second.roster;
  const std::uint32_t expected = first ? 1 : lane->second.roster_version + 1;
  const std::optional<Digest> replaces = first ? std::nullopt : lane->second.roster;
  if (e.roster.version != expected || statement->replaces != replaces ||
      e.roster.log != d.world.state.origin) {
    return refuse("roster_version");
  }
  if (!opens(e.roster, e.body)) {
    return refuse("audience_opening"); // nobody reads because of a list that the owners did not sign
  }
  if (!all_owners_signed(d.world, e.act, packet::act::key, d.now)) {
    return refuse("signatures_missing");
  }
  d.emit(packet::RosterActivated{e.roster.lane, e.roster.version, digest, e.act}, e.body, log_unit);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const ConfigureSource& e) {
  const auto by = d.person(e.by);
  if (!by || !owns(d.world, *by, d.now)) {
    return d.refuse("source.configure", e.by, {}, by ? "role_missing" : d.why_not_person(e.by));
  }
  const auto at = d.world.state.sources.find(e.source);
  const std::uint32_t epoch = at == d.world.state.sources.end() ? 1 : at->second.epoch + 1;
  d.emit(packet::SourceConfigured{e.source, epoch, e.by}, e.body, log_unit);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RecordAccess& e) {
  d.emit(packet::AccessRecorded{e.packet, e.what, e.by, e.entry});
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RefuseAttempt& e) {
  Decision decision = d.refuse(e.verb, e.by, e.packet, e.reasons);
  if (const auto verb = charter::from_word<charter::StopVerb>(e.verb)) {
    std::get<packet::AttemptRefused>(decision.records.front().record).topic =
        std::string(charter::to_word(charter::drift_topic(*verb)));
  } else if (charter::from_word<charter::Use>(
                 e.verb)) { // another use of what crossed is sharing it wider (B27)
    std::get<packet::AttemptRefused>(decision.records.front().record).topic =
        std::string(charter::to_word(charter::DriftTopic::wider_sharing));
  }
  return decision;
}

Decision decide_one(Deciding& d, const CoalesceJournal& e) {
  d.emit(packet::JournalCoalesced{e.principal, e.minute, e.counts});
  return std::move(d.out);
}

} // namespace sallyport::gate
