// Before anybody writes: genesis, people, charter.
#include "demo/founding.h"
#include "demo/release.h"

namespace sallyport::demo::release {

Result<void> found_the_log(Stage& stage) {
  stage.act("Two governance owners found the log");
  SP_CHECK(make_key(stage.rhea, stage.keys(), "rhea"));
  SP_CHECK(make_key(stage.piet, stage.keys(), "piet"));
  return found_log(stage, "sallyport.example/priveng", {"privacy-governance", "engineering-governance"});
}

Result<void> bring_in_people(Stage& stage) {
  stage.act("People, an agent, keys, roster, sources");
  for (Player* player : {&stage.rhea, &stage.piet, &stage.mara, &stage.tomo, &stage.lin, &stage.mira}) {
    SP_CHECK(add(stage, *player, "person"));
    SP_CHECK(issue(stage, *player, {"read", "prepare", "decide", "lane"}));
  }
  SP_CHECK(add(stage, stage.agent, "agent", stage.mara.person.str()));
  SP_CHECK(issue(stage, stage.agent, {"read", "prepare"}));
  SP_CHECK(add(stage, stage.forensics, "service", stage.mara.person.str()));
  SP_CHECK(issue(stage, stage.forensics, {"read", "source"}));
  for (const Player* player : {&stage.rhea, &stage.piet}) {
    SP_CHECK(enrol_key(stage, *player));
  }
  SP_CHECK(activate_roster(
      stage, lane,
      {grant(stage.rhea, "engineering-release-owner"), grant(stage.piet, "privacy-engineering-lead"),
       grant(stage.mara, "crash-forensics"), grant(stage.tomo, "production-reliability"),
       grant(stage.lin, "privacy-intake"), grant(stage.gail, "privacy-governance"),
       grant(stage.pavel, "engineering-governance")},
      {{"privacy-engineering",
        canon::Array{canon::Object{{"person", stage.lin.person.str()}, {"clearances", canon::Array{}}}}}}));
  stage.say("Rhea owns the release, Piet leads privacy engineering, Mara does crash forensics, Tomo keeps "
            "production running; Lin reads the lane. The agent is Mara's.");
  stage.standin->set_directory_members({stage.lin.person.str()});
  // What the taxonomy knows of names, which every revision is looked through for.
  SP_CHECK(
      stage.standin->set_record("classification", "name-1", R"({"id":"name-1","name":"Northwind Example"})"));
  for (const char* source : {"dump-vault", "symbol-server", "forensics-tool", "redaction-policy",
                             "classification", "retention-registry", "env-inventory", "reviewer-directory"}) {
    SP_CHECK(configure_source(stage, stage.options().examples / "sources" / "crash-dumps" /
                                         (std::string(source) + ".json")));
  }
  stage.say("Eight sources are configured. Behind them answers a stand-in that says it is one.");
  return {};
}

Result<void> ratify_the_charter(Stage& stage) {
  stage.act("Two owners ratify the lane's charter before anything is written");
  Edits edits = software_keys();
  edits.emplace_back("min_notice = \"24h\"", "min_notice = \"0s\"");
  return ratify(stage, "crash-dump-privacy.toml", edits);
}

} // namespace sallyport::demo::release
