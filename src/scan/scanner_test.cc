#include "scan/scanner.h"

#include "base/bytes.h"
#include "scan/testing/deflate.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <string>
#include <type_traits>

using namespace sallyport;
using namespace sallyport::scan;
using sallyport::scan::testing::compressed_zstd;
using sallyport::scan::testing::deflated;

namespace {

const std::string key = "a key of the test";
const std::string secret = "ghp_" + std::string("9aB8cD7eF6gH5iJ4kL3mN2oP1qR0sT9uV8wX");

Dictionary tenants(const std::vector<std::string>& terms) {
  auto made = Dictionary::make(Detector::tenant_identifier, terms, as_bytes(key));
  REQUIRE(made);
  return *std::move(made);
}

// UTF-16 or UTF-32 of characters below U+10000, in either order.
std::string wide(std::u16string_view text, std::size_t width, bool big) {
  std::string out;
  for (const char16_t c : text) {
    std::string unit(width, '\0');
    unit[big ? width - 1 : 0] = static_cast<char>(c & 0xFF);
    unit[big ? width - 2 : 1] = static_cast<char>(c >> 8);
    out += unit;
  }
  return out;
}

template <class F> std::string each(std::string_view text, F&& spell) {
  std::string out;
  for (const char c : text) {
    out += spell(static_cast<unsigned char>(c));
  }
  return out;
}

std::string encode(Encoding encoding, std::string_view text) {
  switch (encoding) {
  case Encoding::base64:
    return to_base64(as_bytes(text));
  case Encoding::base64url:
    return to_base64url(as_bytes(text));
  case Encoding::hex:
    return to_hex(as_bytes(text));
  case Encoding::percent:
    return each(text, [](unsigned c) { return fmt::format("%{:02X}", c); });
  case Encoding::unicode_escape:
    return each(text, [](unsigned c) { return fmt::format("\\u{:04x}", c); });
  case Encoding::html_entity:
    return each(text, [](unsigned c) { return fmt::format("&#{};", c); });
  case Encoding::gzip:
    return deflated(text, 31);
  case Encoding::zlib:
    return deflated(text, 15);
  case Encoding::zip:
    return std::string("PK\x03\x04\x14\0\0\0\x08\0", 10) + std::string(16, '\0') +
           std::string("\1\0\0\0x", 5) + deflated(text, -15);
  case Encoding::zstd:
    return compressed_zstd(text);
  case Encoding::ignorable:
    return each(text, [](unsigned c) { return std::string(1, static_cast<char>(c)) + "\xE2\x80\x8B"; });
  case Encoding::utf16le:
  case Encoding::utf16be:
    return wide(std::u16string(text.begin(), text.end()), 2, encoding == Encoding::utf16be);
  case Encoding::utf32le:
  case Encoding::utf32be:
    return wide(std::u16string(text.begin(), text.end()), 4, encoding == Encoding::utf32be);
  }
  return {};
}

constexpr Encoding encodings[] = {Encoding::base64,  Encoding::base64url,      Encoding::hex,
                                  Encoding::percent, Encoding::unicode_escape, Encoding::html_entity,
                                  Encoding::gzip,    Encoding::zlib,           Encoding::zip,
                                  Encoding::zstd,    Encoding::utf16le,        Encoding::utf32le};

const Finding* find(const ScanResult& result, std::string_view rule) {
  const auto found = std::ranges::find(result.findings, rule, &Finding::rule);
  return found == result.findings.end() ? nullptr : &*found;
}

// Every member has a type in which no value of the input fits; `rule` and `klass` are checked below.
static_assert(std::is_same_v<decltype(Finding::rule), std::string> &&
              std::is_same_v<decltype(Finding::from), std::size_t>);
static_assert(sizeof(Finding) == sizeof(Detector) * 2 + 2 * sizeof(std::string) + 2 * sizeof(std::size_t) +
                                     sizeof(std::vector<Encoding>) + sizeof(Confidence) * 2,
              "a new member of Finding: can it hold a value of the input?");

} // namespace

TEST_CASE("a secret is found in every encoding, and the finding covers its undecoded run") {
  const Scanner scanner(RuleSet::standard());
  for (const Encoding encoding : encodings) {
    CAPTURE(to_string(encoding));
    const std::string run = encode(encoding, secret);
    const std::string text = "before: " + run + " ;after";
    const ScanResult result = scanner.scan(text);
    const Finding* finding = find(result, "secret.github");
    REQUIRE(finding != nullptr);
    CHECK(result.complete);
    CHECK((finding->via.back() == encoding || encoding == Encoding::base64url)); // no sign that differs
    CHECK(finding->from == 8);
    CHECK(finding->until >= 8 + run.size() - 8); // a gzip trailer or padding may stay outside
    CHECK(finding->until <= 8 + run.size() + 1);
  }
}

