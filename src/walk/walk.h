// The stacks of a dump, frame by frame: from each thread's registers by call frame information, else by frame
// pointers, else by looking for return addresses; and what each of them rests on, in the words of the field.
#pragma once

#include "walk/library.h"

namespace sallyport::walk {

enum class Trust : std::uint8_t {
  scan,          // a word on the stack that could be a return address
  cfi_scan,      // rules of a frame that needed a scan to hold
  frame_pointer, // the chain of frame pointers
  cfi,           // the rules that the compiler left
  context,       // the registers themselves
};

std::string_view name_of(Trust trust);

struct Frame {
  std::uint64_t instruction = 0;       // of a caller: within its call, one less than where it goes on
  std::uint64_t resume = 0;            // where it goes on
  std::uint64_t stack = 0;             // its stack pointer
  std::optional<std::size_t> image;    // an index into Images::all()
  std::uint32_t module = dump::nobody; // an index into Dump::modules
  std::uint64_t offset = 0;            // of `instruction` in the image
  Trust trust = Trust::context;
};

struct ThreadWalk {
  std::uint64_t id = 0;
  bool faulted = false; // walked from the registers at the fault
  bool ended = false;   // or has as many frames as are walked of one; else it is missing, or a limit cut it
  std::vector<Frame> frames;
};

struct Walk {
  std::vector<ThreadWalk> threads; // in the order of the dump
  // Addresses of memory that the frames depend on, in order and joined. Words that a scan passed over are not
  // among them: whatever is no address of code may stand there.
  std::vector<dump::Range> read;
  std::vector<dump::Held> held; // what is missing, and why

  bool whole() const { return held.empty(); }
};

Walk walk(ByteView file, const dump::Dump& dump, Library& library,
          std::uint64_t steps_max = limits::steps_max);

} // namespace sallyport::walk
