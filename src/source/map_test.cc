#include "source/map.h"

#include "base/testing/shared_data.h"
#include "canon/json.h"
#include "canon/pointer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

using namespace sallyport;
using namespace sallyport::source;
using canon::Value;

namespace {

const std::filesystem::path root = SALLYPORT_SOURCE_DIR;

Value read_json(const std::filesystem::path& path) {
  auto value = canon::parse_foreign(sallyport::testing::read_file(path));
  REQUIRE_MESSAGE(value.has_value(), path.string());
  return *std::move(value);
}

Config read_config(const std::string& source) {
  auto config = parse_config(sallyport::testing::read_file(root / "examples/sources" / (source + ".json")));
  REQUIRE_MESSAGE(config.has_value(), source, ": ", config ? "" : config.error().text());
  return *std::move(config);
}

// In the shape of testdata/*.golden.json, whose digests were computed without this program.
Value as_golden(const std::string& source, const ObjectAnswer& answer) {
  canon::Object attrs;
  for (const auto& [name, value] : answer.attrs) {
    attrs.set(name, value);
  }
  canon::Object touches;
  for (const auto& [dimension, values] : answer.touches) {
    touches.set(dimension, canon::Array(values.begin(), values.end()));
  }
  return canon::Object{{"source", source},
                       {"key", answer.key},
                       {"occurred_at", to_string(answer.occurred_at)},
                       {"content", answer.content.hex()},
                       {"attrs", attrs},
                       {"touches", touches}};
}

const Map example_map{.key = "/id",
                      .occurred_at = {"/at", TimeFormat::rfc3339},
                      .content = {"/a", "/b/c", "/list"},
                      .attrs = {{"n", AttrField("/n")},
                                {"flag", AttrField("/flag")},
                                {"tags", AttrField("/tags")},
                                {"ends", AttrField(TimeField{"/ends", TimeFormat::epoch_seconds})}},
                      .touches = {{"tenant", {"/tenants", "/b/tenant"}}}};

Value example_record() {
  auto value = canon::parse_foreign(
      R"({"id":"K1","at":"2026-11-20T09:00:00Z","a":"x","b":{"c":null,"tenant":"t2"},"list":[1,2],)"
      R"("n":17,"flag":true,"tags":["b","a","b"],"ends":1795166530,"tenants":["t3","t1","t2"],"noise":1})");
  REQUIRE(value.has_value());
  return *std::move(value);
}

// A value of another type, so that it differs from whatever was there.
void change(Value& record, const std::string& pointer) {
  auto* place = const_cast<Value*>(canon::pointer_find(record, pointer));
  REQUIRE(place != nullptr);
  *place = canon::Object{{"was", *place}};
}

std::string fault(const Map& map, std::string_view key, const Value& record) {
  const auto answer = map_record(map, key, record);
  return answer ? "(none)" : answer.error().text();
}

} // namespace

TEST_CASE("every example configuration reads the example record of its system") {
  std::size_t seen = 0;
  for (const auto& file : std::filesystem::directory_iterator(root / "src/source/testdata")) {
    if (file.is_directory()) {
      continue; // the vendors' (vendors_test.cc)
    }
    CAPTURE(file.path().string());
    const Value golden = read_json(file.path());
    const std::string source = *golden.find("source")->string();
    const std::string key = *golden.find("key")->string();
    const std::string name = file.path().stem().stem().string();
    const Config config = read_config(source);
    const Shape* shape = find_shape(config, key);
    REQUIRE(shape != nullptr);
    const Value record = read_json(root / "examples/records" / (name + ".json"));
    const auto answer = map_record(shape->map, key, record);
    REQUIRE_MESSAGE(answer.has_value(), answer.error().text());
    CHECK(answer->status == ObjectStatus::found);
    CHECK_FALSE(answer->fault);
    CHECK(canon::write(as_golden(source, *answer)) == canon::write(golden));
    ++seen;
  }
  CHECK(seen == 10);
}

