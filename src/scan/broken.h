// Credentials that something was put into: blanks, line breaks, invisible characters, one repeated sign.
// Only those that begin with an anchor of their own ("ghp_", "eyJ", "-----BEGIN") are read so, and what
// reads like prose is none: "ghp_ tokens are used by ..." has no token in it.
#pragma once

#include "scan/patterns.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::scan {

// Credentials with a gap in them; unbroken ones are found by find_patterns(). What is read is charged to
// `spent`. The value of a match is the credential without its gaps.
void find_broken(std::string_view text, const Budgets& budgets, Spent& spent, const TakeMatch& take);

// The same, looking at every place: what find_broken() must find where it looks at fewer.
void find_broken_by_byte(std::string_view text, const Budgets& budgets, Spent& spent, const TakeMatch& take);

// Where credentials begin that `text` ends in the middle of; their anchors are whole.
std::vector<std::size_t> find_unfinished(std::string_view text, const Budgets& budgets, Spent& spent);

// The credential that begins with all of `tail`, an unfinished one, and goes on at the beginning of `head`.
// Offsets are those of the two in a row.
struct Continued {
  const Rule* rule;
  std::size_t until;
  std::string value;
};

std::optional<Continued> read_on(std::string_view tail, std::string_view head, const Budgets& budgets,
                                 Spent& spent);

// What decides what is found here, for the digest of the rule set.
std::string describe_broken();

} // namespace sallyport::scan
