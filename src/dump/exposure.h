// What is exposed where it is found: the three classes that are tracked for each fragment of a dump, and what
// could not be looked at.
#pragma once

#include "dump/regions.h"
#include "scan/taxonomy.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace sallyport::dump {

enum class Exposure : std::uint8_t {
  customer_identifier, // names, numbers and addresses of somebody or something
  session_payload,     // what opens a session: tokens, keys, cookies, passwords
  stack_local,         // what a stack holds besides: paths, and any text that no rule knows
  unscanned,           // a budget ended: these bytes were not looked at to the end
};

inline constexpr std::size_t exposure_count = 4;

std::string_view name_of(Exposure exposure);

bool is_stack(RegionClass klass);

// A secret is one wherever it lies, and so is an identifier; only what is neither depends on the place.
Exposure exposure_of(scan::Detector detector, RegionClass klass);

// Of text in a stack that no rule of the scanner knows.
inline constexpr std::string_view residue_rule = "stack.text";

} // namespace sallyport::dump
