#include "walk/dwarf_frames.h"

#include "walk/dwarf_expression.h"
#include "walk/testing/elf.h"

#include <doctest/doctest.h>

#include <random>

namespace sallyport::walk {
namespace {

using testing::Writer;
using Kind = RowRule::Kind;

constexpr std::uint64_t section_at = 0x5000;

// A section of one entry over [0x1000, 0x1100).
std::string section_of(std::string_view instructions, std::string_view at_first = {}) {
  const std::string shared = testing::common(at_first);
  return shared + testing::entry(section_at + shared.size(), section_at, 0x1000, 0x100, instructions);
}

std::optional<Row> row(const std::string& section, std::uint64_t address) {
  Budget budget;
  return FrameTable::parse({as_bytes(section), section_at, FrameKind::eh_frame, 8}).row_at(address, budget);
}

TEST_CASE("a row is what the instructions up to the address have made of it") {
  // CFA rsp+8, rip at -8; after 4 bytes CFA rsp+16, rbp at -16; after 8 CFA rbp+16.
  const std::string section =
      section_of("\x44\x0e\x10\x86\x02\x44\x0d\x06", std::string_view("\x0c\x07\x08\x90\x01", 5));
  CHECK_FALSE(row(section, 0xfff));
  CHECK_FALSE(row(section, 0x1100));
  const auto first = row(section, 0x1003);
  REQUIRE(first);
  CHECK(first->frame.index == 7);
  CHECK(first->frame.offset == 8);
  CHECK(first->registers[6].kind == Kind::unspecified);
  CHECK(first->registers[16].kind == Kind::at_offset);
  CHECK(first->registers[16].offset == -8);
  const auto second = row(section, 0x1004);
  REQUIRE(second);
  CHECK(second->frame.offset == 16);
  CHECK(second->registers[6].offset == -16);
  const auto third = row(section, 0x10ff);
  REQUIRE(third);
  CHECK(third->frame.index == 6);
  CHECK(third->frame.offset == 16);
}

TEST_CASE("every instruction of a frame does what DWARF says of it") {
  struct Case {
    std::string_view instructions;
    std::size_t index; // of the register that is looked at
    Kind kind;
    std::int64_t offset;
  };

  using std::string_view_literals::operator""sv;
  const Case cases[] = {
      {"\x05\x03\x02"sv, 3, Kind::at_offset, -16},             // offset_extended
      {"\x11\x03\x7e"sv, 3, Kind::at_offset, 16},              // offset_extended_sf
      {"\x14\x03\x02"sv, 3, Kind::is_offset, -16},             // val_offset
      {"\x15\x03\x7e"sv, 3, Kind::is_offset, 16},              // val_offset_sf
      {"\x2f\x03\x02"sv, 3, Kind::at_offset, 16},              // GNU_negative_offset_extended
      {"\x83\x02\x07\x03"sv, 3, Kind::undefined, 0},           // undefined
      {"\x83\x02\x08\x03"sv, 3, Kind::same, 0},                // same_value
      {"\x09\x03\x0c"sv, 3, Kind::in_register, 0},             // register
      {"\x10\x03\x01\x30"sv, 3, Kind::at_expression, 0},       // expression
      {"\x16\x03\x01\x30"sv, 3, Kind::is_expression, 0},       // val_expression
      {"\x83\x02\xc3"sv, 3, Kind::unspecified, 0},             // restore
      {"\x83\x02\x06\x03"sv, 3, Kind::unspecified, 0},         // restore_extended
      {"\x83\x02\x0a\x83\x03\x0b"sv, 3, Kind::at_offset, -16}, // remember_state, restore_state
      {"\x00\x2e\x08\x2d\x83\x01"sv, 3, Kind::at_offset, -8},  // nop, GNU_args_size, negate_ra_state
      {"\x05\x7f\x02\x83\x01"sv, 3, Kind::at_offset, -8},      // of a register that is not walked
      {"\x02\x01\x03\x01\x00\x04\x01\x00\x00\x00\x83\x01"sv, 3, Kind::at_offset, -8}, // advance_loc 1, 2, 4
      {"\x01\x01\x10\x00\x00\x00\x00\x00\x00\x83\x01"sv, 3, Kind::at_offset, -8},     // set_loc
  };
  for (const Case& one : cases) {
    CAPTURE(testing::Writer().text(one.instructions).size());
    const auto made = row(section_of(one.instructions), 0x1080);
    REQUIRE(made);
    CHECK(made->registers[one.index].kind == one.kind);
    CHECK(made->registers[one.index].offset == one.offset);
  }
  const auto frame = [](std::string_view instructions) {
    const auto made = row(section_of(instructions), 0x1080);
    return made ? made->frame : RowRule();
  };
  CHECK(frame("\x0c\x07\x08\x0d\x06"sv).index == 6); // def_cfa, def_cfa_register
  CHECK(frame("\x0c\x07\x08\x0e\x20"sv).offset == 32);
  CHECK(frame("\x12\x07\x7e"sv).offset == 16);         // def_cfa_sf
  CHECK(frame("\x0c\x07\x08\x13\x7e"sv).offset == 16); // def_cfa_offset_sf
  CHECK(frame("\x0f\x01\x30"sv).kind == Kind::is_expression);
  for (const std::string_view broken : {"\x0b"sv, "\x3f"sv, "\x05"sv, "\x0f\x7f"sv, "\x0c\x07"sv}) {
    CHECK_FALSE(row(section_of(broken), 0x1080));
  }
  const std::string hoard(limits::saved_rows_max + 1, '\x0a');
  CHECK_FALSE(row(section_of(hoard), 0x1080));
}

TEST_CASE("a frame of a signal is one, and one of another processor's way is passed over") {
  const std::string signal = testing::common("", "zRS");
  const std::string frame = testing::entry(section_at + signal.size(), section_at, 0x1000, 0x100, "");
  CHECK(row(signal + frame, 0x1000)->of_signal);
  const std::string strange = testing::common("", "zXR");
  CHECK_FALSE(
      row(strange + testing::entry(section_at + strange.size(), section_at, 0x1000, 0x100, ""), 0x1000));
}

TEST_CASE("a section of debuggers is read as well, and its common records may stand behind") {
  Writer shared; // CIE of version 4
  shared.u32(0xffffffff)
      .number(4, 1)
      .zeros(1)
      .number(8, 1)
      .zeros(1)
      .number(1, 1)
      .number(0x78, 1)
      .number(16, 1);
  shared.text("\x0c\x07\x10");
  Writer frame;
  const std::uint64_t common_at = 4 + 4 + 16;
  frame.u32(common_at).u64(0x1000).u64(0x10);
  const std::string section = testing::record(frame.out()) + testing::record(shared.out());
  Budget budget;
  const FrameTable table = FrameTable::parse({as_bytes(section), 0, FrameKind::debug_frame, 8});
  CHECK(table.size() == 1);
  REQUIRE(table.row_at(0x100f, budget));
  CHECK(table.row_at(0x100f, budget)->frame.offset == 16);
}

struct Process {
  std::string bytes = Writer().u64(0x1111).u64(0x2222).u64(0x3333).u64(0x1010).out();
  std::vector<dump::Memory> pieces{{0x8000, dump::Range(0, 32)}};
  Budget budget;
  Memory memory{as_bytes(bytes), pieces, 8, budget};
  Registers registers;

