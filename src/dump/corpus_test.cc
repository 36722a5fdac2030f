#include "dump/dump.h"
#include "dump/testing/corpus.h"
#include <doctest/doctest.h>
#include <map>
using namespace sallyport;
using namespace sallyport::dump;

TEST_CASE("x") {
  for (const char* n : {"breakpad/ascii_read_av.dmp",
                        "breakpad/linux_divide_by_zero.dmp",
                        "breakpad/linux_executable_heap.dmp",
                        "breakpad/linux_inline.dmp",
                        "breakpad/linux_null_read_av.dmp",
                        "breakpad/linux_overflow.dmp",
                        "breakpad/linux_raise_sigabrt.dmp",
                        "breakpad/minidump2.dmp",
                        "breakpad/null_read_av.dmp",
                        "breakpad/thread_name_list.dmp",
                        "breakpad/tiny-exe-with-cet-xsave.dmp",
                        "rust-minidump/invalid-range.dmp",
                        "rust-minidump/invalid-record-count.dmp",
                        "rust-minidump/linux-mini.dmp",
                        "rust-minidump/test.dmp",
                        "planted/victim.dmp",
                        "planted/victim.core.xz",
                        "elfutils/backtrace.i386.core.bz2",
                        "elfutils/backtrace.x86_64.core.bz2",
                        "elfutils/backtrace.x86_64.fp.core.bz2",
                        "elfutils/test-core.core.bz2",
                        "elfutils/testfiledwarfinlines.core.bz2"}) {
    const std::string f = dump::testing::read_dump(n);
    const Reading r = read(as_bytes(f));
    std::printf("%s %zu: threads %zu modules %zu unl %zu mem %zu map %zu regions %zu parts %zu\n", n,
                f.size(), r.dump.threads.size(), r.dump.modules.size(), r.dump.unloaded.size(),
                r.dump.memory.size(), r.dump.mappings.size(), r.regions.size(), r.dump.parts.size());
    for (auto& h : r.held) {
      std::printf("   HELD %s %s %s\n", std::string(name_of(h.cause)).c_str(), h.where.c_str(),
                  h.why.c_str());
    }
    std::map<RegionClass, std::uint64_t> sums;
    for (auto& g : r.regions) {
      sums[g.klass] += g.range.size();
    }
    for (auto& [k, v] : sums) {
      std::printf("   %s %lu\n", rule_of(k).name.data(), v);
    }
    for (auto& g : r.regions) {
      if (g.klass == RegionClass::unaccounted || g.klass == RegionClass::padding) {
        std::printf("      gap %s %lu %lu\n", rule_of(g.klass).name.data(), g.range.from(), g.range.size());
      }
    }
    for (auto& m : r.dump.modules) {
      std::printf("   %s %s\n", m.code_id.c_str(), m.debug_id.c_str());
    }
    for (auto& p : r.dump.parts) {
      if (p.name.empty()) {
        std::printf("   part? %x %lu\n", p.type, p.range.size());
      }
    }
  }
}
