// A stranger's bytes are read by a process of their own: what goes wrong in it ends there. It has no files
// but those that were mapped before, no network, no other programs, and so much time and memory; what it has
// to say comes over a pipe.
#pragma once

#include "base/result.h"
#include "dump/findings.h"

#include <cstdint>
#include <functional>
#include <string>

namespace sallyport::dump {

struct WorkerLimits {
  std::uint64_t cpu_seconds = 3600;
  std::uint64_t memory_bytes = std::uint64_t{8} << 30; // of its own, beside what is mapped
  std::uint64_t answer_bytes = std::uint64_t{1} << 30;
  bool opens_files = false; // for reading: symbol files are found by what is in the dump
};

// Runs `job` in a child and answers what it answers. The error says how the child ended where it did not
// answer; one that could not be confined in every respect ends before the job begins. The calling process has
// one thread.
Result<std::string> in_worker(const std::function<std::string(const Progress&)>& job,
                              const WorkerLimits& limits, const Progress& progress = {});

} // namespace sallyport::dump
