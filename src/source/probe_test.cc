#include "source/probe.h"

#include "base/bytes.h"
#include "base/testing/shared_data.h"
#include "canon/json.h"
#include "crypto/digest.h"
#include "source/testing/peer.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

using namespace sallyport;
using namespace sallyport::source;
using sallyport::source::testing::Peer;
using sallyport::source::testing::reply;
using sallyport::source::testing::silence;

namespace {

constexpr std::string_view config_text = R"({
  "v":1, "source":"s", "kind":"records", "base_url":"https://s.example", "timeout_ms":300, "deadline_ms":2000,
  "watermark":{"path":"/w", "pointer":"/at", "as":"rfc3339"},
  "shapes":[{"prefix":"", "path":"/o/{key}", "record":"/0", "gone":{"status":[410], "empty":""},
    "map":{"key":"/id", "occurred_at":{"pointer":"/at", "as":"rfc3339"}, "content":["/c"]}}]})";

constexpr std::string_view directory_text = R"({
  "v":1, "source":"d", "kind":"directory", "base_url":"https://s.example", "timeout_ms":300, "deadline_ms":2000,
  "watermark":{"path":"/w", "from":"response_date", "lag_ms":60000},
  "directory":{"path":"/g", "version":"/v", "members":"/m", "id":"/id"}})";

const std::string watermark = reply("200 OK", R"({"at":"2026-11-20T09:58:00.25Z"})");

std::string record(const std::string& id) {
  return reply("200 OK", R"([{"id":")" + id + R"(","at":"2026-11-20T09:00:00Z","c":1}])");
}

// One hour a call, so that a test sees which response set the time.
struct TickingClock {
  Instant now{1'000};

  Instant operator()() {
    now = now + Duration{3'600'000};
    return now;
  }
};

Config configured(std::string_view text, const std::string& base_url) {
  auto config = parse_config(text, base_url);
  REQUIRE_MESSAGE(config.has_value(), config.error().text());
  return *std::move(config);
}

Result<Answer> ask(const std::string& base_url, const std::vector<std::string>& keys) {
  return probe(configured(config_text, base_url), keys, TickingClock());
}

// The object that the source gives for key "K" when it answers with these bytes.
ObjectAnswer answered_with(std::string bytes) {
  Peer peer({{"/w", watermark}, {"/o/K", std::move(bytes)}});
  const auto answer = ask(peer.base_url(), {"K"});
  REQUIRE_MESSAGE(answer.has_value(), answer.error().text());
  REQUIRE(answer->objects.size() == 1);
  const ObjectAnswer& object = answer->objects.front();
  CHECK(object.key == "K");
  CHECK(object.fault.has_value() == (object.status == ObjectStatus::unknown));
  return object;
}

std::string fault(const ObjectAnswer& object) {
  return object.fault ? object.fault->text() : "(none)";
}

std::string error_with(std::map<std::string, std::string> replies) {
  Peer peer(std::move(replies));
  const auto answer = ask(peer.base_url(), {"K"});
  return answer ? "(none)" : answer.error().text();
}

} // namespace

TEST_CASE("each key is asked and answered in its order, with the clocks of the source and ours") {
  Peer peer({{"/w", watermark}, {"/o/K1", record("K1")}, {"/o/K2", record("K2")}});
  const auto answer = ask(peer.base_url(), {"K2", "K1"});
  REQUIRE_MESSAGE(answer.has_value(), answer.error().text());
  CHECK(answer->source == "s");
  CHECK(to_string(answer->complete_through) == "2026-11-20T09:58:00.250Z");
  CHECK(answer->observed_at == Instant{1'000 + 3 * 3'600'000});
  REQUIRE(answer->objects.size() == 2);
  CHECK(answer->objects[0].key == "K2");
  CHECK(answer->objects[0].status == ObjectStatus::found);
  CHECK(to_string(answer->objects[0].occurred_at) == "2026-11-20T09:00:00.000Z");
  CHECK(answer->objects[1].key == "K1");
  CHECK_FALSE(answer->directory);
}

TEST_CASE("the watermark is asked before the objects, so it never claims more than was read") {
  Peer peer({{"/w", watermark}, {"/o/K", record("K")}});
  REQUIRE(ask(peer.base_url(), {"K"}).has_value());
  const auto requests = peer.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].starts_with("GET /w HTTP/1.1\r\n"));
  CHECK(requests[1].starts_with("GET /o/K HTTP/1.1\r\n"));
}