TEST_CASE("the example directory gives its people sorted, with the version of the group") {
  const Config config = read_config("reviewer-directory");
  const auto& shape = std::get<DirectoryShape>(config.shape);
  const auto directory = map_directory(shape, read_json(root / "examples/records/reviewer_group.json"));
  REQUIRE(directory.has_value());
  CHECK(directory->version == "W/\"41\"");
  CHECK(directory->members == std::vector<std::string>{"pe_rev2abcdef", "pe_rev3abcdef", "pe_rev4abcdef"});
}

TEST_CASE("in every example the content changes with each selected member and with no other") {
  for (const auto& file : std::filesystem::directory_iterator(root / "src/source/testdata")) {
    if (file.is_directory()) {
      continue; // the vendors' (vendors_test.cc)
    }
    CAPTURE(file.path().string());
    const Value golden = read_json(file.path());
    const Config config = read_config(*golden.find("source")->string());
    const Shape* shape = find_shape(config, *golden.find("key")->string());
    REQUIRE(shape != nullptr);
    const std::vector<std::string>& pointers = shape->map.content;
    const Value record =
        read_json(root / "examples/records" / (file.path().stem().stem().string() + ".json"));
    const Digest before = content_digest(pointers, record).value();
    for (const std::string& pointer : pointers) {
      CAPTURE(pointer);
      Value changed = record;
      change(changed, pointer);
      CHECK(content_digest(pointers, changed).value() != before);
    }
    for (const auto& [name, value] : *record.object()) {
      const std::string top = "/" + canon::pointer_escape(name);
      const bool selected = std::ranges::any_of(
          pointers, [&](const std::string& p) { return p == top || p.starts_with(top + "/"); });
      if (!selected) {
        CAPTURE(name);
        Value changed = record;
        change(changed, top);
        CHECK(content_digest(pointers, changed).value() == before);
      }
    }
  }
}

TEST_CASE("content does not depend on the order of members or of pointers") {
  std::mt19937_64 random(7);
  std::vector<std::string> members = {R"("a":1)", R"("b":{"x":[1,{"p":2,"q":3}],"y":null})", R"("c":"ä")",
                                      R"("d":1.50)", R"("e":12345678901234567890)"};
  std::vector<std::string> pointers = {"/a", "/b", "/c", "/d", "/e"};
  std::optional<Digest> first;
  for (int round = 0; round < 200; ++round) {
    std::ranges::shuffle(members, random);
    std::ranges::shuffle(pointers, random);
    std::string text = "{\"unselected\":" + std::to_string(random() % 1000);
    for (const std::string& member : members) {
      text += "," + member;
    }
    const auto digest = content_digest(pointers, canon::parse_foreign(text + "}").value());
    REQUIRE(digest.has_value());
    CHECK(*digest == first.value_or(*digest));
    first = *digest;
  }
}

TEST_CASE("the pointer is part of the content, so two members cannot trade places") {
  const Value record = canon::parse(R"({"a":1,"b":2})").value();
  const Value traded = canon::parse(R"({"a":2,"b":1})").value();
  CHECK(content_digest({"/a", "/b"}, record).value() != content_digest({"/a", "/b"}, traded).value());
  CHECK(content_digest({"/a"}, record).value() != content_digest({"/b"}, traded).value());
}

TEST_CASE("attributes are texts of one spelling, and touched values are a set") {
  const auto answer = map_record(example_map, "K1", example_record());
  REQUIRE(answer.has_value());
  CHECK(answer->attrs ==
        std::map<std::string, std::string>{
            {"n", "17"}, {"flag", "true"}, {"tags", R"(["a","b"])"}, {"ends", "2026-11-20T09:22:10.000Z"}});
  CHECK(answer->touches.at("tenant") == std::vector<std::string>{"t1", "t2", "t3"});
}

