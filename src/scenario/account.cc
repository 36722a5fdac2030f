#include "scenario/account.h"

#include "canon/json.h"
#include "gate/standing.h"

#include <algorithm>
#include <tuple>

namespace sallyport::scenario {
namespace {

std::string spaced(const std::string& code, const std::string& subject) {
  return subject.empty() ? code : code + " " + subject;
}

std::string codes_of(const std::vector<packet::Reason>& reasons) {
  std::string out;
  for (const packet::Reason& reason : reasons) {
    out += (out.empty() ? "" : ", ") + reason.code;
  }
  return out;
}

// As the scenario calls the item, or as what it is about.
std::string name_of(const Play& play, const ItemId& id, const gate::Item& item) {
  for (const auto& [name, known] : play.items) {
    if (known == id) {
      return name;
    }
  }
  return "the " + item.kind + " on " + item.subject;
}

// Ids that the scenario has names for.
std::string named(const Stage& stage, std::string text) {
  const auto replace = [&](const std::string& id, const std::string& name) {
    for (std::size_t at = text.find(id); at != std::string::npos; at = text.find(id, at + name.size())) {
      text.replace(at, id.size(), name);
    }
  };
  for (const auto& [name, actor] : stage.actors()) {
    if (actor.person) {
      replace(actor.person->str(), name);
    }
  }
  for (const auto& [name, play] : stage.plays()) {
    if (!play.id.empty()) {
      replace(play.id.str(), name);
    }
    const gate::Packet* packet = stage.state().find(play.id);
    if (packet != nullptr && packet->workspace) {
      for (const auto& [id, item] : packet->workspace->ledger.items) {
        replace(id.str(), name_of(play, id, item));
      }
    }
  }
  return text;
}

// One overload for each record that says more than the sentence which caused it.
struct Words {
  const Stage& stage;
  std::map<HoldId, HoldName>& holds;

  using Told = std::optional<Came>;
  using enum Came::Kind;

  Told operator()(const packet::HoldOpened& r) const {
    holds[r.hold] = {r.code, r.subject};
    return Came{opened, (r.mode == "visible" ? "visible: " : "holds: ") + r.code, "", r.subject};
  }

  Told operator()(const packet::HoldCleared& r) const {
    const auto at = holds.find(r.hold);
    const HoldName name = at == holds.end() ? HoldName{"a hold", ""} : at->second;
    return Came{cleared, "clears (" + r.rule + "): " + name.code, "", name.subject};
  }

  Told operator()(const packet::ManifestVoided& r) const {
    return Came{note, "manifest void(" + r.cause + ")"};
  }

  Told operator()(const packet::ManifestAuthorised& r) const {
    return Came{note, r.authorised ? "authorised" : "no longer authorised"};
  }

  Told operator()(const packet::RecheckOpened& r) const {
    return Came{note, "a recheck opens: " + std::to_string(r.needed.size()) + " sources are asked"};
  }

  Told operator()(const packet::RecheckClosed& r) const {
    if (r.result) {
      return Came{note,
                  "the preview says " + *r.result + (r.reasons.empty() ? "" : ": " + codes_of(r.reasons))};
    }
    return Came{refused, "the recheck is blocked: " + codes_of(r.reasons)};
  }

  Told operator()(const packet::ReleaseCommitted& r) const { return Came{crossed, "crosses into " + r.lane}; }

  Told operator()(const packet::ReleaseLapsed& r) const {
    return Came{note, "the request lapses: " + r.code};
  }

  Told operator()(const packet::AttemptRefused& r) const {
    const std::string topic = r.topic ? " (drift: " + *r.topic + ")" : "";
    return Came{refused, "refused: " + codes_of(r.reasons) + topic};
  }

  Told operator()(const packet::IntakeRefused& r) const {
    return Came{refused, "refused at the door: " + codes_of(r.reasons)};
  }

  Told operator()(const packet::SourceUnreachable& r) const {
    return Came{note, r.source + " does not answer"};
  }

  Told operator()(const packet::SourceEvent& r) const {
    return Came{note, "the gate makes of it: " + r.effect};
  }

  Told operator()(const packet::MaterialTriggered& r) const {
    return Came{note, r.trigger + " supersedes the head"};
  }

  // After a verdict that asks for more; one that a person opened says nothing beside its sentence.
  Told operator()(const packet::WorkspaceOpened& r) const {
    if (!r.continues) {
      return std::nullopt;
    }
    const std::size_t items = r.carried ? r.carried->size() : 0;
    return Came{note, "goes on with what " + r.continues->packet.str() +
                          " did not settle: " + std::to_string(items) + (items == 1 ? " item" : " items")};
  }

  Told operator()(const packet::FindingOpened& r) const {
    return Came{note, "a finding opens: " + r.exposure + " in " + r.subject};
  }