TEST_CASE("without keys a probe is a heartbeat") {
  Peer peer({{"/w", watermark}});
  const auto answer = ask(peer.base_url(), {});
  REQUIRE(answer.has_value());
  CHECK(answer->objects.empty());
  CHECK(peer.requests().size() == 1);
}

TEST_CASE("one key that fails makes that object unknown and no other") {
  Peer peer({{"/w", watermark},
             {"/o/A", record("A")},
             {"/o/B", reply("500 Internal Server Error", "{}")},
             {"/o/C", record("C")}});
  const auto answer = ask(peer.base_url(), {"A", "B", "C"});
  REQUIRE(answer.has_value());
  CHECK(answer->objects[0].status == ObjectStatus::found);
  CHECK(answer->objects[1].status == ObjectStatus::unknown);
  CHECK(fault(answer->objects[1]) == "answered with status 500");
  CHECK(answer->objects[2].status == ObjectStatus::found);
}

TEST_CASE("an object is gone only where the configuration says how the source says so") {
  CHECK(answered_with(reply("410 Gone", "")).status == ObjectStatus::gone);
  CHECK(answered_with(reply("200 OK", "[]")).status == ObjectStatus::gone);
  CHECK(fault(answered_with(reply("404 Not Found", "{}"))) == "answered with status 404");
  CHECK(fault(answered_with(reply("200 OK", "{}"))) == "/0: the answer has no record here");
}

TEST_CASE("a status that is no answer makes the object unknown") {
  for (const char* status : {"201 Created", "204 No Content", "401 Unauthorized", "403 Forbidden",
                             "500 Internal Server Error", "503 Service Unavailable"}) {
    CAPTURE(status);
    CHECK(answered_with(reply(status, "")).status == ObjectStatus::unknown);
  }
}

TEST_CASE("a source that throttles us has not answered, whatever it said before") {
  const std::string throttled = reply("429 Too Many Requests", "");
  Peer peer({{"/w", watermark}, {"/o/A", record("A")}, {"/o/B", throttled}, {"/o/C", record("C")}});
  const auto answer = ask(peer.base_url(), {"A", "B", "C"});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::unavailable);
  CHECK(answer.error().text() == "asks us to come back later");
  CHECK(peer.requests().size() == 3); // and is not asked for C
  CHECK(error_with({{"/w", throttled}}) == "/watermark: asks us to come back later");
}

TEST_CASE("a redirect is not followed") {
  Peer other({{"/o/K", record("K")}});
  CHECK(fault(answered_with(reply("302 Found", "", "Location: " + other.base_url() + "/o/K\r\n"))) ==
        "answered with status 302");
  CHECK(other.requests().empty());
}

TEST_CASE("a record that cannot be trusted makes the object unknown") {
  CHECK(fault(answered_with(record("L"))) == "/id: the record is not the one that was asked for");
  CHECK(answered_with(reply("200 OK", "<html>")).status == ObjectStatus::unknown);
  CHECK(answered_with(reply("200 OK", "")).status == ObjectStatus::unknown);
  CHECK(answered_with(reply("200 OK", std::string(100, '[') + std::string(100, ']'))).status ==
        ObjectStatus::unknown);
  CHECK(answered_with(reply("200 OK", R"([{"id":"K","at":"2026-11-20T09:00:00Z","c":1,"c":2}])")).status ==
        ObjectStatus::unknown);
  CHECK(answered_with(reply("200 OK", "[{\"id\":\"K\",\"at\":\"2026-11-20T09:00:00Z\",\"c\":\"\xff\"}]"))
            .status == ObjectStatus::unknown);
  CHECK(answered_with("not HTTP at all\r\n\r\n").status == ObjectStatus::unknown);
  CHECK(answered_with("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n[{").status == ObjectStatus::unknown);
}

