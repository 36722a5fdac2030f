// What is found in a dump is in the class, the region and the bytes where it lies, and no more is said of it.
#include "dump/findings.h"

#include "dump/addresses.h"
#include "dump/limits.h"
#include "dump/runs.h"
#include "dump/testing/markers.h"
#include "dump/testing/planted.h"

#include <cstring>
#include <map>
#include <random>
#include <set>
#include <zlib.h>
#include <zstd.h>

using namespace sallyport;
using namespace sallyport::dump;
using namespace sallyport::dump::testing;

namespace {

constexpr std::string_view mail = "mara.holt@northwind.example";
constexpr std::string_view card = "4111 1111 1111 1111";
constexpr std::string_view token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

scan::Scanner plain_scanner() {
  return scan::Scanner(scan::RuleSet::standard());
}

// One thread whose stack is at 0x10000, in use from its second half on, and pieces of heap from 0x50000 on.
std::string dump_with(std::string_view stack, const std::vector<std::string>& heap) {
  MinidumpWriter dump;
  dump.stream(7, dump.part().u16(9).pad_to(56));
  std::string context(1232, '\0');
  context.replace(0x30, 4, dump.part().u32(0x10001f).out());
  context.replace(0x98, 8, dump.part().u64(0x10000 + 256).out());
  std::string bytes(512, '\0');
  bytes.replace(256, stack.size(), stack);
  const std::uint32_t registers = dump.add(context);
  const std::uint32_t memory = dump.add(bytes);
  dump.stream(
      3, dump.part().u32(1).u32(17).zeros(20).u64(0x10000).u32(512).u32(memory).u32(1232).u32(registers));
  Writer list = dump.part().u32(heap.size());
  for (std::size_t i = 0; i < heap.size(); ++i) {
    list.u64(0x50000 + 0x10000 * i).u32(heap[i].size()).u32(dump.add(heap[i]));
  }
  dump.stream(5, list);
  return dump.finish();
}

struct Scanned {
  std::string file;
  Reading reading;
  ScanOfDump scan;

  std::string_view text(const Finding& f) const {
    return std::string_view(file).substr(f.range.from(), f.range.size());
  }

  RegionClass klass(const Finding& f) const { return reading.regions[f.region].klass; }
};

Scanned scanned(std::string file) {
  Reading reading = read(as_bytes(file));
  ScanOfDump scan = scan_dump(as_bytes(file), reading, plain_scanner());
  return {std::move(file), std::move(reading), std::move(scan)};
}

std::vector<std::string> rules(const Scanned& s) {
  std::vector<std::string> out;
  for (const Finding& f : s.scan.findings) {
    out.push_back(f.rule);
  }
  return out;
}

std::vector<TextRun> runs_of(const std::string& bytes) {
  std::vector<TextRun> out;
  find_runs(as_bytes(bytes), 100, [&](const TextRun& run) { out.push_back(run); });
  return out;
}

} // namespace

TEST_CASE("text is found in bytes: ASCII, UTF-8, and UTF-16 at even and odd places") {
  const std::string zero(1, '\0');
  CHECK(runs_of("\x01text\x02") == std::vector<TextRun>{{Range(101, 4), false}});
  CHECK(runs_of("\x01txt\x02").empty());
  CHECK(runs_of("caf\xc3\xa9\xff") == std::vector<TextRun>{{Range(100, 5), false}});
  CHECK(runs_of("caf\xc3").empty()); // half a character is none
  CHECK(runs_of(wide("text", std::endian::little)) == std::vector<TextRun>{{Range(100, 8), true}});
  CHECK(runs_of("\x07" + wide("text", std::endian::little)) == std::vector<TextRun>{{Range(101, 8), true}});
  const Spelled spelled = spell(as_bytes("\x07" + wide("text", std::endian::little)), {Range(1, 8), true});
  CHECK(spelled.text == "text");
  CHECK(spelled.origin == std::vector<std::uint64_t>{1, 3, 5, 7, 9});
}

