// What a scenario can say: one row for each sentence, with its form, what it means and what it does. A new
// act of the gate is a new row and a function of a few lines.
#pragma once

#include "base/result.h"
#include "scenario/form.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::scenario {

class Stage;

// Why a scenario does not go on.
struct Problem {
  enum class Kind {
    unusable, // the scenario asks for what cannot be: an unknown name, an act before its time
    unmet,    // the gate did something else than the scenario says
    broken,   // storage or a promise of this program
  };
  Kind kind = Kind::unusable;
  std::string text;
  std::vector<std::string> details = {}; // what stands instead, line by line
  std::string slot = {};                 // whose word it is about; empty: the sentence

  Problem(Kind k, std::string sentence, std::vector<std::string> more = {})
      : kind(k), text(std::move(sentence)), details(std::move(more)) {}

  // Implicit, so that SP_TRY carries an operating error of a module out of an act.
  Problem(const Error& error) : kind(Kind::broken), text(error.text()) {}
};

template <class T> using Tried = std::expected<T, Problem>;
using Done = Tried<void>;

inline std::unexpected<Problem> unusable(std::string text, std::string slot = "") {
  Problem problem(Problem::Kind::unusable, std::move(text));
  problem.slot = std::move(slot);
  return std::unexpected(std::move(problem));
}

inline std::unexpected<Problem> unmet(std::string text, std::vector<std::string> details = {}) {
  return std::unexpected(Problem(Problem::Kind::unmet, std::move(text), std::move(details)));
}

enum class Sort {
  setting,     // before the log begins
  event,       // something happens
  expectation, // something must be so
};

struct Verb {
  Sort sort = Sort::event;
  std::string_view form;
  std::string_view says; // for docs/scenarios.md
  Done (*act)(Stage&, const Args&);
};

// One span for each file of verbs, in the order of the reference.
std::span<const Verb> cast_verbs();
std::span<const Verb> packet_verbs();
std::span<const Verb> workspace_verbs();
std::span<const Verb> ledger_verbs();
std::span<const Verb> retention_verbs();
std::span<const Verb> hold_verbs();
std::span<const Verb> source_verbs();
std::span<const Verb> manifest_verbs();
std::span<const Verb> lane_verbs();
std::span<const Verb> trust_verbs();
std::span<const Verb> expectation_verbs();

// All of them.
std::span<const Verb* const> verbs();

} // namespace sallyport::scenario
