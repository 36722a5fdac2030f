// Minidumps made by code: every stream, every processor, both byte orders, and what is wrong in them.
#include "dump/cursor.h"
#include "dump/testing/markers.h"

using namespace sallyport;
using namespace sallyport::dump;
using namespace sallyport::dump::testing;

namespace {

std::string text_at(std::string_view file, const std::optional<Text>& text) {
  return text ? text_of(as_bytes(file), *text) : "absent";
}

struct Sample {
  Cpu cpu;
  std::endian order;
  Machine machine;
};

// Where in the file the directory has the stream of `type`.
std::size_t directory_entry(std::string_view file, std::uint32_t type) {
  Cursor header(as_bytes(file), std::endian::little);
  const std::uint32_t count = header.skip(8).u32();
  const std::uint32_t directory = header.u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t at = directory + 12 * i;
    if (Cursor(as_bytes(file).subspan(at), std::endian::little).u32() == type) {
      return at;
    }
  }
  FAIL("no such stream");
  return 0;
}

std::size_t stream_at(std::string_view file, std::uint32_t type) {
  return Cursor(as_bytes(file).subspan(directory_entry(file, type) + 8), std::endian::little).u32();
}

void put(std::string& file, std::size_t at, std::uint32_t value) {
  const std::string bytes = Writer().u32(value).out();
  file.replace(at, bytes.size(), bytes);
}

} // namespace

TEST_CASE("every stream of a minidump is read, and every text in it is of its class") {
  for (const Sample& sample : {Sample{Cpu::x86, std::endian::little, Machine::x86},
                               Sample{Cpu::amd64, std::endian::little, Machine::amd64},
                               Sample{Cpu::arm64, std::endian::little, Machine::arm64},
                               Sample{Cpu::old_arm64, std::endian::little, Machine::arm64},
                               Sample{Cpu::amd64, std::endian::big, Machine::amd64}}) {
    CAPTURE(static_cast<int>(sample.cpu));
    const std::string file = sample_minidump(sample.cpu, sample.order);
    const Reading reading = read(as_bytes(file));
    CHECK(reasons(reading) == "");
    CHECK(reading.dump.format == Format::minidump);
    CHECK(reading.dump.machine == sample.machine);
    CHECK(reading.dump.process == 17U);
    const auto seen = check_markers(reading, file, sample.order);
    for (const char* klass : {"vector_state", "exception", "handles", "thread_names", "paths", "annotations",
                              "comments", "environment", "arguments", "auxiliary_vector", "process_text",
                              "stack", "below_stack", "heap", "opaque"}) {
      CAPTURE(klass);
      CHECK(seen.contains(klass));
    }
    CHECK(bytes_of(reading, RegionClass::unaccounted) == 0);
  }
}

TEST_CASE("threads have their names, stacks and registers") {
  for (const Cpu cpu : {Cpu::x86, Cpu::amd64, Cpu::arm64, Cpu::old_arm64}) {
    const std::string file = sample_minidump(cpu);
    const Dump dump = read(as_bytes(file)).dump;
    REQUIRE(dump.threads.size() == 2);
    CHECK(dump.threads[0].id == 17);
    CHECK(text_at(file, dump.threads[0].name) == "absent");
    CHECK(text_at(file, dump.threads[1].name) == "<thread_names>");
    CHECK(dump.threads[1].stack == Range(0x20000, 256));
    REQUIRE(dump.threads[1].registers);
    CHECK(dump.threads[1].registers->pc == 0x400011);
    CHECK(dump.threads[1].registers->sp == 0x20080);
    REQUIRE(dump.exception);
    CHECK(dump.exception->thread == 18);
    CHECK(dump.exception->code == 11);
    CHECK(dump.exception->address == 0xdead);
    CHECK(dump.exception->registers->pc == 0x400011);
  }
  const std::string file = sample_minidump(Cpu::amd64);
  const Registers registers = *read(as_bytes(file)).dump.threads[0].registers;
  CHECK(value_of(registers, "rip") == 0x400010);
  CHECK(value_of(registers, "rsp") == 0x10080);
  CHECK(value_of(registers, "context_flags") == 0x10001f);
}

TEST_CASE("modules have their files and the names of their builds") {
  const std::string file = sample_minidump();
  const Dump dump = read(as_bytes(file)).dump;
  REQUIRE(dump.modules.size() == 2);
  CHECK(dump.modules[0].addresses == Range(0x400000, 0x2000));
  CHECK(dump.modules[0].code_id == "45D35F6C2000");
  CHECK(dump.modules[0].debug_id == "0102030405060708090A0B0C0D0E0F101");
  CHECK(dump.modules[1].code_id == "0102030405060708");
  CHECK(dump.modules[1].debug_id == "040302010605080700000000000000000");
  CHECK(text_at(file, dump.modules[1].path) == "<paths>");
  REQUIRE(dump.unloaded.size() == 1);
  CHECK(dump.unloaded[0].addresses == Range(0x600000, 0x1000));
  REQUIRE(dump.mappings.size() == 4); // two of the list, two of /proc/maps
  CHECK_FALSE(dump.mappings[0].writable);
  CHECK(dump.mappings[1].writable);
  CHECK(dump.mappings[3].writable);
  CHECK(dump.mappings[3].file_backed);
}

