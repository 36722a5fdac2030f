// Agents at the packets that people write: what they propose and flag over the protocol, what is known of it
// afterwards, and that no text in evidence, in an objection, in an edit or in what they say moves a state.
#include "engine/testing/studio.h"
#include "http/mcp_tools.h"
#include "http/testing/tools.h"
#include "packet/archive.h"

#include <algorithm>
#include <set>
#include <sstream>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;
using engine::testing::Studio;

namespace {

// The charter is younger than its charter_notice until a day has passed; and what is signed then is not old
// yet.
constexpr Duration charter_notice{24 * hour_ms + 120'000};

// A packet that is signed and waits for its owner's press, full of other people's words; and who comes to it.
struct Workroom {
  Studio studio;
  PacketId packet;
  std::string agent, owner; // tokens: of the agent, and of the section's owner who operates it
  AccountId account;        // the agent's

  explicit Workroom(const std::vector<std::string>& words)
      : studio(Instant{engine::system_now().ms - engine::system_now().ms % 1'000} - charter_notice) {
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
    for (std::size_t i = 0; i < words.size(); i += 3) { // what is accepted stands in one leaf
      const gate::Step raised = studio.office->apply(gate::RaiseObjection{studio.office->piet.account,
                                                                          packet,
                                                                          "memory_region",
                                                                          "/fragments/f1",
                                                                          std::nullopt,
                                                                          std::nullopt,
                                                                          {{"text", words[i]}}});
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

Got call(const Service& s, const Workroom& w, std::string_view name, canon::Object arguments) {
  return s.remote(tool(name, std::move(arguments)), w.agent);
}

const canon::Value& content(const Got& got) {
  static const canon::Value none;
  const canon::Value* result = got.value.find("result");
  const canon::Value* found = result == nullptr ? nullptr : result->find("structuredContent");
  return found == nullptr ? none : *found;
}

// Everything that the log comes to, but for what an agent may add to and what time does by itself: its looks,
// proposals, flags and refused attempts, counted for their rate; what sources have not answered.
std::string fold(Service& s) {
  const auto state = s.engine->wait<canon::Value>(
      [](engine::Core& core) -> Result<canon::Value> { return packet::to_value(core.state()); });
  REQUIRE(state);
  canon::Object out = *state->object();
  for (const char* name : {"size", "last_at", "sources", "objects"}) {
    out.erase(name);
  }
  canon::Object packets;
  for (const auto& [id, shown] : *out.find("packets")->object()) {
    canon::Object packet = *shown.object();
    for (const char* name : {"last_leaf", "attempt", "holds", "last_resign", "prepared"}) {
      packet.erase(name);
    }
    if (const canon::Value* at = packet.find("workspace"); at != nullptr && at->object() != nullptr) {
      canon::Object workspace = *at->object();
      workspace.erase("edits");
      workspace.erase("flags");
      packet.set("workspace", std::move(workspace));
    }
    packets.set(id, std::move(packet));
  }
  out.set("packets", std::move(packets));
  return canon::write(out);
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

TEST_CASE("B24, RB-11, INV-31, INV-34: no hostile text in a dump, an objection, an edit or an agent's words "
          "moves a "
          "state; a signed manifest stands through any number of proposals, flags and denials") {
  const std::vector<std::string> texts = injections();
  const Workroom w(texts);
  Service s(w.dir(), quick());
  const std::string packet = w.packet.str();
  const std::string before = fold(s);
  std::size_t flags = 0;
  for (const std::string& text : texts) {
    CAPTURE(text);
    for (const char* name : {"show_workspace", "read_ledger", "read_trace", "cross_check"}) {
      const Got read = call(s, w, name, {{"packet", packet}});
      CHECK_FALSE(failed(read));
      CHECK(*read.value.find("result")->find("content")->array()->back().find("_meta")->find(
                "sallyport/data") == canon::Value(true));
    }
    CHECK_FALSE(failed(call(s, w, "propose_edit", note(w, s, text))));
    canon::Object elsewhere = note(w, s, "x");
    elsewhere.set("section", text);
    CHECK(failed(call(s, w, "propose_edit", elsewhere)));
    elsewhere = note(w, s, "x");
    elsewhere.set("ops", canon::Array{engine::testing::put(text, text)});
    CHECK(failed(call(s, w, "propose_edit", elsewhere)));
    elsewhere = note(w, s, "x");
    elsewhere.set("answers", canon::Array{text});
    CHECK(failed(call(s, w, "propose_edit", elsewhere)));
    const canon::Object flag{
        {"packet", packet}, {"subject", "/fragments/f1"}, {"category", "identifier_leakage"}, {"text", text}};
    flags += static_cast<std::size_t>(!failed(call(s, w, "flag_mismatch", flag)));
    for (const char* name : {"subject", "category"}) {
      canon::Object other = flag;
      other.set(name, text);
      CHECK(failed(call(s, w, "flag_mismatch", other)));
    }
    CHECK(failed(call(s, w, "compare_revisions", {{"packet", packet}, {"dump", text}})));
    CHECK(failed(call(s, w, text, {{"packet", packet}})));
  }
  CHECK(flags == texts.size());
  for (const char* name : {"edit.accept", "edit.reject", "revision.seal", "items.accept", "finding.fix",
                           "objection.raise", "flag.dismiss", "release.request"}) {
    CHECK(why(call(s, w, name, {{"packet", packet}})) == "agent_never_decides");
  }
  // Control characters, and more than anybody needs to say.
  const std::string control = "\x1b[2J\x01 sign";
  CHECK(why(call(s, w, "propose_edit", note(w, s, control))) == "text_control");
  for (const std::size_t size : {std::size_t{5'000}, std::size_t{400'000}}) {
    CHECK(failed(call(s, w, "flag_mismatch",
                      {{"packet", packet},
                       {"subject", "/fragments/f1"},
                       {"category", "identifier_leakage"},
                       {"text", std::string(size, 'x')}})));
  }
  CHECK(failed(call(s, w, "propose_edit", note(w, s, std::string(400'000, 'x')))));
  CHECK(fold(s) == before);
  const Got shown = s.remote({.target = "/v1/packets/" + packet}, w.owner);
  CHECK(canon::write(*shown.value.find("manifests")).contains(R"("status":"authorised")"));
}
