// Who may ask what, and what is refused: the API as clients see it.
#include "charter/words.h"
#include "http/testing/service.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;

TEST_CASE("the socket knows its user, a token its account, and nobody else is anybody") {
  Service s;
  const Got me = s.local({.target = "/v1/whoami"});
  REQUIRE(me.status == 200);
  CHECK(me.text_at("name") == "Gail Example");
  CHECK(me.text_at("person") == s.gail.str());
  CHECK(me.at("scopes").array()->size() == 7);

  const std::string agent = s.account("agent", "Comparer");
  const Got issued = s.token(agent, {"read", "prepare"});
  REQUIRE(issued.status == 201);
  const std::string token = issued.text_at("token");
  const Got it = s.remote({.target = "/v1/whoami"}, token);
  REQUIRE(it.status == 200);
  CHECK(it.text_at("account") == agent);
  CHECK(it.text_at("kind") == "agent");
  CHECK(it.at("scopes").array()->size() == 2);

  const Got nobody = s.remote({.target = "/v1/whoami"}, std::nullopt);
  CHECK(nobody.status == 401);
  CHECK(nobody.problem() == "unauthenticated");
  CHECK(nobody.type == "application/problem+json");
  CHECK(s.remote({.target = "/healthz"}, std::nullopt).status == 200);

  // Another secret under a known id; nothing of a token at all; other schemes; two at once.
  std::string other = token;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  other[other.size() - 5] = other[other.size() - 5] == 'A' ? 'B' : 'A';
  for (const std::string& wrong : {other, std::string("sp_"), std::string("sp_2345abcdef_"), token + "A",
                                   token.substr(0, token.size() - 3), std::string("x")}) {
    INFO(wrong);
    CHECK(s.remote({.target = "/v1/whoami"}, wrong).status == 401);
  }
  ClientOptions local;
  local.unix_socket = s.dir / "s";
  CHECK(Service::send(local, {.target = "/v1/whoami"}, "Basic " + token).status == 401);
  // A token that does not count is not made good by the user of the socket.
  CHECK(Service::send(local, {.target = "/v1/whoami"}, "Bearer x").status == 401);
  CHECK(Service::send(local, {.target = "/v1/whoami"}, "bearer " + token).text_at("account") == agent);
}

TEST_CASE("a token counts until it is revoked, has expired, or its account is disabled") {
  Service s;
  const std::string service = s.account("service", "Intake");
  const Got first = s.token(service, {"read", "intake"});
  const Got second = s.token(service, {"read"}, 2 * hour_ms);
  const Ask who{.target = "/v1/whoami"};
  CHECK(s.remote(who, first.text_at("token")).status == 200);

  CHECK(s.local(post("/v1/tokens/" + first.text_at("token_id") + "/revoke")).status == 200);
  CHECK(s.remote(who, first.text_at("token")).status == 401);
  CHECK(s.remote(who, second.text_at("token")).status == 200);

  s.ahead = 2 * hour_ms;
  CHECK(s.remote(who, second.text_at("token")).status == 401);

  const Got third = s.token(service, {"read"});
  CHECK(s.remote(who, third.text_at("token")).status == 200);
  CHECK(s.local(post("/v1/principals/" + service + "/disable")).status == 200);
  CHECK(s.remote(who, third.text_at("token")).status == 401);
  CHECK(s.token(service, {"read"}).status == 403); // and it gets no other
}

TEST_CASE("no token says more than its kind of account may: agents never decide, services never govern") {
  Service s;
  const std::string agent = s.account("agent", "Comparer");
  for (const char* scope : {"decide", "govern", "lane", "intake", "source"}) {
    INFO(scope);
    const Got refused = s.token(agent, {"read", scope});
    CHECK(refused.status == 403);
    CHECK(refused.reason() == "agent_never_decides");
    CHECK(member(s.last_leaf(), "kind") == "attempt.refused");
    CHECK(member(s.last_leaf(), "verb") == "token.issue");
  }
  const std::string service = s.account("service", "Intake");
  CHECK(s.token(service, {"decide"}).status == 403);
  CHECK(s.token(service, {"govern"}).status == 403);
  CHECK(s.token(service, {}).status == 400);
  CHECK(s.token(service, {"everything"}).status == 400);
}