TEST_CASE("a dump of all memory has it in one list, and its modules are told from their data") {
  const std::string file = sample_full_minidump(3);
  const Reading reading = read(as_bytes(file));
  CHECK(reasons(reading) == "");
  CHECK(reading.dump.memory.size() == 6);
  auto seen = check_markers(reading, file, std::endian::little);
  CHECK(seen["heap"] == 3);
  CHECK(seen["stack"] == 2);
  CHECK(seen["below_stack"] == 2);
  CHECK(seen["module_constant"] == 1);
  CHECK(seen["module_data"] == 1);
}

TEST_CASE("a list that is aligned to eight bytes is read") {
  MinidumpWriter dump;
  dump.stream(7, dump.part().u16(9).pad_to(56));
  dump.stream(5, dump.part().u32(1).u32(0).u64(0x1000).u32(6).u32(dump.add("<heap>")));
  const std::string file = dump.finish();
  const Reading reading = read(as_bytes(file));
  CHECK(reasons(reading) == "");
  CHECK(check_markers(reading, file, std::endian::little)["heap"] == 1);
}

TEST_CASE("what is wrong in a minidump holds it, with the place") {
  struct Fault {
    const char* what;
    std::size_t at;
    std::uint32_t value;
    const char* reason;
  };

  const std::string sound = sample_minidump();
  const auto in = [&](std::uint32_t type, std::size_t offset) { return stream_at(sound, type) + offset; };
  const Fault faults[] = {
      {"version", 4, 0x1234, "unsupported /header\n"},
      {"count of streams", 8, 0x7fffffff, "malformed /streams\n"},
      {"processor", in(7, 0), 0x7777, "unsupported /system\n"},
      {"service pack", in(7, 24), 0x7fffffff, "malformed /system/version\n"},
      {"count of threads", in(3, 0), 0xffffffff, "malformed /threads\n"},
      {"stack's offset", in(3, 4 + 36), 0x7fffffff, "malformed /threads/0/stack\n"},
      {"context's size", in(3, 4 + 40), 100, "malformed /threads/0/context\n"},
      {"context's offset", in(3, 4 + 44), 0x7fffffff, "malformed /threads/0/context\n"},
      {"name's offset", in(24, 8), 0x7fffffff, "malformed /thread_names/0\n"},
      {"module's path", in(4, 4 + 20), 0x7fffffff, "malformed /modules/0/path\n"},
      {"module's build", in(4, 4 + 80), 0x7fffffff, "malformed /modules/0/debug\n"},
      {"size of records", in(14, 4), 8, "malformed /unloaded\n"},
      {"size of a header", in(16, 0), 4, "malformed /memory_info\n"},
      {"piece of memory", in(5, 4 + 8), 0x7fffffff, "malformed /memory/0\n"},
      {"fault's context", in(6, 164), 0x7fffffff, "malformed /exception/context\n"},
      {"handle's name", in(12, 16 + 12), 0x7fffffff, "malformed /handles/0/name\n"},
      {"link map", in(0x4767000a, 4), 0x7fffffff, "malformed /linker\n"},
      {"annotations", in(0x43500001, 40), 0x7fffffff, "malformed /crashpad/annotations\n"},
  };
  for (const Fault& fault : faults) {
    CAPTURE(fault.what);
    std::string file = sound;
    put(file, fault.at, fault.value);
    CHECK(reasons(read(as_bytes(file))).contains(fault.reason));
  }
}

TEST_CASE("a stream whose end is not in the file holds the dump, though all of its records are") {
  std::string file = sample_minidump();
  put(file, directory_entry(file, 5) + 4, 0x7fffffff);
  CHECK(reasons(read(as_bytes(file))).starts_with("malformed /streams/"));
}

TEST_CASE("bytes that are claimed to be two things hold the dump") {
  std::string file = sample_minidump();
  put(file, stream_at(file, 5) + 4 + 12,
      static_cast<std::uint32_t>(stream_at(file, 4))); // a stack on the modules
  CHECK(reasons(read(as_bytes(file))) == "contested /regions\n");
}

TEST_CASE("a second stream of one kind is not read, and holds the dump") {
  std::string file = sample_minidump();
  put(file, directory_entry(file, 19), 4); // what was no module list is named one
  const Reading reading = read(as_bytes(file));
  CHECK(reading.dump.modules.size() == 2);
  CHECK(reasons(reading).starts_with("malformed /streams/"));
}

