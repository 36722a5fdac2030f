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

// Where the bytes of a class come from. Two classes may meet on the same bytes only in memory, where one
// address can be known for more than one thing.
enum class Layer : std::uint8_t { file, memory, rest };

struct ClassRule {
  RegionClass klass;
  std::string_view name;
  Layer layer;
  std::string_view what;
};

// In the order of precedence.
std::span<const ClassRule> region_classes();
const ClassRule& rule_of(RegionClass klass);

inline constexpr std::uint32_t nobody = 0xffffffff;

struct Claim {
  Range range;
  RegionClass klass = RegionClass::opaque;
  std::uint32_t owner =
      nobody; // of Dump: a thread, for registers and stacks; a module, for its memory; else a part
  bool operator==(const Claim&) const = default;
};

// A claim that stands. Neighbours of one class and owner are one region.
using Region = Claim;

struct Partition {
  std::vector<Region> regions;
  std::optional<Range>
      contested; // the first bytes that two classes claim, at least one of them of the file layer
};

// `claims` lie inside the file; those behind its end are cut off.
Partition partition(std::vector<Claim> claims, ByteView file);
// The same over the addresses [0, 2^64), for labels of memory: only what is claimed is in it.
std::vector<Region> partition_addresses(std::vector<Claim> labels);

// Whether the regions cover [0, size) once, in order, without an empty one.
bool covers(std::span<const Region> regions, std::uint64_t size);

} // namespace sallyport::dump