TEST_CASE("more than 1 MiB of an answer is not read, announced or not") {
  const std::string padding(answer_bytes_max, ' ');
  const std::string body = R"([{"id":"K","at":"2026-11-20T09:00:00Z","c":1}])";
  CHECK(fault(answered_with(reply("200 OK", body + padding))) == "the answer is longer than the limit");
  CHECK(fault(answered_with("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body + padding)) ==
        "the answer is longer than the limit");
  CHECK(answered_with(reply("200 OK", body + padding.substr(body.size()))).status == ObjectStatus::found);
}

TEST_CASE("a source that does not answer is unavailable") {
  std::string free_port;
  {
    const Peer peer({});
    free_port = peer.base_url();
  }
  const auto refused = ask(free_port, {"K"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::unavailable);
  CHECK(refused.error().where == "/watermark");
  CHECK(error_with({{"/w", silence}}).starts_with("/watermark: no answer: "));
  CHECK(error_with({{"/w", reply("503 Service Unavailable", "")}}) == "/watermark: answered with status 503");
}

TEST_CASE("a watermark that cannot be read is an error, so no observation claims a time") {
  CHECK(error_with({{"/w", reply("200 OK", "{}")}}) == "/watermark: the answer has nothing at the pointer");
  CHECK(error_with({{"/w", reply("200 OK", R"({"at":"soon"})")}}) ==
        "/watermark: expected an instant as RFC 3339 writes it");
  CHECK(error_with({{"/w", reply("200 OK", "no")}}).starts_with("/watermark: "));
}

TEST_CASE("a silent object costs one time-out, and the deadline bounds them all") {
  Peer peer({{"/w", watermark}, {"/o/A", silence}, {"/o/B", record("B")}});
  const auto one = ask(peer.base_url(), {"A", "B"});
  REQUIRE(one.has_value());
  CHECK(one->objects[0].status == ObjectStatus::unknown);
  CHECK(one->objects[1].status == ObjectStatus::found);

  Config config = configured(config_text, peer.base_url());
  config.deadline = {400};
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = probe(config, std::vector<std::string>(20, "A"), TickingClock());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
  REQUIRE(answer.has_value());
  CHECK(answer->objects.size() == 20);
  CHECK(fault(answer->objects.back()) == "the time for this source was used up");
  CHECK(answer->observed_at == Instant{1'000 + 3'600'000});
}

TEST_CASE("a source that counts requests is asked at its own pace, within the deadline") {
  Peer peer({{"/w", watermark}, {"/o/A", record("A")}, {"/o/B", record("B")}});
  Config config = configured(config_text, peer.base_url());
  config.pause = {100};
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = probe(config, {"A", "B"}, TickingClock());
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(200));
  REQUIRE(answer.has_value());
  CHECK(answer->objects[1].status == ObjectStatus::found);

  config.pause = {60'000};
  config.deadline = {200};
  const auto late = probe(config, {"A", "B"}, TickingClock());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  REQUIRE(late.has_value());
  CHECK(fault(late->objects[0]) == "the time for this source was used up");
}

TEST_CASE("a key cannot leave its place in the path") {
  Peer peer({{"/w", watermark}, {"/o/a%2F..%2Fb%3Fc%23d%20%26%25%C3%A4", record("a/../b?c#d &%ä")}});
  const auto answer = ask(peer.base_url(), {"a/../b?c#d &%ä", "..", ".", "", "x\" or 1", "x' or 1", "a\\b",
                                            "a\r\nb", std::string(key_bytes_max + 1, 'k'), "\xff"});
  REQUIRE(answer.has_value());
  CHECK(answer->objects[0].status == ObjectStatus::found);
  for (std::size_t i = 1; i < answer->objects.size(); ++i) {
    CHECK(answer->objects[i].status == ObjectStatus::unknown);
    CHECK(answer->objects[i].fault->where == "/key");
  }
  CHECK(peer.requests().size() == 2);
}

TEST_CASE("a key that no shape takes is unknown and is not asked") {
  Peer peer({{"/w", watermark}});
  Config config = configured(config_text, peer.base_url());
  std::get<std::vector<Shape>>(config.shape).front().prefix = "A-";
  const auto answer = probe(config, {"K"}, TickingClock());
  REQUIRE(answer.has_value());
  CHECK(answer->objects[0].fault->code == ErrorCode::unsupported);
  CHECK(peer.requests().size() == 1);
}

TEST_CASE("the Date of the response is a watermark, less the lag that the source is known to have") {
  const std::string dated = reply("200 OK", "ignored", "Date: Fri, 20 Nov 2026 10:00:00 GMT\r\n");
  const std::string group = reply("200 OK", R"({"v":7,"m":[{"id":"pe_b"},{"id":"pe_a"}]})");
  Peer peer({{"/w", dated}, {"/g", group}});
  const auto answer = probe(configured(directory_text, peer.base_url()), {}, TickingClock());
  REQUIRE_MESSAGE(answer.has_value(), answer.error().text());
  CHECK(to_string(answer->complete_through) == "2026-11-20T09:59:00.000Z");
  CHECK(answer->directory == Directory{"7", {"pe_a", "pe_b"}});
  CHECK(answer->objects.empty());

  Peer undated({{"/w", reply("200 OK", "")}, {"/g", group}});
  const auto refused = probe(configured(directory_text, undated.base_url()), {}, TickingClock());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text() == "/watermark: the response has no Date");
}

TEST_CASE("a directory that does not answer is an error, never an empty audience") {
  const std::string dated = reply("200 OK", "", "Date: Fri, 20 Nov 2026 10:00:00 GMT\r\n");
  Peer peer({{"/w", dated}});
  const auto answer = probe(configured(directory_text, peer.base_url()), {}, TickingClock());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().text() == "/directory: answered with status 404");
}

TEST_CASE("the token is read for every probe, sent in its header, and never told") {
  const auto file = std::filesystem::temp_directory_path() / ("source_token_" + std::to_string(::getpid()));
  Peer peer({{"/w", watermark}});
  Config config = configured(config_text, peer.base_url());
  config.auth = Auth{"Authorization", file.string()};
  for (const char* token : {"SSWS first", "SSWS second\r"}) {
    std::ofstream(file) << token << "\nnot this line\n";
    CHECK(probe(config, {}, TickingClock()).has_value());
  }
  const auto requests = peer.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].find("\r\nAuthorization: SSWS first\r\n") != std::string::npos);
  CHECK(requests[1].find("\r\nAuthorization: SSWS second\r\n") != std::string::npos);

  std::ofstream(file) << "a\x01secret\n";
  const auto refused = probe(config, {}, TickingClock());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().text() == "/auth/file: has no usable first line");
  std::filesystem::remove(file);
  CHECK(probe(config, {}, TickingClock()).error().code == ErrorCode::not_found);
  CHECK(peer.requests().size() == 2);
}

