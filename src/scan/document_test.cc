#include "scan/document.h"

#include "canon/json.h"
#include "scan/testing/deflate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace sallyport;
using namespace sallyport::scan;
using canon::Array;
using canon::Object;
using canon::Value;
using sallyport::scan::testing::deflated;

namespace {

const std::string key = "a key of the test";
const std::string token = "ghp_" + std::string("9aB8cD7eF6gH5iJ4kL3mN2oP1qR0sT9uV8wX");

Scanner scanner() {
  return Scanner(RuleSet::standard(),
                 {*Dictionary::make(Detector::tenant_identifier,
                                    std::vector<std::string>{"Northwind Harbour", "Acme"}, as_bytes(key))});
}

std::vector<std::string> pointers(const DocumentResult& result, std::string_view rule) {
  std::vector<std::string> out;
  for (const Located& located : result.findings) {
    if (located.finding.rule == rule) {
      out.push_back(located.pointer);
    }
  }
  return out;
}

using Pointers = std::vector<std::string>;

// The value in every spelling in which it could have stayed behind.
bool contains(const std::string& json, const std::string& value) {
  const std::string part = value.substr(0, value.size() / 2);
  for (const std::string& form : {value, to_hex(as_bytes(value)), to_base64(as_bytes(value)).substr(0, 12),
                                  part, std::string(value.rbegin(), value.rend())}) {
    if (json.find(form) != std::string::npos) {
      return true;
    }
  }
  return false;
}

} // namespace

TEST_CASE("findings carry the pointer: values, names, integers") {
  const Value value = Object{{"a/b", Object{{"note", "for Northwind Harbour"}}},
                             {"list", Array{"x", "mail jo.lind@mail.example"}},
                             {"northwind-harbour", 1},
                             {"number", std::int64_t{4111111111111111}}};
  const DocumentResult result = scan_value(scanner(), value);
  CHECK(pointers(result, "term.tenant") == Pointers{"/a~1b/note", "/northwind-harbour"});
  CHECK(pointers(result, "person.email") == Pointers{"/list/1"});
  CHECK(pointers(result, "customer.card") == Pointers{"/number"});
  CHECK(result.complete);
}

