// What a person waits for: a whole redaction and a whole proof, by the clock, on one thread and on two; and
// the memory that a scan and a redaction take of their own, whatever the size of the dump.
#pragma once

#include "base/bytes.h"

namespace sallyport::bench {

// `memory` is the process's; the dump around it is made here.
void whole_copies(ByteView memory);

// In processes of their own, of sparse cores of 256 MiB and 4 GiB in the folder for temporary files.
void memory_of_copies();

} // namespace sallyport::bench
