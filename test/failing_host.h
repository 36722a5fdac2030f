// A host of towns that has a disk: the real core over a store that fails (store/testing/faulty_vfs.h). Every
// so many steps the disk is full, a sync fails, the process dies or the power is cut, before the commit of a
// step, in it or after it; then what is stored is read again and compared with what was acknowledged. A step
// that is not there is played again, so that the town goes on as if nothing had been.
#pragma once

#include "engine/core.h"
#include "ledger/merkle.h"
#include "packet/seal.h"
#include "sim/town.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sallyport {

enum class Fault {
  none,
  disk_full,    // the process goes on, and reads again
  sync_fails,   // likewise
  dies_before,  // the process, with the step decided and not committed
  dies_within,  // at some write or sync of the commit
  dies_after,   // with the step committed, and the town not told
  power_within, // as dies_within; of what was not synced, some is lost
  power_after,  // as dies_after; all that was not synced is lost
  dies_twice,   // as dies_within; and when it is back, before anything is written, the power is cut
  sync_power,   // as sync_fails; and when it has read again, the power is cut
};

// How often, and where in the rhythm it begins.
struct Rhythm {
  std::uint64_t every = 0; // steps between faults; 0: never
  std::uint64_t first = 0;
};

class FailingHost : public sim::Host {
public:
  FailingHost(std::filesystem::path dir, Rhythm rhythm);
  ~FailingHost() override;
  FailingHost(const FailingHost&) = delete;
  FailingHost& operator=(const FailingHost&) = delete;

  std::optional<gate::Step> step(const gate::Event& event, Instant now, sim::Draw& draws) override;

  const gate::Machine& machine() const override { return core_->machine(); }

  void sealed(const packet::SealedRevision& made) override { sealed_.insert_or_assign(made.digest, made); }

  // The log as it was acknowledged against the log as it is stored, whole.
  void compare();

  Digest root() const { return tree_.root(); }

  std::map<Fault, std::uint64_t> faults; // by kind
  std::uint64_t stood = 0;               // steps that were there although nobody was told

private:
  struct Attempt {
    std::optional<gate::Step> step; // as it was decided
    bool acknowledged = false;
  };

  Fault next_fault();
  Attempt attempt(const gate::Event& event, Instant now, std::uint64_t numbers, Fault fault);
  void fail_in(Fault fault);
  void recover(Fault fault);
  void open();
  void die(bool power);
  void acknowledge(const gate::Step& step);
  void there_or_not(const gate::Event& event, const gate::Step& step, bool there) const;
  gate::Event with_bodies(const gate::Event& event) const;
  Result<void> keep_revision(const gate::Event& event, const gate::Step& step);

  engine::CoreOptions options_;
  Rhythm rhythm_;
  std::uint64_t steps_ = 0;
  sim::Draw numbers_{0}; // for the core
  sim::Draw luck_;       // of the disk
  std::map<Digest, packet::SealedRevision> sealed_;
  std::unique_ptr<engine::Core> core_;
  ledger::Frontier tree_; // what was acknowledged
  gate::Machine shadow_;
};

// Says which promise is broken, and ends the process with 1.
[[noreturn]] void broken(const std::string& invariant, const std::string& says);
void require(const char* invariant, bool so, const std::string& says);

} // namespace sallyport
