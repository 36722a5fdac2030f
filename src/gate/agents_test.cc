// What agents see of a packet.
#include "gate/agents.h"
#include "gate/testing/scene.h"

#include <algorithm>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

packet::Openness narrative_of(const charter::Charter& charter) {
  const packet::Recipe recipe = agent_recipe(charter);
  return std::ranges::find(recipe, "/narrative", &packet::RecipeRow::pattern)->openness;
}

} // namespace

TEST_CASE("B24: the agents' view is for agents alone, and for none where the charter lets them do nothing") {
  const Scene s;
  const auto why = [&](const AccountId& account) {
    return why_no_agent_view(s.g.machine.world(), s.id, account);
  };
  CHECK(why(s.g.agent).empty());
  CHECK(why(s.g.anna.account) == "agents_only");
  CHECK(why(s.g.intake) == "agents_only");
  CHECK(why(AccountId::from_random(7)) == "agents_only");
  CHECK(why_no_agent_view(s.g.machine.world(), PacketId::from_random(7), s.g.agent) == "verb_not_allowed");

  Gate none(with({{R"(allow = ["refresh", "flag", "prepare_manifest", "trace"])", "allow = []"},
                  {"rate_per_hour = 60", ""},
                  {"processor = \"on-premises\"", "processor = \"none\""}}));
  const PacketId id = none.submit(none.usual("one"));
  CHECK(why_no_agent_view(none.machine.world(), id, none.agent) == "verb_not_allowed");
}

TEST_CASE("amendment 15: agents see what a queue sees, unless the charter says what agents see") {
  CHECK(narrative_of(break_glass()) == packet::Openness::omit);
  const std::string row = R"("/narrative" = { class = "narrative", lane_view = "show", )";
  const auto opened = break_glass({{row + "queue_view", row + "agent_view = \"show\", queue_view"}});
  CHECK(narrative_of(opened) == packet::Openness::show);
}
