// A redacted copy is the same dump without what was found in it; whatever is wrong with one is said.
#include "dump/redact.h"

#include "dump/marks.h"
#include "dump/testing/looked.h"
#include "dump/testing/markers.h"
#include "dump/testing/planted.h"

#include <random>

using namespace sallyport;
using namespace sallyport::dump;
using namespace sallyport::dump::testing;

namespace {

std::string reasons(const Verification& verification) {
  std::string out;
  for (const Held& held : verification.held) {
    out += std::string(name_of(held.cause)) + " " + held.where + "\n";
  }
  return out;
}

// A dump of memory that holds `heap` at 0x50000.
std::string dump_of(std::string_view heap) {
  MinidumpWriter dump;
  dump.stream(7, dump.part().u16(9).pad_to(56));
  dump.stream(5, dump.part().u32(1).u64(0x50000).u32(heap.size()).u32(dump.add(std::string(heap))));
  return dump.finish();
}

constexpr std::string_view mail = "mara.holt@northwind.example";

Finding random_finding(const Reading& reading, std::mt19937& random) {
  Finding out;
  out.region = static_cast<std::uint32_t>(random() % reading.regions.size());
  const Range region = reading.regions[out.region].range;
  out.range = region.part(random() % region.size(), 1 + random() % 64);
  out.exposure = static_cast<Exposure>(random() % 3);
  out.wide = random() % 2 == 0;
  out.via = random() % 4 == 0 ? std::vector{scan::Encoding::gzip} : std::vector<scan::Encoding>();
  return out;
}

void check_random_findings(const std::string& sound, int rounds) {
  std::mt19937 random(11);
  const Reading reading = read(as_bytes(sound));
  for (int round = 0; round < rounds; ++round) {
    std::vector<Finding> findings;
    for (auto i = random() % 12; i > 0; --i) {
      findings.push_back(random_finding(reading, random));
    }
    std::string copy = sound;
    Policy policy;
    policy.action = static_cast<Action>(random() % 5);
    policy.token_key = Bytes(32, 7);
    std::vector<Edit> edits = drop_regions(writable(copy), reading, policy);
    Redactor redactor(policy);
    const std::vector<Edit> more = redactor.take_out(writable(copy), reading, findings);
    edits.insert(edits.end(), more.begin(), more.end());
    std::vector<bool> may_differ(sound.size());
    for (const Edit& edit : edits) {
      REQUIRE(reading.regions[edit.region].range.contains(edit.range));
      REQUIRE(least_of(reading.regions[edit.region].klass) != Keeping::untouched);
      std::fill_n(may_differ.begin() + static_cast<std::ptrdiff_t>(edit.range.from()), edit.range.size(),
                  true);
    }
    REQUIRE(copy.size() == sound.size());
    for (std::size_t at = 0; at < sound.size(); ++at) {
      REQUIRE((copy[at] == sound[at] || may_differ[at]));
      REQUIRE((copy[at] == sound[at] || is_mark(as_bytes(copy), at)));
    }
  }
}

} // namespace

TEST_CASE("whatever was found, no byte of structure and none beside the edits differs") {
  check_random_findings(sample_minidump(), 300);
  check_random_findings(sample_full_minidump(), 100);
  check_random_findings(sample_core(8), 300);
  check_random_findings(sample_core(4), 200);
}

TEST_CASE("classes that are never kept are zero, and the copy has the map of the original") {
  for (const std::string& file :
       {sample_minidump(), sample_minidump(Cpu::arm64), sample_core(8), sample_core(4)}) {
    const Looked original = look(file);
    REQUIRE(original.reading.clean());
    const Looked copy = redacted(original);
    CHECK(copy.reading.clean());
    CHECK(same_map(original.reading, copy.reading));
    for (const std::string_view gone :
         {"<environment>", "<arguments>", "<comments>", "<handles>", "<vector_state>"}) {
      CHECK_FALSE(copy.file.contains(gone));
      CHECK_FALSE(copy.file.contains(wide(gone, std::endian::little)));
    }
    CHECK(copy.file.contains("<heap>"));
    CHECK(reasons(verify(original.revision(), copy.revision())) == "");
  }
}