TEST_CASE("an attribute that is absent is left out; one that cannot be read is a fault") {
  Value record = example_record();
  record.object()->erase("n");
  record.object()->set("flag", nullptr);
  record.object()->erase("ends");
  const auto answer = map_record(example_map, "K1", record);
  REQUIRE(answer.has_value());
  CHECK(answer->attrs.size() == 1);
  record.object()->set("n", canon::Object{});
  CHECK(fault(example_map, "K1", record) == "/n: expected text or an integer");
  record.object()->erase("n");
  record.object()->set("ends", "soon");
  CHECK(fault(example_map, "K1", record) == "/ends: expected the time since 1970 as a number");
}

TEST_CASE("what is selected for key, time, content or touched values must be there") {
  for (const auto& [member, where] : {std::pair("id", "/id"), std::pair("at", "/at"), std::pair("a", "/a"),
                                      std::pair("b", "/b/c"), std::pair("tenants", "/tenants")}) {
    CAPTURE(member);
    Value record = example_record();
    record.object()->erase(member);
    CHECK(fault(example_map, "K1", record) == std::string(where) + ": the record has nothing here");
  }
  Value record = example_record();
  record.object()->set("tenants", canon::Array{Value("t1"), Value()});
  CHECK(fault(example_map, "K1", record) == "/tenants: expected text or an integer");
}

TEST_CASE("a member that is null is there, and differs from every other value") {
  Value record = example_record();
  const Digest null = content_digest(example_map.content, record).value();
  record.object()->find("b")->object()->set("c", "");
  CHECK(content_digest(example_map.content, record).value() != null);
}

TEST_CASE("the record of another key is a fault, and the message does not tell either key") {
  const auto answer = map_record(example_map, "K2", example_record());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::conflict);
  CHECK(answer.error().text() == "/id: the record is not the one that was asked for");
}

TEST_CASE("a record that is no object, or too large in a place, is a fault") {
  CHECK_FALSE(map_record(example_map, "K1", Value()));
  CHECK_FALSE(map_record(example_map, "K1", canon::Array{}));
  Value record = example_record();
  record.object()->set("tenants", canon::Array(300, Value("t")));
  CHECK(fault(example_map, "K1", record) == "/tenants: more than 256 values");
  record.object()->set("tenants", std::string(1001, 't'));
  CHECK(fault(example_map, "K1", record) == "/tenants: longer than 1000 bytes");
}

TEST_CASE("a directory member without an id is a fault that names it") {
  const DirectoryShape shape{"/g", "/version", "/members", "/value"};
  const auto read = [&](std::string_view text) { return map_directory(shape, canon::parse(text).value()); };
  const auto bad = read(R"({"version":4,"members":[{"value":"a"},{"display":"b"}]})");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().text() == "/members/1/value: the record has nothing here");
  CHECK_FALSE(read(R"({"members":[]})"));
  CHECK_FALSE(read(R"({"version":4})"));
  CHECK_FALSE(read(R"({"version":4,"members":{}})"));
  const auto good = read(R"({"version":4,"members":[{"value":"b"},{"value":"a"},{"value":"b"}]})");
  REQUIRE(good.has_value());
  CHECK(*good == Directory{"4", {"a", "b"}});
}

TEST_CASE("listed names are texts or arrays of texts, distinct; an item without any is a fault") {
  const TermsShape shape{"/v1/tenants", "/tenants", {"/name", "/aliases"}};
  const auto names = map_terms(
      shape,
      *canon::parse(R"({"tenants":[{"name":"Contoso"},{"aliases":["Fabrikam","Contoso"],"seats":4}]})"));
  REQUIRE(names);
  CHECK(*names == std::vector<std::string>{"Contoso", "Fabrikam"});
  const auto unnamed = map_terms(shape, *canon::parse(R"({"tenants":[{"name":"Contoso"},{"seats":4}]})"));
  REQUIRE_FALSE(unnamed);
  CHECK(unnamed.error().where == "/tenants/1");
  CHECK_FALSE(map_terms(shape, *canon::parse(R"({"tenants":{"name":"Contoso"}})")));
  CHECK_FALSE(map_terms(shape, *canon::parse(R"({"accounts":[]})")));
  CHECK(map_terms(shape, *canon::parse(R"({"tenants":[]})"))->empty());
}
