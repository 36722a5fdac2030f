#include "sim/hunt.h"

#include "crypto/digest.h"
#include "sim/charters.h"
#include "sim/invariants.h"

#include <fmt/format.h>

#include <algorithm>

namespace sallyport::sim {
namespace {

constexpr std::size_t twice_every = 32; // towns: one in so many is run again and replayed from zero

Play of_town(const HuntOptions& options, std::uint64_t town) {
  // Twins share everything but the order of their pairs.
  const std::uint64_t drawn = Draw(options.seed * 0x10001U + town / 2).next();
  Play play;
  play.town = drawn;
  play.charter = options.charter ? *options.charter : shipped_charter(town / 2);
  play.actions = write_actions(play.charter, drawn + 1, options.actions_per_town, town % 2 == 1);
  return play;
}

std::string table(const std::map<std::pair<std::string, std::string>, std::uint64_t>& counts) {
  std::string out;
  std::string first;
  for (const auto& [key, n] : counts) {
    if (key.first != first) {
      first = key.first;
      out += "  " + first + "\n";
    }
    out += fmt::format("    {:<28} {:>12}\n", key.second, n);
  }
  return out;
}

// Every line at most 100 columns: what came most often first.
std::string order_line(std::string_view first, std::string_view second, const OrderCount& count) {
  constexpr std::size_t columns = 100;
  std::string out =
      fmt::format("    {:<40} {:>9}  ", fmt::format("{}, then {}", first, second), count.played);
  std::vector<std::pair<std::uint64_t, std::string>> most;
  for (const auto& [what, n] : count.came) {
    most.emplace_back(n, what);
  }
  std::ranges::sort(most, std::greater<>());
  for (std::size_t i = 0; i < most.size(); ++i) {
    const std::string one = fmt::format("{}{} {}", i == 0 ? "" : ", ", most[i].second, most[i].first);
    if (out.size() + one.size() + 5 > columns) {
      out += ", ...";
      break;
    }
    out += one;
  }
  return out + "\n";
}

canon::Object to_value(const OrderCount& count) {
  canon::Object came;
  for (const auto& [what, n] : count.came) {
    came.set(what, static_cast<std::int64_t>(n));
  }
  return {{"played", static_cast<std::int64_t>(count.played)}, {"came", std::move(came)}};
}

canon::Object object_of(const std::map<std::pair<std::string, std::string>, std::uint64_t>& counts) {
  std::map<std::string, canon::Object> grouped;
  for (const auto& [key, n] : counts) {
    grouped[key.first].set(key.second, static_cast<std::int64_t>(n));
  }
  canon::Object out;
  for (auto& [name, inner] : grouped) {
    out.set(name, std::move(inner));
  }
  return out;
}

} // namespace

Report hunt(const HuntOptions& options) {
  Report report;
  report.seed = options.seed;
  const auto begun = std::chrono::steady_clock::now();
  std::string roots;
  while (report.changed < options.steps && !report.found) {
    Play play = of_town(options, report.towns);
    const Outcome outcome = run(play, {.compare_every = 256, .twice = report.towns % twice_every == 0});
    ++report.towns;
    report.steps += outcome.steps;
    report.changed += outcome.changed;
    report.releases += outcome.releases;
    report.coverage.add(outcome.coverage);
    roots = crypto::sha256(roots + outcome.log_root.hex()).hex();
    if (outcome.broken) {
      Play shortest = play;
      shortest.actions.resize(std::min(shortest.actions.size(), outcome.at + 1));
      shortest = shrink(shortest, *outcome.broken, options.shrink_runs);
      report.found = Found{std::move(play), std::move(shortest), *outcome.broken, outcome.at};
    }
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    if (options.progress && !options.progress(report)) {
      break;
    }
  }
  report.log_roots = crypto::sha256(roots);
  return report;
}

void Report::add(const Report& other) {
  log_roots = towns == 0 ? other.log_roots : crypto::sha256(log_roots.hex() + other.log_roots.hex());
  towns += other.towns;
  steps += other.steps;
  changed += other.changed;
  releases += other.releases;
  seconds += other.seconds;
  coverage.add(other.coverage);
  if (!found) {
    found = other.found;
  }
}

std::string to_text(const Report& report) {
  std::string out = fmt::format(
      "seed          {}\n"
      "towns         {}\n"
      "steps         {}, {:.1f} % of them changed the state\n"
      "speed         {:.0f} steps a second, {:.1f} s\n"
      "releases      {}\n"
      "log roots     {}\n",
      report.seed, report.towns, report.steps,
      report.steps == 0 ? 0.0
                        : 100.0 * static_cast<double>(report.changed) / static_cast<double>(report.steps),
      report.seconds == 0 ? 0.0 : static_cast<double>(report.steps) / report.seconds, report.seconds,
      report.releases, report.log_roots.hex());
  out += "\nEvents                            taken      refused\n";
  for (const auto& [name, counted] : report.coverage.events) {
    out += fmt::format("  {:<24} {:>12} {:>12}\n", name, counted.taken, counted.refused);
  }
  out += "\nHolds opened, by the event that opened them\n" + table(report.coverage.opened);
  out += "\nHolds ended, by event and rule\n" + table(report.coverage.cleared);
  out += "\nRefusals, by event and first reason\n" + table(report.coverage.refused);
  out += "\nPairs that conflict, each order, and what came of the second\n";
  for (std::size_t i = 0; i < conflicts().size(); ++i) {
    const Conflict& conflict = conflicts()[i];
    out += fmt::format("  {} | {} ({})\n", conflict.first, conflict.second, conflict.stage);
    out += order_line(conflict.first, conflict.second, report.coverage.pairs[i][0]);
    if (conflict.first != conflict.second) {
      out += order_line(conflict.second, conflict.first, report.coverage.pairs[i][1]);
    }
  }
  out += "\nNot applicable, or not here\n";
  for (const Invariant& invariant : invariants()) {
    if (invariant.reach != Reach::checked) {
      out += fmt::format("  {} {}\n", invariant.id, invariant.says);
    }
  }
  if (const std::vector<std::string> unseen = report.coverage.unseen(); !unseen.empty()) {
    out += "\nNEVER PLAYED in this order; more steps may reach it\n";
    for (const std::string& pair : unseen) {
      out += "  " + pair + "\n";
    }
  }
  return out + (report.found ? "\n" + to_text(*report.found) : "\nNothing is broken.\n");
}

std::string to_text(const Found& found) {
  const std::string bar(80, '=');
  return fmt::format("{}\nBROKEN {}: {}\n  town {}, action {}, shortened to {} actions\n{}\n", bar,
                     found.broken.invariant, found.broken.says, found.play.town, found.at,
                     found.shortest.actions.size(), bar);
}

canon::Value to_value(const Report& report) {
  const auto number = [](std::uint64_t n) { return canon::Value(static_cast<std::int64_t>(n)); };
  canon::Object events;
  for (const auto& [name, counted] : report.coverage.events) {
    events.set(name, canon::Object{{"taken", number(counted.taken)}, {"refused", number(counted.refused)}});
  }
  canon::Array pairs;
  for (std::size_t i = 0; i < conflicts().size(); ++i) {
    const Conflict& conflict = conflicts()[i];
    pairs.push_back(canon::Object{{"first", conflict.first},
                                  {"second", conflict.second},
                                  {"at", conflict.stage},
                                  {"in_order", to_value(report.coverage.pairs[i][0])},
                                  {"reversed", to_value(report.coverage.pairs[i][1])}});
  }
  canon::Object rows;
  for (const auto& [name, n] : report.coverage.rows) {
    rows.set(name, number(n));
  }
  canon::Object out{{"ok", !report.found.has_value()},
                    {"seed", number(report.seed)},
                    {"towns", number(report.towns)},
                    {"steps", number(report.steps)},
                    {"changed", number(report.changed)},
                    {"releases", number(report.releases)},
                    {"milliseconds", number(static_cast<std::uint64_t>(report.seconds * 1000))},
                    {"log_roots", report.log_roots.hex()},
                    {"events", std::move(events)},
                    {"actions", std::move(rows)},
                    {"opened", object_of(report.coverage.opened)},
                    {"ended", object_of(report.coverage.cleared)},
                    {"refused", object_of(report.coverage.refused)},
                    {"pairs", std::move(pairs)}};
  if (report.found) {
    out.set("broken", canon::Object{{"invariant", report.found->broken.invariant},
                                    {"says", report.found->broken.says},
                                    {"town", std::to_string(report.found->play.town)},
                                    {"action", report.found->at},
                                    {"shortened", report.found->shortest.actions.size()}});
  }
  return out;
}

canon::Value summed(const canon::Value& a, const canon::Value& b) {
  if (a.integer() != nullptr && b.integer() != nullptr) {
    return *a.integer() + *b.integer();
  }
  if (a.object() != nullptr && b.object() != nullptr) {
    canon::Object out = *a.object();
    for (const auto& [key, value] : *b.object()) {
      const canon::Value* mine = a.find(key);
      if (key == "seed" && mine != nullptr) {
        continue; // of the first
      }
      out.set(key, mine == nullptr ? value : summed(*mine, value));
    }
    return out;
  }
  if (a.array() != nullptr && b.array() != nullptr && a.array()->size() == b.array()->size()) {
    canon::Array out;
    for (std::size_t i = 0; i < a.array()->size(); ++i) {
      out.push_back(summed((*a.array())[i], (*b.array())[i]));
    }
    return out;
  }
  return a.boolean() != nullptr && *a.boolean() ? b : a; // ok where all are
}

} // namespace sallyport::sim
