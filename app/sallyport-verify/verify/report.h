// The verdict for people (one screen) and for programs (JSON). Everything that comes from a bundle is
// printed in visible ASCII only: a bundle may be written by somebody who wants to fool a terminal.
#pragma once

#include "verify/verify.h"

#include <string>
#include <string_view>

namespace sallyport::verify {

std::string to_text(const Report& report);
// {"v", "authentic", "pinned", "faults": [{"file", "reason"}], and, where every file read, "claims"}.
std::string to_json(const Report& report);

// Bytes outside visible ASCII become '?'; at most 200 characters.
std::string printable(std::string_view text);

} // namespace sallyport::verify
