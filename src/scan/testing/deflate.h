// Compressed samples for the tests of the scanner.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <zlib.h>
#include <zstd.h>

namespace sallyport::scan::testing {

// Deflated whole; `window_bits` as in zlib: 31 a gzip member, 15 a zlib stream, -15 raw.
inline std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  SP_ASSERT(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  SP_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string compressed_zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

} // namespace sallyport::scan::testing
