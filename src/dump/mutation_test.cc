// Any bytes: what is changed, cut off, repeated. Nothing of it crashes a reader, every byte stays in the map,
// and what could not be read is said.
#include "dump/testing/corpus.h"
#include "dump/testing/invariants.h"
#include "dump/testing/synthetic.h"

#include <random>

using namespace sallyport;
using namespace sallyport::dump;
using namespace sallyport::dump::testing;

namespace {

// Numbers that a reader may trip over.
constexpr std::uint32_t odd_numbers[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, 12, 0x10000};

void mutate(std::string& file, std::mt19937& random) {
  for (std::uint32_t edits = 1 + random() % 4; edits > 0; --edits) {
    const std::size_t at = random() % file.size();
    switch (random() % 5) {
    case 0:
      file[at] = static_cast<char>(random());
      break;
    case 1: // a number, mostly where numbers stand
      file.replace(at & ~std::size_t{3}, 4,
                   Writer().u32(odd_numbers[random() % std::size(odd_numbers)]).out());
      break;
    case 2:
      file.resize(std::max<std::size_t>(at, 4));
      break;
    case 3: // an offset to elsewhere in the file
      file.replace(at & ~std::size_t{3}, 4, Writer().u32(random() % file.size()).out());
      break;
    case 4:
      file.insert(at, file.substr(random() % file.size(), 16));
      break;
    }
  }
}

void check_mutations(const std::string& sound, int rounds) {
  std::mt19937 random(7);
  for (int round = 0; round < rounds; ++round) {
    std::string file = sound;
    mutate(file, random);
    const Reading reading = read(as_bytes(file));
    check_invariants(reading, as_bytes(file));
    check_copy(reading, as_bytes(file));
  }
}

} // namespace

TEST_CASE("a dump that was made by code and then changed is read or held, and its copy has only marks") {
  check_mutations(sample_minidump(Cpu::amd64), 3000);
  check_mutations(sample_minidump(Cpu::x86, std::endian::big), 1000);
  check_mutations(sample_full_minidump(), 1000);
  check_mutations(sample_core(8), 3000);
  check_mutations(sample_core(4), 3000);
}

TEST_CASE("a real dump that was changed is read or held, and its copy has only marks") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  check_mutations(read_dump("breakpad/thread_name_list.dmp"), 300);
  check_mutations(read_dump("breakpad/tiny-exe-with-cet-xsave.dmp"), 300);
  check_mutations(read_dump("breakpad/linux_inline.dmp"), 300);
  check_mutations(read_dump("planted/victim.dmp"), 300);
  check_mutations(read_dump("elfutils/test-core.core.bz2"), 100);
}
