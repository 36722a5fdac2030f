// Dumps of others against what is known of them: research that counted them, the names of their symbol files,
// and what was planted in one process.
#include "dump/testing/corpus.h"
#include "dump/testing/markers.h"
#include "dump/testing/planted.h"

#include <set>

using namespace sallyport;
using namespace sallyport::dump;
using namespace sallyport::dump::testing;

namespace {

struct Expected {
  const char* file;
  Machine machine;
  std::size_t threads;
  std::size_t modules;
  std::size_t pieces; // of memory
  std::size_t mappings;
  std::uint64_t unaccounted; // bytes
};

constexpr Expected minidumps[] = {
    {"breakpad/ascii_read_av.dmp", Machine::x86, 2, 26, 7, 0, 0},
    {"breakpad/linux_divide_by_zero.dmp", Machine::amd64, 1, 8, 3, 35, 0},
    {"breakpad/linux_executable_heap.dmp", Machine::amd64, 1, 8, 3, 35, 1},
    {"breakpad/linux_inline.dmp", Machine::amd64, 1, 8, 2, 0, 0},
    {"breakpad/linux_null_read_av.dmp", Machine::amd64, 1, 8, 3, 34, 0},
    {"breakpad/linux_overflow.dmp", Machine::amd64, 1, 8, 3, 34, 0},
    {"breakpad/linux_raise_sigabrt.dmp", Machine::amd64, 1, 8, 3, 35, 0},
    {"breakpad/minidump2.dmp", Machine::x86, 2, 13, 5, 0, 0},
    {"breakpad/null_read_av.dmp", Machine::x86, 2, 26, 7, 0, 0},
    {"breakpad/thread_name_list.dmp", Machine::x86, 6, 17, 16, 0, 0},
    {"breakpad/tiny-exe-with-cet-xsave.dmp", Machine::amd64, 1, 25, 66, 363, 0},
    {"rust-minidump/linux-mini.dmp", Machine::amd64, 1, 8, 3, 35, 27},
    {"rust-minidump/test.dmp", Machine::x86, 2, 13, 5, 0, 0},
    {"planted/victim.dmp", Machine::amd64, 3, 7, 6, 44, 0},
};

constexpr Expected cores[] = {
    {"planted/victim.core.xz", Machine::amd64, 3, 6, 31, 31, 0},
    {"elfutils/backtrace.i386.core.bz2", Machine::x86, 2, 1, 8, 8, 0},
    {"elfutils/backtrace.x86_64.core.bz2", Machine::amd64, 2, 1, 9, 9, 0},
    {"elfutils/backtrace.x86_64.fp.core.bz2", Machine::amd64, 2, 1, 10, 10, 0},
    {"elfutils/test-core.core.bz2", Machine::amd64, 1, 4, 15, 21, 0},
    {"elfutils/testfiledwarfinlines.core.bz2", Machine::amd64, 1, 6, 29, 33, 0},
};

bool in_memory(const Dump& dump, std::uint64_t address) {
  return std::ranges::any_of(dump.memory, [&](const Memory& memory) {
    return Range(memory.address, memory.range.size()).contains(address);
  });
}

void check_dump(const Expected& expected, Format format) {
  CAPTURE(expected.file);
  const std::string file = read_dump(expected.file);
  const Reading reading = read(as_bytes(file));
  const Dump& dump = reading.dump;
  CHECK(reasons(reading) == "");
  CHECK(dump.format == format);
  CHECK(dump.machine == expected.machine);
  CHECK(dump.threads.size() == expected.threads);
  CHECK(dump.modules.size() == expected.modules);
  CHECK(dump.memory.size() == expected.pieces);
  CHECK(dump.mappings.size() == expected.mappings);
  CHECK(covers(reading.regions, file.size()));
  CHECK(bytes_of(reading, RegionClass::unaccounted) == expected.unaccounted);
  for (const Thread& thread : dump.threads) {
    REQUIRE(thread.registers);
    // Of a thread that was stopped in its handler, the fault has the registers from before.
    const bool faulted = dump.exception && dump.exception->thread == thread.id && dump.exception->registers;
    const bool on_stack =
        in_memory(dump, thread.registers->sp) || (faulted && in_memory(dump, dump.exception->registers->sp));
    CHECK(on_stack);
  }
}

std::string spelled(const Planted& item) {
  return item.encoding.starts_with("utf16") ? wide(item.text, std::endian::little) : item.text;
}

// How often `text` lies in a region of the class.
int count_in(const Reading& reading, std::string_view file, std::string_view text, RegionClass klass) {
  int count = 0;
  for (auto at = file.find(text); at != std::string_view::npos; at = file.find(text, at + 1)) {
    count += region_at(reading, at).klass == klass ? 1 : 0;
  }
  return count;
}

} // namespace

