// A real engine in a folder of its own behind a real server, asked over TCP and over the socket. People
// and names are invented.
#pragma once

#include "canon/json.h"
#include "crypto/sshsig.h"
#include "crypto/sshsig_sign.h"
#include "engine/files.h"
#include "engine/founding.h"
#include "http/api.h"
#include "http/client.h"
#include "packet/statement.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

namespace sallyport::http::testing {

inline constexpr const char* lane = "Q-PSR";
inline constexpr std::int64_t hour_ms = 3'600'000;

inline crypto::Ed25519Key key_of(std::uint8_t seed) {
  return crypto::Ed25519Key::from_seed(Bytes(32, seed));
}

inline std::string line_of(std::uint8_t seed) {
  return crypto::make_ed25519_key(key_of(seed).public_key()).line();
}

inline std::string signed_by(std::uint8_t seed, std::string_view name_space, std::string_view bytes) {
  return crypto::armor(crypto::sign_sshsig(key_of(seed), name_space, as_bytes(bytes)));
}

struct Got {
  int status = 0;
  std::string type;
  std::string text;
  canon::Value value;
  Headers headers;

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
  Headers headers{}; // further ones
};

// One line for each exchange, where SALLYPORT_EXCHANGES names a file: test/api checks them against
// docs/openapi.yaml.
inline void record(const Request& request, const Response& response) {
  const char* file = std::getenv("SALLYPORT_EXCHANGES");
  if (file == nullptr) {
    return;
  }
  const std::string* type = response.headers.find("content-type");
  const auto text = canon::write(canon::Object{{"method", request.method},
                                               {"target", request.target},
                                               {"status", std::int64_t{response.status}},
                                               {"content_type", type == nullptr ? "" : *type},
                                               {"request_body", request.body},
                                               {"response_body", response.body}});
  std::ofstream(file, std::ios::app) << text << "\n";
}

inline Ask post(std::string target, canon::Value body = {}) {
  return {"POST", std::move(target), body.is_null() ? "" : canon::write(body)};
}

// Gail (key 1) is the user of the socket; Pavel (key 2) is the other owner.
class Service {
public:
  Service() : Service(ApiOptions{}) {}

  explicit Service(const ApiOptions& options) {
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
    start(options);
  }

  // On a folder that was founded elsewhere, and stays.
  explicit Service(std::filesystem::path founded, const ApiOptions& options = {})
      : dir(std::move(founded)), owned_(false) {
    const auto name = engine::origin_of(dir);
    REQUIRE(name);
    origin = *name;
    start(options);
  }

  ~Service() {
    if (server) {
      stop();
    }
    if (owned_) {
      std::filesystem::remove_all(dir);
    }
  }

  void start(ApiOptions options = {}) {
    auto opened = engine::Engine::open({.core = {.dir = dir, .origin = origin, .vfs = ""},
                                        .clock = [this] { return engine::system_now() + Duration{ahead}; },
                                        .say = {}});
    REQUIRE(opened);
    engine = *std::move(opened);
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

  // All that there is to hear after that leaf until now, as text.
  std::string events_after(std::int64_t leaf, const std::string& token) const {
    ClientOptions options;
    options.origin = "http://127.0.0.1:" + std::to_string(server->port());
    Request request;
    request.method = "GET";
    request.target = "/v1/events";
    request.headers.add("authorization", "Bearer " + token);
    request.headers.add("last-event-id", std::to_string(leaf));
    const std::string last = "id: " + std::to_string(leaves() - 1) + "\n";
    std::string text;
    const auto answer = follow(options, request, [&](std::string_view piece) {
      text += piece;
      return text.find(last) == std::string::npos;
    });
    REQUIRE(answer);
    CHECK(answer->status == 200);
    return text;
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
    for (const auto& [name, value] : ask.headers) {
      request.headers.add(name, value);
    }
    const auto response = fetch(options, request);
    REQUIRE(response);
    record(request, *response);
    const std::string* type = response->headers.find("content-type");
    auto value = canon::parse(response->body, {.bytes = limits::request_bytes});
    return {response->status, type == nullptr ? "" : *type, response->body,
            value ? *std::move(value) : canon::Value(), response->headers};
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
  std::string origin = "sallyport.example/psr";
  PersonId gail, pavel;
  std::atomic<std::int64_t> ahead{0}; // the test's clock before the wall's
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<Api> api;
  std::unique_ptr<Server> server;
  mutable std::mutex mutex;
  std::vector<std::string> lines;

private:
  bool owned_ = true;
};

inline std::string filled(std::string pattern) {
  for (const auto& [name, value] :
       std::initializer_list<std::pair<std::string, std::string>>{{"{packet}", "pk_2345abcdef"},
                                                                  {"{manifest}", "mf_2345abcdef"},
                                                                  {"{hold}", "ho_2345abcdef"},
                                                                  {"{entry}", "en_2345abcdef"},
                                                                  {"{account}", "ac_2345abcdef"},
                                                                  {"{token}", "tk_2345abcdef"},
                                                                  {"{recheck}", "rc_2345abcdef"},
                                                                  {"{edit}", "ed_2345abcdef"},
                                                                  {"{item}", "li_2345abcdef"},
                                                                  {"{leaf}", "7"},
                                                                  {"{section}", "dumps"},
                                                                  {"{dump}", "du_1"},
                                                                  {"{part}", "a1"},
                                                                  {"{role}", "support-trust-approver"},
                                                                  {"{lane}", lane},
                                                                  {"{source}", "identity-provider"},
                                                                  {"{dump}", "du_1"},
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

inline std::string member(const canon::Value& leaf, std::string_view name) {
  const canon::Value* found = leaf.find(name);
  return found == nullptr || found->string() == nullptr ? "" : *found->string();
}

inline std::string charter_text() {
  auto text = engine::read_small_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                      "examples/charters/break-glass-psr.toml");
  REQUIRE(text);
  return *text;
}

} // namespace sallyport::http::testing
