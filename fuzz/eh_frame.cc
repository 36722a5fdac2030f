// FrameTable over .eh_frame and .debug_frame: what a row says can be applied, reads only memory that is
// there, ends within its budget, and is the same the second time.
#include "walk/dwarf_frames.h"

using namespace sallyport;
using namespace sallyport::walk;

namespace {

constexpr std::uint64_t section_at = 0x5000;
constexpr std::uint64_t stack_at = 0x8000;

std::optional<Registers> caller(const FrameTable& table, const Cpu& cpu, std::uint64_t address) {
  static constexpr std::uint8_t stack[64] = {0x10, 0x10, 0, 0, 0, 0, 0, 0, 0x20, 0x80};
  const std::vector<dump::Memory> pieces{{stack_at, dump::Range(0, sizeof stack)}};
  Budget budget(10'000);
  Memory memory(stack, pieces, cpu.word, budget);
  Registers callee;
  for (std::size_t i = 0; i < cpu.registers.size(); ++i) {
    callee.set(i, stack_at + 8 * (i % 4));
  }
  const std::optional<Row> row = table.row_at(address, budget);
  const std::optional<Registers> out = row ? apply(*row, cpu, callee, memory) : std::nullopt;
  for (const dump::Range range : memory.taken()) {
    SP_ASSERT(dump::Range(stack_at, sizeof stack).contains(range));
  }
  SP_ASSERT(!out || (out->get(cpu.pc) && out->get(cpu.sp)));
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const dump::Machine machine : {dump::Machine::amd64, dump::Machine::x86, dump::Machine::arm64}) {
    const Cpu& cpu = *cpu_of(machine);
    for (const FrameKind kind : {FrameKind::eh_frame, FrameKind::debug_frame}) {
      const FrameTable table = FrameTable::parse({{data, size}, section_at, kind, cpu.word});
      SP_ASSERT(table.bytes() <= size);
      for (const std::uint64_t address : {0x1000ULL, 0x1010ULL, 0x10ffULL}) {
        const auto once = caller(table, cpu, address);
        const auto again = caller(table, cpu, address);
        SP_ASSERT(once.has_value() == again.has_value());
        SP_ASSERT(!once || (once->value == again->value && once->known == again->known));
      }
    }
  }
  return 0;
}
