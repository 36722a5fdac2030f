// The acts before any packet: genesis, people, sources, charter.
#include "demo/stage.h"

#include "canon/json.h"
#include "charter/diff.h"
#include "charter/parse.h"
#include "engine/engine.h"
#include "engine/files.h"

#include <fmt/format.h>

namespace sallyport::demo {
namespace {

canon::Array armored(const std::vector<std::string>& signatures) {
  canon::Array out;
  for (const std::string& signature : signatures) {
    out.emplace_back(signature);
  }
  return out;
}

// Both owners sign the same bytes.
Result<std::vector<std::string>> owners_sign(const Stage& stage, std::string_view name_space,
                                             const std::string& bytes) {
  SP_TRY(std::string first, ssh_sign(stage.gail, name_space, bytes));
  SP_TRY(std::string second, ssh_sign(stage.pavel, name_space, bytes));
  return std::vector{std::move(first), std::move(second)};
}

Result<void> add(const Stage& stage, Player& player, const std::string& kind,
                 const std::string& operator_person) {
  canon::Object body{{"kind", kind}, {"name", player.name}};
  if (!operator_person.empty()) {
    body.set("operator", operator_person);
  }
  SP_TRY(const Answer added, stage.must(stage.gail, "POST", "/v1/principals", std::move(body)));
  SP_TRY(player.account, AccountId::parse(added.text("account")));
  if (kind == "person") {
    SP_TRY(player.person, PersonId::parse(added.text("person")));
  }
  return {};
}

Result<void> issue(const Stage& stage, const Player& issuer, Player& player, canon::Array scopes) {
  SP_TRY(const Answer issued,
         stage.must(issuer, "POST", "/v1/principals/" + player.account.str() + "/tokens",
                    canon::Object{{"scopes", std::move(scopes)}, {"valid_for_ms", 86'400'000}}));
  player.token = issued.text("token");
  return {};
}

canon::Array everything() {
  return {"read", "intake", "source", "prepare", "decide", "govern", "lane"};
}

Result<void> enrol_key(const Stage& stage, const Player& player) {
  const Instant now = engine::system_now();
  SP_TRY(const Answer prepared,
         stage.must(stage.gail, "POST", "/v1/keys/statement",
                    canon::Object{{"person", player.person.str()},
                                  {"key", player.key_line},
                                  {"class", "software"},
                                  {"valid_from", to_string(now)},
                                  {"valid_until", to_string(now + Duration{30LL * 86'400'000})}}));
  const std::string statement = prepared.text("statement");
  SP_TRY(const auto signatures, owners_sign(stage, "key@sallyport", statement));
  SP_TRY(const Answer done,
         stage.must(stage.gail, "POST", "/v1/keys",
                    canon::Object{{"statement", statement}, {"signatures", armored(signatures)}}));
  (void)done;
  return {};
}

canon::Object grant(const Player& player, const char* role, Instant now) {
  return {{"person", player.person.str()},
          {"role", role},
          {"from", to_string(now)},
          {"until", to_string(now + Duration{90LL * 86'400'000})}};
}

Result<void> activate_roster(const Stage& stage) {
  const Instant now = engine::system_now() - Duration{1'000};
  const canon::Array tags{"privileged-support-misuse", "regulated-environments"};
  SP_TRY(const Answer prepared,
         stage.must(stage.gail, "POST", "/v1/rosters/statement",
                    canon::Object{
                        {"lane", "Q-PSR"},
                        {"grants", canon::Array{grant(stage.anna, "support-trust-approver", now),
                                                grant(stage.lena, "support-trust-lead", now),
                                                grant(stage.liam, "support-trust-lead", now),
                                                grant(stage.lena, "psr-queue-steward", now),
                                                grant(stage.gail, "support-trust-governance", now),
                                                grant(stage.pavel, "product-security-governance", now)}},
                        {"audience", canon::Object{{"psr-reviewers", canon::Array{canon::Object{
                                                                         {"person", stage.rhea.person.str()},
                                                                         {"clearances", tags}}}}}}}));
  const std::string statement = prepared.text("statement");
  SP_TRY(const auto signatures, owners_sign(stage, "key@sallyport", statement));
  SP_TRY(const Answer done, stage.must(stage.gail, "POST", "/v1/rosters",
                                       canon::Object{{"roster", *prepared.body.find("roster")},
                                                     {"openings", *prepared.body.find("openings")},
                                                     {"statement", statement},
                                                     {"signatures", armored(signatures)}}));
  (void)done;
  return {};
}

Result<void> configure_sources(const Stage& stage) {
  for (const char* source : {"session-broker", "break-glass-ledger", "remote-console", "identity-provider",
                             "tenant-registry", "intake-triage", "reviewer-directory"}) {
    SP_TRY(const std::string text,
           engine::read_small_file(stage.options().examples / "sources" / (std::string(source) + ".json")));
    SP_TRY(canon::Value config, canon::parse(text));
    config.object()->set("base_url", stage.standin->base_url(source));
    SP_TRY(const Answer done,
           stage.must(stage.gail, "PUT", std::string("/v1/sources/") + source, std::move(config)));
    (void)done;
  }
  return {};
}

} // namespace

Result<void> bring_in_people(Stage& stage) {
  stage.act("People, keys, roster, sources");
  SP_CHECK(issue(stage, stage.gail, stage.gail, everything()));
  SP_CHECK(issue(stage, stage.gail, stage.pavel, everything()));
  for (Player* player : {&stage.anna, &stage.lena, &stage.liam, &stage.rhea, &stage.tia, &stage.mira}) {
    SP_CHECK(add(stage, *player, "person", ""));
    SP_CHECK(issue(stage, stage.gail, *player, {"read", "intake", "prepare", "decide", "lane"}));
  }
  SP_CHECK(add(stage, stage.agent, "agent", stage.lena.person.str()));
  SP_CHECK(issue(stage, stage.gail, stage.agent, {"read", "prepare"}));
  SP_CHECK(add(stage, stage.intake, "service", stage.lena.person.str()));
  SP_CHECK(issue(stage, stage.gail, stage.intake, {"read", "intake", "source"}));
  SP_CHECK(enrol_key(stage, stage.anna));
  stage.say(
      "Both owners signed Anna's key (key@sallyport); the roster has no keys, only who holds which role.");
  SP_CHECK(activate_roster(stage));
  stage.say("Both owners signed the roster: Anna approves, Lena and Liam lead, Rhea reads the lane. Mira "
            "holds nothing.");
  stage.standin->set_directory_members({stage.rhea.person.str()});
  SP_CHECK(configure_sources(stage));
  stage.say("Seven sources are configured by JSON Pointer maps. Behind them answers a stand-in that says it "
            "is one.");
  return {};
}

Result<void> ratify_the_charter(Stage& stage) {
  stage.act("Two owners ratify the lane's charter before any packet is taken");
  SP_TRY(const std::string shipped_text,
         engine::read_small_file(stage.options().examples / "charters" / "break-glass-psr.toml"));
  std::string text = shipped_text;
  const auto edit = [&](const std::string& from, const std::string& to) {
    if (const auto at = text.find(from); at != std::string::npos) {
      text.replace(at, from.size(), to);
    }
  };
  edit("key_class_min = \"sk-uv\"", "key_class_min = \"software\"");
  edit("step_up = true", "step_up = false");
  const charter::Parsed shipped = charter::parse_toml(shipped_text);
  const charter::Parsed copy = charter::parse_toml(text);
  if (!shipped.charter || !copy.charter) {
    return fail(ErrorCode::internal, "break-glass-psr.toml", "the example charter does not parse");
  }
  stage.say("This demonstration signs with a key file, so it ratifies a copy of the shipped charter that "
            "differs in:");
  for (const std::string& difference : charter::diff_in_words(*shipped.charter, *copy.charter)) {
    stage.say("  " + difference);
  }
  SP_TRY(const Answer proposed,
         stage.must(stage.gail, "POST", "/v1/charters", canon::Object{{"toml", text}}));
  const std::string digest = proposed.text("digest");
  const Answer early =
      stage.call(stage.gail, "POST", "/v1/charters/" + digest + "/activate", canon::Object{});
  SP_CHECK(stage.expect(early.status == 403, "nobody can activate it before both owners have ratified"));
  SP_TRY(const Answer prepared,
         stage.must(stage.gail, "POST", "/v1/charters/" + digest + "/statement", canon::Object{}));
  for (const Player* owner : {&stage.gail, &stage.pavel}) {
    SP_TRY(const std::string signature, ssh_sign(*owner, "charter@sallyport", prepared.text("statement")));
    SP_TRY(const Answer done, stage.must(*owner, "POST", "/v1/charters/" + digest + "/ratify",
                                         canon::Object{{"signature", signature}}));
    (void)done;
  }
  SP_TRY(const Answer active,
         stage.must(stage.gail, "POST", "/v1/charters/" + digest + "/activate", canon::Object{}));
  (void)active;
  return stage.expect(true, "the charter is active: " + digest.substr(0, 20) + "...");
}

} // namespace sallyport::demo
