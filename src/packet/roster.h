// Who holds which role until when, and who may read a lane. No keys: a second passkey moves nothing.
#pragma once

#include "packet/archive.h"
#include "packet/disclosure.h"
#include "packet/manifest.h"
#include "packet/statement.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::packet {

struct Grant {
  PersonId person;
  std::string role;
  Instant from;
  Instant until; // half-open: ended when now >= until

  template <class A> void fields(A& a) {
    a("person", person);
    a("role", role);
    a("from", from);
    a("until", until);
  }

  auto operator<=>(const Grant&) const = default;
};

// roster.json. `audience` names each audience with the salted digest of its members; the openings are
// the body of the roster's leaf: {"salt", "audience": {name: {"salt", "members"}}}.
struct Roster {
  std::string log;
  std::string lane;
  std::uint32_t version = 0;
  std::vector<Grant> grants; // sorted, unique
  std::map<std::string, Digest> audience;

  template <class A> void fields(A& a) {
    std::int64_t v = 1;
    a("v", v);
    a("log", log);
    a("lane", lane);
    a("version", version);
    a("grants", grants);
    a("audience", audience);
  }

  bool operator==(const Roster&) const = default;
};

using AudienceOpenings = std::map<std::string, std::vector<AudienceMember>>;

std::string roster_bytes(const Roster& roster);
Result<Roster> read_roster(std::string_view bytes);
// SHA-256 of JCS of {"members": [...], "salt": "..."}, members sorted.
Digest audience_digest(const Salt& salt, const std::vector<AudienceMember>& members);

// One person's key, as the log has it.
struct EnrolledKey {
  PersonId person;
  std::string key; // line
  std::string key_class;
  Instant valid_from;
  Instant valid_until;

  auto operator<=>(const EnrolledKey&) const = default;
};

// The file `signers` (allowed_signers of ssh-keygen): a function of genesis owners, keys and roster;
// verifiers compute it again and compare bytes. Each key of a person with a grant has one line for each
// validity = grant intersected with key, in whole seconds (OpenSSH has no finer ones; the start is
// rounded up, the end down; OpenSSH counts the second of valid-before as valid, so the last second
// inside stands there, one before the end of a whole second); the namespaces of grants with the same validity
// stand together. Sorted by person, key, start, end. Namespaces follow from the role: governance owners (the
// roles of genesis) charter, genesis, key; signers dispatch, key, or, where packets have a ledger, release,
// key; acceptors accept, key; the promoter annex, key; who splits split, key; who waives hold, key. Who has
// no grant in the roster has no line, owners too. The key lines are what read_genesis() and read_key() gave.
struct SignerRoles {
  std::vector<std::string> signers;     // the charter's signers.require, and `by` of signers.substitute
  std::optional<std::string> promoter;  // exposure.annexes.promote_by
  std::vector<std::string> splitters{}; // lineage.split_roles, admission.partial_roles
  std::vector<std::string> waivers{};   // roles of overrides, and `ratified_by` of signers.substitute
  std::vector<std::string> acceptors{}; // signers.accepts
  bool releases = false;                // packets have a ledger: what signers sign is a release
};

std::string allowed_signers(const GenesisStatement& genesis, const std::vector<EnrolledKey>& keys,
                            const Roster& roster, const SignerRoles& roles);

} // namespace sallyport::packet
