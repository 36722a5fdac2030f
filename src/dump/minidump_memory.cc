// What memory is in the file, and what the process had mapped.
#include "dump/limits.h"
#include "dump/minidump_streams.h"

#include <charconv>

namespace sallyport::dump::streams {
namespace {

constexpr std::uint64_t descriptor_bytes = 16;
constexpr std::uint64_t info_bytes = 48;

// MEMORY_BASIC_INFORMATION
constexpr std::uint32_t committed = 0x1000;
constexpr std::uint32_t image = 0x1000000;
constexpr std::uint32_t writable =
    0x04 | 0x08 | 0x40 | 0x80; // read-write and write-copy, with and without execute
constexpr std::uint32_t executable = 0x10 | 0x20 | 0x40 | 0x80;

// "7f304b66a000-7f304b66c000 rw-p 00000000 08:01 1234   /usr/lib/x.so"
std::optional<Mapping> mapping_of(std::string_view line) {
  std::uint64_t from = 0;
  std::uint64_t until = 0;
  const char* end = line.data() + line.size();
  const auto [dash, first] = std::from_chars(line.data(), end, from, 16);
  if (first != std::errc() || dash == end || *dash != '-') {
    return std::nullopt;
  }
  const auto [blank, second] = std::from_chars(dash + 1, end, until, 16);
  if (second != std::errc() || end - blank < 5 || *blank != ' ' || until < from) {
    return std::nullopt;
  }
  return Mapping{between(from, until), blank[2] == 'w', line.contains(" /"), blank[3] == 'x'};
}

} // namespace

void memory_info_list(Survey& survey, Range stream) {
  const Where where{"memory_info"};
  const auto list = sized_list(survey, stream, 8, {info_bytes, info_bytes}, where);
  if (!list) {
    return;
  }
  survey.each_record(list->records, list->count, list->record_bytes, limits::ranges_max, where,
                     [&](Cursor in, auto) {
                       const std::uint64_t base = in.u64();
                       const std::uint64_t size = in.skip(16).u64();
                       const std::uint32_t state = in.u32();
                       const std::uint32_t protection = in.u32();
                       const std::uint32_t type = in.u32();
                       if (state == committed) {
                         survey.dump.mappings.push_back({Range(base, size), (protection & writable) != 0,
                                                         type == image, (protection & executable) != 0});
                       }
                     });
}

void linux_maps(Survey& survey, Range stream) {
  const Where where{"linux_maps"};
  survey.claim(stream, RegionClass::process_text, where);
  std::string_view text = as_text(slice(survey.file(), stream));
  while (!text.empty() && survey.has_room(survey.dump.mappings.size(), limits::ranges_max, where)) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (const auto mapping = mapping_of(line)) {
      survey.dump.mappings.push_back(*mapping);
    }
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
}

void memory_list(Survey& survey, Range stream) {
  const Where where{"memory"};
  const List list = counted_list(survey, stream, descriptor_bytes, where);
  survey.each_record(list.records, list.count, descriptor_bytes, limits::ranges_max, where,
                     [&](Cursor in, auto i) {
                       const std::uint64_t address = in.u64();
                       const Range range = location(in);
                       survey.claim_memory(address, range, {"memory", i});
                     });
}

// The pieces lie one behind the other, from one offset on.
void memory64_list(Survey& survey, Range stream) {
  const Where where{"memory64"};
  const Range header = stream.part(0, 16);
  survey.claim(header, RegionClass::structure, where);
  Cursor in = survey.at(header);
  const std::uint64_t count = in.u64();
  std::uint64_t next = in.u64();
  if (!in.ok()) {
    survey.hold(where, "has no room for its count");
    return;
  }
  survey.each_record(stream.part(16), count, descriptor_bytes, limits::ranges_max, where,
                     [&](Cursor piece, auto i) {
                       const std::uint64_t address = piece.u64();
                       const Range range(next, piece.u64());
                       survey.claim_memory(address, range, {"memory64", i});
                       next = range.until();
                     });
}

} // namespace sallyport::dump::streams
