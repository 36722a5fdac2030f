// Accounts, tokens, keys.
#include "base/whole_second.h"
#include "canon/json.h"
#include "crypto/sshsig.h"
#include "engine/agents.h"
#include "engine/present.h"
#include "http/api_call.h"
#include "packet/names.h"
#include "packet/statement.h"

#include <algorithm>

namespace sallyport::http::api {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

canon::Array scope_names(const std::set<engine::Scope>& scopes) {
  canon::Array out;
  for (const engine::Scope scope : scopes) {
    out.emplace_back(engine::to_string(scope));
  }
  return out;
}

Result<Outcome> whoami(Call& call) {
  canon::Object out{{"account", call.by().str()},
                    {"kind", call.account().kind},
                    {"name", call.core.name_of(call.by())},
                    {"scopes", scope_names(call.caller.scopes)}};
  if (call.account().person) {
    out.set("person", call.account().person->str());
  }
  if (call.account().operator_) {
    out.set("operator", call.account().operator_->str());
  }
  if (auto model = call.account().kind == "agent" ? engine::model_of(call.core, call.by()) : std::nullopt) {
    out.set("model", *std::move(model));
  }
  return json(200, std::move(out));
}

Result<Outcome> list_principals(Call& call) {
  SP_TRY(const engine::Page page, page_of(call));
  SP_TRY(engine::Listed rows, engine::list_principals(call.core, page));
  return listed("principals", std::move(rows));
}

bool is_known(const gate::State& state, const PersonId& person) {
  return std::ranges::any_of(state.owners, [&](const auto& owner) { return owner.person == person; }) ||
         std::ranges::any_of(state.accounts,
                             [&](const auto& account) { return account.second.person == person; });
}

std::optional<PersonId> known_person(Call& call, canon::Fields& fields, std::string_view name) {
  if (fields.maybe(name) == nullptr) {
    return std::nullopt;
  }
  PersonId person = fields.id<PersonId>(name);
  if (fields.ok() && !is_known(call.state(), person)) {
    fields.fault(name, "no account is of this person");
  }
  return person;
}

Result<Outcome> add_principal(Call& call) {
  canon::Fields fields(call.body, "");
  engine::NewPrincipal input;
  input.kind = fields.string("kind", 20);
  input.name = fields.string("name", 100);
  input.person = known_person(call, fields, "person");
  input.operator_ = known_person(call, fields, "operator");
  if (fields.maybe("uid") != nullptr) {
    input.uid = static_cast<std::uint32_t>(fields.integer("uid", 0, 4'294'967'294));
  }
  const auto model = fields.maybe_string("model", 100);
  if (model && input.kind != "agent") {
    fields.fault("model", "only an agent has a model");
  }
  SP_CHECK(fields.done());
  if (input.uid && call.core.uids().contains(*input.uid)) {
    return deny(call, {{"account_exists", "/uid"}}); // one user of the system acts for one account
  }
  SP_TRY(const engine::AddedPrincipal added, model ? engine::add_agent(call.core, call.by(), input, *model)
                                                   : engine::add_principal(call.core, call.by(), input));
  if (!added.refused.empty()) {
    return refusal(call, added.refused);
  }
  canon::Object out{{"account", added.account.str()}};
  if (added.person) {
    out.set("person", added.person->str());
  }
  return json(201, std::move(out));
}

Result<Outcome> disable_principal(Call& call) {
  SP_TRY(AccountId account, id_at<AccountId>(call, "account"));
  return apply(call, gate::DisablePrincipal{call.by(), std::move(account)});
}

Result<Outcome> issue_token(Call& call) {
  SP_TRY(const AccountId account, id_at<AccountId>(call, "account"));
  canon::Fields fields(call.body, "");
  std::set<engine::Scope> scopes;
  for (const std::string& name : fields.strings("scopes", 16)) {
    if (const auto scope = engine::parse_scope(name)) {
      scopes.insert(*scope);
    } else {
      fields.fault("scopes", "expected read, intake, source, prepare, decide, govern or lane");
    }
  }
  if (fields.ok() && scopes.empty()) {
    fields.fault("scopes", "a token has at least one scope");
  }
  const Duration valid_for{fields.integer("valid_for_ms", 1'000, 366 * day_ms)};
  SP_CHECK(fields.done());
  SP_TRY(const engine::IssuedToken token,
         engine::issue_token(call.core, call.by(), account, scopes, valid_for));
  if (!token.refused.empty()) {
    return refusal(call, token.refused);
  }
  return json(201, {{"token_id", token.id.str()}, {"token", token.secret.expose()}});
}

Result<Outcome> revoke_token(Call& call) {
  SP_TRY(const TokenId token, id_at<TokenId>(call, "token"));
  SP_TRY(const auto refused, engine::revoke_token(call.core, call.by(), token));
  return refused.empty() ? json(200, {}) : refusal(call, refused);
}

Result<Outcome> list_keys(Call& call) {
  SP_TRY(const engine::Page page, page_of(call));
  SP_TRY(engine::Listed rows, engine::list_keys(call.core, page));
  return listed("keys", std::move(rows));
}

Result<Outcome> key_statement(Call& call) {
  canon::Fields fields(call.body, "");
  packet::KeyStatement statement;
  statement.origin = call.state().origin;
  statement.person = known_person(call, fields, "person").value_or(PersonId());
  if (statement.person.empty()) {
    fields.fault("person", "is missing");
  }
  const auto key = crypto::parse_public_key_line(fields.string("key", 1000));
  if (key) {
    statement.key = key->line();
  } else {
    fields.fault("key", key.error().message);
  }
  statement.key_class = fields.string("class", 20);
  if (const auto known = crypto::parse_key_class(statement.key_class); !known) {
    fields.fault("class", known.error().message);
  }
  statement.valid_from = whole_second(fields.instant("valid_from"));
  statement.valid_until = whole_second(fields.instant("valid_until"));
  if (fields.ok() && statement.valid_until <= statement.valid_from) {
    fields.fault("valid_until", "a key ends after it begins");
  }
  statement.rp_id = fields.maybe_string("rp_id", 253);
  if (call.body.find("origins") != nullptr) {
    statement.origins = fields.strings("origins", 8);
  }
  SP_CHECK(fields.done());
  const canon::Value value = packet::statement(statement);
  if (!packet::read_key(value)) { // exactly what enrolment will read
    return fail(ErrorCode::malformed, "", "a key statement cannot say this");
  }
  return json(200, {{"statement", canon::write(value)}});
}

Result<Outcome> enrol_key(Call& call) {
  canon::Fields fields(call.body, "");
  SP_TRY(packet::SignedStatement act, read_act(call.state(), fields));
  const auto statement = packet::read_key(act.statement);
  canon::Object out;
  if (statement) {
    SP_TRY(const crypto::PublicKey key, crypto::parse_public_key_line(statement->key));
    out.set("fingerprint", key.fingerprint().hex());
  }
  return apply(call, gate::EnrolKey{call.by(), std::move(act)}, 201, std::move(out));
}

Result<Outcome> revoke_key(Call& call) {
  SP_TRY(const Digest key, digest_at(call, "fingerprint"));
  return apply(call, gate::RevokeKey{call.by(), key});
}

constexpr std::array trust_table{
    Route{"GET", "/v1/whoami", Access::read, Takes::nothing, "whoami", whoami},
    Route{"GET",
          "/v1/principals",
          Access::read,
          Takes::nothing,
          "principal.list",
          list_principals,
          {"limit", "cursor"}},
    Route{"POST", "/v1/principals", Access::govern, Takes::json, "principal.add", add_principal},
    Route{"POST", "/v1/principals/{account}/disable", Access::govern, Takes::nothing, "principal.disable",
          disable_principal},
    Route{"POST",
          "/v1/principals/{account}/tokens",
          Access::govern,
          Takes::json,
          "token.issue",
          issue_token,
          {},
          Keeps::secret},
    Route{"POST", "/v1/tokens/{token}/revoke", Access::govern, Takes::nothing, "token.revoke", revoke_token},
    Route{"GET", "/v1/keys", Access::read, Takes::nothing, "key.list", list_keys, {"limit", "cursor"}},
    Route{"POST",
          "/v1/keys/statement",
          Access::read,
          Takes::json,
          "key.statement",
          key_statement,
          {},
          Keeps::nothing},
    Route{"POST", "/v1/keys", Access::govern, Takes::json, "key.enrol", enrol_key},
    Route{"POST", "/v1/keys/{fingerprint}/revoke", Access::govern, Takes::nothing, "key.revoke", revoke_key},
};

} // namespace

std::span<const Route> trust_routes() {
  return trust_table;
}

} // namespace sallyport::http::api
