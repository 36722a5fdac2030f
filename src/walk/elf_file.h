// An ELF file, or the first pages of one in a process's memory, as a stranger's bytes: what is found in it is
// bounded by what is there, and what cannot be read is absent.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "dump/range.h"

#include <optional>
#include <string_view>
#include <vector>

namespace sallyport::walk {

struct ElfSegment {
  std::uint32_t type = 0;
  bool executable = false;
  dump::Range file;      // bytes of the file
  dump::Range addresses; // as linked
};

struct ElfSection {
  std::string_view name;
  std::uint32_t type = 0;
  std::uint64_t flags = 0;
  std::uint64_t address = 0;
  std::uint32_t link = 0;
  ByteView bytes; // empty where the file has none of them
};

struct ElfFunction {
  std::uint64_t address = 0; // as linked
  std::uint64_t size = 0;    // 0: the file does not say
  std::string_view name;
};

class ElfFile {
public:
  // `bytes` must outlive it. An error where it is no ELF file of little-endian x86, amd64 or arm64.
  static Result<ElfFile> parse(ByteView bytes);

  ByteView bytes() const { return bytes_; }

  std::size_t word() const { return word_; }

  const std::vector<ElfSegment>& segments() const { return segments_; }

  const ElfSection* section(std::string_view name) const;

  // Owner "GNU", type 3; empty where there is none.
  ByteView build_id() const;

  // Where the file begins in memory, as linked: the first page of its first segment.
  std::uint64_t first_address() const;
  // From there to the end of the last segment; empty where nothing is loaded.
  dump::Range extent() const;
  bool is_code(std::uint64_t address) const;

  // By address; of those at one address the one that says its size and is named first.
  std::vector<ElfFunction> functions() const;

private:
  ByteView bytes_;
  std::size_t word_ = 8;
  std::vector<ElfSegment> segments_;
  std::vector<ElfSection> sections_;
};

} // namespace sallyport::walk
