// The region map: every byte of a file is in exactly one region of one class.
//
// Readers make claims; claims may overlap, repeat and leave gaps. partition() makes a map of them: on each
// byte the class that stands first in region_classes() wins, what nobody claims is padding where it is all
// zero and unaccounted where it is not, and the sizes of the regions add up to the size of the file.
#pragma once

#include "base/bytes.h"
#include "dump/range.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sallyport::dump {

enum class RegionClass : std::uint8_t {
  structure,
  registers,
  vector_state,
  exception,
  handles,
  thread_names,
  paths,
  annotations,
  comments,
  environment,
  arguments,
  auxiliary_vector,
  process_text,
  process_parameters,
  thread_local_storage,
  stack,
  below_stack,
  module_constant,
  module_data,
  heap,
  opaque,
  padding,
  unaccounted,
};

struct ClassRule {
  RegionClass klass;
  std::string_view name;
  std::string_view what;
};

// In the order of precedence.
std::span<const ClassRule> region_classes();
const ClassRule& rule_of(RegionClass klass);

inline constexpr std::uint32_t nobody = 0xffffffff;

// A structure of the file says what its bytes are; an address says it of memory, and one piece of memory can
// be known for many things.
enum class Origin : std::uint8_t { file, memory };

struct Claim {
  Range range;
  RegionClass klass = RegionClass::opaque;
  std::uint32_t owner = nobody;
  Origin origin = Origin::file;
};

struct Region {
  Range range;
  RegionClass klass = RegionClass::unaccounted;
  // An index into Dump: of a thread for registers and stacks, of a module for its memory, of a part for what
  // is in none of its lists.
  std::uint32_t owner = nobody;
  bool operator==(const Region&) const = default;
};

struct Partition {
  std::vector<Region> regions; // neighbours of one class and owner are one
  std::optional<Range>
      contested; // the first bytes that are said to be of two classes, at least once by the file
};

// Claims that reach behind the end of the file are cut off there.
Partition partition(std::vector<Claim> claims, ByteView file);
// The same over the addresses [0, 2^64), for labels of memory: only what is claimed is in it.
std::vector<Region> partition_addresses(std::vector<Claim> labels);

// Whether the regions cover [0, size) once, in order, without an empty one.
bool covers(std::span<const Region> regions, std::uint64_t size);

} // namespace sallyport::dump
