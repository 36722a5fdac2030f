#include "walk/library.h"

#include "dump/unwind.h"
#include "walk/symbolize.h"
#include "walk/testing/elf.h"
#include "walk/testing/scene.h"
#include "walk/unwinder.h"

#include <doctest/doctest.h>

namespace sallyport::walk {
namespace {

using dump::Machine;
using testing::code;
using testing::elf_build_hex;
using testing::Folder;
using testing::other;
using testing::sample_elf;
using testing::Scene;
using testing::stack_at;

// One image of the sample's build, in a dump that has nothing of its memory.
struct OneImage {
  std::string file = "/usr/lib/app";
  dump::Dump dump;
  Folder folder;

  OneImage() {
    dump.format = dump::Format::minidump;
    dump.machine = Machine::amd64;
    dump.modules.push_back(
        {dump::Range(code, 0x2000), {dump::Range(0, file.size()), dump::Encoding::utf8}, elf_build_hex, ""});
  }

  // Where its files were found.
  std::string sources() {
    Library library(as_bytes(file), dump, {{folder.path()}});
    std::string out;
    for (const SymbolFile& from : library.of(0).files) {
      out += from.source + "\n";
    }
    return out;
  }
};

TEST_CASE("an ELF file says its build, its functions, and where its code is") {
  const std::string bytes = sample_elf();
  const auto elf = ElfFile::parse(as_bytes(bytes));
  REQUIRE(elf);
  CHECK(to_hex(elf->build_id()) == elf_build_hex);
  CHECK(elf->extent() == dump::Range(0, 0x2000));
  CHECK(elf->is_code(0x1000));
  CHECK_FALSE(elf->is_code(0xfff));
  const std::vector<ElfFunction> functions = elf->functions();
  REQUIRE(functions.size() == 2);
  CHECK(functions[1].name == "second");
  CHECK(functions[1].address == 0x1020);
  for (std::size_t size = 0; size < bytes.size(); size += size < 0x700 ? 1 : 64) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    if (const auto part = ElfFile::parse(cut)) {
      static_cast<void>(part->functions());
      static_cast<void>(part->build_id());
    }
  }
  CHECK_FALSE(ElfFile::parse(as_bytes("\x7f"
                                      "ELF")));
}

TEST_CASE("a symbol file counts for an image of its build only, wherever it lies") {
  const std::string elsewhere = "usr/lib/app";
  for (const std::string& place :
       {".build-id/01/" + elf_build_hex.substr(2) + ".debug", ".build-id/01/" + elf_build_hex.substr(2),
        "usr/lib/debug/.build-id/01/" + elf_build_hex.substr(2) + ".debug", elsewhere,
        std::string("any.name")}) {
    CAPTURE(place);
    OneImage image;
    image.folder.put(place, sample_elf());
    CHECK(image.sources() == place + "\n");
    image.folder.put(place, sample_elf("another build of it"));
    CHECK(image.sources().empty());
    image.folder.put(place, "no ELF file");
    CHECK(image.sources().empty());
  }
}

TEST_CASE("a path of the dump does not lead out of the folder") {
  OneImage image;
  image.folder.put("outside/app", sample_elf());
  image.folder.put("root/x", "");
  image.file = "/../outside/app";
  image.dump.modules[0].path.range = dump::Range(0, image.file.size());
  Library library(as_bytes(image.file), image.dump, {{image.folder.path() / "root"}});
  CHECK(library.of(0).files.empty());
}

TEST_CASE(
    "a server is asked for what no folder has, only where one is named and the module may be asked for") {
  OneImage image;
  std::vector<std::string> asked;
  Places places{.server = [&](const std::string& id) -> Result<Bytes> {
                  asked.push_back(id);
                  const std::string bytes = sample_elf(asked.size() == 1 ? testing::elf_build : "other");
                  return Bytes(bytes.begin(), bytes.end());
                },
                .server_name = "https://symbols.example"};
  {
    Library library(as_bytes(image.file), image.dump, places);
    REQUIRE(library.of(0).files.size() == 1);
    CHECK(library.of(0).files[0].source == "https://symbols.example");
    CHECK(asked == std::vector<std::string>{elf_build_hex});
  }
  {
    Library library(as_bytes(image.file), image.dump, places);
    CHECK(library.of(0).files.empty()); // what it answers is of another build
    CHECK(library.faults().size() == 1);
  }
  places.may_be_asked = [](const std::string& module) { return module != "app"; };
  Library library(as_bytes(image.file), image.dump, places);
  CHECK(library.of(0).files.empty());
  CHECK(asked.size() == 2);
}

TEST_CASE("a symbol file that cannot be read is told, and the walk goes on without it") {
  Scene scene(Machine::amd64);
  scene.folder().put("app/A0A0A0A00/app.sym", "nothing of the kind");
  scene.words({other + 1});
  scene.set("rip", code + 5).set("rsp", stack_at);
  Library library({}, scene.dump(), {{scene.folder().path()}});
  CHECK_FALSE(library.of(0).breakpad);
  REQUIRE(library.faults().size() == 1);
  CHECK(scene.frames() == "400005 context, 700001 scan");
}

// A core whose only image is one that its memory shows.
struct FullCore {
  std::string file;
  dump::Reading reading;

