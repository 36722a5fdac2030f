#include "demo/demo.h"

#include "demo/stage.h"
#include "engine/engine.h"
#include "engine/files.h"
#include "engine/founding.h"
#include "serve.h"

#include <condition_variable>
#include <fmt/format.h>
#include <mutex>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace sallyport::demo {
namespace {

// The real service, in a thread of this process, on a port that the system chose.
class Service {
public:
  explicit Service(const std::filesystem::path& data) {
    app::ServeOptions options;
    options.dir = data;
    options.port = 0;
    options.stop = stop_.get_token();
    options.on_ready = [this](std::uint16_t port) {
      const std::lock_guard lock(mutex_);
      port_ = port;
      ready_.notify_one();
    };
    thread_ = std::thread([this, options] {
      const auto ended = app::serve(options);
      const std::lock_guard lock(mutex_);
      failed_ = !ended;
      why_ = ended ? "" : ended.error().text();
      ready_.notify_one();
    });
  }

  ~Service() {
    stop_.request_stop();
    thread_.join();
  }

  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  Result<std::uint16_t> port() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return port_ != 0 || failed_; });
    if (failed_) {
      return fail(ErrorCode::unavailable, "", why_);
    }
    return port_;
  }

private:
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::uint16_t port_ = 0;
  bool failed_ = false;
  std::string why_;
  std::thread thread_;
};

void name_the_cast(Stage& stage) {
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
}

Result<void> tell(Stage& stage) {
  SP_CHECK(found_the_log(stage));
  Service service(stage.data());
  SP_TRY(const std::uint16_t port, service.port());
  // The two owners' accounts were made with the log; the operating-system user acts as the first.
  stage.client.unix_socket = stage.data() / "sallyport.sock";
  SP_TRY(const Answer principals, stage.must(stage.gail, "GET", "/v1/principals"));
  for (const canon::Value& row : *principals.body.find("principals")->array()) {
    for (Player* owner : {&stage.gail, &stage.pavel}) {
      if (*row.find("name")->string() == owner->name) {
        SP_TRY(owner->account, AccountId::parse(*row.find("account")->string()));
        SP_TRY(owner->person, PersonId::parse(*row.find("person")->string()));
      }
    }
  }
  stage.say(fmt::format("The service answers on 127.0.0.1:{} and on its local socket.", port));
  for (const auto act :
       {bring_in_people, ratify_the_charter, refuse_an_intake, withhold_a_token, merge_a_duplicate,
        drift_of_the_roster, refuse_an_agent, sign_and_release, read_the_entry, verify_offline}) {
    SP_CHECK(act(stage));
  }
  return {};
}

} // namespace

Result<void> found_the_log(Stage& stage) {
  stage.act("Two governance owners found the log");
  SP_CHECK(make_key(stage.gail, stage.keys(), "gail"));
  SP_CHECK(make_key(stage.pavel, stage.keys(), "pavel"));
  SP_CHECK(make_key(stage.anna, stage.keys(), "anna"));
  const Instant now = engine::system_now() - Duration{1'000};
  SP_TRY(const packet::GenesisStatement genesis,
         engine::prepare_genesis(
             stage.data(), "sallyport.example/psr",
             {{"support-trust-governance", stage.gail.name, stage.gail.key_line, "software", {}, {}},
              {"product-security-governance", stage.pavel.name, stage.pavel.key_line, "software", {}, {}}},
             now, Duration{365LL * 86'400'000}));
  SP_TRY(const std::string bytes, engine::read_small_file(stage.data() / "genesis.json"));
  SP_TRY(std::string first, ssh_sign(stage.gail, "genesis@sallyport", bytes));
  SP_TRY(std::string second, ssh_sign(stage.pavel, "genesis@sallyport", bytes));
  SP_CHECK(
      engine::found(stage.data(), {std::move(first), std::move(second)}, engine::system_now(), ::getuid()));
  stage.say("Gail and Pavel signed genesis.json with ssh-keygen; it is leaf 0 of " + genesis.origin + ".");
  return {};
}

int run_dispatch(const DemoOptions& options) {
  std::error_code error;
  if (std::filesystem::exists(options.dir, error) && !std::filesystem::is_empty(options.dir, error)) {
    fmt::print(stderr, "{} is there and not empty; give a new folder, or remove it\n", options.dir.string());
    return 2;
  }
  std::filesystem::create_directories(options.dir / "data", error);
  std::filesystem::create_directories(options.dir / "keys", error);
  if (error) {
    fmt::print(stderr, "cannot make {}\n", options.dir.string());
    return 8;
  }
  spdlog::set_level(spdlog::level::warn); // the story is told here, not by the service's log
  Stage stage(options);
  name_the_cast(stage);
  Standin standin(engine::system_now);
  stage.standin = &standin;
  const auto told = [&]() -> Result<void> {
    SP_CHECK(standin.load(options.examples / "records"));
    SP_CHECK(standin.start());
    return tell(stage);
  }();
  if (!told) {
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

} // namespace sallyport::demo
