// A Breakpad symbol file: functions, lines, public names, and the rules by which a frame is left.
#pragma once

#include "base/result.h"
#include "walk/limits.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::walk {

// Addresses are offsets in the module. Texts are views of the file.
struct SymLine {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::uint32_t line = 0;
  std::uint32_t file = 0;
};

struct SymFunction {
  std::uint64_t address = 0;
  std::uint64_t size = 0; // of a public name: up to the next one, and 0 here
  std::uint64_t parameter_bytes = 0;
  std::string_view name;
  std::size_t lines_from = 0;
  std::size_t lines_until = 0;
};

// STACK CFI: the rules at the beginning of a range, and changes of them inside it.
struct CfiRange {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::string_view rules;
};

struct CfiChange {
  std::uint64_t address = 0;
  std::string_view rules;
};

// STACK WIN: how a function of Windows on x86 lays out its frame.
struct WinFrame {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::uint32_t parameter_bytes = 0;
  std::uint32_t saved_bytes = 0;
  std::uint32_t local_bytes = 0;
  bool allocates_base_pointer = false;
  bool is_fpo = false; // of the older kind, without a program
  std::string_view program;
  std::size_t around = npos; // the record that holds this one

  static constexpr std::size_t npos = ~std::size_t{0};
};

class SymFile {
public:
  // `text` must outlive it. Records that cannot be read are counted and passed over.
  static Result<SymFile> parse(std::string_view text);

  std::string_view machine() const { return machine_; }

  std::string_view debug_id() const { return debug_id_; }

  std::string_view name() const { return name_; }

  std::size_t bad_records() const { return bad_; }

  // The function at an address, or the public name in front of it where no function lies between.
  const SymFunction* function_at(std::uint64_t address) const;
  const SymLine* line_at(const SymFunction& function, std::uint64_t address) const;
  std::string_view file_name(std::uint32_t index) const;

  // The rules at an address, in the order in which they are applied: what a later one says of a register
  // replaces what an earlier one said. Empty where there are none.
  std::vector<std::string_view> cfi_at(std::uint64_t address, Budget& budget) const;

  const WinFrame* win_frame_at(std::uint64_t address) const;
  // What a function without a frame record says of its parameters.
  std::optional<std::uint64_t> parameter_bytes_at(std::uint64_t address) const;

private:
  friend class SymReader;

  const SymFunction* nearest_function(std::uint64_t address) const;

  std::string_view machine_, debug_id_, name_;
  std::vector<SymFunction> functions_; // by address, apart
  std::vector<SymFunction> publics_;   // by address
  std::vector<SymLine> lines_;         // of each function by address
  std::vector<std::pair<std::uint32_t, std::string_view>> files_;
  std::vector<CfiRange> cfi_;
  std::vector<CfiChange> changes_;
  std::array<std::vector<WinFrame>, 2> win_; // with programs, then the older kind
  std::size_t bad_ = 0;
};

} // namespace sallyport::walk
