// Conditional requests (RFC 9110 section 13): entity tags in If-Match and If-None-Match. Private to this
// module.
#pragma once

#include <string_view>

namespace sallyport::http {

// Whether the field's list names the strong tag, or is "*". A weak tag never matches: nothing here has one.
bool names_tag(std::string_view field, std::string_view tag);

} // namespace sallyport::http
