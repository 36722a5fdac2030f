// What memory is, by its address: stacks, modules, blocks of the system.
#pragma once

#include "dump/dump.h"

#include <bit>
#include <vector>

namespace sallyport::dump {

// Where the stack of each thread is; empty where nobody knows.
std::vector<Range> stacks_of(const Dump& dump);

// Claims on addresses. Memory that no label covers is heap.
std::vector<Claim> labels_of(const Dump& dump, ByteView file, std::endian order);

// Lays labels, in order and without overlaps, over memory, and appends what that claims of the file; false
// where that would be more than `claims_max` claims.
bool project(const std::vector<Region>& labels, const std::vector<Memory>& memory, std::size_t claims_max,
             std::vector<Claim>& claims);

// `size` bytes of the process at `address`; empty unless one piece of memory has them all. `memory` is
// sorted.
Range find_memory(const std::vector<Memory>& memory, std::uint64_t address, std::uint64_t size);

} // namespace sallyport::dump
