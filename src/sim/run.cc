#include "sim/run.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "charter/parse.h"
#include "packet/leaf.h"
#include "sim/charters.h"

#include <algorithm>
#include <charconv>

namespace sallyport::sim {
namespace {

constexpr std::string_view heading = "sallyport-simulation 1";

const Row& drawn_row(Draw& draw, bool writes) {
  const auto weight = [&](const Row& row) { return row.written && !writes ? 0 : row.weight; };
  std::size_t total = 0;
  for (const Row& row : alphabet()) {
    total += weight(row);
  }
  std::size_t at = draw.below(total);
  for (const Row& row : alphabet()) {
    if (at < weight(row)) {
      return row;
    }
    at -= weight(row);
  }
  return alphabet().front();
}

bool changes(const gate::Step& step) {
  return std::ranges::any_of(step.leaves, [](const gate::LeafOut& out) {
    return !std::holds_alternative<packet::AttemptRefused>(out.leaf.record) &&
           !std::holds_alternative<packet::IntakeRefused>(out.leaf.record);
  });
}

// What is due by now is done before an action is judged by what it takes away: the register of a packet that
// nothing touched is brought up by the next sweep, and must not be put down to this action.
void act(Town& town, const Action& action) {
  if (action.row->harmful) {
    for (std::size_t slot = 0; slot < Town::slots; ++slot) {
      if (const gate::Packet* packet = town.find(slot); packet != nullptr && packet->open()) {
        town.play(gate::Reevaluate{town.packet_at(slot)});
      }
    }
  }
  Draw draw(action.draw);
  town.harmful = action.row->harmful;
  action.row->act(town, action.slot, draw);
  town.harmful = false;
}

// A machine whose storage fails now and then: a step that was decided is lost and asked for again, or the
// process dies when it is stored and nobody was told. Either way the state is what the stored leaves fold to,
// and no more; library and facts, which bodies hold, are as they were with the last stored step.
class FaultyHost : public Host {
public:
  FaultyHost() { machine_.library().zones = zones(); }

  std::optional<gate::Step> step(const gate::Event& event, Instant now, Draw& draws) override {
    constexpr std::uint64_t every = 48;
    const bool fails = ++steps_ % every == 0;
    if (fails && steps_ / every % 2 == 0) {
      const gate::Library library = machine_.library();
      const gate::Facts facts = machine_.facts();
      Draw again = draws; // of the attempt that is lost
      (void)attempt(event, now, again);
      restart(library, facts);
    }
    gate::Step out = attempt(event, now, draws);
    for (const gate::LeafOut& leaf : out.leaves) {
      stored_.push_back(leaf.bytes);
    }
    if (fails && steps_ / every % 2 == 1) {
      restart(gate::Library(machine_.library()), gate::Facts(machine_.facts()));
    }
    return out;
  }

  const gate::Machine& machine() const override { return machine_; }

  gate::Machine* spoil() override { return &machine_; }

private:
  gate::Step attempt(const gate::Event& event, Instant now, Draw& draws) {
    gate::Draws numbers({}, [&] { return draws.next(); });
    return machine_.step(event, now, numbers);
  }

  void restart(const gate::Library& library, const gate::Facts& facts) {
    machine_ = {};
    for (const std::string& bytes : stored_) {
      machine_.replay(packet::decode(bytes).value());
    }
    machine_.library() = library;
    machine_.facts() = facts;
  }