TEST_CASE("what is posted holds the key as it is, and a GET after it posts nothing") {
  Config config = configured(config_text, "http://127.0.0.1:1");
  config.headers = {{"Content-Type", "application/json"}, {"X-Target", "look up"}};
  config.watermark.post = R"({"n":1})";
  Shape& shape = std::get<std::vector<Shape>>(config.shape).front();
  shape.path = "/find";
  shape.post = R"({"q":{"id":"{key}"}})";
  Shape other = shape;
  other.prefix = "G-";
  other.path = "/o/{key}";
  other.post.clear();
  std::get<std::vector<Shape>>(config.shape).push_back(other);
  Peer peer({{R"(/w {"n":1})", watermark},
             {R"(/find {"q":{"id":"{n}&ä/"}})", record("{n}&ä/")},
             {"/o/G-1", record("G-1")}});
  config.base_url = peer.base_url();
  const auto answer = probe(config, {"{n}&ä/", "G-1", "x\",\"y\":\""}, TickingClock());
  REQUIRE_MESSAGE(answer.has_value(), answer.error().text());
  CHECK(fault(answer->objects[0]) == "(none)");
  CHECK(fault(answer->objects[1]) == "(none)");
  CHECK(answer->objects[2].fault->where == "/key");
  const auto requests = peer.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].starts_with("POST /w HTTP/1.1\r\n"));
  CHECK(requests[1].find("\r\nContent-Type: application/json\r\nX-Target: look up\r\n") != std::string::npos);
  CHECK(requests[2].starts_with("GET /o/G-1 HTTP/1.1\r\n"));
  CHECK(requests[2].find("Content-Length") == std::string::npos);
}

TEST_CASE("a record that is JSON within a text is read as strictly as the answer around it") {
  const auto read = [](std::string_view text) {
    Config config = configured(config_text, "http://127.0.0.1:1");
    std::get<std::vector<Shape>>(config.shape).front().record_is_text = true;
    const canon::Value body = canon::Array{canon::Value(text)};
    Peer peer({{"/w", watermark}, {"/o/K", reply("200 OK", canon::write(body))}});
    config.base_url = peer.base_url();
    const auto answer = probe(config, {"K"}, TickingClock());
    REQUIRE(answer.has_value());
    return fault(answer->objects.front());
  };
  CHECK(read(R"({"id":"K","at":"2026-11-20T09:00:00Z","c":1})") == "(none)");
  CHECK(read(R"({"id":"K","at":"2026-11-20T09:00:00Z"})") == "/c: the record has nothing here");
  CHECK(read(R"({"id":"K","at":"2026-11-20T09:00:00Z","c":1,"c":2})").starts_with("/0: "));
  CHECK(read("canary").starts_with("/0: "));
  CHECK(read("canary").find("canary") == std::string::npos);
  const auto plain = [](std::string_view answer) {
    Config config = configured(config_text, "http://127.0.0.1:1");
    std::get<std::vector<Shape>>(config.shape).front().record_is_text = true;
    Peer peer({{"/w", watermark}, {"/o/K", reply("200 OK", answer)}});
    config.base_url = peer.base_url();
    return fault(probe(config, {"K"}, TickingClock()).value().objects.front());
  };
  CHECK(plain(R"([{"id":"K"}])") == "/0: expected text that is JSON");
}

