// Crash dumps that somebody compressed: expanded into a file that has no name and ends with the process.
#pragma once

#include "dump/file.h"

#include <cstdint>
#include <string_view>

namespace sallyport::dump {

enum class Packing : std::uint8_t { none, gzip, zstd, xz, bzip2, lz4 };

// By its first bytes.
Packing packing_of(ByteView file);
bool can_expand(Packing packing); // gzip and zstd
std::string_view name_of(Packing packing);

// What a small file may become. Zero pages of it are not written, so that they take no room on the disk.
inline constexpr std::uint64_t expanded_bytes_max = std::uint64_t{16} << 30;

// All of it or an error: one that is cut off, or is damaged, or is more than `bytes_max`, is nothing. A
// worker expands, so that nobody else reads what a stranger compressed. The file is in the system's folder
// for temporary ones, and for its owner alone.
Result<MappedFile> expand(const MappedFile& packed, std::uint64_t bytes_max = expanded_bytes_max);

} // namespace sallyport::dump