  Told operator()(const packet::ConflictOpened& r) const {
    return Came{note, "a conflict opens: " + r.category + " on " + r.subject};
  }

  Told operator()(const packet::SymbolizationRefused& r) const {
    return Came{note, "listed, and not fulfilled: " + r.level + " is deeper than " + r.bound};
  }

  Told operator()(const packet::ErasureDone& r) const {
    return Came{note, "erased: " + r.unit.value_or("the packet itself") + ", " + std::to_string(r.keys) +
                          (r.keys == 1 ? " key" : " keys")};
  }

  Told operator()(const packet::SourceObserved& r) const {
    std::size_t changed = 0;
    for (const packet::ObservedObject& object : r.objects) {
      changed += object.status == "same" ? 0U : 1U;
    }
    return changed == 0 ? std::nullopt
                        : Told(Came{note, r.source + ": " + std::to_string(changed) + " not as before"});
  }

  template <class R> Told operator()(const R&) const { return std::nullopt; }
};

// Neighbours that say the same of other places of one packet become one; their order is the words', since
// that of the log follows ids that were drawn.
std::vector<Came> together(std::vector<Came> all) {
  const auto of_holds = [](const Came& came) {
    return came.kind == Came::Kind::opened || came.kind == Came::Kind::cleared;
  };
  std::vector<Came> out;
  for (auto from = all.begin(); from != all.end();) {
    if (!of_holds(*from)) {
      out.push_back(*from++);
      continue;
    }
    const auto to = std::find_if_not(from, all.end(), of_holds);
    std::sort(from, to, [](const Came& a, const Came& b) {
      return std::tie(a.packet, a.kind, a.text, a.rest) < std::tie(b.packet, b.kind, b.text, b.rest);
    });
    while (from != to) {
      const auto end = std::find_if(
          from, to, [&](const Came& came) { return came.packet != from->packet || came.text != from->text; });
      Came one = *from;
      for (auto at = from; at != end; ++at) {
        if (!at->rest.empty()) {
          one.text += (at == from ? " " : ", ") + at->rest;
        }
      }
      if (end - from > 3) {
        one.text = from->text + ", in " + std::to_string(end - from) + " places";
      }
      out.push_back(std::move(one));
      from = end;
    }
  }
  return out;
}

} // namespace

std::string offset(const Stage& stage, Instant at) {
  std::int64_t left = (at - stage.cast.start).ms;
  std::string out = "+";
  for (const auto& [unit, ms] : {std::pair{"d", 86'400'000LL}, std::pair{"h", 3'600'000LL},
                                 std::pair{"m", 60'000LL}, std::pair{"s", 1'000LL}, std::pair{"ms", 1LL}}) {
    if (left >= ms) {
      out += std::to_string(left / ms) + unit;
      left %= ms;
    }
  }
  return out == "+" ? "+0s" : out;
}

std::vector<Came> Teller::tell(const Stage& stage) {
  std::vector<Came> out;
  for (const packet::Leaf& leaf : stage.leaves()) {
    if (auto told = std::visit(Words{stage, holds_}, leaf.record)) {
      if (const PacketId* packet = packet::packet_of(leaf.record)) {
        told->packet = stage.name_of(*packet);
      }
      told->text = named(stage, std::move(told->text));
      told->rest = named(stage, std::move(told->rest));
      out.push_back(*std::move(told));
    }
  }
  return together(std::move(out));
}

std::vector<std::string> explain(const Stage& stage, const PacketId& packet) {
  std::vector<std::string> out;
  std::size_t passed = 0;
  for (const gate::Report& report : {gate::evaluate(stage.world(), packet, stage.now()),
                                     gate::waits(stage.world(), packet, stage.now())}) {
    for (const gate::CheckLine& line : report) {
      if (line.outcome == gate::Outcome::pass || line.outcome == gate::Outcome::not_applicable) {
        ++passed;
        continue;
      }
      out.push_back(std::string(gate::to_string(line.outcome)) + "  " + spaced(line.code, line.subject) +
                    "  saw " + canon::write(line.saw) +
                    (line.remedy.empty() ? "" : "  ends: " + line.remedy));
    }
  }
  if (const gate::Packet* known = stage.state().find(packet)) {
    for (const auto& [id, hold] : known->holds) {
      out.push_back("open  " + spaced(hold.code, hold.subject) + "  " + hold.mode + ", since " +
                    offset(stage, hold.first_opened) + ", ended by " + hold.clears);
    }
  }
  for (std::string& line : out) {
    line = named(stage, std::move(line));
  }
  std::ranges::sort(out);
  out.push_back(std::to_string(passed) + " checks pass or do not apply");
  return out;
}

} // namespace sallyport::scenario
