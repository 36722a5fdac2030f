// read() over cores: as minidump.cc, and of what a clean one says, that it is there. The build ids are found
// in memory, by headers that a process may have written over.
#include "dump/testing/invariants.h"

using namespace sallyport;
using namespace sallyport::dump;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file(data, size);
  const Reading reading = read(file);
  dump::testing::check_invariants(reading, file);
  dump::testing::check_copy(reading, file);
  const Dump& dump = reading.dump;
  SP_ASSERT(std::ranges::is_sorted(dump.memory, {}, &Memory::address));
  for (const Thread& thread : dump.threads) {
    SP_ASSERT(!reading.clean() || dump.format != Format::elf_core || thread.registers);
  }
  for (const Module& module : dump.modules) {
    SP_ASSERT(dump.format != Format::elf_core || module.code_id.empty() == module.debug_id.empty());
  }
  return 0;
}
