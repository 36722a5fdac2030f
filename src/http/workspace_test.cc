// Packets that people write together, as clients see them.
#include "engine/people.h"
#include "engine/testing/crash_office.h"
#include "http/testing/service.h"

#include <algorithm>
#include <map>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;
using engine::testing::CrashOffice;

namespace {

struct Shop {
  std::filesystem::path dir;
  std::map<std::string, std::string> tokens;  // by name
  std::map<std::string, std::string> persons; // by name
  std::unique_ptr<Service> service;
  std::string packet;

  Shop() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-shop-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    dir = std::filesystem::path(name) / "data";
    // The charter's notice of a day passes while the office is founded.
    const Instant now = engine::system_now() - Duration{25 * hour_ms};
    CrashOffice::found(dir, Instant{now.ms - now.ms % 1'000});
    {
      CrashOffice office(dir);
      using engine::Scope;
      const std::set<Scope> all{Scope::read, Scope::prepare, Scope::decide, Scope::lane};
      for (const auto& [who, member] : {std::pair{"rhea", &office.rhea},
                                        {"piet", &office.piet},
                                        {"mara", &office.mara},
                                        {"tomo", &office.tomo},
                                        {"lin", &office.lin}}) {
        tokens[who] = token(office, member->account, all);
        persons[who] = member->person.str();
      }
      tokens["agent"] = token(office, office.agent, {Scope::read, Scope::prepare});
      tokens["forensics"] = token(office, office.forensics, {Scope::read, Scope::source});
    }
    ApiOptions options;
    options.people = options.agents = {100'000, 100'000};
    service = std::make_unique<Service>(dir, options);
  }

  ~Shop() {
    service.reset();
    std::filesystem::remove_all(dir.parent_path());
  }

  static std::string token(CrashOffice& office, const AccountId& account,
                           const std::set<engine::Scope>& scopes) {
    std::string secret;
    office.batch([&]() -> Result<void> {
      SP_TRY(const engine::IssuedToken issued, engine::issue_token(*office.core, office.gail.account, account,
                                                                   scopes, Duration{100 * hour_ms}));
      REQUIRE(issued.refused.empty());
      secret = issued.secret.expose();
      return {};
    });
    return secret;
  }

  Got ask(const std::string& who, const Ask& what) const { return service->remote(what, tokens.at(who)); }

  Got get(const std::string& who, const std::string& below) const {
    return ask(who, {.target = "/v1/packets/" + packet + below});
  }

  canon::Value last_leaf() const {
    const Got log = ask("tomo", {.target = "/v1/log?from=" + std::to_string(service->leaves() - 1)});
    REQUIRE(log.status == 200);
    return log.at("leaves").array()->back();
  }

  Got act(const std::string& who, const std::string& below, canon::Value body = {}) const {
    return ask(who, post("/v1/packets/" + packet + below, std::move(body)));
  }

  void open() {
    const Got made =
        ask("mara", post("/v1/workspaces",
                         canon::Object{{"lane", engine::testing::crash_lane},
                                       {"title", "A crash of the checkout"},
                                       {"sections", canon::Object{{"dumps", persons["mara"]},
                                                                  {"privacy", persons["piet"]},
                                                                  {"runtime", persons["tomo"]}}},
                                       {"case", canon::Object{{"crash_group", canon::Array{"G-17"}}}}}));
    INFO(made.text);
    REQUIRE(made.status == 201);
    packet = made.text_at("packet");
  }

  std::int64_t version(const std::string& section = "dumps") const {
    return *get("mara", "/sections/" + section).at("version").integer();
  }

  Got propose(const std::string& who, const std::string& at, canon::Value value,
              const std::string& section = "dumps", std::optional<std::int64_t> base = {}) const {
    return act(who, "/edits",
               canon::Object{{"section", section},
                             {"base", base ? *base : version(section)},
                             {"ops", canon::Array{canon::Object{
                                         {"op", "put"}, {"at", at}, {"value", std::move(value)}}}}});
  }
};

canon::Value text(const std::string& words) {
  return canon::Object{{"section", "dumps"}, {"text", words}};
}

} // namespace

TEST_CASE("T02, B13: two edits of one place stand side by side, one is taken, and the other cannot be taken "
          "after it") {
  Shop s;
  s.open();
  const std::int64_t base = s.version();
  const Got first = s.propose("mara", "/narrative/b1", text("The worker failed."));
  INFO(first.text);
  REQUIRE(first.status == 201);
  const Got second = s.propose("agent", "/narrative/b1", text("The writer failed."), "dumps", base);
  INFO(second.text);
  REQUIRE(second.status == 201);
  CHECK(*second.at("beside").array()->front().string() == first.text_at("edit"));

  const Got shown = s.get("mara", "/sections/dumps");
  REQUIRE(shown.at("pending").array()->size() == 2);
  CHECK(shown.text.find("The writer failed.") != std::string::npos);
  CHECK(s.act("tomo", "/edits/" + first.text_at("edit") + "/accept").reason() == "not_section_owner");
  CHECK(s.act("agent", "/edits/" + first.text_at("edit") + "/accept").reason() == "agent_never_decides");
  const Got taken = s.act("mara", "/edits/" + first.text_at("edit") + "/accept",
                          canon::Object{{"beside", canon::Array{second.text_at("edit")}}});
  INFO(taken.text);
  REQUIRE(taken.status == 200);
  CHECK(*taken.at("version").integer() > base);
  const Got late = s.act("mara", "/edits/" + second.text_at("edit") + "/accept");
  CHECK(late.status == 409);
  CHECK(late.reason() == "edit_overtaken");
  CHECK(s.act("mara", "/edits/" + second.text_at("edit") + "/reject", canon::Object{{"code", "no_reason"}})
            .reason() == "rejection_code");
  CHECK(s.act("mara", "/edits/" + second.text_at("edit") + "/reject",
              canon::Object{{"code", "conflict_not_chosen"}})
            .status == 200);
  const Got after = s.get("mara", "/sections/dumps");
  CHECK(after.at("pending").array()->empty());
  CHECK(after.at("history").array()->size() == 2);
  CHECK(s.get("mara", "/workspace").text.find("The worker failed.") != std::string::npos);
}

TEST_CASE("T02: a private draft is its author's alone, in no log, and gone when it is proposed") {
  Shop s;
  s.open();
  const std::string draft = "/sections/dumps/draft";
  const auto save = [&](const char* who, const char* words) {
    return s.ask(who, {"PUT", "/v1/packets/" + s.packet + draft,
                       canon::write(canon::Object{{"base", 0}, {"ops", canon::Array{words}}})});
  };
  const std::int64_t leaves = s.service->leaves();
  CHECK(save("mara", "half a sentence").status == 200);
  CHECK(save("tomo", "another one").status == 200);
  const Got log = s.ask("tomo", {.target = "/v1/log?from=" + std::to_string(leaves)});
  for (const canon::Value& leaf : *log.at("leaves").array()) { // sources fall silent by themselves
    CHECK(member(leaf, "kind").starts_with("source."));
  }
  CHECK(s.get("mara", draft).text.find("half a sentence") != std::string::npos);
  CHECK(s.get("tomo", draft).text.find("half a sentence") == std::string::npos);
  CHECK(s.get("piet", draft).status == 404);
  CHECK(s.get("tomo", "/sections/dumps").text.find("half a sentence") == std::string::npos);
  CHECK(s.get("tomo", "/workspace").text.find("half a sentence") == std::string::npos);
  CHECK(save("agent", "an agent's").reason() == "not_a_person");

  const Got secret = save("mara", "-----BEGIN OPENSSH PRIVATE KEY-----");
  CHECK(secret.status == 422);
  CHECK(secret.reason() == "text_secret");
  CHECK(s.get("mara", draft).text.find("half a sentence") != std::string::npos); // the one before stands

  REQUIRE(s.propose("mara", "/narrative/b1", text("A whole sentence.")).status == 201);
  CHECK(s.get("mara", draft).status == 404);
  CHECK(s.get("tomo", draft).status == 200);
  CHECK(s.act("tomo", draft + "/discard").status == 200);
  CHECK(s.get("tomo", draft).status == 404);
}

TEST_CASE(
    "A29: who takes no part sees ids, states and counts of a workspace; an agent's reading is on record") {
  Shop s;
  s.open();
  const Got edit = s.propose("mara", "/narrative/b1", text("The worker failed."));
  REQUIRE(s.act("mara", "/edits/" + edit.text_at("edit") + "/accept").status == 200);
  const Got objection =
      s.act("piet", "/objections",
            canon::Object{
                {"category", "memory_region"}, {"subject", "/narrative/b1"}, {"text", "Which one was it?"}});
  INFO(objection.text);
  REQUIRE(objection.status == 201);
  for (const char* below : {"/workspace", "/sections/dumps", "/ledger"}) {
    INFO(below);
    const Got broad = s.get("lin", below);
    CHECK(broad.status == 200);
    for (const char* hidden : {"The worker failed.", "Which one was it?", "A crash of the checkout"}) {
      CHECK(broad.text.find(hidden) == std::string::npos);
    }
    const std::int64_t leaves = s.service->leaves();
    const Got agent = s.get("agent", below);
    CHECK(agent.status == 200);
    CHECK(s.service->leaves() == leaves + 1);
    CHECK(member(s.last_leaf(), "kind") == "access.recorded");
    CHECK(*agent.at("access").integer() == leaves);
  }
  CHECK(s.get("tomo", "/ledger").text.find("Which one was it?") != std::string::npos);
  const Got ledger = s.get("tomo", "/ledger");
  CHECK(*ledger.at("categories").find("memory_region")->find("open")->integer() == 1);
  const std::int64_t leaf = *ledger.at("leaf").integer();
  const Got same = s.get("tomo", "/ledger?since=" + std::to_string(leaf));
  CHECK(*same.at("changed").boolean() == false);
  CHECK(same.at("items").is_null());
}

TEST_CASE("T21: what is malformed names its field; what nobody may do is refused with its reason") {
  Shop s;
  s.open();
  const Got edit =
      s.act("mara", "/edits", canon::Object{{"section", "dumps"}, {"base", 0}, {"ops", canon::Array{}}});
  CHECK(edit.status == 400);
  CHECK(edit.text_at("field") == "/ops");
  const Got unknown =
      s.act("mara", "/edits",
            canon::Object{
                {"section", "dumps"},
                {"base", s.version()},
                {"ops", canon::Array{canon::Object{
                            {"op", "put"},
                            {"at", "/fragments/f1"},
                            {"value", canon::Object{{"dump", "du_1"}, {"rev", 1}, {"region", "rg1"}}}}}}});
  CHECK(unknown.status == 400);
  CHECK(unknown.text_at("field") == "/ops/0/value");
  CHECK(s.propose("mara", "/narrative/b1", text("x"), "dumps", 1).reason() == "base_unknown");
  CHECK(s.propose("mara", "/narrative/b1", text("x"), "cellar", 1).reason() == "section_unknown");
  CHECK(s.act("tomo", "/seal").reason() == "not_owner");
  CHECK(s.act("piet", "/objections",
              canon::Object{{"category", "weather"}, {"subject", "/narrative/b1"}, {"text", "No."}})
            .reason() == "category_unknown");
  CHECK(s.act("piet", "/objections/li_2345abcdef/withdraw").reason() == "item_unknown");
  CHECK(s.get("piet", "/sections/cellar").status == 404);
  CHECK(
      s.ask("lin", post("/v1/workspaces", canon::Object{{"lane", "IN-PRIVENG"}, {"title", "x"}})).reason() ==
      "role_missing");
}
