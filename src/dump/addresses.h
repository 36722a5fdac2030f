// Where something of the process was: what a word must say to be taken for a pointer.
#pragma once

#include "dump/dump.h"

#include <cstdint>
#include <vector>

namespace sallyport::dump {

// Numbers in order and without overlaps.
class RangeSet {
public:
  RangeSet() = default;
  explicit RangeSet(std::vector<Range> ranges);

  bool contains(std::uint64_t at) const;
  bool touches(Range range) const;

private:
  std::vector<Range> ranges_;
};

// Numbers that are no address of anything and too small to say much: counts, flags, errors.
inline constexpr std::uint64_t small_number_max = 4096;

// Whether programs can have anything there at all: of 64 bits the lower 52 (arm64 with large addresses), and
// the upper end, which is the kernel's. A dump may claim what it likes, and text is never such a word.
constexpr bool may_be_address(std::uint64_t value, std::size_t word) {
  return word == 4 || value >> 52 == 0 || value >> 52 == 0xfff;
}

class Addresses {
public:
  explicit Addresses(const Dump& dump);

  bool is_code(std::uint64_t value) const { return may_be_address(value, word_) && code_.contains(value); }

  // Of anything: modules, mappings, memory that is in the file, stacks.
  bool is_known(std::uint64_t value) const { return may_be_address(value, word_) && known_.contains(value); }

  // Counted from zero upwards, and down from it as a process with such words does.
  bool is_small(std::uint64_t value) const {
    const std::uint64_t negated = word_ == 4 ? (0x1'0000'0000U - value) & 0xffffffffU : 0 - value;
    return value <= small_number_max || negated <= small_number_max;
  }

private:
  std::size_t word_;
  RangeSet code_;
  RangeSet known_;
};

} // namespace sallyport::dump
