// The source maps of examples/sources/vendors, each against a system that answers in the vendor's shape.
// A folder of testdata/vendors holds what it says (watermark, response, absent; people, hosts and tenants
// are invented) and what has to come of it (answer.json, computed by a program that is not this one).
#include "base/testing/shared_data.h"
#include "canon/json.h"
#include "canon/pointer.h"
#include "source/probe.h"
#include "source/select.h"
#include "source/testing/peer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

using namespace sallyport;
using namespace sallyport::source;
using canon::Value;
using sallyport::source::testing::Peer;
using sallyport::source::testing::reply;

namespace {

const std::filesystem::path root = SALLYPORT_SOURCE_DIR;
const std::string vendors[] = {"cloudtrail", "entra", "okta", "servicenow", "teleport", "zendesk"};

Value parsed(std::string_view text) {
  auto value = canon::parse_foreign(text);
  REQUIRE(value.has_value());
  return *std::move(value);
}

std::string text_of(const Value& value, std::string_view member) {
  const Value* found = value.find(member);
  REQUIRE(found != nullptr);
  return found->string() == nullptr ? "(none)" : *found->string();
}

// The token file that every configuration names; the test puts one of its own in its place.
struct TokenFile {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("vendor_token_" + std::to_string(::getpid()));

  TokenFile() { std::ofstream(path) << "AKIAEXAMPLE:not-a-secret\n"; }

  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;

  ~TokenFile() { std::filesystem::remove(path); }
};

struct Vendor {
  TokenFile token;
  std::string config;
  std::string watermark;
  std::string response;
  std::string absent;
  Value golden;

  explicit Vendor(const std::string& name) {
    const std::filesystem::path folder = root / "src/source/testdata/vendors" / name;
    const auto read = [](const std::filesystem::path& file) { return sallyport::testing::read_file(file); };
    config = read(root / "examples/sources/vendors" / (name + ".json"));
    watermark = read(folder / "watermark.json");
    response = read(folder / "response.json");
    absent = read(folder / "absent.json");
    golden = parsed(read(folder / "answer.json"));
  }

  std::string key() const { return text_of(*golden.find("object"), "key"); }

  // What the peer knows a request by: answer.json without the method.
  std::string asked(std::size_t i) const {
    const std::string line = *(*golden.find("asked")->array())[i].string();
    return line.substr(line.find(' ') + 1);
  }

  Config configured(std::string_view base_url) const {
    auto out = parse_config(config, base_url);
    REQUIRE_MESSAGE(out.has_value(), out.error().text());
    REQUIRE(out->auth.has_value());
    out->auth->file = token.path.string();
    out->pause = {}; // the peer counts nothing
    return *std::move(out);
  }

  Shape shape() const { return std::get<std::vector<Shape>>(configured("http://127.0.0.1:1").shape).front(); }

  std::map<std::string, std::string> replies(std::string object) const {
    return {{asked(0), reply("200 OK", watermark, "Date: Fri, 20 Nov 2026 10:00:00 GMT\r\n")},
            {asked(1), std::move(object)}};
  }

  Result<Answer> probe_with(std::string object) const {
    Peer peer(replies(std::move(object)));
    return probe(configured(peer.base_url()), {key()}, [] { return Instant{1'795'168'800'000}; });
  }

  // What becomes of the one object when the system says this of it.
  ObjectAnswer answered(std::string object) const {
    const auto answer = probe_with(std::move(object));
    REQUIRE_MESSAGE(answer.has_value(), answer.error().text());
    REQUIRE(answer->objects.size() == 1);
    return answer->objects.front();
  }

