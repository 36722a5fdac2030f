// What is found at the places that a fast pass names is what a pass over every byte finds.
#include "base/bytes.h"
#include "base/testing/shared_data.h"
#include "scan/broken.h"
#include "scan/decode.h"
#include "scan/inflate.h"
#include "scan/literals.h"
#include "scan/numbers.h"
#include "scan/patterns.h"
#include "scan/signs.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace sallyport;
using namespace sallyport::scan;

namespace {

// Pieces of everything that a rule reads, whole and cut, put together at random: what stands beside what
// decides where something begins.
std::string pieced(std::mt19937_64& random, std::size_t size) {
  static constexpr std::array<std::string_view, 62> pieces = {
      "4111 1111 1111 1111",
      "4111111111111111",
      "378282246310005",
      "GB82WEST12345698765432",
      "GB82 WEST 1234 5698 7654 32",
      "192.0.2.77",
      "10.1.2.3",
      "2001:db8::1",
      "fe80::1:2",
      "a::b:c",
      "::ffff:192.0.2.1",
      "00:1b:44:11:3a:b7",
      "00-1b-44-11-3a-b7",
      "001b.4411.3ab7",
      "35-209900-176148-1",
      "+1 415 555 0132",
      "+4915112345678",
      "078-05-1120",
      "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
      "12",
      "345",
      "6789",
      "1234567890123456789",
      "abcd",
      "deadbeef",
      "F",
      "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
      "ghp_16C7e42F2 92c6912E7710 c838347Ae178B4a",
      "g h p _ 1 6 C 7",
      "AKIA",
      "AKIAIOSFODNN7EXAMPLQ",
      "A.K.I.A.IOSFODNN7EXAMPLQ",
      "-----BEGIN RSA PRIVATE KEY-----",
      "-----BEGIN RSA\nPRIVATE KEY-----",
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
      "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
      "password=Tr0ub4dor&3xY",
      "PassWord: \"q9Zx7Kw2\"",
      "Cookie: session=8f3e1c2d9b",
      "mara.holt@northwind.example",
      "https://user:hunter22@host",
      "/home/mara/x",
      "C:\\Users\\mara\\x",
      "/etc/shadow",
      "Bearer abcdEFGH1234ijkl5678",
      " ",
      " ",
      "-",
      "-",
      ".",
      ":",
      "::",
      "+",
      "_",
      "@",
      "\n",
      "\xff",
      "x",
      "z",
      "Q",
      "\xc3\xa9",
      "\t"};
  std::string out;
  while (out.size() < size) {
    std::string piece(pieces[random() % pieces.size()]);
    if (random() % 4 == 0) {
      piece.resize(1 + random() % piece.size());
    }
    if (random() % 8 == 0) {
      piece[random() % piece.size()] = static_cast<char>(random());
    }
    out += piece;
    if (random() % 3 == 0) {
      out += ' ';
    }
  }
  out.resize(size);
  return out;
}

using Found = std::vector<std::tuple<std::string_view, std::size_t, std::size_t, Confidence, std::string>>;

template <class Find> Found found(Find&& find) {
  Found out;
  find([&](const Match& m) {
    out.emplace_back(m.rule->id, m.from, m.until, m.confidence, std::string(m.value));
  });
  std::ranges::sort(out);
  return out;
}

struct Counted {
  std::size_t numbers = 0;
  std::size_t broken = 0;
  std::size_t patterns = 0;
};

// In memory of its own size, so that a sanitiser sees a read behind it.
void check_alike(std::string_view of, Counted& counted) {
  const std::vector<char> own(of.begin(), of.end());
  const std::string_view text(own.data(), own.size());
  const Budgets budgets;
  Spent fast;
  Spent slow;
  const Found numbers = found([&](const TakeMatch& take) { find_numbers(text, take); });
  REQUIRE(numbers == found([&](const TakeMatch& take) { find_numbers_by_byte(text, take); }));
  const Found broken = found([&](const TakeMatch& take) { find_broken(text, budgets, fast, take); });
  REQUIRE(broken == found([&](const TakeMatch& take) { find_broken_by_byte(text, budgets, slow, take); }));
  const Found patterns = found([&](const TakeMatch& take) { find_patterns(text, budgets, fast, take); });
  REQUIRE(patterns ==
          found([&](const TakeMatch& take) { find_patterns_by_byte(text, budgets, slow, take); }));
  counted.numbers += numbers.size();
  counted.broken += broken.size();
  counted.patterns += patterns.size();
}

// Every stretch of characters of `width` bytes, read at every place of a text.
using Wide = std::vector<std::tuple<Encoding, std::size_t, std::size_t>>;

void read_wide(std::string_view text, std::size_t width, bool big, Encoding encoding, Wide& out) {
  const auto character = [&](std::size_t at) {
    std::uint32_t c = 0;
    for (std::size_t i = 0; i < width; ++i) {
      c = c << 8 | static_cast<unsigned char>(text[big ? at + i : at + width - 1 - i]);
    }
    return c;
  };
  const auto taken = [&](std::uint32_t c) {
    const bool latin = c < 0x100 && ((c >= 0x20 && c < 0x7F) || c >= 0xA0 || c == 9 || c == 10 || c == 13);
    const bool further = width == 4 ? c >= 0x100 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF)
                                    : (c >= 0x100 && c < 0x600) || (c >= 0x200B && c <= 0x2015) ||
                                          (c >= 0x2060 && c <= 0x2064) || (c >= 0xFF00 && c <= 0xFF5E);
    return latin || further;
  };
  for (std::size_t phase = 0; phase < width; ++phase) {
    for (std::size_t from = phase; from + width <= text.size(); from += width) {
      std::size_t until = from;
      std::uint32_t any = 0;
      for (; until + width <= text.size() && taken(character(until)); until += width) {
        any |= character(until);
      }
      const std::string_view behind = text.substr(until, width - 1);
      const bool also_little = big && any < 0x100 && behind == std::string(width - 1, '\0');
      if (until - from >= 4 * width && !also_little) {
        out.emplace_back(encoding, from, until);
      }
      from = until;
    }
  }
}

