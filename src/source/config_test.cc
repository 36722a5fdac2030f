#include "source/config.h"

#include "base/testing/shared_data.h"
#include "canon/json.h"
#include "canon/pointer.h"

#include <doctest/doctest.h>

#include <string>

using namespace sallyport;
using namespace sallyport::source;
using canon::Value;

namespace {

constexpr std::string_view records = R"({
  "v":1, "source":"s", "kind":"records", "base_url":"https://s.example", "timeout_ms":5000, "deadline_ms":20000,
  "auth":{"header":"Authorization", "file":"/etc/token"},
  "watermark":{"path":"/w", "pointer":"/at", "as":"rfc3339", "lag_ms":1000},
  "shapes":[
    {"prefix":"A-", "path":"/a/{key}", "record":"", "gone":{"status":[404], "empty":"/x"},
     "map":{"key":"/id", "occurred_at":{"pointer":"/at", "as":"epoch_seconds"}, "content":["/c"],
            "attrs":{"n":"/n", "t":{"pointer":"/t", "as":"rfc3339"}}, "touches":{"tenant":["/t"]}}},
    {"prefix":"A-B", "path":"/b/{key}", "record":"/r",
     "map":{"key":"/id", "occurred_at":{"pointer":"/at", "as":"rfc3339"}, "content":["/c"]}}]})";

constexpr std::string_view directory = R"({
  "v":1, "source":"d", "kind":"directory", "base_url":"https://s.example", "timeout_ms":5000, "deadline_ms":20000,
  "watermark":{"path":"/w", "from":"response_date"},
  "directory":{"path":"/g", "version":"/v", "members":"/m", "id":"/id"}})";

// The fault after one member has been replaced, or taken out where `json` is empty.
std::string fault_with(std::string_view config, const std::string& pointer, std::string_view json) {
  Value document = canon::parse(config).value();
  const std::size_t slash = pointer.rfind('/');
  auto* parent = const_cast<Value*>(canon::pointer_find(document, pointer.substr(0, slash)));
  REQUIRE(parent != nullptr);
  const std::string name = pointer.substr(slash + 1);
  if (json.empty()) {
    REQUIRE(parent->object()->erase(name));
  } else {
    parent->object()->set(name, canon::parse(json).value());
  }
  const auto parsed = parse_config(canon::write(document));
  return parsed ? "(none)" : parsed.error().text();
}

std::string base_url_fault(std::string_view url) {
  const auto parsed = parse_config(directory, url);
  return parsed ? "(none)" : parsed.error().text();
}

} // namespace

TEST_CASE("a configuration is read whole") {
  const auto config = parse_config(records);
  REQUIRE_MESSAGE(config.has_value(), config.error().text());
  CHECK(config->source == "s");
  CHECK(config->timeout == Duration{5000});
  CHECK(config->deadline == Duration{20000});
  CHECK(config->pause == Duration{});
  CHECK(fault_with(records, "/pause_ms", "500") == "(none)");
  CHECK(config->auth == Auth{"Authorization", "/etc/token"});
  CHECK(config->watermark == Watermark{"/w", TimeField{"/at", TimeFormat::rfc3339}, Duration{1000}});
  const Shape& shape = std::get<std::vector<Shape>>(config->shape).front();
  CHECK(shape.gone == Gone{{404}, "/x"});
  CHECK(shape.map.occurred_at == TimeField{"/at", TimeFormat::epoch_seconds});
  CHECK(shape.map.attrs.at("n") == AttrField("/n"));
  CHECK(shape.map.attrs.at("t") == AttrField(TimeField{"/t", TimeFormat::rfc3339}));
  const auto group = parse_config(directory);
  REQUIRE_MESSAGE(group.has_value(), group.error().text());
  CHECK(std::get<DirectoryShape>(group->shape) == DirectoryShape{"/g", "/v", "/m", "/id"});
  CHECK_FALSE(group->watermark.field);
}

TEST_CASE("the longest prefix decides how a key is read") {
  const Config config = parse_config(records).value();
  CHECK(find_shape(config, "A-1")->path == "/a/{key}");
  CHECK(find_shape(config, "A-B1")->path == "/b/{key}");
  CHECK(find_shape(config, "B-1") == nullptr);
  CHECK(find_shape(parse_config(directory).value(), "A-1") == nullptr);
}

