// The events of trust: who there is, which keys and credentials they have, by which charters and rosters.
#pragma once

#include "gate/world.h"
#include "packet/disclosure.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sallyport::gate {

// The first leaf. Signed by every owner that it names; made once, at init.
struct Found {
  packet::SignedStatement act;
};

struct AddPrincipal {
  AccountId by; // empty for the accounts made at init, before anybody could
  AccountId account;
  std::string kind; // person | agent | service
  std::optional<PersonId> person;
  std::optional<PersonId> operator_;
  canon::Object body; // the name
};

struct DisablePrincipal {
  AccountId by;
  AccountId account;
};

struct IssueToken {
  AccountId by;
  TokenId token;
  AccountId account;
  std::set<std::string> scopes;
  Instant until;
};

struct RevokeToken {
  AccountId by;
  TokenId token;
};

struct EnrolKey {
  AccountId by;
  packet::SignedStatement act;
};

struct RevokeKey {
  AccountId by;
  Digest key;
};

struct ActivateRoster {
  AccountId by;
  packet::Roster roster;
  packet::SignedStatement act;
  canon::Object body; // the openings of the audiences
};

struct ConfigureSource {
  AccountId by;
  std::string source;
  canon::Object body; // the configuration
};

struct ProposeCharter {
  AccountId by;
  charter::Charter charter;
};

struct RatifyCharter {
  AccountId by;
  packet::SignedStatement act;
};

struct ActivateCharter {
  AccountId by;
  Digest digest;
};

} // namespace sallyport::gate