TEST_CASE("a chain of handle information that does not end is a budget that ended") {
  std::string file = sample_minidump();
  const std::size_t first =
      Cursor(as_bytes(file).subspan(stream_at(file, 12) + 16 + 32), std::endian::little).u32();
  put(file, first, static_cast<std::uint32_t>(first));
  CHECK(reasons(read(as_bytes(file))) == "budget /handles/0/information\n");
}

TEST_CASE("what stands behind the end of a known structure is never taken for structure") {
  const std::string trailer = "what stands behind it"; // redaction leaves structure alone
  const std::string file = sample_minidump(Cpu::amd64, std::endian::little, trailer);
  const Reading reading = read(as_bytes(file));
  int seen = 0;
  for (auto at = file.find(trailer); at != std::string::npos; at = file.find(trailer, at + 1)) {
    CAPTURE(at);
    CHECK(region_at(reading, at).klass != RegionClass::structure);
    CHECK(region_at(reading, at + trailer.size() - 1).klass != RegionClass::structure);
    ++seen;
  }
  CHECK(seen == std::ssize(reading.dump.parts));
}

TEST_CASE("records that are longer than is known are not read") {
  std::string file = sample_minidump();
  put(file, stream_at(file, 16) + 4, 64);
  CHECK(reasons(read(as_bytes(file))) == "malformed /memory_info\n");
}

TEST_CASE("a small file whose lists lie on one another is not read for ever") {
  // Each of 3,000 modules of Crashpad's list has one and the same dictionary of 3,000 entries.
  MinidumpWriter dump;
  constexpr std::uint32_t many = 3000;
  const Writer dictionary = dump.part().u32(many).zeros(8 * many);
  const std::uint32_t entries = dump.add(dictionary.out());
  const Writer module = dump.part().u32(1).zeros(8).u32(dictionary.size()).u32(entries).zeros(8);
  const std::uint32_t info = dump.add(module.out());
  Writer modules = dump.part().u32(many);
  for (std::uint32_t i = 0; i < many; ++i) {
    modules.u32(i).u32(module.size()).u32(info);
  }
  const std::uint32_t list = dump.add(modules.out());
  dump.stream(7, dump.part().u16(9).pad_to(56));
  dump.stream(0x43500001, dump.part().u32(1).zeros(40).u32(modules.size()).u32(list));
  CHECK(reasons(read(as_bytes(dump.finish()))) == "budget /records\n");
}

TEST_CASE("more reasons than are listed are said to be there") {
  MinidumpWriter dump;
  for (std::uint32_t i = 0; i < 100; ++i) {
    dump.stream(0x10000 + i, dump.part());
  }
  std::string file = dump.finish();
  for (std::uint32_t i = 0; i < 100; ++i) {
    put(file, directory_entry(file, 0x10000 + i) + 4, 0x7fffffff); // its size
  }
  const Reading reading = read(as_bytes(file));
  CHECK(reading.held.size() == 65);
  CHECK(reading.held.back().where == "/held");
}

TEST_CASE("a minidump that is cut off anywhere is held, and its map is whole") {
  for (const std::string& file : {sample_minidump(), sample_full_minidump()}) {
    for (std::size_t size = 0; size < file.size(); ++size) {
      const Reading reading = read(as_bytes(std::string_view(file).substr(0, size)));
      REQUIRE_FALSE(reading.clean());
      REQUIRE(covers(reading.regions, size));
    }
  }
}

TEST_CASE("text is shown as UTF-8, and halves of pairs are marked") {
  const auto shown = [](std::u16string_view units) {
    Writer out;
    for (const char16_t unit : units) {
      out.u16(unit);
    }
    return text_of(as_bytes(out.out()), {Range(0, out.size()), Encoding::utf16_little});
  };
  CHECK(shown(u"a\u00e9\u20ac\U0001f600z") == "a\u00e9\u20ac\U0001f600z");
  CHECK(shown(std::u16string{0xd83d, u'x'}) == "\ufffdx");
  CHECK(shown(std::u16string{0xde00, 0xd83d}) == "\ufffd\ufffd");
}

TEST_CASE("what a newer Crashpad puts behind the structures that are known is opaque, not bytes of nobody") {
  MinidumpWriter dump;
  dump.stream(7, dump.part().u16(9).pad_to(56));
  const std::string module = dump.part().u32(1).zeros(24).text("<opaque>").out();
  const Writer list = dump.part().u32(1).u32(0).u32(module.size()).u32(dump.add(module));
  Writer info = dump.part().u32(1).zeros(32).zeros(8).u32(list.size()).u32(dump.add(list.out()));
  dump.stream(0x43500001, info.text("<opaque>"));
  const std::string file = dump.finish();
  const Reading reading = read(as_bytes(file));
  CHECK(reasons(reading) == "");
  CHECK(check_markers(reading, file, std::endian::little)["opaque"] == 2);
  CHECK(bytes_of(reading, RegionClass::unaccounted) == 0);
}
