// A run of numbers: bytes of the file, or addresses of the process. Its end never wraps, whatever the input
// said; that it lies inside anything is for the reader to show.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace sallyport::dump {

class Range {
public:
  constexpr Range() = default;

  constexpr Range(std::uint64_t from, std::uint64_t size)
      : from_(from), size_(std::min(size, std::numeric_limits<std::uint64_t>::max() - from)) {}

  constexpr std::uint64_t from() const { return from_; }

  constexpr std::uint64_t size() const { return size_; }

  constexpr std::uint64_t until() const { return from_ + size_; } // the first number behind it

  constexpr bool empty() const { return size_ == 0; }

  constexpr bool contains(std::uint64_t at) const { return at >= from_ && at - from_ < size_; }

  constexpr bool contains(Range other) const {
    return other.empty() || (other.from_ >= from_ && other.until() <= until());
  }

  // From `skip` on, at most `size` of it.
  constexpr Range part(std::uint64_t skip,
                       std::uint64_t size = std::numeric_limits<std::uint64_t>::max()) const {
    const std::uint64_t skipped = std::min(skip, size_);
    return {from_ + skipped, std::min(size, size_ - skipped)};
  }

  constexpr bool operator==(const Range&) const = default;

private:
  std::uint64_t from_ = 0;
  std::uint64_t size_ = 0;
};

constexpr Range between(std::uint64_t from, std::uint64_t until) {
  return {from, until > from ? until - from : 0};
}

constexpr Range common(Range a, Range b) {
  return between(std::max(a.from(), b.from()), std::min(a.until(), b.until()));
}

} // namespace sallyport::dump
