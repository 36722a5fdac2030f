// Percent-encoding of URIs (RFC 3986 section 2.1), strict: one octet pair per '%', and what comes out
// is UTF-8 without control characters.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::http {

Result<std::string> percent_decode(std::string_view text);
// Everything but unreserved characters is encoded.
std::string percent_encode(std::string_view text);

// "a=1&b&c=x+y", without its '?': names and values decoded, '+' a space, order and repeats kept.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text);

} // namespace sallyport::http
