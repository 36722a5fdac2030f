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
};

using Walker = std::function<Walk(ByteView file, const Reading& reading)>;

// The threads, by index, of which the two walks differ.
std::vector<std::uint32_t> changed_threads(const Walk& before, const Walk& after);

// Threads by what became of their walk; the three are all of them.
struct Unwound {
  std::uint64_t threads = 0;
  std::uint64_t identical = 0;
  std::uint64_t widened = 0;     // identical, but for that more words had to stay
  std::uint64_t lost = 0;        // differ
  std::uint64_t frames = 0;      // of the original,
  std::uint64_t frames_lost = 0; // and those of them that the copy does not have, from the first that differs
  bool operator==(const Unwound&) const = default;
};

Unwound unwound(const Walk& before, const Walk& after);

} // namespace sallyport::dump
