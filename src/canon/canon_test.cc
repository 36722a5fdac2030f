#include "canon/fields.h"
#include "canon/json.h"
#include "canon/pointer.h"

#include "base/testing/shared_data.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

using namespace sallyport;
using namespace sallyport::canon;

TEST_CASE("RFC 8785 vectors: the reference bytes, or a refusal where a number is no integer") {
  SP_SKIP_WITHOUT_SHARED_DATA("vectors/jcs");
  for (const char* name : {"arrays", "french", "unicode", "weird"}) {
    const auto in = sallyport::testing::read_file(sallyport::testing::shared_data("vectors/jcs/input/") /
                                                  (std::string(name) + ".json"));
    const auto out = sallyport::testing::read_file(sallyport::testing::shared_data("vectors/jcs/output/") /
                                                   (std::string(name) + ".json"));
    CAPTURE(name);
    const auto value = parse(in);
    REQUIRE(value);
    CHECK(write(*value) == out);
    CHECK(write(*parse(write(*value))) == out);
  }
  for (const char* name : {"values", "structures"}) {
    const auto in = sallyport::testing::read_file(sallyport::testing::shared_data("vectors/jcs/input/") /
                                                  (std::string(name) + ".json"));
    const auto value = parse(in);
    REQUIRE_FALSE(value);
    CHECK(value.error().message.find("only integers") != std::string::npos);
  }
}

TEST_CASE("bad JSON is refused with the pointer of the fault, and no value is echoed") {
  const auto where_of = [](std::string_view text) {
    const auto value = parse(text);
    REQUIRE_FALSE(value);
    return value.error().where;
  };
  CHECK(where_of(R"({"a":{"b":1,"b":2}})") == "/a/b");
  CHECK(where_of(R"({"a":[0,1.5]})") == "/a/1");
  CHECK(where_of(R"({"a":9007199254740992})") == "/a");
  CHECK(where_of(R"({"a~b":{"c/d":18446744073709551615}})") == "/a~0b/c~1d");
  CHECK_FALSE(parse("\xEF\xBB\xBF{}"));
  CHECK_FALSE(parse(R"({"a":"\ud800"})"));
  CHECK_FALSE(parse("{\"a\":\"\xFF\"}"));
  CHECK_FALSE(parse(R"({"a":1)"));
  CHECK_FALSE(parse("{} {}"));
  CHECK_FALSE(parse(""));
  CHECK_FALSE(parse("1e400"));
  CHECK(parse(R"(9007199254740991)"));
  CHECK(parse(std::string(32, '[') + std::string(32, ']')));
  const auto deep = parse(std::string(40, '[') + std::string(40, ']'));
  REQUIRE_FALSE(deep);
  CHECK(deep.error().code == ErrorCode::too_large);
  CHECK_FALSE(parse(std::string(100000, '[')));
  CHECK(parse("[\"" + std::string(100, 'x') + "\"]", {.bytes = 10}).error().code == ErrorCode::too_large);
}

TEST_CASE("names sort by UTF-16 code units") {
  CHECK(utf16_less("\xF0\x90\x80\x80", "\xEE\x80\x80")); // U+10000 before U+E000
  CHECK_FALSE(utf16_less("\xEE\x80\x80", "\xF0\x90\x80\x80"));
  CHECK(utf16_less("\xED\x9F\xBF", "\xF0\x90\x80\x80")); // U+D7FF before U+10000
  CHECK(utf16_less("a", "ab"));
  CHECK_FALSE(utf16_less("a", "a"));
}

