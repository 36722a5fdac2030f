// Escapes inside text: percent, \u, HTML, and ignorable characters, which decode to nothing. What they
// decode to keeps its neighbours, so that a term
// of which one letter is escaped is read as a whole.
#pragma once

#include "scan/decode.h"

#include <functional>
#include <string_view>

namespace sallyport::scan {

// `take` gets stretches of text with at least one escape and up to `escape_context` bytes around it;
// false from `take` ends the walk.
inline constexpr std::size_t escape_context = 128;
void unescape_runs(std::string_view layer, const std::function<bool(const Run&)>& take);

} // namespace sallyport::scan
