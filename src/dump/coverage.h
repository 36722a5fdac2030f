// What became of every byte of a dump: each is one thing, so that the sums are the size of the file.
#pragma once

#include "dump/policy.h"
#include "dump/regions.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sallyport::dump {

enum class Fate : std::uint8_t {
  structure, // of the file, not written to
  empty,     // zero, and was
  redacted,  // was something, is a mark
  pointer,   // stays because it says where something is, or is a small number
  text,      // stays, and can be read
  binary,    // stays, and is no text
};

inline constexpr std::size_t fate_count = 6;

std::string_view name_of(Fate fate);

using Fates = std::array<std::uint64_t, fate_count>; // bytes of each

struct RegionCoverage {
  std::uint32_t region = 0;
  Fates bytes = {};

  std::uint64_t of(Fate fate) const { return bytes[static_cast<std::size_t>(fate)]; }
};

inline constexpr std::size_t cells_max = 2048;

struct CoverageMap {
  std::vector<RegionCoverage> regions; // a row for each region of the map
  std::uint64_t cell_bytes = 1;        // the file again, in at most cells_max cells of so many bytes
  std::vector<Fates> cells;
};

CoverageMap cover(ByteView original, ByteView copy, const std::vector<Region>& regions);

} // namespace sallyport::dump
