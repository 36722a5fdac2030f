// Encodings in which a value can hide, and the budgets that keep looking for them finite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::scan {

enum class Encoding {
  base64,    // RFC 4648 section 4, with or without padding, also broken into lines
  base64url, // section 5
  hex,
  percent,        // RFC 3986 section 2.1
  unicode_escape, // \uXXXX, \u{X}, \xXX
  html_entity,    // &#N; &#xN; and the named ones that stand for ASCII or invisible characters
  ignorable,      // text with default-ignorable characters in it, which are left out
  gzip,           // RFC 1952
  zlib,           // RFC 1950
  zip,            // one deflated member behind its local header
  zstd,           // RFC 8878
  utf16le,        // also big-endian Latin, which is the same but for where it begins; likewise below
  utf16be,
  utf32le,
  utf32be,
};

inline constexpr Encoding last_encoding = Encoding::utf32be;

inline constexpr bool is_wide(Encoding encoding) {
  return encoding >= Encoding::utf16le;
}

std::string_view to_string(Encoding encoding);

// Counted, never timed, so that the same bytes always give the same result. Part of the rule-set
// digest.
struct Budgets {
  std::size_t depth = 3;                        // decoders inside decoders; 0: nothing is decoded
  std::size_t decoded_bytes = 16 * 1024 * 1024; // produced by all decoders of one scan together
  std::size_t runs = 1 << 18;                   // decoded runs of one scan
  std::size_t inflate_starts = 4096;            // places that look like a compressed stream
  std::size_t matched_bytes = 64 * 1024 * 1024; // windows given to the pattern matcher
  std::size_t findings = 1000;                  // of one scan
  bool operator==(const Budgets&) const = default;
};

// What one scan has used up; a document is one scan. A budget that ended stays ended.
struct Spent {
  std::size_t findings = 0;
  std::size_t decoded_bytes = 0;
  std::size_t runs = 0;
  std::size_t inflate_starts = 0;
  std::size_t matched_bytes = 0;
  bool depth_ended = false;
  bool decoding_ended = false; // decoded_bytes, runs or inflate_starts
  bool stream_refused = false; // a compressed stream that others read: a longer window, or a dictionary
  bool matching_ended = false;
  bool findings_ended = false;

  bool complete() const {
    return !depth_ended && !decoding_ended && !stream_refused && !matching_ended && !findings_ended;
  }
};

// One decoded run. `bytes` lives as long as the callback.
struct Run {
  Encoding encoding;
  std::size_t from; // the undecoded run in the layer above
  std::size_t until;
  std::string_view bytes;
  // Where byte i of `bytes` begins in the layer above, with one more entry for the end. Empty where
  // one byte comes from no place of its own (base64, hex, compression): then the whole run.
  const std::vector<std::uint32_t>* origin = nullptr;
};

// Calls `take` for every run of `layer` that decodes to something worth reading. Runs of one
// encoding do not overlap; runs of different encodings may. Stops, and says so in `spent`, when a
// budget ends.
void decode_runs(std::string_view layer, const Budgets& budgets, Spent& spent,
                 const std::function<void(const Run&)>& take);

} // namespace sallyport::scan
