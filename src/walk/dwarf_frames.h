// Call frame information as compilers leave it in .eh_frame and .debug_frame: at each address, where the
// caller's registers are.
#pragma once

#include "base/bytes.h"
#include "dump/range.h"
#include "walk/cpu.h"
#include "walk/memory.h"

#include <array>
#include <optional>
#include <vector>

namespace sallyport::walk {

enum class FrameKind : std::uint8_t { eh_frame, debug_frame };

struct FrameSection {
  ByteView bytes;            // must outlive what is made of it
  std::uint64_t address = 0; // as linked
  FrameKind kind = FrameKind::eh_frame;
  std::size_t word = 8;
};

struct RowRule {
  enum class Kind : std::uint8_t {
    unspecified, // by the rules of calls: what functions hand back is unchanged, all else is lost
    undefined,
    same,
    at_offset,   // saved at the frame's address + offset
    is_offset,   // is that number
    in_register, // + offset where it is the frame's address itself
    at_expression,
    is_expression,
  };

  Kind kind = Kind::unspecified;
  std::int64_t offset = 0;
  std::uint64_t index = 0;
  ByteView expression;
};

struct Row {
  RowRule frame; // the frame's address (CFA)
  std::array<RowRule, registers_max> registers;
  std::uint64_t return_register = 0;
  bool of_signal = false; // the caller was interrupted, it did not call
};

class FrameTable {
public:
  // Entries that cannot be read are passed over.
  static FrameTable parse(const FrameSection& section);

  bool empty() const { return entries_.empty(); }

  std::size_t size() const { return entries_.size(); }

  // How much of the section was read: in memory its end is not known beforehand.
  std::size_t bytes() const { return bytes_; }

  // Addresses as linked. None where no entry covers it, or its instructions cannot be followed.
  std::optional<Row> row_at(std::uint64_t address, Budget& budget) const;

private:
  friend class FrameReader;

  // What several entries have in common (CIE).
  struct Common {
    std::uint64_t code_factor = 1;
    std::int64_t data_factor = 1;
    std::uint64_t return_register = 0;
    std::uint8_t pointers = 0; // how addresses are written
    bool has_augmentation = false;
    bool of_signal = false;
    ByteView instructions;
  };

  struct Entry { // FDE
    std::uint64_t address = 0;
    std::uint64_t size = 0;
    std::size_t common = 0;
    ByteView instructions;
  };

  FrameSection section_;
  std::size_t bytes_ = 0;
  std::vector<Common> commons_;
  std::vector<Entry> entries_; // by address
};

// The caller's registers by a row: none where the frame's address or the return address cannot be had. A
// return address of 0 says that nobody called.
std::optional<Registers> apply(const Row& row, const Cpu& cpu, const Registers& callee, Memory& memory);

} // namespace sallyport::walk
