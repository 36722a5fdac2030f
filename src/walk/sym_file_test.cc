#include "walk/sym_file.h"

#include "walk/postfix.h"

#include <doctest/doctest.h>

namespace sallyport::walk {
namespace {

SymFile parsed(std::string_view records) {
  static std::string text;
  text = "MODULE windows x86 A0 a b.pdb\n" + std::string(records);
  auto file = SymFile::parse(text);
  REQUIRE(file);
  return *file;
}

std::string name_at(const SymFile& file, std::uint64_t address) {
  const SymFunction* function = file.function_at(address);
  return function == nullptr ? "-" : std::string(function->name);
}

TEST_CASE("a symbol file says of what build it is, and nothing else is one") {
  const SymFile file = parsed("");
  CHECK(file.machine() == "x86");
  CHECK(file.debug_id() == "A0");
  CHECK(file.name() == "a b.pdb");
  CHECK_FALSE(SymFile::parse(""));
  CHECK_FALSE(SymFile::parse("FUNC 0 1 0 f\n"));
  CHECK_FALSE(SymFile::parse("MODULE windows x86\n"));
}

TEST_CASE("names end where the next function begins, and lines stand in their function") {
  const SymFile file = parsed("FILE 3 /a b/c.cc\nFUNC m 100 10 8 void f(int, char)\n104 4 8 3\n100 4 7 3\n"
                              "INLINE 0 1 2 3 100 4\nINLINE_ORIGIN 3 g\nPUBLIC 50 4 p\nPUBLIC 118 0 q\n"
                              "PUBLIC 0 0 nowhere\nFUNC 200 10 0 h\r\n");
  CHECK(file.bad_records() == 0);
  CHECK(name_at(file, 0x4f) == "-");
  CHECK(name_at(file, 0x50) == "p");
  CHECK(name_at(file, 0x10f) == "void f(int, char)");
  CHECK(name_at(file, 0x110) == "-"); // behind f, and p lies in front of f
  CHECK(name_at(file, 0x150) == "q");
  CHECK(name_at(file, 0x200) == "h");
  CHECK(name_at(file, 0x210) == "-");
  const SymFunction* f = file.function_at(0x104);
  REQUIRE(file.line_at(*f, 0x103) != nullptr);
  CHECK(file.line_at(*f, 0x103)->line == 7);
  CHECK(file.line_at(*f, 0x104)->line == 8);
  CHECK(file.line_at(*f, 0x108) == nullptr);
  CHECK(file.file_name(file.line_at(*f, 0x104)->file) == "/a b/c.cc");
  CHECK(file.file_name(4).empty());
  CHECK(file.parameter_bytes_at(0x104) == 8);
  CHECK_FALSE(file.parameter_bytes_at(0x50));
}

TEST_CASE("the innermost record of a frame counts, and one with a program before one without") {
  const SymFile file =
      parsed("STACK WIN 4 100 40 0 0 1 0 0 0 1 outer =\nSTACK WIN 4 110 10 0 0 2 0 0 0 1 inner =\n"
             "STACK WIN 4 130 20 0 0 3 0 0 0 1 across =\nSTACK WIN 0 100 80 0 0 4 0 0 0 0 1\n"
             "STACK WIN 3 100 80 0 0 5 0 0 0 0 1\n");
  CHECK(file.bad_records() == 0);
  CHECK(file.win_frame_at(0x100)->parameter_bytes == 1);
  CHECK(file.win_frame_at(0x110)->program == "inner =");
  CHECK(file.win_frame_at(0x120)->parameter_bytes == 1);
  CHECK(file.win_frame_at(0x13f)->parameter_bytes == 1); // across the end of another
  CHECK(file.win_frame_at(0x150)->parameter_bytes == 4);
  CHECK(file.win_frame_at(0x150)->allocates_base_pointer);
  CHECK(file.win_frame_at(0x180) == nullptr);
}

TEST_CASE("records that cannot be read are counted, and after a hundred no more are") {
  const SymFile file =
      parsed("FUNC 100 xyz 0 f\n100 4 7 3\nSTACK CFI INIT 0 10\nSTACK OTHER\nFUNC 200 10 0 g\n");
  CHECK(file.bad_records() == 4);
  CHECK(name_at(file, 0x200) == "g");
  std::string many;
  for (int i = 0; i < 200; ++i) {
    many += "nonsense\n";
  }
  CHECK(parsed(many).bad_records() == limits::bad_records_max + 1);
}

TEST_CASE("ranges that wrap, are empty or overlap are left out") {
  const SymFile file = parsed("FUNC ffffffffffffffff 10 0 wraps\nFUNC 100 0 0 empty\nFUNC 200 20 0 first\n"
                              "FUNC 210 20 0 second\nSTACK CFI INIT 0 20 .cfa: 1\nSTACK CFI 10 .cfa: 2\n"
                              "STACK CFI 10 .cfa: 3\nSTACK CFI 18 .cfa: 4\n");
  CHECK(name_at(file, 0x100) == "-");
  CHECK(name_at(file, 0x21f) == "first");
  CHECK(name_at(file, 0x22f) == "-");
  CHECK(name_at(file, ~std::uint64_t{0}) == "-");
  Budget budget;
  CHECK(file.cfi_at(0x12, budget) == std::vector<std::string_view>{".cfa: 1", ".cfa: 3"});
  CHECK(file.cfi_at(0x20, budget).empty());
}

TEST_CASE("expressions count in words of the process, and fail where something is not known") {
  const std::string bytes("\x10\0\0\0\xff\xff\xff\xff", 8);
  const std::vector<dump::Memory> pieces{{0x1000, dump::Range(0, 8)}};
  Budget budget;
  Memory memory(as_bytes(bytes), pieces, 4, budget);
  Variables variables;
  variables.set("$esp", 0x1000);
  const auto value = [&](std::string_view expression) { return value_of(expression, variables, memory); };
  CHECK(value("$esp ^") == 0x10);
  CHECK(value("$esp 4 + ^ 1 +") == 0);
  CHECK(value("-1") == 0xffffffff);
  CHECK(value("7 3 /") == 2);
  CHECK(value("7 3 %") == 1);
  CHECK(value("4103 16 @") == 4096);
  for (const char* broken : {"", "1 2", "+", "1 0 /", "1 0 %", "$eax", "4096 8 + ^", "1 =", "$a 1 ="}) {
    CAPTURE(broken);
    CHECK_FALSE(value(broken));
  }
  CHECK(run("$eip $esp ^ = $T0 1 =", variables, memory) == std::vector<std::string_view>{"$eip", "$T0"});
  CHECK(variables.get("$eip") == 0x10);
  for (const char* broken : {"1", "eip 1 =", "= 1", "$eip ="}) {
    CAPTURE(broken);
    CHECK_FALSE(run(broken, variables, memory));
  }
  std::string deep;
  for (std::size_t i = 0; i <= limits::expression_depth_max; ++i) {
    deep += "1 ";
  }
  CHECK_FALSE(value(deep));
  Budget little(2);
  Memory poor(as_bytes(bytes), pieces, 4, little);
  CHECK_FALSE(value_of("1 1 + 1 + 1 +", variables, poor));
}

} // namespace
} // namespace sallyport::walk
