// Names for the frames of a walk, within a bound that somebody approved: which modules, and how deep. What is
// asked beyond it is refused, listed, and not looked up.
#pragma once

#include "base/instant.h"
#include "walk/walk.h"

#include <string>
#include <vector>

namespace sallyport::walk {

// Each holds the ones before it. Locals can be asked for and are never told.
enum class Depth : std::uint8_t { none, module, function, line, locals };

std::string_view name_of(Depth depth);
std::optional<Depth> depth_of(std::string_view name);

struct Bound {
  Depth depth = Depth::none;
  std::vector<std::string> modules; // names, with * and ?; none: no module
};

// The level that may be told: never locals.
Depth highest(const Bound& bound);

// Whether a name is one of those; `*` stands for any characters, `?` for one.
bool is_listed(std::string_view name, const std::vector<std::string>& patterns);

// A name of an ELF file as C++ writes it. One that is not mangled stays as it is, and so does one of more
// than 1024 bytes or of more than 24 references to parts of itself, each of which may stand for all before
// it.
std::string demangled(std::string_view name);

struct NamedFrame {
  Trust trust = Trust::context;
  bool refused = false; // of a module outside of the bound: nothing else is told
  std::string module;   // from Depth::module on
  std::string debug_id;
  std::uint64_t offset = 0;
  std::string function; // from Depth::function on; empty where no symbol file names it
  std::uint64_t function_offset = 0;
  std::string source; // at Depth::line
  std::uint64_t line = 0;
};

struct NamedThread {
  std::uint64_t id = 0;
  bool faulted = false;
  std::vector<NamedFrame> frames;
};

// Which file a module's names and frame rules are from.
struct Provenance {
  std::string module;
  std::string code_id;
  std::string debug_id;
  SymbolFile file;
  Instant resolved_at;
};

struct Refusal {
  bool of_module = false; // else of the request as a whole
  std::string module;
  Depth asked = Depth::none;
  Depth bound = Depth::none;
  std::string why; // a sentence without a full stop
};

struct Symbolized {
  Depth depth = Depth::none; // that was answered
  std::vector<NamedThread> threads;
  std::vector<Provenance> provenance;
  std::vector<Refusal> refused;
};

// The library may be asked for files of the modules of the bound only.
Symbolized symbolize(ByteView file, const dump::Dump& dump, const Walk& walked, Library& library, Depth asked,
                     const Bound& bound, Instant resolved_at);

} // namespace sallyport::walk
