// Asks sources, outside the engine's thread and outside any transaction. Each answer comes back as a
// job: an observation, or the source's failure.
#pragma once

#include "engine/core.h"
#include "source/probe.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace sallyport::engine {

struct Question {
  source::Config config;
  std::vector<std::string> keys;
  std::vector<std::string> lanes; // whose directory it is, for a directory
  std::optional<RecheckId> recheck;
};

class Prober {
public:
  // Called on a prober's thread with what came back.
  using Answered = std::function<void(Question, Result<source::Answer>)>;

  Prober(source::Clock clock, Answered answered, std::size_t threads = 4);
  ~Prober();

  // A source that is being asked outside a recheck already is not asked twice at once.
  void ask(Question question);

private:
  void loop();

  source::Clock clock_;
  Answered answered_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Question> queue_;
  std::set<std::string> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// The questions that a recheck asks; empty keys are a heartbeat.
std::vector<Question> questions_of(const Core& core, const gate::Recheck& recheck);
// Everything that open packets cite from one source, and its heartbeat.
std::optional<Question> question_about(const Core& core, const std::string& source);

// Inside a batch: what came back becomes an event.
Result<void> record_answer(Core& core, const Question& question, const Result<source::Answer>& answer);

} // namespace sallyport::engine
