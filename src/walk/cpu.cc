#include "walk/cpu.h"

#include <algorithm>

namespace sallyport::walk {
namespace {

constexpr std::array<RegisterRule, 9> x86_registers{{{"eax", "$eax"},
                                                     {"ecx", "$ecx"},
                                                     {"edx", "$edx"},
                                                     {"ebx", "$ebx", true},
                                                     {"esp", "$esp"},
                                                     {"ebp", "$ebp", true},
                                                     {"esi", "$esi", true},
                                                     {"edi", "$edi", true},
                                                     {"eip", "$eip"}}};

constexpr std::array<RegisterRule, 17> amd64_registers{{{"rax", "$rax"},
                                                        {"rdx", "$rdx"},
                                                        {"rcx", "$rcx"},
                                                        {"rbx", "$rbx", true},
                                                        {"rsi", "$rsi"},
                                                        {"rdi", "$rdi"},
                                                        {"rbp", "$rbp", true},
                                                        {"rsp", "$rsp"},
                                                        {"r8", "$r8"},
                                                        {"r9", "$r9"},
                                                        {"r10", "$r10"},
                                                        {"r11", "$r11"},
                                                        {"r12", "$r12", true},
                                                        {"r13", "$r13", true},
                                                        {"r14", "$r14", true},
                                                        {"r15", "$r15", true},
                                                        {"rip", "$rip"}}};

constexpr std::array<RegisterRule, 33> arm64_registers{
    {{"x0", "x0"},         {"x1", "x1"},         {"x2", "x2"},         {"x3", "x3"},
     {"x4", "x4"},         {"x5", "x5"},         {"x6", "x6"},         {"x7", "x7"},
     {"x8", "x8"},         {"x9", "x9"},         {"x10", "x10"},       {"x11", "x11"},
     {"x12", "x12"},       {"x13", "x13"},       {"x14", "x14"},       {"x15", "x15"},
     {"x16", "x16"},       {"x17", "x17"},       {"x18", "x18"},       {"x19", "x19", true},
     {"x20", "x20", true}, {"x21", "x21", true}, {"x22", "x22", true}, {"x23", "x23", true},
     {"x24", "x24", true}, {"x25", "x25", true}, {"x26", "x26", true}, {"x27", "x27", true},
     {"x28", "x28", true}, {"fp", "x29", true},  {"lr", "x30"},        {"sp", "sp"},
     {"pc", "pc"}}};

constexpr Cpu cpus[] = {{dump::Machine::x86, 4, x86_registers, 8, 4, 5, 1},
                        {dump::Machine::amd64, 8, amd64_registers, 16, 7, 6, 1},
                        {dump::Machine::arm64, 8, arm64_registers, 32, 31, 29, 4}};

} // namespace

std::optional<std::size_t> Cpu::find(std::string_view in_symbols) const {
  const auto found = std::ranges::find(registers, in_symbols, &RegisterRule::in_symbols);
  return found == registers.end() ? std::nullopt
                                  : std::optional(static_cast<std::size_t>(found - registers.begin()));
}

const Cpu* cpu_of(dump::Machine machine) {
  const auto* found = std::ranges::find(cpus, machine, &Cpu::machine);
  return found == std::end(cpus) ? nullptr : found;
}

Registers registers_of(const Cpu& cpu, const dump::Registers& from) {
  Registers out;
  for (const dump::Register& one : from.values) {
    const auto found = std::ranges::find(cpu.registers, one.name, &RegisterRule::in_dump);
    if (found != cpu.registers.end()) {
      out.set(static_cast<std::size_t>(found - cpu.registers.begin()), one.value);
    }
  }
  return out;
}

} // namespace sallyport::walk