TEST_CASE("a fault of a configuration names its member") {
  const auto of = [](const std::string& pointer, std::string_view json) {
    return fault_with(records, pointer, json);
  };
  CHECK(of("/extra", "1") == "/extra: there is no such member here");
  CHECK(of("/v", "2") == "/v: expected an integer from 1 to 1");
  CHECK(of("/source", R"("S p")") == "/source: expected a name of a-z, 0-9, - and _, at most 63 bytes");
  CHECK(of("/kind", R"("code")") == "/kind: expected records or directory");
  CHECK(of("/timeout_ms", "0") == "/timeout_ms: expected an integer from 1 to 60000");
  CHECK(of("/deadline_ms", "") == "/deadline_ms: is missing");
  CHECK(of("/pause_ms", "60001") == "/pause_ms: expected an integer from 0 to 60000");
  CHECK(of("/auth/file", R"("token")") == "/auth/file: expected an absolute path");
  CHECK(of("/auth/header", R"("X: y\r\nZ")") == "/auth/header: expected the name of a header field");
  CHECK(of("/watermark", "") == "/watermark: is missing");
  CHECK(of("/watermark/from", R"("response_date")") == "/watermark/as: there is no such member here");
  CHECK(of("/watermark/as", R"("iso")") ==
        "/watermark/as: expected rfc3339, epoch_seconds, epoch_milliseconds or utc");
  CHECK(of("/watermark/path", R"("/w{key}")") == "/watermark/path: {key} has no meaning here");
  CHECK(of("/shapes", "[]") == "/shapes: expected from 1 to 256 shapes");
  CHECK(of("/directory", "{}") == "/directory: there is no such member here");
  CHECK(of("/shapes/0/path", R"("/a")") == "/shapes/0/path: together with post holds {key} not exactly once");
  CHECK(of("/shapes/0/path", R"("/{key}/{key}")") ==
        "/shapes/0/path: together with post holds {key} not exactly once");
  CHECK(of("/shapes/0/path", R"("http://x/{key}")") ==
        "/shapes/0/path: expected a path that begins with / and is percent-encoded already");
  CHECK(of("/shapes/0/path", R"("/a b/{key}")") ==
        "/shapes/0/path: expected a path that begins with / and is percent-encoded already");
  CHECK(of("/shapes/0/gone/status", "[500]") == "/shapes/0/gone/status: expected 404 or 410");
  CHECK(of("/shapes/0/gone", "{}") == "/shapes/0/gone: expected status or empty");
  CHECK(of("/shapes/1/prefix", R"("A-")") == "/shapes/1/prefix: another shape has this prefix");
  CHECK(of("/shapes/0/map/key", R"("id")") == "/shapes/0/map/key: expected a JSON Pointer");
  CHECK(of("/shapes/0/map/content", "[]") == "/shapes/0/map/content: expected at least one JSON Pointer");
  CHECK(of("/shapes/0/map/content", R"(["/c","/c"])") == "/shapes/0/map/content: names a pointer twice");
  CHECK(of("/shapes/0/map/attrs/N", R"("/n")") ==
        "/shapes/0/map/attrs/N: expected a name of a-z, 0-9, - and _, at most 63 bytes");
  CHECK(of("/shapes/0/map/attrs/n", R"("n")") == "/shapes/0/map/attrs/n: expected a JSON Pointer");
  CHECK(of("/shapes/0/map/touches/tenant", "[]") ==
        "/shapes/0/map/touches/tenant: expected at least one JSON Pointer");
  CHECK(fault_with(directory, "/directory/id", "") == "/directory/id: is missing");
  CHECK(fault_with(directory, "/watermark/from", R"("now")") ==
        "/watermark/from: expected response_date, or pointer and as instead");
  CHECK_FALSE(parse_config("{\"v\":1,\"v\":1}"));
}

TEST_CASE("a source is asked over https, or over http on this machine") {
  for (const char* url : {"https://s.example", "https://s.example:8443/okta", "http://127.0.0.1:9701/x",
                          "http://localhost:9701", "http://[::1]:9701"}) {
    CAPTURE(url);
    CHECK(base_url_fault(url) == "(none)");
  }
  for (const char* url :
       {"http://s.example", "http://127.0.0.1.example", "http://10.0.0.8", "ftp://s.example"}) {
    CAPTURE(url);
    CHECK(base_url_fault(url) == "/base_url: expected https, or http to this machine");
  }
  for (const char* url :
       {"", "s.example", "https://", "https://u:p@s.example", "http://127.0.0.1@s.example",
        "https://s.example/", "file:///etc/passwd", "https:/https:///s.example", "https:///s.example",
        "https://s.example/?q", "https://s.example#f", "https://s .example"}) {
    CAPTURE(url);
    CHECK(base_url_fault(url) != "(none)");
  }
}

TEST_CASE("what is posted holds the key instead of the path, is JSON, and names its type") {
  CHECK(fault_with(records, "/shapes/0/post", R"({"q":["{key}"]})") ==
        "/shapes/0/path: together with post holds {key} not exactly once");
  CHECK(fault_with(records, "/shapes/0/post", R"({"q":1})") == "(none)");
  CHECK(fault_with(records, "/shapes/0/post", R"("{key}")") ==
        "/shapes/0/post: expected an object of at most 16 KiB");
  CHECK(fault_with(records, "/shapes/0/post", R"({"q":")" + std::string(17'000, 'x') + "\"}") ==
        "/shapes/0/post: expected an object of at most 16 KiB");
  CHECK(fault_with(records, "/watermark/post", R"({"q":"{key}"})") ==
        "/watermark/path: {key} has no meaning here");
  CHECK(fault_with(records, "/shapes/0/record_as", R"("xml")") ==
        "/shapes/0/record_as: expected json_text, or nothing");

  Value document = canon::parse(records).value();
  CHECK(parse_config(canon::write(document)).value().headers.empty());
  document.object()->find("watermark")->object()->set("post", canon::Object{{"n", 1}});
  const Config config = parse_config(canon::write(document)).value();
  CHECK(config.watermark.post == R"({"n":1})");
  CHECK(config.headers == std::map<std::string, std::string>{{"Content-Type", "application/json"}});
  document.object()->set("headers", canon::Object{{"content-type", "application/x-amz-json-1.1"}});
  CHECK(parse_config(canon::write(document)).value().headers ==
        std::map<std::string, std::string>{{"content-type", "application/x-amz-json-1.1"}});
}

