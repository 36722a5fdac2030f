#include "engine/engine.h"

#include "engine/erasure.h"
#include "engine/journal.h"
#include "engine/prober.h"
#include "engine/receipts.h"
#include "gate/checks.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace sallyport::engine {

Instant system_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

Engine::Engine(EngineOptions options, std::unique_ptr<Core> core)
    : options_(std::move(options)), core_(std::move(core)) {
  prober_ =
      std::make_unique<Prober>(options_.clock, [this](Question question, Result<source::Answer> answer) {
        post([question = std::move(question),
              answer = std::move(answer)](Core& c) { return record_answer(c, question, answer); },
             [](Result<void>) {});
      });
}

Result<std::unique_ptr<Engine>> Engine::open(EngineOptions options) {
  SP_TRY(std::unique_ptr<Core> core, Core::open(options.core));
  return std::unique_ptr<Engine>(new Engine(std::move(options), std::move(core)));
}

Engine::~Engine() {
  stop();
}

void Engine::start() {
  const Instant now = options_.clock();
  next_sweep_ = now;
  next_checkpoint_ = now;
  next_journal_ = now; // what an earlier run counted
  // A recheck that a stop interrupted is blocked: its answers are gone.
  for (const auto& [recheck, packet] : core_->state().rechecks) {
    post(
        [packet, recheck](Core& c) -> Result<void> {
          SP_TRY(const gate::Step step, c.apply(gate::ExpireRecheck{packet, recheck, "restart"}));
          (void)step;
          return {};
        },
        [](Result<void>) {});
  }
  thread_ = std::thread([this] { loop(); });
}

void Engine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
  prober_.reset();
}

