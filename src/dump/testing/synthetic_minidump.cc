#include "dump/testing/synthetic.h"

namespace sallyport::dump::testing {
namespace {

struct Context {
  std::size_t size;
  std::size_t flags_at;
  std::size_t flags_width;
  std::uint32_t flags;
  std::size_t pc_at;
  std::size_t sp_at;
  std::size_t width;
  std::size_t vectors_at;
};

Context context_of(Cpu cpu) {
  switch (cpu) {
  case Cpu::x86:
    return {716, 0, 4, 0x1003f, 0xb8, 0xc4, 4, 0xcc};
  case Cpu::amd64:
    return {1232, 0x30, 4, 0x10001f, 0xf8, 0x98, 8, 0x100};
  case Cpu::arm64:
    return {912, 0, 4, 0x400007, 0x108, 0x100, 8, 0x110};
  case Cpu::old_arm64:
    return {796, 0, 8, 0x80000006, 0x108, 0x100, 8, 0x11c};
  }
  return {};
}

std::string context(const MinidumpWriter& dump, Cpu cpu, std::uint64_t pc, std::uint64_t sp) {
  const Context layout = context_of(cpu);
  std::string bytes(layout.size, '\0');
  const auto put = [&](std::size_t at, std::string_view value) { bytes.replace(at, value.size(), value); };
  put(layout.flags_at, dump.part().number(layout.flags, layout.flags_width).out());
  put(layout.pc_at, dump.part().number(pc, layout.width).out());
  put(layout.sp_at, dump.part().number(sp, layout.width).out());
  put(layout.vectors_at, "<vector_state>");
  return bytes + (cpu == Cpu::amd64 ? "<vector_state>" : ""); // extended state behind it
}

void add_system(MinidumpWriter& dump, Cpu cpu) {
  const std::uint32_t version = dump.wide_string("<process_text>");
  dump.stream(7, dump.part().u16(static_cast<std::uint16_t>(cpu)).zeros(22).u32(version).pad_to(56));
  dump.stream(15, dump.part().u32(232).u32(1).u32(17).zeros(12).text("<process_text>").pad_to(232));
}

// 256 bytes of stack at `address`, in use from its second half on.
constexpr std::size_t stack_bytes = 256;

std::string stack(std::string_view more) {
  std::string bytes(stack_bytes, '\0');
  bytes.replace(0, 13, "<below_stack>");
  bytes.replace(stack_bytes / 2, 7, "<stack>");
  bytes.replace(stack_bytes / 2 + 64, more.size(), more);
  return bytes;
}

void add_threads(MinidumpWriter& dump, Cpu cpu, bool with_memory) {
  Writer threads = dump.part();
  Writer memory = dump.part();
  Writer fault = dump.part();
  threads.u32(2);
  memory.u32(3);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const std::uint64_t address = 0x10000 * (i + 1);
    const std::string registers = context(dump, cpu, 0x400010 + i, address + stack_bytes / 2);
    const std::uint32_t at = dump.add(registers);
    const std::uint32_t bytes = with_memory ? dump.add(stack(i == 0 ? "" : "<stack>")) : 0;
    threads.u32(17 + i).zeros(12).u64(i == 0 ? 0x30000 : 0).u64(address).u32(stack_bytes).u32(bytes);
    threads.u32(registers.size()).u32(at);
    memory.u64(address).u32(stack_bytes).u32(bytes);
    if (i == 1) {
      fault.u32(18).u32(0).u32(11).u32(0).u64(0).u64(0xdead).u32(1).u32(0).text("<exception>").pad_to(160);
      fault.u32(registers.size()).u32(at);
    }
  }
  dump.stream(3, threads);
  if (with_memory) {
    const std::string rest = "<heap>";
    memory.u64(0x50000).u32(rest.size()).u32(dump.add(rest));
    dump.stream(5, memory);
  }
  Writer names = dump.part().u32(1);
  names.u32(18).u64(dump.wide_string("<thread_names>"));
  dump.stream(24, names);
  dump.stream(6, fault);
}

void add_modules(MinidumpWriter& dump) {
  Writer pdb = dump.part().u32(0x53445352);
  pdb.u32(0x01020304)
      .u16(0x0506)
      .u16(0x0708)
      .text("\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10")
      .u32(1)
      .text("<paths>")
      .zeros(1);
  Writer elf = dump.part().u32(0x4270454c).text("\x01\x02\x03\x04\x05\x06\x07\x08");
  const std::string misc = dump.part().u32(1).u32(19).u32(0).text("<paths>").out();
  Writer modules = dump.part().u32(2);
  const std::uint32_t misc_at = dump.add(misc);
  for (const Writer* code_view : {&pdb, &elf}) {
    const std::uint64_t base = code_view == &pdb ? 0x400000 : 0x500000;
    modules.u64(base).u32(0x2000).u32(0).u32(code_view == &pdb ? 0x45d35f6c : 0);
    modules.u32(dump.wide_string("<paths>")).zeros(52).u32(code_view->size()).u32(dump.add(code_view->out()));
    modules.u32(code_view == &pdb ? misc.size() : 0).u32(code_view == &pdb ? misc_at : 0).zeros(16);
  }
  dump.stream(4, modules);
  Writer unloaded = dump.part().u32(12).u32(24).u32(1);
  unloaded.u64(0x600000).u32(0x1000).u32(0).u32(0x11).u32(dump.wide_string("<paths>"));
  dump.stream(14, unloaded);
  Writer info = dump.part().u32(16).u32(48).u64(2);
  for (const std::uint64_t page :
       {0x400000UL, 0x401000UL}) { // the first to be read, the second to be written
    info.u64(page)
        .u64(0x400000)
        .u64(0)
        .u64(0x1000)
        .u32(0x1000)
        .u32(page == 0x400000 ? 0x20 : 0x04)
        .u32(0x1000000)
        .u32(0);
  }
  dump.stream(16, info);
}

void add_handles(MinidumpWriter& dump) {
  const std::string data = "<handles>";
  const std::uint32_t second = dump.add(dump.part().u32(0).u32(2).u32(data.size()).text(data).out());
  const std::uint32_t first = dump.add(dump.part().u32(second).u32(1).u32(data.size()).text(data).out());
  const std::uint32_t kind = dump.wide_string("<handles>");
  const std::uint32_t name = dump.wide_string("<handles>");
  Writer handles = dump.part().u32(16).u32(40).u32(1).u32(0);
  handles.u64(4).u32(kind).u32(name).zeros(16).u32(first).u32(0);
  dump.stream(12, handles);
}

void add_linux(MinidumpWriter& dump, Cpu cpu) {
  const std::pair<std::uint32_t, std::string_view> texts[] = {
      {0x47670003, "<process_text>"},
      {0x47670004, "<process_text>"},
      {0x47670005, "<process_text>"},
      {0x47670006, "<arguments>"},
      {0x47670007, "<environment>"},
      {0x47670008, "<auxiliary_vector>"},
      {0x4d7a0003, "<process_text>"},
      {0x4d7a0004, "<annotations>"},
      {0x47670002, "<annotations>"},
      {10, "<comments>"},
      {19, "<opaque>"},
      {0x10001, "<opaque>"},
  };
  for (const auto& [type, text] : texts) {
    dump.stream(type, dump.part().text(text));
  }
  dump.stream(11, dump.part().text(wide("<comments>", dump.order())));
  dump.stream(0x47670001, dump.part().u32(3).u32(17).u32(18));
  dump.stream(0x47670009,
              dump.part().text("00500000-00501000 r-xp 00000000 08:01 1 /<process_text>\n"
                               "00501000-00502000 rw-p 00001000 08:01 1 /<process_text>\nnonsense\n"));
  const bool narrow = cpu == Cpu::x86;
  Writer links = dump.part();
  links.number(0, narrow ? 4 : 8).u32(dump.wide_string("<paths>")).zeros(narrow ? 4 : 12);
  Writer linker = dump.part();
  linker.u32(1).u32(dump.add(links.out())).u32(1).zeros(narrow ? 12 : 28);
  dump.stream(0x4767000a, linker);
}

void add_crashpad(MinidumpWriter& dump) {
  const auto text = [&] { return dump.narrow_string("<annotations>"); };
  const auto pair_of = [&] { // arguments have no order of their own
    const std::uint32_t key = text();
    return dump.part().u32(1).u32(key).u32(text());
  };
  const Writer simple = pair_of();
  const Writer of_module = pair_of();
  const Writer list = dump.part().u32(1).u32(text());
  const std::uint32_t name = text();
  const Writer object = dump.part().u32(1).u32(name).u16(1).u16(0).u32(text());
  Writer module = dump.part().u32(1);
  for (const Writer* part : {&list, &of_module, &object}) {
    module.u32(part->size()).u32(dump.add(part->out()));
  }
  const Writer modules = dump.part().u32(1).u32(0).u32(module.size()).u32(dump.add(module.out()));
  Writer info = dump.part().u32(1).text("<annotations>").pad_to(36);
  info.u32(simple.size()).u32(dump.add(simple.out())).u32(modules.size()).u32(dump.add(modules.out()));
  dump.stream(0x43500001, info);
}

} // namespace