TEST_CASE("B02: what is found has its class of exposure, its region and its bytes") {
  const std::string on_stack = std::string(mail) + '\0' + std::string(token) + '\0' + "nothing known";
  const Scanned s = scanned(dump_with(on_stack, {std::string(card)}));
  REQUIRE(rules(s) == std::vector<std::string>{"person.email", "secret.github", std::string(residue_rule),
                                               "customer.card"});
  CHECK(s.text(s.scan.findings[0]) == mail);
  CHECK(s.klass(s.scan.findings[0]) == RegionClass::stack);
  CHECK(s.scan.findings[0].exposure == Exposure::customer_identifier);
  CHECK(s.scan.findings[1].exposure == Exposure::session_payload);
  CHECK(s.scan.findings[2].exposure == Exposure::stack_local);
  CHECK(s.text(s.scan.findings[2]) == "nothing known");
  CHECK(s.klass(s.scan.findings[3]) == RegionClass::heap);
  CHECK(s.text(s.scan.findings[3]) == card);
  CHECK(s.scan.count(Exposure::customer_identifier) == 2);
  CHECK(s.scan.bytes == s.file.size());
}

TEST_CASE("no preview, rule or encoding says what was found") {
  const Scanned s = scanned(dump_with(mail, {std::string(card), std::string(token), "mara"}));
  REQUIRE(s.scan.findings.size() == 3);
  for (const Finding& f : s.scan.findings) {
    CHECK_FALSE(f.preview.empty());
    for (const std::string_view piece : {"mara", "holt", "north", "4111", "16C7", "ghp"}) {
      CHECK_FALSE(f.preview.contains(piece));
    }
  }
}

TEST_CASE("a value in UTF-16 is found at even and odd places, with the bytes that it has") {
  for (const std::size_t shift : {0U, 1U}) {
    const std::string bytes = std::string(64 + shift, '\0') + wide(mail, std::endian::little);
    const Scanned s = scanned(dump_with("", {bytes}));
    REQUIRE(rules(s) == std::vector<std::string>{"person.email"});
    CHECK(s.text(s.scan.findings[0]) == wide(mail, std::endian::little));
    CHECK(s.scan.findings[0].wide);
  }
}

TEST_CASE("text goes on into the next region where the process had it so, and the finding is cut there") {
  // The stack pointer stands in the middle of a value: what is below it was left, the rest is in use.
  std::string file = dump_with("", {});
  const std::size_t at = read(as_bytes(file)).dump.memory.at(0).range.from() + 256 - 10;
  file.replace(at, mail.size(), mail);
  const Scanned s = scanned(file);
  REQUIRE(s.scan.findings.size() == 2);
  CHECK(s.klass(s.scan.findings[0]) == RegionClass::below_stack);
  CHECK(s.text(s.scan.findings[0]) == mail.substr(0, 10));
  CHECK(s.klass(s.scan.findings[1]) == RegionClass::stack);
  CHECK(s.text(s.scan.findings[1]) == mail.substr(10));
}

TEST_CASE("text does not go on into a piece of memory that the process had elsewhere") {
  const Scanned s = scanned(dump_with("", {"mara.holt@north", "wind.example.org"}));
  CHECK(rules(s).empty());
}

TEST_CASE("what lies at the ends of batches and chunks is found once, and whole") {
  constexpr std::size_t kib = 1024;
  for (const std::size_t at : {16 * kib - 20, 14 * kib - 5, 1024 * kib - 10, 1040 * kib - 12}) {
    for (const char filler : {'.', '\0'}) { // one long run, or none
      std::string bytes(1024 * 1024 + 64 * 1024, filler);
      const std::string value = " " + std::string(mail) + " ";
      bytes.replace(at, value.size(), value);
      const Scanned s = scanned(dump_with("", {bytes}));
      CAPTURE(at);
      REQUIRE(rules(s) == std::vector<std::string>{"person.email"});
      CHECK(s.text(s.scan.findings[0]) == mail);
    }
  }
}

TEST_CASE("several workers find what one finds") {
  std::string bytes(5 * 1024 * 1024, '\0');
  for (std::size_t at = 100; at + 200 < bytes.size(); at += 40'009) {
    bytes.replace(at, mail.size(), mail);
  }
  const std::string file = dump_with(mail, {bytes, bytes});
  const Reading reading = read(as_bytes(file));
  std::uint64_t told = 0;
  const ScanOfDump alone = scan_dump(as_bytes(file), reading, plain_scanner(),
                                     [&](std::uint64_t done, std::uint64_t) { told = done; });
  CHECK(told == file.size());
  const ScanOfDump shared = scan_dump(as_bytes(file), reading, plain_scanner(), {}, 3);
  CHECK(alone.findings.size() > 250);
  CHECK(shared.findings == alone.findings);
  CHECK(shared.text_bytes == alone.text_bytes);
}

