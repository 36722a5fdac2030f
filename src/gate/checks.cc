#include "gate/checks.h"

#include "charter/codes.h"
#include "gate/clocks.h"
#include "gate/ledger.h"
#include "gate/lineage.h"
#include "gate/waivers.h"

#include <algorithm>
#include <map>
#include <set>

namespace sallyport::gate {
namespace {

bool found(const CheckLine& line) {
  return line.outcome == Outcome::hold || line.outcome == Outcome::visible;
}

// A charter may ask more of a code than the language does, never less.
void tighten(const World& world, const Packet& packet, Report& report) {
  const charter::Charter* charter = world.active_charter(packet.lane);
  if (charter == nullptr) {
    return;
  }
  for (CheckLine& line : report) {
    const auto rule = charter->holds.codes.find(line.code);
    if (line.outcome == Outcome::visible && rule != charter->holds.codes.end() &&
        rule->second.mode.value_or(charter::Mode::visible) != charter::Mode::visible) {
      line.outcome = Outcome::hold;
    }
  }
}

// Latched holds stay until a person, a new revision or a new manifest ends them, whatever is true now.
void add_latched(const Packet& packet, Report& report) {
  for (const auto& [id, hold] : packet.holds) {
    const bool there = std::ranges::any_of(report, [&](const CheckLine& line) {
      return line.code == hold.code && line.subject == hold.subject && found(line);
    });
    if (!hold.latched || there) {
      continue;
    }
    std::erase_if(report, [&](const CheckLine& line) {
      return line.code == hold.code && line.outcome == Outcome::pass;
    });
    report.push_back({hold.code,
                      hold.mode == "visible" ? Outcome::visible : Outcome::hold,
                      hold.subject,
                      {{"since", to_string(hold.first_opened)}, {"latched", true}},
                      "It was so. " + std::string(charter::find_hold_code(hold.code)->ends) +
                          (hold.clears == "person" ? "; a person clears it." : ".")});
  }
}

// Of one code and subject the first blocking line, else the first visible one; and a code that was found
// somewhere does not pass as a whole. Everything else, and the order, stays.
void say_once(Report& report) {
  std::map<std::pair<std::string_view, std::string_view>, const CheckLine*> kept;
  std::set<std::string_view> codes;
  for (const CheckLine& line : report) {
    if (found(line)) {
      codes.insert(line.code);
      const CheckLine*& first = kept[{line.code, line.subject}];
      const bool stricter =
          first == nullptr || (first->outcome == Outcome::visible && line.outcome == Outcome::hold);
      first = stricter ? &line : first;
    }
  }
  std::vector<bool> stays;
  for (const CheckLine& line : report) {
    stays.push_back(found(line) ? kept.at({line.code, line.subject}) == &line
                                : !line.subject.empty() || !codes.contains(line.code));
  }
  std::size_t n = 0;
  std::erase_if(report, [&](const CheckLine&) { return !stays[n++]; });
}

// What the gate has put into the ledger as a conflict is a matter of its item from then on.
void leave_to_items(const Packet& packet, Report& report) {
  if (!packet.workspace) {
    return;
  }
  std::erase_if(report, [&](const CheckLine& line) {
    return !line.item && std::ranges::any_of(packet.workspace->ledger.items, [&](const auto& at) {
      return at.second.open() && at.second.kind == "conflict" && at.second.code == line.code &&
             at.second.subject == line.subject;
    });
  });
}

} // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
  case Outcome::pass:
    return "pass";
  case Outcome::hold:
    return "hold";
  case Outcome::visible:
    return "visible";
  case Outcome::overridden:
    return "override";
  case Outcome::wait:
    return "wait";
  case Outcome::not_applicable:
    return "not_applicable";
  }
  SP_ASSERT(false);
  return "";
}

Report evaluate(const World& world, const PacketId& id, Instant now) {
  constexpr std::size_t usual_lines = 64;
  Report report;
  report.reserve(usual_lines);
  const Packet* packet = world.state.find(id);
  SP_ASSERT(packet != nullptr);
  check_charter(world, id, *packet, now, report);
  check_lineage(world, id, *packet, now, report);
  check_system(world, id, *packet, now, report);
  const bool readable =
      packet->head && world.active_charter(packet->lane) != nullptr && world.dossier(id) != nullptr;
  if (readable) {
    check_freshness(world, id, *packet, now, report);
    check_state(world, id, *packet, now, report);
    check_time(world, id, *packet, now, report);
    check_scope(world, id, *packet, now, report);
    check_partial(world, id, report);
    check_audience(world, id, *packet, now, report);
    check_minimization(world, id, *packet, now, report);
    check_lane(world, id, *packet, now, report);
    check_signers(world, id, *packet, now, report);
    check_substitutes(world, id, *packet, now, report);
  }
  if (packet->workspace && world.active_charter(packet->lane) != nullptr) {
    if (readable) {
      check_fragments(world, id, *packet, now, report);
    }
    check_ledger(world, id, *packet, now, report);
    leave_to_items(*packet, report);
  }
  tighten(world, *packet, report);
  say_once(report);
  add_latched(*packet, report);
  leave_held_back(world, id, report);
  apply_overrides(world, *packet, now, report);
  return report;
}

