// JSON Pointers (RFC 6901), and the patterns of charters, in which a segment `*` stands for exactly
// one segment.
#pragma once

#include "canon/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace sallyport::canon {

// "~" to "~0", "/" to "~1".
std::string pointer_escape(std::string_view segment);
// The unescaped segments; nothing where the text is no pointer ("" is the whole document: no segment).
bool pointer_split(std::string_view pointer, std::vector<std::string>& segments);
bool is_pointer(std::string_view text);
// Null where nothing is there.
const Value* pointer_find(const Value& root, std::string_view pointer);
// Whether `pointer` has as many segments as `pattern` and they are equal where the pattern has no `*`.
bool pointer_matches(std::string_view pattern, std::string_view pointer);

} // namespace sallyport::canon
