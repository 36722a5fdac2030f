#include "walk/library.h"

#include "crypto/digest.h"
#include "dump/classify.h"
#include "dump/cursor.h"
#include "walk/words.h"

#include <algorithm>

namespace sallyport::walk {

namespace fs = std::filesystem;
using dump::Cursor;
using dump::Range;

namespace {

constexpr std::size_t folder_entries_max = 1'000'000;
constexpr std::size_t loose_files_max = 10'000;
constexpr std::size_t id_letters_min = 9; // a time stamp and an age
constexpr std::size_t id_letters_max = 128;

bool is_hex(std::string_view text) {
  return text.size() >= id_letters_min && text.size() <= id_letters_max &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// Symbol stores spell the letters of an id in either case.
std::string folded(std::string_view id) {
  std::string out(id);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  return out;
}

// What stands in a folder; a folder that cannot be read has nothing in it.
std::vector<fs::directory_entry> entries(const fs::path& folder) {
  std::vector<fs::directory_entry> out;
  std::error_code error;
  for (fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && it != end && out.size() < folder_entries_max; it.increment(error)) {
    out.push_back(*it);
  }
  std::ranges::sort(out);
  return out;
}

// The path of a module below a folder that has a system's files, where that stays below it.
std::optional<fs::path> below(const fs::path& folder, const std::string& path) {
  if (!path.starts_with('/') || path.contains('\0') || path.contains('\\')) {
    return std::nullopt;
  }
  const fs::path inside = fs::path(path).relative_path();
  const bool climbs = std::ranges::any_of(inside, [](const fs::path& part) { return part == ".."; });
  return climbs || inside.empty() ? std::nullopt : std::optional(folder / inside);
}

// An error of `open` names the path of the symbol file, which is the caller's own; that is where it stays.
Result<dump::MappedFile> open_symbols(const fs::path& path) {
  SP_TRY(dump::MappedFile file, dump::MappedFile::open(path));
  if (file.bytes().size() > limits::symbol_bytes_max) {
    return fail(ErrorCode::too_large, path.string(), "is larger than symbol files are read");
  }
  return file;
}

} // namespace

std::string_view name_of(SymbolKind kind) {
  switch (kind) {
  case SymbolKind::breakpad:
    return "breakpad";
  case SymbolKind::elf:
    return "elf";
  }
  return {};
}

Library::Library(ByteView file, const dump::Dump& dump, Places places)
    : file_(file), dump_(dump), images_(file, dump), places_(std::move(places)),
      symbols_(images_.all().size()) {
  for (const fs::path& folder : places_.folders) {
    index_folder(folder);
  }
}

// name/DEBUGID/name.sym, as Breakpad lays out its stores; and files that lie in the folder itself, which say
// of what build they are.
void Library::index_folder(const fs::path& folder) {
  std::size_t loose = 0;
  for (const fs::directory_entry& name : entries(folder)) {
    std::error_code error;
    if (name.is_directory(error)) {
      for (const fs::directory_entry& id : entries(name.path())) {
        const std::string debug_id = id.path().filename().string();
        if (!is_hex(debug_id) || !id.is_directory(error)) {
          continue;
        }
        for (const fs::directory_entry& file : entries(id.path())) {
          if (file.path().extension() == ".sym") {
            breakpad_.emplace(folded(debug_id),
                              Found{file.path(), file.path().lexically_relative(folder).string()});
          }
        }
      }
    } else if (name.is_regular_file(error) && loose++ < loose_files_max) {
      const auto file = open_symbols(name.path());
      if (!file) {
        continue;
      }
      const Found found{name.path(), name.path().filename().string()};
      if (name.path().extension() == ".sym") {
        std::string_view line =
            as_text(file->bytes().first(std::min<std::size_t>(file->bytes().size(), 4096)));
        if (next_word(line) == "MODULE" && !next_word(line).empty() && !next_word(line).empty()) {
          breakpad_.emplace(folded(next_word(line)), found);
        }
      } else if (const auto elf = ElfFile::parse(file->bytes()); elf && !elf->build_id().empty()) {
        loose_elf_.emplace(to_hex(elf->build_id()), found);
      }
    }
  }
}

const Symbols& Library::of(std::size_t image) {
  std::unique_ptr<Symbols>& symbols = symbols_.at(image);
  if (!symbols) {
    symbols = std::make_unique<Symbols>();
    look_up(images_.all()[image], *symbols);
  }
  return *symbols;
}

void Library::look_up(const Image& image, Symbols& symbols) {
  if (is_hex(image.debug_id)) {
    if (const auto found = breakpad_.lower_bound(folded(image.debug_id));
        found != breakpad_.end() && found->first == folded(image.debug_id)) {
      add_breakpad(found->second, symbols);
    }
  }
  if (is_hex(image.code_id)) {
    for (const Found& found : elf_candidates(image)) {
      add_elf(image, found, symbols);
    }
    if (symbols.elf.empty() && places_.server &&
        (!places_.may_be_asked || places_.may_be_asked(file_name(file_, dump_, image)))) {
      add_fetched(image, symbols);
    }
  }
  read_memory(image, symbols);
}

void Library::add_breakpad(const Found& found, Symbols& symbols) {
  auto file = open_symbols(found.path);
  if (!file) {
    faults_.push_back(file.error());
    return;
  }
  auto parsed = SymFile::parse(as_text(file->bytes()));
  if (!parsed) {
    faults_.push_back({parsed.error().code, found.path.string(), parsed.error().message});
    return;
  }
  symbols.files.push_back({SymbolKind::breakpad, found.source, crypto::sha256(file->bytes())});
  symbols.breakpad = std::move(*parsed);
  mapped_.push_back(std::move(*file));
}

// By build id as debuggers file them, by what lies loose, by the module's path below the folder.
std::vector<Library::Found> Library::elf_candidates(const Image& image) const {
  std::vector<Found> out;
  const std::string& id = image.code_id;
  for (const fs::path& folder : places_.folders) {
    for (const char* suffix : {"", ".debug"}) {
      for (const char* above : {".build-id", "usr/lib/debug/.build-id"}) {
        if (id.size() > 2) {
          const fs::path inside = fs::path(above) / id.substr(0, 2) / (id.substr(2) + suffix);
          out.push_back({folder / inside, inside.string()});
        }
      }
    }
    if (image.module != dump::nobody) {
      const std::string path = dump::text_of(file_, dump_.modules[image.module].path);
      if (const auto there = below(folder, path)) {
        out.push_back({*there, there->lexically_relative(folder).string()});
      }
    }
  }
  const auto [from, until] = loose_elf_.equal_range(id);
  for (auto it = from; it != until; ++it) {
    out.push_back(it->second);
  }
  return out;
}

void Library::add_elf(const Image& image, const Found& found, Symbols& symbols) {
  auto file = open_symbols(found.path);
  const auto elf = file ? ElfFile::parse(file->bytes()) : fail(ErrorCode::not_found, "", "is not there");
  if (!elf || to_hex(elf->build_id()) != image.code_id) {
    return;
  }
  const Digest digest = crypto::sha256(file->bytes());
  if (std::ranges::find(symbols.files, digest, &SymbolFile::sha256) != symbols.files.end()) {
    return; // one file is often found in several ways
  }
  symbols.files.push_back({SymbolKind::elf, found.source, digest});
  read_elf(*elf, symbols);
  mapped_.push_back(std::move(*file));
}

void Library::add_fetched(const Image& image, Symbols& symbols) {
  auto bytes = places_.server(image.code_id);
  if (!bytes) {
    if (bytes.error().code != ErrorCode::not_found) {
      faults_.push_back(bytes.error());
    }
    return;
  }
  auto kept = std::make_unique<Bytes>(std::move(*bytes));
  auto elf = ElfFile::parse(*kept);
  if (!elf || to_hex(elf->build_id()) != image.code_id) {
    faults_.push_back({ErrorCode::malformed, places_.server_name, "answered with a file of another build"});
    return;
  }
  symbols.files.push_back({SymbolKind::elf, places_.server_name, crypto::sha256(*kept)});
  read_elf(*elf, symbols);
  fetched_.push_back(std::move(kept));
}

void Library::read_elf(const ElfFile& elf, Symbols& symbols) {
  constexpr std::uint64_t flag_compressed = 0x800;
  symbols.linked_base = elf.first_address();
  for (const auto& [name, kind] :
       {std::pair(".eh_frame", FrameKind::eh_frame), std::pair(".debug_frame", FrameKind::debug_frame)}) {
    const ElfSection* section = elf.section(name);
    if (section != nullptr && !section->bytes.empty() && (section->flags & flag_compressed) == 0) {
      symbols.frames.push_back(FrameTable::parse({section->bytes, section->address, kind, elf.word()}));
    }
  }
  symbols.elf.push_back(elf);
}

// A full dump holds the pages of its modules; their headers say where the frame rules are.
void Library::read_memory(const Image& image, Symbols& symbols) {
  constexpr std::uint32_t segment_eh_frame = 0x6474e550;
  const auto memory = [&](std::uint64_t address) {
    const auto after = std::ranges::upper_bound(dump_.memory, address, {}, &dump::Memory::address);
    if (after == dump_.memory.begin()) {
      return ByteView();
    }
    const dump::Memory& piece = *std::prev(after);
    return dump::slice(file_, piece.range.part(address - piece.address));
  };
  const auto elf = ElfFile::parse(memory(image.base));
  if (!elf) {
    return;
  }
  for (const ElfSegment& segment : elf->segments()) {
    if (segment.type != segment_eh_frame) {
      continue;
    }
    const std::uint64_t at = segment.addresses.from() - elf->first_address() + image.base;
    Cursor in(memory(at), std::endian::little);
    constexpr std::uint8_t relative_32 = 0x1b; // to where the number itself stands, as every linker writes it
    if (in.u8() != 1 || in.u8() != relative_32) {
      return;
    }
    const auto offset = static_cast<std::int32_t>(in.skip(2).u32());
    const std::uint64_t frames = at + 4 + static_cast<std::uint64_t>(static_cast<std::int64_t>(offset));
    FrameTable table = FrameTable::parse({memory(frames), frames, FrameKind::eh_frame, elf->word()});
    if (in.ok() && !table.empty()) {
      constexpr std::uint64_t headers_bytes = 4096;
      symbols.in_memory_at = {Range(image.base, headers_bytes), Range(at, 8), Range(frames, table.bytes())};
      symbols.in_memory = std::move(table);
    }
    return;
  }
}

} // namespace sallyport::walk