TEST_CASE("writing and reading back is the identity on random values") {
  std::mt19937_64 random(7);
  const auto make = [&](auto& self, int depth) -> Value {
    switch (random() % (depth > 4 ? 4 : 6)) {
    case 0:
      return {};
    case 1:
      return {(random() & 1) == 1};
    case 2:
      return {static_cast<std::int64_t>(random() >> 11) * ((random() & 1) != 0 ? 1 : -1)};
    case 3: {
      std::string text;
      for (auto n = random() % 6; n > 0; --n) {
        static constexpr const char* pieces[] = {
            "a", "\"", "\\", "\n", "\x01", "\xC3\xA9", "\xF0\x9F\x98\x80", "\xEE\x80\x80", "/"};
        text += pieces[random() % std::size(pieces)];
      }
      return {text};
    }
    case 4: {
      Array items;
      for (auto n = random() % 4; n > 0; --n) {
        items.push_back(self(self, depth + 1));
      }
      return {std::move(items)};
    }
    default: {
      Object members;
      for (auto n = random() % 4; n > 0; --n) {
        members.set("k" + std::to_string(random() % 9), self(self, depth + 1));
      }
      return {std::move(members)};
    }
    }
  };
  for (int i = 0; i < 2000; ++i) {
    const Value value = make(make, 0);
    const auto back = parse(write(value));
    REQUIRE(back);
    CHECK(*back == value);
  }
}

TEST_CASE("records of other systems keep what is no integer as text") {
  const auto value = parse_foreign(R"({"a":1.5,"b":18446744073709551615,"c":7})");
  REQUIRE(value);
  CHECK(write(*value) == R"({"a":"1.5","b":"18446744073709551615","c":7})");
}

TEST_CASE("pointers find, and patterns match segment by segment") {
  const auto value = parse(R"({"a":{"b/c":[10,{"d":1}]}})");
  CHECK(*pointer_find(*value, "/a/b~1c/1/d")->integer() == 1);
  CHECK(pointer_find(*value, "/a/b~1c/2") == nullptr);
  CHECK(pointer_find(*value, "/a/b~1c/01") == nullptr);
  CHECK(pointer_find(*value, "a") == nullptr);
  CHECK(pointer_matches("/citations/*/record", "/citations/c1/record"));
  CHECK_FALSE(pointer_matches("/citations/*/record", "/citations/c1/x/record"));
  CHECK_FALSE(pointer_matches("/citations/*", "/citations"));
}

TEST_CASE("a pattern matches as its unescaped segments do") {
  std::mt19937_64 random(7);
  const auto draw = [&] {
    static constexpr std::array pieces{"/", "/", "a", "*", "~0", "~1", "~", "b"};
    std::string text;
    for (std::size_t i = random() % 6; i > 0; --i) {
      text += pieces[random() % pieces.size()];
    }
    return text;
  };
  int matched = 0;
  for (int i = 0; i < 40'000; ++i) {
    const std::string pattern = draw();
    const std::string pointer = draw();
    std::vector<std::string> wanted;
    std::vector<std::string> given;
    bool expected =
        pointer_split(pattern, wanted) && pointer_split(pointer, given) && wanted.size() == given.size();
    for (std::size_t k = 0; expected && k < wanted.size(); ++k) {
      expected = wanted[k] == "*" || wanted[k] == given[k];
    }
    CAPTURE(pattern);
    CAPTURE(pointer);
    REQUIRE(pointer_matches(pattern, pointer) == expected);
    std::vector<std::string> ignored;
    REQUIRE(is_pointer(pointer) == pointer_split(pointer, ignored));
    matched += expected ? 1 : 0;
  }
  CHECK(matched > 1'000);
}

TEST_CASE("fields: the first fault is kept and unknown members are refused") {
  const auto value = parse(R"({"a":"x","n":5,"at":"2026-11-20T12:10:00.000Z","z":1})");
  Fields f(*value, "/p");
  CHECK(f.string("a") == "x");
  CHECK(f.integer("n", 1, 9) == 5);
  CHECK(f.instant("at").ms > 0);
  auto done = f.done();
  REQUIRE_FALSE(done);
  CHECK(done.error().where == "/p/z");
  Fields g(*value, "");
  (void)g.integer("n", 6, 9);
  (void)g.string("missing");
  CHECK(g.done().error().where == "/n");
  Fields h(Value(3), "/q");
  (void)h.string("a");
  CHECK(h.done().error().text() == "/q: expected an object");
}
