#include "scan/automaton.h"

#include "base/result.h"

namespace sallyport::scan {

Automaton::Automaton(std::span<const std::string> words, Case letters) {
  for (const std::string& word : words) {
    for (const char c : word) {
      std::uint8_t& id = class_[static_cast<unsigned char>(c)];
      if (id == 0) {
        id = static_cast<std::uint8_t>(width_++);
      }
    }
  }
  if (letters == Case::ascii_folded) {
    for (unsigned char c = 'A'; c <= 'Z'; ++c) {
      class_[c] = class_[c + ('a' - 'A')];
    }
  }

  // The trie; node 0 is its root, and 0 also says "no child yet".
  next_.assign(width_, 0);
  word_.assign(1, -1);
  for (std::size_t w = 0; w < words.size(); ++w) {
    std::uint32_t node = 0;
    for (const char c : words[w]) {
      const std::size_t edge = std::size_t{node} * width_ + class_[static_cast<unsigned char>(c)];
      if (next_[edge] == 0) {
        next_[edge] = static_cast<std::uint32_t>(word_.size());
        next_.resize(next_.size() + width_, 0);
        word_.push_back(-1);
      }
      node = next_[edge];
    }
    SP_ASSERT(node != 0 && word_[node] < 0);
    word_[node] = static_cast<std::int32_t>(w);
  }
  SP_ASSERT(next_.size() < ends_word);

  // Breadth first: a missing child becomes that of the longest suffix.
  std::vector<std::uint32_t> suffix(word_.size(), 0);
  shorter_.assign(word_.size(), 0);
  std::vector<std::uint32_t> queue{0};
  for (std::size_t at = 0; at < queue.size(); ++at) {
    const std::uint32_t node = queue[at];
    for (std::uint32_t c = 1; c < width_; ++c) {
      State& child = next_[std::size_t{node} * width_ + c];
      const State fallback = node == 0 ? 0 : next_[std::size_t{suffix[node]} * width_ + c];
      if (child == 0) {
        child = fallback;
        continue;
      }
      suffix[child] = fallback;
      shorter_[child] = word_[fallback] >= 0 ? fallback : shorter_[fallback];
      queue.push_back(child);
    }
  }
  for (State& node : next_) {
    const bool ends = word_[node] >= 0 || shorter_[node] != 0;
    node = node * width_ | (ends ? ends_word : 0);
  }
}

} // namespace sallyport::scan
