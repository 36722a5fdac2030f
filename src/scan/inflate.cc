#include "scan/inflate.h"

#include "base/result.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>
#include <optional>

#if defined(__x86_64__)
#include <bit>
#include <immintrin.h>
#endif

namespace sallyport::scan {
namespace {

struct Start {
  Encoding encoding;
  std::size_t header; // bytes before what inflate reads
  int window_bits;    // zlib's: 15 zlib, 31 gzip, -15 raw; not of zstd
};

std::size_t little16(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]) + 256U * static_cast<unsigned char>(bytes[at + 1]);
}

std::optional<Start> start_of(std::string_view bytes) {
  if (bytes.size() < 8) {
    return {};
  }
  if (bytes.starts_with("\x28\xb5\x2f\xfd")) {
    return Start{Encoding::zstd, 0, 0};
  }
  if (bytes.starts_with("\x1f\x8b\x08")) {
    return Start{Encoding::gzip, 0, 31};
  }
  // CMF 0x78 (deflate, 32 KiB window) and the FLG bytes that libraries write (RFC 1950 section 2.2).
  if (bytes[0] == '\x78' &&
      (bytes[1] == '\x01' || bytes[1] == '\x5e' || bytes[1] == '\x9c' || bytes[1] == '\xda')) {
    return Start{Encoding::zlib, 0, 15};
  }
  // PKWARE APPNOTE 4.3.7: method at 8, name and extra lengths at 26.
  if (bytes.size() > 30 && bytes.starts_with("PK\x03\x04") && little16(bytes, 8) == 8) {
    const std::size_t header = 30 + little16(bytes, 26) + little16(bytes, 28);
    if (header < bytes.size()) {
      return Start{Encoding::zip, header, -15};
    }
  }
  return {};
}

struct Outcome {
  std::size_t consumed;
  bool whole;           // the stream came to its end
  bool full;            // `limit` was reached
  bool refused = false; // it asks for more than is given here, and others may read it
};

class Inflater {
public:
  Inflater() { SP_ASSERT(inflateInit2(&stream_, 15) == Z_OK); }

  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  ~Inflater() { inflateEnd(&stream_); }

  // Appends at most `limit` bytes; what came out before a fault counts.
  Outcome run(std::string_view in, int window_bits, std::size_t limit, std::string& out) {
    SP_ASSERT(inflateReset2(&stream_, window_bits) == Z_OK);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(in.size(), UINT32_MAX));
    const auto given = stream_.avail_in;
    int status = Z_OK;
    while (status == Z_OK && out.size() < limit) {
      const std::size_t before = out.size();
      out.resize(std::min(limit, std::max<std::size_t>(4096, before * 2)));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream_.avail_out = static_cast<uInt>(out.size() - before);
      status = inflate(&stream_, Z_SYNC_FLUSH);
      out.resize(out.size() - stream_.avail_out);
      if (out.size() == before) {
        break;
      }
    }
    return {given - stream_.avail_in, status == Z_STREAM_END, status == Z_OK && out.size() >= limit};
  }

private:
  z_stream stream_{};
};

class Unzstd {
public:
  Unzstd() : stream_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
    constexpr int window_log_max = 23; // 8 MiB: what levels up to 19 ask for
    SP_ASSERT(stream_ != nullptr);
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, window_log_max);
  }

  // As Inflater::run(); of a block that is cut off nothing comes out.
  Outcome run(std::string_view in, std::size_t limit, std::string& out) {
    ZSTD_DCtx_reset(stream_.get(), ZSTD_reset_session_only);
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    while (out.size() < limit) {
      const std::size_t before = out.size();
      const std::size_t read_before = from.pos;
      out.resize(std::min(limit, std::max(ZSTD_DStreamOutSize(), before * 2)));
      ZSTD_outBuffer to{out.data(), out.size(), before};
      const std::size_t left = ZSTD_decompressStream(stream_.get(), &to, &from);
      out.resize(to.pos);
      if (left == 0) {
        return {from.pos, true, false};
      }
      if (ZSTD_isError(left) != 0) {
        const ZSTD_ErrorCode code = ZSTD_getErrorCode(left);
        return {from.pos, false, false,
                code == ZSTD_error_frameParameter_windowTooLarge || code == ZSTD_error_dictionary_wrong};
      }
      if (out.size() == before && from.pos == read_before) {
        return {from.pos, false, false};
      }
    }
    return {from.pos, false, true};
  }

