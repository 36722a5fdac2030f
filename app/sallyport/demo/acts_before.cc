// The acts before any packet: genesis, people, sources, charter.
#include "demo/dispatch.h"
#include "demo/founding.h"

namespace sallyport::demo {

Result<void> found_the_log(Stage& stage) {
  stage.act("Two governance owners found the log");
  SP_CHECK(make_key(stage.anna, stage.keys(), "anna"));
  return found_log(stage, "sallyport.example/psr",
                   {"support-trust-governance", "product-security-governance"});
}

Result<void> bring_in_people(Stage& stage) {
  stage.act("People, keys, roster, sources");
  for (Player* player : {&stage.anna, &stage.lena, &stage.liam, &stage.rhea, &stage.tia, &stage.mira}) {
    SP_CHECK(add(stage, *player, "person"));
    SP_CHECK(issue(stage, *player, {"read", "intake", "prepare", "decide", "lane"}));
  }
  SP_CHECK(add(stage, stage.agent, "agent", stage.lena.person.str()));
  SP_CHECK(issue(stage, stage.agent, {"read", "prepare"}));
  SP_CHECK(add(stage, stage.intake, "service", stage.lena.person.str()));
  SP_CHECK(issue(stage, stage.intake, {"read", "intake", "source"}));
  SP_CHECK(enrol_key(stage, stage.anna));
  stage.say(
      "Both owners signed Anna's key (key@sallyport); the roster has no keys, only who holds which role.");
  const canon::Array tags{"privileged-support-misuse", "regulated-environments"};
  SP_CHECK(activate_roster(
      stage, "Q-PSR",
      {grant(stage.anna, "support-trust-approver"), grant(stage.lena, "support-trust-lead"),
       grant(stage.liam, "support-trust-lead"), grant(stage.lena, "psr-queue-steward"),
       grant(stage.gail, "support-trust-governance"), grant(stage.pavel, "product-security-governance")},
      {{"psr-reviewers",
        canon::Array{canon::Object{{"person", stage.rhea.person.str()}, {"clearances", tags}}}}}));
  stage.say("Both owners signed the roster: Anna approves, Lena and Liam lead, Rhea reads the lane. Mira "
            "holds nothing.");
  stage.standin->set_directory_members({stage.rhea.person.str()});
  for (const char* source : {"session-broker", "break-glass-ledger", "remote-console", "identity-provider",
                             "tenant-registry", "intake-triage", "reviewer-directory"}) {
    SP_CHECK(configure_source(stage, stage.options().examples / "sources" / (std::string(source) + ".json")));
  }
  stage.say("Seven sources are configured by JSON Pointer maps. Behind them answers a stand-in that says it "
            "is one.");
  return {};
}

Result<void> ratify_the_charter(Stage& stage) {
  stage.act("Two owners ratify the lane's charter before any packet is taken");
  return ratify(stage, "break-glass-psr.toml", software_keys());
}

} // namespace sallyport::demo
