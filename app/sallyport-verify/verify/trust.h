// What an outsider pins: trust.json, obtained apart from any bundle.
#pragma once

#include "packet/archive.h"
#include "packet/statement.h"

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::verify {

struct PinnedOwner {
  PersonId person;
  std::string role;
  std::string key; // line
  std::string key_class;

  template <class A> void fields(A& a) {
    a("person", person);
    a("role", role);
    a("key", key);
    a("class", key_class);
  }

  bool operator==(const PinnedOwner&) const = default;
};

struct PinnedLog {
  std::string origin;
  Digest genesis; // of the leaf's bytes
  std::string log_vkey;
  Digest gate; // SHA-256 of the SPKI
  std::vector<PinnedOwner> owners;
  std::string rule;
  std::string witness_policy; // C2SP tlog-policy

  template <class A> void fields(A& a) {
    a("origin", origin);
    a("genesis", genesis);
    a("log_vkey", log_vkey);
    a("gate", gate);
    a("owners", owners);
    a("rule", rule);
    a("witness_policy", witness_policy);
  }
};

struct Trust {
  std::vector<PinnedLog> logs; // distinct origins

  template <class A> void fields(A& a) {
    std::int64_t v = 1;
    a("v", v);
    a("logs", logs);
  }
};

// Strict in members and values, not in white space: people edit this file.
Result<Trust> read_trust(std::string_view text);
// Null where the log is not pinned.
const PinnedLog* find_log(const Trust& trust, std::string_view origin);
// The owners as a genesis statement names them.
std::vector<PinnedOwner> owners_of(const packet::GenesisStatement& genesis);

} // namespace sallyport::verify
