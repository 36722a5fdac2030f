// The system calls that a worker may still make.
#pragma once

namespace sallyport::dump {

// From here on this process can compute, use its memory, write to what it has open, start threads, and end or
// signal itself.
// Anything else fails with EPERM; `opens_files`: files can be opened for reading. False where the kernel has
// no such filter. It cannot be undone.
bool forbid_system_calls(bool opens_files);

} // namespace sallyport::dump
