// Around the press: what a preview says, whose tag a look leaves alone, what forbids to erase.
#include "engine/present.h"
#include "engine/testing/studio.h"
#include "http/testing/service.h"
#include "packet/archive.h"

#include <algorithm>
#include <set>
#include <thread>

using namespace sallyport;
using namespace sallyport::http;
using namespace sallyport::http::testing;
using engine::testing::Studio;

namespace {

constexpr Duration notice{24 * hour_ms + 120'000}; // over when the service starts; what was observed is fresh

// A packet that is signed and waits for its owner's press, and who comes to it.
struct SignedPacket {
  Studio studio;
  std::string packet;
  std::string manifest; // digest
  AccountId owner;
  Instant deadline;  // of its fragments
  std::string entry; // where it was pressed
  std::map<std::string, std::string> tokens;
  std::unique_ptr<Service> service;

  explicit SignedPacket(bool pressed = false)
      : studio(Instant{engine::system_now().ms - engine::system_now().ms % 1'000} - notice),
        deadline(engine::system_now() + Duration{80 * hour_ms}) {
    studio.open();
    packet = studio.packet.str();
    studio.scan(1);
    const std::string until = to_string(deadline);
    studio.office->records.at("c6").attrs["deadline"] = until;
    studio.write_all();
    studio.edit({engine::testing::put("/retention/r_1/deadline", until)});
    const gate::Step objected =
        studio.office->apply(gate::RaiseObjection{studio.office->piet.account,
                                                  studio.packet,
                                                  "memory_region",
                                                  "/fragments/f1",
                                                  std::nullopt,
                                                  std::nullopt,
                                                  {{"text", "Is the whole region needed?"}}});
    REQUIRE(objected.ok());
    const gate::Step stubbed =
        studio.office->apply(gate::RaiseObjection{studio.office->tomo.account,
                                                  studio.packet,
                                                  "identifier_leakage",
                                                  "/fragments/f2",
                                                  "quotes_identifier",
                                                  std::nullopt,
                                                  {{"text", "It names a customer in clear."}}});
    REQUIRE(stubbed.ok());
    (void)studio.seal();
    studio.office->observe_all();
    studio.accept_all();
    manifest = studio.in_review().hex();
    REQUIRE(studio.sign(studio.office->rhea).ok());
    REQUIRE(studio.state().reviewed()->status == "authorised");
    using engine::Scope;
    const engine::testing::CrashOffice& office = *studio.office;
    for (const auto& [who, account] : {std::pair{"rhea", office.rhea.account},
                                       {"piet", office.piet.account},
                                       {"tomo", office.tomo.account},
                                       {"gail", office.gail.account},
                                       {"pavel", office.pavel.account},
                                       {"lin", office.lin.account}}) {
      tokens[who] = token(account, {Scope::read, Scope::prepare, Scope::decide, Scope::lane});
    }
    owner = office.rhea.account;
    tokens["agent"] = token(office.agent, {Scope::read, Scope::prepare});
    tokens["forensics"] = token(office.forensics, {Scope::read, Scope::source});
    if (pressed) {
      entry = studio.press().str();
    }
    studio.office.reset(); // the folder is the service's now
    ApiOptions options;
    options.people = options.agents = {100'000, 100'000};
    service = std::make_unique<Service>(studio.folder / "data", options);
  }

  std::string token(const AccountId& account, const std::set<engine::Scope>& scopes) {
    return studio.in_batch<std::string>([&]() -> Result<std::string> {
      SP_TRY(const engine::IssuedToken issued, engine::issue_token(studio.core(), studio.office->gail.account,
                                                                   account, scopes, Duration{100 * hour_ms}));
      REQUIRE(issued.refused.empty());
      return issued.secret.expose();
    });
  }

  Got ask(const std::string& who, const Ask& what) const { return service->remote(what, tokens.at(who)); }

  Got get(const std::string& who, const std::string& below) const {
    return ask(who, {.target = "/v1/packets/" + packet + below});
  }

  Got act(const std::string& who, const std::string& below, canon::Value body = {}) const {
    return ask(who, post("/v1/packets/" + packet + below, std::move(body)));
  }

  Got act_if(const std::string& tag, const std::string& who, const std::string& below,
             canon::Value body) const {
    Ask what = post("/v1/packets/" + packet + below, std::move(body));
    what.headers.add("if-match", tag);
    return ask(who, what);
  }

  std::string tag() const {
    const Got shown = get("rhea", "");
    REQUIRE(shown.headers.find("etag") != nullptr);
    return *shown.headers.find("etag");
  }
};

canon::Object of(const std::string& manifest) {
  return {{"manifest", manifest}};
}

bool has_code(const Got& got, std::string_view code) {
  const canon::Array* reasons = got.at("reasons").array();
  return reasons != nullptr && std::ranges::any_of(*reasons, [&](const canon::Value& reason) {
           return *reason.find("code")->string() == code;
         });
}

} // namespace

TEST_CASE(
    "T13 B09: a preview says that it is one and what it found; it frees nothing, and the packet is as it "
    "was") {
  const SignedPacket s;
  const std::string tag = s.tag();
  const std::string at = "/release/preview";
  CHECK(s.act("agent", at, of(s.manifest)).reason() == "agent_never_decides");
  CHECK(s.act("tomo", at, of(s.manifest)).reason() == "not_owner");
  CHECK(s.act("lin", at, of(s.manifest)).reason() == "role_missing");
  CHECK(s.act("rhea", at, of(std::string(64, 'a'))).reason() == "manifest_unknown");
  CHECK(s.act("rhea", at, canon::Object{}).status == 400);

  const Got asked = s.act("rhea", at, of(s.manifest));
  INFO(asked.text);
  REQUIRE(asked.status == 202);
  const std::string below = "/rechecks/" + asked.text_at("preview");
  Got seen = s.get("lin", below);
  for (int i = 0; i < 600 && *seen.at("open").boolean(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    seen = s.get("lin", below);
  }
  INFO(seen.text);
  REQUIRE(seen.status == 200);
  CHECK_FALSE(*seen.at("open").boolean());
  CHECK(seen.text_at("mode") == "preview");
  CHECK(seen.text_at("result") == "blocked"); // nobody answers for the sources here
  CHECK(has_code(seen, "SYS.RECHECK"));
  CHECK_FALSE(seen.at("unanswered").array()->empty());
  CHECK(seen.text_at("entry").empty());

  const Got after = s.get("rhea", "");
  CHECK(after.text_at("status") == "open");
  CHECK(after.text_at("entry").empty());
  CHECK(after.at("recheck").is_null());
  CHECK(*after.headers.find("etag") == tag);
  CHECK(s.get("rhea", "/rechecks/rc_2345abcdef").status == 404);
  CHECK(s.get("rhea", "/rechecks/nonsense").status == 404);
}

TEST_CASE("T13: a preview that is open is shown as one, and a press is told of its own recheck") {
  const SignedPacket s;
  // In one batch, before any source has answered: both are open when they are shown.
  const auto shown = s.service->engine->wait<std::pair<canon::Object, canon::Object>>(
      [&](engine::Core& core) -> Result<std::pair<canon::Object, canon::Object>> {
        const PacketId id = *PacketId::parse(s.packet);
        const gate::Packet& packet = *core.state().find(id);
        SP_TRY(const gate::Step looked,
               core.apply(gate::PreviewRecheck{s.owner, id, packet.reviewed()->digest}));
        REQUIRE(looked.ok());
        canon::Object preview = engine::show_packet(core, id, core.now());
        SP_TRY(const gate::Step pressed,
               core.apply(gate::RequestRelease{s.owner, id, packet.head->digest, packet.reviewed()->digest,
                                               packet.lane}));
        REQUIRE(pressed.ok());
        return std::pair{std::move(preview), engine::show_packet(core, id, core.now())};
      });
  REQUIRE(shown);
  const auto mode = [](const canon::Object& packet) {
    return *packet.find("recheck")->find("mode")->string();
  };
  CHECK(mode(shown->first) == "preview");
  CHECK(mode(shown->second) == "release");
}

TEST_CASE(
    "T21: what others look at, and what they are refused, is no reason that a person's write fails with "
    "412") {
  const SignedPacket s;
  const std::string tag = s.tag();
  const std::int64_t leaves = s.service->leaves();
  for (const char* below : {"/workspace", "/ledger", "/trace", "/coverage", "/agent-view"}) {
    CHECK(s.get("agent", below).status == 200);
  }
  CHECK(s.act("agent", "/sign", canon::Object{{"manifest", s.manifest}, {"signature", "x"}}).status == 403);
  CHECK(s.act("tomo", "/release/preview", of(s.manifest)).status == 403);
  CHECK(s.service->leaves() >= leaves + 7); // all of it is on record
  CHECK(s.tag() == tag);

  const Got nameless =
      s.act("tomo", "/objections",
            canon::Object{{"category", "taste"}, {"subject", "/fragments/f1"}, {"text", "No."}});
  CHECK(nameless.reason() == "category_unknown");
  const canon::Array& named = *nameless.at("reasons").array()->front().find("expected")->array();
  CHECK(std::ranges::find(named, canon::Value("memory_region")) != named.end());
  CHECK(s.tag() == tag);
  const canon::Object objection{
      {"category", "memory_region"}, {"subject", "/fragments/f1"}, {"text", "Too much of it."}};
  CHECK(s.act_if(tag, "tomo", "/objections", objection).status == 201);
  const std::string next = s.tag();
  CHECK(next != tag);
  const Got late = s.act_if(tag, "tomo", "/objections", objection);
  CHECK(late.status == 412);
  CHECK(*late.headers.find("etag") == next);
  CHECK(s.tag() == next);
  CHECK(s.act_if(next, "tomo", "/objections", objection).status == 201);
}

TEST_CASE("INV-47: legal holds are placed by who ends holds or owns policy, and lifted by another owner of "
          "policy") {
  const SignedPacket s;
  const std::string at = "/legal-holds";
  const auto because = [](const char* text) { return canon::Object{{"reason", text}}; };
  CHECK(s.act("agent", at, because("x")).reason() == "agent_never_decides");
  CHECK(s.act("tomo", at, because("x")).reason() == "role_missing");
  CHECK(s.act("piet", at, canon::Object{}).status == 400);
  CHECK(s.act("piet", at, because("-----BEGIN OPENSSH PRIVATE KEY-----")).reason() == "text_secret");
  CHECK(s.act("piet", at, canon::Object{{"reason", "x"}, {"fragment", "f9"}}).reason() == "subject_unknown");
  CHECK(s.get("rhea", "").at("legal_holds").is_null());

  const Got whole = s.act("piet", at, because("A court asked for it."));
  INFO(whole.text);
  REQUIRE(whole.status == 201);
  const Got one = s.act("gail", at, canon::Object{{"reason", "A second one."}, {"fragment", "f1"}});
  REQUIRE(one.status == 201);
  const canon::Value holds = s.get("lin", "").at("legal_holds");
  REQUIRE(holds.array()->size() == 2);
  CHECK(*holds.array()->front().find("leaf") == whole.at("leaf"));
  CHECK(holds.array()->front().find("fragment") == nullptr);
  CHECK(*holds.array()->back().find("fragment") == canon::Value("f1"));

  const Got kept = s.get("gail", "/retention");
  INFO(kept.text);
  REQUIRE(kept.status == 200);
  CHECK(kept.text.find("A court asked for it.") != std::string::npos);
  const canon::Value& f2 = *kept.at("fragments").find("f2");
  CHECK(*f2.find("deadline") == canon::Value(to_string(s.deadline)));
  CHECK(*f2.find("end_state") == canon::Value("bytes_gone"));
  CHECK(*f2.find("state") == canon::Value("kept"));
  CHECK(*f2.find("legally_held") == canon::Value(s.packet));
  CHECK(*f2.find("needed_by") == canon::Value(s.packet)); // it is open, and has it
  for (const char* other : {"lin", "agent"}) {
    CHECK(s.get(other, "/retention").text.find("A court asked for it.") == std::string::npos);
  }

  const auto lift = [&](const char* who, const Got& hold) {
    return s.act(who, at + "/" + std::to_string(*hold.at("leaf").integer()) + "/lift",
                 because("It is over."));
  };
  CHECK(lift("piet", whole).reason() == "role_missing");
  CHECK(lift("gail", one).reason() == "hold_opener");
  CHECK(lift("gail", whole).status == 200);
  CHECK(lift("gail", whole).reason() == "hold_unknown");
  CHECK(s.get("gail", "/retention").at("fragments").find("f2")->find("legally_held") == nullptr);
  CHECK(s.get("gail", "/retention").at("fragments").find("f1")->find("legally_held") != nullptr);
  CHECK(lift("pavel", one).status == 200);
  CHECK(s.get("rhea", "").at("legal_holds").is_null());
}

TEST_CASE("M-B2: who reports an event may say since when it was so, and not of what is still to come") {
  const SignedPacket s;
  const auto report = [&](canon::Value changed_at) {
    canon::Object body{{"event", "object.changed"}, {"key", "diff/1"}};
    if (!changed_at.is_null()) {
      body.set("changed_at", std::move(changed_at));
    }
    return s.ask("forensics", post("/v1/sources/forensics-tool/events", std::move(body)));
  };
  const auto said = [&]() -> std::string {
    const Got log = s.ask("rhea", {.target = "/v1/packets/" + s.packet + "/trace"});
    std::string at;
    for (const canon::Value& leaf : *log.at("leaves").array()) {
      at = member(leaf, "kind") == "source.event" ? member(leaf, "changed_at") : at;
    }
    return at;
  };
  const Got future = report(to_string(engine::system_now() + Duration{hour_ms}));
  CHECK(future.status == 400);
  CHECK(future.text_at("field") == "/changed_at");
  CHECK(report("yesterday").status == 400);
  const std::string before = to_string(engine::system_now() - Duration{60'000});
  const Got done = report(before);
  INFO(done.text);
  REQUIRE(done.status == 200);
  CHECK_FALSE(done.at("effects").array()->empty());
  CHECK(said() == before);
  REQUIRE(report({}).status == 200);
  CHECK(said().empty());
}

TEST_CASE(
    "B26, C14: the lane reads what was written and disputed, agents the words that they help to write, and "
    "nobody a stub's words or whose session it was") {
  const SignedPacket s(true);
  const Got entry = s.ask("lin", {.target = "/v1/entries/" + s.entry});
  INFO(entry.text);
  REQUIRE(entry.status == 200);
  const SignedPacket before;
  const Got view = before.get("agent", "/agent-view");
  INFO(view.text);
  REQUIRE(view.status == 200);
  const Got work = before.get("agent", "/workspace");
  const Got ledger = before.get("agent", "/ledger");
  // The names that a view opens, with the ids of ledger items left out.
  const auto names = [](const Got& got) {
    std::set<std::string> out;
    for (const auto& [name, value] : *got.at("opened").object()) {
      out.insert(name.starts_with("/ledger/") ? "/ledger" + name.substr(name.find("/statements")) : name);
    }
    return out;
  };
  std::set<std::string> words{"/narrative/b1/text", "/claims/m1/text",   "/fragments/f1/note",
                              "/fragments/f2/note", "/regions/g1/range", "/ledger/statements/s1"};
  CHECK(names(view) == words);
  words.merge(std::set<std::string>{"/scope/crash_session/s1:pseudonym", "/scope/environment/e1:pseudonym"});
  for (int i = 1; i <= 7; ++i) {
    words.insert("/citations/c" + std::to_string(i) + "/record");
  }
  CHECK(names(entry) == words);
  for (const Got* got : {&entry, &view, &work, &ledger}) {
    CHECK(got->text.find("It names a customer in clear.") == std::string::npos);
    CHECK(got->text.find("cluster-four") == std::string::npos);
    CHECK(got->text.find("session-4471") == std::string::npos);
  }
  CHECK(view.text.find("session-ONE") == std::string::npos);
  CHECK(work.text.find("The worker failed while it wrote.") != std::string::npos);
  CHECK(ledger.text.find("Is the whole region needed?") != std::string::npos);
  CHECK(entry.text.find("quotes_identifier") !=
        std::string::npos); // it stands there that something is withheld
  for (const char* broad : {"/workspace", "/ledger"}) {
    const Got got = before.get("lin", broad);
    CHECK(got.text.find("The worker failed while it wrote.") == std::string::npos);
    CHECK(got.text.find("Is the whole region needed?") == std::string::npos);
  }
}

TEST_CASE(
    "INV-47: an erasure is ordered by who ends holds, after the deadline, carried out by the service, and "
    "shown; not before, not under a legal hold") {
  const SignedPacket s(true);
  const std::string at = "/erasures";
  const canon::Object f2{{"fragment", "f2"}};
  CHECK(s.act("piet", at, f2).reason() == "retention_runs");
  CHECK(s.act("agent", at, f2).reason() == "agent_never_decides");
  CHECK(s.act("tomo", at, f2).reason() == "role_missing");
  CHECK(s.act("piet", at, canon::Object{}).status == 400);
  CHECK(s.act("piet", at, canon::Object{{"fragment", "f9"}}).reason() == "unit_unknown");
  const Got held = s.act("piet", "/legal-holds", canon::Object{{"reason", "A court asked for it."}});
  REQUIRE(held.status == 201);
  const std::string lift = "/legal-holds/" + std::to_string(*held.at("leaf").integer()) + "/lift";
  s.service->ahead += 90 * hour_ms; // the deadline has passed, and no token has
  CHECK(s.act("piet", at, f2).reason() == "STATE.LEGAL_HOLD");
  REQUIRE(s.act("gail", lift, canon::Object{{"reason", "It is over."}}).status == 200);
  const Got ordered = s.act("piet", at, f2);
  INFO(ordered.text);
  REQUIRE(ordered.status == 202);
  CHECK(*s.act("rhea", at, f2).at("leaf").integer() == *ordered.at("leaf").integer()); // the same order
  const auto state = [&] {
    return *s.get("lin", "/retention").at("fragments").find("f2")->find("state")->string();
  };
  std::string seen = state();
  for (int i = 0; i < 600 && seen != "erased"; ++i) {
    s.service->ahead += 1'000; // the sweep's turn comes sooner
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    seen = state();
  }
  CHECK(seen == "erased");
  CHECK(*s.get("lin", "/retention").at("fragments").find("f1")->find("state") == canon::Value("kept"));
  CHECK(s.get("lin", "").text_at("status") == "released");
}