namespace {

std::string field(const std::string& request, const std::string& name) {
  const std::size_t at = request.find("\r\n" + name + ": ");
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

std::string text_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

Digest hmac(const std::string& key, const std::string& message) {
  return crypto::hmac_sha256(as_bytes(key), as_bytes(message));
}

// AWS Signature Version 4 from its description, for a request without a query.
std::string signature(const std::string& request, const std::string& secret) {
  const std::string authorization = field(request, "Authorization");
  const std::size_t begin = authorization.find("SignedHeaders=") + 14;
  const std::string names = authorization.substr(begin, authorization.find(',', begin) - begin);
  const std::map<std::string, std::string> spelled{{"accept", "Accept"},
                                                   {"content-type", "Content-Type"},
                                                   {"host", "Host"},
                                                   {"x-amz-date", "X-Amz-Date"},
                                                   {"x-amz-target", "X-Amz-Target"},
                                                   {"x-amz-security-token", "X-Amz-Security-Token"}};
  std::string canonical = "POST\n/\n\n";
  for (std::size_t at = 0; at < names.size();) {
    const std::size_t end = std::min(names.find(';', at), names.size());
    const std::string name = names.substr(at, end - at);
    canonical += name + ":" + field(request, spelled.at(name)) + "\n";
    at = end + 1;
  }
  canonical += "\n" + names + "\n" + crypto::sha256(request.substr(request.find("\r\n\r\n") + 4)).hex();
  const std::string time = field(request, "X-Amz-Date");
  const std::string day = time.substr(0, 8);
  const std::string signed_text = "AWS4-HMAC-SHA256\n" + time + "\n" + day +
                                  "/eu-north-1/cloudtrail/aws4_request\n" + crypto::sha256(canonical).hex();
  std::string key = "AWS4" + secret;
  for (const std::string& part :
       {day, std::string("eu-north-1"), std::string("cloudtrail"), std::string("aws4_request")}) {
    key = text_of(hmac(key, part));
  }
  return hmac(key, signed_text).hex();
}

} // namespace

TEST_CASE("a request is signed with the key in the file, which is not sent") {
  const auto file = std::filesystem::temp_directory_path() / ("source_key_" + std::to_string(::getpid()));
  Peer peer({{R"(/ {"n":1})", watermark}});
  Config config = configured(config_text, peer.base_url());
  config.auth = Auth{"", file.string(), SigV4{"eu-north-1", "cloudtrail"}};
  config.headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", "a.b"}};
  config.watermark.path = "/";
  config.watermark.post = R"({"n":1})";
  for (const char* line : {"AKIAEXAMPLE:top/secret+1", "AKIAEXAMPLE:top/secret+1:session/token=="}) {
    std::ofstream(file) << line << "\n";
    CHECK(probe(config, {}, TickingClock()).has_value());
  }
  const auto requests = peer.requests();
  REQUIRE(requests.size() == 2);
  for (const std::string& request : requests) {
    const std::string authorization = field(request, "Authorization");
    CHECK(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/"));
    CHECK(authorization.find("x-amz-target") != std::string::npos);
    CHECK(authorization.ends_with("Signature=" + signature(request, "top/secret+1")));
    CHECK(request.find("top/secret") == std::string::npos);
  }
  CHECK(field(requests[1], "X-Amz-Security-Token") == "session/token==");
  CHECK(field(requests[1], "Authorization").find("x-amz-security-token") != std::string::npos);

  for (const char* line :
       {"AKIAEXAMPLE", ":secret", "AKIAEXAMPLE:", "AKIAEXAMPLE::token", "AKIAEXAMPLE:secret:"}) {
    CAPTURE(line);
    std::ofstream(file) << line << "\n";
    const auto refused = probe(config, {}, TickingClock());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text() == "/auth/file: has no key id and secret");
  }
  std::filesystem::remove(file);
}

TEST_CASE("a proxy in the environment does not stand between us and a source") {
  Peer peer({{"/w", watermark}});
  Peer proxy({});
  ::setenv("http_proxy", proxy.base_url().c_str(), 1);
  CHECK(ask(peer.base_url(), {}).has_value());
  ::unsetenv("http_proxy");
  CHECK(proxy.requests().empty());
}
