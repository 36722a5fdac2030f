#include "engine/people.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/random.h"

#include <algorithm>
#include <array>

namespace sallyport::engine {
namespace {

constexpr std::array<std::pair<Scope, std::string_view>, 7> scope_names{{{Scope::read, "read"},
                                                                         {Scope::intake, "intake"},
                                                                         {Scope::source, "source"},
                                                                         {Scope::prepare, "prepare"},
                                                                         {Scope::decide, "decide"},
                                                                         {Scope::govern, "govern"},
                                                                         {Scope::lane, "lane"}}};

constexpr std::string_view token_prefix = "sp_";

std::string scope_list(const std::set<Scope>& scopes) {
  std::string out;
  for (const Scope scope : scopes) {
    out += out.empty() ? "" : " ";
    out += to_string(scope);
  }
  return out;
}

} // namespace

std::string_view to_string(Scope scope) {
  return std::ranges::find(scope_names, scope, &std::pair<Scope, std::string_view>::first)->second;
}

std::optional<Scope> parse_scope(std::string_view text) {
  const auto at = std::ranges::find(scope_names, text, &std::pair<Scope, std::string_view>::second);
  return at == scope_names.end() ? std::nullopt : std::optional(at->first);
}

std::set<Scope> scopes_of_kind(std::string_view kind) {
  std::set<Scope> out;
  for (const auto& [scope, name] : scope_names) {
    if (gate::may_hold(kind, name)) {
      out.insert(scope);
    }
  }
  return out;
}

Result<AddedPrincipal> add_principal(Core& core, const AccountId& by, const NewPrincipal& input) {
  AddedPrincipal out;
  gate::AddPrincipal event;
  event.by = by;
  event.account = AccountId::from_random(core.random());
  event.kind = input.kind;
  if (input.kind == "person") {
    event.person = input.person ? *input.person : PersonId::from_random(core.random());
  }
  event.operator_ = input.operator_;
  event.body = {{"name", input.name}};
  SP_TRY(const gate::Step step, core.apply(event));
  out.refused = step.refused;
  if (!step.ok()) {
    return out;
  }
  out.account = event.account;
  out.person = event.person;
  canon::Object kept{{"name", input.name}};
  if (input.uid) {
    kept.set("uid", static_cast<std::int64_t>(*input.uid));
    core.remember_uid(*input.uid, event.account);
  }
  core.remember_name(event.account, input.name);
  const std::string bytes = canon::write(std::move(kept));
  const ByteView view = as_bytes(bytes);
  SP_CHECK(core.tx().put_document({"account", event.account.str(), 1, "account/" + event.account.str(),
                                   Bytes(view.begin(), view.end())}));
  return out;
}

Result<IssuedToken> issue_token(Core& core, const AccountId& by, const AccountId& account,
                                const std::set<Scope>& scopes, Duration valid_for) {
  IssuedToken out;
  out.id = TokenId::from_random(core.random());
  gate::IssueToken event{by, out.id, account, {}, core.now() + valid_for};
  for (const Scope scope : scopes) {
    event.scopes.emplace(to_string(scope));
  }
  SP_TRY(const gate::Step step, core.apply(event));
  out.refused = step.refused;
  if (!step.ok()) {
    return out;
  }
  Bytes secret(32);
  crypto::random_bytes(secret);
  out.secret = Sensitive(std::string(token_prefix) + out.id.str().substr(TokenId::prefix.size() + 1) + "_" +
                         to_base64url(secret));
  SP_CHECK(
      core.tx().put_token({out.id, crypto::sha256(secret), account, scope_list(scopes), event.until, false}));
  return out;
}

Result<std::vector<packet::Reason>> revoke_token(Core& core, const AccountId& by, const TokenId& token) {
  SP_TRY(const gate::Step step, core.apply(gate::RevokeToken{by, token}));
  if (step.ok()) {
    SP_CHECK(core.tx().revoke_token(token));
  }
  return step.refused;
}

std::optional<Caller> authenticate(const Core& core, std::string_view token, Instant now) {
  if (!token.starts_with(token_prefix) || token.size() < token_prefix.size() + id_letters + 2) {
    return std::nullopt;
  }
  token.remove_prefix(token_prefix.size());
  const auto id =
      TokenId::parse(std::string(TokenId::prefix) + "_" + std::string(token.substr(0, id_letters)));
  const auto secret = from_base64url(token.substr(id_letters + 1));
  if (!id || token[id_letters] != '_' || !secret) {
    return std::nullopt;
  }
  // The log says what the token is worth; the row beside it only knows the secret.
  const auto token_state = core.state().tokens.find(*id);
  if (token_state == core.state().tokens.end() || token_state->second.revoked ||
      now >= token_state->second.until) {
    return std::nullopt;
  }
  const auto row = core.reader().token(*id);
  if (!row || !equal_constant_time(crypto::sha256(*secret).view(), row->verifier.view())) {
    return std::nullopt;
  }
  const gate::Account* account = core.state().account(token_state->second.account);
  if (account == nullptr || account->disabled) {
    return std::nullopt;
  }
  // Never more than the account's kind may hold, whatever was issued.
  std::set<Scope> scopes;
  for (const std::string& name : token_state->second.scopes) {
    const auto scope = parse_scope(name);
    if (scope && gate::may_hold(account->kind, name)) {
      scopes.insert(*scope);
    }
  }
  return Caller{token_state->second.account, std::move(scopes)};
}

std::optional<Caller> authenticate_uid(const Core& core, std::uint32_t uid) {
  const auto at = core.uids().find(uid);
  const gate::Account* account = at == core.uids().end() ? nullptr : core.state().account(at->second);
  if (account == nullptr || account->disabled) {
    return std::nullopt;
  }
  return Caller{at->second, scopes_of_kind(account->kind)};
}

} // namespace sallyport::engine
