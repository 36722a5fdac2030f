// What leaves, and to whom: the closed list of outputs, and that no broad view has a hidden value.
#include "engine/people.h"
#include "engine/testing/office.h"
#include "http/testing/service.h"

#include <algorithm>
#include <map>
#include <set>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;
using engine::testing::Office;

TEST_CASE(
    "A23, INV-43: whatever can be read is one of four kinds of output, or the gate's own set-up; another "
    "kind is a decision") {
  const std::map<std::string, std::string> kinds{
      {"/v1/lanes/{lane}/entries", "entry"},
      {"/v1/entries/{entry}", "entry"},
      {"/v1/entries/{entry}/bundle", "entry"}, // or its proof
      {"/v1/packets/{packet}/manifests/{manifest}", "manifest"},
      {"/v1/packets/{packet}/signer-view", "manifest"},
      {"/v1/packets/{packet}/agent-view", "register"},
      {"/v1/packets/{packet}/coverage", "register"},
      {"/v1/packets/{packet}/dumps/{dump}/comparison", "register"},
      {"/v1/packets/{packet}/trace", "audit"},
      {"/v1/packets/{packet}/rechecks/{recheck}", "audit"},
      {"/v1/packets/{packet}/retention", "register"},
      {"/v1/packets", "register"},
      {"/v1/packets/{packet}", "register"},
      {"/v1/packets/{packet}/explain", "register"},
      {"/v1/holds", "register"},
      {"/v1/packets/{packet}/workspace", "workshop"},
      {"/v1/packets/{packet}/sections/{section}", "workshop"},
      {"/v1/packets/{packet}/sections/{section}/draft", "workshop"},
      {"/v1/packets/{packet}/ledger", "workshop"},
      {"/v1/log", "audit"},
      {"/v1/events", "audit"},
      {"/v1/log/checkpoint", "audit"},
      {"/v1/trust", "audit"},
      {"/healthz", "set-up"},
      {"/v1/whoami", "set-up"},
      {"/v1/principals", "set-up"},
      {"/v1/keys", "set-up"},
      {"/v1/sources", "set-up"},
      {"/v1/charters", "set-up"},
      {"/v1/lanes", "set-up"},
      {"/v1/lanes/{lane}", "set-up"}};
  Service s;
  std::set<std::string> read;
  for (const RouteInfo& route : s.api->routes()) {
    if (route.method == "GET") {
      INFO(route.pattern);
      CHECK(kinds.contains(route.pattern));
      read.insert(route.pattern);
    }
  }
  CHECK(read.size() == kinds.size());
  std::set<std::string> leaving;
  for (const auto& [pattern, kind] : kinds) {
    leaving.insert(kind);
  }
  leaving.erase("set-up");
  leaving.erase("workshop"); // read by those who write it; it leaves as an entry or not at all
  CHECK(leaving == std::set<std::string>{"audit", "entry", "manifest", "register"});
}

namespace {

// What the lane's recipe hides from a queue, of the office's packets: narrative, claim, caveat, operator and
// tenant with their pseudonyms, path, session, the case and the records' keys at their sources.
const std::vector<std::string> hidden{"A token was presented twice.",
                                      "It was presented twice.",
                                      "Clocks differ.",
                                      "operator of zebra",
                                      "operator-FIR",
                                      "tenant-4471",
                                      "tenant-KEA",
                                      "svc/billing",
                                      "session of zebra",
                                      "zebra-77",
                                      "zebra-78"};

void shows_nothing(const std::string& text) {
  for (const std::string& value : hidden) {
    CAPTURE(value);
    CHECK(text.find(value) == std::string::npos);
    CHECK(text.find(to_base64(as_bytes(value)).substr(0, 12)) == std::string::npos);
  }
}

struct Desk {
  std::filesystem::path dir;
  std::vector<std::pair<std::string, std::string>> ids; // of a pattern's parameters; several of one
  std::string nobody, agent, reader, feed;              // tokens

