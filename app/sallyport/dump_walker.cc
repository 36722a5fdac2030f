#include "dump_walker.h"

#include "walk/walk.h"

#include <utility>

namespace sallyport::cli {

dump::Walker walker_of(std::vector<std::filesystem::path> symbols) {
  return [symbols = std::move(symbols)](ByteView file, const dump::Reading& reading) {
    walk::Library library(file, reading.dump, {.folders = symbols});
    const walk::Walk walked = walk::walk(file, reading.dump, library);
    dump::Walk out;
    for (const walk::ThreadWalk& thread : walked.threads) {
      std::vector<dump::FrameSeen>& frames = out.threads.emplace_back();
      for (const walk::Frame& frame : thread.frames) {
        frames.push_back({frame.module, frame.offset, walk::name_of(frame.trust)});
      }
    }
    out.read = walked.read;
    return out;
  };
}

} // namespace sallyport::cli
