// What the engine knows of an agent: which model it is, what it looked at, what it asked for.
#include "engine/agents.h"
#include "engine/journal.h"
#include "engine/testing/folder.h"
#include "engine/testing/office.h"
#include "engine/trace.h"

#include "canon/json.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sallyport;
using namespace sallyport::engine;
using namespace sallyport::engine::testing;

namespace {

AccountId modelled_agent(Office& office) {
  AddedPrincipal added;
  REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
    const NewPrincipal input{"agent", "comparer", std::nullopt, office.gail.person, std::nullopt};
    SP_TRY(added, add_agent(*office.core, office.gail.account, input, "Model 4 (example)"));
    return {};
  }));
  REQUIRE(added.refused.empty());
  return added.account;
}

std::string part(const Office& office, const AccountId& by, const PacketId& packet) {
  const auto said = agent_part(*office.core, by, packet);
  REQUIRE(said);
  REQUIRE(said->has_value());
  return canon::write(**said);
}

} // namespace

TEST_CASE(
    "B04: an agent's edit says which model made it and what it had been shown, by our records; a restart "
    "changes nothing of it") {
  const Folder folder;
  Office::found(folder / "data", start);
  std::optional<Office> office(std::in_place, folder / "data");
  const AccountId agent = modelled_agent(*office);
  const PacketId packet = office->submit("case-1").packet;
  const PacketId other = office->submit("case-2").packet;
  const std::string model = "\"model\":\"Model 4 (example)\",\"model_source\":\"credential\"}";
  CHECK(part(*office, agent, packet) == "{\"access\":[],\"inputs\":[]," + model);
  CHECK_FALSE(agent_part(*office->core, office->anna.account, packet)->has_value()); // a person's own words

  const auto look = [&](const AccountId& by, const PacketId& at, const char* what) {
    const gate::Step step = office->apply(gate::RecordAccess{by, at, what, std::nullopt});
    return std::to_string(step.leaves.front().leaf.n);
  };
  const std::string first = look(agent, packet, "agent_view");
  look(agent, other, "agent_view");
  look(office->agent, packet, "comparison");
  look(office->anna.account, packet, "signer_view");
  const std::string second = look(agent, packet, "comparison");
  const std::string said = part(*office, agent, packet);
  CHECK(said == "{\"access\":[" + first + "," + second + "],\"inputs\":[{\"leaf\":" + first +
                    ",\"view\":\"agent_view\"},{\"leaf\":" + second + ",\"view\":\"comparison\"}]," + model);
  office.emplace(folder / "data");
  CHECK(part(*office, agent, packet) == said);

  std::string last;
  for (std::size_t i = 0; i < looks_max + 5; ++i) {
    last = look(agent, packet, "trace");
  }
  const auto much = agent_part(*office->core, agent, packet);
  REQUIRE(much);
  const canon::Array& access = *(*much)->find("access")->array(); // the last of it: a body of bounded size
  CHECK(access.size() == looks_max);
  CHECK(std::to_string(*access.back().integer()) == last);
}

TEST_CASE("B36: what an agent asked for, and was denied, is one leaf of its minute") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  office.now = end_of_minute(office.now);
  const Instant minute = office.now;
  REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
    for (const char* verb : {"read", "compare", "read", "denied"}) {
      SP_CHECK(count_request(*office.core, office.agent, verb));
    }
    return office.core->tx().count_attempt(office.agent.str(), office.core->now(), "malformed");
  }));
  office.now = end_of_minute(office.now);
  const std::uint64_t before = office.core->state().size;
  REQUIRE(office.core->run(office.now, [&] { return coalesce_journal(*office.core); }));
  const auto leaves = office.core->reader().leaves(before, 10);
  REQUIRE(leaves);
  REQUIRE(leaves->size() == 2);
  const auto attempts = packet::decode(as_text(leaves->at(0)));
  const auto* counted = std::get_if<packet::JournalCoalesced>(&attempts->record);
  REQUIRE(counted);
  CHECK(counted->counts == std::map<std::string, std::uint32_t>{{"malformed", 1}});
  const auto activity = packet::decode(as_text(leaves->at(1)));
  const auto* asked = std::get_if<packet::AgentActivity>(&activity->record);
  REQUIRE(asked);
  CHECK(asked->agent == office.agent);
  CHECK(asked->operator_ == office.gail.person);
  CHECK(asked->minute == minute);
  CHECK(asked->requests == std::map<std::string, std::uint32_t>{{"compare", 1}, {"denied", 1}, {"read", 2}});
  REQUIRE(office.core->run(office.now, [&] { return coalesce_journal(*office.core); }));
  CHECK(office.core->state().size == before + 2); // once
}

TEST_CASE("B23: a packet's trace is every leaf that names it, in order, page by page") {
  const Folder folder;
  Office::found(folder / "data", start);
  Office office(folder / "data");
  const PacketId packet = office.submit("case-1").packet;
  office.submit("case-2");
  office.observe_all();
  office.put_in_review(packet);
  const auto page = [&](std::uint64_t from, std::size_t count) {
    auto shown = show_trace(*office.core, packet, from, count);
    REQUIRE(shown);
    return *std::move(shown);
  };
  const canon::Object whole = page(0, 256);
  const canon::Array& all = *whole.find("leaves")->array();
  CHECK(whole.find("next") == nullptr);
  REQUIRE(all.size() > 3);
  CHECK(*all.front().find("packet")->string() == packet.str());
  CHECK(std::ranges::is_sorted(all, {}, [](const canon::Value& leaf) { return *leaf.find("n")->integer(); }));
  std::size_t named = 0;
  const auto log = office.core->reader().leaves(0, 1024);
  REQUIRE(log);
  for (const Bytes& leaf : *log) {
    named += as_text(leaf).contains(packet.str()) ? 1U : 0U;
  }
  CHECK(all.size() == named);

  canon::Array paged;
  std::uint64_t from = 0;
  for (;;) {
    const canon::Object one = page(from, 2);
    for (const canon::Value& leaf : *one.find("leaves")->array()) {
      paged.push_back(leaf);
    }
    if (one.find("next") == nullptr) {
      break;
    }
    from = static_cast<std::uint64_t>(*one.find("next")->integer());
  }
  CHECK(paged == all);
}
