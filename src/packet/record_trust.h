// Records of trust: genesis, accounts, keys, rosters, sources, charters. See record.h.
#pragma once

#include "packet/archive.h"

#include <string>
#include <vector>

namespace sallyport::packet {

using LeafNumber = std::uint64_t;

// One person's SSHSIG over a statement. `key` is the SHA-256 of the public key blob.
struct OwnerSignature {
  PersonId person;
  Digest key;
  std::string sig; // base64 of the SSHSIG blob

  template <class A> void fields(A& a) {
    a("person", person);
    a("key", key);
    a("sig", sig);
  }
};

// An in-toto Statement and the signatures over its canonical bytes, which lie literally in the leaf.
struct SignedStatement {
  canon::Value statement;
  std::vector<OwnerSignature> sigs;

  template <class A> void fields(A& a) {
    a("statement", statement);
    a("sigs", sigs);
  }
};

struct Genesis {
  static constexpr std::string_view kind = "genesis";
  SignedStatement act;

  template <class A> void fields(A& a) { act.fields(a); }
};

// The name that people see is in the body.
struct PrincipalAdded {
  static constexpr std::string_view kind = "principal.added";
  AccountId account;
  std::string account_kind;          // person | agent | service
  std::optional<PersonId> person;    // kind person: whose account it is
  std::optional<PersonId> operator_; // kind agent, service: who answers for it
  std::optional<AccountId> by;       // absent for the first account, made at init

  template <class A> void fields(A& a) {
    a("account", account);
    a("account_kind", account_kind);
    a("person", person);
    a("operator", operator_);
    a("by", by);
  }
};

struct PrincipalDisabled {
  static constexpr std::string_view kind = "principal.disabled";
  AccountId account;
  AccountId by;

  template <class A> void fields(A& a) {
    a("account", account);
    a("by", by);
  }
};

// A credential was made that acts for the account; its secret is nowhere in the log.
struct TokenIssued {
  static constexpr std::string_view kind = "token.issued";
  TokenId token;
  AccountId account;
  std::vector<std::string> scopes; // sorted
  Instant until;
  AccountId by;

  template <class A> void fields(A& a) {
    a("token", token);
    a("account", account);
    a("scopes", scopes);
    a("until", until);
    a("by", by);
  }
};

struct TokenRevoked {
  static constexpr std::string_view kind = "token.revoked";
  TokenId token;
  AccountId account;
  AccountId by;

  template <class A> void fields(A& a) {
    a("token", token);
    a("account", account);
    a("by", by);
  }
};

// The statement's predicate: {act: "key", person, key, class, valid_from, valid_until[, rp_id, origins]}.
struct KeyEnrolled {
  static constexpr std::string_view kind = "key.enrolled";
  SignedStatement act;

  template <class A> void fields(A& a) { act.fields(a); }
};

struct KeyRevoked {
  static constexpr std::string_view kind = "key.revoked";
  PersonId person;
  Digest key;
  AccountId by;

  template <class A> void fields(A& a) {
    a("person", person);
    a("key", key);
    a("by", by);
  }
};

struct RosterActivated {
  static constexpr std::string_view kind = "roster.activated";
  std::string lane;
  std::uint32_t version = 0;
  Digest roster;
  SignedStatement act;

  template <class A> void fields(A& a) {
    a("lane", lane);
    a("version", version);
    a("roster", roster);
    act.fields(a);
  }
};

// The configuration itself is in the body. `epoch` moves on configuration, silence and recovery.
struct SourceConfigured {
  static constexpr std::string_view kind = "source.configured";
  std::string source;
  std::uint32_t epoch = 0;
  AccountId by;

  template <class A> void fields(A& a) {
    a("source", source);
    a("epoch", epoch);
    a("by", by);
  }
};

struct CharterProposed {
  static constexpr std::string_view kind = "charter.proposed";
  std::string charter;
  std::uint32_t version = 0;
  Digest digest;
  std::string lane;
  PersonId person;

  template <class A> void fields(A& a) {
    a("charter", charter);
    a("version", version);
    a("digest", digest);
    a("lane", lane);
    a("person", person);
  }
};

struct CharterRatified {
  static constexpr std::string_view kind = "charter.ratified";
  Digest digest;
  SignedStatement act;

  template <class A> void fields(A& a) {
    a("digest", digest);
    act.fields(a);
  }
};

struct CharterActivated {
  static constexpr std::string_view kind = "charter.activated";
  std::string charter;
  std::uint32_t version = 0;
  Digest digest;
  std::vector<LeafNumber> ratified;

  template <class A> void fields(A& a) {
    a("charter", charter);
    a("version", version);
    a("digest", digest);
    a("ratified", ratified);
  }
};

} // namespace sallyport::packet
