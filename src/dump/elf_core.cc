#include "dump/elf_core.h"

#include "dump/elf_notes.h"
#include "dump/limits.h"

#include <algorithm>

namespace sallyport::dump {
namespace {

using enum RegionClass;

struct Processor {
  std::uint16_t machine; // e_machine
  std::size_t word;
  Machine known;
};

constexpr Processor processors[] = {{3, 4, Machine::x86}, {62, 8, Machine::amd64}, {183, 8, Machine::arm64}};

constexpr std::uint16_t type_core = 4;
constexpr std::uint32_t segment_load = 1;
constexpr std::uint32_t segment_note = 4;
constexpr std::uint32_t flag_execute = 1;
constexpr std::uint32_t flag_write = 2;
constexpr std::uint32_t section_nobits = 8;
constexpr std::uint16_t count_elsewhere = 0xffff; // PN_XNUM: the count stands in the first section header

struct Table {
  std::uint64_t at = 0;
  std::uint64_t record_bytes = 0;
  std::uint64_t count = 0;

  Range range() const { return {at, count * record_bytes}; } // 16 and 32 bits
};

struct Header {
  Table segments;
  Table sections;
};

struct Segment {
  std::uint32_t type = 0;
  std::uint32_t flags = 0;
  std::uint64_t address = 0;
  std::uint64_t memory_bytes = 0;
  Range range; // of the file
};

struct Section {
  std::uint32_t type = 0;
  std::uint32_t info = 0;
  Range range;
};

constexpr std::uint64_t header_bytes(std::size_t word) {
  return word == 4 ? 52 : 64;
}

constexpr std::uint64_t segment_bytes(std::size_t word) {
  return word == 4 ? 32 : 56;
}

constexpr std::uint64_t section_bytes(std::size_t word) {
  return word == 4 ? 40 : 64;
}

Segment segment_of(Cursor in, std::size_t word) {
  Segment out;
  out.type = in.u32();
  if (word == 8) {
    out.flags = in.u32();
  }
  const std::uint64_t offset = in.word(word);
  out.address = in.word(word);
  out.range = Range(offset, in.skip(word).word(word)); // the physical address is passed over
  out.memory_bytes = in.word(word);
  if (word == 4) {
    out.flags = in.u32();
  }
  return out;
}

Section section_of(Cursor in, std::size_t word) {
  Section out;
  out.type = in.skip(4).u32();
  const std::uint64_t offset = in.skip(2 * word).word(word);
  out.range = Range(offset, in.word(word));
  out.info = in.skip(4).u32();
  return out;
}

// Class and byte order are in the first bytes; nothing else can be read before they are known.
bool read_identity(Survey& survey) {
  const Range identity(0, 16);
  if (!survey.claim(identity, structure, {"header"})) {
    return false;
  }
  Cursor in = survey.at(identity);
  const std::uint8_t wide = in.skip(4).u8();
  const std::uint8_t data = in.u8();
  if (wide < 1 || wide > 2 || data < 1 || data > 2) {
    survey.hold({"header"}, "is of no class or byte order that there is");
    return false;
  }
  survey.dump.word = wide == 1 ? 4 : 8;
  survey.order = data == 1 ? std::endian::little : std::endian::big;
  return true;
}

std::optional<Header> read_header(Survey& survey) {
  const std::size_t word = survey.dump.word;
  const Range range(0, header_bytes(word));
  if (!survey.claim(range, structure, {"header"})) {
    return std::nullopt;
  }
  Cursor in = survey.at(range);
  if (in.skip(16).u16() != type_core) {
    survey.hold({"header"}, "is that of an ELF file, but not of a core", Cause::unsupported);
    return std::nullopt;
  }
  const std::uint16_t machine = in.u16();
  for (const Processor& processor : processors) {
    if (processor.machine == machine && processor.word == word && survey.order == std::endian::little) {
      survey.dump.machine = processor.known;
    }
  }
  Header out;
  out.segments.at = in.skip(4 + word).word(word);
  out.sections.at = in.word(word);
  out.segments.record_bytes = in.skip(6).u16();
  out.segments.count = in.u16();
  out.sections.record_bytes = in.u16();
  out.sections.count = in.u16();
  if (out.segments.record_bytes != segment_bytes(word) ||
      (out.sections.at != 0 && out.sections.record_bytes != section_bytes(word))) {
    survey.hold({"header"}, "gives its tables records of a size that they do not have");
    return std::nullopt;
  }
  return out;
}

// A core of many mappings counts them here, and gdb gives its cores a section for each segment.
void read_sections(Survey& survey, Header& header) {
  if (header.sections.at == 0) {
    return;
  }
  const Where where{"sections"};
  const std::size_t word = survey.dump.word;
  Table& table = header.sections;
  if (header.segments.count == count_elsewhere) {
    header.segments.count = section_of(survey.at(table.range().part(0, table.record_bytes)), word).info;
  }
  survey.each_record(table.range(), table.count, table.record_bytes, limits::parts_max, where,
                     [&](Cursor in, auto i) {
                       constexpr std::uint32_t section_strings = 3;
                       const Section section = section_of(in, word);
                       if (section.type == section_strings) { // everything else lies in a segment
                         survey.claim(section.range, opaque, {"sections", i});
                       }
                     });
}

void read_load(Survey& survey, const Segment& segment, Where where) {
  const Range addresses(segment.address, segment.memory_bytes);
  if (survey.has_room(survey.dump.mappings.size(), limits::ranges_max, {"mappings"})) {
    survey.dump.mappings.push_back(
        {addresses, (segment.flags & flag_write) != 0, false, (segment.flags & flag_execute) != 0});
  }
  survey.claim_memory(segment.address, segment.range, where);
}

} // namespace

bool is_elf(ByteView file) {
  return file.size() >= 4 && as_text(file.first(4)) == "\x7f"
                                                       "ELF";
}

void read_elf_core(Survey& survey) {
  survey.dump.format = Format::elf_core;
  if (!read_identity(survey)) {
    return;
  }
  std::optional<Header> header = read_header(survey);
  if (!header) {
    return;
  }
  read_sections(survey, *header);
  const Table& table = header->segments;
  std::vector<Range> notes;
  survey.each_record(table.range(), table.count, table.record_bytes, limits::ranges_max, {"segments"},
                     [&](Cursor in, auto i) {
                       const Segment segment = segment_of(in, survey.dump.word);
                       if (segment.type == segment_load) {
                         read_load(survey, segment, {"segments", i});
                       } else if (segment.type == segment_note) {
                         notes.push_back(segment.range);
                       } else {
                         survey.claim(segment.range, opaque, {"segments", i});
                       }
                     });
  std::ranges::sort(survey.dump.memory, {}, &Memory::address);
  for (const Range segment : notes) {
    read_notes(survey, segment);
  }
  if (survey.dump.machine == Machine::unknown) {
    survey.hold({"system"}, "names no processor whose registers are known here", Cause::unsupported);
  }
}

} // namespace sallyport::dump