  Desk() {
    std::string name = (std::filesystem::temp_directory_path() / "sallyport-views-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    dir = std::filesystem::path(name) / "data";
    const Instant now = engine::system_now();
    Office::found(dir, Instant{now.ms - now.ms % 1'000}); // keys are valid from whole seconds
    Office office(dir);
    const EntryId entry = office.release("zebra-77");
    const PacketId crossed = office.core->state().entries.at(entry).packet;
    const PacketId open = office.submit("zebra-78").packet;
    office.observe_all();
    const ManifestId manifest = office.put_in_review(open);
    ids = {{"{packet}", crossed.str()},
           {"{packet}", open.str()},
           {"{manifest}", manifest.str()},
           {"{entry}", entry.str()},
           {"{lane}", lane}};
    const auto token = [&](const AccountId& account, const std::set<engine::Scope>& scopes) {
      std::string secret;
      REQUIRE(office.core->run(office.now, [&]() -> Result<void> {
        SP_TRY(const engine::IssuedToken issued,
               engine::issue_token(*office.core, office.gail.account, account, scopes, Duration{hour_ms}));
        REQUIRE(issued.refused.empty());
        secret = issued.secret.expose();
        return {};
      }));
      return secret;
    };
    using engine::Scope;
    nobody = token(office.mira.account, {Scope::read});
    agent = token(office.agent, {Scope::read, Scope::prepare});
    reader = token(office.rhea.account, {Scope::read, Scope::lane});
    feed = token(office.intake, {Scope::read, Scope::intake});
  }

  ~Desk() { std::filesystem::remove_all(dir.parent_path()); }

  // The pattern with each of the ids that are there, and with ids that are not.
  std::vector<std::string> targets(const std::string& pattern) const {
    std::vector<std::string> out{pattern};
    for (const auto& [name, id] : ids) {
      for (std::size_t i = 0, n = out.size(); i < n; ++i) {
        if (const auto at = out[i].find(name); at != std::string::npos) {
          out.push_back(std::string(out[i]).replace(at, name.size(), id));
        }
      }
    }
    for (std::string& target : out) {
      target = filled(target);
    }
    return out;
  }
};

} // namespace

TEST_CASE(
    "A29, C14, INV-29: no list, page, log, proof, search, order or error shows a broad reader or an agent "
    "a hidden value; a reader of the lane sees it") {
  const Desk desk;
  ApiOptions options;
  options.people = options.agents = {100'000, 100'000};
  const Service s(desk.dir, options);
  const auto entry = std::ranges::find(desk.ids, "{entry}", &std::pair<std::string, std::string>::first);
  const Got seen = s.remote({.target = "/v1/entries/" + entry->second}, desk.reader);
  REQUIRE(seen.status == 200); // the values are there, for whom they are
  CHECK(seen.text.find("A token was presented twice.") != std::string::npos);
  CHECK(seen.text.find("operator-FIR") != std::string::npos);

  std::size_t shown = 0;
  for (const std::string& token : {desk.nobody, desk.agent}) {
    for (const RouteInfo& route : s.api->routes()) {
      if (route.method != "GET" || route.pattern == "/v1/events") { // it has no end; see below
        continue;
      }
      for (const std::string& target : desk.targets(route.pattern)) {
        for (const char* query : {"", "?limit=1", "?from=0&count=256", "?kind=proof", "?kind=lane",
                                  "?order=narrative", "?q=Clocks%20differ.", "?sort=%2Foperator"}) {
          INFO(target << query);
          const Got got = s.remote({.target = target + query}, token);
          shows_nothing(got.text);
          REQUIRE(got.status != 429);
          shown += got.status == 200 ? 1 : 0;
          const canon::Object* files = got.at("files").object();
          for (const auto& [path, file] : files == nullptr ? canon::Object{} : *files) {
            INFO(path);
            const auto bytes = from_base64(*file.string());
            REQUIRE(bytes);
            shows_nothing(std::string(as_text(*bytes)));
          }
        }
      }
    }
  }
  CHECK(shown > 40);
  CHECK(s.remote({.target = "/v1/events"}, desk.agent).status == 400);
  const std::string events = s.events_after(0, desk.nobody);
  CHECK(events.find("event: leaf") != std::string::npos);
  shows_nothing(events);

  // What comes in is not said back, whatever is wrong with it.
  for (const auto& [ask, token] :
       {std::pair{Ask{"POST", "/v1/packets", "{\"Clocks differ.\": \"svc/billing\"}"}, desk.feed},
        std::pair{post("/v1/packets", canon::Object{{"v", "Clocks differ."}}), desk.feed},
        std::pair{post("/v1/attempts/tenant-4471"), desk.nobody},
        std::pair{Ask{.target = "/v1/packets?cursor=tenant-4471"}, desk.nobody},
        std::pair{Ask{.target = "/v1/packets?lane=tenant-4471"}, desk.nobody}}) {
    INFO(ask.target);
    const Got got = s.remote(ask, token);
    shows_nothing(got.text);
  }
}
