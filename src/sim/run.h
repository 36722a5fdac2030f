// One simulation: a list of actions played in a town, judged after every step. The list follows from a seed,
// and every pair of actions that conflict is played in both orders by a pair of runs (twins). A list that
// breaks a promise is shortened while it still does, and written down.
#pragma once

#include "sim/coverage.h"
#include "sim/oracle.h"

#include <filesystem>

namespace sallyport::sim {

struct Action {
  const Row* row = nullptr;
  std::uint8_t slot = 0;
  std::uint64_t draw = 0;
  int pair = -1; // index of conflicts(): this one and the next belong together
};

// A town, and what happens in it.
struct Play {
  std::uint64_t town = 0; // the seed of people, ids and keys
  charter::Charter charter;
  std::vector<Action> actions;
};

// Pairs that only lanes of such a charter can come to are drawn more often there, and nowhere else.
std::vector<Action> write_actions(const charter::Charter& charter, std::uint64_t seed, std::size_t count,
                                  bool swapped);

struct Outcome {
  std::uint64_t steps = 0;
  std::uint64_t changed = 0; // steps that left more than a refusal on record
  std::uint64_t releases = 0;
  std::size_t at = 0; // the action that broke it, where something is broken
  std::optional<Broken> broken;
  Digest log_root;
  Coverage coverage;
};

struct Care {
  std::size_t compare_every = 64; // steps between comparisons of the whole state with its shadow
  bool twice = false; // replay from zero, and the whole run a second time over storage that fails: same root
};

Outcome run(const Play& play, const Care& care = {});

// The shortest list that this finds and that breaks the same promise, within so many runs.
Play shrink(const Play& play, const Broken& broken, std::size_t runs_max = 400);

// A file that replays: docs/simulator.md.
std::string to_text(const Play& play, const std::optional<Broken>& broken);
Result<Play> from_text(std::string_view text);

} // namespace sallyport::sim
