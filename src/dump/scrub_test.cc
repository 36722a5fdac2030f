// Of words only those stay that say where something is; what a walk needs stays however far that goes, and is
// said.
#include "dump/scrub.h"

#include "dump/marks.h"
#include "dump/testing/looked.h"
#include "dump/testing/markers.h"

#include <cstring>
#include <numeric>

using namespace sallyport;
using namespace sallyport::dump;
using namespace sallyport::dump::testing;

namespace {

constexpr std::uint64_t defaced = 0x0defaced0defaced;
constexpr std::uint64_t text = 0x68742e7974696c63; // "clity.th"

// In the stack of the first thread, from address 0x10090 on.
constexpr std::uint64_t words[] = {0x400010, 0x10040, 0x20040, 0x50000, 7, ~std::uint64_t{0}, text, 0x4011ff};

std::size_t words_at(std::string_view file) {
  return file.find("<stack>") + 16;
}

std::string dump_with_words() {
  std::string file = sample_minidump();
  std::memcpy(file.data() + words_at(file), words, sizeof words);
  return file;
}

std::uint64_t word(const std::string& file, std::size_t at) {
  std::uint64_t out = 0;
  std::memcpy(&out, file.data() + at, sizeof out);
  return out;
}

std::vector<std::uint64_t> words_of(const std::string& copy, const std::string& original) {
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i < std::size(words); ++i) {
    out.push_back(word(copy, words_at(original) + 8 * i));
  }
  return out;
}

// Walks that read one word of the first thread's stack: the frame is what stands there.
Walker reading_word(std::size_t index, const std::string& original) {
  const std::size_t at = words_at(original) + 8 * index;
  return [at, index](ByteView file, const Reading&) {
    std::uint64_t value = 0;
    std::memcpy(&value, file.data() + at, sizeof value);
    return Walk{{{{0, value, "cfi"}}, {{0, 1, "context"}}}, {Range(0x10090 + 8 * index, 8)}, {}};
  };
}

struct Copied {
  Looked original;
  Looked copy;
  std::vector<Keep> keep;
  Verification verification;
};

Copied copied(std::string file, const Walker& walker, const Policy& policy = {}) {
  Looked original = look(std::move(file));
  std::string bytes = original.file;
  const scan::Scanner scanner = plain_scanner();
  const Redaction done =
      redact(writable(bytes), {as_bytes(original.file), original.reading, scanner, walker}, policy);
  Looked copy = look(std::move(bytes));
  Verification verification = verify(original.revision(), copy.revision(), walker);
  return {std::move(original), std::move(copy), done.keep, std::move(verification)};
}

std::uint64_t all_of(const RegionCoverage& coverage) {
  return std::accumulate(coverage.bytes.begin(), coverage.bytes.end(), std::uint64_t{0});
}

} // namespace

TEST_CASE("of a stack's words code, the same stack and small numbers stay") {
  const std::string file = dump_with_words();
  const Copied done = copied(file, {});
  CHECK(words_of(done.copy.file, file) == std::vector<std::uint64_t>{0x400010, 0x10040, defaced, defaced, 7,
                                                                     ~std::uint64_t{0}, defaced, defaced});
  CHECK(done.verification.clean());
  Policy wide;
  wide.keep = Keep::mapped;
  CHECK(words_of(redacted(look(file), wide).file, file) ==
        std::vector<std::uint64_t>{0x400010, 0x10040, 0x20040, 0x50000, 7, ~std::uint64_t{0}, defaced,
                                   0x4011ff});
}

TEST_CASE("a word of two regions, or of no memory, is no word") {
  std::string file = dump_with_words();
  const std::size_t below = file.find("<below_stack>");
  const std::string copy = redacted(look(file)).file;
  CHECK(copy.substr(below, 128) == std::string(128, '\0'));
  CHECK(copy.substr(file.find("<stack>"), 8) == std::string("\xed\xac\xef\x0d\xed\xac\xef\x0d"));
}

TEST_CASE("where the walk of the copy differs the keep set is widened, of that thread, and it is said") {
  const std::string file = dump_with_words();
  const Copied same = copied(file, reading_word(0, file));
  CHECK(same.keep == std::vector{Keep::code, Keep::code});
  CHECK(same.verification.unwound == Unwound{2, 2, 0, 0, 0, 2, 0});
  const Copied wider = copied(file, reading_word(3, file)); // an address of the heap
  CHECK(wider.keep == std::vector{Keep::mapped, Keep::code});
  CHECK(wider.verification.unwound == Unwound{2, 1, 1, 0, 0, 2, 0});
  CHECK(words_of(wider.copy.file, file)[2] == 0x20040);
  CHECK(words_of(wider.copy.file, file)[6] == defaced);
  CHECK(wider.verification.clean());
}

TEST_CASE("text that the walk read is text: what is taken out of it is lost, and holds nothing") {
  const std::string file = dump_with_words();
  const Copied lost = copied(file, reading_word(6, file));
  CHECK(lost.keep == std::vector{Keep::walked, Keep::code});
  CHECK(lost.verification.unwound == Unwound{2, 1, 0, 1, 0, 2, 1});
  CHECK(words_of(lost.copy.file, file)[6] != text);
  CHECK(lost.verification.clean());
}

