// Text is found 64 bytes at a time as it is found byte by byte.
#include "dump/runs.h"

#include "dump/runs_simd.h"
#include "dump/testing/corpus.h"

#include <algorithm>
#include <array>
#include <random>
#include <tuple>

using namespace sallyport;
using namespace sallyport::dump;
using namespace sallyport::dump::testing;

namespace {

using Find = void (*)(ByteView, std::uint64_t, const TakeRun&);

std::vector<TextRun> runs_of(Find find, ByteView bytes) {
  std::vector<TextRun> out;
  find(bytes, 7, [&](const TextRun& run) { out.push_back(run); });
  std::ranges::sort(out, {},
                    [](const TextRun& r) { return std::tuple(r.range.from(), r.range.until(), r.wide); });
  return out;
}

// In memory of its own size, so that a sanitiser sees a read behind it.
bool same(ByteView bytes) {
  const std::vector<std::uint8_t> own(bytes.begin(), bytes.end());
  return runs_of(find_runs, own) == runs_of(find_runs_by_byte, own);
}

// Bytes as dumps have them: zeros, pointers, text in both widths, characters whole and cut, noise.
std::vector<std::uint8_t> mixed(std::mt19937_64& random, std::size_t size) {
  static constexpr std::array<std::string_view, 8> texts = {
      "abcdefghijklmnop", "\xc3\xa9t\xc3\xa9", "\xe2\x82\xac 12", "\xf0\x9f\x98\x80",
      "\xc0\xaf",         "\xed\xa0\x80x",     "\xe2\x82",        "\t\r\n\x7f\x1f"};
  std::vector<std::uint8_t> out;
  while (out.size() < size) {
    const std::size_t length = 1 + random() % 40;
    switch (random() % 6) {
    case 0:
      out.insert(out.end(), random() % 300, 0);
      break;
    case 1:
      for (std::size_t i = 0; i < length; ++i) {
        out.push_back(static_cast<std::uint8_t>(random()));
      }
      break;
    case 2:
      for (std::size_t i = 0; i < length; ++i) {
        out.push_back(static_cast<std::uint8_t>('a' + i % 26));
      }
      break;
    case 3:
      for (std::size_t i = 0; i < length; ++i) {
        out.push_back(static_cast<std::uint8_t>(random()));
        out.push_back(std::array<std::uint8_t, 8>{0, 0, 0, 0, 1, 5, 0x20, 0xff}[random() % 8]);
      }
      break;
    default: {
      const std::string_view text = texts[random() % texts.size()];
      out.insert(out.end(), text.begin(), text.end());
    }
    }
  }
  out.resize(size);
  return out;
}

} // namespace

TEST_CASE("text at every place of a block and of every length to its neighbour is found alike") {
  if (!has_simd()) {
    return;
  }
  for (const std::string_view text :
       {"a", "abc", "abcd", "caf\xc3\xa9", "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
        "\xf0\x9f\x98\x80zzz"}) {
    for (std::size_t at = 0; at < 200; ++at) {
      for (const std::size_t behind : {0U, 1U, 2U, 3U, 70U}) {
        std::vector<std::uint8_t> bytes(at + text.size() + behind, 0);
        std::ranges::copy(text, bytes.begin() + static_cast<std::ptrdiff_t>(at));
        REQUIRE(same(bytes));
      }
    }
  }
  for (std::size_t units = 1; units < 80; ++units) {
    for (std::size_t at = 0; at < 130; ++at) {
      for (const std::size_t behind : {0U, 1U, 67U}) {
        std::vector<std::uint8_t> bytes(at + 2 * units + behind, 0xfe);
        for (std::size_t i = 0; i < units; ++i) {
          bytes[at + 2 * i] = 'w';
          bytes[at + 2 * i + 1] = 0;
        }
        REQUIRE(same(bytes));
      }
    }
  }
}

TEST_CASE("bytes as dumps have them are found alike from every place to every end") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 60; ++round) {
    const auto bytes = mixed(random, 700);
    for (std::size_t from = 0; from < 66; ++from) {
      REQUIRE(same(ByteView(bytes).subspan(from, 700 - from - random() % 130)));
    }
  }
  for (int round = 0; round < 20; ++round) {
    REQUIRE(same(mixed(random, 64 * 1024)));
  }
}

TEST_CASE("a unit of every two bytes, and a character of every lead and second byte, is found alike") {
  for (unsigned first = 0; first < 256; ++first) {
    std::vector<std::uint8_t> bytes;
    for (unsigned second = 0; second < 256; ++second) {
      for (int times = 0; times < 5; ++times) {
        bytes.push_back(static_cast<std::uint8_t>(first));
        bytes.push_back(static_cast<std::uint8_t>(second));
        bytes.push_back(static_cast<std::uint8_t>(second));
      }
      for (int times = 0; times < 5; ++times) {
        bytes.push_back(static_cast<std::uint8_t>(first));
        bytes.push_back(static_cast<std::uint8_t>(second));
      }
      bytes.insert(bytes.end(), {0x80, 0x80, 'x', 'x', 'x', 0xfe});
    }
    CAPTURE(first);
    REQUIRE(same(bytes));
  }
}

TEST_CASE("the shared dumps have the same text either way") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  for (const char* name : {"planted/victim.core.xz", "planted/victim.dmp"}) {
    const std::string file = read_dump(name);
    CHECK(same(as_bytes(file)));
  }
}