TEST_CASE("every pair of encodings, one inside the other") {
  const Scanner scanner(RuleSet::standard());
  for (const Encoding outer : encodings) {
    for (const Encoding inner : encodings) {
      CAPTURE(to_string(outer));
      CAPTURE(to_string(inner));
      const bool compressed = inner == Encoding::gzip || inner == Encoding::zlib || inner == Encoding::zip ||
                              inner == Encoding::zstd;
      const bool bytes_in_wide = is_wide(outer) && (compressed || is_wide(inner));
      const bool bytes_as_code_points = outer == Encoding::unicode_escape || outer == Encoding::html_entity;
      if (bytes_in_wide || (bytes_as_code_points && compressed)) {
        continue; // text formats carry text
      }
      CHECK(find(scanner.scan("x " + encode(outer, encode(inner, secret)) + " y"), "secret.github") !=
            nullptr);
    }
  }
}

TEST_CASE("a name is found in UTF-16 and UTF-32, in either order, at any offset") {
  const Scanner scanner(RuleSet::standard(), {tenants({"Northwind Harbour", "Владивосток"})});
  for (const std::size_t width : {2U, 4U}) {
    for (const bool big : {false, true}) {
      for (const std::u16string_view name : {u"the Northwind Harbour case", u"в городе Владивосток"}) {
        for (std::size_t before = 0; before < width; ++before) {
          CAPTURE(width);
          CAPTURE(big);
          CAPTURE(before);
          const ScanResult result = scanner.scan(std::string(before, 'x') + wide(name, width, big) + "y");
          REQUIRE(find(result, "term.tenant") != nullptr);
          CHECK(is_wide(find(result, "term.tenant")->via.back()));
          CHECK(result.complete);
        }
      }
    }
  }
}

TEST_CASE("characters that nobody sees hide no value of any rule, and change no offset") {
  const Scanner scanner(RuleSet::standard());
  for (const char* sign : {"\u200B", "\u200C", "\u200D", "\u2060", "\uFEFF", "\u00AD", "\uFE0F", "\u034F",
                           "\u202E", "\U000E0041"}) {
    CAPTURE(sign);
    const std::string s = sign;
    CHECK(find(scanner.scan("mail jo" + s + ".lind@mail.exa" + s + "mple"), "person.email") != nullptr);
    CHECK(find(scanner.scan("41" + s + "11 1111 1" + s + "111 1111"), "customer.card") != nullptr);
    CHECK(find(scanner.scan("pass" + s + "word=Tr0ub4" + s + "dor&3xY"), "secret.assigned_password") !=
          nullptr);
    const ScanResult result = scanner.scan(s + "is jo.lind@mail.example" + s + " it");
    REQUIRE(result.findings.size() == 1);
    CHECK(result.findings[0].from == s.size() + 3);
    CHECK(result.findings[0].until == s.size() + 3 + 20);
    CHECK(result.findings[0].via.empty());
  }
}

TEST_CASE("three decoders deep is read; what goes deeper is said") {
  const Scanner scanner(RuleSet::standard());
  std::string text = secret;
  for (int depth = 1; depth <= 3; ++depth) {
    text = to_base64(as_bytes(text));
    const ScanResult result = scanner.scan(text);
    CAPTURE(depth);
    CHECK(find(result, "secret.github") != nullptr);
    CHECK(result.complete);
  }
  const ScanResult result = scanner.scan(to_base64(as_bytes(text)));
  CHECK(find(result, "secret.github") == nullptr);
  CHECK_FALSE(result.complete);
  REQUIRE(find(result, "budget.depth") != nullptr);
  CHECK(find(result, "budget.depth")->detector == Detector::unscanned);
}

TEST_CASE("a compressed stream that is cut off gives what came before the cut") {
  const Scanner scanner(RuleSet::standard());
  std::mt19937_64 random(9);
  std::string text = "token: " + secret + " ";
  while (text.size() < 400 * 1024) {
    text += fmt::format("{:x} ", random() % 65536);
  }
  for (const std::string& whole : {deflated(text, 31), deflated(text, 15), compressed_zstd(text)}) {
    const ScanResult result = scanner.scan("x" + whole.substr(0, whole.size() * 3 / 4));
    REQUIRE(find(result, "secret.github") != nullptr);
    CHECK(find(result, "secret.github")->from == 1);
  }
}

TEST_CASE("what stands beside escapes is decoded once, and does not use up the depth") {
  const Scanner scanner(RuleSet::standard());
  const ScanResult result =
      scanner.scan("%41 &#66; \\u0043 " + to_base64(as_bytes("mail to jo.lind@mail.example")));
  CHECK(result.complete);
  REQUIRE(result.findings.size() == 1);
  CHECK(result.findings[0].via == std::vector{Encoding::base64});
}

