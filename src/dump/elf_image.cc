#include "dump/elf_image.h"

#include "dump/build_id.h"
#include "dump/classify.h"
#include "dump/limits.h"

#include <algorithm>

namespace sallyport::dump {
namespace {

constexpr std::uint32_t note_segment = 4;
constexpr std::uint32_t note_build_id = 3;
constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t notes_max = 64; // of one image; nothing that is missed here is more than a name

constexpr std::uint64_t aligned(std::uint64_t size) {
  return (size + 3) & ~std::uint64_t{3};
}

// Owner "GNU", type 3. This is memory of the process, not the dump's own structure: what cannot be read is no
// fault.
ByteView build_id_in(Cursor in) {
  for (std::uint64_t i = 0; i < notes_max && in.left() > 0; ++i) {
    const std::uint64_t name_bytes = in.u32();
    const std::uint64_t value_bytes = in.u32();
    const std::uint32_t type = in.u32();
    const ByteView name = in.bytes(aligned(name_bytes));
    const ByteView value = in.bytes(value_bytes);
    if (!in.ok()) {
      return {};
    }
    if (type == note_build_id && as_text(name).starts_with("GNU") && name_bytes == 4) {
      return value;
    }
    in.skip(aligned(value_bytes) - value_bytes);
  }
  return {};
}

// The image's own headers, in memory at `base`, say where its notes are.
ByteView find_build_id(const Survey& survey, std::uint64_t base) {
  const std::size_t word = survey.dump.word;
  const Range head = find_memory(survey.dump.memory, base, page_bytes);
  const auto within = [&](std::uint64_t from, std::uint64_t size) {
    return survey.at(head.part(from, size));
  };
  if (as_text(slice(survey.file(), head.part(0, 4))) != "\x7f"
                                                        "ELF") {
    return {};
  }
  Cursor header = within(24 + word, 0xffff);
  const std::uint64_t table = header.word(word);
  const std::uint64_t record = header.skip(word + 6).u16();
  const std::uint64_t count = header.u16();
  for (std::uint64_t i = 0; i < std::min(count, notes_max); ++i) {
    Cursor segment = within(table + i * record, record);
    const std::uint32_t type = segment.u32();
    const std::uint64_t offset = segment.skip(word == 8 ? 4 : 0).word(word);
    const std::uint64_t size = segment.skip(2 * word).word(word);
    if (type == note_segment && segment.ok()) {
      if (const ByteView id = build_id_in(within(offset, size)); !id.empty()) {
        return id;
      }
    }
  }
  return {};
}

} // namespace

void add_mapped_files(Survey& survey, const std::vector<FileMapping>& files) {
  Dump& dump = survey.dump;
  std::ranges::sort(dump.mappings, {}, [](const Mapping& m) { return m.addresses.from(); });
  std::string_view last;
  for (const FileMapping& file : files) {
    const auto mapping = std::ranges::lower_bound(dump.mappings, file.addresses.from(), {},
                                                  [](const Mapping& m) { return m.addresses.from(); });
    if (mapping != dump.mappings.end() && file.addresses.contains(mapping->addresses)) {
      mapping->file_backed = true;
    }
    const std::string_view path = as_text(slice(survey.file(), file.path.range));
    if (!dump.modules.empty() && path == last) {
      Range& addresses = dump.modules.back().addresses;
      addresses = between(addresses.from(), std::max(addresses.until(), file.addresses.until()));
      continue;
    }
    if (!survey.has_room(dump.modules.size(), limits::modules_max, {"modules"})) {
      return;
    }
    const ByteView id = find_build_id(survey, file.addresses.from());
    dump.modules.push_back({file.addresses, file.path, to_hex(id), debug_id_of_build(id, survey.order)});
    last = path;
  }
}

} // namespace sallyport::dump
