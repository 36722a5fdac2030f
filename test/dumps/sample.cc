// Writes a minidump with all of a process's memory (Memory64List), as full dumps of Windows and of crash
// reporters have it: two threads with stacks that can be walked, a module, a heap with identifiers, all
// invented.
//
//   dump_sample FILE
#include "dump/testing/synthetic.h"

#include <fstream>

using sallyport::dump::testing::MinidumpWriter;
using sallyport::dump::testing::wide;
using sallyport::dump::testing::Writer;

namespace {

constexpr std::uint64_t module_at = 0x400000;
constexpr std::size_t module_bytes = 0x3000;
constexpr std::size_t stack_bytes = 1024;
constexpr std::uint64_t heap_at = 0x7f0000000000;

std::uint64_t stack_at(std::uint64_t thread) {
  return 0x10000 + 0x10000 * thread;
}

// Of amd64: what a debugger begins with.
std::string context(std::uint64_t thread) {
  Writer out;
  out.pad_to(0x30).u32(0x10001f).pad_to(0x98).u64(stack_at(thread)).u64(stack_at(thread) + 32).pad_to(0xf8);
  return out.u64(module_at + 0x1010 + thread).pad_to(1232).out();
}

// A chain of frame pointers, words that are nothing, and text that a local variable held.
std::string stack(std::uint64_t thread) {
  const std::uint64_t at = stack_at(thread);
  Writer out;
  out.u64(heap_at + 8).u64(0x1122334455667788).u64(17).u64(0);
  out.u64(at + 96).u64(module_at + 0x1100).text("ines.krag@northwind.example").zeros(5).u64(heap_at).u64(3);
  out.u64(0).u64(module_at + 0x1200);
  return out.pad_to(stack_bytes).out();
}

std::string heap() {
  const std::string mail = "mara.holt@northwind.example";
  const std::string secret = "token=ghp_16C7e42F292c6912E7710c838347Ae178B4a";
  Writer out;
  out.text(mail).zeros(5).text(wide(mail, std::endian::little)).zeros(3).text(secret).zeros(2);
  return out.text("4111 1111 1111 1111").zeros(64).text("plain words of a program").pad_to(4096).out();
}

} // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    return 2;
  }
  MinidumpWriter dump;
  dump.stream(7, dump.part().u16(9).u16(6).u16(0).zeros(2).u32(0).u32(0).u32(0).u32(0x8201).pad_to(56));
  Writer threads = dump.part().u32(2);
  for (std::uint64_t thread = 0; thread < 2; ++thread) {
    const std::string registers = context(thread);
    threads.u32(17 + thread).zeros(20).u64(stack_at(thread)).u32(0).u32(0);
    threads.u32(registers.size()).u32(dump.add(registers));
  }
  dump.stream(3, threads);
  Writer modules = dump.part().u32(1);
  modules.u64(module_at).u32(module_bytes).u32(0).u32(0).u32(dump.wide_string("/opt/app/victim")).zeros(84);
  dump.stream(4, modules);
  const std::string memory = stack(0) + stack(1) + heap() + std::string(module_bytes, '\x90');
  Writer list = dump.part().u64(4).u64(dump.add(memory));
  list.u64(stack_at(0)).u64(stack_bytes).u64(stack_at(1)).u64(stack_bytes);
  dump.stream(9, list.u64(heap_at).u64(heap().size()).u64(module_at).u64(module_bytes));
  std::ofstream(arguments[1], std::ios::binary) << dump.finish();
  return 0;
}
