// What is true of every reading, whatever the bytes were.
#pragma once

#include "base/result.h"
#include "dump/coverage.h"
#include "dump/dump.h"
#include "dump/marks.h"
#include "dump/redact.h"
#include "dump/scrub.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>

namespace sallyport::dump::testing {

inline bool inside(const Registers& registers, Range whole) {
  return !registers.values.empty() && whole.contains(registers.range);
}

inline void check_invariants(const Reading& reading, ByteView file) {
  const Range whole(0, file.size());
  const Dump& dump = reading.dump;
  SP_ASSERT(covers(reading.regions, file.size()));
  const auto same = [](const Region& a, const Region& b) { return a.klass == b.klass && a.owner == b.owner; };
  SP_ASSERT(std::ranges::adjacent_find(reading.regions, same) == reading.regions.end());
  for (const Region& region : reading.regions) {
    const ByteView bytes = file.subspan(region.range.from(), region.range.size());
    SP_ASSERT(region.klass != RegionClass::padding || std::ranges::count(bytes, 0) == std::ssize(bytes));
    SP_ASSERT(region.klass != RegionClass::unaccounted || bytes[0] != 0);
  }
  for (const Memory& memory : dump.memory) {
    SP_ASSERT(whole.contains(memory.range));
  }
  for (const Thread& thread : dump.threads) {
    SP_ASSERT(!thread.name || whole.contains(thread.name->range));
    SP_ASSERT(!thread.registers || inside(*thread.registers, whole));
  }
  for (const auto* modules : {&dump.modules, &dump.unloaded}) {
    for (const Module& module : *modules) {
      SP_ASSERT(whole.contains(module.path.range));
      static_cast<void>(text_of(file, module.path));
    }
  }
  // What could not be read is said.
  for (const Held& held : reading.held) {
    SP_ASSERT(held.where.starts_with('/') && !held.why.empty() && !held.why.ends_with('.'));
  }
  SP_ASSERT(!reading.clean() || (dump.format != Format::unknown && dump.machine != Machine::unknown));
  const auto in_file = [&](const Part& part) { return whole.contains(part.range); };
  SP_ASSERT(!reading.clean() || std::ranges::all_of(dump.parts, in_file));
}

// What is true of every copy, before anything is looked for in it: structure is as it was, what differs is a
// mark, what is left of stacks and registers may be, and every byte is one thing.
inline void check_copy(const Reading& reading, ByteView file) {
  std::string copy(as_text(file));
  const std::span<std::uint8_t> bytes(reinterpret_cast<std::uint8_t*>(copy.data()), copy.size());
  const Policy policy;
  drop_regions(bytes, reading, policy);
  const Scrubber scrubber(file, reading, policy);
  for (std::uint32_t i = 0; i < reading.regions.size(); ++i) {
    const Region& region = reading.regions[i];
    const Keeping keeping = policy.keeping_of(region.klass);
    if (keeping == Keeping::pointers) {
      scrubber.scrub(bytes, i);
      SP_ASSERT(scrubber.is_scrubbed(bytes, i, Keep::code));
    }
    for (std::uint64_t at = region.range.from(); at < region.range.until(); ++at) {
      SP_ASSERT(bytes[at] == file[at] || (keeping != Keeping::untouched && is_mark(bytes, at)));
    }
  }
  std::uint64_t sum = 0;
  for (const RegionCoverage& row : cover(file, bytes, reading.regions).regions) {
    sum = std::accumulate(row.bytes.begin(), row.bytes.end(), sum);
  }
  SP_ASSERT(sum == file.size());
}

} // namespace sallyport::dump::testing
