// The canonical form of a charter (charter.md section 1): what is hashed, cited by manifests and read
// by other programs. parse_json() of its bytes gives the same charter back.
#pragma once

#include "base/digest.h"
#include "canon/value.h"
#include "charter/model.h"

namespace sallyport::charter {

// Defaults written out, sets in the order of UTF-16 code units (integers by value), durations as
// integer milliseconds, instants in UTC; keys without a value are left out. `clocks` and `lineage` are
// always there, `ledger` iff the flow is co_release.
canon::Value canonical(const Charter& charter);

// SHA-256 of the RFC 8785 bytes of canonical().
Digest digest(const Charter& charter);

} // namespace sallyport::charter
