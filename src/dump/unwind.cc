#include "dump/unwind.h"

#include <algorithm>
#include <iterator>

namespace sallyport::dump {
namespace {

std::vector<std::uint32_t> unwalked_of(const Walk& before, const Walk& after) {
  std::vector<std::uint32_t> out;
  std::ranges::set_union(before.unwalked, after.unwalked, std::back_inserter(out));
  return out;
}

} // namespace

std::vector<std::uint32_t> changed_threads(const Walk& before, const Walk& after) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < before.threads.size(); ++i) {
    if (i >= after.threads.size() || before.threads[i] != after.threads[i]) {
      out.push_back(i);
    }
  }
  return out;
}

std::vector<std::uint32_t> lost_threads(const Walk& before, const Walk& after) {
  std::vector<std::uint32_t> out;
  std::ranges::set_union(changed_threads(before, after), unwalked_of(before, after), std::back_inserter(out));
  return out;
}

Unwound unwound(const Walk& before, const Walk& after) {
  Unwound out;
  out.threads = before.threads.size();
  for (std::size_t i = 0; i < before.threads.size(); ++i) {
    const std::vector<FrameSeen>& was = before.threads[i];
    const std::vector<FrameSeen> is = i < after.threads.size() ? after.threads[i] : std::vector<FrameSeen>();
    const auto same = static_cast<std::uint64_t>(std::ranges::mismatch(was, is).in1 - was.begin());
    out.frames += was.size();
    out.frames_lost += was.size() - same;
  }
  out.lost = lost_threads(before, after).size();
  out.unwalked = unwalked_of(before, after).size();
  out.identical = out.threads - out.lost;
  return out;
}

Unwound not_walked(std::uint64_t threads) {
  return {.threads = threads, .lost = threads, .unwalked = threads};
}

} // namespace sallyport::dump