TEST_CASE("hostile inputs of 4 MiB end within the budgets, and say that they were not read to the end") {
  constexpr std::size_t size = 4 * 1024 * 1024;
  const Scanner scanner(RuleSet::standard());
  std::string nested(size * 27 / 64 / 4, 'a');
  std::mt19937_64 random(3);
  std::ranges::generate(nested, [&] { return static_cast<char>('a' + random() % 26); });
  for (int i = 0; i < 5; ++i) {
    nested = to_base64(as_bytes(nested));
  }
  nested.resize(size);
  const std::string bomb = deflated(std::string(64 * 1024 * 1024, 'z'), 31);
  std::string keys;
  while (keys.size() < size) {
    keys += "password";
  }
  std::string starts;
  while (starts.size() < size) {
    starts += "x\x9c";
  }
  std::string mails;
  while (mails.size() < size) {
    mails += "a@b.io ";
  }
  for (const std::string* text : std::array<const std::string*, 5>{&nested, &bomb, &keys, &starts, &mails}) {
    CAPTURE(text->substr(0, 8));
    const auto begin = std::chrono::steady_clock::now();
    const ScanResult result = scanner.scan(*text);
    CHECK(std::chrono::steady_clock::now() - begin <
          std::chrono::seconds(60)); // sanitised; 100 times less in release
    CHECK_FALSE(result.complete);
    CHECK(result.findings.back().detector == Detector::unscanned);
    CHECK(result.bytes_scanned <= text->size() + scanner.rules().budgets().decoded_bytes);
    CHECK(result.findings.size() <= scanner.rules().budgets().findings + 4);
  }
}

TEST_CASE("4 MiB without a decodable run or a match take time in proportion") {
  const Scanner scanner(RuleSet::standard());
  for (const char* word : {"authorization ", "<Paragraph ", "a%zz&#;\\u12 ", "4111 ", "ab:"}) {
    std::string text;
    while (text.size() < 4 * 1024 * 1024) {
      text += word;
    }
    const auto begin = std::chrono::steady_clock::now();
    CHECK(scanner.scan(text).complete);
    CHECK(std::chrono::steady_clock::now() - begin <
          std::chrono::seconds(60)); // sanitised; what is quadratic takes hours
  }
}

TEST_CASE("findings say where and which rule, never what") {
  const Scanner scanner(RuleSet::standard(), {tenants({"Northwind Harbour"})});
  const std::string text =
      secret + " northwind-harbour jo.lind@mail.example " + encode(Encoding::hex, secret);
  const ScanResult result = scanner.scan(text);
  CHECK(result.findings.size() >= 4);
  std::vector<std::string_view> ids;
  for (const Rule& rule : scanner.rules().rules()) {
    ids.push_back(rule.id);
  }
  for (const Finding& finding : result.findings) {
    CHECK(std::ranges::find(ids, finding.rule) != ids.end());
    CHECK(text.find(finding.klass) == std::string::npos);
  }
  CHECK(std::ranges::is_sorted(result.findings, {}, &Finding::from));
}

TEST_CASE(
    "the rule-set digest moves with a budget, the dictionary digest with a term or key, neither with order") {
  const RuleSet standard = RuleSet::standard();
  CHECK(standard.digest() == RuleSet::standard().digest());
  CHECK(standard.digest() != RuleSet::standard({.depth = 2}).digest());
  const Dictionary one = tenants({"Northwind", "Acme Corp"});
  CHECK(one.digest() == tenants({"acme corp", "NORTHWIND"}).digest());
  CHECK(one.digest() != tenants({"Northwind"}).digest());
  CHECK(one.digest() != Dictionary::make(Detector::tenant_identifier,
                                         std::vector<std::string>{"Northwind", "Acme Corp"},
                                         as_bytes(std::string("another key, of test")))
                            ->digest());
  const Dictionary two =
      *Dictionary::make(Detector::operator_identifier, std::vector<std::string>{"Ode Lund"}, as_bytes(key));
  CHECK(Scanner(standard, {one, two}).dictionary_digest() ==
        Scanner(standard, {two, one}).dictionary_digest());
  CHECK(Scanner(standard, {one}).dictionary_digest() != Scanner(standard).dictionary_digest());
}

TEST_CASE("random bytes and random edits of hostile texts never leave the input's bounds") {
  std::mt19937_64 random(11);
  const Scanner scanner(RuleSet::standard(), {tenants({"Acme", "Northwind Harbour"})});
  const std::string seed =
      "password=\"q9Zx7Kw2\" %41%u &#x41; \\u0041\\ud83d\\ude00 +1 (415) 555-0132 C:\\Users\\a\\b PK\x03\x04 "
      "-----BEGIN RSA PRIVATE KEY----- 4111 1111 1111 1111 GB82WEST ::ffff:192.0.2.128 Cookie: sid=abc "
      "<x:Assertion >";
  for (int round = 0; round < 400; ++round) {
    std::string text = seed;
    for (int i = 0; i < 12; ++i) {
      text[random() % text.size()] = static_cast<char>(random() % 256);
    }
    text.resize(random() % (text.size() + 1));
    for (const Finding& finding : scanner.scan(text).findings) {
      CHECK(finding.from < finding.until);
      CHECK(finding.until <= text.size());
    }
  }
}
