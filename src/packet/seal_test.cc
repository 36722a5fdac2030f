#include "packet/seal.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "packet/testing/sample.h"
#include "packet/view.h"

#include "base/testing/shared_data.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace sallyport;
using namespace sallyport::packet;
using namespace sallyport::packet::testing;
using canon::Array;
using canon::Object;
using canon::Value;

namespace {

SealInput sample_input() {
  SealInput input;
  input.packet = PacketId::from_random(5);
  input.revision = 2;
  input.predecessors = {{PacketId::from_random(5), 1, crypto::sha256("one")}};
  input.withheld = {{"w1", {"/privileged_path", "replayable_token", crypto::sha256("keyed")}}};
  input.ruleset = crypto::sha256("rules");
  input.findings = 3;
  return input;
}

SealedRevision sample_seal(std::uint64_t seed = 1) {
  return seal(sample_submission(), sample_input(), seeded_salts(seed)).value();
}

std::set<std::string> names_of(const std::vector<Disclosure>& disclosures) {
  std::set<std::string> names;
  for (const Disclosure& d : disclosures) {
    names.insert(d.name);
  }
  return names;
}

std::string worked(const std::string& name) {
  return sallyport::testing::read_file(sallyport::testing::shared_data("vectors/worked-bundle/" + name));
}

} // namespace

TEST_CASE("sealing is a function of submission, input and salts") {
  const SealedRevision one = sample_seal();
  const SealedRevision again = sample_seal();
  CHECK(one.bytes == again.bytes);
  CHECK(one.digest == again.digest);
  CHECK(one.digest == crypto::sha256(one.bytes));
  CHECK(sample_seal(2).digest != one.digest);
}

TEST_CASE("every disclosure is in _sd, every digest of _sd has its disclosure, and no name comes twice") {
  const SealedRevision sealed = sample_seal();
  const Revision revision = read_revision(sealed.bytes).value();
  CHECK(revision.sd == sorted_digests(sealed.disclosures));
  CHECK(names_of(sealed.disclosures).size() == sealed.disclosures.size());
  CHECK(std::ranges::is_sorted(sealed.disclosures, {}, &Disclosure::name));
  for (const Disclosure& d : sealed.disclosures) {
    const auto opened = open_disclosure(d.encoded);
    REQUIRE(opened);
    CHECK(opened->name == d.name);
    CHECK(opened->value == d.value);
    CHECK(opened->digest == d.digest);
    CHECK(d.digest == crypto::sha256(d.encoded).base64url());
  }
}

TEST_CASE("each submitted value becomes the disclosure that its pointer names") {
  const SealedRevision sealed = sample_seal();
  const std::set<std::string> expected = {"/authors",
                                          "/caveats/k1/text",
                                          "/caveats/k2/text",
                                          "/citations/c1/record",
                                          "/citations/c2/record",
                                          "/claims/m1/text",
                                          "/claims/m2/text",
                                          "/merges/d1/case",
                                          "/merges/d1/reason",
                                          "/narrative",
                                          "/operator",
                                          "/operator:pseudonym",
                                          "/parts/a1/file_name",
                                          "/privileged_path",
                                          "/privileged_path:coarse",
                                          "/scope/tenant/t1",
                                          "/scope/tenant/t1:pseudonym",
                                          "/scope/tenant/t2",
                                          "/scope/tenant/t2:pseudonym",
                                          "/session",
                                          "/triage/by",
                                          "/upstream",
                                          "/upstream_digest",
                                          "/withheld/w1/digest"};
  CHECK(names_of(sealed.disclosures) == expected);
  const auto record = std::ranges::find(sealed.disclosures, "/citations/c2/record", &Disclosure::name);
  CHECK(
      canon::write(record->value) ==
      R"({"content":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","key":"Secret key two",)"
      R"("occurred_at":"2026-11-19T23:40:02.222Z","pins":{"version":"Secret pin v881"}})");
}

