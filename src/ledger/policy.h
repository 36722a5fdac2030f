// Whom a verifier trusts (C2SP tlog-policy): the logs, the witnesses, and which of them must have
// cosigned. A k-of-n tree of groups over witnesses, or `none`.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::ledger {

inline constexpr std::size_t policy_bytes_max = 64 * 1024;
inline constexpr std::size_t policy_items_max = 64; // logs, witnesses, groups: each

struct Policy {
  struct Log {
    VerifierKey key;
    std::string url; // empty: none
    bool operator==(const Log&) const = default;
  };

  struct Witness {
    std::string name;
    VerifierKey key;
    std::string url;
    bool operator==(const Witness&) const = default;
  };

  struct Group {
    std::string name;
    std::size_t threshold = 1;        // 1..members.size()
    std::vector<std::string> members; // each defined before, and a member at most once in the policy
    bool operator==(const Group&) const = default;
  };

  std::vector<Log> logs;
  std::vector<Witness> witnesses;
  std::vector<Group> groups;   // in order of definition
  std::string quorum = "none"; // a witness, a group, or none
  bool operator==(const Policy&) const = default;
};

// Also refuses a public key listed twice, be it once as log and once as witness: a log that is its own
// witness proves nothing.
Result<Policy> parse_policy(std::string_view text);
// Comments and order of kinds are not kept; parse_policy(write_policy(p)) == p.
std::string write_policy(const Policy& policy);

struct Cosigned {
  std::string witness; // its name in the policy
  Instant at;          // as the witness claims
};

struct TrustedHead {
  Checkpoint checkpoint;
  std::vector<Cosigned> witnesses; // that cosigned validly, in the policy's order
};

// Verifies that one of the policy's logs signed under its own origin and that the quorum is met. A
// line of a known key that does not verify refuses the note, even where the quorum is met without it.
Result<TrustedHead> open_checkpoint(std::string_view note, const Policy& policy);

} // namespace sallyport::ledger