TEST_CASE("a budget that ends is a finding where it ended") {
  scan::Budgets budgets;
  budgets.findings = 2;
  const scan::Scanner scanner(scan::RuleSet::standard(budgets));
  std::string many;
  for (int i = 0; i < 5; ++i) {
    many += "user" + std::to_string(i) + "@northwind.example ";
  }
  const std::string file = dump_with("", {many});
  const Reading reading = read(as_bytes(file));
  const ScanOfDump scan = scan_dump(as_bytes(file), reading, scanner);
  CHECK(scan.count(Exposure::customer_identifier) == 2);
  REQUIRE(scan.count(Exposure::unscanned) == 1);
  const auto ended = std::ranges::find(scan.findings, Exposure::unscanned, &Finding::exposure);
  CHECK(ended->rule == "budget.findings");
  CHECK(reading.regions[ended->region].klass == RegionClass::heap);
}

TEST_CASE("more text of stacks than is kept is a budget that ended, and a finding") {
  std::string stack;
  for (std::size_t i = 0; i < limits::findings_max + 10; ++i) {
    stack += "of stack" + std::string(8, '\xff');
  }
  MinidumpWriter dump;
  dump.stream(7, dump.part().u16(9).pad_to(56));
  std::string context(1232, '\0');
  context.replace(0x30, 4, dump.part().u32(0x10001f).out());
  context.replace(0x98, 8, dump.part().u64(0x10000).out());
  const std::uint32_t registers = dump.add(context);
  const std::uint32_t memory = dump.add(stack);
  dump.stream(3, dump.part()
                     .u32(1)
                     .u32(17)
                     .zeros(20)
                     .u64(0x10000)
                     .u32(stack.size())
                     .u32(memory)
                     .u32(1232)
                     .u32(registers));
  const std::string file = dump.finish();
  const Reading reading = read(as_bytes(file));
  for (const std::size_t workers : {1U, 3U}) {
    const ScanOfDump scan = scan_dump(as_bytes(file), reading, plain_scanner(), {}, workers);
    CHECK(scan.count(Exposure::stack_local) > limits::findings_max / 10 * 9); // some lie in two chunks
    REQUIRE(scan.count(Exposure::unscanned) > 0);
    const auto ended = std::ranges::find(scan.findings, Exposure::unscanned, &Finding::exposure);
    CHECK(ended->rule == "budget.findings");
    CHECK(reading.regions[ended->region].klass == RegionClass::stack);
    CHECK(ended->range.until() == reading.regions[ended->region].range.until());
  }
}

TEST_CASE("text that no rule knows is found in stacks alone, and pointers are no text") {
  const std::string word = "abcdefgh"; // of eight printable bytes, the address of nothing
  const Scanned s = scanned(dump_with(word + word, {"some words of a letter"}));
  REQUIRE(rules(s) == std::vector<std::string>{std::string(residue_rule)});
  CHECK(s.text(s.scan.findings[0]) == word + word);
  std::string file = dump_with(word + word, {});
  Reading reading = read(as_bytes(file));
  // Eight letters are text, also where the dump has a module there; four are an address where it has one.
  reading.dump.modules.push_back({Range(0x6867666564636261, 1), {}, {}, {}});
  reading.dump.threads[0].stack = Range(0x10000, 512);
  CHECK(scan_dump(as_bytes(file), reading, plain_scanner()).findings.size() == 1);
  reading.dump.word = 4;
  reading.dump.modules.push_back({Range(0x64636261, 1), {}, {}, {}});
  reading.dump.modules.push_back({Range(0x68676665, 1), {}, {}, {}});
  CHECK(scan_dump(as_bytes(file), reading, plain_scanner()).findings.empty());
}

TEST_CASE("pins are those of the tool, the rules, the classes and the dictionary") {
  const std::string file = dump_with("", {});
  const Reading reading = read(as_bytes(file));
  const Pins pins = scan_dump(as_bytes(file), reading, plain_scanner()).pins;
  scan::Budgets budgets;
  budgets.depth = 2;
  const std::vector<std::string> terms{"northwind"};
  const scan::Scanner other(
      scan::RuleSet::standard(budgets),
      {*scan::Dictionary::make(scan::Detector::tenant_identifier, terms, as_bytes("a key of the test"))});
  const Pins others = scan_dump(as_bytes(file), reading, other).pins;
  CHECK(others.tool == pins.tool);
  CHECK(others.taxonomy == pins.taxonomy);
  CHECK(others.ruleset != pins.ruleset);
  CHECK(others.dictionary != pins.dictionary);
}