std::string sample_minidump(Cpu cpu, std::endian order, const std::string& trailer) {
  MinidumpWriter dump(order, trailer);
  add_threads(dump, cpu, true); // before the system, whose processor they need
  add_system(dump, cpu);
  add_modules(dump);
  add_handles(dump);
  add_linux(dump, cpu);
  add_crashpad(dump);
  return dump.finish();
}

std::string sample_full_minidump(std::size_t pieces) {
  MinidumpWriter dump;
  add_threads(dump, Cpu::amd64, false);
  add_system(dump, Cpu::amd64);
  add_modules(dump);
  std::string memory = stack("") + stack("");
  Writer list = dump.part();
  const std::string rest = "<heap>";
  std::string module(0x2000, 'm');
  module.replace(0, 17, "<module_constant>");
  module.replace(0x1000, 13, "<module_data>");
  for (std::size_t i = 0; i < pieces; ++i) {
    memory += rest;
  }
  list.u64(3 + pieces).u64(dump.add(memory + module));
  list.u64(0x10000).u64(stack_bytes).u64(0x20000).u64(stack_bytes);
  for (std::size_t i = 0; i < pieces; ++i) {
    list.u64(0x50000 + 0x1000 * i).u64(rest.size());
  }
  dump.stream(9, list.u64(0x400000).u64(module.size()));
  return dump.finish();
}

} // namespace sallyport::dump::testing
