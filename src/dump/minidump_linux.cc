// What the dynamic linker knew (Breakpad's MD_LINUX_DSO_DEBUG): r_debug, the link map, the dynamic section.
#include "dump/limits.h"
#include "dump/minidump_streams.h"

namespace sallyport::dump::streams {
namespace {

// As the writer's compiler laid them out: a 64-bit one aligns its pointers.
struct DebugLayout {
  std::uint64_t header;
  std::uint64_t link;      // one entry of the link map: address, name, dynamic section
  std::uint64_t link_name; // where the name's offset stands in it
};

constexpr DebugLayout layouts[] = {{24, 12, 4}, {40, 24, 8}};

} // namespace

void dso_debug(Survey& survey, Range stream) {
  const DebugLayout& layout = layouts[survey.dump.word == 4 ? 0 : 1];
  survey.claim(stream.part(0, layout.header), RegionClass::structure, {"linker"});
  survey.claim(stream.part(layout.header), RegionClass::module_data,
               {"linker"}); // the dynamic section, copied
  Cursor in = survey.at(stream);
  const std::uint32_t map = in.skip(4).u32();
  const std::uint32_t count = in.u32();
  if (!in.ok() || stream.size() < layout.header) {
    survey.hold({"linker"}, "is shorter than it must be");
    return;
  }
  if (map == 0) {
    return;
  }
  survey.each_record(Range(map, count * layout.link), count, layout.link, limits::modules_max, {"linker"},
                     [&](Cursor entry, auto i) {
                       wide_string(survey, entry.skip(layout.link_name).u32(), RegionClass::paths,
                                   {"linker", i});
                     });
}

} // namespace sallyport::dump::streams
