// SystemInfo and MiscInfo: which machine, which process.
#include "dump/minidump_streams.h"

namespace sallyport::dump::streams {
namespace {

struct Processor {
  std::uint16_t architecture;
  Machine machine;
  std::size_t word;
};

constexpr Processor processors[] = {
    {0, Machine::x86, 4},
    {9, Machine::amd64, 8},
    {12, Machine::arm64, 8},
    {0x8003, Machine::arm64, 8}, // as Breakpad wrote it at first
};

constexpr std::uint64_t system_bytes = 56;
constexpr std::uint64_t platform_offset = 20;
constexpr std::uint32_t platform_windows_max = 3; // VER_PLATFORM_*; other systems are numbered far above
constexpr std::uint64_t version_offset = 24;      // of the text that names the service pack or the kernel
constexpr std::uint64_t misc_bytes = 24; // of the first MiscInfo; later ones add texts and tables behind it
constexpr std::uint32_t has_process = 1;

} // namespace

void system_info(Survey& survey, Range stream) {
  const Where where{"system"};
  survey.claim(stream.part(0, system_bytes), RegionClass::structure, where);
  survey.claim(stream.part(system_bytes), RegionClass::opaque, where);
  Cursor in = survey.at(stream);
  const std::uint16_t architecture = in.u16();
  const std::uint32_t platform = in.skip(platform_offset - 2).u32();
  const std::uint32_t version = in.skip(version_offset - platform_offset - 4).u32();
  if (!in.ok() || stream.size() < system_bytes) {
    survey.hold(where, "is shorter than it must be");
    return;
  }
  survey.dump.windows = platform <= platform_windows_max;
  for (const Processor& processor : processors) {
    if (processor.architecture == architecture) {
      survey.dump.machine = processor.machine;
      survey.dump.word = processor.word;
    }
  }
  wide_string(survey, version, RegionClass::process_text, {"system", Where::no_index, "version"});
}

void misc_info(Survey& survey, Range stream) {
  const Where where{"misc"};
  survey.claim(stream.part(0, misc_bytes), RegionClass::structure, where);
  survey.claim(stream.part(misc_bytes), RegionClass::process_text, where);
  Cursor in = survey.at(stream);
  in.skip(4);
  const std::uint32_t flags = in.u32();
  const std::uint32_t process = in.u32();
  if (!in.ok()) {
    survey.hold(where, "is shorter than it must be");
  } else if ((flags & has_process) != 0) {
    survey.dump.process = process;
  }
}

} // namespace sallyport::dump::streams