TEST_CASE("mask, token and zero put what they say where a value was, in its own width") {
  const std::string twice =
      std::string(mail) + '\0' + wide(mail, std::endian::little) + '\0' + std::string(mail) + '\0';
  const Looked original = look(dump_of(twice));
  const std::string masked = redacted(original, Action::mask).file;
  CHECK(masked.contains(std::string(mail.size(), '*')));
  CHECK(masked.contains(wide(std::string(mail.size(), '*'), std::endian::little)));
  const std::string tokens = redacted(original, Action::token).file;
  const auto first = tokens.find("<CUSTOMER-1>****");
  REQUIRE(first != std::string::npos);
  CHECK(tokens.find("<CUSTOMER-1>****", first + 1) != std::string::npos); // the same value, the same token
  CHECK(tokens.contains(wide("<CUSTOMER-2>***", std::endian::little)));
  const std::string zeros = redacted(original, Action::zero).file;
  CHECK_FALSE(zeros.contains('*'));
  for (const std::string& file : {masked, tokens, zeros}) {
    CHECK(file.size() == original.file.size());
    CHECK_FALSE(file.contains("northwind"));
    CHECK(reasons(verify(original.revision(), look(file).revision())) == "");
  }
}

TEST_CASE("what carries an encoded value goes as a whole") {
  const Looked original = look(dump_of("x bWFyYS5ob2x0QG5vcnRod2luZC5leGFtcGxl x"));
  REQUIRE(original.scan.count(Exposure::customer_identifier) == 1);
  const Looked copy = redacted(original);
  CHECK(copy.file.contains("x ************************************ x"));
  CHECK(copy.scan.findings.empty());
}

TEST_CASE("what one pass shows the next one takes") {
  // Behind a masked value stands what was a part of it before.
  const Looked original = look(dump_of(std::string(mail) + ",4111111111111111;" + std::string(mail)));
  std::string copy = original.file;
  const scan::Scanner scanner = plain_scanner();
  const Redaction done =
      redact(writable(copy), {as_bytes(original.file), original.reading, scanner}, Policy());
  CHECK(done.passes >= 2); // the last one has seen that there is nothing left
  CHECK(done.scan.findings.empty());
  CHECK(done.edits.size() >= 3);
}

TEST_CASE("a copy that is not one is not passed") {
  const Looked original = look(sample_minidump());
  const Looked sound = redacted(original);
  REQUIRE(reasons(verify(original.revision(), sound.revision())) == "");
  const auto with = [&](std::size_t at, std::string_view text) {
    std::string file = sound.file;
    file.replace(at, text.size(), text);
    return reasons(verify(original.revision(), look(std::move(file)).revision()));
  };
  const std::size_t heap = sound.file.find("<heap>");
  const std::size_t environment = original.file.find("<environment>");
  CHECK(with(heap, "<HEAP>") == "exposed /differences\n");
  CHECK(with(environment, "x") == "exposed /differences\nexposed /regions/environment\n");
  CHECK(with(environment, "<").contains("exposed /regions/environment\n"));
  CHECK(with(12, "x").contains("malformed"));              // where the directory stands
  CHECK(with(20, "x").contains("malformed /differences")); // a byte of the header that nothing depends on
  const std::string shorter = sound.file.substr(0, sound.file.size() - 1);
  CHECK(reasons(verify(original.revision(), look(shorter).revision())).contains("malformed /size\n"));
  CHECK(reasons(verify(original.revision(), original.revision())).contains("exposed /regions/"));
}

