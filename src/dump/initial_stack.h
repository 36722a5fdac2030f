// Where the kernel puts the command line and the environment of a Linux process: on top of its first stack.
#pragma once

#include "dump/regions.h"

#include <bit>
#include <vector>

namespace sallyport::dump {

struct Dump;

// Labels for both, by address; none where the auxiliary vector is not in the dump, or is not found again in
// memory. `memory` is sorted by address.
std::vector<Claim> label_initial_stack(const Dump& dump, ByteView file, std::endian order);

} // namespace sallyport::dump
