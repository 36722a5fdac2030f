// What an address says of memory.
#include "dump/classify.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::dump;

using enum RegionClass;

namespace {

Thread thread_at(std::uint64_t sp) {
  Thread thread;
  thread.registers = Registers{.range = {}, .values = {}, .pc = 0, .sp = sp};
  return thread;
}

Module module_at(Range addresses, std::string code_id) {
  return {.addresses = addresses, .path = {}, .code_id = std::move(code_id), .debug_id = {}};
}

std::vector<Region> labels(const Dump& dump) {
  return partition_addresses(labels_of(dump, {}, std::endian::little));
}

} // namespace

TEST_CASE("what one thread has left, another may be on") {
  Dump dump;
  dump.format = Format::elf_core;
  dump.mappings = {{Range(0x1000, 0x1000), true, false}};
  dump.threads = {thread_at(0x1c00), thread_at(0x1400)}; // on one stack
  CHECK(labels(dump) == std::vector<Region>{{Range(0x1000, 0x400), below_stack, 0},
                                            {Range(0x1400, 0x800), stack, 1},
                                            {Range(0x1c00, 0x400), stack, 0}});
}

TEST_CASE("a stack pointer into memory that nobody can write is no stack") {
  Dump dump;
  dump.format = Format::elf_core;
  dump.mappings = {{Range(0x1000, 0x1000), false, false}};
  dump.threads = {thread_at(0x1800)};
  CHECK(labels(dump).empty());
}

TEST_CASE("memory of a file is constant only where the build has a name") {
  Dump dump;
  dump.modules = {module_at(Range(0x1000, 0x2000), "ab"), module_at(Range(0x8000, 0x1000), "")};
  dump.mappings = {{Range(0x1000, 0x1000), false, true},
                   {Range(0x2000, 0x1000), true, true},
                   {Range(0x8000, 0x1000), false, true},
                   {Range(0xa000, 0x1000), false, true}};
  CHECK(labels(dump) == std::vector<Region>{{Range(0x1000, 0x1000), module_constant, 0},
                                            {Range(0x2000, 0x1000), module_data, 0},
                                            {Range(0x8000, 0x1000), module_data, 1},
                                            {Range(0xa000, 0x1000), module_data, nobody}});
}

TEST_CASE("labels are laid over every piece of memory that they meet") {
  const std::vector<Region> known{{Range(0x1000, 0x10), stack, 0}, {Range(0x1020, 0x10), module_data, 1}};
  const std::vector<Memory> memory{{0xff8, Range(100, 0x30)}, {0x1008, Range(500, 0x20)}};
  std::vector<Claim> claims;
  REQUIRE(project(known, memory, 10, claims));
  REQUIRE(claims.size() == 4);
  CHECK(claims[0].range == Range(108, 0x10));
  CHECK(claims[1].range == Range(140, 8));
  CHECK(claims[2].range == Range(500, 8));
  CHECK(claims[3].range == Range(524, 8));
  CHECK(claims[3].owner == 1);
  claims.clear();
  CHECK_FALSE(project(known, memory, 3, claims));
}

TEST_CASE("bytes of the process are found where one piece of memory has them all") {
  const std::vector<Memory> memory{{0x1000, Range(100, 16)}, {0x1010, Range(300, 16)}};
  CHECK(find_memory(memory, 0x1008, 8) == Range(108, 8));
  CHECK(find_memory(memory, 0x1008, 9).empty());
  CHECK(find_memory(memory, 0x1010, 16) == Range(300, 16));
  CHECK(find_memory(memory, 0xfff, 1).empty());
}
