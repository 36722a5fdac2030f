// Memory as processes leave it: 58 % zeros, 4 % text, some of it identifiers, all invented.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace sallyport::bench {

class MadeUp {
public:
  explicit MadeUp(std::size_t size) : size_(size) {}

  Bytes bytes() {
    out_.reserve(size_ + page);
    while (out_.size() < size_) {
      const unsigned kind = below(100);
      kind < 32 ? fill(0) : kind < 41 ? noise() : kind < 54 ? code() : heap();
    }
    out_.resize(size_);
    return std::move(out_);
  }

private:
  static constexpr std::size_t page = 4096;

  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

  void fill(std::uint8_t byte) { out_.resize(out_.size() + page, byte); }

  void noise() {
    for (std::size_t i = 0; i < page; i += 8) {
      word(random_());
    }
  }

  // Bytes of machine code: some values are much more often than others.
  void code() {
    static constexpr std::uint8_t often[] = {0x48, 0x89, 0x8b, 0xe8, 0xff, 0x00, 0x0f, 0x24,
                                             0x4c, 0x83, 0x85, 0x74, 0xc3, 0x00, 0x00, 0x41};
    for (std::size_t i = 0; i < page; ++i) {
      const unsigned n = below(64);
      out_.push_back(n < 40 ? often[n % 16] : static_cast<std::uint8_t>(random_()));
    }
  }

  // Small numbers, pointers, empty slots, now and then a string.
  void heap() {
    const std::size_t until = out_.size() + page;
    while (out_.size() < until) {
      const unsigned kind = below(1000);
      if (kind < 290) {
        word(0);
      } else if (kind < 580) {
        word(below(4096));
      } else if (kind < 973) {
        word(0x00007f0000000000 + (random_() & 0xffffffffff8));
      } else {
        string();
      }
    }
    out_.resize(until);
  }

  void string() {
    static constexpr std::string_view words[] = {
        "error",   "GetTotal", "std::vector", "/usr/lib/x86_64-linux-gnu",
        "request", "operator", "handle",      "content",
        "http",    "value",    "Session",     "timeout",
        "12",      "buffer"};
    std::string text;
    for (unsigned n = 1 + below(6); n != 0; --n) {
      text += std::string(words[below(std::size(words))]) + (below(3) == 0 ? "_" : " ");
    }
    if (below(2500) == 0) {
      text += identifiers[below(std::size(identifiers))];
    }
    const bool wide = below(10) == 0;
    for (const char c : text) {
      out_.push_back(static_cast<std::uint8_t>(c));
      if (wide) {
        out_.push_back(0);
      }
    }
    out_.resize(out_.size() / 8 * 8 + 16);
  }

  void word(std::uint64_t value) {
    std::uint8_t raw[8];
    std::memcpy(raw, &value, 8);
    out_.insert(out_.end(), raw, raw + 8);
  }

  static constexpr std::string_view identifiers[] = {"mara.holt@northwind.example",
                                                     "4111 1111 1111 1111",
                                                     "GB82 WEST 1234 5698 7654 32",
                                                     "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
                                                     "192.0.2.77",
                                                     "password=Tr0ub4dor&3xY",
                                                     "bWFyYS5ob2x0QG5vcnRod2luZC5leGFtcGxl",
                                                     "6d6172612e686f6c74406e6f727468",
                                                     "+1 415 555 0132"};

  std::size_t size_;
  std::mt19937_64 random_{17};
  Bytes out_;
};

} // namespace sallyport::bench
