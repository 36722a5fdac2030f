// What is known of the code in a process: symbol files in folders that the caller names, of a server that it
// names, and frame rules that stand in the dump's own memory. A file counts for an image where the names of
// their builds are the same, and for nothing else.
#pragma once

#include "base/digest.h"
#include "dump/file.h"
#include "walk/dwarf_frames.h"
#include "walk/elf_file.h"
#include "walk/images.h"
#include "walk/sym_file.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>

namespace sallyport::walk {

enum class SymbolKind : std::uint8_t { breakpad, elf };

std::string_view name_of(SymbolKind kind);

// Where a symbol file came from. Its digest says which bytes they were: a build's name is only what the file
// says of itself.
struct SymbolFile {
  SymbolKind kind = SymbolKind::breakpad;
  std::string source; // of a folder the path inside it; of a server its name
  Digest sha256;
};

struct Symbols {
  std::vector<SymbolFile> files;
  std::optional<SymFile> breakpad;
  std::vector<ElfFile> elf;
  std::vector<FrameTable> frames; // addresses as linked
  std::uint64_t linked_base = 0;  // where the image's base is as linked
  // The frame rules that the process had in memory, by its addresses; and which bytes those are.
  std::optional<FrameTable> in_memory;
  std::vector<dump::Range> in_memory_at;
};

// An ELF file by build id, from a server. `not_found` is an answer; anything else is told once.
using FetchElf = std::function<Result<Bytes>(const std::string& build_id)>;

struct Places {
  std::vector<std::filesystem::path> folders = {};
  FetchElf server = {};                                             // none: nobody is asked
  std::string server_name = {};                                     // as provenance tells it
  std::function<bool(const std::string& module)> may_be_asked = {}; // of which the server hears; none: of all
};

class Library {
public:
  // `file` and `dump` must outlive it.
  Library(ByteView file, const dump::Dump& dump, Places places = {});

  Library(Library&&) = delete; // what it hands out stays where it is

  const Images& images() const { return images_; }

  // Of an index into images(); found when it is asked for first.
  const Symbols& of(std::size_t image);

  // Symbol files that were found and could not be read: where, and why.
  const std::vector<Error>& faults() const { return faults_; }

private:
  struct Found {
    std::filesystem::path path;
    std::string source;
  };

  void look_up(const Image& image, Symbols& symbols);
  void index_folder(const std::filesystem::path& folder);
  void add_breakpad(const Found& found, Symbols& symbols);
  void add_elf(const Image& image, const Found& found, Symbols& symbols);
  void add_fetched(const Image& image, Symbols& symbols);
  void read_elf(const ElfFile& elf, Symbols& symbols);
  void read_memory(const Image& image, Symbols& symbols);
  std::vector<Found> elf_candidates(const Image& image) const;

  ByteView file_;
  const dump::Dump& dump_;
  Images images_;
  Places places_;
  std::vector<std::unique_ptr<Symbols>> symbols_; // by image
  std::multimap<std::string, Found> breakpad_;    // by debug id
  std::multimap<std::string, Found> loose_elf_;   // by build id
  std::vector<dump::MappedFile> mapped_;
  std::vector<std::unique_ptr<Bytes>> fetched_;
  std::vector<Error> faults_;
};

} // namespace sallyport::walk
