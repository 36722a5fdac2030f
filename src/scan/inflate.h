// Compressed fragments: gzip, zlib and the deflated members of a zip, also cut off or damaged ones.
#pragma once

#include "scan/decode.h"

#include <functional>
#include <string_view>

namespace sallyport::scan {

// `take` as in unescape_runs(). Counts every start that it tries in `spent`, and never produces more
// than what is left of the decoded bytes; sets decoding_ended where either ends.
void inflate_runs(std::string_view layer, const Budgets& budgets, Spent& spent,
                  const std::function<bool(const Run&)>& take);

// Whether the bytes begin like such a fragment.
bool looks_compressed(std::string_view bytes);

} // namespace sallyport::scan