bool same(const Bits& a, const Bits& b) {
  if (a.words() != b.words()) {
    return false;
  }
  for (std::size_t word = 0; word < a.words(); ++word) {
    if (a.at(word) != b.at(word)) {
      return false;
    }
  }
  return true;
}

} // namespace

TEST_CASE("every sign is seen at every place of a block and at every end of a text") {
  std::string all;
  for (int c = 0; c < 256; ++c) {
    all += static_cast<char>(c);
  }
  all += all;
  for (std::size_t from = 0; from < 256; ++from) {
    for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 63U, 64U, 65U, 127U, 128U, 200U, 256U}) {
      const std::vector<char> own(all.begin() + static_cast<std::ptrdiff_t>(from),
                                  all.begin() + static_cast<std::ptrdiff_t>(from + size));
      const Signs fast = signs_of({own.data(), own.size()});
      const Signs slow = signs_by_byte({own.data(), own.size()});
      for (const auto of :
           {&Signs::digit, &Signs::upper, &Signs::hex, &Signs::alnum, &Signs::base64, &Signs::plus,
            &Signs::dash, &Signs::dot, &Signs::colon, &Signs::space, &Signs::nul, &Signs::upper_half}) {
        REQUIRE(same(fast.*of, slow.*of));
      }
    }
  }
}

TEST_CASE("bits are found one behind the other, to the end and no further") {
  Bits bits(130);
  bits.set(0, std::uint64_t{1} << 63);
  bits.set(2, 0b11);
  CHECK(bits.next(0, 130) == 63);
  CHECK(bits.next(64, 130) == 128);
  CHECK(bits.next(64, 128) == 128);
  CHECK(bits.next_unset(128, 130) == 130);
  CHECK(bits.next_unset(63, 130) == 64);
  CHECK(bits.before(1) == 1);
  CHECK(bits.behind(1, 1) == std::uint64_t{1} << 63);
}

TEST_CASE("what can begin at any place of a text is found from every place to every end") {
  std::mt19937_64 random(23);
  Counted counted;
  for (int round = 0; round < 40; ++round) {
    const std::string text = pieced(random, 400);
    for (std::size_t from = 0; from < 66; from += 1 + random() % 2) {
      check_alike(std::string_view(text).substr(from, 400 - from - random() % 100), counted);
    }
  }
  for (int round = 0; round < 20; ++round) {
    check_alike(pieced(random, 16 * 1024), counted);
  }
  CHECK(counted.numbers > 1000);
  CHECK(counted.broken > 100);
  CHECK(counted.patterns > 1000);
}

