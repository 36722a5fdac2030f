// How builds are named, so that the names of symbol servers can be compared with.
#pragma once

#include "base/bytes.h"

#include <bit>
#include <cstdint>
#include <string>

namespace sallyport::dump {

// A GUID as Windows writes it, without hyphens, and the age in hex: "5A9832E5287241C1838ED98914E9B7FF1".
std::string debug_id_of(ByteView guid, std::uint32_t age, std::endian order);
// Of an ELF build id: its first 16 bytes as a GUID, with age 0. "" for an empty one.
std::string debug_id_of_build(ByteView build_id, std::endian order);
// "45D35F6C2d000"
std::string code_id_of_pe(std::uint32_t time_stamp, std::uint32_t size);

} // namespace sallyport::dump
