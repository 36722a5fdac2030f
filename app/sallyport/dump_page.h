// A redacted dump as one page: a picture of it to scale, what was found, what was taken out, what can still
// be read. It needs nothing but itself, runs nothing, and has no text of the dump in it.
#pragma once

#include "canon/value.h"

#include <string>

namespace sallyport::cli {

// Of a report_of_copy(), or of one that only says what holds it.
std::string page_of(const canon::Object& report, std::string_view title);

} // namespace sallyport::cli
