#include "walk/walk.h"

#include "dump/testing/synthetic.h"
#include "walk/testing/scene.h"
#include "walk/unwinder.h"

namespace sallyport::walk {
namespace {

using dump::Machine;
using testing::code;
using testing::other;
using testing::Scene;
using testing::stack_at;

TEST_CASE("rules of a symbol file lead to the caller, and changes of them count up to the address") {
  Scene scene(Machine::amd64);
  scene.symbols("FUNC 0 100 0 inner\nFUNC 100 100 0 outer\n"
                "STACK CFI INIT 0 100 .cfa: $rsp 8 + .ra: .cfa 8 - ^\n"
                "STACK CFI 10 .cfa: $rsp 24 + $rbx: .cfa 16 - ^\n"
                "STACK CFI 30 .cfa: $rsp 4096 +\n"
                "STACK CFI INIT 100 100 .cfa: $rbx 8 + .ra: .cfa 8 - ^\n");
  // inner: 24 bytes, rbx at the second word, the return address at the third; outer goes by rbx.
  scene.words({0, stack_at + 32, code + 0x120, 0, code + 0x150});
  scene.set("rip", code + 0x20).set("rsp", stack_at).set("rbx", 1);
  CHECK(scene.frames() == "400020 context, 400120 cfi, 400150 cfi");
  CHECK(scene.walk().read == std::vector{dump::Range(stack_at + 8, 16), dump::Range(stack_at + 32, 8)});
}

TEST_CASE("frame pointers are followed where no rule is known, and end where they turn back") {
  Scene amd64(Machine::amd64);
  amd64.words({0, stack_at + 32, other + 0x10, 0, stack_at + 8, other + 0x20});
  amd64.set("rip", other + 5).set("rsp", stack_at).set("rbp", stack_at + 8);
  CHECK(amd64.frames() == "700005 context, 700010 frame_pointer, 700020 scan");

  Scene x86(Machine::x86);
  x86.words({0, stack_at + 16, other + 0x10, 0, 0, 0});
  x86.set("eip", other + 5).set("esp", stack_at).set("ebp", stack_at + 4);
  CHECK(x86.frames() == "700005 context, 700010 frame_pointer");

  Scene arm64(Machine::arm64);
  arm64.words({stack_at + 16, other + 0x20, 0, other + 0x30});
  arm64.set("pc", other + 4).set("sp", stack_at).set("fp", stack_at).set("lr", other + 0x10);
  CHECK(arm64.frames() == "700004 context, 700010 frame_pointer, 700020 frame_pointer");
}

TEST_CASE("in a core a register that does not point into the stack is no frame pointer") {
  const std::string file = dump::testing::Writer().u64(1).u64(other + 0x10).zeros(8).u64(other + 0x20).out();
  dump::Dump dump;
  dump.format = dump::Format::elf_core;
  dump.machine = Machine::amd64;
  dump.modules.push_back({dump::Range(other, 0x10000), {}, "", ""});
  dump.memory = {{stack_at, dump::Range(0, 16)}, {0x90000, dump::Range(16, 16)}};
  dump.threads.emplace_back();
  dump.threads[0].registers.emplace();
  dump.threads[0].registers->values = {{"rip", other + 5}, {"rsp", stack_at}, {"rbp", 0x90000}};
  Library library(as_bytes(file), dump);
  const Walk walked = walk(as_bytes(file), dump, library);
  REQUIRE(walked.threads[0].frames.size() == 2);
  CHECK(walked.threads[0].frames[1].resume == other + 0x10);
  CHECK(walked.threads[0].frames[1].trust == Trust::scan);
}

TEST_CASE("in a full dump the stack is where the stack pointer points, where nothing else says it") {
  const std::string file = dump::testing::Writer().u64(other + 0x10).u64(other + 0x20).zeros(16).out();
  dump::Dump dump;
  dump.format = dump::Format::minidump;
  dump.machine = Machine::amd64;
  dump.modules.push_back({dump::Range(other, 0x10000), {}, "", ""});
  dump.memory = {{stack_at, dump::Range(0, file.size())}};
  dump.threads.resize(2);
  for (const std::size_t thread : {0U, 1U}) { // the second one's is in no memory
    const std::uint64_t sp = thread == 0 ? stack_at : 0x90000;
    dump.threads[thread].registers.emplace();
    dump.threads[thread].registers->sp = sp;
    dump.threads[thread].registers->values = {{"rip", other + 5}, {"rsp", sp}};
  }
  Library library(as_bytes(file), dump);
  const Walk walked = walk(as_bytes(file), dump, library);
  CHECK(walked.threads[0].frames.size() == 3);
  CHECK(walked.threads[1].frames.size() == 1);
}

TEST_CASE("threads that were not walked to their end are told apart from those that were") {
  const std::string file = dump::testing::Writer().u64(other + 0x10).u64(other + 0x20).zeros(16).out();
  dump::Reading reading;
  dump::Dump& dump = reading.dump;
  dump.format = dump::Format::elf_core;
  dump.machine = Machine::amd64;
  dump.modules.push_back({dump::Range(other, 0x10000), {}, "", ""});
  dump.memory = {{stack_at, dump::Range(0, file.size())}};
  dump.threads.resize(3);
  for (const std::size_t with : {0U, 2U}) { // the one between them has no registers
    dump.threads[with].registers.emplace();
    dump.threads[with].registers->values = {{"rip", other + 5}, {"rsp", stack_at}};
  }
  Library library(as_bytes(file), dump);
  const Walk walked = walk(as_bytes(file), dump, library);
  REQUIRE(walked.threads.size() == 3);
  CHECK(walked.threads[0].ended);
  CHECK_FALSE(walked.threads[1].ended);
  CHECK(walked.threads[2].ended);
  const Walk cut = walk(as_bytes(file), dump, library, 2); // steps
  CHECK_FALSE(cut.whole());
  CHECK_FALSE(cut.threads.back().ended);
  const dump::Walker walker = unwinder({});
  const dump::Walk before = walker(as_bytes(file), reading);
  CHECK(before.unwalked == std::vector<std::uint32_t>{1});
  const dump::Unwound proof = dump::unwound(before, walker(as_bytes(file), reading));
  CHECK(proof.identical == 2);
  CHECK(proof.lost == 1);
  CHECK(proof.unwalked == 1);
  dump.machine = Machine::unknown;
  CHECK(walker(as_bytes(file), reading).unwalked == std::vector<std::uint32_t>{0, 1, 2});
}

TEST_CASE("a return address on arm64 is read without its signature") {
  Scene scene(Machine::arm64);
  scene.words({stack_at + 16, 0x00a5000000000000 | (other + 0x20), 0, 0});
  scene.set("pc", other + 4)
      .set("sp", stack_at)
      .set("fp", stack_at)
      .set("lr", 0x7f00000000000000 | (other + 8));
  CHECK(scene.frames() == "700004 context, 700008 frame_pointer, 700020 frame_pointer");
}

TEST_CASE("a scan takes words that are in code, and of those in a module with symbols only named ones") {
  Scene scene(Machine::amd64);
  scene.symbols("FUNC 100 100 0 known\n");
  scene.words({7, code + 0x20, 0x123456789, code + 0x150, 0, other + 1});
  scene.set("rip", other + 5).set("rsp", stack_at).set("rbp", 1);
  CHECK(scene.frames() == "700005 context, 400150 scan, 700001 scan");
  // Of the words that it passed over, none is depended on.
  CHECK(scene.walk().read == std::vector{dump::Range(stack_at + 24, 8), dump::Range(stack_at + 40, 8)});
}

TEST_CASE("a scan looks at 160 words from the context on, and at 40 from anywhere else") {
  for (const auto& [gap, found] : {std::pair(160, true), std::pair(161, false)}) {
    Scene scene(Machine::amd64);
    for (int i = 0; i < gap; ++i) {
      scene.words({0});
    }
    scene.words({other + 1});
    scene.set("rip", other + 5).set("rsp", stack_at).set("rbp", 1);
    CHECK(scene.walk().threads[0].frames.size() == (found ? 2 : 1));
  }
  for (const auto& [gap, found] : {std::pair(40, true), std::pair(41, false)}) {
    Scene scene(Machine::amd64);
    scene.words({other + 1});
    for (int i = 0; i < gap; ++i) {
      scene.words({0});
    }
    scene.words({other + 1});
    scene.set("rip", other + 5).set("rsp", stack_at).set("rbp", 1);
    CHECK(scene.walk().threads[0].frames.size() == (found ? 3 : 2));
  }
}

TEST_CASE("a frame of Windows is left by the program of its record") {
  Scene scene(Machine::x86);
  scene.symbols("FUNC 10 20 8 inner\nFUNC 100 80 0 outer\n"
                "STACK WIN 4 10 20 0 0 8 0 4 0 1 $T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + =\n"
                "STACK WIN 4 100 80 0 0 0 0 8 0 1 $T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =\n");
  // outer's return address lies above 8 bytes of parameters of inner and 8 bytes of its own locals.
  scene.words({0, stack_at + 32, code + 0x110, 1, 2, 3, 4, code + 0x130, 0});
  scene.set("eip", code + 0x18).set("esp", stack_at).set("ebp", stack_at + 4);
  CHECK(scene.frames() == "400018 context, 400110 cfi, 400130 cfi");
}

TEST_CASE("a record of Windows without a program goes by sizes, and mends a wrong return address by a scan") {
  Scene scene(Machine::x86);
  scene.symbols("FUNC 10 20 0 inner\nFUNC 100 80 0 outer\nSTACK WIN 0 10 20 0 0 0 8 0 0 0 1\n"
                "STACK WIN 4 100 80 0 0 0 0 0 0 1 $eip $esp ^ = $esp $esp 4 + =\n");
  scene.words({stack_at + 12, 9, code + 0x110, 0x99, 0, 0, 0, 0, code + 0x120, 0});
  scene.set("eip", code + 0x18).set("esp", stack_at).set("ebp", stack_at);
  CHECK(scene.frames() == "400018 context, 400110 cfi, 400120 cfi_scan");
}

TEST_CASE("a function of Windows on amd64 without rules may be a leaf, and its frame pointer is no chain") {
  Scene scene(Machine::amd64);
  scene.dump().windows = true;
  scene.words({other + 0x10, stack_at + 24, other + 0x20, 0, 0});
  scene.set("rip", other + 5).set("rsp", stack_at).set("rbp", stack_at + 8);
  CHECK(scene.frames() == "700005 context, 700010 scan, 700020 scan");
}

TEST_CASE("a thread is walked from the fault's registers where it is the one that faulted") {
  Scene scene(Machine::amd64);
  scene.words({other + 1});
  scene.set("rip", other + 5).set("rsp", stack_at);
  scene.dump().exception.emplace();
  scene.dump().exception->thread = 17;
  scene.dump().exception->registers.emplace();
  scene.dump().exception->registers->values = {{"rip", code + 9}, {"rsp", 0}};
  const Walk walked = scene.walk();
  CHECK(walked.threads[0].faulted);
  CHECK(walked.threads[0].frames[0].resume == code + 9);
}

TEST_CASE("what a walk could not do holds it, with a place and a reason") {
  Scene endless(Machine::amd64);
  endless.symbols("STACK CFI INIT 0 100 .cfa: $rsp 1 + .ra: $rip\n");
  endless.words({0});
  endless.set("rip", code + 5).set("rsp", stack_at);
  const Walk longest = endless.walk();
  CHECK(longest.threads[0].frames.size() == limits::frames_max);
  REQUIRE(longest.held.size() == 1);
  CHECK(longest.held[0].where == "/threads/0");
  CHECK(longest.held[0].cause == dump::Cause::budget);
  const Walk cut = endless.walk(100);
  REQUIRE(cut.held.size() == 1);
  CHECK(cut.held[0].cause == dump::Cause::budget);

  Scene blind(Machine::amd64);
  blind.dump().threads[0].registers.reset();
  const Walk without = blind.walk();
  REQUIRE(without.held.size() == 1);
  CHECK(without.held[0].cause == dump::Cause::malformed);

  Scene strange(Machine::amd64);
  strange.dump().machine = Machine::unknown;
  CHECK(strange.walk().held.at(0).cause == dump::Cause::unsupported);
}

TEST_CASE("a walk of a minidump stays on the thread's own stack") {
  Scene scene(Machine::amd64);
  scene.words({0, 0, other + 1});
  scene.set("rip", other + 5).set("rsp", stack_at);
  CHECK(scene.frames() == "700005 context, 700001 scan");
  Walk walked = scene.walk();
  scene.dump().threads[0].stack = dump::Range(stack_at, 16);
  Library library({}, scene.dump());
  const std::string file(24, '\0');
  walked = walk(as_bytes(file), scene.dump(), library);
  CHECK(walked.threads[0].frames.size() == 1);
}

} // namespace
} // namespace sallyport::walk