  // The response after one place of the record has been replaced, or taken out where there is no value.
  std::string changed(const std::string& pointer, const std::optional<Value>& value) const {
    const Shape map = shape();
    Value whole = parsed(response);
    auto* place = const_cast<Value*>(select(whole, map.record).value());
    REQUIRE(place != nullptr);
    Value record = map.record_is_text ? parsed(*place->string()) : *place;
    const std::size_t slash = pointer.rfind('/');
    auto* parent = const_cast<Value*>(select(record, pointer.substr(0, slash)).value());
    REQUIRE(parent != nullptr);
    REQUIRE(parent->object() != nullptr);
    if (value) {
      parent->object()->set(pointer.substr(slash + 1), *value);
    } else {
      REQUIRE(parent->object()->erase(pointer.substr(slash + 1)));
    }
    *place = map.record_is_text ? Value(canon::write(record)) : record;
    return reply("200 OK", canon::write(whole));
  }
};

const char* word(ObjectStatus status) {
  return status == ObjectStatus::found ? "found" : status == ObjectStatus::gone ? "gone" : "unknown";
}

Value as_golden(const ObjectAnswer& object) {
  canon::Object attrs;
  for (const auto& [name, value] : object.attrs) {
    attrs.set(name, value);
  }
  canon::Object touches;
  for (const auto& [dimension, values] : object.touches) {
    touches.set(dimension, canon::Array(values.begin(), values.end()));
  }
  return canon::Object{{"key", object.key},
                       {"status", word(object.status)},
                       {"occurred_at", to_string(object.occurred_at)},
                       {"content", object.content.hex()},
                       {"attrs", attrs},
                       {"touches", touches}};
}

std::string fault(const ObjectAnswer& object) {
  CHECK(object.fault.has_value() == (object.status == ObjectStatus::unknown));
  return object.fault ? object.fault->text() : "(none)";
}

// Everything that the map needs, but for attributes, which may be absent.
std::vector<std::string> needed(const Map& map) {
  std::vector<std::string> out = map.content;
  out.push_back(map.key);
  out.push_back(map.occurred_at.pointer);
  for (const auto& [dimension, pointers] : map.touches) {
    out.insert(out.end(), pointers.begin(), pointers.end());
  }
  return out;
}

} // namespace

TEST_CASE("every vendor's configuration asks what its golden file says and reads what it says") {
  for (const std::string& name : vendors) {
    CAPTURE(name);
    const Vendor vendor(name);
    Peer peer(vendor.replies(reply("200 OK", vendor.response)));
    const auto answer = probe(vendor.configured(peer.base_url()), {vendor.key()}, [] { return Instant{1}; });
    REQUIRE_MESSAGE(answer.has_value(), answer.error().text());
    CHECK(to_string(answer->complete_through) == text_of(vendor.golden, "complete_through"));
    REQUIRE(answer->objects.size() == 1);
    CHECK(fault(answer->objects.front()) == "(none)");
    CHECK(canon::write(as_golden(answer->objects.front())) == canon::write(*vendor.golden.find("object")));
    const auto requests = peer.requests();
    REQUIRE(requests.size() == 2);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const std::string line = *(*vendor.golden.find("asked")->array())[i].string();
      CHECK(requests[i].starts_with(line.substr(0, line.find(' ', 5)) + " HTTP/1.1\r\n"));
    }
  }
}

TEST_CASE("every configuration of a vendor points at a host that cannot exist") {
  std::size_t seen = 0;
  for (const auto& file : std::filesystem::directory_iterator(root / "examples/sources/vendors")) {
    CAPTURE(file.path().string());
    const auto config = parse_config(sallyport::testing::read_file(file.path()));
    REQUIRE_MESSAGE(config.has_value(), config.error().text());
    CHECK(config->base_url.starts_with("https://"));
    CHECK(config->base_url.ends_with(".example"));
    ++seen;
  }
  CHECK(seen == std::size(vendors));
}

TEST_CASE("what a vendor says of an absent record is gone only where that is what it means") {
  for (const std::string& name : vendors) {
    CAPTURE(name);
    const Vendor vendor(name);
    const Value& absent = *vendor.golden.find("absent");
    const ObjectAnswer object = vendor.answered(reply(text_of(absent, "answer"), vendor.absent));
    CHECK(word(object.status) == text_of(absent, "status"));
    CHECK(fault(object) == text_of(absent, "fault"));
  }
}

