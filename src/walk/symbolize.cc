#include "walk/symbolize.h"

#include "walk/dwarf_lines.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cxxabi.h>
#include <map>
#include <memory>

namespace sallyport::walk {
namespace {

constexpr std::array<std::string_view, 5> depth_names{"none", "module", "function", "line", "locals"};

// One wildcard at a time can be tried again: the last `*` stands for one character more.
bool matches(std::string_view name, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = std::string_view::npos;
  std::size_t tried = 0;
  while (at < name.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      tried = at;
    } else if (in < pattern.size() && (pattern[in] == '?' || pattern[in] == name[at])) {
      ++in;
      ++at;
    } else if (star != std::string_view::npos) {
      in = star + 1;
      at = ++tried;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in) == std::string_view::npos;
}

// How often a mangled name refers to a part of itself: "S_", "S1_", "T_". Each may stand for all that came
// before, so that the readable name grows with a power of them.
std::size_t references_in(std::string_view mangled) {
  std::size_t out = 0;
  for (std::size_t at = 0; at < mangled.size(); ++at) {
    if (mangled[at] == 'S' || mangled[at] == 'T') {
      const std::size_t end = mangled.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", at + 1);
      out += end != std::string_view::npos && mangled[end] == '_' ? 1U : 0U;
    }
  }
  return out;
}

class Namer {
public:
  Namer(ByteView file, const dump::Dump& dump, Library& library, Depth depth, const Bound& bound)
      : file_(file), dump_(dump), library_(library), depth_(depth), bound_(bound) {}

  NamedFrame name(const Frame& frame) {
    NamedFrame out;
    out.trust = frame.trust;
    if (depth_ == Depth::none || !frame.image) {
      return out;
    }
    const Image& image = library_.images().all()[*frame.image];
    const std::string module = file_name(file_, dump_, image);
    if (!is_listed(module, bound_.modules)) {
      out.refused = true;
      return out;
    }
    out.module = module;
    out.debug_id = image.debug_id;
    out.offset = frame.offset;
    if (depth_ >= Depth::function) {
      name_function(*frame.image, out);
    }
    return out;
  }

private:
  struct OfImage {
    std::vector<ElfFunction> functions; // of all its ELF files, by address
    std::vector<DwarfLines> lines;
  };

  void name_function(std::size_t image, NamedFrame& out) {
    const Symbols& symbols = library_.of(image);
    if (symbols.breakpad) {
      if (const SymFunction* function = symbols.breakpad->function_at(out.offset)) {
        out.function = function->name;
        out.function_offset = out.offset - function->address;
        const SymLine* line =
            depth_ == Depth::line ? symbols.breakpad->line_at(*function, out.offset) : nullptr;
        if (line != nullptr) {
          out.source = symbols.breakpad->file_name(line->file);
          out.line = line->line;
        }
        return;
      }
    }
    name_by_elf(of_image(image, symbols), out.offset + symbols.linked_base, out);
  }

  void name_by_elf(const OfImage& known, std::uint64_t address, NamedFrame& out) const {
    const auto after = std::ranges::upper_bound(known.functions, address, {}, &ElfFunction::address);
    if (after == known.functions.begin()) {
      return;
    }
    const ElfFunction& function = *std::prev(after);
    if (function.size > 0 && address - function.address >= function.size) {
      return;
    }
    out.function = demangled(function.name);
    out.function_offset = address - function.address;
    for (const DwarfLines& lines : known.lines) {
      if (const auto line = lines.at(address)) {
        out.source = line->source;
        out.line = line->line;
        return;
      }
    }
  }

  const OfImage& of_image(std::size_t image, const Symbols& symbols) {
    const auto [entry, is_new] = of_image_.try_emplace(image);
    OfImage& out = entry->second;
    if (is_new) {
      for (const ElfFile& elf : symbols.elf) {
        const std::vector<ElfFunction> more = elf.functions();
        out.functions.insert(out.functions.end(), more.begin(), more.end());
        if (depth_ == Depth::line) {
          out.lines.emplace_back(elf.bytes());
        }
      }
      std::ranges::stable_sort(out.functions, {}, &ElfFunction::address);
    }
    return out;
  }

  ByteView file_;
  const dump::Dump& dump_;
  Library& library_;
  Depth depth_;
  const Bound& bound_;
  std::map<std::size_t, OfImage> of_image_;
};

// Of each module that has frames: its files, or, outside of the bound, that it was refused.
void add_modules(ByteView file, const dump::Dump& dump, const Walk& walked, Library& library,
                 const Bound& bound, Instant resolved_at, Symbolized& out) {
  std::vector<bool> seen(library.images().all().size());
  for (const ThreadWalk& thread : walked.threads) {
    for (const Frame& frame : thread.frames) {
      if (!frame.image || seen[*frame.image]) {
        continue;
      }
      seen[*frame.image] = true;
      const Image& image = library.images().all()[*frame.image];
      const std::string name = file_name(file, dump, image);
      if (!is_listed(name, bound.modules)) {
        out.refused.push_back({true, name, out.depth, Depth::none, "is not one of the modules of the bound"});
        continue;
      }
      if (out.depth >= Depth::function) {
        for (const SymbolFile& from : library.of(*frame.image).files) {
          out.provenance.push_back({name, image.code_id, image.debug_id, from, resolved_at});
        }
      }
    }
  }
}

} // namespace

std::string demangled(std::string_view name) {
  constexpr std::size_t name_bytes_max = 1024;
  constexpr std::size_t references_max = 24;
  if (!name.starts_with("_Z") || name.size() > name_bytes_max || references_in(name) > references_max) {
    return std::string(name);
  }
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> readable(
      abi::__cxa_demangle(std::string(name).c_str(), nullptr, nullptr, &status), std::free);
  return readable == nullptr ? std::string(name) : std::string(readable.get());
}

std::string_view name_of(Depth depth) {
  return depth_names.at(static_cast<std::size_t>(depth));
}

std::optional<Depth> depth_of(std::string_view name) {
  const auto* found = std::ranges::find(depth_names, name);
  return found == depth_names.end() ? std::nullopt
                                    : std::optional(static_cast<Depth>(found - depth_names.begin()));
}

Depth highest(const Bound& bound) {
  return std::min(bound.depth, Depth::line);
}

bool is_listed(std::string_view name, const std::vector<std::string>& patterns) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches(name, pattern); });
}

Symbolized symbolize(ByteView file, const dump::Dump& dump, const Walk& walked, Library& library, Depth asked,
                     const Bound& bound, Instant resolved_at) {
  Symbolized out;
  if (asked > highest(bound)) {
    out.refused.push_back(
        {false, "", asked, highest(bound),
         asked == Depth::locals ? "asks for locals, which are never told" : "asks for more than the bound"});
    return out;
  }
  out.depth = asked;
  Namer namer(file, dump, library, asked, bound);
  for (const ThreadWalk& thread : walked.threads) {
    NamedThread& named = out.threads.emplace_back(NamedThread{thread.id, thread.faulted, {}});
    for (const Frame& frame : thread.frames) {
      named.frames.push_back(namer.name(frame));
    }
  }
  if (asked != Depth::none) {
    add_modules(file, dump, walked, library, bound, resolved_at, out);
  }
  return out;
}

} // namespace sallyport::walk
