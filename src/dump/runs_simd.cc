#include "dump/runs_simd.h"

#include "base/result.h"

#include <algorithm>

#if defined(__x86_64__)

#include <bit>
#include <cstring>
#include <immintrin.h>

#define SP_AVX2 __attribute__((target("avx2,bmi,lzcnt")))
#define SP_INLINE inline __attribute__((always_inline))

namespace sallyport::dump {
namespace {

constexpr std::size_t block = 64;
constexpr std::size_t ahead = 3; // bytes behind a block that its masks depend on
constexpr std::uint64_t even = 0x5555555555555555;

// A bit for every byte of a block.
struct Masks {
  std::uint64_t narrow; // ASCII text, or the first byte of what may be a longer character of UTF-8
  std::uint64_t two;    // of those, where a character of two, three, four bytes begins
  std::uint64_t three;
  std::uint64_t four;
  std::uint64_t wide; // a unit of UTF-16 begins here
};

SP_AVX2 SP_INLINE __m256i load(const std::uint8_t* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

SP_AVX2 SP_INLINE __m256i all(unsigned byte) {
  return _mm256_set1_epi8(static_cast<char>(byte));
}

// Bytes from `low` to `high`, as unsigned numbers.
SP_AVX2 SP_INLINE __m256i between_bytes(__m256i bytes, unsigned low, unsigned high) {
  const __m256i moved = _mm256_sub_epi8(bytes, all(low));
  return _mm256_cmpeq_epi8(_mm256_min_epu8(moved, all(high - low)), moved);
}

SP_AVX2 SP_INLINE __m256i is_text(__m256i bytes) {
  const __m256i break_or_tab =
      _mm256_or_si256(between_bytes(bytes, '\t', '\n'), _mm256_cmpeq_epi8(bytes, all('\r')));
  return _mm256_or_si256(between_bytes(bytes, 0x20, 0x7e), break_or_tab);
}

// The same as is_wide_text() of runs.cc.
SP_AVX2 SP_INLINE __m256i is_unit(__m256i low, __m256i text, __m256i high) {
  const __m256i latin = _mm256_or_si256(text, between_bytes(low, 0xa0, 0xff));
  const __m256i sign = _mm256_or_si256(between_bytes(low, 0x0b, 0x15), between_bytes(low, 0x60, 0x64));
  const __m256i full = between_bytes(low, 0x00, 0x5e);
  const __m256i of_latin = _mm256_and_si256(_mm256_cmpeq_epi8(high, all(0)), latin);
  const __m256i of_sign = _mm256_and_si256(_mm256_cmpeq_epi8(high, all(0x20)), sign);
  const __m256i of_full = _mm256_and_si256(_mm256_cmpeq_epi8(high, all(0xff)), full);
  return _mm256_or_si256(_mm256_or_si256(of_latin, of_sign),
                         _mm256_or_si256(of_full, between_bytes(high, 1, 5)));
}

SP_AVX2 SP_INLINE std::uint64_t bits(__m256i first, __m256i second) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(first)) |
         static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(second))) << 32;
}

SP_AVX2 SP_INLINE std::uint64_t bits_between(const std::uint8_t* at, unsigned low, unsigned high) {
  return bits(between_bytes(load(at), low, high), between_bytes(load(at + 32), low, high));
}

SP_AVX2 SP_INLINE Masks masks_of(const std::uint8_t* at) {
  const __m256i first = load(at);
  const __m256i second = load(at + 32);
  const __m256i first_text = is_text(first);
  const __m256i second_text = is_text(second);
  Masks out{bits(first_text, second_text), 0, 0, 0,
            bits(is_unit(first, first_text, load(at + 1)), is_unit(second, second_text, load(at + 33)))};
  if (bits(first, second) != 0) { // there are bytes from 0x80 on
    const std::uint64_t second_byte = bits_between(at + 1, 0x80, 0xbf);
    if (second_byte != 0) {
      const std::uint64_t third_byte = second_byte & bits_between(at + 2, 0x80, 0xbf);
      const std::uint64_t fourth_byte = third_byte & bits_between(at + 3, 0x80, 0xbf);
      out.two = second_byte & bits_between(at, 0xc2, 0xdf);
      out.three = third_byte & bits_between(at, 0xe0, 0xef);
      out.four = fourth_byte & bits_between(at, 0xf0, 0xf4);
    }
  }
  return out;
}

// Where `length` set bits in a row begin in `mask`, which `next` goes on behind.
template <unsigned length> SP_INLINE std::uint64_t stretches(std::uint64_t mask, std::uint64_t next) {
  const auto step = [&](unsigned by) {
    mask &= mask >> by | next << (64 - by);
    next &= next >> by;
  };
  step(1);
  step(2);
  if (length == 8) {
    step(4);
  }
  return mask;
}

// Joins set bits of one word after another to runs of at least `length` bytes. A word is read when the next
// one is known, so that most words cost one comparison.
template <unsigned length> class Joiner {
public:
  bool idle() const { return word_ == 0 && !open(); }

  // `base` is that of the word before.
  template <class Emit> SP_INLINE void next(std::uint64_t word, std::size_t base, const Emit& emit) {
    const std::uint64_t begins = stretches<length>(word_, word);
    if (open() || begins != 0) [[unlikely]] {
      read(begins, base, emit);
    }
    word_ = word;
  }

private:
  bool open() const { return from_ != closed; }

  template <class Emit> void read(std::uint64_t begins, std::size_t base, const Emit& emit) {
    std::uint64_t mask = word_;
    if (open()) {
      if (mask == ~std::uint64_t{0}) {
        return;
      }
      const int size = std::countr_one(mask);
      emit(from_, base + static_cast<std::size_t>(size));
      from_ = closed;
      mask = mask >> size << size;
      begins = begins >> size << size;
    }
    while (begins != 0) {
      const int from = std::countr_zero(begins);
      const int until = from + std::countr_one(mask >> from);
      if (until == static_cast<int>(block)) {
        from_ = base + static_cast<std::size_t>(from);
        return;
      }
      emit(base + static_cast<std::size_t>(from), base + static_cast<std::size_t>(until));
      begins = begins >> until << until;
    }
  }

  static constexpr std::size_t closed = ~std::size_t{0};
  std::size_t from_ = closed; // of a run that goes on behind the word before
  std::uint64_t word_ = 0;
};

