// Without rules: the chain of frame pointers, and words on the stack that could be return addresses.
#include "walk/step.h"

#include <algorithm>

namespace sallyport::walk {
namespace {

// Neither in the lower nor in the upper half that amd64 has.
bool is_non_canonical(std::uint64_t address) {
  return address > 0x7fffffffffff && address < 0xffff800000000000;
}

// The registers of a caller of which only these are known; the others are what the callee had, unknown.
Registers known_only(const Callee& callee,
                     std::initializer_list<std::pair<std::size_t, std::uint64_t>> known) {
  Registers out = callee.registers;
  out.known.reset();
  for (const auto& [index, value] : known) {
    out.set(index, value);
  }
  return out;
}

std::optional<Caller> amd64_frame_pointer(Stepper& stepper, const Callee& callee) {
  const Cpu& cpu = stepper.cpu;
  const std::uint64_t frame = callee.registers.value[cpu.fp];
  if (frame % 8 != 0) {
    return std::nullopt;
  }
  const auto back = stepper.memory.word(frame + 8);
  const auto outer = stepper.memory.word(frame);
  if (!back || !outer || is_non_canonical(*back)) {
    return std::nullopt;
  }
  const std::uint64_t sp = frame + 16;
  if (sp <= frame) {
    return std::nullopt;
  }
  // The outer frame is further up on the stack; or it keeps no frame pointer, and then the return address
  // must be known to be one.
  const bool goes_on = *outer >= sp && stepper.memory.word(*outer);
  if (!goes_on && !stepper.is_code(*back - 1)) {
    return std::nullopt;
  }
  return Caller{known_only(callee, {{cpu.pc, *back}, {cpu.sp, sp}, {cpu.fp, *outer}}), Trust::frame_pointer};
}

std::optional<Caller> x86_frame_pointer(Stepper& stepper, const Callee& callee) {
  const Cpu& cpu = stepper.cpu;
  const std::uint64_t frame = callee.registers.value[cpu.fp];
  const auto back = stepper.memory.word((frame + 4) & cpu.mask());
  const auto outer = stepper.memory.word(frame);
  if (!back || !outer) {
    return std::nullopt;
  }
  return Caller{known_only(callee, {{cpu.pc, *back}, {cpu.sp, (frame + 8) & cpu.mask()}, {cpu.fp, *outer}}),
                Trust::frame_pointer};
}

constexpr std::size_t arm64_link = 30;

// The caller goes on where the link register says, as long as that is known, and the frame pointer leads to
// what the caller itself saved; where it is not, to what the callee did.
std::optional<Caller> arm64_frame_pointer(Stepper& stepper, const Callee& callee) {
  const Cpu& cpu = stepper.cpu;
  const std::uint64_t frame = callee.registers.value[cpu.fp];
  std::uint64_t outer = 0;
  std::uint64_t link = 0;
  if (frame != 0) {
    const auto saved_frame = stepper.memory.word(frame);
    const auto saved_link = stepper.memory.word(frame + 8);
    if (!saved_frame || !saved_link) {
      return std::nullopt;
    }
    outer = *saved_frame;
    link = stepper.stripped(*saved_link);
  }
  if (!callee.registers.get(arm64_link)) {
    return frame == 0 ? std::nullopt
                      : std::optional(Caller{
                            known_only(callee, {{cpu.pc, link}, {cpu.sp, frame + 16}, {cpu.fp, outer}}),
                            Trust::frame_pointer});
  }
  const std::uint64_t sp = frame != 0 ? frame + 16 : callee.registers.value[cpu.sp];
  const std::uint64_t pc = stepper.stripped(callee.registers.value[arm64_link]);
  return Caller{known_only(callee, {{cpu.pc, pc}, {cpu.sp, sp}, {cpu.fp, outer}, {arm64_link, link}}),
                Trust::frame_pointer};
}

// After a scan, what the callee's frame pointer may tell of the caller's.
void keep_frame_pointer(Stepper& stepper, const Callee& callee, std::uint64_t found_at, Registers& caller) {
  const Cpu& cpu = stepper.cpu;
  const std::uint64_t frame = callee.registers.value[cpu.fp];
  if (stepper.cpu.machine == dump::Machine::x86) {
    // Pushed right below the return address, and not far from it.
    constexpr std::uint64_t gap_max = 128 * 1024;
    const std::uint64_t at = found_at - 4;
    const auto pushed = stepper.memory.word(at);
    const bool plausible = pushed && *pushed > at && *pushed - at <= gap_max;
    caller.set(cpu.fp, plausible ? *pushed : frame);
    return;
  }
  if (!callee.registers.get(cpu.fp) || stepper.cpu.machine != dump::Machine::amd64) {
    return;
  }
  if (found_at - 8 == frame) {
    const auto pushed = stepper.memory.word(frame);
    if (pushed && *pushed > found_at) {
      caller.set(cpu.fp, *pushed);
    }
  } else if (frame >= found_at + 8) {
    caller.set(cpu.fp, frame);
  }
}

std::optional<Caller> at_returns(Stepper& stepper, const Callee& callee,
                                 std::optional<Stepper::Returns> found) {
  if (!found) {
    return std::nullopt;
  }
  const Cpu& cpu = stepper.cpu;
  return Caller{known_only(callee, {{cpu.pc, found->address}, {cpu.sp, found->at + cpu.word}}), Trust::scan};
}

} // namespace

const Symbols* Stepper::symbols_of(const Callee& callee) const {
  return callee.image ? &library.of(*callee.image) : nullptr;
}

std::uint64_t Stepper::stripped(std::uint64_t address) const {
  if (cpu.machine != dump::Machine::arm64) {
    return address;
  }
  const std::uint64_t plain = address & library.images().address_mask();
  return library.images().at(plain) ? plain : address;
}

// In an image and, where the image's functions are known, in one of them.
bool Stepper::may_be_code(std::uint64_t address) {
  const auto index = library.images().at(address);
  if (!index) {
    return false;
  }
  const Image& image = library.images().all()[*index];
  const Symbols& symbols = library.of(*index);
  if (symbols.breakpad) {
    const SymFunction* function = symbols.breakpad->function_at(address - image.base);
    return function != nullptr && !function->name.empty();
  }
  const std::uint64_t linked = address - image.base + symbols.linked_base;
  return symbols.elf.empty() || symbols.elf.front().is_code(linked);
}

bool Stepper::is_code(std::uint64_t address) {
  const auto index = library.images().at(address);
  return index && !library.of(*index).elf.empty() && may_be_code(address);
}

std::optional<Stepper::Returns> Stepper::scan(std::uint64_t from, std::size_t words) {
  for (std::size_t i = 0; i <= words; ++i) {
    const std::uint64_t at = (from + i * cpu.word) & cpu.mask();
    const auto word = memory.peek(at);
    if (!word) {
      return std::nullopt;
    }
    const std::uint64_t address = stripped(*word);
    if (address != 0 && may_be_code(address - 1)) {
      memory.word(at);
      return Returns{at, address};
    }
  }
  return std::nullopt;
}

// A register that points elsewhere is no frame pointer, and what it points to is no frame.
bool Stepper::is_on_stack(const Callee& callee, std::uint64_t address) const {
  const auto after = std::ranges::upper_bound(dump.memory, address, {}, &dump::Memory::address);
  if (after == dump.memory.begin()) {
    return false;
  }
  const dump::Range piece(std::prev(after)->address, std::prev(after)->range.size());
  return piece.contains(address) && piece.contains(callee.registers.value[cpu.sp]);
}

std::optional<Caller> by_frame_pointer(Stepper& stepper, const Callee& callee) {
  const std::uint64_t frame = callee.registers.value[stepper.cpu.fp];
  if (frame != 0 && !stepper.is_on_stack(callee, frame)) {
    return std::nullopt;
  }
  switch (stepper.cpu.machine) {
  case dump::Machine::x86:
    return x86_frame_pointer(stepper, callee);
  case dump::Machine::amd64:
    // Compilers for Windows use the register for anything.
    return stepper.dump.windows ? std::nullopt : amd64_frame_pointer(stepper, callee);
  case dump::Machine::arm64:
    return arm64_frame_pointer(stepper, callee);
  case dump::Machine::unknown:
    break;
  }
  return std::nullopt;
}

std::optional<Caller> by_leaf(Stepper& stepper, const Callee& callee) {
  const bool may_be_leaf =
      stepper.dump.windows && stepper.cpu.machine == dump::Machine::amd64 && callee.trust == Trust::context;
  if (!may_be_leaf) {
    return std::nullopt;
  }
  auto caller = at_returns(stepper, callee, stepper.scan(callee.registers.value[stepper.cpu.sp], 1));
  if (caller) {
    const Registers returned = caller->registers;
    caller->registers = callee.registers; // it touched none of the others
    caller->registers.set(stepper.cpu.pc, returned.value[stepper.cpu.pc]);
    caller->registers.set(stepper.cpu.sp, returned.value[stepper.cpu.sp]);
  }
  return caller;
}

std::optional<Caller> by_scan(Stepper& stepper, const Callee& callee) {
  const auto found = stepper.scan(callee.registers.value[stepper.cpu.sp], Stepper::scan_words(callee));
  auto caller = at_returns(stepper, callee, found);
  if (caller) {
    keep_frame_pointer(stepper, callee, found->at, caller->registers);
  }
  return caller;
}

} // namespace sallyport::walk
