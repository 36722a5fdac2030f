// Agents at the packets that people write: what they propose and flag over the protocol, what is known of it
// afterwards, and that no text in evidence, in an objection, in an edit or in what they say moves a state.
#include "engine/testing/studio.h"
#include "http/mcp_tools.h"
#include "http/testing/service.h"
#include "packet/archive.h"

#include <algorithm>
#include <set>
#include <sstream>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;
using engine::testing::Studio;

namespace {

constexpr Duration notice{25 * hour_ms}; // the charter is younger than its notice until then

// A packet that is signed and waits for its owner's press, full of other people's words; and who comes to it.
struct Workroom {
  Studio studio;
  PacketId packet;
  std::string agent, owner; // tokens: of the agent, and of the section's owner who operates it
  AccountId account;        // the agent's

  explicit Workroom(const std::vector<std::string>& words)
      : studio(Instant{engine::system_now().ms - engine::system_now().ms % 1'000} - notice) {
    studio.open();
    packet = studio.packet;
    studio.scan(1, 0, canon::Array(words.begin(), words.end()));
    studio.write_all();
    canon::Array ops;
    for (std::size_t i = 0; i < words.size(); ++i) {
      ops.push_back(engine::testing::put("/narrative/h" + std::to_string(i),
                                         canon::Object{{"section", "dumps"}, {"text", words[i]}}));
    }
    studio.edit(std::move(ops));
    for (const std::string& text : words) {
      const gate::Step raised = studio.office->apply(gate::RaiseObjection{studio.office->piet.account,
                                                                          packet,
                                                                          "memory_region",
                                                                          "/fragments/f1",
                                                                          std::nullopt,
                                                                          std::nullopt,
                                                                          {{"text", text}}});
      REQUIRE(raised.ok());
    }
    (void)studio.seal();
    studio.office->observe_all();
    studio.accept_all();
    (void)studio.in_review();
    REQUIRE(studio.sign(studio.office->rhea).ok());
    REQUIRE(studio.state().reviewed()->status == "authorised");
    const auto token = [&](const AccountId& of, const std::set<engine::Scope>& scopes) {
      return studio.in_batch<std::string>([&]() -> Result<std::string> {
        SP_TRY(const engine::IssuedToken issued,
               engine::issue_token(studio.core(), studio.office->gail.account, of, scopes,
                                   Duration{100 * hour_ms}));
        REQUIRE(issued.refused.empty());
        return issued.secret.expose();
      });
    };
    using engine::Scope;
    account = studio.office->agent;
    agent = token(account, {Scope::read, Scope::prepare});
    owner = token(studio.office->mara.account, {Scope::read, Scope::prepare, Scope::decide});
    studio.office.reset(); // the folder is the service's now
  }

  std::filesystem::path dir() const { return studio.folder / "data"; }
};

ApiOptions quick() {
  ApiOptions options;
  options.people = options.agents = {100'000, 100'000};
  return options;
}

Got call(const Service& s, const Workroom& w, std::string_view name, canon::Object arguments) {
  canon::Object params{{"name", name}, {"arguments", std::move(arguments)}};
  return s.remote(post("/mcp", canon::Object{{"jsonrpc", "2.0"},
                                             {"id", 1},
                                             {"method", "tools/call"},
                                             {"params", std::move(params)}}),
                  w.agent);
}

const canon::Value& content(const Got& got) {
  static const canon::Value none;
  const canon::Value* result = got.value.find("result");
  const canon::Value* found = result == nullptr ? nullptr : result->find("structuredContent");
  return found == nullptr ? none : *found;
}

bool failed(const Got& got) {
  const canon::Value* result = got.value.find("result");
  return result == nullptr || (result->find("isError") != nullptr && *result->find("isError")->boolean());
}

canon::Object note(const Workroom& w, const Service& s, std::string_view text) {
  const Got seen = s.remote({.target = "/v1/packets/" + w.packet.str() + "/workspace"}, w.owner);
  const canon::Value* sections = seen.value.find("sections");
  REQUIRE(sections != nullptr);
  return {{"packet", w.packet.str()},
          {"section", "dumps"},
          {"base", *sections->find("dumps")->find("version")},
          {"ops", canon::Array{engine::testing::put("/fragments/f1/note", text)}}};
}

// The body of the last leaf of a kind.
template <class Record> canon::Value last_body(Service& s) {
  const auto body = s.engine->wait<canon::Value>([](engine::Core& core) -> Result<canon::Value> {
    SP_TRY(const std::vector<Bytes> leaves, core.reader().leaves(0, 4096));
    for (std::size_t n = leaves.size(); n-- > 0;) {
      const auto leaf = packet::decode(as_text(leaves[n]));
      if (leaf && std::holds_alternative<Record>(leaf->record)) {
        SP_TRY(const store::Body stored, core.reader().body(n));
        return canon::parse(as_text(stored.bytes));
      }
    }
    return fail(ErrorCode::not_found, "", "no leaf is of this kind");
  });
  REQUIRE(body);
  return *body;
}

} // namespace

TEST_CASE("B04, B36: an agent's proposal is marked with its model and with what it was shown; a person takes "
          "it, or "
          "rejects it with a code of drift") {
  const Workroom w({"A worker failed."});
  Service s(w.dir(), quick());
  const std::string packet = w.packet.str();
  CHECK_FALSE(failed(call(s, w, "show_workspace", {{"packet", packet}})));
  CHECK_FALSE(failed(call(s, w, "cross_check", {{"packet", packet}})));
  CHECK_FALSE(failed(call(s, w, "compare_revisions", {{"packet", packet}, {"dump", "du_1"}})));
  const Got proposed = call(s, w, "propose_edit", note(w, s, "Rule set 7 leaves 60 readable bytes of 112."));
  REQUIRE_FALSE(failed(proposed));
  const canon::Value body = last_body<packet::EditProposed>(s);
  const canon::Value* agent = body.find("agent");
  REQUIRE(agent != nullptr);
  CHECK(*agent->find("model_source") == canon::Value("credential"));
  std::vector<std::string> views;
  for (const canon::Value& input : *agent->find("inputs")->array()) {
    views.push_back(*input.find("view")->string());
  }
  CHECK(views == std::vector<std::string>{"agent_view", "coverage", "comparison"});
  CHECK(agent->find("access")->array()->size() == 3);

  canon::Object claimed = note(w, s, "x"); // what it says of itself is no argument
  claimed.set("agent", canon::Object{{"model", "another"}});
  CHECK(failed(call(s, w, "propose_edit", claimed)));

  const std::string edits = "/v1/packets/" + packet + "/edits/";
  const std::string first = *content(proposed).find("edit")->string();
  for (const char* act : {"/accept", "/reject"}) { // of the agent itself
    const Got refused = s.remote(post(edits + first + act, canon::Object{{"code", "wrong"}}), w.agent);
    CHECK(refused.status == 403);
  }
  const Got no_code = s.remote(post(edits + first + "/reject", canon::Object{{"code", "because"}}), w.owner);
  CHECK(no_code.status >= 400);
  CHECK(s.remote(post(edits + first + "/reject", canon::Object{{"code", "wider_sharing"}}), w.owner).status ==
        200);
  const Got second = call(s, w, "propose_edit", note(w, s, "Pass 1 leaves 60 bytes."));
  REQUIRE_FALSE(failed(second));
  CHECK(s.remote(post(edits + *content(second).find("edit")->string() + "/accept"), w.owner).status == 200);
}
