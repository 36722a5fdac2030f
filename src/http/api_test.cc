// The API as clients see it: a real engine in a folder of its own, a real server, requests over TCP and
// over the socket. People and names here are invented.
#include "canon/json.h"
#include "charter/words.h"
#include "crypto/sshsig.h"
#include "crypto/sshsig_sign.h"
#include "engine/files.h"
#include "engine/founding.h"
#include "http/api.h"
#include "http/client.h"
#include "packet/statement.h"

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace sallyport;
using namespace sallyport::http;

namespace {

constexpr const char* lane = "Q-PSR";
constexpr std::int64_t hour_ms = 3'600'000;

crypto::Ed25519Key key_of(std::uint8_t seed) {
  return crypto::Ed25519Key::from_seed(Bytes(32, seed));
}

std::string line_of(std::uint8_t seed) {
  return crypto::make_ed25519_key(key_of(seed).public_key()).line();
}

std::string signed_by(std::uint8_t seed, std::string_view name_space, std::string_view bytes) {
  return crypto::armor(crypto::sign_sshsig(key_of(seed), name_space, as_bytes(bytes)));
}

struct Got {
  int status = 0;
  std::string type;
  std::string text;
  canon::Value value;

  const canon::Value& at(std::string_view name) const {
    static const canon::Value none;
    const canon::Value* member = value.find(name);
    return member == nullptr ? none : *member;
  }

  std::string text_at(std::string_view name) const {
    const std::string* found = at(name).string();
    return found == nullptr ? "" : *found;
  }

  std::string problem() const {
    const std::string urn = text_at("type");
    constexpr std::string_view prefix = "urn:sallyport:problem:";
    return urn.starts_with(prefix) ? urn.substr(prefix.size()) : "";
  }

  std::string reason() const {
    const canon::Array* reasons = at("reasons").array();
    return reasons == nullptr || reasons->empty() ? "" : *reasons->front().find("code")->string();
  }
};

// What is sent; a body is JSON unless `type` says otherwise.
struct Ask {
  std::string method = "GET";
  std::string target;
  std::string body{};
  std::string type = "application/json";
};

Ask post(std::string target, canon::Value body = {}) {
  return {"POST", std::move(target), body.is_null() ? "" : canon::write(body)};
}

// Gail (key 1) is the user of the socket; Pavel (key 2) is the other owner.
class Service {
public:
  Service() {
    char name[] = "/tmp/sallyport-api-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    dir = name;
    const Instant now = engine::system_now();
    const std::vector<engine::OwnerInput> owners{
        {"support-trust-governance", "Gail Example", line_of(1), "software", std::nullopt, {}},
        {"product-security-governance", "Pavel Example", line_of(2), "software", std::nullopt, {}}};
    const auto genesis =
        engine::prepare_genesis(dir, "sallyport.example/psr", owners, now, Duration{1000 * hour_ms});
    REQUIRE(genesis);
    gail = genesis->owners[0].person;
    pavel = genesis->owners[1].person;
    const auto text = engine::read_small_file(dir / "genesis.json");
    REQUIRE(text);
    REQUIRE(engine::found(
        dir, {signed_by(1, packet::act::genesis, *text), signed_by(2, packet::act::genesis, *text)}, now,
        ::getuid()));
    start();
  }

  ~Service() {
    if (server) {
      stop();
    }
    std::filesystem::remove_all(dir);
  }

  void start() {
    auto opened = engine::Engine::open({.core = {.dir = dir, .origin = "sallyport.example/psr", .vfs = ""},
                                        .clock = [this] { return engine::system_now() + Duration{ahead}; },
                                        .say = {}});
    REQUIRE(opened);
    engine = *std::move(opened);
    ApiOptions options;
    options.answered = [this](const Answered& answer) {
      const std::lock_guard lock(mutex);
      lines.push_back(std::string(answer.method) + " " + std::string(answer.pattern));
    };
    api = std::make_unique<Api>(*engine, options);
    server = std::make_unique<Server>(api->handler());
    REQUIRE(server->listen_tcp("127.0.0.1", 0));
    REQUIRE(server->listen_unix(dir / "s"));
    engine->start();
    REQUIRE(server->start());
  }

  void stop() {
    server.reset();
    engine->stop();
    api.reset();
    engine.reset(); // and with it the lock of the one writer
  }