  FullCore() {
    const std::string image = sample_elf();
    const std::string stack = testing::Writer()
                                  .u64(0x5555)
                                  .u64(0x6666)
                                  .u64(code + 0x1008) // where "first" goes on, called by
                                  .u64(0)             // nobody
                                  .out();
    file = image + stack;
    dump::Dump& dump = reading.dump;
    dump.format = dump::Format::elf_core;
    dump.machine = Machine::amd64;
    dump.memory = {{stack_at, dump::Range(image.size(), stack.size())}, {code, dump::Range(0, image.size())}};
    dump.threads.emplace_back();
    dump.threads[0].registers.emplace();
    dump.threads[0].registers->values = {{"rip", code + 0x1024}, {"rsp", stack_at}};
  }
};

TEST_CASE("rules that stand in the dump's own memory lead on, and are part of what the walk depends on") {
  const FullCore core;
  Library library(as_bytes(core.file), core.reading.dump);
  REQUIRE(library.images().all().size() == 1);
  CHECK(library.images().all()[0].code_id == elf_build_hex);
  const Walk walked = walk(as_bytes(core.file), core.reading.dump, library);
  REQUIRE(walked.threads[0].frames.size() == 2);
  CHECK(walked.threads[0].frames[1].resume == code + 0x1008);
  CHECK(walked.threads[0].frames[1].trust == Trust::cfi);
  REQUIRE(walked.read.size() == 2);
  CHECK(walked.read[0] == dump::Range(stack_at + 16, 16));
  CHECK(walked.read[1] == dump::Range(code, 4096));
  // With everything else gone, the walk stays.
  std::string bare(core.file.size(), '\0');
  const auto keep = [&](std::uint64_t at, dump::Range range) {
    bare.replace(at, range.size(), core.file.substr(at, range.size()));
  };
  keep(0x2000 + 16, walked.read[0]);
  keep(0, walked.read[1]);
  const dump::Walker walker = unwinder({});
  CHECK(dump::changed_threads(walker(as_bytes(core.file), core.reading), walker(as_bytes(bare), core.reading))
            .empty());
  CHECK(walker(as_bytes(core.file), core.reading).unwalked.empty());
  bare[0x2000 + 16] ^= 1;
  CHECK(dump::changed_threads(walker(as_bytes(core.file), core.reading), walker(as_bytes(bare), core.reading))
            .size() == 1);
}

// ---- names

struct Asked {
  Scene scene{Machine::amd64};

  Asked() {
    scene.symbols("FILE 1 /src/a.cc\nFUNC 0 100 0 secret_free\n0 100 42 1\n");
    scene.words({other + 1});
    scene.set("rip", code + 5).set("rsp", stack_at);
  }

