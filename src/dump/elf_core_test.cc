// Cores made by code: 32 and 64 bits, both byte orders, and what is wrong in them.
#include "dump/testing/markers.h"

using namespace sallyport;
using namespace sallyport::dump;
using namespace sallyport::dump::testing;

TEST_CASE("every note and segment of a core is read, and every text in it is of its class") {
  for (const std::size_t word : {4U, 8U}) {
    CAPTURE(word);
    const std::string file = sample_core(word);
    const Reading reading = read(as_bytes(file));
    CHECK(reasons(reading) == "");
    CHECK(reading.dump.format == Format::elf_core);
    CHECK(reading.dump.machine == (word == 4 ? Machine::x86 : Machine::amd64));
    CHECK(reading.dump.process == 17U);
    const auto seen = check_markers(reading, file, std::endian::little);
    for (const char* klass : {"vector_state", "exception", "paths", "environment", "arguments", "stack",
                              "below_stack", "module_constant", "module_data", "heap", "opaque"}) {
      CAPTURE(klass);
      CHECK(seen.contains(klass));
    }
    CHECK(seen.at("arguments") == 2); // of the note, and on the stack
    CHECK(bytes_of(reading, RegionClass::unaccounted) == 0);
  }
}

TEST_CASE("threads of a core have their registers, and the first has the signal") {
  for (const std::size_t word : {4U, 8U}) {
    const std::string file = sample_core(word);
    const Dump dump = read(as_bytes(file)).dump;
    REQUIRE(dump.threads.size() == 2);
    CHECK(dump.threads[0].id == 17);
    CHECK(dump.threads[1].id == 18);
    CHECK(dump.threads[0].registers->pc == 0x400000);
    CHECK(dump.threads[0].registers->sp == 0x7ff00080);
    CHECK(dump.threads[1].registers->sp == 0x10080);
    CHECK(value_of(*dump.threads[1].registers, word == 4 ? "eip" : "rip") == 0x400001);
    REQUIRE(dump.exception);
    CHECK(dump.exception->thread == 17);
    CHECK(dump.exception->code == 11);
    CHECK(dump.exception->address == 0xdead);
  }
}

TEST_CASE("mappings of one file are a module, named by the build id in its first page") {
  for (const std::size_t word : {4U, 8U}) {
    const std::string file = sample_core(word);
    const Dump dump = read(as_bytes(file)).dump;
    REQUIRE(dump.modules.size() == 1);
    CHECK(dump.modules[0].addresses == Range(0x400000, 0x2000));
    CHECK(dump.modules[0].code_id == "0102030405060708");
    CHECK(dump.modules[0].debug_id == "040302010605080700000000000000000");
    CHECK(text_of(as_bytes(file), dump.modules[0].path) == "/<paths>");
  }
}

TEST_CASE("a core of the other byte order has its memory and names no registers, which holds it") {
  const std::string file = sample_core(8, std::endian::big);
  const Reading reading = read(as_bytes(file));
  CHECK(reasons(reading) == "unsupported /system\n");
  CHECK(reading.dump.threads.size() == 2);
  CHECK_FALSE(reading.dump.threads[0].registers);
  CHECK(reading.dump.memory.size() == 5);
  CHECK(bytes_of(reading, RegionClass::unaccounted) == 0);
}

TEST_CASE("what is wrong in a core holds it, with the place") {
  struct Fault {
    const char* what;
    std::size_t at;
    std::string_view bytes;
    const char* reason;
  };

  const std::string sound = sample_core();
  constexpr std::size_t table = 64;
  constexpr std::size_t record = 56;
  const std::size_t status = table + 6 * record;
  const Fault faults[] = {
      {"class", 4, "\x09", "malformed /header\n"},
      {"kind", 16, "\x02", "unsupported /header\n"},
      {"machine", 18, "\x7f", "unsupported /system\n"},
      {"size of a program header", 54, "\x11", "malformed /header\n"},
      {"count of program headers", 56, "\xf0\xff", "malformed /segments\n"},
      {"offset of a segment", table + record + 12, "\x7f\x7f", "malformed /segments/1\n"},
      {"size of a segment", table + 2 * record + 38, "\x7f", "malformed /segments/2\n"},
      {"offset of the notes", table + 12, "\x7f\x7f", "malformed /notes\n"},
      {"size of a note", status + 4, "\xff\xff\xff\x7f", "malformed /notes/0\n"},
      {"size of a note's name", status, "\xff\xff\xff\xff", "malformed /notes/0\n"},
  };
  for (const Fault& fault : faults) {
    CAPTURE(fault.what);
    std::string file = sound;
    file.replace(fault.at, fault.bytes.size(), fault.bytes);
    const Reading reading = read(as_bytes(file));
    CHECK(reasons(reading).contains(fault.reason));
    CHECK(covers(reading.regions, file.size()));
  }
}

TEST_CASE("the owner of a note that is not known may be anything, and is no structure") {
  const std::string file = sample_core();
  const Reading reading = read(as_bytes(file));
  CHECK(region_at(reading, file.find("OTHER")).klass == RegionClass::opaque);
  CHECK(region_at(reading, file.find("LINUX")).klass == RegionClass::structure);
}

TEST_CASE("a list of mappings with too few names holds the core") {
  std::string file = sample_core();
  const std::size_t type = file.find("ELIF"); // 0x46494c45, then the owner, then the count
  REQUIRE(file.substr(type + 4, 4) == "CORE");
  file[type + 12] = 3;
  CHECK(reasons(read(as_bytes(file))).starts_with("malformed /notes/"));
}

TEST_CASE("a core that is cut off anywhere is held, and its map is whole") {
  for (const std::size_t word : {4U, 8U}) {
    const std::string file = sample_core(word);
    for (std::size_t size = 0; size < file.size(); ++size) {
      const Reading reading = read(as_bytes(std::string_view(file).substr(0, size)));
      REQUIRE_FALSE(reading.clean());
      REQUIRE(covers(reading.regions, size));
    }
  }
}

TEST_CASE("what is neither a minidump nor an ELF file is held as a whole") {
  for (const char* bytes : {"", "MDM", "PK\x03\x04 a zip",
                            "\x7f"
                            "EL"}) {
    const Reading reading = read(as_bytes(bytes));
    CHECK(reasons(reading) == "unsupported /header\n");
    CHECK(covers(reading.regions, std::string_view(bytes).size()));
  }
}
