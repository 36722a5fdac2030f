// simulate: tries to break the gate, on this machine, in towns of invented people (docs/simulator.md).
#include "canon/json.h"
#include "charter/lint.h"
#include "charter/parse.h"
#include "engine/files.h"
#include "print.h"
#include "sim/exhaustive.h"
#include "sim/hunt.h"
#include "ticker.h"
#include "words.h"

#include <algorithm>

namespace sallyport::cli {
namespace {

namespace fs = std::filesystem;

struct Simulate {
  std::uint64_t seed = 1;
  std::uint64_t steps = 100'000;
  fs::path charter;
  fs::path replay;
  fs::path out;
  bool exhaustive = false;
  std::uint32_t revisions = 3;
  std::size_t disturbances = 2;
};

Answer<charter::Charter> read_charter(const fs::path& file) {
  SP_TRY(const std::string text, engine::read_small_file(file));
  charter::Parsed parsed =
      file.extension() == ".json" ? charter::parse_json(text) : charter::parse_toml(text);
  if (!parsed.charter || !charter::honourable(*parsed.charter).empty()) {
    return give_up(Exit::refused, file.string() + " is no charter that this version honours; see "
                                                  "'sallyport charter lint'");
  }
  // The town's people have keys in software; the rules are the charter's otherwise.
  parsed.charter->signers.key_class_min = charter::KeyClass::software;
  parsed.charter->signers.step_up = false;
  return *std::move(parsed.charter);
}

Answer<void> tell(const Simulate& options, const sim::Found& found) {
  const fs::path file =
      options.out.empty() ? fs::path("simulation-" + std::to_string(options.seed) + ".txt") : options.out;
  SP_CHECK(write_file(file, sim::to_text(found.shortest, found.broken)));
  return give_up(Exit::fault, found.broken.invariant +
                                  " is broken; play it again with 'sallyport simulate --replay " +
                                  file.string() + "'");
}

Answer<void> hunt(const Context& context, const Simulate& options) {
  sim::HuntOptions hunt;
  hunt.seed = options.seed;
  hunt.steps = options.steps;
  if (!options.charter.empty()) {
    SP_TRY(hunt.charter, read_charter(options.charter));
  }
  sim::Report report;
  {
    const Ticker ticker(context, "simulating");
    report = sim::hunt(hunt);
  }
  out(context.json ? canon::write(sim::to_value(report)) + "\n" : sim::to_text(report));
  if (report.found) {
    return tell(options, *report.found);
  }
  const std::size_t unseen = report.coverage.unseen().size();
  return unseen == 0 || !options.charter.empty() // whose lane may never come to some of them
             ? Answer<void>()
             : give_up(Exit::fault, "nothing is broken, but " + std::to_string(unseen) +
                                        " orders of conflicting pairs were never played; more steps reach them");
}

Answer<void> replay(const Context& context, const Simulate& options) {
  SP_TRY(const std::string text, engine::read_small_file(options.replay));
  SP_TRY(const sim::Play play, sim::from_text(text));
  const sim::Outcome outcome = sim::run(play, {.compare_every = 1, .twice = true});
  if (context.json) {
    canon::Object value{{"ok", !outcome.broken.has_value()},
                        {"steps", static_cast<std::int64_t>(outcome.steps)},
                        {"log_root", outcome.log_root.hex()}};
    if (outcome.broken) {
      value.set("broken", canon::Object{{"invariant", outcome.broken->invariant},
                                        {"says", outcome.broken->says},
                                        {"action", outcome.at}});
    }
    out(canon::write(value) + "\n");
  } else {
    for (std::size_t i = 0; i < play.actions.size() && (!outcome.broken || i <= outcome.at); ++i) {
      out(std::to_string(i) + "  " + std::string(play.actions[i].row->name) + "  packet " +
          std::to_string(play.actions[i].slot) + "\n");
    }
    out(outcome.broken ? "BROKEN " + outcome.broken->invariant + ": " + outcome.broken->says + "\n"
                       : "Nothing is broken.\n");
  }
  return outcome.broken ? give_up(Exit::fault, outcome.broken->invariant + " is broken") : Answer<void>();
}

Answer<void> exhaust(const Context& context, const Simulate& options) {
  sim::Explored explored;
  {
    const Ticker ticker(context, "exploring every state");
    explored = sim::explore({.revisions = options.revisions, .disturbances = options.disturbances});
  }
  if (context.json) {
    canon::Array path(explored.path.begin(), explored.path.end());
    canon::Object value{{"ok", !explored.broken.has_value()},
                        {"complete", explored.complete},
                        {"states", static_cast<std::int64_t>(explored.states)},
                        {"transitions", static_cast<std::int64_t>(explored.transitions)},
                        {"release_states", static_cast<std::int64_t>(explored.release_states)},
                        {"depth", explored.depth},
                        {"milliseconds", static_cast<std::int64_t>(explored.seconds * 1000)}};
    if (explored.broken) {
      value.set("broken", canon::Object{{"invariant", explored.broken->invariant},
                                        {"says", explored.broken->says},
                                        {"path", std::move(path)}});
    }
    out(canon::write(value) + "\n");
  } else {
    out(sim::to_text(explored));
  }
  return explored.broken ? give_up(Exit::fault, explored.broken->invariant + " is broken") : Answer<void>();
}

Answer<void> simulate(const Context& context, const Simulate& options) {
  return !options.replay.empty() ? replay(context, options)
         : options.exhaustive    ? exhaust(context, options)
                                 : hunt(context, options);
}

} // namespace

void add_simulate(CLI::App& app, Context& context) {
  auto options = std::make_shared<Simulate>();
  CLI::App* verb =
      add_verb(app, "simulate", "Try to break the gate: seeded towns, every promise checked; local",
               "sallyport simulate --seed 7 --steps 1000000");
  verb->add_option("--seed", options->seed, "The same seed, the same run")->capture_default_str();
  verb->add_option("--steps", options->steps, "At least so many that change something")
      ->check(CLI::Range(1ULL, 1'000'000'000'000ULL))
      ->capture_default_str();
  verb->add_option("--charter", options->charter, "A charter to live under (else some of our own)")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  verb->add_option("--out", options->out, "Where the shortest failing run is written (else here)")
      ->type_name("FILE");
  CLI::Option* again = verb->add_option("--replay", options->replay, "Play such a file again")
                           ->type_name("FILE")
                           ->check(CLI::ExistingFile);
  verb->add_flag("--exhaustive", options->exhaustive, "Every state of one packet, instead of random walks")
      ->excludes(again);
  verb->add_option("--revisions", options->revisions, "With --exhaustive: how many the packet may have")
      ->check(CLI::Range(1, 3))
      ->capture_default_str();
  verb->add_option("--disturbances", options->disturbances,
                   "With --exhaustive: how often something may go wrong")
      ->check(CLI::Range(0, 8))
      ->capture_default_str();
  on(verb, context, options, simulate);
}

} // namespace sallyport::cli
