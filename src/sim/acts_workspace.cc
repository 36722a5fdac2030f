// Workspaces: what people and agents write, and who takes it.
#include "sim/acts.h"

#include <algorithm>
#include <array>

namespace sallyport::sim::acts {
namespace {

const gate::Packet* writing(Town& town, Slot slot) {
  const gate::Packet* packet = town.find(slot);
  return packet != nullptr && packet->workspace ? packet : nullptr;
}

canon::Value op(std::string at, std::optional<canon::Value> value) {
  canon::Object out{{"op", value ? "put" : "remove"}, {"at", std::move(at)}};
  if (value) {
    out.set("value", *std::move(value));
  }
  return out;
}

canon::Array drawn_ops(Draw& draw) {
  const std::string text = "b" + std::to_string(1 + draw.below(3));
  const std::string words = std::string(clear_mark) + "other words " + std::to_string(draw.below(8));
  switch (draw.below(10)) {
  case 0:
    return {op("/narrative/" + text, std::nullopt)};
  case 1:
    return {op("/claims/m2",
               canon::Object{{"evidence", canon::Array{draw.one_in(3) ? "c9" : "c1"}}, {"text", words}})};
  case 2:
    return {op("/claims/m" + std::to_string(1 + draw.below(2)), std::nullopt)};
  case 3:
    return {op("/bounds/symbolization", draw.one_in(3) ? "line" : draw.one_in(2) ? "module" : "function")};
  case 4:
    return {op("/narrative/" + text, canon::Object{{"section", "memo"}, {"text", words}})};
  case 5:
    return {op("/nowhere/b1", canon::Object{})}; // of no collection
  default:
    return {op("/narrative/" + text + "/text", words)};
  }
}

// An edit that waits, as a rule; one in eight times any.
std::optional<EditId> some_edit(const gate::Packet& packet, Draw& draw) {
  std::vector<EditId> waiting;
  for (const auto& [id, edit] : packet.workspace->edits) {
    if (edit.status == "proposed" || draw.one_in(24)) {
      waiting.push_back(id);
    }
  }
  return waiting.empty() ? std::nullopt : std::optional(draw.pick(waiting));
}

// The owner of the edit's section, as a rule.
AccountId decider(Town& town, const gate::Packet& packet, const EditId& edit, Draw& draw) {
  const auto& section = packet.workspace->sections.at(packet.workspace->edits.at(edit).section);
  const bool right = section.owner && !draw.one_in(4);
  return right            ? town.account_of(town.person_of(*section.owner), draw)
         : draw.one_in(3) ? town.agent
                          : town.account_of(town.anybody(draw), draw);
}

} // namespace

void propose_edit(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = writing(town, slot);
  if (packet == nullptr) {
    return;
  }
  const std::string section = draw.one_in(16) ? "annals" : draw.one_in(2) ? "case" : "memo";
  std::vector<packet::LeafNumber> bases{packet->workspace->opened};
  std::vector<EditId> answers;
  for (const auto& [id, edit] : packet->workspace->edits) {
    if (edit.section == section && edit.status == "accepted") {
      bases.push_back(edit.decided);
    } else if (edit.section == section && draw.one_in(8)) {
      answers.push_back(id);
    }
  }
  const bool stale = draw.one_in(3);
  const AccountId by = draw.one_in(3)   ? town.agent
                       : draw.one_in(8) ? town.intake
                       : draw.one_in(4) ? town.account_of(town.anybody(draw), draw)
                                        : town.account_of(*town.leads[draw.below(2)], draw);
  town.propose_edit(slot, by, {section, drawn_ops(draw), std::move(answers)},
                    stale ? std::optional(draw.one_in(12) ? town.state().size : draw.pick(bases))
                          : std::nullopt);
}

void accept_edit(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = writing(town, slot);
  if (const auto edit = packet == nullptr ? std::nullopt : some_edit(*packet, draw)) {
    town.play(gate::AcceptEdit{decider(town, *packet, *edit, draw), town.packet_at(slot), *edit, {}, {}});
  }
}

void reject_edit(Town& town, Slot slot, Draw& draw) {
  constexpr std::array codes{"wrong",      "out_of_scope",          "conflict_not_chosen",
                             "superseded", "incident_adjudication", "because"};
  const gate::Packet* packet = writing(town, slot);
  if (const auto edit = packet == nullptr ? std::nullopt : some_edit(*packet, draw)) {
    town.play(gate::RejectEdit{decider(town, *packet, *edit, draw),
                               town.packet_at(slot),
                               *edit,
                               codes[draw.below(codes.size())],
                               {}});
  }
}

void assign_section(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = writing(town, slot);
  if (packet == nullptr) {
    return;
  }
  const AccountId by = draw.one_in(4) ? town.account_of(town.anybody(draw), draw)
                                      : town.account_of(town.person_of(packet->workspace->owner), draw);
  town.play(gate::AssignSection{by, town.packet_at(slot), draw.one_in(2) ? "case" : "memo",
                                (draw.one_in(6) ? town.anybody(draw) : *town.leads[draw.below(2)]).id});
}

void request_symbols(Town& town, Slot slot, Draw& draw) {
  constexpr std::array levels{"module", "function", "line", "locals"};
  if (writing(town, slot) != nullptr) {
    town.play(gate::RequestSymbols{town.account_of(town.anybody(draw), draw),
                                   town.packet_at(slot),
                                   "q" + std::to_string(1 + draw.below(9)),
                                   levels[draw.below(levels.size())],
                                   {{"text", "why"}}});
  }
}

void raise_flag(Town& town, Slot slot, Draw& draw) {
  if (writing(town, slot) != nullptr) {
    town.play(gate::RaiseFlag{draw.one_in(6) ? town.account_of(town.anybody(draw), draw) : town.agent,
                              town.packet_at(slot),
                              "/narrative/b" + std::to_string(1 + draw.below(3)),
                              draw.one_in(8) ? "weather" : "stack_frame_necessity",
                              {{"text", "look"}}});
  }
}

void dismiss_flag(Town& town, Slot slot, Draw& draw) {
  const gate::Packet* packet = writing(town, slot);
  if (packet != nullptr && !packet->workspace->flags.empty()) {
    const auto& flags = packet->workspace->flags;
    town.play(gate::DismissFlag{draw.one_in(4) ? town.agent : town.account_of(town.anybody(draw), draw),
                                town.packet_at(slot),
                                flags[draw.below(flags.size())].leaf,
                                "seen",
                                {{"text", "looked"}}});
  }
}

// Two edits of one text, made on the same version of a section.
void to_two_edits(Town& town, Slot slot, Draw& draw) {
  town.bring(slot, draw.one_in(2) ? Stage::open : Stage::in_review, draw);
  if (writing(town, slot) == nullptr) {
    return;
  }
  for (const char* words : {"one way", "another way"}) {
    town.propose_edit(slot, draw.one_in(2) ? town.agent : town.account_of(*town.leads[0], draw),
                      {"case", {op("/narrative/b1/text", std::string(clear_mark) + words)}, {}});
  }
}

} // namespace sallyport::sim::acts
