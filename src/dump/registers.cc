#include "dump/registers.h"

#include <array>

namespace sallyport::dump {
namespace {

// Registers of one width that stand side by side.
template <std::size_t N>
constexpr std::array<RegisterPlace, N> row(std::uint16_t from, std::uint8_t bytes,
                                           const std::array<std::string_view, N>& names) {
  std::array<RegisterPlace, N> out{};
  for (std::size_t i = 0; i < N; ++i) {
    out[i] = {names[i], static_cast<std::uint16_t>(from + i * bytes), bytes};
  }
  return out;
}

template <std::size_t... N> constexpr auto joined(const std::array<RegisterPlace, N>&... rows) {
  std::array<RegisterPlace, (N + ...)> out{};
  std::size_t at = 0;
  const auto append = [&](const auto& places) {
    for (const RegisterPlace& place : places) {
      out[at++] = place;
    }
  };
  (append(rows), ...);
  return out;
}

constexpr std::array<std::string_view, 33> arm64_names{
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
    "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
    "x22", "x23", "x24", "x25", "x26", "x27", "x28", "fp",  "lr",  "sp",  "pc"};

// ---- contexts

constexpr auto x86_context =
    joined(row<7>(0x00, 4, {"context_flags", "dr0", "dr1", "dr2", "dr3", "dr6", "dr7"}),
           row<16>(0x8c, 4,
                   {"gs", "fs", "es", "ds", "edi", "esi", "ebx", "edx", "ecx", "eax", "ebp", "eip", "cs",
                    "eflags", "esp", "ss"}));
constexpr VectorPlace x86_vectors[] = {{0x1c, 112}, {0xcc, 512}};

constexpr auto amd64_context = joined(
    row<2>(0x30, 4, {"context_flags", "mxcsr"}), row<6>(0x38, 2, {"cs", "ds", "es", "fs", "gs", "ss"}),
    row<1>(0x44, 4, {"eflags"}),
    row<23>(0x48, 8, {"dr0", "dr1", "dr2", "dr3", "dr6", "dr7", "rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                      "rsi", "rdi", "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rip"}));
constexpr VectorPlace amd64_vectors[] = {{0x100, 512 + 26 * 16}};

constexpr auto arm64_context =
    joined(row<2>(0x00, 4, {"context_flags", "cpsr"}), row<33>(0x08, 8, arm64_names));
constexpr VectorPlace arm64_vectors[] = {{0x110, 32 * 16}};

// Breakpad's own layout, older than that of Windows.
constexpr auto old_arm64_context =
    joined(row<1>(0x00, 8, {"context_flags"}), row<33>(0x08, 8, arm64_names), row<1>(0x110, 4, {"cpsr"}));
constexpr VectorPlace old_arm64_vectors[] = {{0x11c, 32 * 16}};

constexpr RegisterLayout x86_layout{716, 0x10000, "eip", "esp", x86_context, x86_vectors};
constexpr RegisterLayout amd64_layout{1232, 0x100000, "rip", "rsp", amd64_context, amd64_vectors};
constexpr RegisterLayout arm64_layout{912, 0x400000, "pc", "sp", arm64_context, arm64_vectors};
constexpr RegisterLayout old_arm64_layout{796, 0x80000000, "pc", "sp", old_arm64_context, old_arm64_vectors};

// ---- register sets of cores

constexpr auto x86_gregset = row<17>(0, 4,
                                     {"ebx", "ecx", "edx", "esi", "edi", "ebp", "eax", "ds", "es", "fs", "gs",
                                      "orig_eax", "eip", "cs", "eflags", "esp", "ss"});
constexpr auto amd64_gregset =
    row<27>(0, 8, {"r15",    "r14", "r13", "r12",     "rbp",     "rbx", "r11",      "r10", "r9",
                   "r8",     "rax", "rcx", "rdx",     "rsi",     "rdi", "orig_rax", "rip", "cs",
                   "eflags", "rsp", "ss",  "fs_base", "gs_base", "ds",  "es",       "fs",  "gs"});
constexpr auto arm64_gregset = joined(row<33>(0, 8, arm64_names), row<1>(33 * 8, 8, {"cpsr"}));

constexpr RegisterLayout x86_core{68, 0, "eip", "esp", x86_gregset, {}};
constexpr RegisterLayout amd64_core{216, 0, "rip", "rsp", amd64_gregset, {}};
constexpr RegisterLayout arm64_core{272, 0, "pc", "sp", arm64_gregset, {}};

// Every register lies in its layout, and vectors follow each other.
constexpr bool sound(const RegisterLayout& layout) {
  std::uint32_t end = 0;
  for (const VectorPlace& place : layout.vectors) {
    if (place.offset < end) {
      return false;
    }
    end = place.offset + place.bytes;
  }
  bool has_pc = false;
  bool has_sp = false;
  for (const RegisterPlace& place : layout.registers) {
    has_pc |= place.name == layout.pc;
    has_sp |= place.name == layout.sp;
    if (place.offset + place.bytes > layout.size) {
      return false;
    }
  }
  return has_pc && has_sp && end <= layout.size;
}

static_assert(sound(x86_layout) && sound(amd64_layout) && sound(arm64_layout) && sound(old_arm64_layout));
static_assert(sound(x86_core) && sound(amd64_core) && sound(arm64_core));

std::uint64_t value_at(Cursor in, const RegisterPlace& place) {
  in.skip(place.offset);
  switch (place.bytes) {
  case 2:
    return in.u16();
  case 4:
    return in.u32();
  }
  return in.u64();
}

} // namespace

const RegisterLayout* context_layout(Machine machine, std::uint64_t size) {
  switch (machine) {
  case Machine::unknown:
    return nullptr;
  case Machine::x86:
    return &x86_layout;
  case Machine::amd64:
    return &amd64_layout;
  case Machine::arm64:
    return size == old_arm64_layout.size ? &old_arm64_layout : &arm64_layout;
  }
  return nullptr;
}

const RegisterLayout* gregset_layout(Machine machine) {
  switch (machine) {
  case Machine::unknown:
    return nullptr;
  case Machine::x86:
    return &x86_core;
  case Machine::amd64:
    return &amd64_core;
  case Machine::arm64:
    return &arm64_core;
  }
  return nullptr;
}

std::optional<Registers> read_registers(Survey& survey, Range range, const RegisterLayout& layout,
                                        Where where, std::uint32_t owner) {
  bool whole = true;
  std::uint64_t at = 0;
  for (const VectorPlace& place : layout.vectors) {
    whole &= survey.claim(range.part(at, place.offset - at), RegionClass::registers, where, owner);
    whole &= survey.claim(range.part(place.offset, place.bytes), RegionClass::vector_state, where, owner);
    at = place.offset + place.bytes;
  }
  whole &= survey.claim(range.part(at, layout.size - at), RegionClass::registers, where, owner);
  whole &= survey.claim(range.part(layout.size), RegionClass::vector_state, where, owner);
  if (range.size() < layout.size) {
    survey.hold(where, "is shorter than the registers of this processor");
    return std::nullopt;
  }
  if (!whole) {
    return std::nullopt;
  }
  Registers out{.range = range, .values = {}};
  out.values.reserve(layout.registers.size());
  for (const RegisterPlace& place : layout.registers) {
    const std::uint64_t value = value_at(survey.at(range), place);
    out.values.push_back({place.name, value, range.part(place.offset, place.bytes)});
    if (place.name == layout.pc) {
      out.pc = value;
    } else if (place.name == layout.sp) {
      out.sp = value;
    }
  }
  return out;
}

} // namespace sallyport::dump
