#include "dump/initial_stack.h"

#include "dump/classify.h"
#include "dump/cursor.h"

#include <algorithm>
#include <optional>

namespace sallyport::dump {
namespace {

constexpr std::uint64_t entry_executed_file = 31; // AT_EXECFN: the last text but for a NUL
constexpr std::uint64_t pointers_max = 1024 * 1024;
constexpr std::uint64_t stack_bytes_max =
    16 * 1024 * 1024; // the kernel gives texts a quarter of the stack, at most 6 MiB

// Upwards: a count, pointers to arguments, 0, pointers to variables, 0, the auxiliary vector, and, behind
// things that differ, the arguments, the variables, and the name of the executed file, without gaps.
struct Layout {
  const Dump& dump;
  ByteView file;
  std::endian order;

  std::uint64_t word_at(std::uint64_t address) const {
    return Cursor(slice(file, find_memory(dump.memory, address, dump.word)), order).word(dump.word);
  }

  // The first of the pointers that end before the 0 at `null`; below it stands how many they are where they
  // are `counted`, else another 0. 0 where neither is found.
  std::uint64_t first_pointer(std::uint64_t null, bool counted) const {
    std::uint64_t count = 0;
    for (std::uint64_t at = null; at > dump.word && count < pointers_max; at -= dump.word, ++count) {
      const std::uint64_t below = word_at(at - dump.word);
      if (below == (counted ? count : 0)) {
        return at;
      }
    }
    return 0;
  }
};

ByteView auxiliary_vector(const Dump& dump, ByteView file) {
  const auto part = std::ranges::find_if(
      dump.parts, [](const Part& p) { return p.name == "auxv" || p.name == "linux_auxv"; });
  return part == dump.parts.end() ? ByteView() : slice(file, part->range);
}

struct Entry {
  std::size_t offset = 0; // in the vector
  std::uint64_t value = 0;
};

std::optional<Entry> entry_of(ByteView vector, std::uint64_t wanted, std::size_t word, std::endian order) {
  Cursor in(vector, order);
  while (in.left() >= 2 * word) {
    const std::size_t offset = vector.size() - in.left();
    const std::uint64_t kind = in.word(word);
    const std::uint64_t value = in.word(word);
    if (kind == wanted) {
      return Entry{offset, value};
    }
  }
  return std::nullopt;
}

// Where the vector lies below the executed file's name. What is looked for is the one entry that points to
// that name, so that the search costs the same whatever the bytes are.
std::uint64_t find_vector(const Dump& dump, ByteView file, ByteView vector, std::uint64_t name,
                          std::size_t entry) {
  const auto behind = std::ranges::upper_bound(dump.memory, name, {}, &Memory::address);
  if (behind == dump.memory.begin()) {
    return 0;
  }
  const Memory& piece = *std::prev(behind);
  const std::uint64_t below = std::min(name - piece.address, stack_bytes_max);
  const std::uint64_t from = name - below;
  const ByteView bytes = slice(file, piece.range.part(from - piece.address, below));
  const ByteView needle = vector.subspan(entry, 2 * dump.word);
  const auto found = std::search(bytes.begin(), bytes.end(), needle.begin(), needle.end());
  const auto at = static_cast<std::size_t>(found - bytes.begin());
  const bool whole = at >= entry && as_text(bytes.subspan(at - entry)).starts_with(as_text(vector));
  return whole ? from + at - entry : 0;
}

} // namespace

std::vector<Claim> label_initial_stack(const Dump& dump, ByteView file, std::endian order) {
  const ByteView vector = auxiliary_vector(dump, file);
  const auto executed = entry_of(vector, entry_executed_file, dump.word, order);
  if (!executed) {
    return {};
  }
  const std::uint64_t name = executed->value;
  const std::uint64_t at = find_vector(dump, file, vector, name, executed->offset);
  if (at <= 2 * dump.word) {
    return {};
  }
  const Layout layout{dump, file, order};
  const std::uint64_t variables = layout.first_pointer(at - dump.word, false);
  const std::uint64_t arguments = variables == 0 ? 0 : layout.first_pointer(variables - dump.word, true);
  const std::uint64_t argument_text = layout.word_at(arguments);
  const std::uint64_t variable_text = layout.word_at(variables);
  if (arguments == 0 || argument_text > variable_text || variable_text > name) {
    return {};
  }
  return {{Range(at, vector.size()), RegionClass::auxiliary_vector, nobody, Origin::memory},
          {between(argument_text, variable_text), RegionClass::arguments, nobody, Origin::memory},
          {between(variable_text, name), RegionClass::environment, nobody, Origin::memory}};
}

} // namespace sallyport::dump