  std::optional<std::uint64_t> value(std::string_view expression, std::optional<std::uint64_t> first = {}) {
    return evaluate(as_bytes(expression), registers, first, memory);
  }
};

TEST_CASE(
    "the caller's registers are what the row says, and what nobody says is lost or kept as calls keep it") {
  Process process;
  process.registers.set(7, 0x8000);
  process.registers.set(3, 77); // rbx: handed back
  process.registers.set(0, 88); // rax: not
  const Cpu& cpu = *cpu_of(dump::Machine::amd64);
  // CFA rsp+32, rip at -8, rbp at -24, r12 is CFA-8, r13 is in rbx.
  const auto made = row(section_of("\x0c\x07\x20\x90\x01\x86\x03\x14\x0c\x01\x09\x0d\x03"), 0x1000);
  REQUIRE(made);
  const auto caller = apply(*made, cpu, process.registers, process.memory);
  REQUIRE(caller);
  CHECK(caller->get(cpu.pc) == 0x1010);
  CHECK(caller->get(cpu.sp) == 0x8020);
  CHECK(caller->get(6) == 0x2222);
  CHECK(caller->get(12) == 0x8018);
  CHECK(caller->get(13) == 77);
  CHECK(caller->get(3) == 77);
  CHECK_FALSE(caller->get(0));
  CHECK(process.memory.taken() == std::vector{dump::Range(0x8008, 8), dump::Range(0x8018, 8)});
  // Where the return address is undefined, nobody called.
  const auto outermost = row(section_of("\x0c\x07\x08\x07\x10"), 0x1000);
  CHECK(apply(*outermost, cpu, process.registers, process.memory)->get(cpu.pc) == 0);
  const auto elsewhere = row(section_of("\x0c\x07\x40\x90\x01"), 0x1000);
  CHECK_FALSE(apply(*elsewhere, cpu, process.registers, process.memory));
}

TEST_CASE("expressions compute as DWARF says, and fail where something is not there") {
  using std::string_view_literals::operator""sv;
  Process process;
  process.registers.set(7, 0x8000);
  const std::pair<std::string_view, std::uint64_t> values[] = {
      {"\x77\x08\x06"sv, 0x2222},       // breg7 8, deref
      {"\x92\x07\x10\x94\x01"sv, 0x33}, // bregx 7 16, deref_size 1
      {"\x08\xff"sv, 255},
      {"\x09\xff"sv, ~0ULL},
      {"\x0a\x01\x02"sv, 0x201},
      {"\x0b\xff\xff"sv, ~0ULL},
      {"\x0c\x01\x00\x00\x80"sv, 0x80000001},
      {"\x0d\xff\xff\xff\xff"sv, ~0ULL},
      {"\x0e\x01\x00\x00\x00\x00\x00\x00\x00"sv, 1},
      {"\x10\x80\x01"sv, 128},
      {"\x11\x7f"sv, ~0ULL},
      {"\x03\x01\x00\x00\x00\x00\x00\x00\x00"sv, 1},
      {"\x35\x32\x1c"sv, 3}, // 5 - 2
      {"\x35\x32\x1b"sv, 2}, // 5 / 2
      {"\x35\x32\x1d"sv, 1}, // 5 mod 2
      {"\x35\x32\x1e"sv, 10},
      {"\x35\x32\x22"sv, 7},
      {"\x35\x23\x02"sv, 7},  // plus_uconst
      {"\x31\x34\x24"sv, 16}, // 1 << 4
      {"\x38\x31\x25"sv, 4},
      {"\x09\xf8\x31\x26"sv, ~3ULL}, // -8 >> 1
      {"\x35\x33\x27"sv, 6},
      {"\x35\x33\x1a"sv, 1},
      {"\x35\x32\x21"sv, 7},
      {"\x31\x1f\x19"sv, 1}, // abs of -1
      {"\x30\x20"sv, ~0ULL},
      {"\x31\x32\x16\x1c"sv, 1},     // swap
      {"\x31\x32\x12\x22"sv, 4},     // dup
      {"\x31\x32\x14\x22"sv, 3},     // over
      {"\x31\x32\x15\x01\x13"sv, 2}, // pick, drop
      {"\x32\x32\x29"sv, 1},
      {"\x31\x32\x2d"sv, 1},
      {"\x31\x32\x2e"sv, 1},
      {"\x31\x32\x2a"sv, 0},
      {"\x31\x32\x2b"sv, 0},
      {"\x31\x32\x2c"sv, 1},
      {"\x31\x2f\x01\x00\x32\x96"sv, 1}, // skip
      {"\x35\x31\x28\x01\x00\x36"sv, 5}, // bra
  };
  for (const auto& [expression, expected] : values) {
    CAPTURE(to_hex(as_bytes(expression)));
    CHECK(process.value(expression) == expected);
  }
  CHECK(process.value("\x31\x32\x33\x17\x1c\x1c"sv) == 3 - (1 - 2)); // rot: 3 1 2
  CHECK(process.value("\x23\x08"sv, 0x8000) == 0x8008);
  for (const std::string_view broken :
       {""sv, "\x22"sv, "\x06"sv, "\x76\x00"sv, "\x92\xff\x01\x00"sv, "\x31\x30\x1b"sv, "\x31\x30\x1d"sv,
        "\x30\x06"sv, "\x31\x94\x09"sv, "\x2f\xff\x7f"sv, "\x50"sv, "\x0e\x01"sv, "\x15\x05"sv,
        "\x77\xff"sv}) {
    CAPTURE(to_hex(as_bytes(broken)));
    CHECK_FALSE(process.value(broken));
  }
  process.budget = Budget(1000);
  CHECK_FALSE(process.value("\x2f\xfd\xff"sv)); // for ever, until the budget ends
  CHECK(process.budget.ended());
  process.budget = Budget();
  CHECK_FALSE(process.value(std::string(limits::expression_depth_max + 1, '\x31')));
}

TEST_CASE("any bytes are read as a section without leaving them") {
  std::mt19937 random(7);
  const std::string good =
      section_of("\x44\x0e\x10\x86\x02\x0f\x03\x77\x08\x06", std::string_view("\x0c\x07\x08\x90\x01", 5));
  Process process;
  process.registers.set(7, 0x8000);
  const auto use = [&](const std::string& bytes) {
    for (const FrameKind kind : {FrameKind::eh_frame, FrameKind::debug_frame}) {
      // A copy of exactly this size, so that the sanitiser sees each byte behind it.
      const Bytes copy(bytes.begin(), bytes.end());
      const FrameTable table = FrameTable::parse({copy, section_at, kind, 8});
      for (const std::uint64_t address : {0x1000ULL, 0x1010ULL, 0x10ffULL}) {
        if (const auto made = table.row_at(address, process.budget)) {
          apply(*made, *cpu_of(dump::Machine::amd64), process.registers, process.memory);
        }
      }
    }
  };
  for (std::size_t size = 0; size <= good.size(); ++size) {
    use(good.substr(0, size));
  }
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = good;
    for (unsigned i = 0; i < 1 + random() % 4; ++i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    use(bytes);
  }
}

} // namespace
} // namespace sallyport::walk
