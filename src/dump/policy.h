// What becomes of each class of region in a copy. A table says the least; a policy can only ask for more.
#pragma once

#include "base/result.h"
#include "dump/regions.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::dump {

// What stands where a finding was.
enum class Action : std::uint8_t {
  mask,   // '*' for each character
  token,  // "<SESSION-3>" and then '*': in one copy the same value has the same token
  keyed,  // "<SESSION-k3v7q2m4xa>": the same value has the same token wherever the key is the same
  zero,   // zero bytes; a mask where another text would begin behind them
  deface, // 0x0defaced, as in scrubbed words
};

// What becomes of a region before anything is looked for in it. Each takes more than the one before it.
enum class Keeping : std::uint8_t {
  untouched, // never written to: structure, and what is zero already
  findings,  // what is found in it is taken out, the rest stays
  masked,    // all of it is '*' but for its zero bytes
  pointers,  // of its words only those stay that say where something is, and small numbers
  dropped,   // all of it is zero
};

// Which words of a stack are where something is. Where the walk of the copy differs, one step more.
enum class Keep : std::uint8_t {
  code,   // addresses of code, and of the same stack
  mapped, // addresses of anything that the process had
  walked, // and whatever the walk read
};

inline constexpr std::size_t keep_count = 3;

struct KeepingRule {
  RegionClass klass;
  Keeping keeping;
};

// A rule for each class, in the order of region_classes(): the least that every copy does.
std::span<const KeepingRule> keeping_rules();
Keeping least_of(RegionClass klass);

struct Policy {
  Action action = Action::mask;
  Keep keep = Keep::code;
  Bytes token_key; // of keyed tokens
  // What programs and their users write as they please, and no rule knows.
  std::vector<RegionClass> masked{RegionClass::thread_names, RegionClass::annotations};
  std::vector<RegionClass> scrubbed; // to pointers
  std::vector<RegionClass> dropped;
  std::vector<std::string> dropped_parts; // streams and notes by name, but for their structure

  // Never less than the table says; what is untouched stays so.
  Keeping keeping_of(RegionClass klass) const;
};

std::string_view name_of(Action action);
std::string_view name_of(Keeping keeping);
std::string_view name_of(Keep keep);

} // namespace sallyport::dump
