// Values that have an alphabet: tokens, keys, cookies, paths, addresses of mail. Each pattern has
// literals of which one must occur; all literals are found in one pass, and RE2 reads a bounded window at
// each.
#pragma once

#include "scan/decode.h"
#include "scan/taxonomy.h"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sallyport::scan {

struct Match {
  const Rule* rule;
  std::size_t from;
  std::size_t until;
  Confidence confidence;
  std::string_view value = {}; // what was read, where that is not the bytes themselves
};

using TakeMatch = std::function<void(const Match&)>;

// Windows are charged to `spent`.
void find_patterns(std::string_view text, const Budgets& budgets, Spent& spent, const TakeMatch& take);

// The same, a byte at a time: what find_patterns() must find where it is faster.
void find_patterns_by_byte(std::string_view text, const Budgets& budgets, Spent& spent,
                           const TakeMatch& take);

// Everything about the patterns that decides what they find, for the digest of the rule set.
std::string describe_patterns();
std::span<const Rule> pattern_rules();

// Whether `name`, as a member name or key, says that its value is a credential.
bool names_a_credential(std::string_view name);

} // namespace sallyport::scan
