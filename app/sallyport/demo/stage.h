// What every act of the demonstration shares: the running server, the stand-in, the people, and the
// voice that tells what happens.
#pragma once

#include "demo/cast.h"
#include "demo/demo.h"
#include "demo/standin.h"

#include "canon/value.h"
#include "http/client.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace sallyport::demo {

struct Answer {
  int status = 0;
  canon::Value body;

  // A text member; empty where there is none.
  std::string text(std::string_view name) const;
  // Whether `reasons` names this code.
  bool has_reason(std::string_view code) const;
};

class Stage {
public:
  explicit Stage(DemoOptions options)
      : options_(std::move(options)), started_(std::chrono::steady_clock::now()) {}

  const DemoOptions& options() const { return options_; }

  std::filesystem::path data() const { return options_.dir / "data"; }

  std::filesystem::path keys() const { return options_.dir / "keys"; }

  // ---- voice
  void act(const std::string& title);
  void say(const std::string& line);
  // Says it with its outcome; an error where it is not so.
  Result<void> expect(bool so, const std::string& line);
  double seconds() const;

  // ---- the server, as somebody
  Answer call(const Player& who, const std::string& method, const std::string& target,
              canon::Value body = {}) const;
  Result<Answer> must(const Player& who, const std::string& method, const std::string& target,
                      canon::Value body = {}) const;
  // Asks until `done` or ten seconds have passed.
  Result<Answer> until(const Player& who, const std::string& target,
                       const std::function<bool(const Answer&)>& done, const std::string& what) const;

  http::ClientOptions client;
  Standin* standin = nullptr;
  Player gail, pavel;    // governance owners
  Player anna;           // support trust approver
  Player lena, liam;     // support trust leads
  Player rhea;           // product security reviewer
  Player tia;            // triager
  Player mira;           // nobody in particular
  Player agent, intake;  // machines
  std::string packet;    // the packet of the story
  std::string duplicate; // the duty manager's escalation
  std::string entry;

private:
  DemoOptions options_;
  std::chrono::steady_clock::time_point started_;
  int acts_ = 0;
};

// ---- the acts, in order; each in a file of its own kind

Result<void> found_the_log(Stage& stage);   // genesis signed by two owners
Result<void> bring_in_people(Stage& stage); // accounts, keys, roster, sources
Result<void> ratify_the_charter(Stage& stage);
Result<void> refuse_an_intake(Stage& stage);
Result<void> withhold_a_token(Stage& stage);  // and hold a stale citation
Result<void> merge_a_duplicate(Stage& stage); // under review, voiding a signature
Result<void> drift_of_the_roster(Stage& stage);
Result<void> refuse_an_agent(Stage& stage);
Result<void> sign_and_release(Stage& stage);
Result<void> read_the_entry(Stage& stage); // and deny an outsider
Result<void> verify_offline(Stage& stage);

} // namespace sallyport::demo
