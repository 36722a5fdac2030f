// ELF images made by code, laid out in the file as in memory, so that one text serves as both.
#pragma once

#include "dump/testing/synthetic.h"

#include <string>

namespace sallyport::walk::testing {

using dump::testing::Writer;

// One record of .eh_frame: its length, then its body.
inline std::string record(const std::string& body) {
  return Writer().u32(body.size()).text(body).out();
}

// "zR" with addresses as 32 bits relative to themselves; factors 1 and -8; the return address is register 16.
inline std::string common(std::string_view instructions, std::string_view augmentation = "zR") {
  Writer out;
  out.u32(0).number(1, 1).text(augmentation).zeros(1).number(1, 1).number(0x78, 1).number(16, 1);
  return record(out.number(1, 1).number(0x1b, 1).text(instructions).out());
}

// Of `size` bytes from `address` on; it stands at `at`, and its common record at `common_at`.
inline std::string entry(std::uint64_t at, std::uint64_t common_at, std::uint64_t address, std::uint64_t size,
                         std::string_view instructions) {
  Writer out;
  out.u32(at + 4 - common_at).u32(address - (at + 8)).u32(size).number(0, 1).text(instructions);
  return record(out.out());
}

inline constexpr std::string_view elf_build = "\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10";
inline const std::string elf_build_hex = "0102030405060708090a0b0c0d0e0f10";

// 64 bits, amd64, loaded from 0 on: headers, a build id, .eh_frame with its header, functions in .symtab.
// "first" has 0x20 bytes from 0x1000 on and a frame of 8; "second" 0x20 from 0x1020 on and a frame of 24.
inline std::string sample_elf(std::string_view build = elf_build) {
  constexpr std::uint64_t note_at = 0x200;
  constexpr std::uint64_t frame_header_at = 0x240;
  constexpr std::uint64_t frames_at = 0x260;
  constexpr std::uint64_t symbols_at = 0x400;
  constexpr std::uint64_t strings_at = 0x480;
  constexpr std::uint64_t names_at = 0x4c0;
  constexpr std::uint64_t sections_at = 0x600;
  const std::string note =
      Writer().u32(4).u32(build.size()).u32(3).text(std::string_view("GNU\0", 4)).text(build).out();
  // CFA is rsp + 8, and the return address lies below it.
  std::string frames = common(std::string("\x0c\x07\x08\x90\x01", 5));
  frames += entry(frames_at + frames.size(), frames_at, 0x1000, 0x20, "");
  frames += entry(frames_at + frames.size(), frames_at, 0x1020, 0x20, "\x0e\x18");
  frames += Writer().u32(0).out();
  const std::string_view strings("\0first\0second\0", 14);
  Writer symbols;
  symbols.zeros(24);
  symbols.u32(1).number(2, 1).zeros(1).u16(1).u64(0x1000).u64(0x20);
  symbols.u32(7).number(2, 1).zeros(1).u16(1).u64(0x1020).u64(0x20);
  const std::string_view names("\0.note.gnu.build-id\0.eh_frame\0.symtab\0.strtab\0.shstrtab\0", 56);

  struct Section {
    std::uint32_t name, type;
    std::uint64_t at, size;
    std::uint32_t link;
  };

  const Section sections[] = {{0, 0, 0, 0, 0},
                              {1, 7, note_at, note.size(), 0},
                              {20, 1, frames_at, frames.size(), 0},
                              {30, 2, symbols_at, symbols.size(), 4},
                              {38, 3, strings_at, strings.size(), 0},
                              {46, 3, names_at, names.size(), 0}};
  Writer out;
  out.text("\x7f"
           "ELF")
      .number(2, 1)
      .number(1, 1)
      .number(1, 1)
      .pad_to(16)
      .u16(3)
      .u16(62)
      .u32(1)
      .u64(0)
      .u64(64)
      .u64(sections_at)
      .u32(0)
      .u16(64)
      .u16(56)
      .u16(4)
      .u16(64)
      .u16(std::size(sections))
      .u16(5);
  const auto segment = [&](std::uint32_t type, std::uint32_t flags, std::uint64_t at, std::uint64_t size) {
    out.u32(type).u32(flags).u64(at).u64(at).u64(at).u64(size).u64(size).u64(8);
  };
  segment(1, 4, 0, 0x1000);
  segment(1, 5, 0x1000, 0x1000);
  segment(4, 4, note_at, note.size());
  segment(0x6474e550, 4, frame_header_at, 12);
  out.pad_to(note_at).text(note).pad_to(frame_header_at);
  out.number(1, 1).number(0x1b, 1).number(0xff, 1).number(0xff, 1).u32(frames_at - (frame_header_at + 4));
  out.pad_to(frames_at).text(frames).pad_to(symbols_at).text(symbols.out()).pad_to(strings_at).text(strings);
  out.pad_to(names_at).text(names).pad_to(sections_at);
  for (const Section& s : sections) {
    out.u32(s.name).u32(s.type).u64(0).u64(s.at).u64(s.at).u64(s.size).u32(s.link).u32(0).u64(1).u64(0);
  }
  return out.pad_to(0x2000).out();
}

} // namespace sallyport::walk::testing
