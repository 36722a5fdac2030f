// The processors that are walked: which registers there are, how symbol files and DWARF name them, and which
// of them a function hands back as it found them.
#pragma once

#include "dump/dump.h"

#include <array>
#include <bitset>
#include <optional>
#include <span>
#include <string_view>

namespace sallyport::walk {

inline constexpr std::size_t registers_max = 33;

// A register's index is its DWARF number; on arm64 the program counter, which has none, is 32.
struct RegisterRule {
  std::string_view in_dump;    // "rax"; empty: a number that is not used
  std::string_view in_symbols; // "$rax"
  bool callee_saves = false;
};

struct Cpu {
  dump::Machine machine;
  std::size_t word;
  std::span<const RegisterRule> registers;
  std::size_t pc;
  std::size_t sp;
  std::size_t fp;
  std::size_t call_bytes; // what is subtracted from a return address to be within the call

  std::uint64_t mask() const { return word == 4 ? 0xffffffff : ~std::uint64_t{0}; }

  std::optional<std::size_t> find(std::string_view in_symbols) const;
};

// None for a machine that is not known.
const Cpu* cpu_of(dump::Machine machine);

struct Registers {
  std::array<std::uint64_t, registers_max> value{};
  std::bitset<registers_max> known;

  void set(std::size_t index, std::uint64_t to) {
    value.at(index) = to;
    known.set(index);
  }

  std::optional<std::uint64_t> get(std::size_t index) const {
    return index < registers_max && known[index] ? std::optional(value[index]) : std::nullopt;
  }
};

Registers registers_of(const Cpu& cpu, const dump::Registers& from);

} // namespace sallyport::walk
