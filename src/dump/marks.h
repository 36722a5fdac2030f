// What stands where something was taken out: zero bytes, '*', and tokens as "<SESSION-3>". No other word
// makes a token, and no longer number, so that nothing can be said in one.
#pragma once

#include "base/bytes.h"
#include "dump/exposure.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace sallyport::dump {

inline constexpr std::uint8_t mask_byte = '*';

// Empty where the number is too long for one.
std::string token_of(Exposure exposure, std::size_t number);

// Whether the byte is zero, '*', or a part of a token in ASCII or UTF-16.
bool is_mark(ByteView file, std::uint64_t at);

} // namespace sallyport::dump
