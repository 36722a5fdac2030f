// Open handles: kinds, names of objects, and chains of what else is known about them.
#include "dump/limits.h"
#include "dump/minidump_streams.h"

namespace sallyport::dump::streams {
namespace {

constexpr std::uint64_t handle_bytes = 32;
constexpr std::uint64_t information_bytes = 12; // next, kind, size, and the data behind it
constexpr std::uint64_t chain_max = 16;         // of one handle; more is a loop

void information_chain(Survey& survey, std::uint64_t next, Where where) {
  for (std::uint64_t i = 0; next != 0; ++i) {
    if (i == chain_max) {
      survey.hold(where, "has a chain that does not end", Cause::budget);
      return;
    }
    const Range header(next, information_bytes);
    if (!survey.claim(header, RegionClass::structure, where)) {
      return;
    }
    Cursor in = survey.at(header);
    next = in.u32();
    survey.claim(Range(header.until(), in.skip(4).u32()), RegionClass::handles, where);
  }
}

} // namespace

void handle_data(Survey& survey, Range stream) {
  const Where where{"handles"};
  const auto list = sized_list(survey, stream, 4, {handle_bytes, handle_bytes + 8}, where);
  if (!list) {
    return;
  }
  survey.each_record(list->records, list->count, list->record_bytes, limits::entries_max, where,
                     [&](Cursor in, auto i) {
                       const std::uint32_t kind = in.skip(8).u32();
                       const std::uint32_t name = in.u32();
                       wide_string(survey, kind, RegionClass::handles, {"handles", i, "kind"});
                       wide_string(survey, name, RegionClass::handles, {"handles", i, "name"});
                       if (list->record_bytes >= handle_bytes + 4) {
                         information_chain(survey, in.skip(16).u32(), {"handles", i, "information"});
                       }
                     });
}

} // namespace sallyport::dump::streams