namespace {

// Rules that count as a hit for a category of the planted truth.
const std::map<std::string, std::set<std::string>>& rules_of_category() {
  static const std::map<std::string, std::set<std::string>> rules = {
      {"aws_key", {"secret.aws_key_id"}},
      {"bearer", {"secret.bearer"}},
      {"email", {"person.email"}},
      {"iban", {"customer.iban"}},
      {"ipv4", {"network.ipv4"}},
      {"ipv6", {"network.ipv6"}},
      {"jwt", {"secret.jwt"}},
      {"mac", {"network.mac"}},
      {"pan", {"customer.card"}},
      {"password_kv", {"secret.assigned_password"}},
      {"phone", {"person.phone"}},
      {"session_cookie", {"secret.cookie", "secret.session_pair"}},
      {"tenant_id", {"term.tenant"}},
      {"user_path", {"person.home_path"}},
  };
  return rules;
}

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

bool is_hit(const ScanOfDump& scan, const std::set<std::string>& wanted, Range at) {
  return std::ranges::any_of(scan.findings, [&](const Finding& f) {
    return !common(f.range, at).empty() && wanted.contains(f.rule);
  });
}

// Where an item is: at its address, or wherever its text stands (environment and command line).
std::vector<Range> places_of(const Planted& item, const Dump& dump, const std::string& file) {
  std::vector<Range> out;
  if (item.address != "-") {
    if (const auto at = offset_of(dump, std::stoull(item.address, nullptr, 16))) {
      out.emplace_back(*at, item.bytes);
    }
    return out;
  }
  for (auto at = file.find(item.text); at != std::string::npos; at = file.find(item.text, at + 1)) {
    out.emplace_back(at, item.text.size());
  }
  return out;
}

struct Recall {
  std::map<std::pair<std::string, std::string>, std::pair<int, int>> by_class_and_encoding; // found, of
  int found = 0;
  int decoys = 0;
  std::string faults; // what was missed or flagged, a line each
};

Recall recall(const std::string& name) {
  const std::string file = read_dump(name);
  const Reading reading = read(as_bytes(file));
  const ScanOfDump scan = scan_dump(as_bytes(file), reading, planted_scanner());
  CHECK(scan.count(Exposure::unscanned) == 0);
  Recall out;
  for (const Planted& item : planted()) {
    const std::string what = item.region + " " + item.encoding + " " + item.category + "\n";
    for (const Range at : places_of(item, reading.dump, file)) {
      if (item.category.starts_with("DECOY:")) {
        ++out.decoys;
        const bool flagged = std::ranges::any_of(scan.findings, [&](const Finding& f) {
          return !common(f.range, at).empty() && reading.regions[f.region].klass == RegionClass::heap;
        });
        out.faults += flagged ? "flagged " + what : "";
        continue;
      }
      auto& [found, of] = out.by_class_and_encoding[{item.category, item.encoding}];
      ++of;
      if (is_hit(scan, rules_of_category().at(item.category), at)) {
        ++found;
        ++out.found;
      } else {
        out.faults += "missed " + what;
      }
    }
  }
  for (const auto& [key, counts] : out.by_class_and_encoding) {
    MESSAGE(name, ": ", key.first, " in ", key.second, ": ", counts.first, " of ", counts.second);
  }
  return out;
}

} // namespace

TEST_CASE(
    "every identifier that was planted in a process is found in its core, in every encoding, and no decoy") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  const Recall core = recall("planted/victim.core.xz");
  CHECK(core.faults == "");
  CHECK(core.found >= 126 + 5);
  CHECK(core.decoys == 10);
}

TEST_CASE("every planted identifier that a minidump has is found there") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  const Recall minidump = recall("planted/victim.dmp");
  CHECK(minidump.faults == "");
  CHECK(minidump.found >= 28 + 5);
}

TEST_CASE("a term that is shorter than any other value is found alone in a run of its size") {
  const std::vector<std::string> terms{"Acme", "Bo Li"};
  const scan::Scanner scanner(
      scan::RuleSet::standard(),
      {*scan::Dictionary::make(scan::Detector::tenant_identifier, terms, as_bytes("a key of the test"))});
  for (const bool in_utf16 : {false, true}) {
    const std::string value = in_utf16 ? wide("Acme", std::endian::little) : "Acme";
    const std::string file = dump_with("", {std::string(64, '\0') + value + std::string(9, '\0') + "none"});
    const Reading reading = read(as_bytes(file));
    const ScanOfDump scan = scan_dump(as_bytes(file), reading, scanner);
    REQUIRE(scan.findings.size() == 1);
    CHECK(scan.findings[0].rule == "term.tenant");
    CHECK(scan.findings[0].wide == in_utf16);
    CHECK(std::string_view(file).substr(scan.findings[0].range.from(), scan.findings[0].range.size()) ==
          value);
  }
}