void Engine::post(Job job, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      queue_.push_back({std::move(job), std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  done(fail(ErrorCode::unavailable, "", "the service is stopping"));
}

Instant Engine::next_wake(Instant now) const {
  Instant next = std::min({next_sweep_, next_checkpoint_, next_journal_, now + Duration{1'000}});
  if (!deadlines_.empty()) {
    next = std::min(next, deadlines_.begin()->first);
  }
  return next;
}

void Engine::loop() {
  settle_receipts(); // entries that a stop left without one
  for (;;) {
    std::vector<Pending> batch;
    bool last = false;
    {
      std::unique_lock lock(mutex_);
      const Instant now = options_.clock();
      const auto pause = std::chrono::milliseconds(std::max<std::int64_t>(0, (next_wake(now) - now).ms));
      wake_.wait_for(lock, pause, [this] { return stopping_ || !queue_.empty(); });
      last = stopping_;
      while (!queue_.empty() && batch.size() < options_.batch_max) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    if (!batch.empty()) {
      run_batch(batch);
    } else if (last) {
      sign_head(options_.clock());
      return;
    }
    if (!last) {
      tick();
    }
    if (look_) {
      look_(*core_);
    }
  }
}

Result<void> Engine::run_together(std::span<Pending> batch) {
  const auto aftermath = core_->run(options_.clock(), [&]() -> Result<void> {
    for (Pending& pending : batch) {
      SP_CHECK(pending.job(*core_));
    }
    return {};
  });
  if (!aftermath) {
    if (options_.say) {
      options_.say("a batch was not stored: " + aftermath.error().text());
    }
    return std::unexpected(aftermath.error());
  }
  after(*aftermath);
  return {};
}

void Engine::run_batch(std::span<Pending> batch) {
  Result<void> stored = run_together(batch);
  if (stored || batch.size() == 1) {
    for (Pending& pending : batch) {
      pending.done(stored);
    }
    return;
  }
  // The commit was shared, the fault need not be: each job once more, in a batch of its own. A SAVEPOINT
  // would not do, since what SQLite takes back to one the machine cannot (docs/adr/0008). Where a second
  // job fails too it is no job's fault, and reading the log anew for each of the rest would help nobody.
  int lost = 0;
  for (Pending& pending : batch) {
    if (lost < 2) {
      stored = run_together(std::span(&pending, 1));
      lost += stored ? 0 : 1;
    }
    pending.done(stored);
  }
}

void Engine::after(const Aftermath& aftermath) {
  for (const RecheckId& id : aftermath.probes) {
    const auto at = core_->state().rechecks.find(id);
    if (at == core_->state().rechecks.end()) {
      continue;
    }
    const gate::Packet& packet = *core_->state().find(at->second);
    for (Question& question : questions_of(*core_, *packet.recheck)) {
      prober_->ask(std::move(question));
    }
  }
  std::set<std::string> ask = aftermath.ask;
  for (const PacketId& id : aftermath.timers) {
    arm(id);
    const gate::Packet* packet = core_->state().find(id);
    if (packet != nullptr && packet->open() && packet->head) {
      for (const packet::Cite& cite : packet->head->cites) {
        const auto object = core_->state().objects.find(cite.object);
        if (object != core_->state().objects.end() && !object->second.observed &&
            looked_at_.insert(cite.object).second) {
          ask.insert(cite.source); // cited, and not looked at yet
        }
      }
    }
  }
  for (const std::string& source : ask) {
    if (auto question = question_about(*core_, source)) {
      prober_->ask(*std::move(question));
    }
  }
  // The last answer of a recheck has come: commit, in a batch of its own.
  for (const auto& [id, packet] : core_->state().rechecks) {
    const gate::Recheck& recheck = *core_->state().find(packet)->recheck;
    const bool complete = std::ranges::all_of(recheck.needed, [&](const packet::NeededAnswer& needed) {
      return recheck.answers.contains(needed.source) || recheck.failed.contains(needed.source);
    });
    if (complete) {
      post(
          [packet, id](Core& c) -> Result<void> {
            SP_TRY(const gate::Step step, c.apply(gate::CommitRelease{packet, id}));
            (void)step;
            return {};
          },
          [](Result<void>) {});
    }
  }
  if (aftermath.released) {
    settle_receipts();
  }
}

void Engine::sign_head(Instant now) {
  if (const auto signed_head = core_->sign_head(now); !signed_head && options_.say) {
    options_.say("the head is not signed: " + signed_head.error().text());
  }
}

// A head over the release, the receipt under it, and the delivery: each durable before the next.
void Engine::settle_receipts() {
  const auto delivered = deliver_entries(*core_, options_.clock());
  if (!delivered && options_.say) {
    options_.say("a delivery waits: " + delivered.error().text());
  }
}

// What people ordered and nobody has carried out, after a restart too.
void Engine::settle_erasures() {
  const auto done = carry_out_erasures(*core_, options_.clock());
  if (!done && options_.say) {
    options_.say("an erasure waits: " + done.error().text());
  }
}

void Engine::arm(const PacketId& id) {
  if (const auto old = armed_.find(id); old != armed_.end()) {
    const auto [first, last] = deadlines_.equal_range(old->second);
    for (auto at = first; at != last; ++at) {
      if (at->second == id) {
        deadlines_.erase(at);
        break;
      }
    }
    armed_.erase(old);
  }
  if (const auto next = gate::next_deadline(core_->world(), id, core_->now())) {
    deadlines_.emplace(*next, id);
    armed_[id] = *next;
  }
}

void Engine::tick() {
  const Instant now = options_.clock();
  const auto reevaluate = [&](const PacketId& id) {
    post(
        [id](Core& c) -> Result<void> {
          const gate::Packet* packet = c.state().find(id);
          if (packet != nullptr && packet->recheck &&
              c.now() >= packet->recheck->opened_at + packet->recheck->within) {
            SP_TRY(const gate::Step step, c.apply(gate::ExpireRecheck{id, packet->recheck->id, "timeout"}));
            (void)step;
            return {};
          }
          SP_TRY(const gate::Step step, c.apply(gate::Reevaluate{id}));
          (void)step;
          return {};
        },
        [this, id](Result<void>) { arm(id); });
  };
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const PacketId id = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    armed_.erase(id);
    reevaluate(id);
  }
  if (now >= next_sweep_) { // finds what an event lost
    Duration every{60'000};
    for (const auto& [lane, packets] : core_->state().open_in_lane) {
      if (const charter::Charter* charter = core_->world().active_charter(lane)) {
        every = std::min(every, charter->holds.sweep_every);
      }
      for (const PacketId& id : packets) {
        reevaluate(id);
      }
    }
    settle_erasures();
    next_sweep_ = now + every;
  }
  ask_due_sources(now);
  if (now >= next_journal_) {
    next_journal_ = end_of_minute(now);
    post([](Core& c) { return coalesce_journal(c); },
         [this](Result<void> done) {
           if (!done && options_.say) {
             options_.say("counted attempts are not in the log yet: " + done.error().text());
           }
         });
  }
  if (now >= next_checkpoint_) {
    next_checkpoint_ = now + options_.checkpoint_every;
    sign_head(now);
    settle_receipts();
  }
}

// Often enough that a silent source is noticed before it is unknown: thrice in `unknown_after`.
void Engine::ask_due_sources(Instant now) {
  std::map<std::string, Duration> every;
  for (const auto& [lane, state] : core_->state().lanes) {
    const charter::Charter* charter = core_->world().active_charter(lane);
    if (charter == nullptr) {
      continue;
    }
    for (const auto& [name, rule] : charter->sources) {
      const Duration third{std::max<std::int64_t>(1'000, rule.unknown_after.ms / 3)};
      const auto [at, is_new] = every.try_emplace(name, third);
      at->second = std::min(at->second, third);
    }
  }
  for (const auto& [name, period] : every) {
    const auto last = asked_.find(name);
    const auto state = core_->state().sources.find(name);
    const bool silent = state != core_->state().sources.end() && state->second.unreachable;
    const Duration pause = silent ? std::min(period, Duration{10'000}) : period; // until it answers again
    if (last != asked_.end() && now - last->second < pause) {
      continue;
    }
    asked_[name] = now;
    if (auto question = question_about(*core_, name)) {
      prober_->ask(*std::move(question));
    }
  }
}

} // namespace sallyport::engine
