#include "scan/inflate.h"

#include "base/result.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

namespace sallyport::scan {
namespace {

struct Start {
  Encoding encoding;
  std::size_t header; // bytes before what inflate reads
  int window_bits;    // zlib's: 15 zlib, 31 gzip, -15 raw
};

std::size_t little16(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]) + 256U * static_cast<unsigned char>(bytes[at + 1]);
}

std::optional<Start> start_of(std::string_view bytes) {
  if (bytes.size() < 8) {
    return {};
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

class Inflater {
public:
  Inflater() { SP_ASSERT(inflateInit2(&stream_, 15) == Z_OK); }

  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  ~Inflater() { inflateEnd(&stream_); }

  struct Outcome {
    std::size_t consumed;
    bool whole; // the stream came to its end
    bool full;  // `limit` was reached
  };

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

} // namespace

bool looks_compressed(std::string_view bytes) {
  return start_of(bytes).has_value();
}

void inflate_runs(std::string_view layer, const Budgets& budgets, Spent& spent,
                  const std::function<bool(const Run&)>& take) {
  constexpr std::size_t fragment_min = 16; // less from a damaged stream is noise
  std::optional<Inflater> inflater;
  std::string out;
  for (std::size_t at = 0; at < layer.size();) {
    const char c = layer[at];
    const auto start = c == '\x1f' || c == '\x78' || c == 'P' ? start_of(layer.substr(at)) : std::nullopt;
    if (!start) {
      ++at;
      continue;
    }
    if (spent.inflate_starts >= budgets.inflate_starts || spent.decoded_bytes >= budgets.decoded_bytes) {
      spent.decoding_ended = true;
      return;
    }
    ++spent.inflate_starts;
    if (!inflater) {
      inflater.emplace();
    }
    out.clear();
    const auto outcome = inflater->run(layer.substr(at + start->header), start->window_bits,
                                       budgets.decoded_bytes - spent.decoded_bytes, out);
    const std::size_t until = at + start->header + outcome.consumed;
    const bool counts = !out.empty() && (outcome.whole || out.size() >= fragment_min);
    if (counts && !take({.encoding = start->encoding, .from = at, .until = until, .bytes = out})) {
      return;
    }
    if (outcome.full) {
      spent.decoding_ended = true;
      return;
    }
    at = outcome.whole ? until : at + 1;
  }
}

} // namespace sallyport::scan
