// What stands where something was taken out: zero bytes, '*', 0x0defaced, and tokens as "<SESSION-3>" or,
// where a key made them, "<SESSION-k3v7q2m4xa>". No other word makes a token, and no other number, so that
// little can be said in one.
#pragma once

#include "base/bytes.h"
#include "dump/exposure.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sallyport::dump {

inline constexpr std::uint8_t mask_byte = '*';

// Empty where the number is too long for one.
std::string token_of(Exposure exposure, std::size_t number);

// The same value has the same token wherever the key is the same: 50 bits of a MAC.
std::string keyed_token_of(Exposure exposure, ByteView key, std::string_view value);

// 0x0defaced as it stands in memory, over and over; its rest is '*'.
void write_deface(std::span<std::uint8_t> bytes);

// Whether the byte is zero, '*', or a part of 0x0defaced or of a token in ASCII or UTF-16.
bool is_mark(ByteView file, std::uint64_t at);

} // namespace sallyport::dump