TEST_CASE("the clear part holds no submitted value") {
  const SealedRevision sealed = sample_seal();
  CHECK(sealed.bytes.find("ecret") == std::string::npos); // every text of the sample has it
  std::size_t looked_for = 0;
  each_pointer(sample_document(), "", [&](const std::string& pointer, const Value& value) {
    const bool hidden =
        pointer.find("/fields/") != std::string::npos || pointer.ends_with("/value") ||
        pointer.ends_with("/text") || pointer.ends_with("/reason") || pointer.ends_with("/case") ||
        pointer.ends_with("/key") || pointer.ends_with("/content") || pointer.ends_with("/occurred_at") ||
        pointer.ends_with("/pseudonym") || pointer.ends_with("/coarse") || pointer.ends_with("/file_name") ||
        pointer.find("/pins/") != std::string::npos || pointer == "/upstream_digest" ||
        pointer.find("/authors/") != std::string::npos || pointer.ends_with("/triage/by");
    if (!hidden || value.object() != nullptr || value.array() != nullptr) {
      return;
    }
    CAPTURE(pointer);
    const std::string text = value.string() != nullptr ? *value.string() : canon::write(value);
    CHECK(sealed.bytes.find(text) == std::string::npos);
    ++looked_for;
  });
  CHECK(looked_for > 20);
}

TEST_CASE("the revision reads back, with what is in clear") {
  const SealedRevision sealed = sample_seal();
  const Revision r = read_revision(sealed.bytes).value();
  CHECK(r.digest == sealed.digest);
  CHECK(r.packet == PacketId::from_random(5));
  CHECK(r.number == 2);
  CHECK(r.lane == "Q-PSR");
  CHECK(r.triage_stamp == "ts_2291");
  CHECK(r.predecessors.size() == 1);
  CHECK(r.predecessors[0].digest == crypto::sha256("one"));
  CHECK(r.caveats == std::vector<std::string>{"k1", "k2"});
  CHECK(r.citations.at("c1").supports == std::vector<std::string>{"m1", "m2"});
  CHECK(r.scope.at("tenant") == std::vector<std::string>{"t1", "t2"});
  CHECK(r.parts.at("a1").bytes == 17);
  CHECK(r.parts.at("a1").include);
  CHECK(r.parts.at("a1").sha256 == crypto::sha256("Secret annex text"));
  CHECK(as_text(sealed.parts.at("a1").content) == "Secret annex text");
  CHECK(r.withheld.at("w1").secret_class == "replayable_token");
  CHECK(r.withheld.at("w1").at == "/privileged_path");
  CHECK(r.ruleset == crypto::sha256("rules"));
  CHECK(r.findings == 3);

  Submission without = sample_submission();
  without.caveats.clear();
  const SealedRevision none = seal(without, sample_input(), seeded_salts(1)).value();
  CHECK(none.bytes.find(R"("caveats":"none")") != std::string::npos);
  CHECK(read_revision(none.bytes)->caveats.empty());
}

TEST_CASE("a name that would stand twice is refused") {
  Submission s = sample_submission();
  s.fields["/upstream_digest"].value = "x";
  CHECK_FALSE(seal(s, sample_input(), seeded_salts(1)));
  s = sample_submission();
  s.fields["/lane"].value = "x";
  CHECK_FALSE(seal(s, sample_input(), seeded_salts(1)));
  s = sample_submission();
  s.fields["/operator:pseudonym"].value = "x";
  CHECK_FALSE(seal(s, sample_input(), seeded_salts(1)));
  SealInput input = sample_input();
  input.withheld["w1"].at = "/nowhere";
  CHECK_FALSE(seal(sample_submission(), input, seeded_salts(1)));
  input.withheld["w1"].at = "/parts/a1";
  CHECK(seal(sample_submission(), input, seeded_salts(1)));
}

