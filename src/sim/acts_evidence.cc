// What sources hold and say, what the post makes of it, and time.
#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "crypto/sshsig_sign.h"
#include "gate/checks.h"
#include "gate/clocks.h"
#include "packet/statement.h"
#include "sim/acts.h"
#include "sim/charters.h"

#include <algorithm>
#include <array>

namespace sallyport::sim::acts {

// ---- evidence

void change_thing(Town& town, Slot slot, Draw& draw) {
  Thing* thing = some_thing(town, slot, draw);
  if (thing == nullptr) {
    return;
  }
  switch (draw.below(6)) {
  case 0:
  case 1:
    ++thing->ordinal;
    break;
  case 2:
    thing->status = "gone";
    break;
  case 3:
    for (auto& [dimension, values] : thing->touches) {
      values.insert(std::string(clear_mark) + "value-" + std::to_string(4 + draw.below(2)));
    }
    break;
  case 4:
    for (auto& [attr, value] : thing->attrs) {
      if (const auto at = parse_instant(value); at && draw.one_in(3)) {
        constexpr std::array by{-26 * hour.ms, -hour.ms, -minute.ms, minute.ms, hour.ms, 5 * hour.ms};
        const Instant from = draw.one_in(2) ? *at : town.now;
        value = draw.one_in(12) ? "soon" : to_string(from + Duration{by[draw.below(by.size())]});
      } else if (!at && draw.one_in(2)) {
        value = draw.one_in(2) ? "v2" : draw.one_in(2) ? "regulated" : "no-narrative";
      }
    }
    break;
  default:
    thing->status = "unknown";
  }
  if (draw.one_in(2)) {
    town.observe(thing->source);
  }
}

void heal(Town& town, Slot slot, Draw&) {
  town.heal(slot);
}

void observe(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  const bool answers = packet != nullptr && packet->recheck && !draw.one_in(4);
  town.observe(some_source(town, draw), answers ? std::optional(packet->recheck->id) : std::nullopt);
}

void write_letter(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (town.post.size() < 16) {
    town.post.push_back(
        town.write(some_source(town, draw), packet != nullptr && packet->recheck && draw.one_in(2)
                                                ? std::optional(packet->recheck->id)
                                                : std::nullopt));
  }
}

// Out of order, and late.
void deliver_letter(Town& town, Slot, Draw& draw) {
  if (!town.post.empty()) {
    const auto at = town.post.begin() + static_cast<std::ptrdiff_t>(draw.below(town.post.size()));
    const Letter letter = *at;
    town.post.erase(at);
    town.deliver(letter);
  }
}

void deliver_twice(Town& town, Slot, Draw& draw) {
  if (!town.delivered.empty()) {
    town.deliver(Letter(town.delivered[draw.below(town.delivered.size())]));
  }
}

void fail_source(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  town.play(gate::SourceFailed{some_source(town, draw), packet != nullptr && packet->recheck && draw.one_in(2)
                                                            ? std::optional(packet->recheck->id)
                                                            : std::nullopt});
}

void silence(Town& town, Slot, Draw& draw) {
  const std::string source = some_source(town, draw);
  if (town.silent.erase(source) == 0) {
    town.silent.insert(source);
  }
}

void skew(Town& town, Slot, Draw& draw) {
  const std::int64_t ms = static_cast<std::int64_t>(draw.below(1'200'000)) - 600'000;
  town.skew[some_source(town, draw)] = Duration{draw.one_in(3) ? 0 : ms};
}

// Up to a day and a half, or not any more.
void fall_behind(Town& town, Slot, Draw& draw) {
  town.lag[some_source(town, draw)] = draw.one_in(3) ? Duration{} : Duration{minute.ms << draw.below(12)};
}

// The same content that a bad disk or cache hands out once, and not again.
void wrong_answer(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  Letter letter =
      town.write(some_source(town, draw),
                 packet != nullptr && packet->recheck ? std::optional(packet->recheck->id) : std::nullopt);
  for (auto& object : letter.observe.objects) {
    ++object.ordinal;
    ++letter.snapshot.things[object.object].ordinal;
  }
  town.deliver(letter);
}

namespace {

void ask_again(Town& town, Slot slot, const std::string& source) {
  const gate::Packet* packet = town.find(slot);
  town.now = std::max(town.now, town.state().last_at) + Duration{1};
  town.observe(source,
               packet != nullptr && packet->recheck ? std::optional(packet->recheck->id) : std::nullopt);
}

} // namespace

// One source, asked once more, is some hours behind its own record.
void answer_behind(Town& town, Slot slot, Draw& draw) {
  std::vector<std::string> aging; // sources whose records may be only so old
  for (const Thing* thing : town.cited(slot)) {
    const auto rule = town.charter().sources.find(thing->source);
    if (rule != town.charter().sources.end() &&
        std::ranges::any_of(rule->second.checks,
                            [](const charter::Check& c) { return c.limit.has_value(); })) {
      aging.push_back(thing->source);
    }
  }
  if (aging.empty()) {
    return;
  }
  const std::string source = draw.pick(aging);
  const auto lag = town.lag;
  town.lag[source] = Duration{hour.ms << draw.below(4)};
  ask_again(town, slot, source);
  town.lag = lag;
}

// One word that a condition reads, or that two sources must agree in, is another, and nothing else is.
void answer_otherwise(Town& town, Slot slot, Draw& draw) {
  std::vector<std::pair<Thing*, std::string>> words;
  for (Thing* thing : town.cited(slot)) {
    for (const auto& [name, source] : town.charter().sources) {
      for (const charter::Check& check : source.checks) {
        const bool kind = check.kind == charter::CheckKind::state || check.kind == charter::CheckKind::agree;
        const bool reads =
            (name == thing->source && check.of.contains(thing->kind)) || check.with == thing->source;
        const auto word = kind && reads ? thing->attrs.find(*check.attr) : thing->attrs.end();
        if (word != thing->attrs.end() && !parse_instant(word->second)) {
          words.emplace_back(thing, word->first);
        }
      }
    }
  }
  if (!words.empty()) {
    const auto& [thing, attr] = words[draw.below(words.size())];
    thing->attrs[attr] = "v2";
    ask_again(town, slot, thing->source);
  }
}

void report(Town& town, Slot slot, Draw& draw) {
  const std::string source = some_source(town, draw);
  const auto& emits = town.charter().sources.at(source).emits;
  auto event = emits.begin();
  std::advance(event, static_cast<std::ptrdiff_t>(draw.below(emits.size())));
  std::map<std::string, std::string> attrs;
  if (draw.one_in(2)) {
    attrs["level"] = draw.one_in(2) ? "low" : "high";
  }
  const bool of_another = *event == charter::Event::duplicate_suspected && !draw.one_in(4);
  town.play(gate::ReportEvent{
      draw.one_in(6) ? town.account_of(town.anybody(draw), draw) : town.intake, source,
      std::string(charter::to_word(*event)),
      !of_another && draw.one_in(3) ? std::nullopt : std::optional(town.packet_at(slot)), std::nullopt, attrs,
      of_another ? std::optional(town.packet_at(slot + 1 + draw.below(Town::slots - 1))) : std::nullopt});
}

void ask(Town& town, Slot, Draw& draw) {
  town.play(gate::AskSource{draw.one_in(2) ? town.agent : town.account_of(town.anybody(draw), draw),
                            some_source(town, draw)});
}

// ---- time

void tick(Town& town, Slot slot, Draw& draw) {
  town.now = town.now + Duration{std::int64_t{1} << draw.below(24)};
  town.play(gate::Reevaluate{town.packet_at(slot)});
}

// To the millisecond at which something of this packet runs out, one before it, or one after.
void tick_to_deadline(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  if (packet == nullptr) {
    return;
  }
  const auto next = gate::next_deadline(town.world(), town.packet_at(slot), town.now);
  town.now = next.value_or(town.now + minute) + Duration{static_cast<std::int64_t>(draw.below(3)) - 1};
  town.play(gate::Reevaluate{town.packet_at(slot)});
}

// To the edge of a window or to a due instant, whatever else is nearer; or just before or after it.
void tick_to_edge(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = town.find(slot);
  const charter::Charter* charter = town.world().active_charter(town.lane());
  if (packet == nullptr || charter == nullptr) {
    return;
  }
  std::optional<Instant> next;
  if (packet->head) {
    gate::clock_deadlines(town.world(), town.packet_at(slot), *charter, town.now, [&](Instant at) {
      if (at > town.now && (!next || at < *next)) {
        next = at;
      }
    });
  }
  town.now = next.value_or(town.now + minute) + Duration{static_cast<std::int64_t>(draw.below(3)) - 1};
  town.play(gate::Reevaluate{town.packet_at(slot)});
}

// Sealed so long ago that only what sources say now is fresh, and in a recheck that every source has
// answered.
void to_aged(Town& town, Slot slot, Draw& draw) {
  town.bring(slot, Stage::in_review, draw);
  town.now = town.now + Duration{hour.ms << draw.below(3)};
  town.bring(slot, Stage::answered, draw);
}

void clock_back(Town& town, Slot slot, Draw& draw) {
  town.now = town.now - Duration{std::int64_t{1} << draw.below(22)};
  town.play(gate::Reevaluate{town.packet_at(slot)});
}

} // namespace sallyport::sim::acts