TEST_CASE("a short term at either end of a longer text is found there") {
  const std::vector<std::string> terms{"Acme"};
  const scan::Scanner scanner(
      scan::RuleSet::standard(),
      {*scan::Dictionary::make(scan::Detector::tenant_identifier, terms, as_bytes("a key of the test"))});
  for (const std::string text : {"sent to Acme", "Acme was told", "of Acme."}) {
    for (const bool in_utf16 : {false, true}) {
      const std::string value = in_utf16 ? wide(text, std::endian::little) : text;
      const std::string file = dump_with(
          "", {"another string" + std::string(64, '\0') + value + std::string(9, '\0') + "and one more"});
      const Reading reading = read(as_bytes(file));
      CAPTURE(text);
      CHECK(scan_dump(as_bytes(file), reading, scanner).findings.size() == 1);
    }
  }
}

namespace {

// Text that does not compress, and at its very end what must not be missed.
std::string long_text(std::size_t size) {
  std::mt19937_64 random(11);
  std::string out;
  while (out.size() < size) {
    out += static_cast<char>('!' + random() % 90);
  }
  return out + "\n" + std::string(mail) + "\n";
}

std::string zstd_frame(const std::string& text, int window_log) {
  std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  ZSTD_inBuffer first{text.data(), 1, 0}; // so that nobody knows yet how long it will be
  ZSTD_inBuffer in{text.data(), text.size(), 1};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  REQUIRE(ZSTD_compressStream2(context, &to, &first, ZSTD_e_flush) == 0);
  REQUIRE(ZSTD_compressStream2(context, &to, &in, ZSTD_e_end) == 0);
  ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}

} // namespace

TEST_CASE("B02: a compressed stream is read to its end, however long, and what cannot be read holds") {
  const std::string text = long_text(3 * 1024 * 1024);
  std::string zlib(compressBound(text.size()), '\0');
  uLongf size = zlib.size();
  REQUIRE(compress(reinterpret_cast<Bytef*>(zlib.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
                   text.size()) == Z_OK);
  zlib.resize(size);
  REQUIRE(zlib.size() > 2 * 1024 * 1024);
  for (const std::string& stream : {zlib, zstd_frame(text, 20)}) {
    const Scanned whole = scanned(dump_with("", {std::string(64, '\0') + stream}));
    CHECK(std::ranges::count(rules(whole), "person.email") == 1);
  }
  const Scanned refused = scanned(
      dump_with("", {std::string(64, '\0') + zstd_frame(std::string(4096, 'x') + std::string(mail), 27)}));
  CHECK(std::ranges::count(rules(refused), "budget.container") > 0);
}

TEST_CASE("B02: text of four bytes a character is found, in either byte order and at any place") {
  for (const bool big : {false, true}) {
    for (std::size_t shift = 0; shift < 8; ++shift) {
      std::string bytes(64 + shift, '\0');
      for (const char c : mail) {
        bytes += big ? std::string(3, '\0') + c : c + std::string(3, '\0');
      }
      const Scanned s = scanned(dump_with("", {bytes + std::string(64, '\0')}));
      REQUIRE(rules(s) == std::vector<std::string>{"person.email"});
      CHECK(s.text(s.scan.findings[0]).front() == mail.front());
      CHECK(s.scan.findings[0].range.size() == 4 * mail.size());
    }
  }
}

TEST_CASE("a word of text is no address, whatever a dump claims to have there") {
  Dump dump;
  dump.word = 8;
  dump.modules.push_back({Range(0x1000, UINT64_MAX - 0x2000), {}, "", ""});
  const Addresses addresses(dump);
  CHECK(addresses.is_code(0x7f00'0000'1000));
  CHECK(addresses.is_known(0xffff'ffff'ff60'0000));
  std::uint64_t text = 0;
  std::memcpy(&text, "Dear Mrs", sizeof text);
  CHECK_FALSE(addresses.is_code(text));
  CHECK_FALSE(addresses.is_known(text));
}
