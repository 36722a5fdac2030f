// A packet whose own unit was erased, through every route that shows something of it: words about that, and
// none of the words that people wrote. All people are invented.
#include "engine/erasure.h"
#include "engine/testing/studio.h"
#include "http/testing/service.h"

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;
using engine::testing::Studio;

namespace {

constexpr Duration a_day{86'400'000};
constexpr Duration records_kept{2555 * a_day.ms}; // by the shipped charter

// Crossed and judged seven years ago, and due.
struct Old {
  Studio studio;
  std::string packet;
  std::string entry;
  std::map<std::string, std::string> tokens;
  std::unique_ptr<Service> service;

  explicit Old(bool erased)
      : studio(Instant{engine::system_now().ms - engine::system_now().ms % 1'000 - records_kept.ms -
                       10 * a_day.ms}) {
    engine::testing::CrashOffice& office = *studio.office;
    office.records.at("c6").attrs["deadline"] = to_string(office.now + Duration{5 * a_day.ms});
    studio.open();
    studio.scan(1);
    const EntryId crossed = studio.cross();
    packet = studio.packet.str();
    entry = crossed.str();
    engine::testing::must(
        office.apply(gate::GiveVerdict{office.lin.account, crossed, "sufficient", {}, {}, {}}));
    office.now = engine::system_now();
    for (const std::string& fragment : std::set<std::string>(studio.state().fragments)) {
      order(fragment);
    }
    REQUIRE(engine::carry_out_erasures(studio.core(), office.now));
    if (erased) {
      order(std::nullopt);
      REQUIRE(engine::carry_out_erasures(studio.core(), office.now));
      REQUIRE(studio.state().erased());
    }
    for (const auto& [who, account] : {std::pair{"rhea", office.rhea.account},
                                       {"piet", office.piet.account},
                                       {"lin", office.lin.account}}) {
      tokens[who] = token(
          account, {engine::Scope::read, engine::Scope::prepare, engine::Scope::decide, engine::Scope::lane});
    }
    tokens["agent"] = token(office.agent, {engine::Scope::read, engine::Scope::prepare});
    studio.office.reset(); // the folder is the service's now
    ApiOptions options;
    options.people = options.agents = {100'000, 100'000};
    service = std::make_unique<Service>(studio.folder / "data", options);
  }

  void order(const std::optional<std::string>& fragment) {
    engine::testing::must(studio.in_batch<gate::Step>([&] {
      return engine::order_erasure(studio.core(), studio.office->piet.account, studio.packet, fragment);
    }));
  }

  std::string token(const AccountId& account, const std::set<engine::Scope>& scopes) {
    return studio.in_batch<std::string>([&]() -> Result<std::string> {
      SP_TRY(const engine::IssuedToken issued,
             engine::issue_token(studio.core(), studio.office->gail.account, account, scopes,
                                 Duration{100 * 3'600'000LL}));
      REQUIRE(issued.refused.empty());
      return issued.secret.expose();
    });
  }

  Got get(const std::string& who, const std::string& path) const {
    return service->remote({.target = path}, tokens.at(who));
  }

  Got order_by(const std::string& who, canon::Value body) const {
    return service->remote(post("/v1/packets/" + packet + "/erasures", std::move(body)), tokens.at(who));
  }
};

} // namespace

TEST_CASE(
    "INV-47: of a packet that was erased every route says so, or what the log says, and falls over nowhere") {
  const Old s(true);
  const std::string at = "/v1/packets/" + s.packet;
  for (const std::string who : {"rhea", "lin", "agent"}) {
    for (const std::string below : {"", "/explain", "/workspace", "/sections/dumps", "/ledger", "/retention",
                                    "/agent-view", "/coverage", "/signer-view"}) {
      const Got got = s.get(who, at + below);
      CAPTURE(who);
      CAPTURE(below);
      INFO(got.text);
      CHECK(got.status < 500);
      CHECK(got.text.find("The worker failed") == std::string::npos);
    }
  }
  for (const char* below : {"/workspace", "/sections/dumps", "/ledger"}) {
    const Got got = s.get("rhea", at + below);
    CAPTURE(std::string(below));
    CHECK(got.status == 404);
    CHECK(got.text.find("was erased") != std::string::npos);
  }
  CHECK(s.get("rhea", at).at("erasure").find("erased") != nullptr);
  CHECK(*s.get("rhea", at + "/retention").at("own").find("state") == canon::Value("erased"));
  for (const std::string path : {"", "/bundle?kind=lane", "/bundle?kind=proof"}) {
    const Got got = s.get("lin", "/v1/entries/" + s.entry + path);
    CAPTURE(path);
    CHECK(got.status == 404);
    CHECK(got.text.find("the packet was erased on the order of leaf") != std::string::npos);
  }
  CHECK(s.get("lin", "/v1/packets").status == 200);
}

TEST_CASE("INV-47: the packet itself is ordered by its own id said again, and by no forgotten field") {
  const Old s(false);
  CHECK(s.order_by("piet", canon::Object{}).status == 400);
  CHECK(s.order_by("piet", canon::Object{{"packet", PacketId::from_random(7).str()}}).status == 400);
  CHECK(s.order_by("piet", canon::Object{{"packet", s.packet}, {"fragment", "f1"}}).status == 400);
  CHECK(s.order_by("agent", canon::Object{{"packet", s.packet}}).status == 403);
  const Got ordered = s.order_by("piet", canon::Object{{"packet", s.packet}});
  INFO(ordered.text);
  REQUIRE(ordered.status == 202);
  const auto state = [&] {
    return *s.get("rhea", "/v1/packets/" + s.packet + "/retention").at("own").find("state")->string();
  };
  std::string seen = state();
  for (int i = 0; i < 600 && seen != "erased"; ++i) {
    s.service->ahead += 1'000; // the sweep's turn comes sooner
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    seen = state();
  }
  CHECK(seen == "erased");
}