TEST_CASE("a vendor's record of another key is not taken for the one that was asked for") {
  for (const std::string& name : vendors) {
    CAPTURE(name);
    const Vendor vendor(name);
    const std::string key = vendor.shape().map.key;
    CHECK(fault(vendor.answered(vendor.changed(key, "1"))) ==
          key + ": the record is not the one that was asked for");
  }
}

TEST_CASE("a vendor's record without something that is mapped is unknown, and the fault names the place") {
  for (const std::string& name : vendors) {
    const Vendor vendor(name);
    for (const std::string& pointer : needed(vendor.shape().map)) {
      CAPTURE(name);
      CAPTURE(pointer);
      CHECK(fault(vendor.answered(vendor.changed(pointer, std::nullopt))) ==
            pointer + ": the record has nothing here");
    }
  }
}

TEST_CASE("a value of the wrong type makes a vendor's record unknown, and the fault does not tell it") {
  const Value wrong = canon::Object{{"canary", "canary-4471"}};
  for (const std::string& name : vendors) {
    const Vendor vendor(name);
    const Map map = vendor.shape().map;
    std::vector<std::string> pointers{map.key, map.occurred_at.pointer};
    for (const auto& [dimension, touched] : map.touches) {
      pointers.insert(pointers.end(), touched.begin(), touched.end());
    }
    for (const auto& [attr, field] : map.attrs) {
      const auto* time = std::get_if<TimeField>(&field);
      pointers.push_back(time == nullptr ? std::get<std::string>(field) : time->pointer);
    }
    for (const std::string& pointer : pointers) {
      CAPTURE(name);
      CAPTURE(pointer);
      const std::string told = fault(vendor.answered(vendor.changed(pointer, wrong)));
      CHECK(told.starts_with(pointer + ": expected "));
      CHECK(told.find("canary") == std::string::npos);
    }
  }
}

TEST_CASE("an error page of a vendor is no answer, and none of it is told") {
  for (const std::string& name : vendors) {
    CAPTURE(name);
    const Vendor vendor(name);
    const ObjectAnswer object = vendor.answered(
        reply("200 OK", "<!DOCTYPE html><title>canary</title>", "Content-Type: text/html\r\n"));
    CHECK(object.status == ObjectStatus::unknown);
    CHECK(fault(object).find("canary") == std::string::npos);
  }
}

TEST_CASE("a vendor that throttles us has not answered, and no object is called unknown for it") {
  for (const std::string& name : vendors) {
    CAPTURE(name);
    const Vendor vendor(name);
    const auto answer = vendor.probe_with(reply("429 Too Many Requests", "{}", "Retry-After: 30\r\n"));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::unavailable);
    CHECK(answer.error().text() == "asks us to come back later");
  }
}

TEST_CASE("a vendor's content changes with each selected member and not with the rest") {
  for (const std::string& name : vendors) {
    const Vendor vendor(name);
    const std::string content = text_of(*vendor.golden.find("object"), "content");
    const Map map = vendor.shape().map;
    for (const std::string& pointer : map.content) {
      CAPTURE(name);
      CAPTURE(pointer);
      // What is read for more than the content is no fair target: changing it breaks the record.
      const std::vector<std::string> all = needed(map);
      const auto uses = std::ranges::count_if(
          all, [&](const std::string& p) { return p == pointer || p.starts_with(pointer + "/"); });
      if (uses == 1) {
        const ObjectAnswer object = vendor.answered(vendor.changed(pointer, "changed"));
        CHECK(fault(object) == "(none)");
        CHECK(object.content.hex() != content);
      }
    }
    CHECK(vendor.answered(vendor.changed("/unmapped", "changed")).content.hex() == content);
  }
}
