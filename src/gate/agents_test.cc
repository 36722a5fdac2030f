// What agents see of a packet.
#include "gate/agents.h"
#include "gate/testing/scene.h"
#include "gate/testing/workshop.h"

#include <algorithm>
#include <concepts>
#include <utility>

using namespace sallyport;
using namespace sallyport::gate;
using namespace sallyport::gate::testing;

namespace {

packet::Openness narrative_of(const charter::Charter& charter) {
  const packet::Recipe recipe = agent_recipe(charter);
  return std::ranges::find(recipe, "/narrative", &packet::RecipeRow::pattern)->openness;
}

// All that an agent's account may be named in: what it prepares, and what is told of it.
template <class E>
concept OfAgents =
    std::same_as<E, ProposeEdit> || std::same_as<E, RaiseFlag> || std::same_as<E, ProposeWordings> ||
    std::same_as<E, DraftManifest> || std::same_as<E, AskSource> || std::same_as<E, RecordAccess> ||
    std::same_as<E, RefuseAttempt> || std::same_as<E, RefuseIntake> || std::same_as<E, ReportMismatch>;

// The first word that the gate has for the event, with an agent as whoever it is by.
template <class E> void is_no_agents(Workshop& w, const PacketId& id) {
  if constexpr (!OfAgents<E> && requires(E e) { e.by = AccountId(); }) {
    E event{};
    event.by = w.agent;
    if constexpr (requires { event.packet = id; }) {
      event.packet = id;
    }
    INFO(Event(event).index());
    const Step step = w.step(event);
    CHECK(refused(step, "agent_never_decides"));
    CHECK(step.leaves.size() == 1);
  }
}

template <std::size_t... Is> void are_no_agents(Workshop& w, const PacketId& id, std::index_sequence<Is...>) {
  (is_no_agents<std::variant_alternative_t<Is, AnyEvent>>(w, id), ...);
}

} // namespace

TEST_CASE(
    "B24, INV-08, INV-43: of all events there are, an agent's account is taken in those that prepare and in "
    "no other; a new one is refused it until it is listed") {
  Workshop w;
  const PacketId id = w.ready();
  are_no_agents(w, id, std::make_index_sequence<std::variant_size_v<AnyEvent>>());
}

TEST_CASE(
    "B23: an agent looks by the verbs that its lane's charter has, and by no other; people look anyway") {
  Workshop w;
  const PacketId id = w.open();
  const auto why = [&](const AccountId& account, charter::AgentVerb verb) {
    return why_not_look(w.machine.world(), id, account, verb);
  };
  using enum charter::AgentVerb;
  for (const charter::AgentVerb verb : {compare, cross_check, trace}) {
    CHECK(why(w.agent, verb).empty());
    CHECK(why(w.mara.account, verb).empty());
    CHECK(why(AccountId::from_random(7), verb) == "account_unknown");
  }
  CHECK(why(w.agent, prepare_manifest) == "verb_not_allowed");
  CHECK(why_not_look(w.machine.world(), PacketId::from_random(7), w.agent, compare) == "verb_not_allowed");
}

TEST_CASE("B24: the agents' view is for agents alone, and for none where the charter lets them do nothing") {
  const Scene s;
  const auto why = [&](const AccountId& account) {
    return why_no_agent_view(s.g.machine.world(), s.id, account, s.g.now);
  };
  CHECK(why(s.g.agent).empty());
  CHECK(why(s.g.anna.account) == "agents_only");
  CHECK(why(s.g.intake) == "agents_only");
  CHECK(why(AccountId::from_random(7)) == "agents_only");
  CHECK(why_no_agent_view(s.g.machine.world(), PacketId::from_random(7), s.g.agent, s.g.now) ==
        "verb_not_allowed");

  Gate none(with({{R"(allow = ["refresh", "flag", "prepare_manifest", "trace"])", "allow = []"},
                  {"rate_per_hour = 60", ""},
                  {"processor = \"on-premises\"", "processor = \"none\""}}));
  const PacketId id = none.submit(none.usual("one"));
  CHECK(why_no_agent_view(none.machine.world(), id, none.agent, none.now) == "verb_not_allowed");
}

TEST_CASE("B24: an agent of somebody who takes no part in what people write reads nothing of it and proposes "
          "nothing") {
  Workshop w;
  const PacketId id = w.open();
  const AccountId outsider = AccountId::from_random(w.random());
  must(w.step(AddPrincipal{w.gail.account, outsider, "agent", {}, w.mira.person, {{"model", "m"}}}));
  CHECK(why_no_agent_view(w.machine.world(), id, w.agent, w.now).empty());
  CHECK(why_no_agent_view(w.machine.world(), id, outsider, w.now) == "role_missing");
  CHECK(refused(w.propose(outsider, id, "dumps", {Workshop::put("/claims/m1/text", "a claim")}),
                "role_missing"));
  CHECK(w.propose(w.agent, id, "dumps", {Workshop::put("/claims/m1/text", "a claim")}).ok());
}

TEST_CASE("amendment 15: agents see what a queue sees, unless the charter says what agents see") {
  CHECK(narrative_of(break_glass()) == packet::Openness::omit);
  const std::string row = R"("/narrative" = { class = "narrative", lane_view = "show", )";
  const auto opened = break_glass({{row + "queue_view", row + "agent_view = \"show\", queue_view"}});
  CHECK(narrative_of(opened) == packet::Openness::show);
}
