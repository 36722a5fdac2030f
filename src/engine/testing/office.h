// A founded service with invented people, one lane and its sources, on a real folder: what tests and
// benchmarks of the engine stand on. Keys repeat (fixed seeds); ids are drawn. Sources are answered in
// process, without a network: `answer` makes what a probe would bring.
#pragma once

#include "crypto/ed25519.h"
#include "engine/core.h"
#include "engine/founding.h"
#include "engine/intake.h"
#include "engine/people.h"
#include "engine/prober.h"
#include "engine/testing/means.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::engine::testing {

inline constexpr const char* lane = "Q-PSR";

class Office {
public:
  // Text of the example charter that is replaced by another.
  using Edits = std::vector<std::pair<std::string, std::string>>;

  // Makes `dir` with everything up to an active charter. Aborts where a step fails: it is the ground.
  static void found(const std::filesystem::path& dir, Instant now, const Edits& edits = {});
  // Stands on a founded folder.
  explicit Office(const std::filesystem::path& dir, const std::string& vfs = "");

  Instant now; // the test's clock; advance it at will
  std::unique_ptr<Core> core;
  Member gail, pavel, anna, rhea, tia, mira;
  AccountId intake, agent;

  // One event in one batch; the step, or an abort where storage failed.
  gate::Step apply(const gate::Event& event);
  // A submission of docs/packet.md as text, for case `name`.
  std::string submission(const std::string& name, std::uint32_t revision = 1,
                         const std::string& narrative = "A token was presented twice.") const;
  IntakeOutcome submit(const std::string& name);
  // The tenant registry's heartbeat, as far as names go: the charter has a detector take them from it.
  void list_names();

  // What the source would answer about everything that open packets cite; `recheck` where asked by one.
  void observe_all();
  void answer(const gate::Recheck& recheck);
  void answer(const Question& question);

  // The head's manifest, drafted by tia and submitted by her.
  ManifestId put_in_review(const PacketId& packet);
  gate::Step sign(const PacketId& packet);
  // From submission to delivered entry.
  EntryId release(const std::string& name);

  // Drives one packet from wherever it is to its acknowledged entry, calling `durable` after each commit.
  // Repeats nothing that has happened: this is what a client does after a crash.
  EntryId finish(const std::string& name, const std::function<void(const std::string&)>& durable);

private:
  void people();
  void roster_and_charter(const Edits& edits);
};

} // namespace sallyport::engine::testing
