// Finding many literals at once (Aho and Corasick, CACM 18(6), 1975), as a dense table over the
// bytes that occur in the words: one load per input byte, whatever the number of words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sallyport::scan {

class Automaton {
public:
  enum class Case { exact, ascii_folded }; // folded: the words are in lower case

  // Words are distinct and not empty.
  explicit Automaton(std::span<const std::string> words, Case letters = Case::exact);

  using State = std::uint32_t;
  static constexpr State start = 0;

  State step(State state, unsigned char byte) const { return next_[(state & ~ends_word) + class_[byte]]; }

  // Whether any word ends at `state`; then words() gives the index of each, longest first.
  static bool accepts(State state) { return (state & ends_word) != 0; }

  template <class F> void words(State state, F&& take) const {
    for (std::uint32_t node = (state & ~ends_word) / width_; node != 0; node = shorter_[node]) {
      if (word_[node] >= 0) {
        take(static_cast<std::size_t>(word_[node]));
      }
    }
  }

private:
  static constexpr State ends_word = State{1} << 31;

  std::array<std::uint8_t, 256> class_{}; // 0: occurs in no word
  std::uint32_t width_ = 1;
  std::vector<State> next_;            // node * width_ + class -> node * width_, with ends_word
  std::vector<std::int32_t> word_;     // of a node, or -1
  std::vector<std::uint32_t> shorter_; // the longest proper suffix that is a word, or 0
};

} // namespace sallyport::scan