  gate::Machine machine_;
  std::vector<std::string> stored_;
  std::uint64_t steps_ = 0;
};

// The same again, without a judge and over storage that fails: only what the log comes to.
std::optional<Broken> twice(const Play& play, const Digest& root, const Digest& state) {
  FaultyHost host;
  ledger::Frontier tree;
  gate::Machine replayed;
  Truth truth;
  Town town(play.charter, play.town, host, truth, [&](const Played& played) {
    for (const gate::LeafOut& out : played.step.leaves) {
      tree.append(ledger::leaf_hash(as_bytes(out.bytes)));
      replayed.replay(packet::decode(out.bytes).value());
    }
  });
  for (const Action& action : play.actions) {
    act(town, action);
  }
  if (tree.root() != root) {
    return Broken{"INV-40", "the same run again, over storage that fails, gives another log"};
  }
  if (gate::state_digest(replayed.state()) != state) {
    return Broken{"INV-40", "a replay from zero gives another state"};
  }
  return std::nullopt;
}

} // namespace

std::vector<Action> write_actions(const charter::Charter& charter, std::uint64_t seed, std::size_t count,
                                  bool swapped) {
  constexpr std::size_t pair_every = 12;
  std::vector<std::size_t> pairs; // to draw from
  for (std::size_t i = 0; i < conflicts().size(); ++i) {
    const Fit fit = fits(conflicts()[i], charter);
    pairs.insert(pairs.end(), fit == Fit::never ? 0 : fit == Fit::usual ? 1 : 4, i);
  }
  Draw draw(seed);
  std::vector<Action> out;
  while (out.size() < count) {
    const auto slot = static_cast<std::uint8_t>(draw.below(Town::slots));
    if (!draw.one_in(pair_every)) {
      out.push_back({&drawn_row(draw, charter.ledger.has_value()), slot, draw.next(), -1});
      continue;
    }
    const std::size_t which = draw.pick(pairs);
    const Conflict& conflict = conflicts()[which];
    Action first{find_row(conflict.first), slot, draw.next(), static_cast<int>(which)};
    Action other{find_row(conflict.second), slot, draw.next(), -1};
    out.push_back({find_row(conflict.stage), slot, draw.next(), -1});
    if (draw.one_in(2) != swapped) {
      std::swap(first.row, other.row);
      std::swap(first.draw, other.draw);
    }
    out.push_back(first);
    out.push_back(other);
  }
  return out;
}

Outcome run(const Play& play, const Care& care) {
  Outcome out;
  const Action* action = nullptr;
  std::string came; // of the action that plays now: "taken", or the first reason of its first refusal
  MachineHost host;
  Truth truth;
  Oracle oracle(truth);
  Town town(play.charter, play.town, host, truth, [&](const Played& played) {
    ++out.steps;
    out.changed += changes(played.step) ? 1U : 0U;
    out.coverage.count(played);
    const bool own = action != nullptr && played.harmful == action->row->harmful; // not what was due before
    if (own && (came.empty() || came == "taken")) {
      came = played.step.ok() ? "taken" : played.step.refused.front().code;
    }
    if (!oracle.broken()) {
      oracle.judge(played, host.machine().world());
      if (out.steps % care.compare_every == 0) {
        oracle.compare(host.machine().state());
      }
    }
  });
  for (std::size_t i = 0; i < play.actions.size() && !oracle.broken(); ++i) {
    action = &play.actions[i];
    const std::uint64_t before = out.steps;
    const bool other_played = !came.empty();
    came.clear();
    act(town, *action);
    if (came.empty() && action->row->untold) {
      came = "untold";
    }
    out.at = i;
    out.coverage.rows[std::string(action->row->name)] += out.steps - before;
    if (i > 0 && play.actions[i - 1].pair >= 0 && other_played && !came.empty()) {
      const auto pair = static_cast<std::size_t>(play.actions[i - 1].pair);
      const bool in_order = play.actions[i - 1].row->name == conflicts()[pair].first;
      OrderCount& count = out.coverage.pairs[pair][in_order ? 0 : 1];
      ++count.played;
      ++count.came[came];
    }
  }
  if (!oracle.broken()) {
    oracle.compare(host.machine().state());
  }
  out.broken = oracle.broken();
  out.releases = oracle.releases;
  out.log_root = oracle.log_root();
  if (!out.broken && care.twice) {
    out.broken = twice(play, out.log_root, gate::state_digest(host.machine().state()));
  }
  return out;
}

Play shrink(const Play& play, const Broken& broken, std::size_t runs_max) {
  Play best = play;
  std::size_t runs = 0;
  const auto still = [&](const Play& shorter) {
    ++runs;
    const Outcome outcome =
        run(shorter, {.compare_every = broken.invariant == "INV-40" ? std::size_t{1} : 64});
    return outcome.broken && outcome.broken->invariant == broken.invariant;
  };
  for (std::size_t chunk = std::max<std::size_t>(1, best.actions.size() / 2); runs < runs_max;) {
    bool shorter = false;
    for (std::size_t from = 0; from < best.actions.size() && runs < runs_max;) {
      Play without = best;
      const auto first = without.actions.begin() + static_cast<std::ptrdiff_t>(from);
      const std::size_t n = std::min(chunk, best.actions.size() - from);
      without.actions.erase(first, first + static_cast<std::ptrdiff_t>(n));
      if (still(without)) {
        best = std::move(without);
        shorter = true;
      } else {
        from += chunk;
      }
    }
    if (chunk == 1 && !shorter) {
      break;
    }
    chunk = std::max<std::size_t>(1, chunk / 2);
  }
  return best;
}

std::string to_text(const Play& play, const std::optional<Broken>& broken) {
  std::string out(heading);
  out += "\ntown " + std::to_string(play.town) + "\ncharter " +
         canon::write(charter::canonical(play.charter)) + "\n";
  if (broken) {
    out += "# " + broken->invariant + ": " + broken->says + "\n";
  }
  for (const Action& action : play.actions) {
    out += "act " + std::string(action.row->name) + " " + std::to_string(action.slot) + " " +
           std::to_string(action.draw) + "\n";
  }
  return out;
}

Result<Play> from_text(std::string_view text) {
  Play out;
  const auto number = [](std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
  };
  std::size_t line_number = 0;
  bool chartered = false;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto wrong = [&](const char* what) {
      return fail(ErrorCode::malformed, "line " + std::to_string(line_number), what);
    };
    if (line_number == 1) {
      if (line != heading) {
        return wrong("not a simulation of this version");
      }
      continue;
    }
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t to = std::min(line.find(' ', at), line.size());
      words.push_back(line.substr(at, to - at));
      at = to + 1;
    }
    if (words.empty() || words[0] == "#") {
      continue;
    }
    if (words[0] == "town" && words.size() == 2 && number(words[1])) {
      out.town = *number(words[1]);
    } else if (words[0] == "charter") {
      auto parsed = charter::parse_json(line.substr(8));
      if (!parsed.charter) {
        return wrong("the charter is not sound");
      }
      out.charter = *std::move(parsed.charter);
      chartered = true;
    } else if (words[0] == "act" && words.size() == 4 && find_row(words[1]) != nullptr && number(words[2]) &&
               *number(words[2]) < Town::slots && number(words[3])) {
      out.actions.push_back(
          {find_row(words[1]), static_cast<std::uint8_t>(*number(words[2])), *number(words[3]), -1});
    } else {
      return wrong("not a line of a simulation, or an action that this version does not know");
    }
  }
  if (!chartered) {
    return fail(ErrorCode::malformed, "charter", "the simulation names no charter");
  }
  return out;
}

} // namespace sallyport::sim