TEST_CASE("what is left is said by class") {
  const Looked original = look(dump_of(mail));
  const Verification verification = verify(original.revision(), original.revision());
  CHECK(reasons(verification) ==
        "exposed /residual/customer_identifier\nexposed /residual/person_identity\n"); // by both paths
  CHECK(verification.coverage.bytes == original.file.size());
  CHECK(verification.coverage.of(Fate::redacted) == 0);
}

TEST_CASE("what only the second path finds is counted by exposure, and what both find is counted once") {
  const Looked original = look(dump_of("of Northwind Traders, " + std::string(mail)));
  const auto counted = [&](const Looked& copy, const SecondPath& second) {
    const Verification proof = verify(original.revision(), copy.revision(), {}, second);
    return proof.residual;
  };
  using Counts = std::array<std::uint64_t, exposure_count>;
  CHECK(counted(original, {}) == Counts{1, 0, 0, 0}); // by both paths
  const Looked copy = redacted(original);
  CHECK(counted(copy, {}) == Counts{});
  const std::vector<std::string> terms{"northwind traders"};
  const SecondPath with_terms{.terms = terms, .workers = 2};
  CHECK(counted(copy, with_terms) == Counts{1, 0, 0, 0});
  const Verification proof = verify(original.revision(), copy.revision(), {}, with_terms);
  CHECK(reasons(proof) == "exposed /residual/customer_identifier\nexposed /residual/tenant_identity\n");
  REQUIRE(proof.second.size() == 1);
  CHECK(proof.second[0].rule == "residual.term");
  CHECK(proof.second[0].klass == RegionClass::heap);
  CHECK(proof.second[0].count == 1);
  CHECK(proof.second[0].first == original.file.find("Northwind"));
  // What the first way is blind to: a scan that says that nothing is there.
  const ScanOfDump blind{.pins = {}, .findings = {}, .bytes = original.file.size(), .text_bytes = 0};
  const Verification seen = verify(original.revision(), {as_bytes(original.file), original.reading, blind});
  CHECK(seen.residual == Counts{1, 0, 0, 0});
  CHECK_FALSE(seen.clean());
}

TEST_CASE("two revisions: newly redacted, marked otherwise, changed, exposed again") {
  const std::string both =
      std::string(mail) + std::string(2, '\0') + "ghp_16C7e42F292c6912E7710c838347Ae178B4a" + '\0';
  const Looked raw = look(dump_of(both));
  const Looked masked = redacted(raw, Action::mask);
  const Looked tokens = redacted(raw, Action::token);
  const Comparison newly = compare(raw.revision(), masked.revision());
  REQUIRE(newly.differences.size() == 2);
  CHECK(newly.count(Change::newly_redacted) == 2);
  CHECK(newly.differences[0].exposure == Exposure::customer_identifier);
  CHECK(newly.differences[0].range.size() == mail.size());
  CHECK(newly.differences[1].exposure == Exposure::session_payload);
  CHECK(newly.clean());
  const Comparison otherwise = compare(masked.revision(), tokens.revision());
  CHECK(otherwise.count(Change::remarked) == otherwise.differences.size());
  CHECK(otherwise.clean());
  const Comparison again = compare(masked.revision(), raw.revision());
  CHECK(again.count(Change::re_exposed) == 2);
  CHECK(again.differences[1].exposure == Exposure::session_payload);
  CHECK_FALSE(again.clean());
  std::string other = raw.file;
  other.replace(other.find("mara"), 4, "tara");
  const Comparison changed = compare(raw.revision(), look(other).revision());
  REQUIRE(changed.count(Change::changed) == 1);
  CHECK(changed.bytes[static_cast<std::size_t>(Change::changed)] == 1);
  CHECK_FALSE(compare(raw.revision(), look(sample_minidump()).revision()).clean());
}

TEST_CASE("marks in stacks are no text, and text beside them still is") {
  std::string file = sample_minidump();
  const std::size_t at = file.find("<stack>");
  const std::string_view text = "<STACK-1>**** and some words **********ab****";
  file.replace(at, text.size(), text);
  const Looked original = look(file);
  REQUIRE(original.scan.findings.size() == 3); // and what is below the stack pointers
  CHECK(original.scan.findings[1].range == Range(at + 13, 16));
  CHECK(redacted(original, Action::token).scan.findings.empty());
}