TEST_CASE("header fields of a configuration carry no secret and do not touch the transport") {
  const auto of = [](std::string_view json) { return fault_with(records, "/headers", json); };
  CHECK(of(R"({"X-Amz-Target":"a.b"})") == "(none)");
  CHECK(of("[]") == "/headers: expected an object");
  for (const char* name :
       {"Authorization", "cookie", "HOST", "Content-Length", "Transfer-Encoding", "X y", "X:"}) {
    CAPTURE(name);
    CHECK(of("{\"" + std::string(name) + "\":\"a\"}") ==
          "/headers/" + std::string(name) + ": is no header field that may be set here");
  }
  CHECK(of(R"({"X":"a\r\nY: b"})") == "/headers/X: expected visible ASCII");
  CHECK(of(R"({"X":" a"})") == "/headers/X: expected visible ASCII");
}

TEST_CASE("requests are signed for a region and a service, or carry a header, never both") {
  const auto of = [](std::string_view json) { return fault_with(records, "/auth", json); };
  CHECK(of(R"({"sigv4":{"region":"eu-north-1","service":"cloudtrail"},"file":"/etc/aws"})") == "(none)");
  CHECK(of(R"({"sigv4":{"region":"eu-north-1","service":"cloudtrail"},"header":"X","file":"/etc/aws"})") ==
        "/auth/header: there is no such member here");
  CHECK(of(R"({"sigv4":{"region":"eu:north","service":"s"},"file":"/etc/aws"})") ==
        "/auth/sigv4/region: expected a name of a-z, 0-9, - and _, at most 63 bytes");
  CHECK(of(R"({"sigv4":{"region":"eu-north-1"},"file":"/etc/aws"})") == "/auth/sigv4/service: is missing");
  CHECK(of(R"({"file":"/etc/aws"})") == "/auth/header: is missing");
}

TEST_CASE("a base URL given from outside takes the place of the file's") {
  CHECK(parse_config(records, "http://127.0.0.1:1/x").value().base_url == "http://127.0.0.1:1/x");
}
