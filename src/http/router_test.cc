#include "http/percent.h"
#include "http/problem.h"
#include "http/router.h"

#include "canon/json.h"

#include <doctest/doctest.h>

#include <optional>

using namespace sallyport;
using namespace sallyport::http;

namespace {

enum class Door { anyone, reader, nobody };

struct Principal {
  std::string name;
};

struct Reached {
  std::string route;
  std::string first;
};

struct Routes {
  Routes() {
    const auto hear = [this](std::string route, std::string parameter) {
      return [this, route, parameter](Principal, Request, Params params, Reply reply) {
        heard.push_back({route, parameter.empty() ? "" : params.at(parameter)});
        reply({});
      };
    };
    router.add("GET", "/", Door::anyone, hear("root", ""));
    router.add("GET", "/v1/packets", Door::reader, hear("list", ""));
    router.add("POST", "/v1/packets", Door::reader, hear("submit", ""));
    router.add("GET", "/v1/packets/{packet}", Door::reader, hear("packet", "packet"));
    router.add("GET", "/v1/packets/search", Door::reader, hear("search", ""));
    router.add("DELETE", "/v1/packets/{id}", Door::nobody, hear("delete", "id"));
    router.add("GET", "/v1/packets/{packet}/revisions/{number}", Door::anyone, hear("revision", "number"));
  }

  Response ask(std::string method, std::string path) {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    std::optional<Response> answer;
    router(std::move(request), [&answer](Response response) { answer = std::move(response); });
    REQUIRE(answer);
    return *answer;
  }

  std::vector<Reached> heard;
  Router<Door, Principal> router{
      [](const Door& access, const Request&) -> std::expected<Principal, Response> {
        switch (access) {
        case Door::anyone:
          return Principal{""};
        case Door::reader:
          return Principal{"example"};
        case Door::nobody:
          break;
        }
        return std::unexpected(problem(403, "denied", "Denied"));
      }};
};

} // namespace

TEST_CASE_FIXTURE(Routes, "a literal segment is preferred, whatever the order of adding") {
  ask("GET", "/v1/packets/search");
  ask("GET", "/v1/packets/p-1");
  ask("GET", "/");
  REQUIRE(heard.size() == 3);
  CHECK(heard[0].route == "search");
  CHECK(heard[1].route == "packet");
  CHECK(heard[1].first == "p-1");
  CHECK(heard[2].route == "root");
}

TEST_CASE_FIXTURE(Routes, "parameters are decoded, not empty and bounded") {
  ask("GET", "/v1/packets/a%20%C3%A9/revisions/7");
  ask("GET", "/v1/packets/" + std::string(200, 'x'));
  ask("GET", "/%761/packets");
  REQUIRE(heard.size() == 3);
  CHECK(heard[0].first == "7");
  CHECK(heard[1].first.size() == 200);
  CHECK(heard[2].route == "list");
  CHECK(ask("GET", "/v1/packets/" + std::string(201, 'x')).status == 404);
  CHECK(ask("GET", "/v1/packets//revisions/7").status == 404);
  CHECK(ask("GET", "/v1/packets/").status == 404);
  CHECK(ask("GET", "/v1/packets/%FF").status == 400);
  CHECK(ask("GET", "/v1/packets/%0").status == 400);
  CHECK(ask("GET", "/v1/packets/%00").status == 400);
  CHECK(heard.size() == 3);
}

TEST_CASE_FIXTURE(Routes, "an unknown path is 404, a known path with another method 405 with Allow") {
  CHECK(ask("GET", "/v2").status == 404);
  CHECK(ask("GET", "").status == 404);
  CHECK(ask("GET", "//").status == 404);
  const Response refused = ask("PUT", "/v1/packets");
  CHECK(refused.status == 405);
  CHECK(*refused.headers.find("allow") == "GET, HEAD, POST");
  CHECK(*refused.headers.find("content-type") == "application/problem+json");
  CHECK(ask("get", "/v1/packets").status == 405);
  CHECK(ask("DELETE", "/v1/packets/search").status == 405);
  CHECK(heard.empty());
}

TEST_CASE_FIXTURE(Routes, "HEAD finds the GET route") {
  CHECK(ask("HEAD", "/v1/packets").status == 200);
  CHECK(heard.at(0).route == "list");
}

TEST_CASE_FIXTURE(Routes, "no handler runs without the guard's consent") {
  CHECK(ask("DELETE", "/v1/packets/p-1").status == 403);
  CHECK(heard.empty());
}

TEST_CASE_FIXTURE(Routes, "every route can be read with its access") {
  REQUIRE(router.routes().size() == 7);
  CHECK(router.routes()[5].method == "DELETE");
  CHECK(router.routes()[5].pattern == "/v1/packets/{id}");
  CHECK(router.routes()[5].access == Door::nobody);
}

TEST_CASE("a problem has its standard members, whatever the extensions say") {
  const Response response =
      problem(409, "conflict", "Somebody was first", "", {{"status", 200}, {"detail", "x"}, {"head", "r-2"}});
  CHECK(response.status == 409);
  CHECK(
      response.body ==
      R"({"head":"r-2","status":409,"title":"Somebody was first","type":"urn:sallyport:problem:conflict"})");
}

TEST_CASE("percent-encoding is strict and round-trips") {
  CHECK(*percent_decode("a%2Fb+c") == "a/b+c");
  CHECK(percent_encode("a/b \xC3\xA9~") == "a%2Fb%20%C3%A9~");
  CHECK(*percent_decode(percent_encode("\xF0\x9F\x98\x80&=?#%")) == "\xF0\x9F\x98\x80&=?#%");
  for (const char* bad :
       {"%", "%4", "%G0", "%0x", "%-1", "%+1", "% 1", "%ED%A0%80", "%C0%AF", "%0A", "\x7F", "\xFF"}) {
    CAPTURE(bad);
    CHECK_FALSE(percent_decode(bad));
  }
  const auto query = parse_query("a=1&&b&c=x+y%2B&a=&=v");
  REQUIRE(query);
  const std::vector<std::pair<std::string, std::string>> want = {
      {"a", "1"}, {"b", ""}, {"c", "x y+"}, {"a", ""}, {"", "v"}};
  CHECK(*query == want);
}