TEST_CASE("the routes are those of docs/openapi.yaml, with the scopes that stand there") {
  std::map<std::string, std::string> written; // "GET /v1/keys" to its scope
  const auto text =
      engine::read_small_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) / "docs/openapi.yaml");
  REQUIRE(text);
  std::istringstream lines(*text);
  std::string path, method;
  for (std::string line; std::getline(lines, line);) { // its layout is said at its top
    constexpr std::string_view scope = "      x-sallyport-scope: ";
    if (line.starts_with("  /") && line.ends_with(':')) {
      path = line.substr(2, line.size() - 3);
    } else if (line == "    get:" || line == "    post:" || line == "    put:" || line == "    delete:") {
      method = line.substr(4, line.size() - 5);
      std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    } else if (line.starts_with(scope)) {
      written[method + " " + path] = line.substr(scope.size());
    }
  }
  CHECK(written.size() > 40);
  constexpr std::array names{"anyone", "read", "intake", "source", "prepare", "decide", "govern", "lane"};
  Service s;
  for (const RouteInfo& route : s.api->routes()) {
    const std::string name = route.method + " " + route.pattern;
    INFO(name);
    CHECK(written[name] == names[static_cast<std::size_t>(route.access)]);
  }
  CHECK(written.size() == s.api->routes().size());
}

TEST_CASE("every route but the health check is closed to those without a credential") {
  ApiOptions options;
  options.strangers = {1'000, 1'000}; // there are more routes than strangers may ask for at once
  Service s(options);
  const std::int64_t before = s.leaves();
  std::size_t open = 0;
  for (const RouteInfo& route : s.api->routes()) {
    INFO(route.method << " " << route.pattern);
    const Got reply = s.remote({route.method, filled(route.pattern)}, std::nullopt);
    if (route.access == Access::anyone) {
      ++open;
      CHECK(route.pattern == "/healthz");
    } else {
      CHECK(reply.status == 401);
      CHECK(reply.problem() == "unauthenticated");
    }
  }
  CHECK(open == 1);
  CHECK(s.leaves() == before); // who is nobody writes no leaf
}

TEST_CASE("an agent's token is refused on every route that decides, governs or reads a lane, on record") {
  Service s;
  const std::string agent = s.account("agent", "Comparer");
  const std::string token = s.token(agent, {"read", "prepare"}).text_at("token");
  std::size_t walked = 0;
  for (const RouteInfo& route : s.api->routes()) {
    if (route.access != Access::decide && route.access != Access::govern && route.access != Access::lane) {
      continue;
    }
    INFO(route.method << " " << route.pattern);
    const Got reply = s.remote({route.method, filled(route.pattern)}, token);
    CHECK(reply.status == 403);
    CHECK(reply.problem() == "forbidden");
    CHECK(reply.reason() == "agent_never_decides");
    const canon::Value leaf = s.last_leaf();
    CHECK(member(leaf, "kind") == "attempt.refused");
    CHECK(member(leaf, "actor") == agent);
    ++walked;
  }
  CHECK(walked > 20);
  // A scope that agents may have, and this one has not.
  const std::string reader = s.token(agent, {"read"}).text_at("token");
  const Got refused = s.remote(post("/v1/sources/identity-provider/refresh"), reader);
  CHECK(refused.status == 403);
  CHECK(refused.reason() == "scope_missing");
}

TEST_CASE("the acts outside this workflow are always refused, and on record with their topic") {
  Service s;
  const std::string agent = s.account("agent", "Comparer");
  const std::string token = s.token(agent, {"read"}).text_at("token");
  for (const std::string_view verb : charter::words<charter::StopVerb>) {
    INFO(verb);
    const Got reply = s.remote(post("/v1/attempts/" + std::string(verb)), token);
    CHECK(reply.status == 403);
    CHECK(reply.reason() == "out_of_bounds");
    const canon::Value leaf = s.last_leaf();
    CHECK(member(leaf, "verb") == verb);
    CHECK(member(leaf, "topic") ==
          charter::to_word(charter::drift_topic(*charter::from_word<charter::StopVerb>(verb))));
  }
  const Got other = s.local(post("/v1/attempts/tell-jane-example"));
  CHECK(other.status == 403);
  CHECK(member(s.last_leaf(), "verb") == "other"); // free text never gets into the log
  CHECK(s.last_leaf().find("topic") == nullptr);
}

