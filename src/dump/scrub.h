// Words of memory and registers that are no pointers, taken out of a copy: the walk of a dump needs where
// something is, and nobody who reads the copy needs what it was.
#pragma once

#include "dump/addresses.h"
#include "dump/policy.h"

#include <span>
#include <vector>

namespace sallyport::dump {

// Judges the words of one dump, and writes over those that may not stay. What is asked of one word is asked
// by verify() too.
class Scrubber {
public:
  // `walked` are the addresses that the walk of the original read.
  Scrubber(ByteView original, const Reading& reading, const Policy& policy,
           const std::vector<Range>& walked = {});

  // How far the keep set of each thread's stack goes, by its index; all of them as the policy says at first.
  std::vector<Keep> keep;

  // All of the region, from the original on: what was written there before is there no more.
  void scrub(std::span<std::uint8_t> copy, std::uint32_t region) const;

  // Whether every word of the region is a mark, or may stay at this keep set. That bytes which differ are
  // marks is not asked.
  bool is_scrubbed(ByteView copy, std::uint32_t region, Keep widest) const;

private:
  struct Word {
    Range range; // of the file
    std::uint64_t address = 0;
    bool whole = true;
    bool always = false; // a register that is no value of the program
  };

  template <class Visit> void each_word(const Region& region, Visit visit) const;
  template <class Visit> void each_register(const Region& region, Visit visit) const;
  bool may_stay(const Region& region, const Word& word, std::uint64_t value, Keep widest) const;
  std::uint64_t value_at(ByteView bytes, Range range) const;

  ByteView original_;
  const Reading& reading_;
  Addresses addresses_;
  RangeSet walked_;
  std::vector<Range> stacks_;  // of each thread
  std::vector<Memory> memory_; // by place in the file
};

} // namespace sallyport::dump
