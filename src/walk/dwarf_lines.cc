#include "walk/dwarf_lines.h"

#include <elfutils/libdw.h>
#include <gelf.h>

namespace sallyport::walk {

struct DwarfLines::Impl {
  Elf* elf = nullptr;
  Dwarf* dwarf = nullptr;

  Impl() = default;
  Impl(const Impl&) = delete;

  ~Impl() {
    dwarf_end(dwarf);
    elf_end(elf);
  }

  // The compilation unit that an address is of: by the table of addresses, or, where the file has none, by
  // asking each.
  bool find_unit(std::uint64_t address, Dwarf_Die& out) const {
    if (dwarf_addrdie(dwarf, address, &out) != nullptr) {
      return true;
    }
    Dwarf_Off at = 0;
    Dwarf_Off next = 0;
    std::size_t header_bytes = 0;
    while (dwarf_nextcu(dwarf, at, &next, &header_bytes, nullptr, nullptr, nullptr) == 0) {
      if (dwarf_offdie(dwarf, at + header_bytes, &out) != nullptr && dwarf_haspc(&out, address) == 1) {
        return true;
      }
      at = next;
    }
    return false;
  }
};

DwarfLines::DwarfLines(ByteView elf) : impl_(std::make_unique<Impl>()) {
  elf_version(EV_CURRENT);
  // libelf takes a pointer to bytes that it could change, and does not change them when it only reads.
  auto* bytes = const_cast<char*>(as_text(elf).data());
  impl_->elf = elf_memory(bytes, elf.size());
  if (impl_->elf != nullptr) {
    impl_->dwarf = dwarf_begin_elf(impl_->elf, DWARF_C_READ, nullptr);
  }
}

DwarfLines::DwarfLines(DwarfLines&&) noexcept = default;
DwarfLines::~DwarfLines() = default;

std::optional<SourceLine> DwarfLines::at(std::uint64_t address) const {
  Dwarf_Die unit;
  if (impl_->dwarf == nullptr || !impl_->find_unit(address, unit)) {
    return std::nullopt;
  }
  Dwarf_Line* line = dwarf_getsrc_die(&unit, address);
  int number = 0;
  const char* source = line == nullptr ? nullptr : dwarf_linesrc(line, nullptr, nullptr);
  if (source == nullptr || dwarf_lineno(line, &number) != 0 || number < 0) {
    return std::nullopt;
  }
  return SourceLine{source, static_cast<std::uint64_t>(number)};
}

} // namespace sallyport::walk
