#include "scan/repeats.h"

#include <cstring>

namespace sallyport::scan {

std::vector<Stretch> without_repeats(std::string_view text) {
  constexpr std::size_t block = 2 * repeat_kept;
  const auto is_one_byte = [&](std::size_t at) {
    return std::memcmp(text.data() + at, text.data() + at + 1, block - 1) == 0;
  };
  std::vector<Stretch> out;
  std::size_t done = 0;
  for (std::size_t at = 0; at + block <= text.size();) {
    const std::size_t from = at;
    while (at + block <= text.size() && text[at] == text[from] && is_one_byte(at)) {
      at += block;
    }
    if (at - from >= 2 * block) {
      out.push_back({done, from + repeat_kept});
      done = at - repeat_kept;
    }
    at += at == from ? block : 0;
  }
  out.push_back({done, text.size()});
  return out;
}

} // namespace sallyport::scan
