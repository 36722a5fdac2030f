// read() over minidumps, or over anything: the map has every byte once, whatever is pointed at lies in the
// file, and what could not be read is said. What is clean stays clean and the same when it is read again with
// bytes behind it, which are then unaccounted.
#include "dump/testing/invariants.h"

#include <string>

using namespace sallyport;
using namespace sallyport::dump;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file(data, size);
  const Reading reading = read(file);
  dump::testing::check_invariants(reading, file);
  dump::testing::check_copy(reading, file);
  if (reading.clean() && !reading.regions.empty()) {
    const std::string longer = std::string(as_text(file)) + "more";
    const Reading again = read(as_bytes(longer));
    SP_ASSERT(again.clean() && again.dump.threads.size() == reading.dump.threads.size());
    SP_ASSERT(again.regions.back().klass == RegionClass::unaccounted);
  }
  return 0;
}
