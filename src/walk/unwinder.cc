#include "walk/unwinder.h"

#include "walk/walk.h"

namespace sallyport::walk {

dump::Walker unwinder(Places places) {
  return [places = std::move(places)](ByteView file, const dump::Reading& reading) {
    Library library(file, reading.dump, places);
    Walk walked = walk(file, reading.dump, library);
    dump::Walk out;
    out.read = std::move(walked.read);
    // One list for each thread of the dump, also of those that the walk did not reach.
    out.threads.resize(reading.dump.threads.size());
    for (std::size_t i = 0; i < out.threads.size(); ++i) {
      if (i >= walked.threads.size() || !walked.threads[i].ended) {
        out.unwalked.push_back(static_cast<std::uint32_t>(i));
      }
    }
    for (std::size_t i = 0; i < walked.threads.size(); ++i) {
      for (const Frame& frame : walked.threads[i].frames) {
        const std::uint64_t offset = frame.image ? frame.offset : frame.instruction;
        out.threads[i].push_back({frame.module, offset, name_of(frame.trust)});
      }
    }
    return out;
  };
}

} // namespace sallyport::walk
