// Scope values that stand in clear, from the submission to the bytes that are stored and signed.
#include "packet/bounds.h"

#include "canon/json.h"
#include "packet/archive.h"
#include "packet/seal.h"
#include "packet/testing/sample.h"

#include <doctest/doctest.h>

using namespace sallyport;
using namespace sallyport::packet;

namespace {

const std::string period = R"({"from":"2026-11-01T00:00:00.000Z","until":"2026-12-01T00:00:00.000Z"})";

std::string read(const std::string& text) {
  Bound bound;
  return from_value(canon::parse(text).value(), bound) ? canon::write(to_value(bound)) : "refused";
}

Result<Submission> submitted(const std::string& bounds, bool with_scope = true,
                             const std::string& of_part = "") {
  canon::Value packet = canon::parse(testing::sample_packet).value();
  packet.object()->set("bounds", canon::parse(bounds).value());
  if (!with_scope) {
    packet.object()->set("scope", canon::Object{});
  }
  if (!of_part.empty()) {
    packet.object()->find("parts")->object()->find("a1")->object()->set("bounds",
                                                                        canon::parse(of_part).value());
  }
  return read_submission(testing::submission_of(std::move(packet)));
}

} // namespace

TEST_CASE("a value in clear says by its shape which type it is, and has one spelling") {
  for (const std::string& text : {period, std::string(R"("module")"), std::string("10"), std::string("-3"),
                                  std::string(R"(["a","b-2"])")}) {
    CHECK(read(text) == text);
  }
  for (const char* text :
       {R"({"from":"2026-11-01T00:00:00.000Z","until":"2026-11-01T00:00:00.000Z"})", // half-open: nothing
        R"({"from":"2026-12-01T00:00:00.000Z","until":"2026-11-01T00:00:00.000Z"})",
        R"({"from":"2026-11-01","until":"2026-12-01"})", R"({"from":"2026-11-01T00:00:00.000Z"})", R"([])",
        R"(["b","a"])", R"(["a","a"])", R"(["Free text"])", R"("Free text")", R"("")", "true", "{}"}) {
    CAPTURE(text);
    CHECK(read(text) == "refused");
  }
  CHECK(read(R"({"from":"2026-11-01T00:00:00.000Z","until":"2026-12-01T00:00:00.000Z","x":1})") == "refused");
}

TEST_CASE(
    "a submission states the dimensions that stand in clear, in any order; the revision has them sorted") {
  const auto s = submitted(R"({"section":["b","a"],"period":)" + period + R"(,"depth":"module","cell":10})",
                           true, R"({"depth":"module"})");
  REQUIRE(s);
  CHECK(std::get<Sections>(s->bounds.at("section").value) == Sections{"a", "b"});
  SealInput input;
  input.packet = PacketId::from_random(1);
  const auto salts = testing::seeded_salts(1);
  const SealedRevision sealed = seal(*s, input, salts).value();
  const Revision revision = read_revision(sealed.bytes).value();
  CHECK(revision.bounds == s->bounds);
  CHECK(revision.parts.at("a1").bounds == s->parts.at("a1").bounds);
  CHECK(sealed.bytes.find(R"("bounds":{"cell":10,"depth":"module","period":)" + period +
                          R"(,"section":["a","b"]})") != std::string::npos);
}

TEST_CASE("a packet without bounds is sealed as it always was, and one with bounds may have no other scope") {
  const auto plain = read_submission(testing::sample_document());
  REQUIRE(plain);
  SealInput input;
  input.packet = PacketId::from_random(1);
  CHECK(seal(*plain, input, testing::seeded_salts(1)).value().bytes.find("bounds") == std::string::npos);
  CHECK(submitted(R"({"depth":"module"})", false));
}

TEST_CASE("a dimension stands in one place; faults name it and no value") {
  const auto refused = [](const std::string& bounds, const std::string& where) {
    const auto s = submitted(bounds);
    REQUIRE_FALSE(s);
    CHECK(s.error().where == where);
    CHECK(s.error().message.find("Secret") == std::string::npos);
  };
  refused(R"({"tenant":"module"})", "/packet/scope");
  refused("{}", "/packet/bounds");
  refused(R"({"depth":"Secret level"})", "/packet/bounds/depth");
  refused(R"({"section":["a","a"]})", "/packet/bounds/section");
  refused(R"({"Secret dimension":"module"})", "/packet/bounds");
}
