// Which characters stand where in a text, as one bit for each byte: what is read only where it can begin
// needs to look at no other place.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sallyport::scan {

// One class of characters.
class Bits {
public:
  explicit Bits(std::size_t bytes) : words_(bytes / 64 + 3) {}

  std::size_t words() const { return words_.size() - 2; }

  void set(std::size_t word, std::uint64_t bits) { words_[word + 1] = bits; }

  // The bits of a word; those of the places `by` behind them.
  std::uint64_t at(std::size_t word) const { return words_[word + 1]; }

  std::uint64_t behind(std::size_t word, unsigned by) const {
    return words_[word + 1] >> by | words_[word + 2] << (64 - by);
  }

  // Of the places right before them. Before the text stands nothing.
  std::uint64_t before(std::size_t word) const { return words_[word + 1] << 1 | words_[word] >> 63; }

  // Where the next set bit is, or the next that is not, at or after `from`.
  std::size_t next(std::size_t from, std::size_t none) const { return find(from, 0, none); }

  std::size_t next_unset(std::size_t from, std::size_t none) const {
    return find(from, ~std::uint64_t{0}, none);
  }

private:
  std::size_t find(std::size_t from, std::uint64_t flip, std::size_t none) const {
    if (from >= none) {
      return none;
    }
    std::size_t word = from / 64;
    std::uint64_t rest = (at(word) ^ flip) >> (from % 64) << (from % 64);
    while (rest == 0) {
      if (++word * 64 >= none) {
        return none;
      }
      rest = at(word) ^ flip;
    }
    const std::size_t found = word * 64 + static_cast<std::size_t>(std::countr_zero(rest));
    return found < none ? found : none;
  }

  std::vector<std::uint64_t> words_; // one of zeros on each side
};

struct Signs {
  explicit Signs(std::size_t bytes)
      : digit(bytes), upper(bytes), hex(bytes), alnum(bytes), base64(bytes), plus(bytes), dash(bytes),
        dot(bytes), colon(bytes), space(bytes), nul(bytes), upper_half(bytes) {}

  Bits digit;
  Bits upper;
  Bits hex;
  Bits alnum;
  Bits base64; // of both alphabets
  Bits plus;
  Bits dash;
  Bits dot;
  Bits colon;
  Bits space;
  Bits nul;
  Bits upper_half; // of a character of two bytes that Decoder::is_unit() takes: below 6, 0x20 or 0xFF
};

Signs signs_of(std::string_view text);

// The same, a byte at a time: what signs_of() must see where it is faster.
Signs signs_by_byte(std::string_view text);

// Calls `visit(place)` for every bit of `bits(word)`, in order, until it returns false.
template <class BitsOf, class Visit> void for_places(std::size_t words, BitsOf&& bits, Visit&& visit) {
  for (std::size_t word = 0; word < words; ++word) {
    for (std::uint64_t left = bits(word); left != 0; left &= left - 1) {
      if (!visit(word * 64 + static_cast<std::size_t>(std::countr_zero(left)))) {
        return;
      }
    }
  }
}

} // namespace sallyport::scan