TEST_CASE("what is malformed is refused by field, says no value back, and leaves no leaf") {
  Service s;
  const std::string secret = "hunter2-hunter2";

  struct Row {
    const char* what;
    std::string body;
    int status;
    const char* field;
    std::string type = "application/json";
  };

  const std::string deep = std::string(40, '[') + std::string(40, ']');
  const std::vector<Row> rows{
      {"not JSON", "{\"kind\":" + secret + "}", 400, nullptr},
      {"nothing", "", 415, nullptr, ""},
      {"an array", "[]", 400, nullptr},
      {"a duplicate name", R"({"kind":"agent","kind":"agent","name":"hunter2-hunter2"})", 400, nullptr},
      {"a float", R"({"kind":"agent","name":"hunter2-hunter2","uid":1.5})", 400, nullptr},
      {"an unknown member", R"({"kind":"person","name":"hunter2-hunter2","is_admin":true})", 400,
       "/is_admin"},
      {"a missing member", R"({"name":"hunter2-hunter2"})", 400, "/kind"},
      {"another type", R"({"kind":"person","name":["hunter2-hunter2"]})", 400, "/name"},
      {"an id of another kind", R"({"kind":"agent","name":"x","operator":"hunter2-hunter2"})", 400,
       "/operator"},
      {"a number out of range", R"({"kind":"person","name":"hunter2-hunter2","uid":-1})", 400, "/uid"},
      {"over-long", R"({"kind":"person","name":"hunter2-hunter2)" + std::string(200, 'x') + "\"}", 413,
       "/name"},
      {"not UTF-8", "{\"kind\":\"person\",\"name\":\"hunter2-hunter2\xff\"}", 400, nullptr},
      {"a lone surrogate", R"({"kind":"person","name":"hunter2-hunter2\ud800"})", 400, nullptr},
      {"deep", R"({"kind":"person","name":)" + deep + "}", 413, nullptr},
      {"another media type", R"({"kind":"person","name":"hunter2-hunter2"})", 415, nullptr, "text/plain"},
      {"a form", "kind=person&name=hunter2-hunter2", 415, nullptr, "application/x-www-form-urlencoded"},
      {"another charset", R"({"kind":"person","name":"x"})", 415, nullptr,
       "application/json; charset=utf-16"},
      {"no media type", R"({"kind":"person","name":"x"})", 415, nullptr, ""},
  };
  const std::int64_t before = s.leaves();
  for (const Row& row : rows) {
    INFO(row.what);
    const Got reply = s.local({"POST", "/v1/principals", row.body, row.type});
    CHECK(reply.status == row.status);
    CHECK(reply.type == "application/problem+json");
    if (row.field != nullptr) {
      CHECK(reply.text_at("field") == row.field);
    }
    CHECK(reply.text.find(secret) == std::string::npos);
  }
  CHECK(s.local({"POST", "/v1/principals", std::string(9 * 1024 * 1024, ' ')}).status == 413);
  CHECK(s.local({.target = "/v1/packets?lane=a&order=b"}).status == 400);
  CHECK(s.local({.target = "/v1/packets?lane=a&lane=b"}).status == 400);
  CHECK(s.local({.target = "/v1/log?from=-1"}).status == 400);
  CHECK(s.local({.target = "/v1/log?count=257"}).status == 400);
  CHECK(s.local({"POST", "/v1/tokens/tk_2345abcdef/revoke", R"({"why":"x"})"}).status == 400);
  CHECK(s.local({.target = "/v1/packets/pk_2345abcdef"}).status == 404);
  CHECK(s.local({.target = "/v1/packets/hunter2-hunter2"}).status == 404);
  CHECK(s.local({.target = "/v1/nowhere"}).status == 404);
  CHECK(s.local({"DELETE", "/v1/packets"}).status == 405);
  CHECK(s.leaves() == before);
  CHECK(s.local({"POST", "/v1/principals", R"({"kind":"person","name":"Mira Example"})",
                 "Application/JSON; charset=UTF-8"})
            .status == 201);
}

TEST_CASE("what the intake contract does not take is a leaf with the field, and what is no JSON is none") {
  Service s;
  const std::int64_t before = s.leaves();
  CHECK(s.local({"POST", "/v1/packets", "{"}).status == 400);
  const Got refused = s.local(post("/v1/packets", canon::Object{{"v", 1}, {"surprise", true}}));
  CHECK(refused.status == 422);
  CHECK(refused.problem() == "refused");
  CHECK(refused.text_at("field").starts_with("/"));
  CHECK(s.leaves() > before);
}

TEST_CASE("a name with a control character or a secret in it is refused on record, and not repeated") {
  Service s;
  const std::string token = "ghp_" + std::string("16C7e42F292c6912E7710c838347Ae178B4a");
  for (const auto& [name, code] :
       {std::pair<std::string, std::string>("hunter2\\u0007", "text_control"), {token, "text_secret"}}) {
    CAPTURE(code);
    const std::int64_t before = s.leaves();
    const Got refused = s.local({"POST", "/v1/principals", R"({"kind":"person","name":")" + name + "\"}"});
    CHECK(refused.status == 422);
    CHECK(refused.text_at("field") == "/name");
    CHECK(refused.text.find(code) != std::string::npos);
    CHECK(refused.text.find(name) == std::string::npos);
    CHECK(s.leaves() == before + 1);
  }
}

TEST_CASE("the service's own log names routes and never what was asked of them") {
  Service s;
  (void)s.local({.target = "/v1/packets/pk_2345abcdef"});
  (void)s.local({.target = "/v1/log?from=0"});
  (void)s.local({"POST", "/v1/principals", "hunter2"});
  s.stop();
  const std::set<std::string> lines(s.lines.begin(), s.lines.end());
  CHECK(lines == std::set<std::string>{"GET /v1/packets/{packet}", "GET /v1/log", "POST /v1/principals"});
}
