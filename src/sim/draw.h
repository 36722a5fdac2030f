// Numbers that repeat with their seed, everywhere and for ever (splitmix64).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sallyport::sim {

class Draw {
public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  // 0 ... n-1; n is not 0.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }

  bool one_in(std::size_t n) { return below(n) == 0; }

  template <class T> const T& pick(const std::vector<T>& from) { return from[below(from.size())]; }

private:
  std::uint64_t state_;
};

} // namespace sallyport::sim
