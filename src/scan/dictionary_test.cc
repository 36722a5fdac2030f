#include "scan/dictionary.h"

#include "scan/scanner.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sallyport;
using namespace sallyport::scan;

namespace {

const std::string key = "a key of the test";

bool hits(const std::string& term, std::string_view text) {
  const auto dictionary = Dictionary::make(Detector::tenant_identifier, std::vector{term}, as_bytes(key));
  REQUIRE(dictionary);
  bool hit = false;
  dictionary->find(text, [&](std::size_t from, std::size_t until) {
    CHECK(from < until);
    CHECK(until <= text.size());
    hit = true;
  });
  return hit;
}

} // namespace

TEST_CASE("a tenant's name is found however it is written") {
  for (const char* text : {
           "Northwind Harbour",
           "the NORTHWIND HARBOUR case",
           "northwind-harbour",
           "northwind_harbour.zip",
           "North wind  Harbour",
           "n.o.r.t.h.w.i.n.d h.a.r.b.o.u.r",
           "NorthwindHarbour2026",
           "xnorthwindharbourx",
           "Nоrthwind Hаrbоur", // Cyrillic o, a
           "Νorthwind Ηarbour", // Greek capitals
           "North\xE2\x80\x8Bwind Har\xC2\xAD"
           "bour",                              // zero-width space, soft hyphen
           "N\xEF\xB8\x8Forthwind Harbour",     // variation selector
           "Ｎｏｒｔｈｗｉｎｄ Ｈａｒｂｏｕｒ", // full width
           "𝐍𝐨𝐫𝐭𝐡𝐰𝐢𝐧𝐝 Harbour",                 // mathematical bold
           "Nörthwind Hárbour",
           "Northw\xC4\xB1"
           "nd Harbour", // diacritics, dotless i
           "Northwind\xC2\xA0Harbour",
           "Northwind\nHarbour",
           "(Northwind,Harbour)",
       }) {
    CAPTURE(text);
    CHECK(hits("Northwind Harbour", text));
  }
  CHECK(hits("Nоrthwind", "northwind")); // the look-alike in the term itself
  CHECK(hits("Straße Nord", "STRASSE NORD"));
  CHECK(hits("Владивосток", "г. ВЛАДИВОСТОК"));
  CHECK_FALSE(hits("Northwind Harbour", "Northwind and the Harbour"));
  CHECK_FALSE(hits("Northwind Harbour", std::string_view("Northwind\0Harbour", 17)));
}

TEST_CASE("a long name is found backwards too, and a short one is not") {
  CHECK(hits("Northwind", "see dniwhtroN there"));
  CHECK(hits("Northwind Harbour", "RUOBRAH-dniwhtron"));
  CHECK(hits("Northwind Harbour", "xruobr\u200Bahdniwhtronx"));
  CHECK(hits("Владивосток", "котсовидалВ"));
  CHECK_FALSE(hits("Acme", "emca"));
  CHECK(hits("Deified", "deified"));
  const auto dictionary =
      Dictionary::make(Detector::tenant_identifier, std::vector<std::string>{"Northwind"}, as_bytes(key));
  REQUIRE(dictionary);
  CHECK(dictionary->size() == 1);
}

TEST_CASE("a short term is a whole word, unbroken") {
  CHECK(hits("Ode", "for Ode."));
  CHECK(hits("Ode", "ODE"));
  CHECK(hits("Ode", "x_ode-1"));
  CHECK(hits("Ode", std::string_view("\x01\x02\0ode\0\x03", 7)));
  CHECK_FALSE(hits("Ode", "a node and a model"));
  CHECK_FALSE(hits("Ode", "o de"));
  CHECK_FALSE(hits("Ode", "ode2"));
  CHECK_FALSE(hits("Ode", "\x81\x02"
                          "ode\x90\x03")); // binary noise is no text
  CHECK(hits("A.B.C.", "abc"));
  CHECK(hits("A.B.C.", "A B C"));
}

TEST_CASE("a long term that is broken by foreign separators must begin and end at a word's edge") {
  CHECK(hits("therapist", "the rapist"));
  CHECK_FALSE(hits("therapist", "breathe rapists"));
  CHECK_FALSE(hits("therapist", "the         rapist")); // more separators than a gap has
}

TEST_CASE("a seam between fields neither hides a term nor glues its neighbours on") {
  CHECK(hits("Acme", "said\x1f"
                     "Ac\x1fme\x1f"
                     "next"));
  CHECK(hits("Northwind Harbour", "xNorthw\x1find Harbourx"));
  CHECK_FALSE(hits("Acme", "Ac\x1fmember"));
}

TEST_CASE("several terms, also ones inside others, are each found") {
  const auto dictionary =
      Dictionary::make(Detector::tenant_identifier,
                       std::vector<std::string>{"Northwind", "wind farm", "Northwind Farms"}, as_bytes(key));
  REQUIRE(dictionary);
  std::vector<std::pair<std::size_t, std::size_t>> found;
  dictionary->find("a Northwind Farms",
                   [&](std::size_t from, std::size_t until) { found.emplace_back(from, until); });
  CHECK(found == std::vector<std::pair<std::size_t, std::size_t>>{{2, 11}, {7, 16}, {2, 17}});
}

TEST_CASE("a dictionary refuses what it could not match, without echoing it") {
  const auto error = [](Detector detector, std::vector<std::string> terms, std::string_view with = key) {
    const auto made = Dictionary::make(detector, terms, as_bytes(with));
    REQUIRE_FALSE(made);
    return made.error();
  };
  CHECK(error(Detector::tenant_identifier, {"Northwind", "Qz"}).where == "1");
  CHECK(error(Detector::tenant_identifier, {"Northwind", "Qz"}).message.find("Qz") == std::string::npos);
  CHECK(error(Detector::tenant_identifier, {"--.--"}).code == ErrorCode::malformed);
  CHECK(error(Detector::tenant_identifier, {"Nor\x80th"}).code == ErrorCode::malformed);
  CHECK(error(Detector::tenant_identifier, {}).code == ErrorCode::too_large);
  CHECK(error(Detector::secret_or_token, {"Northwind"}).code == ErrorCode::unsupported);
  CHECK(error(Detector::tenant_identifier, {"Northwind"}, "short").code == ErrorCode::malformed);
  CHECK(error(Detector::tenant_identifier, std::vector<std::string>(1, std::string(300'000, 'a'))).code ==
        ErrorCode::too_large);
}
