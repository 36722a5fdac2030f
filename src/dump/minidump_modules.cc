// Modules, loaded and unloaded: where they lie, their files, and what their symbols are filed under.
#include "dump/build_id.h"
#include "dump/limits.h"
#include "dump/minidump_streams.h"

#include <algorithm>

namespace sallyport::dump::streams {
namespace {

constexpr std::uint64_t module_bytes = 108;
constexpr std::uint64_t unloaded_bytes = 24;
constexpr std::uint32_t signature_pdb70 = 0x53445352; // "RSDS": GUID, age, the file's name
constexpr std::uint32_t signature_pdb20 = 0x3031424e; // "NB10": offset, time stamp, age, the file's name
constexpr std::uint32_t signature_elf = 0x4270454c;   // Breakpad's "BpEL": the build id
constexpr std::uint64_t build_id_bytes_max = 64;
constexpr std::uint64_t misc_header_bytes = 12; // IMAGE_DEBUG_MISC

// The CodeView record, its bytes behind the signature.
void read_code_view(Survey& survey, Range record, Module& module, Where where) {
  Cursor in = survey.at(record);
  const std::uint32_t kind = in.u32();
  std::uint64_t identity = 0; // bytes in front of the path
  if (kind == signature_pdb70) {
    const ByteView guid = in.bytes(16);
    const std::uint32_t age = in.u32();
    identity = 24;
    if (in.ok()) {
      module.debug_id = debug_id_of(guid, age, survey.order);
    }
  } else if (kind == signature_elf) {
    const ByteView id = in.bytes(std::min<std::uint64_t>(in.left(), build_id_bytes_max));
    identity = 4 + id.size();
    module.code_id = to_hex(id);
    module.debug_id = debug_id_of_build(id, survey.order);
  } else if (kind == signature_pdb20) {
    identity = 16;
  } else {
    survey.claim(record, RegionClass::opaque, where);
    return;
  }
  survey.claim(record.part(0, identity), RegionClass::structure, where);
  survey.claim(record.part(identity), RegionClass::paths, where);
}

} // namespace

void module_list(Survey& survey, Range stream) {
  const List list = counted_list(survey, stream, module_bytes, {"modules"});
  survey.each_record(
      list.records, list.count, module_bytes, limits::modules_max, {"modules"}, [&](Cursor in, auto i) {
        const std::uint64_t base = in.u64();
        const std::uint32_t size = in.u32();
        const std::uint32_t time_stamp = in.skip(4).u32();
        const std::uint32_t name = in.u32();
        const Range code_view = location(in.skip(52)); // VS_FIXEDFILEINFO
        const Range misc = location(in);
        Module module{.addresses = Range(base, size), .path = {}, .code_id = {}, .debug_id = {}};
        if (time_stamp != 0) {
          module.code_id = code_id_of_pe(time_stamp, size);
        }
        if (!code_view.empty()) {
          read_code_view(survey, code_view, module, {"modules", i, "debug"});
        }
        survey.claim(misc.part(0, misc_header_bytes), RegionClass::structure, {"modules", i, "misc"});
        survey.claim(misc.part(misc_header_bytes), RegionClass::paths, {"modules", i, "misc"});
        module.path = wide_string(survey, name, RegionClass::paths, {"modules", i, "path"}).value_or(Text{});
        survey.dump.modules.push_back(std::move(module));
      });
}

void unloaded_module_list(Survey& survey, Range stream) {
  const Where where{"unloaded"};
  const auto list = sized_list(survey, stream, 4, {unloaded_bytes, unloaded_bytes}, where);
  if (!list) {
    return;
  }
  survey.each_record(
      list->records, list->count, list->record_bytes, limits::modules_max, where, [&](Cursor in, auto i) {
        const std::uint64_t base = in.u64();
        const std::uint32_t size = in.u32();
        const std::uint32_t time_stamp = in.skip(4).u32();
        const auto path = wide_string(survey, in.u32(), RegionClass::paths, {"unloaded", i, "path"});
        survey.dump.unloaded.push_back(
            {Range(base, size), path.value_or(Text{}), code_id_of_pe(time_stamp, size), ""});
      });
}

} // namespace sallyport::dump::streams