  // Over the socket, as the user who runs this test.
  Got local(const Ask& ask) const {
    ClientOptions options;
    options.unix_socket = dir / "s";
    return send(options, ask, std::nullopt);
  }

  // Over TCP.
  Got remote(const Ask& ask, const std::optional<std::string>& token) const {
    ClientOptions options;
    options.origin = "http://127.0.0.1:" + std::to_string(server->port());
    return send(options, ask, token ? std::optional("Bearer " + *token) : std::nullopt);
  }

  static Got send(const ClientOptions& options, const Ask& ask,
                  const std::optional<std::string>& authorization) {
    Request request;
    request.method = ask.method;
    request.target = ask.target;
    request.body = ask.body;
    if (!ask.body.empty() && !ask.type.empty()) {
      request.headers.add("content-type", ask.type);
    }
    if (authorization) {
      request.headers.add("authorization", *authorization);
    }
    const auto response = fetch(options, request);
    REQUIRE(response);
    const std::string* type = response->headers.find("content-type");
    auto value = canon::parse(response->body, {.bytes = limits::request_bytes});
    return {response->status, type == nullptr ? "" : *type, response->body,
            value ? *std::move(value) : canon::Value()};
  }

  std::string account(const std::string& kind, const std::string& name) const {
    canon::Object body{{"kind", kind}, {"name", name}};
    if (kind != "person") {
      body.set("operator", gail.str());
    }
    const Got made = local(post("/v1/principals", std::move(body)));
    REQUIRE(made.status == 201);
    return made.text_at("account");
  }

  Got token(const std::string& account, const std::vector<std::string>& scopes,
            std::int64_t valid_for = hour_ms) const {
    canon::Array names(scopes.begin(), scopes.end());
    return local(post("/v1/principals/" + account + "/tokens",
                      canon::Object{{"scopes", std::move(names)}, {"valid_for_ms", valid_for}}));
  }

  std::int64_t leaves() const { return *local({.target = "/healthz"}).at("leaves").integer(); }

  canon::Value last_leaf() const {
    const Got log = local({.target = "/v1/log?from=" + std::to_string(leaves() - 1)});
    REQUIRE(log.status == 200);
    return log.at("leaves").array()->back();
  }

  std::filesystem::path dir;
  PersonId gail, pavel;
  std::atomic<std::int64_t> ahead{0}; // the test's clock before the wall's
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<Api> api;
  std::unique_ptr<Server> server;
  mutable std::mutex mutex;
  std::vector<std::string> lines;
};

std::string filled(std::string pattern) {
  for (const auto& [name, value] :
       std::initializer_list<std::pair<std::string, std::string>>{{"{packet}", "pk_2345abcdef"},
                                                                  {"{manifest}", "mf_2345abcdef"},
                                                                  {"{hold}", "ho_2345abcdef"},
                                                                  {"{entry}", "en_2345abcdef"},
                                                                  {"{account}", "ac_2345abcdef"},
                                                                  {"{token}", "tk_2345abcdef"},
                                                                  {"{part}", "a1"},
                                                                  {"{lane}", lane},
                                                                  {"{source}", "identity-provider"},
                                                                  {"{verb}", "publish"},
                                                                  {"{digest}", std::string(64, 'a')},
                                                                  {"{fingerprint}", std::string(64, 'b')}}) {
    if (const auto at = pattern.find(name); at != std::string::npos) {
      pattern.replace(at, name.size(), value);
    }
  }
  REQUIRE(pattern.find('{') == std::string::npos);
  return pattern;
}

std::string member(const canon::Value& leaf, std::string_view name) {
  const canon::Value* found = leaf.find(name);
  return found == nullptr || found->string() == nullptr ? "" : *found->string();
}

std::string charter_text() {
  auto text = engine::read_small_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                      "examples/charters/break-glass-psr.toml");
  REQUIRE(text);
  return *text;
}

} // namespace

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

