// One byte again and again, as compressed bombs and empty pages have it: nothing is hidden in the middle of
// that, so nothing looks there.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace sallyport::scan {

struct Stretch {
  std::size_t from;
  std::size_t until;
  bool operator==(const Stretch&) const = default;
};

// At both ends of a repeat so much stays, which is more than any rule reads at once.
inline constexpr std::size_t repeat_kept = 32 * 1024;

// All of `text` but the middles of its long repeats, in order. What the kept ends make of the text on either
// side is what the whole repeat would.
std::vector<Stretch> without_repeats(std::string_view text);

} // namespace sallyport::scan