TEST_CASE("a register that is no pointer is gone, and those of the machine stay") {
  std::string file = sample_core(8);
  const Looked plain = look(file);
  const Registers& registers = *plain.reading.dump.threads[0].registers;
  for (const auto& [name, value] : {std::pair("rax", text), std::pair("rbx", std::uint64_t{0x60000})}) {
    const auto found = std::ranges::find(registers.values, name, &Register::name);
    std::memcpy(file.data() + found->range.from(), &value, sizeof value);
  }
  const Looked original = look(file);
  const Looked copy = redacted(original);
  const Registers& after = *copy.reading.dump.threads[0].registers;
  CHECK(value_of(after, "rax") == defaced);
  CHECK(value_of(after, "rbx") == 0x60000);
  CHECK(after.pc == registers.pc);
  CHECK(after.sp == registers.sp);
  CHECK(verify(original.revision(), copy.revision()).clean());
  CHECK_FALSE(verify(original.revision(), look(file).revision()).clean());
}

TEST_CASE("a policy asks for more than the table, never for less") {
  Policy policy;
  policy.scrubbed = {RegionClass::heap, RegionClass::environment, RegionClass::structure};
  policy.dropped = {RegionClass::thread_names, RegionClass::padding};
  CHECK(policy.keeping_of(RegionClass::heap) == Keeping::pointers);
  CHECK(policy.keeping_of(RegionClass::environment) == Keeping::dropped);
  CHECK(policy.keeping_of(RegionClass::structure) == Keeping::untouched);
  CHECK(policy.keeping_of(RegionClass::padding) == Keeping::untouched);
  CHECK(policy.keeping_of(RegionClass::thread_names) == Keeping::dropped);
  CHECK(policy.keeping_of(RegionClass::annotations) == Keeping::masked);
  policy.masked.clear();
  CHECK(policy.keeping_of(RegionClass::annotations) == Keeping::findings);
  for (const KeepingRule& rule : keeping_rules()) {
    CHECK(policy.keeping_of(rule.klass) >= rule.keeping);
  }
}

TEST_CASE("a heap that is scrubbed has only pointers, and a part that is dropped nothing but its structure") {
  Policy policy;
  policy.scrubbed = {RegionClass::heap};
  policy.dropped_parts = {"thread_names"};
  const Looked original = look(sample_full_minidump());
  REQUIRE(original.file.contains("<heap>"));
  REQUIRE(original.file.contains(wide("<thread_names>", std::endian::little)));
  const Looked copy = redacted(original, policy);
  CHECK_FALSE(copy.file.contains("<heap>"));
  CHECK(verify(original.revision(), copy.revision()).clean());
}

TEST_CASE("names of threads and annotations are masked unless they are left, whatever they say") {
  const Looked original = look(sample_minidump());
  const Looked copy = redacted(original);
  const std::string name = wide("<thread_names>", std::endian::little);
  REQUIRE(original.file.contains(name));
  REQUIRE(original.file.contains("<annotations>"));
  CHECK_FALSE(copy.file.contains(name));
  CHECK_FALSE(copy.file.contains("<annotations>"));
  CHECK(copy.file.contains(wide(std::string(14, '*'), std::endian::little)));
  CHECK(verify(original.revision(), copy.revision()).clean());
  Policy policy;
  policy.masked = {RegionClass::annotations};
  CHECK(redacted(original, policy).file.contains(name));
}

TEST_CASE("a keyed token is that of the value and the key, in whatever width") {
  const Bytes key(32, 1);
  const std::string token = keyed_token_of(Exposure::session_payload, key, "value");
  CHECK(token.size() == 20);
  CHECK(token == keyed_token_of(Exposure::session_payload, key, "value"));
  CHECK(token != keyed_token_of(Exposure::session_payload, Bytes(32, 2), "value"));
  CHECK(token != keyed_token_of(Exposure::session_payload, key, "other"));
  for (std::size_t at = 0; at < token.size(); ++at) {
    CHECK(is_mark(as_bytes(token), at));
  }
  CHECK_FALSE(is_mark(as_bytes(token + "x"), token.size()));
  const std::string shorter = "<SESSION-k3v7q2m4x>";
  CHECK_FALSE(is_mark(as_bytes(shorter), 12));
}

TEST_CASE("0x0defaced is a mark wherever it stands whole") {
  const std::string bytes = "x\xed\xac\xef\x0dx\xed\xac\xef";
  std::string marks;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    marks += is_mark(as_bytes(bytes), at) ? '1' : '0';
  }
  CHECK(marks == "011110000");
}

TEST_CASE("every byte of a dump is one thing in the coverage map, and the sums are the file") {
  for (const std::string& file :
       {dump_with_words(), sample_full_minidump(), sample_core(8), sample_core(4)}) {
    const Copied done = copied(file, {});
    const Coverage& coverage = done.verification.coverage;
    CHECK(coverage.bytes == file.size());
    std::uint64_t sum = 0;
    REQUIRE(coverage.map.regions.size() == done.original.reading.regions.size());
    for (const RegionCoverage& region : coverage.map.regions) {
      CHECK(all_of(region) == done.original.reading.regions[region.region].range.size());
      sum += all_of(region);
    }
    CHECK(sum == file.size());
    std::uint64_t cells = 0;
    for (const Fates& cell : coverage.map.cells) {
      cells += std::accumulate(cell.begin(), cell.end(), std::uint64_t{0});
    }
    CHECK(cells == file.size());
    CHECK(coverage.of(Fate::redacted) > 0);
    CHECK(coverage.of(Fate::pointer) > 0);
  }
}
