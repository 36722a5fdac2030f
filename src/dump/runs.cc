#include "dump/runs.h"

#include "dump/cursor.h"
#include "dump/runs_simd.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace sallyport::dump {
namespace {

constexpr bool printable(std::uint8_t c) {
  return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

constexpr auto is_ascii_text = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < table.size(); ++c) {
    table[c] = printable(static_cast<std::uint8_t>(c));
  }
  return table;
}();

// The bytes of the character of UTF-8 at the front; 0 where there is none that is longer than one byte.
std::size_t longer_character(ByteView bytes) {
  const std::uint8_t first = bytes.front();
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < size) {
    return 0;
  }
  return is_utf8(as_text(bytes.first(size))) ? size : 0;
}

// What names and tokens are made of; nearly any two bytes are some character.
constexpr bool is_wide_text(std::uint8_t low, std::uint8_t high) {
  if (high == 0) {
    return printable(low) || low >= 0xa0;
  }
  if (high == 0x20) {
    return (low >= 0x0b && low <= 0x15) || (low >= 0x60 && low <= 0x64); // dashes, invisible ones
  }
  return high < 6 || (high == 0xff && low <= 0x5e); // full-width forms
}

void wide_runs(ByteView bytes, std::size_t phase, std::uint64_t at, const TakeRun& take) {
  for (std::size_t i = phase; i + 1 < bytes.size(); i += 2) {
    const std::size_t from = i;
    while (i + 1 < bytes.size() && is_wide_text(bytes[i], bytes[i + 1])) {
      i += 2;
    }
    if (i - from >= 2 * run_characters_min) {
      take({Range(at + from, i - from), true});
    }
  }
}

void append_utf8(std::string& out, unsigned c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  if (c >= 0x800) {
    out += static_cast<char>(0xe0 | (c >> 12));
  }
  out += static_cast<char>(c >= 0x800 ? 0x80 | ((c >> 6) & 0x3f) : 0xc0 | (c >> 6));
  out += static_cast<char>(0x80 | (c & 0x3f));
}

} // namespace

void narrow_runs(ByteView bytes, std::uint64_t at, const TakeRun& take) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t from = i;
    std::size_t characters = 0;
    while (i < bytes.size()) {
      const std::size_t size = is_ascii_text[bytes[i]] ? 1
                               : bytes[i] < 0x80       ? 0
                                                       : longer_character(bytes.subspan(i));
      if (size == 0) {
        break;
      }
      i += size;
      ++characters;
    }
    if (characters >= run_characters_min) {
      take({Range(at + from, i - from), false});
    }
    ++i;
  }
}

void find_runs_by_byte(ByteView bytes, std::uint64_t at, const TakeRun& take) {
  narrow_runs(bytes, at, take);
  wide_runs(bytes, 0, at, take);
  wide_runs(bytes, 1, at, take);
}

void find_runs(ByteView bytes, std::uint64_t at, const TakeRun& take) {
  static const bool fast = has_simd();
  fast ? find_runs_simd(bytes, at, take) : find_runs_by_byte(bytes, at, take);
}

Spelled spell(ByteView file, const TextRun& run) {
  const ByteView bytes = slice(file, run.range);
  Spelled out;
  const std::size_t step = run.wide ? 2 : 1;
  for (std::size_t i = 0; i + step <= bytes.size(); i += step) {
    if (run.wide) {
      append_utf8(out.text, bytes[i] | static_cast<unsigned>(bytes[i + 1]) << 8);
    } else {
      out.text += static_cast<char>(bytes[i]);
    }
    out.origin.resize(out.text.size(), run.range.from() + i);
  }
  out.origin.push_back(run.range.until());
  return out;
}

void append_spelled(ByteView file, const TextRun& run, std::string& out) {
  const ByteView bytes = slice(file, run.range);
  if (!run.wide) {
    out += as_text(bytes);
    return;
  }
  for (std::size_t i = 0; i + 2 <= bytes.size(); i += 2) {
    append_utf8(out, bytes[i] | static_cast<unsigned>(bytes[i + 1]) << 8);
  }
}

void find_utf32_runs(ByteView bytes, std::uint64_t from, const std::function<void(Range)>& take) {
  constexpr std::size_t characters_min = 6;
  constexpr std::size_t step = 8; // a stretch of so many characters has two whole such words at least
  constexpr std::size_t width = utf32_bytes;
  const auto is_character = [&](std::size_t at) {
    const std::uint8_t c = bytes[at];
    const bool latin = (c >= 0x20 && c < 0x7f) || c >= 0xa0 || c == '\n' || c == '\t' || c == '\r';
    return latin && bytes[at + 1] == 0 && bytes[at + 2] == 0 && bytes[at + 3] == 0;
  };
  std::size_t done = 0;
  for (std::size_t at = 0; at + step <= bytes.size(); at += step) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, step);
    // Every other byte is zero, but not all of them: which few words are.
    const bool even = (word & 0x00ff00ff00ff00ffULL) == 0;
    const bool odd = (word & 0xff00ff00ff00ff00ULL) == 0;
    if (even == odd) {
      continue;
    }
    const auto both =
        static_cast<std::uint32_t>(word | word >> 32); // each half has its character at one place
    if ((both & 0xffffff00U) != 0 && (both & 0xffff00ffU) != 0 && (both & 0xff00ffffU) != 0 &&
        (both & 0x00ffffffU) != 0) {
      continue;
    }
    const auto phase = static_cast<std::size_t>(std::countr_zero(both)) / 8;
    if (at + phase < done) {
      continue;
    }
    std::size_t first = at + phase;
    while (first >= done + width && is_character(first - width)) {
      first -= width;
    }
    std::size_t until = first;
    while (until + width <= bytes.size() && is_character(until)) {
      until += width;
    }
    if (until - first >= characters_min * width) {
      take(Range(from + first, until - first));
    }
    done = std::max(until, at);
  }
}

} // namespace sallyport::dump