bool is_ascii(ByteView bytes) {
  std::uint8_t all_of = 0;
  for (const std::uint8_t byte : bytes) {
    all_of |= byte;
  }
  return all_of < 0x80;
}

class Runs {
public:
  Runs(ByteView bytes, std::uint64_t at, const TakeRun& take) : bytes_(bytes), at_(at), take_(take) {}

  SP_AVX2 void find() {
    std::size_t base = 0;
    for (; base + block + ahead <= bytes_.size(); base += block) {
      if (idle()) {
        base = behind_zeros(base);
        if (base + block + ahead > bytes_.size()) {
          break;
        }
      }
      word(masks_of(bytes_.data() + base), base);
    }
    for (; base < bytes_.size(); base += block) {
      last_word(base);
    }
    join(0, 0, base);         // for the last word
    join(0, 0, base + block); // and for a run that goes on to its end
  }

private:
  bool idle() const {
    return spill_ == 0 && odd_ == 0 && narrow_.idle() && even_runs_.idle() && odd_runs_.idle();
  }

  SP_AVX2 SP_INLINE std::size_t behind_zeros(std::size_t base) const {
    constexpr std::size_t step = 4 * block;
    const auto is_zero = [&](std::size_t at, std::size_t size) SP_AVX2 {
      __m256i any = all(0);
      for (std::size_t i = 0; i < size; i += 32) {
        any = _mm256_or_si256(any, load(bytes_.data() + at + i));
      }
      return _mm256_testz_si256(any, any) != 0;
    };
    while (base + step <= bytes_.size() && is_zero(base, step)) {
      base += step;
    }
    while (base + block <= bytes_.size() && is_zero(base, block)) {
      base += block;
    }
    return base;
  }

  SP_AVX2 void last_word(std::size_t base) {
    std::uint8_t padded[block + 32] = {};
    const std::size_t size = bytes_.size() - base;
    std::memcpy(padded, bytes_.data() + base, std::min(size, block + ahead));
    Masks masks = masks_of(padded);
    if (size <= block) {
      masks.wide &= (std::uint64_t{1} << (size - 1)) - 1; // the last byte has none behind it
    }
    word(masks, base);
  }

  SP_AVX2 SP_INLINE void word(const Masks& masks, std::size_t base) {
    std::uint64_t narrow = masks.narrow | spill_;
    spill_ = 0;
    if (const std::uint64_t longer = masks.two | masks.three | masks.four; longer != 0) {
      const std::uint64_t from_three = masks.three | masks.four;
      narrow |= longer | longer << 1 | from_three << 2 | masks.four << 3;
      spill_ = longer >> 63 | from_three >> 62 | masks.four >> 61;
    }
    join(narrow, masks.wide, base);
  }

  SP_INLINE void join(std::uint64_t narrow, std::uint64_t wide, std::size_t base) {
    const auto wide_run = [&](std::size_t from, std::size_t until) {
      take_({Range(at_ + from, until - from), true});
    };
    narrow_.next(narrow, base - block,
                 [&](std::size_t from, std::size_t until) { take_narrow(from, until); });
    const std::uint64_t at_even = wide & even;
    const std::uint64_t at_odd = wide & ~even;
    even_runs_.next(at_even | at_even << 1, base - block, wide_run);
    odd_runs_.next(at_odd | at_odd << 1 | odd_, base - block, wide_run);
    odd_ = at_odd >> 63;
  }

  // What looks like longer characters is read byte by byte: not all of it is UTF-8, and characters count.
  void take_narrow(std::size_t from, std::size_t until) {
    const ByteView run = bytes_.subspan(from, until - from);
    if (is_ascii(run)) {
      take_({Range(at_ + from, run.size()), false});
    } else {
      narrow_runs(run, at_ + from, take_);
    }
  }

  ByteView bytes_;
  std::uint64_t at_;
  const TakeRun& take_;
  std::uint64_t spill_ = 0; // characters of the last word that end in this one
  std::uint64_t odd_ = 0;   // likewise of units at odd places
  Joiner<run_characters_min> narrow_;
  Joiner<2 * run_characters_min> even_runs_;
  Joiner<2 * run_characters_min> odd_runs_;
};

static_assert(run_characters_min == 4, "stretches() counts in words of four bytes");

} // namespace

bool has_simd() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
         __builtin_cpu_supports("lzcnt") != 0;
}

void find_runs_simd(ByteView bytes, std::uint64_t at, const TakeRun& take) {
  SP_ASSERT(has_simd());
  Runs(bytes, at, take).find();
}

} // namespace sallyport::dump

#else

namespace sallyport::dump {

bool has_simd() {
  return false;
}

void find_runs_simd(ByteView, std::uint64_t, const TakeRun&) {
  SP_ASSERT(false);
}

} // namespace sallyport::dump

#endif