private:
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> stream_;
};

constexpr bool is_magic(char first, char second) {
  return (first == '\x1f' && second == '\x8b') || (first == 'P' && second == 'K') ||
         (first == '\x28' && second == '\xb5') ||
         (first == '\x78' && (second == '\x01' || second == '\x5e' || second == '\x9c' || second == '\xda'));
}

#if defined(__x86_64__)
__attribute__((target("avx2"), always_inline)) inline __m256i is(__m256i value, char byte) {
  return _mm256_cmpeq_epi8(value, _mm256_set1_epi8(byte));
}

// Up to the last whole 32 places that have a byte behind them; where it stopped, when there is no magic.
__attribute__((target("avx2"))) std::size_t next_magic_simd(std::string_view bytes, std::size_t at) {
  for (; at + 33 <= bytes.size(); at += 32) {
    const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes.data() + at));
    const __m256i second = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes.data() + at + 1));
    const __m256i low = _mm256_or_si256(is(second, '\x01'), is(second, '\x5e'));
    const __m256i flag = _mm256_or_si256(low, _mm256_or_si256(is(second, '\x9c'), is(second, '\xda')));
    const __m256i gzip = _mm256_and_si256(is(first, '\x1f'), is(second, '\x8b'));
    const __m256i zlib = _mm256_and_si256(is(first, '\x78'), flag);
    const __m256i zip = _mm256_and_si256(is(first, 'P'), is(second, 'K'));
    const __m256i zstd = _mm256_and_si256(is(first, '\x28'), is(second, '\xb5'));
    const __m256i any = _mm256_or_si256(_mm256_or_si256(gzip, zlib), _mm256_or_si256(zip, zstd));
    if (const auto mask = static_cast<std::uint32_t>(_mm256_movemask_epi8(any)); mask != 0) {
      return at + static_cast<std::size_t>(std::countr_zero(mask));
    }
  }
  return at;
}
#endif

} // namespace

std::size_t next_magic_by_byte(std::string_view bytes, std::size_t at) {
  for (; at + 1 < bytes.size(); ++at) {
    if (is_magic(bytes[at], bytes[at + 1])) {
      return at;
    }
  }
  return bytes.size();
}

std::size_t next_magic(std::string_view bytes, std::size_t at) {
#if defined(__x86_64__)
  static const bool fast = __builtin_cpu_supports("avx2") != 0;
  if (fast) {
    at = next_magic_simd(bytes, at);
  }
#endif
  return next_magic_by_byte(bytes, at);
}

bool looks_compressed(std::string_view bytes) {
  return start_of(bytes).has_value();
}

void inflate_runs(std::string_view layer, const Budgets& budgets, Spent& spent,
                  const std::function<bool(const Run&)>& take, std::size_t starts) {
  constexpr std::size_t fragment_min = 16; // less from a damaged stream is noise
  std::optional<Inflater> inflater;
  std::optional<Unzstd> unzstd;
  std::string out;
  for (std::size_t at = next_magic(layer, 0); at < std::min(starts, layer.size());
       at = next_magic(layer, at)) {
    const auto start = start_of(layer.substr(at));
    if (!start) {
      ++at;
      continue;
    }
    if (spent.inflate_starts >= budgets.inflate_starts || spent.decoded_bytes >= budgets.decoded_bytes) {
      spent.decoding_ended = true;
      return;
    }
    ++spent.inflate_starts;
    const std::string_view in = layer.substr(at + start->header);
    const std::size_t limit = budgets.decoded_bytes - spent.decoded_bytes;
    out.clear();
    if (start->encoding == Encoding::zstd && !unzstd) {
      unzstd.emplace();
    } else if (!inflater) {
      inflater.emplace();
    }
    const Outcome outcome = start->encoding == Encoding::zstd
                                ? unzstd->run(in, limit, out)
                                : inflater->run(in, start->window_bits, limit, out);
    const std::size_t until = at + start->header + outcome.consumed;
    const bool counts = !out.empty() && (outcome.whole || out.size() >= fragment_min);
    if (counts && !take({.encoding = start->encoding, .from = at, .until = until, .bytes = out})) {
      return;
    }
    spent.stream_refused |= outcome.refused;
    if (outcome.full) {
      spent.decoding_ended = true;
      return;
    }
    at = outcome.whole ? until : at + 1;
  }
}

} // namespace sallyport::scan
