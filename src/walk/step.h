// From one frame to its caller: each way of doing so is a function; walk.cc says which is tried when.
#pragma once

#include "walk/memory.h"
#include "walk/walk.h"

namespace sallyport::walk {

// A frame while it is walked.
struct Callee {
  Registers registers;
  Trust trust = Trust::context;
  std::uint64_t address = 0; // within the call: what rules are looked up by
  std::optional<std::size_t> image;
  bool interrupted = false;            // it did not call: the kernel put a signal's frame on it
  std::uint64_t callee_parameters = 0; // bytes that its own callee takes off its stack (Windows, x86)
};

struct Caller {
  Registers registers;
  Trust trust = Trust::cfi;
  bool interrupted = false;
};

struct Stepper {
  const Cpu& cpu;
  const dump::Dump& dump;
  Library& library;
  Memory& memory;
  std::vector<dump::Range>& more_read; // rules that stand in the dump's own memory

  // Null where nothing is known.
  const Symbols* symbols_of(const Callee& callee) const;

  // The address of code without an arm64 pointer's signature.
  std::uint64_t stripped(std::uint64_t address) const;

  struct Returns {
    std::uint64_t at = 0; // where the word stands
    std::uint64_t address = 0;
  };

  // The first of `words` + 1 words from `from` on that could be a return address.
  std::optional<Returns> scan(std::uint64_t from, std::size_t words);

  static std::size_t scan_words(const Callee& callee) {
    return callee.trust == Trust::context ? limits::scan_words_first : limits::scan_words;
  }

  // In the piece of memory that the stack pointer is in.
  bool is_on_stack(const Callee& callee, std::uint64_t address) const;

  bool may_be_code(std::uint64_t address);
  // That it is, because the image's file says so.
  bool is_code(std::uint64_t address);
};

std::optional<Caller> by_cfi(Stepper& stepper, const Callee& callee);
std::optional<Caller> by_win_frame(Stepper& stepper, const Callee& callee);
std::optional<Caller> by_frame_pointer(Stepper& stepper, const Callee& callee);
// A function of Windows on amd64 that has no frame of its own.
std::optional<Caller> by_leaf(Stepper& stepper, const Callee& callee);
std::optional<Caller> by_scan(Stepper& stepper, const Callee& callee);

// Bytes of parameters that a function of x86 takes off its caller's stack; 0 where nobody says.
std::uint64_t parameter_bytes(const Stepper& stepper, const Callee& callee);

} // namespace sallyport::walk
