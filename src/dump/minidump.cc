#include "dump/minidump.h"

#include "dump/limits.h"
#include "dump/minidump_streams.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace sallyport::dump {
namespace {

using enum RegionClass;

// In the order of reading: who the processor is stands before registers, mappings before modules. A stream
// without a reader is of one class as a whole.
struct StreamRule {
  std::uint32_t type;
  std::string_view name;
  void (*read)(Survey&, Range);
  RegionClass klass = structure;
};

constexpr std::array stream_rules{
    StreamRule{7, "system_info", streams::system_info},
    StreamRule{15, "misc_info", streams::misc_info},
    StreamRule{16, "memory_info_list", streams::memory_info_list},
    StreamRule{0x47670009, "linux_maps", streams::linux_maps},
    StreamRule{5, "memory_list", streams::memory_list},
    StreamRule{9, "memory64_list", streams::memory64_list},
    StreamRule{4, "module_list", streams::module_list},
    StreamRule{14, "unloaded_module_list", streams::unloaded_module_list},
    StreamRule{3, "thread_list", streams::thread_list},
    StreamRule{24, "thread_names", streams::thread_names},
    StreamRule{6, "exception", streams::exception},
    StreamRule{12, "handle_data", streams::handle_data},
    StreamRule{0x4767000a, "linux_dso_debug", streams::dso_debug},
    StreamRule{0x43500001, "crashpad_info", streams::crashpad_info},
    StreamRule{10, "comment_a", nullptr, comments},
    StreamRule{11, "comment_w", nullptr, comments},
    StreamRule{0x47670001, "breakpad_info", nullptr, process_text},
    StreamRule{0x47670002, "assertion_info", nullptr, annotations},
    StreamRule{0x47670003, "linux_cpu_info", nullptr, process_text},
    StreamRule{0x47670004, "linux_proc_status", nullptr, process_text},
    StreamRule{0x47670005, "linux_lsb_release", nullptr, process_text},
    StreamRule{0x47670006, "linux_cmd_line", nullptr, arguments},
    StreamRule{0x47670007, "linux_environ", nullptr, environment},
    StreamRule{0x47670008, "linux_auxv", nullptr, auxiliary_vector},
    StreamRule{0x4d7a0003, "mozilla_limits", nullptr, process_text},
    StreamRule{0x4d7a0004, "mozilla_soft_errors", nullptr, annotations},
    StreamRule{8, "thread_ex_list", nullptr, opaque},
    StreamRule{13, "function_table", nullptr, opaque},
    StreamRule{17, "thread_info_list", nullptr, opaque},
    StreamRule{18, "handle_operation_list", nullptr, opaque},
    StreamRule{19, "token", nullptr, opaque},
    StreamRule{20, "javascript_data", nullptr, opaque},
    StreamRule{21, "system_memory_info", nullptr, opaque},
    StreamRule{22, "process_vm_counters", nullptr, opaque},
    StreamRule{23, "ipt_trace", nullptr, opaque},
};

constexpr std::uint32_t signature = 0x504d444d; // "MDMP"
constexpr std::uint16_t version = 0xa793;       // the upper half is the writer's own
constexpr std::uint64_t file_header_bytes = 32;
constexpr std::uint64_t directory_bytes = 12;
constexpr std::uint32_t unused = 0;

// Its place in the table; behind all of them for a kind that has none.
std::size_t rank_of(std::uint32_t type) {
  return static_cast<std::size_t>(std::ranges::find(stream_rules, type, &StreamRule::type) -
                                  stream_rules.begin());
}

const StreamRule* find_rule(std::uint32_t type) {
  const std::size_t rank = rank_of(type);
  return rank == stream_rules.size() ? nullptr : &stream_rules[rank];
}

// A minidump written on a machine of the other byte order is one as a whole.
std::endian order_of(ByteView file) {
  return Cursor(file, std::endian::little).u32() == signature ? std::endian::little : std::endian::big;
}

void read_directory(Survey& survey) {
  const Range header(0, file_header_bytes);
  if (!survey.claim(header, structure, {"header"})) {
    return;
  }
  Cursor in = survey.at(header);
  in.skip(4);
  if ((in.u32() & 0xffff) != version) {
    survey.hold({"header"}, "is of another version of the format", Cause::unsupported);
    return;
  }
  const std::uint32_t count = in.u32();
  const Range directory(in.u32(), count * directory_bytes);
  survey.each_record(directory, count, directory_bytes, limits::parts_max, {"streams"},
                     [&](Cursor entry, auto) {
                       const std::uint32_t type = entry.u32();
                       const Range range = streams::location(entry);
                       const StreamRule* rule = find_rule(type);
                       if (type != unused) {
                         survey.dump.parts.push_back({type, rule == nullptr ? "" : rule->name, range});
                       }
                     });
}

void read_streams(Survey& survey) {
  std::vector<std::uint32_t> order(survey.dump.parts.size()); // of reading
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return rank_of(survey.dump.parts[i].type); });
  const StreamRule* last = nullptr;
  for (const std::uint32_t i : order) {
    const Part part = survey.dump.parts[i];
    const StreamRule* rule = find_rule(part.type);
    const Where where{"streams", i};
    if (rule != nullptr && rule == last) {
      survey.hold(where, "is the second of its kind, and was not read");
      survey.claim(part.range, opaque, where, i);
      continue;
    }
    last = rule;
    survey.has_bytes(part.range, where);
    if (rule == nullptr || rule->read == nullptr) {
      survey.claim(part.range, rule == nullptr ? opaque : rule->klass, where, i);
    } else {
      rule->read(survey, part.range);
    }
  }
}

} // namespace

bool is_minidump(ByteView file) {
  return file.size() >= 4 && (as_text(file.first(4)) == "MDMP" || as_text(file.first(4)) == "PMDM");
}

void read_minidump(Survey& survey) {
  survey.order = order_of(survey.file());
  survey.dump.format = Format::minidump;
  read_directory(survey);
  read_streams(survey);
  if (survey.dump.machine == Machine::unknown) {
    survey.hold({"system"}, "names no processor whose registers are known here", Cause::unsupported);
  }
}

} // namespace sallyport::dump
