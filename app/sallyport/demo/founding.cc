#include "demo/founding.h"

#include "canon/json.h"
#include "charter/diff.h"
#include "charter/parse.h"
#include "engine/engine.h"
#include "engine/files.h"
#include "engine/founding.h"

#include <fmt/format.h>
#include <unistd.h>

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

} // namespace

Result<void> found_log(Stage& stage, const std::string& origin, const Owners& owners) {
  SP_CHECK(make_key(stage.gail, stage.keys(), "gail"));
  SP_CHECK(make_key(stage.pavel, stage.keys(), "pavel"));
  const Instant now = engine::system_now() - Duration{1'000};
  SP_TRY(
      const packet::GenesisStatement genesis,
      engine::prepare_genesis(stage.data(), origin,
                              {{owners.first, stage.gail.name, stage.gail.key_line, "software", {}, {}},
                               {owners.second, stage.pavel.name, stage.pavel.key_line, "software", {}, {}}},
                              now, Duration{365LL * 86'400'000}));
  SP_TRY(const std::string bytes, engine::read_small_file(stage.data() / "genesis.json"));
  SP_TRY(std::vector<std::string> signatures, owners_sign(stage, "genesis@sallyport", bytes));
  SP_CHECK(engine::found(stage.data(), std::move(signatures), engine::system_now(), ::getuid()));
  stage.say("Gail and Pavel signed genesis.json with ssh-keygen; it is leaf 0 of " + genesis.origin + ".");
  return {};
}

Result<void> meet_owners(Stage& stage) {
  SP_TRY(const Answer principals, stage.must(stage.gail, "GET", "/v1/principals"));
  for (const canon::Value& row : *principals.body.find("principals")->array()) {
    for (Player* owner : {&stage.gail, &stage.pavel}) {
      if (*row.find("name")->string() == owner->name) {
        SP_TRY(owner->account, AccountId::parse(*row.find("account")->string()));
        SP_TRY(owner->person, PersonId::parse(*row.find("person")->string()));
      }
    }
  }
  const canon::Array everything{"read", "intake", "source", "prepare", "decide", "govern", "lane"};
  SP_CHECK(issue(stage, stage.gail, everything));
  return issue(stage, stage.pavel, everything);
}

Result<void> add(const Stage& stage, Player& player, const std::string& kind,
                 const std::string& operator_person) {
  canon::Object body{{"kind", kind}, {"name", player.name}};
  if (!player.model.empty()) {
    body.set("model", player.model);
  }
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

Result<void> issue(const Stage& stage, Player& player, canon::Array scopes) {
  SP_TRY(const Answer issued,
         stage.must(stage.gail, "POST", "/v1/principals/" + player.account.str() + "/tokens",
                    canon::Object{{"scopes", std::move(scopes)}, {"valid_for_ms", 86'400'000}}));
  player.token = issued.text("token");
  return {};
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

canon::Object grant(const Player& player, const char* role) {
  const Instant now = engine::system_now() - Duration{1'000};
  return {{"person", player.person.str()},
          {"role", role},
          {"from", to_string(now)},
          {"until", to_string(now + Duration{90LL * 86'400'000})}};
}

Result<void> activate_roster(const Stage& stage, const std::string& lane, canon::Array grants,
                             canon::Object audience) {
  SP_TRY(const Answer prepared,
         stage.must(stage.gail, "POST", "/v1/rosters/statement",
                    canon::Object{
                        {"lane", lane}, {"grants", std::move(grants)}, {"audience", std::move(audience)}}));
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

Result<void> configure_source(const Stage& stage, const std::filesystem::path& file) {
  SP_TRY(const std::string text, engine::read_small_file(file));
  SP_TRY(canon::Value config, canon::parse(text));
  const std::string source = file.stem().string();
  config.object()->set("base_url", stage.standin->base_url(source));
  SP_TRY(const Answer done, stage.must(stage.gail, "PUT", "/v1/sources/" + source, std::move(config)));
  (void)done;
  return {};
}

Edits software_keys() {
  return {{"key_class_min = \"sk-uv\"", "key_class_min = \"software\""},
          {"step_up = true", "step_up = false"}};
}

Result<void> ratify(Stage& stage, const std::string& file, const Edits& edits) {
  SP_TRY(const std::string shipped_text,
         engine::read_small_file(stage.options().examples / "charters" / file));
  std::string text = shipped_text;
  for (const auto& [from, to] : edits) {
    if (const auto at = text.find(from); at != std::string::npos) {
      text.replace(at, from.size(), to);
    }
  }
  const charter::Parsed shipped = charter::parse_toml(shipped_text);
  const charter::Parsed copy = charter::parse_toml(text);
  if (!shipped.charter || !copy.charter) {
    return fail(ErrorCode::internal, file, "the example charter does not parse");
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
