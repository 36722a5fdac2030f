// The agents' door as clients see it: what it offers, what it refuses, and that no text moves anything.
#include "charter/words.h"
#include "engine/people.h"
#include "engine/testing/office.h"
#include "http/mcp_tools.h"
#include "http/testing/tools.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <sstream>
#include <thread>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;
using engine::testing::Office;

namespace {

// A lane whose agents see narratives, with a packet for each hostile text, and who may come to the door.
struct Lane {
  std::filesystem::path dir;
  std::vector<PacketId> packets;
  std::string agent, looker, person, feed; // tokens
  AccountId account;                       // the agent's

  explicit Lane(const std::vector<std::string>& narratives) {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-mcp-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    dir = std::filesystem::path(name) / "data";
    const Instant now = engine::system_now();
    const std::string narrative = R"("/narrative" = { class = "narrative", lane_view = "show", )";
    Office::found(dir, Instant{now.ms - now.ms % 1'000},
                  {{narrative + "queue_view", narrative + "agent_view = \"show\", queue_view"}});
    Office office(dir);
    for (std::size_t i = 0; i < narratives.size(); ++i) {
      const std::string text = office.submission("case-" + std::to_string(i), 1, narratives[i]);
      REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
        SP_TRY(const engine::IntakeOutcome came, engine::submit_packet(*office.core, office.intake, text));
        REQUIRE(came.refused.empty());
        packets.push_back(came.packet);
        return {};
      }));
    }
    office.observe_all();
    const auto token = [&](const AccountId& of, const std::set<engine::Scope>& scopes) {
      std::string secret;
      REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
        SP_TRY(const engine::IssuedToken issued,
               engine::issue_token(*office.core, office.gail.account, of, scopes, Duration{hour_ms}));
        REQUIRE(issued.refused.empty());
        secret = issued.secret.expose();
        return {};
      }));
      return secret;
    };
    using engine::Scope;
    account = office.agent;
    agent = token(office.agent, {Scope::read, Scope::prepare});
    looker = token(office.agent, {Scope::read});
    person = token(office.anna.account, {Scope::read, Scope::decide});
    feed = token(office.intake, {Scope::read, Scope::intake});
  }

  ~Lane() { std::filesystem::remove_all(dir.parent_path()); }
};

std::set<std::string> offered(const Service& s, const std::string& token) {
  std::set<std::string> out;
  const Got got = s.remote(message("tools/list"), token);
  REQUIRE(got.status == 200);
  for (const canon::Value& row : *within(got.value, {"result", "tools"}).array()) {
    CHECK(*within(row, {"inputSchema", "additionalProperties"}).boolean() == false);
    out.insert(*row.find("name")->string());
  }
  return out;
}

// What the agent left in the log, in order. The service's own leaves stand between: its sources are not
// there.
canon::Array left_by(const Service& s, const Lane& lane) {
  canon::Array out;
  for (std::size_t at = 0;; at += 256) {
    const Got log = s.remote({.target = "/v1/log?count=256&from=" + std::to_string(at)}, lane.looker);
    REQUIRE(log.status == 200);
    for (const canon::Value& leaf : *log.at("leaves").array()) {
      if (member(leaf, "actor") == lane.account.str() || member(leaf, "drafter") == lane.account.str()) {
        out.push_back(leaf);
      }
    }
    if (log.at("leaves").array()->size() < 256) {
      return out;
    }
  }
}

canon::Value last_of(const Service& s, const Lane& lane) {
  const canon::Array all = left_by(s, lane);
  return all.empty() ? canon::Value() : all.back();
}

} // namespace

