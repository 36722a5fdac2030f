#include "dump/classify.h"

#include "dump/cursor.h"
#include "dump/initial_stack.h"

#include <algorithm>
#include <numeric>

namespace sallyport::dump {
namespace {

using enum RegionClass;

std::vector<Mapping> mappings_by_address(const Dump& dump) {
  std::vector<Mapping> out = dump.mappings;
  std::ranges::sort(out, {}, [](const Mapping& m) { return m.addresses.from(); });
  return out;
}

// A thread whose dump names no stack is on the mapping that its stack pointer points into.
Range stack_of(const Dump& dump, const Thread& thread, const std::vector<Mapping>& mappings) {
  if (!thread.stack.empty() || !thread.registers || dump.format != Format::elf_core) {
    return thread.stack;
  }
  const std::uint64_t sp = thread.registers->sp;
  const auto behind =
      std::ranges::upper_bound(mappings, sp, {}, [](const Mapping& m) { return m.addresses.from(); });
  if (behind == mappings.begin() || !std::prev(behind)->addresses.contains(sp) ||
      !std::prev(behind)->writable) {
    return {};
  }
  return std::prev(behind)->addresses;
}

// The fault has registers from before its handler ran, or from after.
std::uint64_t lowest_pointer(const Dump& dump, const Thread& thread, Range stack) {
  const std::uint64_t sp = thread.registers->sp;
  const bool faulted = dump.exception && dump.exception->registers && dump.exception->thread == thread.id &&
                       stack.contains(dump.exception->registers->sp);
  return faulted ? std::min(sp, dump.exception->registers->sp) : sp;
}

void label_stacks(const Dump& dump, const std::vector<Mapping>& mappings, std::vector<Claim>& labels) {
  for (std::uint32_t i = 0; i < dump.threads.size(); ++i) {
    const Thread& thread = dump.threads[i];
    const Range range = stack_of(dump, thread, mappings);
    if (thread.registers && range.contains(thread.registers->sp)) {
      const std::uint64_t left = lowest_pointer(dump, thread, range) - range.from();
      labels.push_back({range.part(0, left), below_stack, i});
      labels.push_back({range.part(left), stack, i});
    } else {
      labels.push_back({range, stack, i});
    }
  }
}

// Memory of a module can be compared with its file where it is read-only and the build has a name. Other
// files may be documents of somebody.
void label_modules(const Dump& dump, const std::vector<Mapping>& mappings, std::vector<Claim>& labels) {
  std::vector<std::uint32_t> order(dump.modules.size()); // by address
  std::iota(order.begin(), order.end(), 0U);
  const auto address = [&](std::uint32_t i) { return dump.modules[i].addresses.from(); };
  std::ranges::sort(order, {}, address);
  for (const std::uint32_t i : order) {
    labels.push_back({dump.modules[i].addresses, module_data, i});
  }
  for (const Mapping& mapping : mappings) {
    if (!mapping.file_backed) {
      continue;
    }
    const auto behind = std::ranges::upper_bound(order, mapping.addresses.from(), {}, address);
    const std::uint32_t owner = behind == order.begin() ? nobody : *std::prev(behind);
    const bool of_module = owner != nobody && dump.modules[owner].addresses.contains(mapping.addresses);
    const bool constant = of_module && !mapping.writable && !dump.modules[owner].code_id.empty();
    labels.push_back(
        {mapping.addresses, constant ? module_constant : module_data, of_module ? owner : nobody});
  }
}

// Windows keeps a block for each thread (TEB) that points to the block of the process (PEB), and that one to
// its parameters: command line, folders, environment. All three are a page or more of their own.
struct BlockLayout {
  std::size_t word;
  std::uint64_t process_of_thread;
  std::uint64_t parameters_of_process;
};

constexpr BlockLayout block_layouts[] = {{4, 0x30, 0x10}, {8, 0x60, 0x20}};
constexpr std::uint64_t block_bytes = 0x1000;

void label_blocks(const Dump& dump, ByteView file, std::endian order, std::vector<Claim>& labels) {
  const auto word_at = [&](std::uint64_t address) {
    return Cursor(slice(file, find_memory(dump.memory, address, dump.word)), order).word(dump.word);
  };
  const BlockLayout& layout = block_layouts[dump.word == 4 ? 0 : 1];
  for (std::uint32_t i = 0; i < dump.threads.size(); ++i) {
    const std::uint64_t thread = dump.threads[i].environment_block;
    if (thread == 0) {
      continue;
    }
    labels.push_back({Range(thread, block_bytes), thread_local_storage, i});
    if (const std::uint64_t process = word_at(thread + layout.process_of_thread)) {
      labels.push_back({Range(process, block_bytes), process_parameters, nobody});
      if (const std::uint64_t parameters = word_at(process + layout.parameters_of_process)) {
        labels.push_back({Range(parameters, block_bytes), process_parameters, nobody});
      }
    }
  }
}

} // namespace

Range find_memory(const std::vector<Memory>& memory, std::uint64_t address, std::uint64_t size) {
  auto behind = std::ranges::upper_bound(memory, address, {}, &Memory::address);
  if (behind == memory.begin()) {
    return {};
  }
  const Memory& piece = *std::prev(behind);
  const Range found = piece.range.part(address - piece.address, size);
  return found.size() == size ? found : Range();
}

std::vector<Range> stacks_of(const Dump& dump) {
  const std::vector<Mapping> mappings = mappings_by_address(dump);
  std::vector<Range> out;
  for (const Thread& thread : dump.threads) {
    out.push_back(stack_of(dump, thread, mappings));
  }
  return out;
}

std::vector<Claim> labels_of(const Dump& dump, ByteView file, std::endian order) {
  const std::vector<Mapping> mappings = mappings_by_address(dump);
  std::vector<Claim> labels;
  label_stacks(dump, mappings, labels);
  label_modules(dump, mappings, labels);
  label_blocks(dump, file, order, labels);
  const std::vector<Claim> texts = label_initial_stack(dump, file, order);
  labels.insert(labels.end(), texts.begin(), texts.end());
  return labels;
}

bool project(const std::vector<Region>& labels, const std::vector<Memory>& memory, std::size_t claims_max,
             std::vector<Claim>& claims) {
  for (const Memory& piece : memory) {
    const Range addresses(piece.address, piece.range.size());
    auto label =
        std::ranges::upper_bound(labels, piece.address, {}, [](const Region& r) { return r.range.until(); });
    for (; label != labels.end() && label->range.from() < addresses.until(); ++label) {
      if (claims.size() >= claims_max) {
        return false;
      }
      const Range inside = common(label->range, addresses);
      claims.push_back({piece.range.part(inside.from() - piece.address, inside.size()), label->klass,
                        label->owner, Origin::memory});
    }
  }
  return true;
}

} // namespace sallyport::dump
