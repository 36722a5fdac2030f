// The readers of single streams, one file for each kind of thing; minidump.cc has the table of them.
#pragma once

#include "dump/survey.h"

#include <optional>

namespace sallyport::dump::streams {

// ---- what streams are made of (minidump_parts.cc)

// MINIDUMP_LOCATION_DESCRIPTOR: a size and an offset.
Range location(Cursor& in);

// The count in front of a list, claimed, and what is behind it. Some writers align the list to 8 bytes.
struct List {
  std::uint64_t count = 0;
  Range records;
};

List counted_list(Survey& survey, Range stream, std::uint64_t record_bytes, Where where);

// A list that says how long its header and its records are. Longer than is known they are not read: nothing
// that is taken for structure has room for anything else. `count_bytes` is 4 or 8.
struct Lengths {
  std::uint64_t least;
  std::uint64_t most;
};

struct SizedList {
  std::uint64_t count = 0;
  std::uint64_t record_bytes = 0;
  Range records;
};

std::optional<SizedList> sized_list(Survey& survey, Range stream, std::size_t count_bytes, Lengths record,
                                    Where where);
// A length in bytes, the text, a NUL; nothing at offset 0. MINIDUMP_STRING is UTF-16, MinidumpUTF8String is
// not.
std::optional<Text> wide_string(Survey& survey, std::uint64_t offset, RegionClass klass, Where where);
std::optional<Text> narrow_string(Survey& survey, std::uint64_t offset, RegionClass klass, Where where);

// ---- readers

void system_info(Survey& survey, Range stream);
void misc_info(Survey& survey, Range stream);
void memory_info_list(Survey& survey, Range stream);
void linux_maps(Survey& survey, Range stream);
void memory_list(Survey& survey, Range stream);
void memory64_list(Survey& survey, Range stream);
void module_list(Survey& survey, Range stream);
void unloaded_module_list(Survey& survey, Range stream);
void thread_list(Survey& survey, Range stream);
void thread_names(Survey& survey, Range stream);
void exception(Survey& survey, Range stream);
void handle_data(Survey& survey, Range stream);
void dso_debug(Survey& survey, Range stream);
void crashpad_info(Survey& survey, Range stream);

} // namespace sallyport::dump::streams
