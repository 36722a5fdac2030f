#include "dump/addresses.h"

#include <algorithm>

namespace sallyport::dump {
namespace {

// Where a dump does not say what could be run, all of a module may have been.
std::vector<Range> code_of(const Dump& dump) {
  std::vector<Range> out;
  for (const Mapping& mapping : dump.mappings) {
    if (mapping.executable) {
      out.push_back(mapping.addresses);
    }
  }
  const RangeSet mapped(out);
  for (const Module& module : dump.modules) {
    if (!mapped.touches(module.addresses)) {
      out.push_back(module.addresses);
    }
  }
  return out;
}

std::vector<Range> everything_of(const Dump& dump) {
  std::vector<Range> out;
  for (const Mapping& mapping : dump.mappings) {
    out.push_back(mapping.addresses);
  }
  for (const Module& module : dump.modules) {
    out.push_back(module.addresses);
  }
  for (const Memory& memory : dump.memory) {
    out.emplace_back(memory.address, memory.range.size());
  }
  for (const Thread& thread : dump.threads) {
    out.push_back(thread.stack);
  }
  return out;
}

} // namespace

RangeSet::RangeSet(std::vector<Range> ranges) {
  std::ranges::sort(ranges, {}, &Range::from);
  for (const Range range : ranges) {
    if (range.empty()) {
      continue;
    }
    if (!ranges_.empty() && ranges_.back().until() >= range.from()) {
      ranges_.back() = between(ranges_.back().from(), std::max(ranges_.back().until(), range.until()));
    } else {
      ranges_.push_back(range);
    }
  }
}

bool RangeSet::contains(std::uint64_t at) const {
  const auto behind = std::ranges::upper_bound(ranges_, at, {}, &Range::from);
  return behind != ranges_.begin() && std::prev(behind)->contains(at);
}

bool RangeSet::touches(Range range) const {
  const auto behind = std::ranges::lower_bound(ranges_, range.until(), {}, &Range::from);
  return behind != ranges_.begin() && std::prev(behind)->until() > range.from();
}

Addresses::Addresses(const Dump& dump) : word_(dump.word), code_(code_of(dump)), known_(everything_of(dump)) {
}

} // namespace sallyport::dump
