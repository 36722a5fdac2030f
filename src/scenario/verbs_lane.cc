// The lane: whether it takes anything; and after the crossing delivery, reading, verdict, correction, notice.
// The lane is a stand-in: what is delivered is what a lane would read.
#include "scenario/stage.h"

#include "gate/reading.h"

#include <array>

namespace sallyport::scenario {
namespace {

Tried<EntryId> entry_of(Stage& stage, const Args& args) {
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (!packet->entry) {
    return unusable("the packet has no entry in the lane", "packet");
  }
  return *packet->entry;
}

Done delivered(Stage& stage, const Args& args) {
  SP_TRY(const EntryId entry, entry_of(stage, args));
  (void)entry;
  return stage.deliver();
}

// As the faces do: nobody else is shown anything, and either is on record.
Done reads(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const EntryId entry, entry_of(stage, args));
  const bool reader = who->person && gate::may_read(stage.world(), entry, *who->person);
  const gate::Event event =
      reader ? gate::Event(gate::RecordAccess{who->account, play->id, "entry", entry})
             : gate::RefuseAttempt{who->account, "lane.entry", play->id, {{"not_audience", ""}}};
  SP_TRY(const gate::Step step, stage.apply(event));
  (void)step;
  return {};
}

Done acknowledges(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const EntryId entry, entry_of(stage, args));
  SP_TRY(const gate::Step step, stage.apply(gate::AcknowledgeEntry{who->account, entry}));
  (void)step;
  return {};
}

Done judges_entry(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const EntryId entry, entry_of(stage, args));
  gate::GiveVerdict event{who->account, entry, args.at("verdict"), args.list("found")};
  for (const Args& one : args.each("wanting")) {
    event.wanted.push_back({one.at("subject"), one.at("stance")});
  }
  if (args.has("words")) {
    event.body = {{"reason", args.at("words")}};
  }
  SP_TRY(const gate::Step step, stage.apply(event));
  for (const gate::LeafOut& leaf : step.leaves) {
    const auto* opened = std::get_if<packet::WorkspaceOpened>(&leaf.leaf.record);
    if (opened != nullptr && args.has("other")) {
      SP_TRY(const Play* before, stage.play(args));
      Play successor{};
      successor.id = opened->packet;
      successor.items = before->items; // they keep their ids
      stage.plays()[args.at("other")] = std::move(successor);
    }
  }
  return {};
}

canon::Object note_of(const Args& args, const char* otherwise) {
  return {{"note", args.get("words", otherwise)}};
}

Done declares(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  canon::Object body;
  if (!args.has("silently")) {
    body.set("reason", args.get("words", "Maintenance."));
  }
  SP_TRY(const gate::Step step,
         stage.apply(gate::SetLane{who->account, stage.lane(), args.at("state"), std::move(body)}));
  (void)step;
  return {};
}

Done corrects(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const EntryId entry, entry_of(stage, args));
  SP_TRY(const gate::Step step, stage.apply(gate::RecordCorrection{who->account, entry, args.at("kind"),
                                                                   note_of(args, "One tenant too many.")}));
  (void)step;
  return {};
}

Done notifies(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const EntryId entry, entry_of(stage, args));
  gate::GiveNotice event{who->account, entry, std::nullopt, note_of(args, "There is something newer.")};
  if (args.has("other")) {
    SP_TRY(const Play* successor, stage.play(args, "other"));
    event.successor = successor->id;
  }
  SP_TRY(const gate::Step step, stage.apply(event));
  (void)step;
  return {};
}

constexpr std::array lane_table{
    Verb{Sort::event, "the entry of <packet:name> is delivered", "With its receipt, under a signed head.",
         delivered},
    Verb{Sort::event, "<who:name> reads the entry of <packet:name>", "In the lane.", reads},
    Verb{Sort::event, "<who:name> acknowledges <packet:name>", "Frees the lane's slot.", acknowledges},
    Verb{
        Sort::event,
        "<who:name> judges <packet:name> as <verdict:name> [finding <found:names>] [wanting <stance:name> "
        "<subject:pointer>]* [opening <other:name>] [saying <words:text>]",
        "The lane's final word; what it wants of the packet in which the case goes on, which the story calls "
        "so from here on.",
        judges_entry},
    Verb{Sort::event, "<who:name> declares the lane <state:name> [saying <words:text>] [silently]",
         "Its steward says that it is open, closed or unreachable.", declares},
    Verb{Sort::event, "<who:name> corrects the entry of <packet:name> as <kind:name> [saying <words:text>]",
         "Says beside the entry what was wrong with it: wrong_version, wrong_audience, over_broad_scope, "
         "other.",
         corrects},
    Verb{Sort::event,
         "<who:name> gives notice of <packet:name> [succeeded by <other:name>] [saying <words:text>]",
         "Says beside the entry that something newer is there.", notifies},
};

} // namespace

std::span<const Verb> lane_verbs() {
  return lane_table;
}

} // namespace sallyport::scenario
