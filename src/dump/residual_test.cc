// What is left is counted by a way of its own.
#include "dump/residual.h"

#include "dump/findings.h"
#include "dump/testing/markers.h"
#include "dump/testing/planted.h"

#include <set>

using namespace sallyport;
using namespace sallyport::dump;
using namespace sallyport::dump::testing;

namespace {

std::uint64_t left(const std::string& bytes, std::string_view klass) {
  const Residual residual = residual_of(as_bytes(bytes));
  const auto found = residual.counts.find(klass);
  return found == residual.counts.end() ? 0 : found->second;
}

} // namespace

TEST_CASE("what is left of each class is counted, in the clear and in UTF-16 at both parities") {
  const std::string mail = "mara.holt@northwind.example";
  for (const auto& [klass, value] : std::vector<std::pair<std::string, std::string>>{
           {"person_identity", mail},
           {"person_identity", "+1 415 555 0132"},
           {"person_identity", "/ho"
                               "me/mara/.bashrc"},
           {"financial", "4111 1111 1111 1111"},
           {"financial", "GB82 WEST 1234 5698 7654 32"},
           {"financial", "GB82WEST12345698765432"},
           {"technical", "192.0.2.77"},
           {"technical", "00:1b:44:11:3a:b7"},
           {"secret", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"},
           {"secret", "-----BEGIN RSA PRIVATE KEY-----"},
           {"secret", "https://user:hunter22Zq@host.example"},
           {"secret", "password=Tr0ub4dor&3xY"}}) {
    CAPTURE(value);
    CHECK(left(value, klass) == 1);
    CHECK(left("\x01" + value + "\x02" + value, klass) == 2);
    for (const std::size_t shift : {0U, 1U}) {
      CHECK(left(std::string(shift, '\0') + wide(value, std::endian::little) + "\xff\xff", klass) == 1);
    }
  }
  CHECK(residual_of({}).total() == 0);
}

TEST_CASE("what fails its check is not counted, nor what a redaction leaves") {
  for (const char* value :
       {"4111 1111 1111 1112", "GB82WEST12345698765431", "127.0.0.1", "999.1.1.1", "git@host.example",
        "password=********", "password=xxxxxxxxxxx1", "ghp_************************************"}) {
    CAPTURE(value);
    CHECK(residual_of(as_bytes(std::string(value))).total() == 0);
  }
}

TEST_CASE("what lies on the end of a block is counted once") {
  constexpr std::size_t block = 256 * 1024;
  const std::string mail = " mara.holt@northwind.example ";
  for (std::size_t at = block - 40; at < block + 3; ++at) {
    std::string bytes(2 * block, '\0');
    bytes.replace(at, mail.size(), mail);
    CAPTURE(at);
    REQUIRE(left(bytes, "person_identity") == 1);
  }
}

TEST_CASE("a term is left in any case, a short one as a word") {
  const std::vector<std::string> terms{"tnt-ab93kf02mz1q", "Acme", "Bo1", "caf\xc3\xa9 noir"};
  const auto terms_left = [&](const std::string& text) { return residual_of(as_bytes(text), terms).total(); };
  CHECK(terms_left("x TNT-AB93kf02mz1q and acme") == 2);
  CHECK(terms_left("xTNT-AB93kf02mz1qx") == 1);
  CHECK(terms_left("acmes") == 0);
  CHECK(terms_left("acme,acme") == 2);
  CHECK(terms_left(wide("of acme.", std::endian::little)) == 1);
  CHECK(terms_left("au CAF\xc3\xa9 Noir") == 1);
  CHECK(terms_left("au CAF\xe3\xa9 Noir") == 0);
}

TEST_CASE("a short term is one where text or nothing is around it, and not among the bytes of a program") {
  const std::vector<std::string> terms{"Acme", "Bo1"};
  const auto terms_left = [&](const std::string& text) { return residual_of(as_bytes(text), terms).total(); };
  const std::string zero(1, '\0');
  CHECK(terms_left("\x01" + zero + "acme" + zero + "\x01") == 1);
  CHECK(terms_left("\x01"
                   "acme" +
                   zero) == 0);
  CHECK(terms_left(zero + "acme\x01") == 0);
  CHECK(terms_left("\x01"
                   "from acme to it\x01") == 1);
  CHECK(terms_left(zero + "bo1" + zero) == 0); // three bytes are no text
  CHECK(terms_left(zero + "bo1 " + zero) == 1);
  CHECK(terms_left(zero + "-bo1" + zero) == 1);
}

TEST_CASE("dictionaries may be as large as they may be") {
  std::vector<std::string> terms;
  for (int i = 0; i < 30'000; ++i) {
    terms.push_back("t" + std::to_string(100'000 + i * 7) + "x");
  }
  std::size_t found = 0;
  const std::string text = "of " + terms[123] + " and " + terms.back() + ", not of t100001x";
  find_residual(as_bytes(text), terms, 1, [&](const ResidualRule& rule, Range value) {
    CHECK(rule.id == "residual.term");
    CHECK(value == Range(found++ == 0 ? 3 : 16, 8));
  });
  CHECK(found == 2);
}

TEST_CASE("how many look for what is left changes nothing of what they find") {
  std::string bytes(3 * 1024 * 1024, '.');
  for (std::size_t at = 100; at + 200 < bytes.size(); at += 30'011) {
    bytes.replace(at, 29, " mara.holt@northwind.example ");
  }
  const auto places = [&](std::size_t workers) {
    std::vector<std::uint64_t> out;
    find_residual(as_bytes(bytes), {}, workers,
                  [&](const ResidualRule&, Range value) { out.push_back(value.from()); });
    return out;
  };
  CHECK(places(1).size() > 100);
  CHECK(places(3) == places(1));
}

TEST_CASE(
    "the planted identifiers are counted, and none is where the first way found all and they are gone") {
  SP_SKIP_WITHOUT_SHARED_DATA("dumps")
  std::string file = read_dump("planted/victim.core.xz");
  const Residual before = residual_of(as_bytes(file));
  const Reading reading = read(as_bytes(file));
  const ScanOfDump scan = scan_dump(as_bytes(file), reading, scan::Scanner(scan::RuleSet::standard()));
  for (const Finding& finding : scan.findings) {
    std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(finding.range.from()), finding.range.size(), '*');
  }
  for (const char* klass : {"person_identity", "financial", "technical", "secret"}) {
    CAPTURE(klass);
    CHECK(before.counts.at(klass) >= 5);
  }
  CHECK(residual_of(as_bytes(file)).total() == 0);
}
