// The walk of a dump as redaction asks for it.
#pragma once

#include "dump/unwind.h"
#include "walk/library.h"

namespace sallyport::walk {

// Walks with what these places have. A copy is walked as its original is: with nothing that was looked up for
// the other.
dump::Walker unwinder(Places places);

} // namespace sallyport::walk
