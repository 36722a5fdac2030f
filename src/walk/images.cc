#include "walk/images.h"

#include "dump/build_id.h"
#include "dump/classify.h"
#include "dump/cursor.h"
#include "walk/elf_file.h"
#include "walk/limits.h"

#include <algorithm>

namespace sallyport::walk {
namespace {

using dump::Range;

bool begins_as_elf(ByteView bytes) {
  return bytes.size() >= 4 && as_text(bytes.first(4)) == "\x7f"
                                                         "ELF";
}

// What the dump has of memory from `address` on, in one piece.
ByteView memory_from(ByteView file, const dump::Dump& dump, std::uint64_t address) {
  const auto after = std::ranges::upper_bound(dump.memory, address, {}, &dump::Memory::address);
  if (after == dump.memory.begin()) {
    return {};
  }
  const dump::Memory& piece = *std::prev(after);
  return dump::slice(file, piece.range.part(address - piece.address));
}

// A core lists every file that was mapped; one whose first bytes are there and are no program's is data.
bool may_hold_code(ByteView file, const dump::Dump& dump, const dump::Module& module) {
  if (dump.format != dump::Format::elf_core) {
    return true;
  }
  const ByteView first = memory_from(file, dump, module.addresses.from());
  return first.empty() || begins_as_elf(first);
}

std::optional<Image> image_in_memory(ByteView file, const dump::Memory& piece) {
  const ByteView bytes = dump::slice(file, piece.range);
  if (!begins_as_elf(bytes)) {
    return std::nullopt;
  }
  const auto elf = ElfFile::parse(bytes);
  if (!elf || elf->extent().empty()) {
    return std::nullopt;
  }
  const ByteView id = elf->build_id();
  return Image{piece.address, Range(piece.address, elf->extent().size()), dump::nobody, to_hex(id),
               dump::debug_id_of_build(id, std::endian::little)};
}

// By address; where two say that they are at one place, it is that of the first.
void keep_apart(std::vector<Image>& images) {
  std::ranges::stable_sort(images, {}, [](const Image& image) { return image.addresses.from(); });
  std::uint64_t end = 0;
  for (Image& image : images) {
    image.addresses =
        dump::between(std::max(end, image.addresses.from()), std::max(end, image.addresses.until()));
    end = std::max(end, image.addresses.until());
  }
  std::erase_if(images, [](const Image& image) { return image.addresses.empty(); });
}

} // namespace

std::string file_name(ByteView file, const dump::Dump& dump, const Image& image) {
  if (image.module == dump::nobody) {
    return "";
  }
  const std::string path = dump::text_of(file, dump.modules[image.module].path);
  const auto last = path.find_last_of("/\\");
  return last == std::string::npos ? path : path.substr(last + 1);
}

Images::Images(ByteView file, const dump::Dump& dump) {
  for (std::uint32_t i = 0; i < dump.modules.size(); ++i) {
    const dump::Module& module = dump.modules[i];
    if (may_hold_code(file, dump, module)) {
      images_.push_back({module.addresses.from(), module.addresses, i, module.code_id, module.debug_id});
    }
  }
  keep_apart(images_);
  if (dump.format == dump::Format::elf_core) {
    std::vector<Image> found;
    for (const dump::Memory& piece : dump.memory) {
      if (images_.size() + found.size() < limits::images_max && !at(piece.address)) {
        if (auto image = image_in_memory(file, piece)) {
          found.push_back(std::move(*image));
        }
      }
    }
    images_.insert(images_.end(), found.begin(), found.end());
    keep_apart(images_);
  }
  if (!images_.empty()) {
    mask_ = images_.back().addresses.until();
    for (unsigned shift = 1; shift < 64; shift *= 2) {
      mask_ |= mask_ >> shift;
    }
  }
}

std::optional<std::size_t> Images::at(std::uint64_t address) const {
  const auto from = [](const Image& image) { return image.addresses.from(); };
  const auto after = std::ranges::upper_bound(images_, address, {}, from);
  if (after == images_.begin() || !std::prev(after)->addresses.contains(address)) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(std::prev(after) - images_.begin());
}

} // namespace sallyport::walk