TEST_CASE("public minidumps are read whole") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  for (const Expected& expected : minidumps) {
    check_dump(expected, Format::minidump);
  }
}

TEST_CASE("public cores are read whole") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  for (const Expected& expected : cores) {
    check_dump(expected, Format::elf_core);
  }
}

TEST_CASE("minidumps that are known to be malformed are held, and their maps are whole") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  for (const char* name : {"rust-minidump/invalid-range.dmp", "rust-minidump/invalid-record-count.dmp"}) {
    const std::string file = read_dump(name);
    const Reading reading = read(as_bytes(file));
    CHECK(reasons(reading).contains("malformed /streams/0\n"));
    CHECK(covers(reading.regions, file.size()));
  }
}

TEST_CASE("modules are named as their symbol files are") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  std::set<std::string> ids;
  for (const Expected& expected : minidumps) {
    const std::string file = read_dump(expected.file);
    for (const Module& module : read(as_bytes(file)).dump.modules) {
      ids.insert(module.debug_id);
    }
  }
  int symbols = 0;
  for (const auto& module :
       std::filesystem::directory_iterator(sallyport::testing::shared_data("dumps/symbols"))) {
    for (const auto& id : std::filesystem::directory_iterator(module)) {
      CAPTURE(id.path().string());
      CHECK(ids.contains(id.path().filename().string()));
      ++symbols;
    }
  }
  CHECK(symbols == 7);
}

TEST_CASE("the core and the minidump of one process name its modules alike") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  const auto ids = [](const char* name) {
    const std::string file = read_dump(name);
    std::set<std::string> out;
    for (const Module& module : read(as_bytes(file)).dump.modules) {
      out.insert(module.debug_id);
    }
    return out;
  };
  const std::set<std::string> of_core = ids("planted/victim.core.xz");
  const std::set<std::string> of_minidump = ids("planted/victim.dmp");
  CHECK(of_core.size() == 6);
  CHECK(std::ranges::includes(of_minidump, of_core)); // and linux-gate, which no file backs
}

TEST_CASE("names of threads are theirs") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  const std::string file = read_dump("breakpad/thread_name_list.dmp");
  const Dump dump = read(as_bytes(file)).dump;
  const auto named =
      std::ranges::count_if(dump.threads, [](const Thread& thread) { return thread.name.has_value(); });
  CHECK(named == 3);
}

TEST_CASE("what was planted in memory is in the core at its address, in the class of its place") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  const std::string file = read_dump("planted/victim.core.xz");
  const Reading reading = read(as_bytes(file));
  int stack = 0;
  int heap = 0;
  for (const Planted& item : planted()) {
    if (item.address == "-") {
      continue;
    }
    CAPTURE(item.address);
    const auto at = offset_of(reading.dump, std::stoull(item.address, nullptr, 16));
    REQUIRE(at);
    const RegionClass klass = region_at(reading, *at).klass;
    CHECK(klass == (item.region == "stack" ? RegionClass::stack : RegionClass::heap));
    const bool plain = item.encoding == "ascii" || item.encoding.starts_with("utf16");
    CHECK((!plain || std::string_view(file).substr(*at).starts_with(spelled(item))));
    ++(item.region == "stack" ? stack : heap);
  }
  CHECK(stack == 28);
  CHECK(heap == 108);
}

TEST_CASE("the stack's identifiers are in the minidump's stacks, those of the start in its streams") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  const std::string minidump = read_dump("planted/victim.dmp");
  const std::string core = read_dump("planted/victim.core.xz");
  const Reading of_minidump = read(as_bytes(minidump));
  const Reading of_core = read(as_bytes(core));
  int stack = 0;
  int start = 0;
  for (const Planted& item : planted()) {
    CAPTURE(item.category);
    const std::string text = spelled(item);
    if (item.region == "stack") {
      stack += count_in(of_minidump, minidump, text, RegionClass::stack) > 0 ? 1 : 0;
    } else if (item.region == "env" || item.region == "cmdline") {
      const RegionClass klass = item.region == "env" ? RegionClass::environment : RegionClass::arguments;
      CHECK(count_in(of_minidump, minidump, text, klass) == 2); // the stream, and the first stack
      CHECK(count_in(of_core, core, text, klass) >= 1);
      ++start;
    }
  }
  CHECK(stack == 28);
  CHECK(start == 5);
}

TEST_CASE("the environment that is found on the stack is as long as that of /proc") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  for (const char* name :
       {"breakpad/linux_divide_by_zero.dmp", "breakpad/linux_overflow.dmp", "planted/victim.dmp"}) {
    const std::string file = read_dump(name);
    const Reading reading = read(as_bytes(file));
    const auto stream = std::ranges::find(reading.dump.parts, "linux_environ", &Part::name);
    REQUIRE(stream != reading.dump.parts.end());
    CHECK(bytes_of(reading, RegionClass::environment) == 2 * stream->range.size());
  }
}