  Symbolized of(Depth asked, const Bound& bound) {
    const Walk walked = scene.walk();
    Library library({}, scene.dump(), {{scene.folder().path()}});
    return symbolize({}, scene.dump(), walked, library, asked, bound, Instant{1});
  }
};

TEST_CASE("B06 names are as deep as was asked for, and no deeper") {
  Asked asked;
  const Bound all{Depth::line, {"*"}};
  const auto frame = [&](Depth depth) { return asked.of(depth, all).threads.at(0).frames.at(0); };
  CHECK(frame(Depth::none).debug_id.empty());
  CHECK(frame(Depth::module).debug_id == "A0A0A0A00");
  CHECK(frame(Depth::module).function.empty());
  CHECK(frame(Depth::function).function == "secret_free");
  CHECK(frame(Depth::function).function_offset == 5);
  CHECK(frame(Depth::function).source.empty());
  CHECK(frame(Depth::line).source == "/src/a.cc");
  CHECK(frame(Depth::line).line == 42);
  CHECK(asked.of(Depth::module, all).provenance.empty());
  const Symbolized named = asked.of(Depth::function, all);
  REQUIRE(named.provenance.size() == 1);
  CHECK(named.provenance[0].file.source == "app/A0A0A0A00/app.sym");
  CHECK(named.provenance[0].file.kind == SymbolKind::breakpad);
  CHECK(named.provenance[0].resolved_at == Instant{1});
  CHECK(named.refused.empty());
}

TEST_CASE("B06 what is asked beyond the bound is refused and listed, and nothing is looked up") {
  Asked asked;
  for (const auto& [depth, bound] :
       {std::pair(Depth::line, Depth::function), std::pair(Depth::function, Depth::module),
        std::pair(Depth::module, Depth::none), std::pair(Depth::locals, Depth::locals)}) {
    const Symbolized named = asked.of(depth, {bound, {"*"}});
    CHECK(named.threads.empty());
    CHECK(named.provenance.empty());
    REQUIRE(named.refused.size() == 1);
    CHECK(named.refused[0].asked == depth);
    CHECK_FALSE(named.refused[0].of_module);
  }
}

TEST_CASE("B06 a module that is not listed has no name") {
  Asked asked;
  const Symbolized named = asked.of(Depth::line, {Depth::line, {"app"}}); // these modules have no path
  CHECK(named.threads[0].frames[0].refused);
  CHECK(named.threads[0].frames[0].function.empty());
  CHECK(named.threads[0].frames[0].debug_id.empty());
  CHECK(named.provenance.empty());
  CHECK(named.refused.size() == 2);
}

TEST_CASE("an ELF file names functions too") {
  const FullCore core;
  Folder folder;
  folder.put("app", sample_elf());
  Library library(as_bytes(core.file), core.reading.dump, {{folder.path()}});
  const Walk walked = walk(as_bytes(core.file), core.reading.dump, library);
  const Symbolized named = symbolize(as_bytes(core.file), core.reading.dump, walked, library, Depth::line,
                                     {Depth::line, {"*"}}, {});
  REQUIRE(named.threads[0].frames.size() == 2);
  CHECK(named.threads[0].frames[0].function == "second");
  CHECK(named.threads[0].frames[0].function_offset == 4);
  CHECK(named.threads[0].frames[1].function == "first");
  CHECK(named.provenance[0].file.sha256.hex().size() == 64);
}

TEST_CASE("names of ELF files are read as C++ writes them, and none grows beyond measure") {
  const FullCore core;
  std::string image = sample_elf();
  image.replace(image.find("first"), 5, "_Z1fv");
  Folder folder;
  folder.put("app", image);
  Library library(as_bytes(core.file), core.reading.dump, {{folder.path()}});
  const Walk walked = walk(as_bytes(core.file), core.reading.dump, library);
  const Symbolized named = symbolize(as_bytes(core.file), core.reading.dump, walked, library, Depth::function,
                                     {Depth::function, {"*"}}, {});
  CHECK(named.threads[0].frames[0].function == "second");
  CHECK(named.threads[0].frames[1].function == "f()");
  CHECK(demangled("_ZNSt6vectorIiSaIiEE9push_backERKi") ==
        "std::vector<int, std::allocator<int> >::push_back(int const&)");
  CHECK(demangled("main") == "main");
  CHECK(demangled("_Z") == "_Z");
  std::string bomb = "_Z1fISt4pairI1AS_E"; // each level is the one before, twice
  for (int i = 0; i < 40; ++i) {
    bomb += "S_IS0_S0_E";
  }
  CHECK(demangled(bomb) == bomb);
  const std::string deep = "_Z1f" + std::string(2000, 'P') + "i";
  CHECK(demangled(deep) == deep);
}

TEST_CASE("a pattern stands for names as shells read it") {
  const std::pair<const char*, const char*> yes[] = {
      {"libc.so.6", "lib*"}, {"libc.so.6", "*.so*"}, {"a", "?"}, {"", "*"}, {"abcabd", "*ab?"}, {"x", "x"}};
  for (const auto& [name, pattern] : yes) {
    CHECK(is_listed(name, {pattern}));
  }
  const std::pair<const char*, const char*> no[] = {
      {"libc.so.6", "lib"}, {"", "?"}, {"abc", "*b"}, {"x", "X"}};
  for (const auto& [name, pattern] : no) {
    CHECK_FALSE(is_listed(name, {pattern}));
  }
  CHECK_FALSE(is_listed("x", {}));
}

} // namespace
} // namespace sallyport::walk