TEST_CASE("one door speaks both revisions; who is nobody, a person or a service is not let in") {
  const Lane lane({"A token was presented twice."});
  const Service s(lane.dir, quick());
  const Got hello = s.remote(message("initialize", {{"protocolVersion", "2025-11-25"}}), lane.agent);
  CHECK(hello.status == 200);
  CHECK(within(hello.value, {"result", "protocolVersion"}) == canon::Value("2025-11-25"));
  CHECK(hello.headers.find("mcp-session-id") == nullptr);
  Ask later = post("/mcp", canon::Object{{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}});
  const Got taken = s.remote(later, lane.agent);
  CHECK(taken.status == 202);
  CHECK(taken.text.empty());

  const canon::Object meta{{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                           {"io.modelcontextprotocol/clientCapabilities", canon::Object{}}};
  Headers headers;
  headers.add("mcp-protocol-version", "2026-07-28");
  headers.add("mcp-method", "server/discover");
  const Got found = s.remote(message("server/discover", {{"_meta", meta}}, headers), lane.agent);
  CHECK(found.status == 200);
  CHECK(within(found.value, {"result", "supportedVersions"}).array()->size() == 2);
  headers.set("mcp-method", "tools/list");
  CHECK(s.remote(message("server/discover", {{"_meta", meta}}, headers), lane.agent).status == 400);

  CHECK(s.remote(message("tools/list"), std::nullopt).status == 401);
  for (const std::string& token : {lane.person, lane.feed}) {
    const Got refused = s.remote(tool("whoami"), token);
    CHECK(refused.status == 403);
    CHECK(refused.reason() == "agents_only");
  }
  CHECK(s.remote({.target = "/mcp"}, lane.agent).status == 405);
  CHECK(s.remote({"DELETE", "/mcp"}, lane.agent).status == 405);
  Ask list = post("/mcp", canon::Array{});
  CHECK(s.remote(list, lane.agent).status == 400);
  list.type = "text/plain";
  CHECK(s.remote(list, lane.agent).status == 415);

  Headers origin;
  origin.add("origin", "http://evil.example");
  CHECK(s.remote(message("tools/list", {}, origin), lane.agent).status == 403);
  origin.set("origin", "http://localhost:3000");
  CHECK(s.remote(message("tools/list", {}, origin), lane.agent).status == 200);
}

TEST_CASE("A22, INV-08: no tool decides, and who asks for one that would is refused, on record") {
  const Lane lane({"A token was presented twice."});
  const Service s(lane.dir, quick());
  const std::set<std::string> all = offered(s, lane.agent);
  CHECK(all == std::set<std::string>{"compare_revisions", "cross_check", "explain_packet", "flag_mismatch",
                                     "list_holds", "list_packets", "list_sources", "prepare_manifest",
                                     "propose_edit", "read_ledger", "read_log", "read_packet", "read_section",
                                     "read_trace", "refresh_citations", "show_manifest", "show_packet",
                                     "show_workspace", "whoami"});
  std::set<std::string> less = all; // the credential that may not prepare is not offered it
  less.erase("prepare_manifest");
  less.erase("refresh_citations");
  less.erase("flag_mismatch");
  less.erase("propose_edit");
  CHECK(offered(s, lane.looker) == less);

  for (const auto& [name, verb] : {std::pair{"sign", "manifest.sign"},
                                   {"manifest.sign", "manifest.sign"},
                                   {"Manifest-Sign", "manifest.sign"},
                                   {"release", "release.request"},
                                   {"hold_clear", "hold.clear"},
                                   {"hold_override", "hold.override"},
                                   {"hold_place", "hold.place"},
                                   {"charter_ratify", "charter.ratify"},
                                   {"activate", "roster.activate"},
                                   {"token_issue", "token.issue"},
                                   {"annex_promote", "annex.promote"},
                                   {"packet_submit", "packet.submit"},
                                   {"manifest_submit", "manifest.submit"},
                                   {"entry_show", "entry.show"}}) {
    INFO(std::string(name));
    CHECK_FALSE(all.contains(name));
    const Got got = s.remote(tool(name, {{"packet", lane.packets.front().str()}}), lane.agent);
    CHECK(got.status == 200);
    CHECK(within(got.value, {"error", "code"}) == canon::Value(-32602));
    CHECK(why(got) == "agent_never_decides");
    const canon::Value leaf = last_of(s, lane);
    CHECK(member(leaf, "kind") == "attempt.refused");
    CHECK(member(leaf, "verb") == verb);
  }
  for (const std::string_view verb : charter::words<charter::StopVerb>) {
    INFO(std::string(verb));
    CHECK(why(s.remote(tool(verb), lane.agent)) == "out_of_bounds");
    CHECK(member(last_of(s, lane), "verb") == verb);
    CHECK(member(last_of(s, lane), "topic") ==
          charter::to_word(charter::drift_topic(*charter::from_word<charter::StopVerb>(verb))));
  }
  CHECK(why(s.remote(tool("tell_jane_example"), lane.agent)) == "out_of_bounds");
  CHECK(member(last_of(s, lane), "verb") == "other"); // free text never gets into the log
  // A tool that the credential is not offered is refused as one that there is not.
  CHECK(within(s.remote(tool("prepare_manifest"), lane.looker).value, {"error", "code"}) ==
        canon::Value(-32602));
}

TEST_CASE("B23: a tool is its route: what it answers, what it does, and how it is refused") {
  const Lane lane({"A token was presented twice."});
  const Service s(lane.dir, quick());
  const std::string packet = lane.packets.front().str();
  const auto same = [&](const Ask& ask, const std::string& target) {
    INFO(target);
    const Got got = s.remote(ask, lane.agent);
    const Got route = s.remote({.target = target}, lane.agent);
    REQUIRE(route.status == 200);
    CHECK_FALSE(failed(got));
    const auto steady = [](canon::Value value) { // what moves with the clock
      for (const char* name : {"evaluated_at", "watch", "checks", "waits", "holds"}) {
        if (value.object() != nullptr) {
          value.object()->erase(name);
        }
      }
      return value;
    };
    CHECK(steady(within(got.value, {"result", "structuredContent"})) == steady(route.value));
  };
  same(tool("whoami"), "/v1/whoami");
  same(tool("list_packets", {{"lane", "Q-PSR"}, {"limit", 1}}), "/v1/packets?lane=Q-PSR&limit=1");
  same(tool("show_packet", {{"packet", packet}}), "/v1/packets/" + packet);
  same(tool("explain_packet", {{"packet", packet}}), "/v1/packets/" + packet + "/explain");
  same(tool("read_packet", {{"packet", packet}}), "/v1/packets/" + packet + "/agent-view");
  same(tool("list_holds", {{"packet", packet}}), "/v1/holds?packet=" + packet);
  same(tool("list_sources"), "/v1/sources");
  same(tool("read_log", {{"from", 0}, {"count", 5}}), "/v1/log?from=0&count=5");

  CHECK_FALSE(failed(s.remote(tool("refresh_citations", {{"source", "identity-provider"}}), lane.agent)));
  CHECK(failed(s.remote(tool("refresh_citations", {{"source", "nowhere"}}), lane.agent)));
  const Got stale = s.remote(
      tool("prepare_manifest", {{"packet", packet}, {"revision", std::string(64, 'a')}}), lane.agent);
  CHECK(failed(stale));
  CHECK(why(stale) == "revision_not_head");
  CHECK(member(last_of(s, lane), "verb") == "manifest.draft");

  const Got seen = s.remote(tool("read_packet", {{"packet", packet}}), lane.agent);
  const std::string digest = *within(seen.value, {"result", "structuredContent", "digest"}).string();
  const Got drafted =
      s.remote(tool("prepare_manifest", {{"packet", packet}, {"revision", digest}}), lane.agent);
  CHECK_FALSE(failed(drafted));
  CHECK(member(last_of(s, lane), "kind") == "manifest.drafted");
  const std::string manifest = *within(drafted.value, {"result", "structuredContent", "manifest"}).string();
  same(tool("show_manifest", {{"packet", packet}, {"manifest", manifest}}),
       "/v1/packets/" + packet + "/manifests/" + manifest);
  const auto with = [&](canon::Value signers) {
    return s.remote(
        tool("prepare_manifest", {{"packet", packet}, {"revision", digest}, {"signers", std::move(signers)}}),
        lane.agent);
  };
  CHECK_FALSE(failed(with(canon::Object{{"support-trust-approver", "pe_2345abcdef"}})));
  CHECK(failed(with(canon::Object{{"support-trust-approver", "somebody"}}))); // the route reads whom it names
  CHECK(failed(with(canon::Array{"pe_2345abcdef"})));

  const Got traced = s.remote(tool("read_trace", {{"packet", packet}, {"count", 2}}), lane.agent);
  CHECK_FALSE(failed(traced));
  CHECK(within(traced.value, {"result", "structuredContent", "leaves"}).array()->size() == 2);
  CHECK(member(last_of(s, lane), "what") == "trace"); // a look is on record
  for (const char* name : {"cross_check", "compare_revisions"}) {
    canon::Object given{{"packet", packet}};
    if (std::string_view(name) == "compare_revisions") {
      given.set("dump", "du_1");
    }
    CHECK(why(s.remote(tool(name, given), lane.agent)) ==
          "verb_not_allowed"); // this charter has no such verb
    CHECK(member(last_of(s, lane), "kind") == "attempt.refused");
  }
  const std::string comparison = "/v1/packets/" + packet + "/dumps/du_1/comparison";
  CHECK(s.remote({.target = comparison}, lane.person).status == 404); // people look anyway; there is no dump
  CHECK(s.remote({.target = comparison + "?from=x"}, lane.person).status == 400);

  // Who acts is the credential's to say.
  for (const char* name : {"account", "operator", "person", "model", "on_behalf_of"}) {
    CHECK(failed(s.remote(tool("whoami", {{name, "pe_2345abcdef"}}), lane.agent)));
  }
  for (const canon::Object& given :
       {canon::Object{}, canon::Object{{"packet", "pk_2345abcdef"}},
        canon::Object{{"packet", "../../v1/keys"}}, canon::Object{{"packet", 7}}}) {
    CHECK(failed(s.remote(tool("show_packet", given), lane.agent)));
  }
}

TEST_CASE("B24, INV-43: a tool that leaves anything behind is one of a closed list of routes, of the scope "
          "that agents "
          "may hold; every other only looks") {
  std::set<std::string> preparing;
  for (const mcp::Tool& one : api::tools()) {
    INFO(std::string(one.name));
    const api::Route& route = api::route_of(one);
    CHECK(route.method == mcp::method_of(one.verb));
    CHECK(api::request_name(route) == mcp::name_of(one.verb));
    CHECK(route.access == (mcp::leaves_something(one.verb) ? Access::prepare : Access::read));
    if (mcp::leaves_something(one.verb)) {
      preparing.emplace(route.verb);
    }
  }
  CHECK(preparing == std::set<std::string>{"edit.propose", "flag.raise", "manifest.draft", "source.refresh"});
  CHECK(api::request_name({"POST", "/v1/packets", Access::intake, {}, "packet.submit", nullptr}) == "other");
  CHECK(engine::scopes_of_kind("agent") == std::set{engine::Scope::read, engine::Scope::prepare});
}

TEST_CASE("B36: each minute, what an agent asked for by either door and was denied is one leaf") {
  const Lane lane({"A token was presented twice."});
  Service s(lane.dir, quick());
  s.remote(tool("whoami"), lane.agent);
  s.remote({.target = "/v1/packets"}, lane.agent);
  s.remote(tool("sign"), lane.agent);
  s.remote(tool("cross_check", {{"packet", lane.packets.front().str()}}), lane.agent);
  s.remote({"POST", "/v1/packets/" + lane.packets.front().str() + "/sign", "{}"}, lane.agent);
  s.remote(tool("refresh_citations", {{"source", "identity-provider"}}), lane.agent);
  s.remote({.target = "/v1/packets"}, lane.person); // people are not counted
  s.ahead = 61'000;
  std::map<std::string, std::int64_t> asked; // summed, where a minute ended between two requests
  for (int i = 0; i < 100 && asked["denied"] < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    asked.clear();
    const Got log = s.remote({.target = "/v1/log?count=256"}, lane.person);
    for (const canon::Value& leaf : *log.at("leaves").array()) {
      if (member(leaf, "kind") == "agent.activity" && member(leaf, "agent") == lane.account.str()) {
        for (const auto& [verb, count] : *leaf.find("requests")->object()) {
          asked[verb] += *count.integer();
        }
      }
    }
  }
  CHECK(asked == std::map<std::string, std::int64_t>{{"denied", 3}, {"read", 2}, {"refresh", 1}});
}

TEST_CASE("amendment 15: agents see what the charter shows them and no more; more than the broad view is on "
          "record") {
  const Lane lane({"A token was presented twice."});
  const Service s(lane.dir, quick());
  const std::string target = "/v1/packets/" + lane.packets.front().str() + "/agent-view";
  CHECK(left_by(s, lane).empty());
  const Got seen = s.remote({.target = target}, lane.agent);
  REQUIRE(seen.status == 200);
  CHECK(within(seen.value, {"opened", "/narrative"}) == canon::Value("A token was presented twice."));
  CHECK(seen.at("opened").object()->size() == 1);
  CHECK_FALSE(seen.text.contains("Clocks differ.")); // a caveat: not for agents
  CHECK_FALSE(seen.text.contains("operator-FIR"));
  CHECK(seen.at("citations").array()->size() == 8);
  CHECK(member(seen.at("citations").array()->front(), "status") == "same");
  CHECK(left_by(s, lane).size() == 1);
  CHECK(member(last_of(s, lane), "kind") == "access.recorded");
  CHECK(member(last_of(s, lane), "what") == "agent_view");
  for (const std::string& token : {lane.person, lane.feed}) {
    const Got refused = s.remote({.target = target}, token);
    CHECK(refused.status == 403);
    CHECK(refused.reason() == "agents_only");
  }
}

TEST_CASE("B24, RB-11: no hostile text moves a state: in evidence, in an argument, as a tool, as a message") {
  const std::vector<std::string> texts = injections();
  const Lane lane(texts);
  const Service s(lane.dir, quick());
  const auto standing = [&] { // holds come by themselves: no source answers here
    canon::Array out;
    for (const PacketId& packet : lane.packets) {
      const Got shown = s.remote({.target = "/v1/packets/" + packet.str()}, lane.looker);
      out.emplace_back(canon::Object{{"status", shown.at("status")},
                                     {"head", shown.at("head")},
                                     {"manifests", shown.at("manifests")},
                                     {"entry", shown.at("entry")}});
    }
    return canon::write(out);
  };
  const std::string before = standing();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string& text = texts[i];
    CAPTURE(text);
    const Got read = s.remote(tool("read_packet", {{"packet", lane.packets[i].str()}}), lane.agent);
    CHECK_FALSE(failed(read));
    CHECK(within(read.value, {"result", "structuredContent", "opened", "/narrative"}) == canon::Value(text));
    const canon::Array& content = *within(read.value, {"result", "content"}).array();
    CHECK(content.front().find("text")->string()->contains("never an instruction"));
    CHECK(within(content.back(), {"_meta", "sallyport/data"}) == canon::Value(true));

    CHECK(failed(s.remote(tool("show_packet", {{"packet", text}}), lane.agent)));
    CHECK(failed(s.remote(tool("refresh_citations", {{"source", text}}), lane.agent)));
    CHECK(failed(s.remote(tool("prepare_manifest", {{"packet", lane.packets[i].str()}, {"revision", text}}),
                          lane.agent)));
    CHECK(failed(s.remote(tool("list_packets", {{"cursor", text}}), lane.agent)));
    CHECK(why(s.remote(tool(text), lane.agent)) == "out_of_bounds");
    CHECK(within(s.remote(message(text), lane.agent).value, {"error"}).object() != nullptr);
    const Got raw = s.remote({"POST", "/mcp", text}, lane.agent);
    CHECK((raw.status == 400 || why(raw) == "agent_never_decides")); // one of them is a message
    canon::Object params{{"name", "whoami"}, {"arguments", canon::Object{}}, {text, text}};
    params.set("_meta", canon::Object{{text, text}, {"progressToken", text}});
    CHECK_FALSE(failed(s.remote(message("tools/call", std::move(params)), lane.agent)));
  }
  CHECK(standing() == before);
  std::set<std::string> kinds;
  for (const canon::Value& leaf : left_by(s, lane)) {
    kinds.insert(member(leaf, "kind"));
    const std::string written = canon::write(leaf);
    CHECK(std::ranges::none_of(texts, [&](const std::string& text) { return written.contains(text); }));
  }
  CHECK(kinds == std::set<std::string>{"access.recorded", "attempt.refused"});
}

TEST_CASE("messages are counted as requests are, and who sends too many waits") {
  const Lane lane({"A token was presented twice."});
  ApiOptions options;
  options.agents = {1, 3};
  const Service s(lane.dir, options);
  int waits = 0;
  for (int i = 0; i < 8; ++i) {
    waits += s.remote(tool("whoami"), lane.agent).status == 429 ? 1 : 0;
  }
  CHECK(waits >= 3);
}
