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
  Player gail, pavel; // governance owners
  Player mira;        // nobody in particular
  Player agent;       // a machine
  std::string packet; // the packet of the story
  std::string entry;

  // ---- of the dispatched packet
  Player anna;           // support trust approver
  Player lena, liam;     // support trust leads
  Player rhea;           // reads the lane; in the other story, lets the packet out
  Player tia;            // triager
  Player intake;         // a feed
  std::string duplicate; // the duty manager's escalation

  // ---- of the packet that people write together
  Player piet;      // privacy engineering lead
  Player mara;      // crash forensics
  Player tomo;      // production reliability
  Player lin;       // reads the lane
  Player forensics; // the dump engine's account

private:
  DemoOptions options_;
  std::chrono::steady_clock::time_point started_;
  int acts_ = 0;
};

} // namespace sallyport::demo
