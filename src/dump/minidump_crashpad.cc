// Crashpad's stream: who reported, and what the program and its modules wrote down about themselves.
#include "dump/limits.h"
#include "dump/minidump_streams.h"

namespace sallyport::dump::streams {
namespace {

constexpr RegionClass text = RegionClass::annotations;

constexpr std::uint64_t info_bytes = 52;
constexpr std::uint64_t module_bytes = 12;
constexpr std::uint64_t module_info_bytes = 28;

// Two texts for each entry.
void dictionary(Survey& survey, Range range, Where where) {
  if (range.empty()) {
    return;
  }
  const List list = counted_list(survey, range, 8, where);
  survey.each_record(list.records, list.count, 8, limits::entries_max, where, [&](Cursor in, auto) {
    narrow_string(survey, in.u32(), text, where);
    narrow_string(survey, in.u32(), text, where);
  });
}

void texts(Survey& survey, Range range, Where where) {
  if (range.empty()) {
    return;
  }
  const List list = counted_list(survey, range, 4, where);
  survey.each_record(list.records, list.count, 4, limits::entries_max, where,
                     [&](Cursor in, auto) { narrow_string(survey, in.u32(), text, where); });
}

// A name, a type, and bytes of that type.
void objects(Survey& survey, Range range, Where where) {
  if (range.empty()) {
    return;
  }
  const List list = counted_list(survey, range, 12, where);
  survey.each_record(list.records, list.count, 12, limits::entries_max, where, [&](Cursor in, auto) {
    narrow_string(survey, in.u32(), text, where);
    const std::uint32_t value = in.skip(4).u32(); // a type, and what is reserved
    narrow_string(survey, value, text, where);
  });
}

void module_info(Survey& survey, Range range, Where where) {
  survey.claim(range.part(0, module_info_bytes), RegionClass::structure, where);
  survey.claim(range.part(module_info_bytes), RegionClass::opaque, where);
  Cursor in = survey.at(range);
  in.skip(4);
  const Range list = location(in);
  const Range simple = location(in);
  const Range annotated = location(in);
  if (!in.ok() || range.size() < module_info_bytes) {
    survey.hold(where, "is shorter than it must be");
    return;
  }
  texts(survey, list, where);
  dictionary(survey, simple, where);
  objects(survey, annotated, where);
}

} // namespace

void crashpad_info(Survey& survey, Range stream) {
  const Where where{"crashpad"};
  survey.claim(stream.part(0, 4), RegionClass::structure, where);
  survey.claim(stream.part(4, 32), text, where); // the ids of the report and of the installation
  survey.claim(stream.part(36, info_bytes - 36), RegionClass::structure, where);
  survey.claim(stream.part(info_bytes), RegionClass::opaque, where);
  Cursor in = survey.at(stream);
  in.skip(36);
  const Range simple = location(in);
  const Range modules = location(in);
  if (!in.ok() || stream.size() < info_bytes) {
    survey.hold(where, "is shorter than it must be");
    return;
  }
  dictionary(survey, simple, {"crashpad", Where::no_index, "annotations"});
  if (modules.empty()) {
    return;
  }
  const List list = counted_list(survey, modules, module_bytes, where);
  survey.each_record(
      list.records, list.count, module_bytes, limits::modules_max, where,
      [&](Cursor entry, auto i) { module_info(survey, location(entry.skip(4)), {"crashpad", i, "module"}); });
}

} // namespace sallyport::dump::streams
