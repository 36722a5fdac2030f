// Text in binary bytes: stretches of characters that are long enough to be read.
#pragma once

#include "base/bytes.h"
#include "dump/range.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sallyport::dump {

inline constexpr std::size_t run_characters_min = 4;

struct TextRun {
  Range range;       // of the file
  bool wide = false; // UTF-16, little-endian; big-endian Latin is the same but for where it begins
  bool operator==(const TextRun&) const = default;
};

using TakeRun = std::function<void(const TextRun&)>;

// Every run of ASCII and UTF-8 in `bytes`, and of UTF-16 at even and at odd places; those of one kind in
// order. `at` is where `bytes` stand in the file.
void find_runs(ByteView bytes, std::uint64_t at, const TakeRun& take);

// The same, a byte at a time: what find_runs() must find where it is faster.
void find_runs_by_byte(ByteView bytes, std::uint64_t at, const TakeRun& take);
void narrow_runs(ByteView bytes, std::uint64_t at, const TakeRun& take);

// A run as UTF-8, and where in the file what each of its bytes is made of begins, with one more entry for the
// end.
struct Spelled {
  std::string text;
  std::vector<std::uint64_t> origin;
};

Spelled spell(ByteView file, const TextRun& run);

// Only the text, behind what `out` has.
void append_spelled(ByteView file, const TextRun& run, std::string& out);

// Text of four bytes a character, as wchar_t has it on Linux: printable Latin characters, each with three
// zero bytes before the next, in either byte order and at any place. Of such stretches of six and more
// characters: from the first one's byte to the end of the last one's three.
inline constexpr std::uint64_t utf32_bytes = 4;
void find_utf32_runs(ByteView bytes, std::uint64_t from, const std::function<void(Range)>& take);

} // namespace sallyport::dump