TEST_CASE("a revision with a member too many or too few, or of another type, is refused") {
  const Value whole = canon::parse(sample_seal().bytes).value();
  std::size_t tried = 0;
  each_pointer(whole, "", [&](const std::string& pointer, const Value& value) {
    CAPTURE(pointer);
    if (value.object() != nullptr) {
      Value changed = whole;
      find_mutable(changed, pointer)->object()->set("Zz", 1);
      CHECK_FALSE(read_revision(canon::write(changed)));
      ++tried;
    }
    if (!pointer.empty()) {
      Value changed = whole;
      *find_mutable(changed, pointer) = Array{Object{}};
      CHECK_FALSE(read_revision(canon::write(changed)));
      ++tried;
    }
    if (pointer.rfind('/') == 0 && !pointer.empty()) {
      Value changed = whole;
      changed.object()->erase(pointer.substr(1));
      CHECK_FALSE(read_revision(canon::write(changed)));
    }
  });
  CHECK(tried > 80);
  CHECK_FALSE(read_revision(sample_seal().bytes + "\n"));

  for (const auto& [pointer, value] :
       std::vector<std::pair<std::string, Value>>{{"/caveats", Object{}},
                                                  {"/caveats", "None"},
                                                  {"/v", 2},
                                                  {"/_sd_alg", "sha-512"},
                                                  {"/_sd", Array{"b", "a"}},
                                                  {"/scope/tenant", Array{"t2", "t1"}},
                                                  {"/scope/tenant", Array{}},
                                                  {"/citations/c1/supports", Array{"m3"}},
                                                  {"/parts/a1/bytes", -1}}) {
    CAPTURE(pointer);
    Value changed = whole;
    *find_mutable(changed, pointer) = value;
    CHECK_FALSE(read_revision(canon::write(changed)));
  }
}

TEST_CASE("a disclosure has one spelling: salt of 16 bytes, a pointer with a known form, canonical") {
  const auto encoded = [](const std::string& json) { return to_base64url(as_bytes(json)); };
  const std::string salt = to_base64url(Bytes(16, 7));
  CHECK(open_disclosure(encoded("[\"" + salt + "\",\"/a\",1]")));
  CHECK(open_disclosure(encoded("[\"" + salt + "\",\"/a:coarse\",{}]")));
  for (const std::string& json : std::vector<std::string>{
           "[\"" + salt + "\", \"/a\",1]", "[\"" + salt + "\",\"/a\"]", "[\"" + salt + "\",\"/a\",1,2]",
           "[\"" + salt + "\",\"a\",1]", "[\"" + salt + "\",\"\",1]", "[\"" + salt + "\",\"/a:fine\",1]",
           "[\"" + salt + "\",\"/a:coarse:coarse\",1]", "[\"" + salt + "\",7,1]",
           "[\"" + to_base64url(Bytes(15, 7)) + "\",\"/a\",1]", "[16,\"/a\",1]", std::string("{}"),
           std::string("x")}) {
    CAPTURE(json);
    CHECK_FALSE(open_disclosure(encoded(json)));
  }
  CHECK_FALSE(open_disclosure(encoded("[\"" + salt + "\",\"/a\",1]") + "="));
}

TEST_CASE("of the recipe's rows, the one with fewer stars wins, then the longer, then the less open") {
  const std::vector<std::string> available = {"/a/b/c", "/a/b/c:coarse", "/a/b/c:pseudonym"};
  const auto opened = [&](const Recipe& recipe) { return choose(recipe, available).names; };
  using enum Openness;
  CHECK(opened({{"/*/*/*", omit}, {"/a/*/*", coarse}}) == std::vector<std::string>{"/a/b/c:coarse"});
  CHECK(opened({{"/a/b/c", pseudonym}, {"/a/*/c", show}}) == std::vector<std::string>{"/a/b/c:pseudonym"});
  CHECK(opened({{"/a/b/c", omit}, {"/a/b/*", show}}).empty());
  CHECK(opened({{"/a/*/c", show}, {"/a/b/*", omit}}).empty()); // one star, same length: the less open
  CHECK(opened({{"/a/b/*", omit}, {"/a/*/c", show}}).empty());
  CHECK(opened({{"/a/b", show}, {"/a/b/c/*", show}}).empty());
  CHECK(opened({{"/a/b/c", reference}}).empty());
  CHECK(opened({}).empty());
  CHECK(choose({{"/*/long", coarse}, {"/longer/*", show}}, {"/longer/long", "/longer/long:coarse"}).names ==
        std::vector<std::string>{"/longer/long"});
}

