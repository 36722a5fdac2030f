// Requests that come again, too often, or too late: idempotency keys, entity tags, pages, rates.
#include "http/conditions.h"
#include "http/testing/service.h"

#include <set>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;

namespace {

Ask keyed(Ask ask, std::string key) {
  ask.headers.add("idempotency-key", std::move(key));
  return ask;
}

Ask person(const std::string& name) {
  return post("/v1/principals", canon::Object{{"kind", "person"}, {"name", name}});
}

std::size_t principals(const Service& s) {
  return s.local({.target = "/v1/principals?limit=200"}).at("principals").array()->size();
}

bool replayed(const Got& got) {
  return got.headers.find("idempotency-replayed") != nullptr;
}

} // namespace

TEST_CASE("a write that comes again under its key has happened once, after a restart too") {
  Service s;
  const std::size_t before = principals(s);
  const Got first = s.local(keyed(person("Mira Example"), "k-1"));
  REQUIRE(first.status == 201);
  CHECK_FALSE(replayed(first));
  const Got again = s.local(keyed(person("Mira Example"), "k-1"));
  CHECK(again.status == 201);
  CHECK(again.text == first.text);
  CHECK(replayed(again));
  s.stop();
  s.start();
  CHECK(s.local(keyed(person("Mira Example"), "k-1")).text == first.text);
  CHECK(principals(s) == before + 1);

  const Got other = s.local(keyed(person("Noor Example"), "k-1"));
  CHECK(other.status == 422);
  CHECK(other.problem() == "idempotency-key");
  CHECK(s.local(keyed(person("Noor Example"), "k-2")).status == 201);
  CHECK(principals(s) == before + 2);
  // Another principal's key is another key.
  const std::string token = s.token(s.account("service", "Intake"), {"read", "intake"}).text_at("token");
  const Got elsewhere = s.remote(keyed(post("/v1/packets", canon::Object{{"v", 1}}), "k-1"), token);
  CHECK(elsewhere.problem() == "refused");
  // A day later the key is forgotten.
  s.ahead = 25 * hour_ms;
  CHECK_FALSE(replayed(s.local(keyed(person("Mira Example"), "k-1"))));
}

TEST_CASE("what was refused under a key is judged anew; secrets are not kept; keys have a shape") {
  Service s;
  const std::string account = s.account("service", "Intake");
  const Got unknown = s.local(keyed(post("/v1/tokens/tk_2345abcdef/revoke"), "k"));
  CHECK(unknown.status == 404);
  CHECK_FALSE(replayed(s.local(keyed(post("/v1/tokens/tk_2345abcdef/revoke"), "k"))));
  const Ask token = post("/v1/principals/" + account + "/tokens",
                         canon::Object{{"scopes", canon::Array{"read"}}, {"valid_for_ms", hour_ms}});
  const Got secret = s.local(keyed(token, "k"));
  CHECK(secret.status == 400);
  CHECK(secret.text_at("field") == "/headers/idempotency-key");
  for (const std::string& wrong :
       {std::string("two words"), std::string(129, 'x'), std::string("\xc3\xa9")}) {
    INFO(wrong);
    CHECK(s.local(keyed(person("Mira Example"), wrong)).status == 400);
  }
  CHECK(s.local({.target = "/v1/whoami", .headers = keyed({}, "k").headers}).status == 200); // a read
}

TEST_CASE("RFC 9110 13: an entity tag answers 304 while nothing has changed") {
  Service s;
  const Got sources = s.local({.target = "/v1/sources"});
  const std::string* tag = sources.headers.find("etag");
  REQUIRE(tag != nullptr);
  Headers known;
  known.add("if-none-match", "\"other\", " + *tag);
  const Got same = s.local({.target = "/v1/sources", .headers = known});
  CHECK(same.status == 304);
  CHECK(same.text.empty());
  auto config = canon::parse(*engine::read_small_file(std::filesystem::path(SALLYPORT_SOURCE_DIR) /
                                                      "examples/sources/identity-provider.json"));
  REQUIRE(s.local({"PUT", "/v1/sources/identity-provider", canon::write(*config)}).status == 200);
  CHECK(s.local({.target = "/v1/sources", .headers = known}).status == 200);
  Ask unmatched = person("Mira Example");
  unmatched.headers.add("if-match", *tag);
  CHECK(s.local(unmatched).text_at("field") == "/headers/if-match"); // the route has no tag to compare
  CHECK(names_tag("*", "\"a\""));
  CHECK_FALSE(names_tag("W/\"a\"", "\"a\""));
  CHECK_FALSE(names_tag("", "\"a\""));
}

TEST_CASE("a list comes page by page; no row twice and none left out") {
  Service s;
  for (int i = 0; i < 5; ++i) {
    (void)s.account("service", "Feed " + std::to_string(i));
  }
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const Got page =
        s.local({.target = "/v1/principals?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)});
    REQUIRE(page.status == 200);
    for (const canon::Value& row : *page.at("principals").array()) {
      CHECK(seen.insert(*row.find("account")->string()).second);
    }
    cursor = page.text_at("next");
    ++pages;
    if (pages == 1) {
      (void)s.account("service", "Late"); // what comes between two pages disturbs neither
    }
  } while (!cursor.empty());
  CHECK(seen.size() >= 7);
  CHECK(pages == 4);
  const std::string principal = s.local({.target = "/v1/principals?limit=1"}).text_at("next");
  for (const std::string& wrong :
       {std::string("limit=0"), std::string("limit=201"), std::string("limit=x"), std::string("cursor="),
        std::string("cursor=%21"), "cursor=" + principal}) {
    INFO(wrong);
    CHECK(s.local({.target = "/v1/keys?" + wrong}).status == 400);
  }
}

TEST_CASE("who asks too often is told when to come again, and holds up nobody else") {
  Service s;
  const std::string agent = s.token(s.account("agent", "Comparer"), {"read"}).text_at("token");
  s.stop();
  ApiOptions options;
  options.agents = {0.5, 3};
  options.strangers = {0.5, 3};
  s.start(options);
  const Ask who{.target = "/v1/whoami"};
  for (int i = 0; i < 3; ++i) {
    CHECK(s.remote(who, agent).status == 200);
    CHECK(s.remote(who, std::nullopt).status == 401);
  }
  for (const auto& credential : {std::optional(agent), std::optional<std::string>()}) {
    const Got often = s.remote(who, credential);
    CHECK(often.status == 429);
    CHECK(often.problem() == "rate-limited");
    REQUIRE(often.headers.find("retry-after") != nullptr);
    CHECK(*often.headers.find("retry-after") == "2");
  }
  CHECK(s.local(who).status == 200);
  CHECK(s.remote({.target = "/healthz"}, std::nullopt).status == 200);
  s.ahead = 2000;
  CHECK(s.remote(who, agent).status == 200);
}