TEST_CASE("a token that nobody writes is no mark") {
  const auto mark = [](std::string_view text, std::size_t at) { return is_mark(as_bytes(text), at); };
  CHECK(mark("<SESSION-12>", 4));
  CHECK(mark("<SESSION-12>", 11));
  CHECK(mark(wide("<STACK-1>", std::endian::little), 8));
  CHECK_FALSE(mark("<SESSION-12>x", 12));
  CHECK_FALSE(mark("<NORTHWIND-12>", 4));
  CHECK_FALSE(mark("<SESSION-1234567>", 12));
  CHECK_FALSE(mark("<SESSION-12", 4));
}

namespace {

scan::Scanner planted_scanner() {
  std::vector<std::string> tenants;
  for (const Planted& item : planted()) {
    if (item.category == "tenant_id") {
      tenants.push_back(item.text);
    }
  }
  return scan::Scanner(
      scan::RuleSet::standard(),
      {*scan::Dictionary::make(scan::Detector::tenant_identifier, tenants, as_bytes("a key of the test"))});
}

} // namespace

TEST_CASE("nothing that was planted is left in the copy of the minidump or the core") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  const scan::Scanner scanner = planted_scanner();
  for (const char* name : {"planted/victim.dmp", "planted/victim.core.xz"}) {
    CAPTURE(name);
    const Looked original = look(read_dump(name), scanner);
    const Looked copy = redacted(original, Action::token, scanner);
    std::vector<std::string> terms;
    for (const Planted& item : planted()) {
      if (item.category == "tenant_id") {
        terms.push_back(item.text);
      }
    }
    const SecondPath second{.terms = terms, .workers = 2};
    CHECK(reasons(verify(original.revision(), copy.revision(), {}, second)) == "");
    CHECK(verify(original.revision(), original.revision(), {}, second).residual[0] > terms.size());
    for (const Planted& item : planted()) {
      if (item.category.starts_with("DECOY:")) {
        continue;
      }
      CHECK_FALSE(copy.file.contains(item.text));
      CHECK_FALSE(copy.file.contains(wide(item.text, std::endian::little)));
      // Of what was encoded nothing stands where it was.
      const auto at = item.address == "-" || item.region == "stack"
                          ? std::nullopt
                          : offset_of(original.reading.dump, std::stoull(item.address, nullptr, 16));
      CHECK((!at || copy.file.substr(*at, item.bytes) != original.file.substr(*at, item.bytes)));
    }
  }
}

TEST_CASE("copies of public dumps are read clean, with the maps that the originals have") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  for (const char* name :
       {"breakpad/ascii_read_av.dmp", "breakpad/linux_divide_by_zero.dmp",
        "breakpad/linux_executable_heap.dmp", "breakpad/linux_inline.dmp", "breakpad/linux_overflow.dmp",
        "breakpad/minidump2.dmp", "breakpad/thread_name_list.dmp", "breakpad/tiny-exe-with-cet-xsave.dmp",
        "rust-minidump/linux-mini.dmp", "elfutils/backtrace.i386.core.bz2", "elfutils/test-core.core.bz2"}) {
    CAPTURE(name);
    const Looked original = look(read_dump(name));
    const Looked copy = redacted(original);
    CHECK(copy.reading.clean());
    const Verification proof = verify(original.revision(), copy.revision());
    CHECK(reasons(proof) == "");
    CHECK(copy.reading.dump.threads.size() == original.reading.dump.threads.size());
    std::uint64_t sum = 0;
    for (std::size_t fate = 0; fate < fate_count; ++fate) {
      sum += proof.coverage.of(static_cast<Fate>(fate));
    }
    CHECK(sum == original.file.size());
  }
}
