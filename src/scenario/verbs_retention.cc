// What is kept no longer, and what must be kept; and a look at what a press would do.
#include "scenario/writing.h"

#include "engine/erasure.h"

#include <array>

namespace sallyport::scenario {
namespace {

Done previews(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  if (play->manifests.empty()) {
    return unusable("the packet has no manifest in review so far", "packet");
  }
  return stage.act(gate::PreviewRecheck{who->account, play->id, play->manifests.back().digest});
}

Done erases(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  gate::Step step;
  SP_CHECK(in_batch(stage, [&]() -> Result<void> {
    const auto fragment = args.has("fragment") ? std::optional(args.at("fragment")) : std::nullopt;
    SP_TRY(step, engine::order_erasure(stage.core(), who->account, play->id, fragment));
    return {};
  }));
  stage.refuse(step.refused);
  return {};
}

Done carries_out(Stage& stage, const Args&) {
  SP_CHECK(engine::carry_out_erasures(stage.core(), stage.now()));
  return {};
}

canon::Object reason(const Args& args) {
  return {{"reason", args.get("words", "A court asks for it.")}};
}

Done keeps(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  const auto unit = args.has("fragment") ? std::optional(args.at("fragment")) : std::nullopt;
  return stage.act(gate::PlaceLegalHold{who->account, play->id, unit, reason(args)});
}

// The last one that somebody placed.
Done lets_go(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  if (packet->legal_holds.empty()) {
    return unusable("nobody holds the packet for a court", "packet");
  }
  return stage.act(
      gate::LiftLegalHold{who->account, play->id, packet->legal_holds.back().leaf, reason(args)});
}

constexpr std::array retention_table{
    Verb{Sort::event, "<who:name> previews <packet:name>",
         "What would come of a press: the sources are asked, and nothing crosses.", previews},
    Verb{Sort::event, "<who:name> orders the erasure of <fragment:name> in <packet:name>",
         "Its keys are to be destroyed.", erases},
    Verb{Sort::event, "<who:name> orders that all of <packet:name> is erased",
         "The key of all that is no fragment is to be destroyed.", erases},
    Verb{Sort::event, "what was ordered is erased", "The keys are destroyed, and the log says so.",
         carries_out},
    Verb{Sort::event,
         "<who:name> holds <packet:name> for a court [only <fragment:name>] [saying <words:text>]",
         "Nothing of it, or of the fragment, is erased.", keeps},
    Verb{Sort::event, "<who:name> lifts the legal hold on <packet:name> [saying <words:text>]",
         "The last one that was placed.", lets_go},
};

} // namespace

std::span<const Verb> retention_verbs() {
  return retention_table;
}

} // namespace sallyport::scenario