TEST_CASE("text of two and four bytes a character is found from every place to every end") {
  std::mt19937_64 random(29);
  std::size_t runs = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text(1, '\1'); // without a low byte nothing is read
    while (text.size() < 300) {
      const std::size_t width = 1U << random() % 3;
      const bool big = random() % 2 == 0;
      for (std::size_t left = random() % 9; left > 0; --left) {
        std::uint32_t c = random() % 8 == 0 ? static_cast<std::uint32_t>(random() >> 44) : 'a' + left;
        c = random() % 16 == 0 ? std::array{0x2060U, 0xFF21U, 0x5FFU, 0x200DU}[random() % 4] : c;
        for (std::size_t i = 0; i < width; ++i) {
          text += static_cast<char>(c >> 8 * (big ? width - 1 - i : i));
        }
      }
      text.append(random() % 3, "\0\xff\x7f "[random() % 4]);
    }
    Wide expected;
    read_wide(text, 2, false, Encoding::utf16le, expected);
    read_wide(text, 2, true, Encoding::utf16be, expected);
    read_wide(text, 4, false, Encoding::utf32le, expected);
    read_wide(text, 4, true, Encoding::utf32be, expected);
    Wide seen;
    Spent spent;
    decode_runs(text, {}, spent, [&](const Run& run) {
      if (is_wide(run.encoding)) {
        seen.emplace_back(run.encoding, run.from, run.until);
      }
    });
    std::ranges::sort(expected);
    std::ranges::sort(seen);
    REQUIRE(seen == expected);
    runs += seen.size();
  }
  CHECK(runs > 2000);
}

TEST_CASE("the shared cases are found alike at every alignment") {
  SP_SKIP_WITHOUT_SHARED_DATA("pii_cases.tsv.gz");
  gzFile file = gzopen(sallyport::testing::shared_data("pii_cases.tsv.gz").c_str(), "rb");
  REQUIRE(file != nullptr);
  std::string text(1 << 20, '\0');
  const int size = gzread(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  REQUIRE(size > 0);
  text.resize(static_cast<std::size_t>(size));
  Counted counted;
  for (std::size_t before = 0; before < 64; ++before) {
    check_alike(std::string(before, ' ') + text, counted);
  }
  CHECK(counted.numbers > 64 * 10);
  CHECK(counted.patterns > 64 * 10);
}

TEST_CASE("the beginning of a compressed stream is seen at every place") {
  for (const std::string_view magic :
       {"\x1f\x8b", "PK", "\x28\xb5", "\x78\x01", "\x78\x5e", "\x78\x9c", "\x78\xda"}) {
    for (std::size_t at = 0; at < 70; ++at) {
      for (const std::size_t behind : {0U, 1U, 40U}) {
        std::vector<char> bytes(at + magic.size() + behind, 'P');
        std::ranges::copy(magic, bytes.begin() + static_cast<std::ptrdiff_t>(at));
        const std::string_view text(bytes.data(), bytes.size());
        CHECK(next_magic(text, 0) == at);
        CHECK(next_magic(text, at + 1) == next_magic_by_byte(text, at + 1));
      }
    }
  }
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string bytes;
    while (bytes.size() < 300) {
      bytes += std::string_view("\x1f\x8b\x78\x01\x5e\x9c\xdaPK\x28\xb5xx")[random() % 13];
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      REQUIRE(next_magic(bytes, at) == next_magic_by_byte(bytes, at));
    }
  }
}

TEST_CASE("words are found in any case, also where one is in another") {
  const std::vector<std::string> words{"@", "sid", "session", "sessionid=", "lat", "late"};
  const Literals literals(words);
  std::vector<std::pair<std::size_t, std::size_t>> fast;
  std::vector<std::pair<std::size_t, std::size_t>> slow;
  const std::string text = "SESSIONID= a@b Sid LATE later\xff"
                           "sid";
  literals.find(text,
                [&](std::size_t word, std::size_t until) { return fast.emplace_back(until, word), true; });
  literals.find_by_byte(
      text, [&](std::size_t word, std::size_t until) { return slow.emplace_back(until, word), true; });
  std::ranges::sort(fast);
  std::ranges::sort(slow);
  CHECK(fast == slow);
  CHECK(fast.size() == 9);
}
