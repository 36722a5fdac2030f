// holds.codes: what a charter asks beyond the language, per hold code; and who is told of what stays open.
#include "gate/notices.h"
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

Options tightened(const std::string& code, const std::string& rules) {
  return with(
      {{"[admission]\ncapacity", "[holds.codes.\"" + code + "\"]\n" + rules + "\n\n[admission]\ncapacity"},
       by_request.front()});
}

} // namespace

TEST_CASE("holds.codes mode: what would only show blocks, in dispatch until_accepted as well") {
  for (const char* mode : {"until_accepted", "blocking"}) {
    Gate g(with({{"[holds.codes.\"FRESH.MISSING\"]",
                  "[holds.codes.\"FRESH.MISSING\"]\nmode = \"" + std::string(mode) + "\""}}));
    const PacketId id = g.submit(g.usual());
    g.observe_all();
    CHECK(g.packet(id).find_hold("FRESH.MISSING", "citation_kind:handling_note")->mode == "blocking");
    g.bind(id);
    REQUIRE(g.sign(g.anna, id).ok());
    CHECK_FALSE(g.packet(id).recheck);
    CHECK(refused(g.request(g.anna, id), "FRESH.MISSING"));
  }
}

TEST_CASE("holds.codes resign: signatures that would stay fall when the hold opens, seen or blocking") {
  const auto silence = [](Scene& s) {
    for (int i = 0; i < 15; ++i) {
      s.g.pass(minute);
      for (const auto& [source, known] : std::map(s.g.state().sources)) {
        if (source != "break-glass-ledger") {
          s.g.observe(source);
        }
      }
    }
    CHECK(s.g.held(s.id, "FRESH.UNKNOWN"));
    s.g.observe_all();
    CHECK_FALSE(s.g.held(s.id, "FRESH.UNKNOWN"));
  };
  Scene plain;
  silence(plain);
  CHECK(plain.g.authorised(plain.id));
  Scene strict(tightened("FRESH.UNKNOWN", "resign = true"));
  silence(strict);
  CHECK_FALSE(strict.g.authorised(strict.id));
  CHECK(std::ranges::count(strict.g.waits(strict.id), "SIGN.MISSING") == 1);
  strict.sign_anew();
  strict.crosses();
}

TEST_CASE("holds.codes clear_roles: the general roles no longer clear that code") {
  for (const bool own : {false, true}) {
    Scene s(own ? tightened("LINE.FORK", "clear_roles = [\"support-trust-lead\"]") : with(by_request));
    s.g.step(RevisePacket{s.g.intake, s.id, Digest{}, s.g.seal(s.id, 2, s.g.usual())});
    REQUIRE(s.g.held(s.id, "LINE.FORK"));
    const Step step = s.g.clear(s.g.anna, s.id, s.g.hold(s.id, "LINE.FORK"));
    CHECK(step.ok() != own);
    if (own) {
      CHECK(refused(step, "role_missing"));
      CHECK(s.g.clear(s.g.lena, s.id, s.g.hold(s.id, "LINE.FORK")).ok());
    }
  }
}

TEST_CASE(
    "holds.escalate, holds.sla: steps are counted from the first opening (INV-22), a code's own rows take "
    "the place of the general ones, and telling changes nothing") {
  const auto told = [](const Gate& g, const PacketId& id) {
    std::vector<std::string> out;
    for (const Notice& notice : notices(g.machine.world(), id, g.now)) {
      if (notice.about.empty()) {
        continue; // a wait
      }
      out.push_back(notice.code + " " + std::to_string(notice.step) + " " + notice.to);
    }
    return out;
  };
  Gate g;
  const PacketId id = opened(g);
  const Instant first = g.now;
  g.now = first + Duration{2 * hour.ms - 1};
  CHECK(told(g, id).empty());
  g.now = first + Duration{2 * hour.ms};
  CHECK(told(g, id) == std::vector<std::string>{"FRESH.MISSING 1 support-trust-lead"});
  g.now = first + Duration{8 * hour.ms};
  CHECK(told(g, id) == std::vector<std::string>{"FRESH.MISSING 1 support-trust-lead",
                                                "FRESH.MISSING 2 support-trust-governance"});
  CHECK_FALSE(answer_by(g.machine.world(), g.packet(id), g.packet(id).holds.begin()->second).has_value());

  Scene s(
      tightened("LINE.FORK", "sla = \"30m\"\nescalate = [{ after = \"1m\", to = \"psr-queue-steward\" }]"));
  s.g.step(RevisePacket{s.g.intake, s.id, Digest{}, s.g.seal(s.id, 2, s.g.usual())});
  const Hold& fork = s.g.packet(s.id).holds.at(s.g.hold(s.id, "LINE.FORK"));
  CHECK(answer_by(s.g.machine.world(), s.g.packet(s.id), fork) ==
        fork.first_opened + Duration{30 * minute.ms});
  s.g.pass(minute);
  CHECK(told(s.g, s.id) == std::vector<std::string>{"LINE.FORK 1 psr-queue-steward"});
  CHECK(s.g.held(s.id, "LINE.FORK"));
}
