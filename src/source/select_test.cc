#include "source/select.h"

#include "canon/json.h"

#include <doctest/doctest.h>

#include <string>

using namespace sallyport;
using namespace sallyport::source;

namespace {

// The value at the pointer, as JSON.
std::string at(std::string_view json, const std::string& pointer) {
  const canon::Value root = canon::parse(json).value();
  const auto value = select(root, pointer);
  if (!value) {
    return "(" + value.error().text() + ")";
  }
  return *value == nullptr ? "(nothing)" : canon::write(**value);
}

} // namespace

TEST_CASE("a pointer leads where RFC 6901 says") {
  CHECK(at(R"({"a":[1,{"b/c":2}]})", "") == R"({"a":[1,{"b/c":2}]})");
  CHECK(at(R"({"a":[1,{"b/c":2}]})", "/a/0") == "1");
  CHECK(at(R"({"a":[1,{"b/c":2}]})", "/a/1/b~1c") == "2");
  for (const char* pointer : {"/b", "/a/2", "/a/00", "/a/-", "/a/0/x"}) {
    CAPTURE(pointer);
    CHECK(at(R"({"a":[1,{"b/c":2}]})", pointer) == "(nothing)");
  }
}

TEST_CASE("an item of an array is selected by the text or the integer of one of its members") {
  constexpr std::string_view json =
      R"({"f":[{"id":7,"v":"x"},null,{"id":"7b","v":null},{"v":3},[7],{"id":true},{"id":"a/b=c","v":4}]})";
  CHECK(at(json, "/f/[id=7]/v") == R"("x")");
  CHECK(at(json, "/f/[id=7b]/v") == "null");
  CHECK(at(json, "/f/[id=a~1b=c]/v") == "4");
  for (const char* pointer : {"/f/[id=8]/v", "/f/[id=]/v", "/f/[id=true]", "/f/[id]", "/f/[=7]", "/f/id=7"}) {
    CAPTURE(pointer);
    CHECK(at(json, pointer) == "(nothing)");
  }
}

TEST_CASE("two items that fit are an error, because nobody said which one is meant") {
  CHECK(at(R"([{"id":7},{"id":"7"}])", "/[id=7]") == "(/[id=7]: more than one item is selected here)");
}

TEST_CASE("in an object a name in brackets is a name") {
  CHECK(at(R"({"[id=7]":1})", "/[id=7]") == "1");
  CHECK(at(R"({"x":{"id":7}})", "/[id=7]") == "(nothing)");
}
