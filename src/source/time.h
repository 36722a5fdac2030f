// Instants as other systems write them. Ours (base/instant.h) has one spelling; theirs have several,
// and the configuration of a source says which.
#pragma once

#include "base/instant.h"
#include "base/result.h"
#include "canon/value.h"

#include <array>
#include <string_view>

namespace sallyport::source {

enum class TimeFormat {
  rfc3339,            // text, any offset, any number of fraction digits
  epoch_seconds,      // a number, or its decimal text; a fraction is allowed
  epoch_milliseconds, // as above
  utc,                // RFC 3339 without its offset, where the system says that it is UTC
};

inline constexpr std::array<std::string_view, 4> time_format_words{"rfc3339", "epoch_seconds",
                                                                   "epoch_milliseconds", "utc"};

// Digits beyond the millisecond are cut off, never rounded: an instant read here is never later than
// what the system said. A leap second is the last millisecond before it. Years 1970-9999.
Result<Instant> parse_time(const canon::Value& value, TimeFormat format);

} // namespace sallyport::source
