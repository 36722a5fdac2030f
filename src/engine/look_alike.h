// Values that people take for one another. To find duplicates by, never to say that two things are one.
#pragma once

#include "engine/secrets.h"

#include <string>
#include <string_view>

namespace sallyport::engine {

// As Secrets::ref(), and the same also for values that look alike: compatibility forms (NFKC), case, letters
// with and without diacritics, Cyrillic, Greek and Armenian letters that print like Latin ones, invisible
// characters, separators of any kind (scan/fold.h). Not folded: look-alikes of other scripts, and digits for
// letters.
std::string look_alike_ref(const Secrets& secrets, std::string_view dimension, std::string_view value);

} // namespace sallyport::engine
