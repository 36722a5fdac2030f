#include "demo/demo.h"

#include "demo/dispatch.h"
#include "demo/founding.h"
#include "demo/release.h"
#include "demo/service.h"
#include "engine/engine.h"
#include "signals.h"

#include <cstdio>
#include <fmt/format.h>
#include <functional>
#include <spdlog/spdlog.h>

namespace sallyport::demo {
namespace {

Result<void> tell_dispatch(Stage& stage) {
  SP_CHECK(stage.standin->load(stage.options().examples / "records"));
  SP_CHECK(stage.standin->start());
  SP_CHECK(found_the_log(stage));
  Service service(stage.data());
  SP_TRY(const std::uint16_t port, service.port());
  stage.client.unix_socket = stage.data() / "sallyport.sock";
  SP_CHECK(meet_owners(stage));
  stage.say(fmt::format("The service answers on 127.0.0.1:{} and on its local socket.", port));
  for (const auto act :
       {bring_in_people, ratify_the_charter, refuse_an_intake, withhold_a_token, merge_a_duplicate,
        drift_of_the_roster, refuse_an_agent, sign_and_release, read_the_entry, verify_offline}) {
    SP_CHECK(act(stage));
  }
  return {};
}

Result<void> tell_release(Stage& stage) {
  SP_CHECK(stage.standin->start());
  SP_CHECK(release::found_the_log(stage));
  Service service(stage.data());
  SP_TRY(const std::uint16_t port, service.port());
  stage.client.unix_socket = stage.data() / "sallyport.sock";
  SP_CHECK(meet_owners(stage));
  stage.say(fmt::format("The service answers on 127.0.0.1:{} and on its local socket.", port));
  SP_CHECK(release::bring_in_people(stage));
  SP_CHECK(release::ratify_the_charter(stage));
  SP_TRY(const release::Evidence evidence, release::crash_and_redact(stage));
  for (const auto act : {release::send_the_evidence, release::write_together, release::let_an_agent_help}) {
    SP_CHECK(act(stage, evidence));
  }
  for (const auto act :
       {release::disagree, release::accept_what_is_left, release::lose_what_was_signed, release::press}) {
    SP_CHECK(act(stage));
  }
  for (const auto act : {release::read_and_ask_for_less, release::verify_offline}) {
    SP_CHECK(act(stage));
  }
  return {};
}

int tell(Stage& stage, const Vendors& vendors, const std::function<Result<void>(Stage&)>& story) {
  const DemoOptions& options = stage.options();
  std::error_code error;
  if (std::filesystem::exists(options.dir, error) && !std::filesystem::is_empty(options.dir, error)) {
    fmt::print(stderr, "{} is there and not empty; give a new folder, or remove it\n", options.dir.string());
    return 2;
  }
  std::filesystem::create_directories(stage.data(), error);
  std::filesystem::create_directories(stage.keys(), error);
  if (error) {
    fmt::print(stderr, "cannot make {}\n", options.dir.string());
    return 8;
  }
  spdlog::set_level(spdlog::level::warn); // the story is told here, not by the service's log
  Standin standin(engine::system_now, vendors);
  stage.standin = &standin;
  if (const auto told = story(stage); !told) {
    fmt::print(stderr, "{}\n", told.error().text());
    return 1;
  }
  stage.act("Done");
  stage.say("The lane's bundle: " + (options.dir / "bundle").string());
  stage.say("The auditors' bundle: " + (options.dir / "proof").string() + ", with " +
            (options.dir / "trust.json").string());
  stage.say("Everything the service stored: " + stage.data().string());
  return 0;
}

} // namespace

Result<void> serve_sources(const std::filesystem::path& examples, std::uint16_t port,
                           const std::vector<std::string>& readers) {
  const app::Signals signals;
  Standin standin(engine::system_now, dispatch_vendors());
  SP_CHECK(standin.load(examples / "records"));
  if (!readers.empty()) {
    standin.set_directory_members(readers);
  }
  SP_CHECK(standin.start(port));
  fmt::print("{}\nThis is a stand-in for the vendors' systems, and says so in every answer.\n",
             standin.base_url(""));
  std::fflush(stdout);
  while (!signals.wait()) {
  }
  standin.stop();
  return {};
}

int run_dispatch(const DemoOptions& options) {
  Stage stage(options);
  stage.gail.name = "Gail Example, support trust governance";
  stage.pavel.name = "Pavel Example, product security governance";
  stage.anna.name = "Anna Example, support trust approver";
  stage.lena.name = "Lena Example, support trust lead";
  stage.liam.name = "Liam Example, support trust lead";
  stage.rhea.name = "Rhea Example, product security reviewer";
  stage.tia.name = "Tia Example, triage";
  stage.mira.name = "Mira Example, another team";
  stage.agent.name = "prep agent (example)";
  stage.intake.name = "triage desk feed (example)";
  return tell(stage, dispatch_vendors(), tell_dispatch);
}

int run_release(const DemoOptions& options) {
  Stage stage(options);
  stage.gail.name = "Gail Example, privacy governance";
  stage.pavel.name = "Pavel Example, engineering governance";
  stage.rhea.name = "Rhea Example, engineering release owner";
  stage.piet.name = "Piet Example, privacy engineering lead";
  stage.mara.name = "Mara Example, crash forensics";
  stage.tomo.name = "Tomo Example, production reliability";
  stage.lin.name = "Lin Example, privacy intake";
  stage.mira.name = "Mira Example, another team";
  stage.agent.name = "comparison agent (example)";
  stage.agent.model = "example model 4";
  stage.forensics.name = "dump engine (example)";
  return tell(stage, release_vendors(), tell_release);
}

} // namespace sallyport::demo
