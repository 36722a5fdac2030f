// Error answers: RFC 9457, application/problem+json.
#pragma once

#include "canon/value.h"
#include "http/message.h"

#include <string_view>

namespace sallyport::http {

// `type` becomes "urn:sallyport:problem:<type_slug>", a stable name that clients switch on; `title` says
// what kind of problem it is (the same for every one of that type), `detail` what to do about this one.
// An empty detail is left out. `extensions` are further members; one named like a standard member is
// overruled. Nothing here may repeat a value from the request that a view could hide.
Response problem(int status, std::string_view type_slug, std::string_view title, std::string_view detail = {},
                 canon::Object extensions = {});

} // namespace sallyport::http
