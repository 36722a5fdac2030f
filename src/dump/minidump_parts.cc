#include "dump/minidump_streams.h"

namespace sallyport::dump::streams {
namespace {

std::optional<Text> string_at(Survey& survey, std::uint64_t offset, Encoding encoding, RegionClass klass,
                              Where where) {
  if (offset == 0) {
    return std::nullopt;
  }
  const Range length(offset, 4);
  if (!survey.claim(length, RegionClass::structure, where)) {
    return std::nullopt;
  }
  const Range text(length.until(), survey.at(length).u32());
  if (!survey.claim(text, klass, where)) {
    return std::nullopt;
  }
  // The NUL belongs to the text, but is not counted, and not every writer puts one at the end of the file.
  const bool narrow = encoding == Encoding::utf8;
  const Range nul(text.until(), narrow ? 1 : 2);
  Cursor behind = survey.at(nul);
  const bool is_nul = (narrow ? behind.u8() : behind.u16()) == 0;
  if (is_nul && behind.ok()) {
    survey.claim(nul, klass, where);
  }
  return Text{text, encoding};
}

} // namespace

Range location(Cursor& in) {
  const std::uint32_t size = in.u32();
  const std::uint32_t offset = in.u32();
  return {offset, size};
}

List counted_list(Survey& survey, Range stream, std::uint64_t record_bytes, Where where) {
  Cursor in = survey.at(stream);
  const std::uint64_t count = in.u32();
  if (!in.ok()) {
    survey.hold(where, "has no room for its count");
    return {};
  }
  const std::uint64_t header = stream.size() == 8 + count * record_bytes ? 8 : 4;
  survey.claim(stream.part(0, header), RegionClass::structure, where);
  return {count, stream.part(header)};
}

std::optional<SizedList> sized_list(Survey& survey, Range stream, std::size_t count_bytes, Lengths record,
                                    Where where) {
  constexpr std::uint64_t header_max = 16;
  Cursor in = survey.at(stream);
  const std::uint64_t header = in.u32();
  const std::uint64_t size = in.u32();
  const std::uint64_t count = in.word(count_bytes);
  if (!in.ok() || header < 8 + count_bytes || header > header_max || size < record.least ||
      size > record.most) {
    survey.claim(stream, RegionClass::opaque, where);
    survey.hold(where, "has a header that is not one");
    return std::nullopt;
  }
  survey.claim(stream.part(0, header), RegionClass::structure, where);
  return SizedList{count, size, stream.part(header)};
}

std::optional<Text> wide_string(Survey& survey, std::uint64_t offset, RegionClass klass, Where where) {
  const bool little = survey.order == std::endian::little;
  return string_at(survey, offset, little ? Encoding::utf16_little : Encoding::utf16_big, klass, where);
}

std::optional<Text> narrow_string(Survey& survey, std::uint64_t offset, RegionClass klass, Where where) {
  return string_at(survey, offset, Encoding::utf8, klass, where);
}

} // namespace sallyport::dump::streams
