#include "engine/people.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "gate/deciding.h"

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

std::set<Scope> read_scope_list(std::string_view text) {
  std::set<Scope> out;
  while (!text.empty()) {
    const auto space = text.find(' ');
    if (const auto scope = parse_scope(text.substr(0, space))) {
      out.insert(*scope);
    }
    text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  }
  return out;
}

bool may_manage(const Core& core, const AccountId& by, const AccountId& account) {
  const gate::Account* acting = core.state().account(by);
  const gate::Account* other = core.state().account(account);
  if (acting == nullptr || other == nullptr || acting->kind != "person" || acting->disabled ||
      !acting->person) {
    return false;
  }
  return acting->person == other->person || acting->person == other->operator_ ||
         gate::owns(core.world(), *acting->person, core.now());
}

Result<std::vector<packet::Reason>> refuse(Core& core, const AccountId& by, const char* verb,
                                           const char* code) {
  SP_TRY(const gate::Step step, core.apply(gate::RefuseAttempt{by, verb, std::nullopt, {{code, ""}}}));
  return step.refused;
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
  if (kind == "agent") {
    return {Scope::read, Scope::prepare};
  }
  if (kind == "service") {
    return {Scope::read, Scope::intake, Scope::source};
  }
  return {Scope::read,   Scope::intake, Scope::source, Scope::prepare,
          Scope::decide, Scope::govern, Scope::lane};
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
                                std::set<Scope> scopes, Duration valid_for) {
  IssuedToken out;
  const gate::Account* subject = core.state().account(account);
  if (subject == nullptr || subject->disabled || !may_manage(core, by, account)) {
    SP_TRY(out.refused,
           refuse(core, by, "token.issue", subject == nullptr ? "account_unknown" : "role_missing"));
    return out;
  }
  const std::set<Scope> allowed = scopes_of_kind(subject->kind);
  if (!std::ranges::includes(allowed, scopes)) {
    SP_TRY(out.refused, refuse(core, by, "token.issue",
                               subject->kind == "agent" ? "agent_never_decides" : "role_missing"));
    return out;
  }
  Bytes secret(32);
  crypto::random_bytes(secret);
  out.id = TokenId::from_random(core.random());
  out.secret = Sensitive(std::string(token_prefix) + out.id.str().substr(TokenId::prefix.size() + 1) + "_" +
                         to_base64url(secret));
  SP_CHECK(core.tx().put_token(
      {out.id, crypto::sha256(secret), account, scope_list(scopes), core.now() + valid_for, false}));
  return out;
}

Result<std::vector<packet::Reason>> revoke_token(Core& core, const AccountId& by, const TokenId& token) {
  const auto row = core.reader().token(token);
  if (!row || !may_manage(core, by, row->account)) {
    return refuse(core, by, "token.revoke", row ? "role_missing" : "account_unknown");
  }
  SP_CHECK(core.tx().revoke_token(token));
  return std::vector<packet::Reason>{};
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
  const auto row = core.reader().token(*id);
  if (!row || row->revoked || now >= row->expires ||
      !equal_constant_time(crypto::sha256(*secret).view(), row->verifier.view())) {
    return std::nullopt;
  }
  const gate::Account* account = core.state().account(row->account);
  if (account == nullptr || account->disabled) {
    return std::nullopt;
  }
  // Never more than the account's kind may hold, whatever the row says.
  std::set<Scope> scopes;
  const std::set<Scope> granted = read_scope_list(row->scopes);
  std::ranges::set_intersection(granted, scopes_of_kind(account->kind), std::inserter(scopes, scopes.end()));
  return Caller{row->account, std::move(scopes)};
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
