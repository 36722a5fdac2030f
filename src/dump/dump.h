// What a crash dump says of a process, as values. Text is not copied out of the file: a Text names the bytes,
// and whoever shows them decides what may be shown.
#pragma once

#include "dump/regions.h"

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::dump {

enum class Format : std::uint8_t { unknown, minidump, elf_core };
enum class Machine : std::uint8_t { unknown, x86, amd64, arm64 };
enum class Encoding : std::uint8_t { utf8, utf16_little, utf16_big };

struct Text {
  Range range; // of the file
  Encoding encoding = Encoding::utf8;
  bool operator==(const Text&) const = default;
};

// A stream of a minidump, a note of a core.
struct Part {
  std::uint32_t type = 0;
  std::string_view name; // empty: of a kind that is not read
  Range range;
};

struct Register {
  std::string_view name;
  std::uint64_t value = 0;
  Range range = {}; // of the file
};

struct Registers {
  Range range; // of the file
  std::vector<Register> values;
  std::uint64_t pc = 0;
  std::uint64_t sp = 0;
};

struct Thread {
  std::uint64_t id = 0;
  std::optional<Text> name;
  Range stack; // addresses; empty where the dump does not say
  std::uint64_t environment_block = 0;
  std::optional<Registers> registers; // none: absent, or of a layout that is not known
};

struct Module {
  Range addresses;
  Text path;
  std::string code_id;  // the build: of a PE file time stamp and size, of an ELF file the build id
  std::string debug_id; // what symbol files are filed under
};

// Memory of the process that is in the file.
struct Memory {
  std::uint64_t address = 0;
  Range range; // of the file
};

// What the process had mapped, whether it is in the file or not.
struct Mapping {
  Range addresses;
  bool writable = false;
  bool file_backed = false;
  bool executable = false;
};

struct Exception {
  std::uint64_t thread = 0;
  std::uint64_t code = 0; // a signal where there are signals
  std::uint64_t address = 0;
  std::optional<Registers> registers;
};

struct Dump {
  Format format = Format::unknown;
  Machine machine = Machine::unknown;
  std::size_t word = 8; // bytes of a pointer
  std::endian order = std::endian::little;
  bool windows = false; // the system that it ran on
  std::optional<std::uint64_t> process;
  std::vector<Part> parts;
  std::vector<Thread> threads;
  std::vector<Module> modules;
  std::vector<Module> unloaded;
  std::vector<Memory> memory; // by address
  std::vector<Mapping> mappings;
  std::optional<Exception> exception;
};

enum class Cause : std::uint8_t {
  malformed,   // the bytes are not what the format says
  unsupported, // a kind of dump that cannot be evaluated
  budget,      // more than a limit allows; what lies beyond was not read
  contested,   // bytes that are claimed to be two things
  exposed,     // bytes hold what they must not, or did not when they were looked at before
};

// Why a dump cannot be taken for read. `where` is a pointer into the dump, as in /threads/4/stack; `why` is a
// sentence without a full stop that holds nothing of the input.
struct Held {
  Cause cause = Cause::malformed;
  std::string where;
  std::string why;
};

// What could be read, and why that may not be all. The map is whole on every input: what was not understood
// is in it, as opaque or unaccounted.
struct Reading {
  Dump dump;
  std::vector<Region> regions;
  std::vector<Held> held;

  bool clean() const { return held.empty(); }
};

// `file` must outlive what is made of it.
Reading read(ByteView file);

std::string_view name_of(Format format);
std::string_view name_of(Machine machine);
std::string_view name_of(Cause cause);

// As UTF-8; bytes that are none stay, halves of pairs become U+FFFD.
std::string text_of(ByteView file, Text text);

} // namespace sallyport::dump
