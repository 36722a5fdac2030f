// Compressed fragments: gzip, zlib, zstd and the deflated members of a zip, also cut off or damaged ones.
#pragma once

#include "scan/decode.h"

#include <functional>
#include <string_view>

namespace sallyport::scan {

// `take` as in unescape_runs(). Counts every start that it tries in `spent`, and never produces more
// than what is left of the decoded bytes; sets decoding_ended where either ends, and stream_refused where one
// asks for more than is given to it. Only what begins before `starts` is tried; it may go on behind it.
void inflate_runs(std::string_view layer, const Budgets& budgets, Spent& spent,
                  const std::function<bool(const Run&)>& take, std::size_t starts = std::string_view::npos);

// The first place from `at` on where two bytes stand that such a fragment begins with; the end of `bytes`
// where there is none. Many of these places begin none.
std::size_t next_magic(std::string_view bytes, std::size_t at);

// The same, a byte at a time: what next_magic() must find where it is faster.
std::size_t next_magic_by_byte(std::string_view bytes, std::size_t at);

// Whether the bytes begin like such a fragment.
bool looks_compressed(std::string_view bytes);

} // namespace sallyport::scan