TEST_CASE("the routes are those of docs/api.md, with the scopes that stand there") {
  std::map<std::string, std::set<std::string>> written;
  const auto text = engine::read_small_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) / "docs/api.md");
  REQUIRE(text);
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    std::string empty, route, scope;
    if (!line.starts_with("| `") || !std::getline(cells, empty, '|') || !std::getline(cells, route, '|') ||
        !std::getline(cells, scope, '|') || route.find(" /") == std::string::npos) {
      continue;
    }
    route = route.substr(2, route.find('`', 2) - 2);
    scope = scope.substr(1, scope.size() - 2);
    written[route.substr(0, route.find('?'))].insert(scope == "(anyone)" ? "anyone" : scope);
  }
  CHECK(written.size() > 40);
  constexpr std::array names{"anyone", "read", "intake", "source", "prepare", "decide", "govern", "lane"};
  Service s;
  for (const RouteInfo& route : s.api->routes()) {
    const std::string name = route.method + " " + route.pattern;
    INFO(name);
    CHECK(written[name].contains(names[static_cast<std::size_t>(route.access)]));
  }
  CHECK(written.size() == s.api->routes().size());
}

TEST_CASE("every route but the health check is closed to those without a credential") {
  Service s;
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
      {"a control character", R"({"kind":"person","name":"hunter2-hunter2\u0007"})", 400, "/name"},
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

TEST_CASE("people, keys, roster, sources and charter are set up over the API, and survive a restart") {
  Service s;
  // A person with a key that the owners vouch for.
  const Got anna =
      s.local(post("/v1/principals", canon::Object{{"kind", "person"}, {"name", "Anna Example"}}));
  REQUIRE(anna.status == 201);
  const std::string from = to_string(engine::system_now());
  const std::string until = to_string(engine::system_now() + Duration{100 * hour_ms});
  const Got key = s.local(post("/v1/keys/statement", canon::Object{{"person", anna.text_at("person")},
                                                                   {"key", line_of(3) + " a comment"},
                                                                   {"class", "software"},
                                                                   {"valid_from", from},
                                                                   {"valid_until", until}}));
  REQUIRE(key.status == 200);
  const std::string statement = key.text_at("statement");
  const auto enrol = [&](canon::Array signatures) {
    return s.local(
        post("/v1/keys", canon::Object{{"statement", statement}, {"signatures", std::move(signatures)}}));
  };
  const Got one = enrol({signed_by(1, packet::act::key, statement)});
  CHECK(one.status == 403);
  CHECK(one.reason() == "signatures_missing");
  CHECK(enrol({"no armor"}).text_at("field") == "/signatures/0");
  CHECK(enrol({signed_by(1, packet::act::charter, statement), signed_by(2, packet::act::key, statement)})
            .status == 403); // another namespace
  const Got enrolled =
      enrol({signed_by(1, packet::act::key, statement), signed_by(2, packet::act::key, statement)});
  REQUIRE(enrolled.status == 201);
  CHECK(enrolled.text_at("fingerprint").size() == 64);
  CHECK(
      enrol({signed_by(1, packet::act::key, statement), signed_by(2, packet::act::key, statement)}).status ==
      409);
  CHECK(s.local({.target = "/v1/keys"}).at("keys").array()->size() == 3);

  // The roster: grants and an audience.
  canon::Array grants;
  for (const auto& [person, role] : std::initializer_list<std::pair<std::string, const char*>>{
           {s.gail.str(), "support-trust-governance"},
           {s.pavel.str(), "product-security-governance"},
           {anna.text_at("person"), "support-trust-approver"},
           {s.gail.str(), "support-trust-lead"},
           {anna.text_at("person"), "support-trust-lead"},
           {anna.text_at("person"), "psr-queue-steward"}}) {
    grants.push_back(canon::Object{{"person", person}, {"role", role}, {"from", from}, {"until", until}});
  }
  const canon::Object audience{
      {"psr-reviewers", canon::Array{canon::Object{{"person", anna.text_at("person")},
                                                   {"clearances", canon::Array{"privileged-support-misuse",
                                                                               "regulated-environments"}}}}}};
  const Got roster = s.local(post("/v1/rosters/statement",
                                  canon::Object{{"lane", lane}, {"grants", grants}, {"audience", audience}}));
  REQUIRE(roster.status == 200);
  const std::string act = roster.text_at("statement");
  const canon::Array both{signed_by(1, packet::act::key, act), signed_by(2, packet::act::key, act)};
  canon::Object sent{{"roster", roster.at("roster")},
                     {"openings", roster.at("openings")},
                     {"statement", act},
                     {"signatures", both}};
  canon::Object forged = sent;
  forged.find("openings")
      ->object()
      ->find("audience")
      ->object()
      ->set("psr-reviewers", canon::Object{{"salt", "AQIDAAAAAAAAAAAAAAAAAA"}, {"members", canon::Array{}}});
  CHECK(s.local(post("/v1/rosters", forged)).reason() == "audience_opening");
  const Got activated = s.local(post("/v1/rosters", sent));
  INFO(activated.text);
  REQUIRE(activated.status == 201);
  CHECK(*activated.at("version").integer() == 1);
  CHECK(s.local(post("/v1/rosters", sent)).status == 409);

  // Sources: the configuration is checked, tried without a trace, and asked.
  auto config = canon::parse(*engine::read_small_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                                      "examples/sources/identity-provider.json"));
  REQUIRE(config);
  config->object()->set("base_url", "http://127.0.0.1:1");
  const auto put = [&](const std::string& name, canon::Value value) {
    return s.local({"PUT", "/v1/sources/" + name, canon::write(value)});
  };
  CHECK(put("another", *config).text_at("field") == "/source");
  CHECK(*put("identity-provider", *config).at("epoch").integer() == 1);
  CHECK(*put("identity-provider", *config).at("epoch").integer() == 2);
  CHECK(s.local(post("/v1/sources/identity-provider/try", canon::Object{{"key", "k1"}})).status == 503);
  CHECK(s.local(post("/v1/sources/nowhere/try", canon::Object{{"key", "k1"}})).status == 404);
  CHECK(s.local(post("/v1/sources/identity-provider/refresh")).status == 202);
  const Got event = s.local(post("/v1/sources/identity-provider/events",
                                 canon::Object{{"event", "object.changed"}, {"key", "k1"}}));
  REQUIRE(event.status == 200);
  CHECK(*event.at("effects").array()->front().find("effect")->string() == "unrelated");

  // The charter: proposed, ratified by both owners, activated.
  std::string toml = charter_text();
  const Got faulty =
      s.local(post("/v1/charters", canon::Object{{"toml", "nothing = \"of the kind\"\n" + toml}}));
  CHECK(faulty.status == 422);
  CHECK(*faulty.at("faults").array()->front().find("line")->integer() == 1);
  const Got proposed = s.local(post("/v1/charters", canon::Object{{"toml", toml}}));
  INFO(proposed.text);
  REQUIRE(proposed.status == 201);
  const std::string route = "/v1/charters/" + proposed.text_at("digest");
  CHECK(s.local(post(route + "/activate")).status == 403);
  const std::string ratify = s.local(post(route + "/statement")).text_at("statement");
  for (const std::uint8_t owner : {std::uint8_t{1}, std::uint8_t{2}}) {
    const Got ratified = s.local(post(
        route + "/ratify", canon::Object{{"signature", signed_by(owner, packet::act::charter, ratify)}}));
    CHECK(ratified.status == 200);
    CHECK(ratified.at("ratified").array()->size() == owner);
  }
  const Got active = s.local(post(route + "/activate"));
  INFO(active.text);
  CHECK(active.status == 200);
  CHECK(s.local(post(route + "/activate")).status == 404);
  CHECK(s.local({.target = "/v1/lanes/Q-PSR"}).at("charter").find("version") != nullptr);

  // The log is whole, and says the same after a restart.
  const Got verified = s.local(post("/v1/log/verify"));
  INFO(verified.text);
  CHECK(verified.status == 200);
  CHECK(*verified.at("ok").boolean());
  const std::string lane_before = s.local({.target = "/v1/lanes/Q-PSR"}).text;
  const std::int64_t leaves = s.leaves();
  s.stop();
  s.start();
  CHECK(s.leaves() >= leaves);
  CHECK(s.local({.target = "/v1/lanes/Q-PSR"}).text == lane_before);
  CHECK(s.local({.target = "/v1/whoami"}).text_at("person") == s.gail.str());
  CHECK(s.local({.target = "/v1/log/checkpoint"}).text.starts_with("sallyport.example/psr\n"));
  CHECK(s.local({.target = "/v1/trust"}).value.object() != nullptr);
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

TEST_CASE("the service's own log names routes and never what was asked of them") {
  Service s;
  (void)s.local({.target = "/v1/packets/pk_2345abcdef"});
  (void)s.local({.target = "/v1/log?from=0"});
  (void)s.local({"POST", "/v1/principals", "hunter2"});
  s.stop();
  const std::set<std::string> lines(s.lines.begin(), s.lines.end());
  CHECK(lines == std::set<std::string>{"GET /v1/packets/{packet}", "GET /v1/log", "POST /v1/principals"});
}
