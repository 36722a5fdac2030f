// The shell around the core: one thread that orders jobs and commits them in batches, timers, a few
// threads that ask sources, and the log's signer. Faces post jobs and get their answers after the
// commit, never before.
#pragma once

#include "engine/core.h"
#include "source/probe.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

namespace sallyport::engine {

class Prober;

struct EngineOptions {
  CoreOptions core;
  source::Clock clock;                         // the wall clock, unless a test says otherwise
  std::size_t batch_max = 256;                 // jobs that share one commit
  Duration checkpoint_every{1'000};            // a head is signed at least that often while leaves come
  std::function<void(const std::string&)> say; // one line for the service's own log; holds no value
};

class Engine {
public:
  // A job runs on the engine's thread with a batch open. Its answer is called on that thread after the
  // commit, or with the error of storage that undid its batch. A job may run twice: once among others and,
  // where their batch was lost, once more alone. Only its last run has happened.
  using Job = std::move_only_function<Result<void>(Core&)>;
  using Done = std::move_only_function<void(Result<void>)>;

  static Result<std::unique_ptr<Engine>> open(EngineOptions options);
  ~Engine(); // stop()

  void start();
  // Takes no more jobs, finishes what is queued, ends every thread.
  void stop();

  void post(Job job, Done done);

  // Called on the engine's thread at the end of each of its turns, outside of batches: what the core shows
  // then is durable, and whose job it was has been answered. It must not block. Before start().
  void after_each_turn(std::function<void(const Core&)> look) { look_ = std::move(look); }

  // The job's own value, once it is durable.
  template <class T>
  void call(std::move_only_function<Result<T>(Core&)> job, std::move_only_function<void(Result<T>)> done) {
    auto slot = std::make_shared<std::optional<Result<T>>>();
    post(
        [slot, job = std::move(job)](Core& core) mutable -> Result<void> {
          slot->emplace(job(core));
          // A refusal or a bad request is an answer; only an error of storage undoes the batch.
          if (!slot->value() && slot->value().error().code == ErrorCode::unavailable) {
            return std::unexpected(slot->value().error());
          }
          return {};
        },
        [slot, done = std::move(done)](Result<void> committed) mutable {
          done(committed ? std::move(**slot) : Result<T>(std::unexpected(committed.error())));
        });
  }

  // For tools and tests on another thread: waits for the answer.
  template <class T> Result<T> wait(std::move_only_function<Result<T>(Core&)> job);

private:
  struct Pending {
    Job job;
    Done done;
  };

  explicit Engine(EngineOptions options, std::unique_ptr<Core> core);
  void loop();
  void run_batch(std::span<Pending> batch);
  // Runs, commits and looks after what follows; answers nobody.
  Result<void> run_together(std::span<Pending> batch);
  void after(const Aftermath& aftermath);
  void sign_head(Instant now);
  void settle_receipts();
  void settle_erasures();
  void tick();
  void ask_due_sources(Instant now);
  void arm(const PacketId& packet);
  Instant next_wake(Instant now) const;

  EngineOptions options_;
  std::unique_ptr<Core> core_;
  std::unique_ptr<Prober> prober_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Pending> queue_;
  bool stopping_ = false;
  // The engine's thread only:
  std::function<void(const Core&)> look_;
  std::multimap<Instant, PacketId> deadlines_;
  std::map<PacketId, Instant> armed_;
  std::map<std::string, Instant> asked_;
  std::set<ObjectId> looked_at_; // asked once out of turn; from then on with their source
  Instant next_sweep_;
  Instant next_checkpoint_;
  Instant next_journal_;
};

template <class T> Result<T> Engine::wait(std::move_only_function<Result<T>(Core&)> job) {
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<Result<T>> answer;
  call<T>(std::move(job), [&](Result<T> result) {
    const std::lock_guard lock(mutex);
    answer.emplace(std::move(result));
    ready.notify_one();
  });
  std::unique_lock lock(mutex);
  ready.wait(lock, [&] { return answer.has_value(); });
  return *std::move(answer);
}

// The wall clock.
Instant system_now();

} // namespace sallyport::engine
