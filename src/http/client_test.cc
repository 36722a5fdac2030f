#include "http/client.h"
#include "http/server.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include <stdlib.h>

using namespace sallyport;
using namespace sallyport::http;

namespace {

void answer(Request request, Reply reply) {
  Response response;
  if (request.path == "/wait") {
    static Reply kept;
    kept = std::move(reply);
    return;
  }
  if (request.path == "/moved") {
    response.status = 307;
    response.headers.add("location", "/other");
  }
  const std::string* type = request.headers.find("content-type");
  response.headers.add("x-type", type != nullptr ? *type : "none");
  response.body = request.method + " " + request.target + " " + request.body;
  reply(std::move(response));
}

struct Listener {
  Listener() {
    char name[] = "/tmp/sallyport-http-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    directory = name;
    REQUIRE(server.listen_unix(directory / "s"));
    REQUIRE(server.listen_tcp("127.0.0.1", 0));
    REQUIRE(server.start());
    over_unix.unix_socket = directory / "s";
    over_tcp.origin = "http://127.0.0.1:" + std::to_string(server.port());
  }

  ~Listener() {
    server.stop();
    std::filesystem::remove_all(directory);
  }

  static Request make(std::string method, std::string target, std::string body = "") {
    Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    return request;
  }

  std::filesystem::path directory;
  Server server{answer};
  ClientOptions over_unix;
  ClientOptions over_tcp;
};

} // namespace

TEST_CASE_FIXTURE(Listener, "the client gets the answer over both sockets, byte for byte") {
  for (const auto& options : {over_unix, over_tcp}) {
    const auto got = fetch(options, make("GET", "/a/../b?c=%20"));
    REQUIRE(got);
    CHECK(got->status == 200);
    CHECK(got->body == "GET /a/../b?c=%20 ");
    CHECK(*got->headers.find("x-type") == "none");

    const std::string large(3'000'000, 'x');
    CHECK(fetch(options, make("POST", "/", large))->body == "POST / " + large);
    CHECK(fetch(options, make("DELETE", "/x"))->body == "DELETE /x ");
    CHECK(fetch(options, make("POST", "/x"))->body == "POST /x ");
    const auto head = fetch(options, make("HEAD", "/x"));
    REQUIRE(head);
    CHECK(head->body.empty());
    CHECK(*head->headers.find("content-length") == "8");
  }
}

TEST_CASE_FIXTURE(Listener, "the client sends fields as they are and refuses ones that hold a line break") {
  Request request = make("POST", "/", "{}");
  request.headers.add("content-type", "application/json");
  CHECK(*fetch(over_unix, request)->headers.find("x-type") == "application/json");
  request.headers.add("x", "a\r\nb: c");
  CHECK(fetch(over_unix, request).error().code == ErrorCode::malformed);
}

TEST_CASE_FIXTURE(Listener, "the client follows no redirect") {
  CHECK(fetch(over_unix, make("GET", "/moved"))->status == 307);
}

TEST_CASE_FIXTURE(Listener, "the client's limits hold") {
  ClientOptions small = over_unix;
  small.body_bytes_max = 10;
  CHECK(fetch(small, make("GET", "/1234")).has_value());
  CHECK(fetch(small, make("GET", "/12345")).error().code == ErrorCode::too_large);

  ClientOptions hasty = over_unix;
  hasty.timeout = Duration{100};
  const auto late = fetch(hasty, make("GET", "/wait"));
  REQUIRE_FALSE(late);
  CHECK(late.error().message == "no answer came in time");
}

TEST_CASE_FIXTURE(Listener, "where nobody answers the client says where") {
  server.stop();
  const auto nobody = fetch(over_unix, make("GET", "/"));
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == ErrorCode::unavailable);
  CHECK(nobody.error().where == (directory / "s").string());
  CHECK(fetch(over_tcp, make("GET", "/")).error().message == "nobody answers there");
  ClientOptions file;
  file.origin = "file:///etc";
  CHECK(fetch(file, make("GET", "/hostname")).error().code == ErrorCode::malformed);
}
