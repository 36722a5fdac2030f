// Lines of source by address from the DWARF of an ELF file, read by elfutils' libdw: the only file pair that
// sees it.
#pragma once

#include "base/bytes.h"

#include <memory>
#include <optional>
#include <string>

namespace sallyport::walk {

struct SourceLine {
  std::string source;
  std::uint64_t line = 0;
};

class DwarfLines {
public:
  // `elf` must outlive it. Without DWARF in it, every answer is none.
  explicit DwarfLines(ByteView elf);
  DwarfLines(DwarfLines&&) noexcept;
  ~DwarfLines();

  // An address as linked.
  std::optional<SourceLine> at(std::uint64_t address) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace sallyport::walk
