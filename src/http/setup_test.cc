// From nothing to an active charter over the API, and again after a restart.
#include "http/testing/service.h"

#include <initializer_list>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;

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
  const Got tried = s.local(post("/v1/sources/identity-provider/try", canon::Object{}));
  CHECK(tried.status == 503);
  CHECK(tried.text_at("detail").starts_with("identity-provider: "));
  CHECK(s.local(post("/v1/sources/nowhere/try", canon::Object{{"key", "k1"}})).status == 404);
  CHECK(s.local(post("/v1/sources/identity-provider/refresh")).status == 202);
  const Got event = s.local(post("/v1/sources/identity-provider/events",
                                 canon::Object{{"event", "object.changed"}, {"key", "k1"}}));
  REQUIRE(event.status == 200);
  CHECK(*event.at("effects").array()->front().find("effect")->string() == "unrelated");
  const Got unknown =
      s.local(post("/v1/sources/identity-provider/events", canon::Object{{"event", "object.evaporated"}}));
  CHECK(unknown.reason() == "event_unknown");
  CHECK(unknown.at("reasons").array()->front().find("expected")->array()->front() ==
        canon::Value("object.changed"));

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

  // The lane takes entries; its steward alone says otherwise.
  CHECK(s.local({.target = "/v1/lanes/Q-PSR"}).text_at("state") == "open");
  const auto say = [&](const char* state) {
    return s.local(post("/v1/lanes/Q-PSR/state", canon::Object{{"state", state}, {"reason", "maintenance"}}));
  };
  CHECK(say("closed").reason() == "role_missing");
  CHECK(say("closed").status == 403);
  CHECK(s.local(post("/v1/lanes/Q-NONE/state", canon::Object{{"state", "closed"}, {"reason", "x"}})).status ==
        404);
  CHECK(s.local(post("/v1/lanes/Q-PSR/state", canon::Object{{"state", "closed"}})).status == 400);

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
