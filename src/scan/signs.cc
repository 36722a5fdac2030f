#include "scan/signs.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sallyport::scan {
namespace {

constexpr std::size_t block = 64;

bool within(char c, char low, char high) {
  return c >= low && c <= high;
}

#if defined(__x86_64__)
#define SP_AVX2 __attribute__((target("avx2"), always_inline)) inline

struct Block {
  __m256i first;
  __m256i second;
};

SP_AVX2 __m256i all(char byte) {
  return _mm256_set1_epi8(byte);
}

SP_AVX2 std::uint64_t bits(__m256i first, __m256i second) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(first)) |
         static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(second))) << 32;
}

SP_AVX2 std::uint64_t equal(const Block& bytes, char c) {
  return bits(_mm256_cmpeq_epi8(bytes.first, all(c)), _mm256_cmpeq_epi8(bytes.second, all(c)));
}

SP_AVX2 __m256i in_range(__m256i bytes, char low, char high) {
  const __m256i moved = _mm256_sub_epi8(bytes, all(low));
  return _mm256_cmpeq_epi8(_mm256_min_epu8(moved, all(static_cast<char>(high - low))), moved);
}

SP_AVX2 std::uint64_t range(const Block& bytes, char low, char high) {
  return bits(in_range(bytes.first, low, high), in_range(bytes.second, low, high));
}

__attribute__((target("avx2"))) void set_block(Signs& signs, std::size_t word, const char* at) {
  const Block bytes{_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)),
                    _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 32))};
  const Block lower{_mm256_or_si256(bytes.first, all(0x20)), _mm256_or_si256(bytes.second, all(0x20))};
  const std::uint64_t digit = range(bytes, '0', '9');
  const std::uint64_t alnum = digit | range(lower, 'a', 'z');
  const std::uint64_t plus = equal(bytes, '+');
  const std::uint64_t dash = equal(bytes, '-');
  signs.digit.set(word, digit);
  signs.upper.set(word, range(bytes, 'A', 'Z'));
  signs.hex.set(word, digit | range(lower, 'a', 'f'));
  signs.alnum.set(word, alnum);
  signs.base64.set(word, alnum | plus | dash | equal(bytes, '/') | equal(bytes, '_'));
  signs.plus.set(word, plus);
  signs.dash.set(word, dash);
  signs.dot.set(word, equal(bytes, '.'));
  signs.colon.set(word, equal(bytes, ':'));
  const std::uint64_t space = equal(bytes, ' ');
  signs.space.set(word, space);
  signs.nul.set(word, equal(bytes, '\0'));
  signs.upper_half.set(word, range(bytes, '\0', '\5') | space | equal(bytes, '\xFF'));
}
#endif

void set_by_byte(Signs& signs, std::size_t word, std::string_view bytes) {
  const auto set = [&](Bits& of, auto&& belongs) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      out |= std::uint64_t{belongs(bytes[i])} << i;
    }
    of.set(word, out);
  };
  const auto is = [](char sign) { return [sign](char c) { return c == sign; }; };
  const auto digit = [](char c) { return within(c, '0', '9'); };
  const auto alnum = [=](char c) { return digit(c) || within(c, 'a', 'z') || within(c, 'A', 'Z'); };
  set(signs.digit, digit);
  set(signs.upper, [](char c) { return within(c, 'A', 'Z'); });
  set(signs.hex, [=](char c) { return digit(c) || within(c, 'a', 'f') || within(c, 'A', 'F'); });
  set(signs.alnum, alnum);
  set(signs.base64, [=](char c) { return alnum(c) || c == '+' || c == '/' || c == '-' || c == '_'; });
  set(signs.plus, is('+'));
  set(signs.dash, is('-'));
  set(signs.dot, is('.'));
  set(signs.colon, is(':'));
  set(signs.space, is(' '));
  set(signs.nul, is('\0'));
  set(signs.upper_half, [](char c) { return within(c, '\0', '\5') || c == ' ' || c == '\xFF'; });
}

} // namespace

Signs signs_by_byte(std::string_view text) {
  Signs out(text.size());
  for (std::size_t at = 0; at < text.size(); at += block) {
    set_by_byte(out, at / block, text.substr(at, block));
  }
  return out;
}

Signs signs_of(std::string_view text) {
#if defined(__x86_64__)
  static const bool fast = __builtin_cpu_supports("avx2") != 0;
  if (fast) {
    Signs out(text.size());
    std::size_t at = 0;
    for (; at + block <= text.size(); at += block) {
      set_block(out, at / block, text.data() + at);
    }
    if (at < text.size()) {
      char padded[block];
      std::memset(padded, 0x80, block); // of no class
      std::memcpy(padded, text.data() + at, text.size() - at);
      set_block(out, at / block, padded);
    }
    return out;
  }
#endif
  return signs_by_byte(text);
}

} // namespace sallyport::scan