void check_charter(const World& world, const PacketId&, const Packet& packet, Instant, Report& report) {
  const charter::Charter* charter = world.active_charter(packet.lane);
  if (charter == nullptr) {
    report.push_back({"GOV.CHARTER",
                      Outcome::hold,
                      "/lane",
                      {{"active", false}},
                      "The governance owners ratify and activate a charter for this lane."});
    return;
  }
  const ManifestState* manifest = packet.reviewed();
  const bool current = manifest == nullptr || manifest->charter == *world.state.lanes.at(packet.lane).charter;
  report.push_back({"GOV.CHARTER",
                    current ? Outcome::pass : Outcome::hold,
                    "",
                    {{"charter", charter->id}, {"version", charter->version}},
                    current ? "" : "A person submits a manifest under the active charter."});
  // What only a person opens: these lines are the latched holds themselves.
  for (const char* code : {"GOV.MANUAL", "GOV.OUT_OF_BOUNDS", "GOV.OWNER_AMBIGUOUS"}) {
    report.push_back({code, Outcome::pass, "", {}, ""});
  }
}

void check_lineage(const World& world, const PacketId& id, const Packet& packet, Instant, Report& report) {
  if (packet.head) {
    report.push_back(
        {"LINE.SUPERSEDED", Outcome::pass, "", {{"head", std::int64_t{packet.head->number}}}, ""});
  } else {
    report.push_back({"LINE.SUPERSEDED",
                      Outcome::hold,
                      "",
                      {{"spent", packet.spent.size()}},
                      packet.workspace ? "Somebody seals the next revision of the workspace."
                                       : "Upstream sends the next revision."});
  }
  // Facts that only an act opens: their lines are the latched holds themselves.
  for (const char* code : {"LINE.CHANGED", "LINE.DUP_PENDING", "LINE.DIGEST_MISMATCH", "LINE.FORK"}) {
    report.push_back({code, Outcome::pass, "", {}, ""});
  }
  check_splits(world, id, packet, report);
}

void check_system(const World& world, const PacketId& id, const Packet& packet, Instant, Report& report) {
  const auto before = report.size();
  if (packet.blocked) {
    for (const std::string& source : packet.blocked->unanswered) {
      const auto at = world.state.sources.find(source);
      const bool back = at != world.state.sources.end() && at->second.last_contact &&
                        *at->second.last_contact > packet.blocked->at;
      if (!back) {
        report.push_back({"SYS.RECHECK",
                          Outcome::hold,
                          "/sources/" + source,
                          {{"recheck_closed", to_string(packet.blocked->at)}},
                          "The source answers again; then a person requests the release."});
      }
    }
  }
  if (report.size() == before) {
    report.push_back({"SYS.RECHECK", Outcome::pass, "", {}, ""});
  }
  const bool intact = !packet.head || world.dossier(id) != nullptr;
  report.push_back(
      {"SYS.INTEGRITY",
       intact ? Outcome::pass : Outcome::hold,
       "",
       {{"body", intact}},
       intact ? "" : "The packet's content was erased or cannot be read; upstream sends a new revision."});
  report.push_back(
      {"SYS.AUDIT", Outcome::pass, "", {{"leaves", static_cast<std::int64_t>(world.state.size)}}, ""});
}

std::optional<Instant> next_deadline(const World& world, const PacketId& id, Instant now) {
  std::optional<Instant> next;
  const auto consider = [&](Instant t) {
    if (t > now && (!next || t < *next)) {
      next = t;
    }
  };
  const Packet* packet = world.state.find(id);
  const charter::Charter* charter = packet == nullptr ? nullptr : world.active_charter(packet->lane);
  if (packet == nullptr || !packet->open() || charter == nullptr) {
    return next;
  }
  for (const auto& [name, source] : charter->sources) {
    if (const auto at = world.state.sources.find(name);
        at != world.state.sources.end() && at->second.last_contact) {
      consider(*at->second.last_contact + source.unknown_after);
    }
  }
  if (packet->head) {
    for (const packet::Cite& cite : packet->head->cites) {
      const auto source = charter->sources.find(cite.source);
      const auto object = world.state.objects.find(cite.object);
      if (source == charter->sources.end() || object == world.state.objects.end()) {
        continue;
      }
      for (const charter::Check& check : source->second.checks) {
        if (check.limit) {
          consider(std::max(object->second.complete_through, cite.complete_through) + *check.limit);
          consider(cite.complete_through + *check.limit);
        }
      }
    }
  }
  clock_deadlines(world, id, *charter, now, consider);
  if (packet->recheck) {
    consider(packet->recheck->opened_at + packet->recheck->within);
  }
  if (const ManifestState* manifest = packet->reviewed()) {
    const LaneRoster* roster = world.active_roster(packet->lane);
    for (const auto& [hold, acts] : manifest->overridden) {
      const auto open = packet->holds.find(hold);
      const charter::Override* rule =
          open == packet->holds.end() ? nullptr : override_rule(*charter, open->second.code);
      for (const SignedAct& act : acts) {
        consider(act.at + (rule == nullptr ? Duration{} : rule->max_age));
      }
    }
    for (const auto& [role, acts] : manifest->ratified) {
      const auto rule = charter->signers.substitute.find(role);
      for (const SignedAct& act : acts) {
        consider(act.at + (rule == charter->signers.substitute.end() ? Duration{} : rule->second.max_age));
      }
    }
    for (const Signature& signature : manifest->signatures) {
      consider(signature.at + charter->signers.valid_for);
      if (const auto key = world.state.keys.find(signature.key); key != world.state.keys.end()) {
        consider(key->second.until);
      }
      if (roster != nullptr) {
        for (const packet::Grant& grant : roster->roster.grants) {
          if (grant.person == signature.person) {
            consider(grant.until);
          }
        }
      }
    }
  }
  return next;
}

} // namespace sallyport::gate
