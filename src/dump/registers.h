// Where the registers stand in the contexts and notes that dumps keep them in: tables, one for each layout.
#pragma once

#include "dump/survey.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sallyport::dump {

struct RegisterPlace {
  std::string_view name;
  std::uint16_t offset;
  std::uint8_t bytes;
};

struct VectorPlace {
  std::uint16_t offset;
  std::uint16_t bytes;
};

struct RegisterLayout {
  std::uint32_t size; // a context is at least as long; what is behind it is extended state
  std::uint32_t flag; // of contexts, whose first register is their flags: the bit that names the processor
  std::string_view pc;
  std::string_view sp;
  std::span<const RegisterPlace> registers;
  std::span<const VectorPlace> vectors; // by offset
};

// CONTEXT of the Windows headers, as Breakpad and Crashpad write it too. `size` tells the two of arm64 apart.
const RegisterLayout* context_layout(Machine machine, std::uint64_t size);
// elf_gregset_t, the middle of an NT_PRSTATUS note.
const RegisterLayout* gregset_layout(Machine machine);

// Claims `range` as registers and vector state of `owner` and reads the former.
std::optional<Registers> read_registers(Survey& survey, Range range, const RegisterLayout& layout,
                                        Where where, std::uint32_t owner);

} // namespace sallyport::dump