TEST_CASE("a form that the revision does not have is lacking; an absent pointer is not") {
  using enum Openness;
  const ViewChoice choice =
      choose({{"/operator", pseudonym}, {"/path", coarse}, {"/token", show}, {"/x/*", show}},
             {"/operator", "/path", "/path:coarse"});
  CHECK(choice.names == std::vector<std::string>{"/path:coarse"});
  CHECK(choice.lacking == std::vector<std::string>{"/operator:pseudonym"});
}

TEST_CASE("no recipe opens what upstream sent as a digest, or the digest of what was withheld") {
  using enum Openness;
  const ViewChoice choice =
      choose({{"/*", show}, {"/*/*/*", show}, {"/upstream_digest", show}, {"/withheld/w1/digest", show}},
             {"/upstream_digest", "/withheld/w1/digest", "/narrative"});
  CHECK(choice.names == std::vector<std::string>{"/narrative"});
  CHECK(choice.lacking.empty());
}

TEST_CASE("a view reads back, and is refused unsorted or with anything else in it") {
  View view{"lane", crypto::sha256("r"), crypto::sha256("c"), {"a", "b"}, {crypto::sha256("p")}};
  const std::string bytes = view_bytes(view);
  CHECK(read_view(bytes).value() == view);
  Value changed = canon::parse(bytes).value();
  *changed.object()->find("disclosures") = Array{"b", "a"};
  CHECK_FALSE(read_view(canon::write(changed)));
  *changed.object()->find("disclosures") = Array{"a", "a"};
  CHECK_FALSE(read_view(canon::write(changed)));
  changed = canon::parse(bytes).value();
  *changed.object()->find("v") = 2;
  CHECK_FALSE(read_view(canon::write(changed)));
  CHECK_FALSE(read_view(bytes + " "));
}

TEST_CASE("worked example: its disclosures open, their digests are the revision's, and the view is theirs") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/worked-bundle");
  const Value revision = canon::parse(worked("lane/revision.json")).value();
  std::vector<Disclosure> all;
  std::vector<std::string> available;
  const Value stored = canon::parse(worked("revisions/2.disclosures.json")).value();
  for (const Value& encoded : *stored.array()) {
    auto opened = open_disclosure(*encoded.string());
    REQUIRE(opened);
    const std::string json(as_text(*from_base64url(*encoded.string())));
    Salt salt;
    const Bytes salt_bytes = from_base64url(*canon::parse(json)->array()->at(0).string()).value();
    std::ranges::copy(salt_bytes, salt.begin());
    CHECK(make_disclosure(salt, opened->name, opened->value).encoded == opened->encoded);
    available.push_back(opened->name);
    all.push_back(*std::move(opened));
  }
  Array sd;
  for (const std::string& digest : sorted_digests(all)) {
    sd.push_back(digest);
  }
  CHECK(Value(sd) == *revision.find("_sd"));

  // The exposure of its charter, as a recipe: the very set that view.json lists.
  using enum Openness;
  const Recipe recipe = {{"/scope/tenant/*", pseudonym}, {"/operator", pseudonym},
                         {"/narrative", show},           {"/token", omit},
                         {"/privileged_path", coarse},   {"/citations/*/record", show},
                         {"/claims/*/text", show},       {"/caveats/*/text", show},
                         {"/merges/*/case", show},       {"/merges/*/reason", show}};
  const ViewChoice choice = choose(recipe, available);
  CHECK(choice.lacking.empty());
  const std::string bytes = worked("lane/view.json");
  const View view = read_view(bytes).value();
  std::vector<Disclosure> chosen;
  std::ranges::copy_if(all, std::back_inserter(chosen),
                       [&](const Disclosure& d) { return std::ranges::binary_search(choice.names, d.name); });
  CHECK(sorted_digests(chosen) == view.disclosures);
  CHECK(view.revision == crypto::sha256(worked("lane/revision.json")));
  CHECK(view_bytes(view) == bytes);
  const Value manifest = canon::parse(worked("lane/manifest.json")).value();
  CHECK(*canon::pointer_find(manifest, "/predicate/view")->string() == crypto::sha256(bytes).hex());
}
