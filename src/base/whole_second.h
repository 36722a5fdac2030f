// Validity is in whole seconds, because OpenSSH has no finer ones: a key that began half a second ago
// would be valid for us and not yet for ssh-keygen.
#pragma once

#include "base/instant.h"

namespace sallyport {

// The start of the second that `t` is in.
constexpr Instant whole_second(Instant t) {
  return {t.ms - (t.ms % 1'000 + 1'000) % 1'000};
}

} // namespace sallyport
