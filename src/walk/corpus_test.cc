// The dumps that lie beside the checkout, walked with their symbols: how many frames each thread has, and
// what they rest on. test/dumps compares the same walks, frame by frame, with those of Breakpad and elfutils.
#include "dump/testing/corpus.h"
#include "walk/walk.h"

#include <fmt/format.h>

namespace sallyport::walk {
namespace {

namespace fs = std::filesystem;

// "2 context, 3 cfi"
std::string tally(const Walk& walked) {
  std::string out;
  for (const Trust trust : {Trust::context, Trust::cfi, Trust::cfi_scan, Trust::frame_pointer, Trust::scan}) {
    std::size_t count = 0;
    for (const ThreadWalk& thread : walked.threads) {
      count += static_cast<std::size_t>(std::ranges::count(thread.frames, trust, &Frame::trust));
    }
    if (count > 0) {
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, name_of(trust));
    }
  }
  return out;
}

TEST_CASE("the shared minidumps are walked as far as Breakpad walks them") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps");
  const std::pair<const char*, const char*> expected[] = {
      {"breakpad/ascii_read_av.dmp", "2 context, 6 frame_pointer, 1 scan"},
      {"breakpad/linux_divide_by_zero.dmp", "1 context, 1 frame_pointer, 9 scan"},
      {"breakpad/linux_executable_heap.dmp", "1 context, 1 frame_pointer, 9 scan"},
      {"breakpad/linux_inline.dmp", "1 context, 50 scan"},
      {"breakpad/linux_null_read_av.dmp", "1 context, 3 cfi"},
      {"breakpad/linux_overflow.dmp", "1 context, 8 cfi"},
      {"breakpad/linux_raise_sigabrt.dmp", "1 context, 1 frame_pointer, 9 scan"},
      {"breakpad/minidump2.dmp", "2 context, 3 cfi, 1 cfi_scan, 1 frame_pointer, 7 scan"},
      {"breakpad/null_read_av.dmp", "2 context, 6 frame_pointer, 1 scan"},
      {"breakpad/thread_name_list.dmp", "6 context, 23 frame_pointer"},
      {"breakpad/tiny-exe-with-cet-xsave.dmp", "1 context, 27 scan"},
      {"planted/victim.dmp", "3 context, 33 scan"},
      {"rust-minidump/linux-mini.dmp", "1 context, 14 scan"},
      {"rust-minidump/test.dmp", "2 context, 3 cfi, 1 cfi_scan, 1 frame_pointer, 7 scan"},
  };
  for (const auto& [name, frames] : expected) {
    CAPTURE(name);
    const std::string file = dump::testing::read_dump(name);
    const dump::Reading reading = dump::read(as_bytes(file));
    Library library(as_bytes(file), reading.dump, {{sallyport::testing::shared_data("dumps/symbols")}});
    const Walk walked = walk(as_bytes(file), reading.dump, library);
    CHECK(walked.whole());
    CHECK(library.faults().empty());
    CHECK(tally(walked) == frames);
  }
}

} // namespace
} // namespace sallyport::walk