TEST_CASE("a tenant's name that is split across fields is found at each of them") {
  CHECK(
      pointers(scan_value(scanner(), Object{{"x", Object{{"a", "about North"}, {"b", "wind Harbour case"}}}}),
               "term.tenant") == Pointers{"/x/a", "/x/b"});
  CHECK(pointers(scan_value(scanner(), Object{{"a", "Ac"}, {"b", "me"}, {"c", "other"}}), "term.tenant") ==
        Pointers{"/a", "/b"});
  CHECK(pointers(scan_value(scanner(), Array{Object{{"v", "Northwind"}}, Object{{"v", "Harbour"}}}),
                 "term.tenant") == Pointers{"/0/v", "/1/v"});
  CHECK(pointers(scan_value(scanner(),
                            Object{{"a", "north"}, {"b", Object{{"c", "between"}}}, {"c", "windharbour"}}),
                 "term.tenant") == Pointers{"/a", "/c"});
  const std::string encoded = to_base64(as_bytes("the case of Northwind Harbour"));
  CHECK(pointers(scan_value(scanner(), Object{{"a", encoded.substr(0, 17)}, {"b", encoded.substr(17)}}),
                 "term.tenant") == Pointers{"/a", "/b"});
  CHECK(scan_value(scanner(), Object{{"a", "Acm"}, {"b", "never"}}).findings.empty());
  const std::string much(20'000, '.');
  const DocumentResult edges =
      scan_value(scanner(), Object{{"a", much + "North"}, {"b", Object{{"c", "wind Harbour" + much}}}});
  REQUIRE(edges.findings.size() == 2);
  CHECK(edges.findings[0].place == Place::split);
  CHECK(edges.findings[0].finding.from == much.size());
  CHECK(edges.findings[0].finding.until == much.size() + 5);
  CHECK(edges.findings[1].finding.from == 0);
  CHECK(edges.findings[1].finding.until == 12);
}

TEST_CASE("a digest behind the end of a token, or of its beginning, is no part of it") {
  const std::string digest(64, 'a');
  for (const std::size_t cut : {4U, 20U, 39U, 40U}) {
    CAPTURE(cut);
    const Value value = Object{{"a", "it was " + token.substr(0, cut)}, {"b", Object{{"content", digest}}}};
    const Pointers found = pointers(scan_value(scanner(), value), "secret.github");
    CHECK(std::ranges::find(found, "/b/content") == found.end());
  }
}

TEST_CASE("a secret that is split between two fields is withheld from both, wherever they stand") {
  const std::string text(10'000, '.');
  for (const std::size_t cut : {2U, 4U, 10U, 20U, 34U}) {
    for (const char* gap : {"", " ", "\n  ", "\u200B"}) {
      CAPTURE(cut);
      const std::string first = text + " it was " + token.substr(0, cut) + gap;
      const std::string second = gap + token.substr(cut) + " that they saw" + text;
      const Value value = Object{{"claims", Array{Object{{"text", first}}, Object{{"text", second}}}},
                                 {"narrative", "nothing here"}};
      const auto withheld = withhold(scanner(), value, as_bytes(key));
      REQUIRE(withheld);
      REQUIRE(withheld->list.size() == 2);
      CHECK(withheld->list[0].pointer == "/claims/0/text");
      CHECK(withheld->list[1].pointer == "/claims/1/text");
      CHECK(std::ranges::none_of(scan_value(scanner(), withheld->value).findings,
                                 [](const Located& l) { return l.finding.klass == secret_class; }));
    }
  }
  // The half that has the anchor may come last, and other fields between.
  const Value apart = Object{{"a", token.substr(21) + " was the end"},
                             {"b", "The gate was closed at noon"},
                             {"c", Object{{"d", "and another field"}}},
                             {"e", "the beginning is " + token.substr(0, 21)}};
  const auto withheld = withhold(scanner(), apart, as_bytes(key));
  REQUIRE(withheld);
  CHECK(pointers(scan_value(scanner(), apart), "secret.github") == Pointers{"/e", "/a"});
  REQUIRE(withheld->list.size() == 2);
  CHECK(*withheld->value.find("b")->string() == "The gate was closed at noon");
}

TEST_CASE("a session token or the header of a key is found with its halves in any order") {
  const std::string jwt =
      "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJ0ZW5hbnQiOiJ0bnQtYWI5In0.c2lnbmF0dXJlLXNhbXBsZQ";
  const auto both = [](const std::string& first, const std::string& second) {
    return scan_value(scanner(), Object{{"a", second}, {"b", "between"}, {"c", "it was " + first}});
  };
  for (const std::size_t cut : {10U, 20U, 33U, 50U}) {
    CAPTURE(cut);
    CHECK(pointers(both(jwt.substr(0, cut), jwt.substr(cut)), "secret.jwt") == Pointers{"/c", "/a"});
  }
  CHECK(pointers(both("-----BEGIN EC PRI", "VATE KEY-----"), "secret.private_key") == Pointers{"/c", "/a"});
}

TEST_CASE("the header of a key in one field takes the rest of its armour in the next along") {
  const std::string body = to_base64(as_bytes(std::string(900, 'k') + token + "mixed"));
  const Value value = Object{{"a", "-----BEGIN RSA PRIVATE KEY-----\n" + body.substr(0, 300)},
                             {"b", body.substr(300) + "\n-----END RSA PRIVATE KEY-----"},
                             {"c", "after it"}};
  const auto withheld = withhold(scanner(), value, as_bytes(key));
  REQUIRE(withheld);
  REQUIRE(withheld->list.size() == 2);
  CHECK(withheld->list[1].pointer == "/b");
}

TEST_CASE("a field behind one that ends in the beginning of a token is no part of it") {
  const Value value = Object{{"a", "they named the token " + token.substr(0, 12)},
                             {"b", "The gate was closed by the operator at noon, and nobody came"},
                             {"c", token},
                             {"d", "behind a whole one"}};
  CHECK(pointers(scan_value(scanner(), value), "secret.github") == Pointers{"/c"});
}

TEST_CASE("many fields with unfinished tokens end within the budget, and say so") {
  Array fields;
  for (int i = 0; i < 4000; ++i) {
    fields.push_back("ghp_9aB8cD7eF6gH5iJ4");
  }
  const DocumentResult result = scan_value(scanner(), Object{{"fields", std::move(fields)}});
  CHECK_FALSE(result.complete);
}

TEST_CASE("a base64 of UTF-16, and a file name, hide nothing") {
  Spent spent;
  std::string wide;
  for (const char c : std::string("Northwind Harbour")) {
    wide += c;
    wide += '\0';
  }
  const DocumentResult part = scan_part(scanner(), "see " + to_base64(as_bytes(wide)), "text/plain",
                                        "dump-NORTHWIND_harbour.txt", spent);
  REQUIRE(part.findings.size() == 2);
  CHECK(part.findings[0].place == Place::file_name);
  CHECK(part.findings[1].place == Place::part_bytes);
  CHECK(part.findings[1].finding.via == std::vector{Encoding::base64, Encoding::utf16le});
}

TEST_CASE("a JSON part is read as JSON too, and a closed container is not called complete") {
  Spent spent;
  const DocumentResult json =
      scan_part(scanner(), R"({"a":"North","b":"wind Harbour"})", "application/json", "a.json", spent);
  CHECK(pointers(json, "term.tenant") == Pointers{"/a", "/b"});
  const DocumentResult zstd =
      scan_part(scanner(), "\x28\xB5\x2F\xFDxxxx", "application/zstd", "a.zst", spent);
  CHECK_FALSE(zstd.complete);
  CHECK(zstd.findings.back().finding.rule == "budget.container");
}

TEST_CASE("a member's name makes its value a credential") {
  const Value value = Object{{"password", "correct horse 7"},
                             {"sessionToken", "q9Zx7Kw2LmPvT4RbYc8D"},
                             {"session", "se-4411-a"},
                             {"token_type", "q9Zx7Kw2LmPvT4RbYc8D"}};
  const DocumentResult result = scan_value(scanner(), value);
  CHECK(pointers(result, "secret.assigned_password") == Pointers{"/password"});
  CHECK(pointers(result, "secret.assigned_token") == Pointers{"/sessionToken"});
  CHECK(result.findings.size() == 2);
}

TEST_CASE("withholding replaces the value, wherever else and however else it stands") {
  const Value value = Object{
      {"credentials", Object{{"password", "qZ7-kelp-Wx2"}}},
      {"note", "they typed qZ7-kelp-Wx2 twice"},
      {"encoded", to_base64(as_bytes("log: qZ7-kelp-Wx2 accepted"))},
      {"hex", to_hex(as_bytes("qZ7-kelp-Wx2"))},
      {"list", Array{token, "plain"}},
      {"split", Object{{"a", token.substr(0, 20)}, {"b", token.substr(20)}}},
      {"named", Object{{token, "x"}}},
      {"kept", "for Northwind Harbour"},
  };
  const auto withheld = withhold(scanner(), value, as_bytes(key));
  REQUIRE(withheld);
  CHECK(withheld->complete);
  const std::string json = canon::write(withheld->value);
  CHECK_FALSE(contains(json, token));
  CHECK_FALSE(contains(json, "qZ7-kelp-Wx2"));
  CHECK(json.find("for Northwind Harbour") != std::string::npos);
  CHECK(json.find("plain") != std::string::npos);
  Pointers at;
  for (const Withholding& w : withheld->list) {
    at.push_back(w.pointer);
    CHECK(w.klass == "secret");
  }
  CHECK(at == Pointers{"/credentials/password", "/encoded", "/hex", "/list/0", "/named", "/note", "/split/a",
                       "/split/b"});
  CHECK(*withheld->value.find("hex")->find("withheld")->boolean());
  CHECK(*withheld->value.find("hex")->find("class")->string() == "secret");
  CHECK(withheld->value.find("hex")->find("digest")->string()->size() == 64);
}

TEST_CASE("the digest of a withheld value is keyed, equal for equal values, and withholding twice changes "
          "nothing") {
  const Value value = Object{{"a", token}, {"b", token}};
  const auto once = withhold(scanner(), value, as_bytes(key));
  REQUIRE(once);
  REQUIRE(once->list.size() == 2);
  CHECK(once->list[0].digest == once->list[1].digest);
  const auto other = withhold(scanner(), value, as_bytes(std::string("another key, of test")));
  REQUIRE(other);
  CHECK(other->list[0].digest != once->list[0].digest);
  const auto twice = withhold(scanner(), once->value, as_bytes(key));
  REQUIRE(twice);
  CHECK(twice->list.empty());
  CHECK(twice->value == once->value);
  CHECK_FALSE(withhold(scanner(), value, as_bytes("short")));
}

TEST_CASE("nothing is withheld from a value without a secret") {
  const Value value =
      Object{{"a", "for Northwind Harbour"}, {"b", Array{1, true, nullptr, "jo.lind@mail.example"}}};
  const auto withheld = withhold(scanner(), value, as_bytes(key));
  REQUIRE(withheld);
  CHECK(withheld->list.empty());
  CHECK(withheld->value == value);
}

TEST_CASE(
    "parts share one budget: sixteen that unfold without end cost what one may, and none is called clean") {
  std::string nested = deflated(deflated(std::string(64 << 20, '\0'), 31), 31);
  Spent spent;
  std::size_t read = 0;
  int complete = 0;
  for (int i = 0; i < 16; ++i) {
    const DocumentResult part = scan_part(scanner(), nested, "application/gzip", "a.gz", spent);
    read += part.bytes_scanned;
    complete += part.complete ? 1 : 0;
  }
  CHECK(complete == 0);
  CHECK(read < 3 * Budgets{}.decoded_bytes);
}
