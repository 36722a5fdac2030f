// find_runs() in steps of 64 bytes, where the processor can.
#pragma once

#include "dump/runs.h"

namespace sallyport::dump {

// Whether this processor can: x86-64 with AVX2 and BMI.
bool has_simd();

// As find_runs(); only where has_simd(). Long stretches of zeros cost what reading them costs.
void find_runs_simd(ByteView bytes, std::uint64_t at, const TakeRun& take);

} // namespace sallyport::dump
