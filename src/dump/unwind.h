// The walk of a dump's threads as redaction sees it: whatever walks them, a copy must be walked as its
// original is. Nothing here walks.
#pragma once

#include "dump/dump.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::dump {

struct FrameSeen {
  std::uint32_t module = nobody; // index into Dump::modules
  std::uint64_t offset = 0;      // in the module; the address where there is none
  std::string_view trust;        // "context", "cfi", "frame_pointer", "scan", ...
  bool operator==(const FrameSeen&) const = default;
};

// The frames of each thread, in the order of Dump::threads.
struct Walk {
  std::vector<std::vector<FrameSeen>> threads;
  std::vector<Range> read; // addresses of the words that it depends on
  // Threads, by index and in order, that were not walked to their end: they have no registers, or a limit of
  // the walk came before them. Of these, two walks that are the same say nothing.
  std::vector<std::uint32_t> unwalked;
};

using Walker = std::function<Walk(ByteView file, const Reading& reading)>;

// The threads, by index, of which the two walks differ.
std::vector<std::uint32_t> changed_threads(const Walk& before, const Walk& after);

// Those, and the threads that either of them did not walk to the end.
std::vector<std::uint32_t> lost_threads(const Walk& before, const Walk& after);

// Threads by what became of their walk; the three are all of them.
struct Unwound {
  std::uint64_t threads = 0;
  std::uint64_t identical = 0;
  std::uint64_t widened = 0;     // identical, but for that more words had to stay
  std::uint64_t lost = 0;        // differ, or were not walked to their end
  std::uint64_t unwalked = 0;    // of the lost
  std::uint64_t frames = 0;      // of the original,
  std::uint64_t frames_lost = 0; // and those of them that the copy does not have, from the first that differs
  bool operator==(const Unwound&) const = default;
};

Unwound unwound(const Walk& before, const Walk& after);

// Where nothing walks them, nothing is known of any.
Unwound not_walked(std::uint64_t threads);

} // namespace sallyport::dump
