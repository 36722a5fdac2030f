#include "walk/elf_file.h"

#include "dump/cursor.h"
#include "walk/limits.h"

#include <algorithm>

namespace sallyport::walk {

using dump::Cursor;
using dump::Range;
using dump::slice;

namespace {

constexpr std::uint32_t segment_load = 1;
constexpr std::uint32_t segment_note = 4;
constexpr std::uint32_t section_symbols = 2;
constexpr std::uint32_t section_note = 7;
constexpr std::uint32_t section_nobits = 8;
constexpr std::uint32_t section_dynamic_symbols = 11;
constexpr std::uint64_t page_bytes = 4096;
constexpr std::size_t notes_max = 1024;

Cursor at(ByteView bytes, Range range) {
  return {slice(bytes, range), std::endian::little};
}

std::string_view text_at(ByteView strings, std::uint64_t offset) {
  if (offset >= strings.size()) {
    return {};
  }
  const std::string_view rest = as_text(strings.subspan(offset));
  return rest.substr(0, std::min(rest.find('\0'), rest.size()));
}

struct Header {
  Range segments; // tables
  std::uint64_t segment_bytes = 0;
  Range sections;
  std::uint64_t section_bytes = 0;
  std::uint32_t names = 0; // the section that has the names of all
};

Header header_of(Cursor in, std::size_t word) {
  Header out;
  const std::uint64_t segments_at = in.skip(16 + 8 + word).word(word);
  const std::uint64_t sections_at = in.word(word);
  out.segment_bytes = in.skip(6).u16();
  const std::uint64_t segments = in.u16();
  out.section_bytes = in.u16();
  const std::uint64_t sections = in.u16();
  out.names = in.u16();
  out.segments = Range(segments_at, segments * out.segment_bytes);
  out.sections = Range(sections_at, sections * out.section_bytes);
  return out;
}

ElfSegment segment_of(Cursor in, std::size_t word) {
  constexpr std::uint32_t flag_execute = 1;
  ElfSegment out;
  out.type = in.u32();
  std::uint32_t flags = word == 8 ? in.u32() : 0;
  const std::uint64_t offset = in.word(word);
  const std::uint64_t address = in.word(word);
  out.file = Range(offset, in.skip(word).word(word));
  out.addresses = Range(address, in.word(word));
  flags = word == 4 ? in.u32() : flags;
  out.executable = (flags & flag_execute) != 0;
  return out;
}

constexpr std::uint64_t aligned(std::uint64_t size) {
  return (size + 3) & ~std::uint64_t{3};
}

ByteView build_id_in(ByteView notes) {
  constexpr std::uint32_t note_build_id = 3;
  Cursor in(notes, std::endian::little);
  for (std::size_t i = 0; i < notes_max && in.left() > 0; ++i) {
    const std::uint64_t name_bytes = in.u32();
    const std::uint64_t value_bytes = in.u32();
    const std::uint32_t type = in.u32();
    const ByteView name = in.bytes(aligned(name_bytes));
    const ByteView value = in.bytes(value_bytes);
    if (!in.ok()) {
      break;
    }
    if (type == note_build_id && name_bytes == 4 && as_text(name).starts_with("GNU")) {
      return value;
    }
    in.skip(std::min<std::uint64_t>(aligned(value_bytes) - value_bytes, in.left()));
  }
  return {};
}

} // namespace

Result<ElfFile> ElfFile::parse(ByteView bytes) {
  Cursor identity(bytes, std::endian::little);
  const std::uint32_t magic = identity.u32();
  const std::uint8_t width = identity.u8();
  const std::uint8_t order = identity.u8();
  constexpr std::uint32_t elf_magic = 0x464c457f;
  if (magic != elf_magic || width < 1 || width > 2 || order != 1) {
    return fail(ErrorCode::unsupported, "", "is no ELF file of a little-endian processor");
  }
  ElfFile out;
  out.bytes_ = bytes;
  out.word_ = width == 1 ? 4 : 8;
  const Header header = header_of(Cursor(bytes, std::endian::little), out.word_);
  const std::uint64_t segment_bytes = out.word_ == 4 ? 32 : 56;
  const std::uint64_t section_bytes = out.word_ == 4 ? 40 : 64;
  if (header.segment_bytes >= segment_bytes) {
    for (Range rest = common(header.segments, Range(0, bytes.size())); rest.size() >= segment_bytes;
         rest = rest.part(header.segment_bytes)) {
      out.segments_.push_back(segment_of(at(bytes, rest), out.word_));
    }
  }
  std::vector<std::uint32_t> names;
  if (header.section_bytes >= section_bytes) {
    for (Range rest = common(header.sections, Range(0, bytes.size())); rest.size() >= section_bytes;
         rest = rest.part(header.section_bytes)) {
      Cursor in = at(bytes, rest);
      ElfSection section;
      names.push_back(in.u32());
      section.type = in.u32();
      section.flags = in.word(out.word_);
      section.address = in.word(out.word_);
      const std::uint64_t offset = in.word(out.word_);
      const Range range(offset, in.word(out.word_));
      section.link = in.u32();
      if (section.type != section_nobits && Range(0, bytes.size()).contains(range)) {
        section.bytes = slice(bytes, range);
      }
      out.sections_.push_back(section);
    }
  }
  if (header.names < out.sections_.size()) {
    const ByteView strings = out.sections_[header.names].bytes;
    for (std::size_t i = 0; i < names.size(); ++i) {
      out.sections_[i].name = text_at(strings, names[i]);
    }
  }
  return out;
}

const ElfSection* ElfFile::section(std::string_view name) const {
  const auto found = std::ranges::find(sections_, name, &ElfSection::name);
  return found == sections_.end() ? nullptr : &*found;
}

ByteView ElfFile::build_id() const {
  for (const ElfSection& section : sections_) {
    if (section.type == section_note) {
      if (const ByteView id = build_id_in(section.bytes); !id.empty()) {
        return id;
      }
    }
  }
  for (const ElfSegment& segment : segments_) {
    if (segment.type == segment_note) {
      if (const ByteView id = build_id_in(slice(bytes_, segment.file)); !id.empty()) {
        return id;
      }
    }
  }
  return {};
}

Range ElfFile::extent() const {
  std::uint64_t from = ~std::uint64_t{0};
  std::uint64_t until = 0;
  for (const ElfSegment& segment : segments_) {
    if (segment.type == segment_load && !segment.addresses.empty()) {
      from = std::min(from, segment.addresses.from() & ~(page_bytes - 1));
      until = std::max(until, segment.addresses.until());
    }
  }
  return dump::between(from, until);
}

std::uint64_t ElfFile::first_address() const {
  const Range all = extent();
  return all.empty() ? 0 : all.from();
}

bool ElfFile::is_code(std::uint64_t address) const {
  return std::ranges::any_of(segments_, [&](const ElfSegment& segment) {
    return segment.type == segment_load && segment.executable && segment.addresses.contains(address);
  });
}

std::vector<ElfFunction> ElfFile::functions() const {
  constexpr std::uint8_t kind_none = 0; // as assemblers leave it
  constexpr std::uint8_t kind_function = 2;
  constexpr std::uint8_t kind_indirect = 10;
  std::vector<ElfFunction> out;
  for (const ElfSection& section : sections_) {
    if ((section.type != section_symbols && section.type != section_dynamic_symbols) ||
        section.link >= sections_.size()) {
      continue;
    }
    const ByteView strings = sections_[section.link].bytes;
    Cursor in(section.bytes, std::endian::little);
    const std::size_t record = word_ == 4 ? 16 : 24;
    while (in.left() >= record && out.size() < limits::records_max) {
      const std::uint32_t name = in.u32();
      std::uint64_t address = word_ == 4 ? in.u32() : 0;
      std::uint64_t size = word_ == 4 ? in.u32() : 0;
      const std::uint8_t kind = in.u8() & 0xf;
      const std::uint16_t place = in.skip(1).u16();
      if (word_ == 8) {
        address = in.u64();
        size = in.u64();
      }
      const bool is_code = kind == kind_function || kind == kind_indirect || (kind == kind_none && size > 0);
      if (is_code && place != 0 && address != 0) {
        out.push_back({address, size, text_at(strings, name)});
      }
    }
  }
  std::ranges::stable_sort(out, [](const ElfFunction& a, const ElfFunction& b) {
    return a.address != b.address ? a.address<b.address : (a.size > 0)>(b.size > 0);
  });
  const auto [from, until] = std::ranges::unique(out, {}, &ElfFunction::address);
  out.erase(from, until);
  return out;
}

} // namespace sallyport::walk
