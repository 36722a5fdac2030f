// Identifiers that are digits or hex with a check: cards, accounts, devices, addresses.
#pragma once

#include "scan/patterns.h"
#include "scan/taxonomy.h"

#include <span>
#include <string_view>

namespace sallyport::scan {

inline constexpr std::string_view numbers_version = "numbers v1";

// Looks at each place where a number can begin, and at no more than 48 bytes there.
void find_numbers(std::string_view text, const TakeMatch& take);

// The same, a byte at a time: what find_numbers() must find where it is faster.
void find_numbers_by_byte(std::string_view text, const TakeMatch& take);

std::span<const Rule> number_rules();

// ISO/IEC 7812-1 annex B, over the digits of `text`.
bool luhn(std::string_view text);
// ISO 13616: length of the country, and remainder 1 modulo 97. `text` has no spaces.
bool is_iban(std::string_view text);

} // namespace sallyport::scan
