// Accounts, their tokens, and the operating-system users of the local socket. A token is shown once;
// the store keeps the SHA-256 of its secret.
#pragma once

#include "engine/core.h"

#include <optional>
#include <set>
#include <string>

namespace sallyport::engine {

struct NewPrincipal {
  std::string kind; // person | agent | service
  std::string name;
  std::optional<PersonId> person;    // kind person: an additional account of somebody known; else new
  std::optional<PersonId> operator_; // kind agent, service
  std::optional<std::uint32_t> uid;  // acts for this account on the local socket
};

struct AddedPrincipal {
  AccountId account;
  std::optional<PersonId> person;
  std::vector<packet::Reason> refused;
};

// Inside a batch.
Result<AddedPrincipal> add_principal(Core& core, const AccountId& by, const NewPrincipal& input);

// What a token lets its holder do, apart from what the gate lets the account do. A route names one.
enum class Scope { read, intake, source, prepare, decide, govern, lane };
std::string_view to_string(Scope scope);
std::optional<Scope> parse_scope(std::string_view text);
// An agent's token never has decide, govern or lane; a service's never decide or govern.
std::set<Scope> scopes_of_kind(std::string_view account_kind);

struct IssuedToken {
  TokenId id;
  Sensitive<std::string> secret; // "sp_<id letters>_<secret>": shown once
  std::vector<packet::Reason> refused;
};

// Inside a batch. Both are on record; who may is the gate's rule.
Result<IssuedToken> issue_token(Core& core, const AccountId& by, const AccountId& account,
                                const std::set<Scope>& scopes, Duration valid_for);
Result<std::vector<packet::Reason>> revoke_token(Core& core, const AccountId& by, const TokenId& token);

// Who calls: an account with the scopes of its credential. Agents are recognised by account kind.
struct Caller {
  AccountId account;
  std::set<Scope> scopes;

  bool has(Scope scope) const { return scopes.contains(scope); }
};

// Nothing where the credential is unknown, expired or revoked, or the account disabled. Reads only.
std::optional<Caller> authenticate(const Core& core, std::string_view token, Instant now);
std::optional<Caller> authenticate_uid(const Core& core, std::uint32_t uid);

} // namespace sallyport::engine
