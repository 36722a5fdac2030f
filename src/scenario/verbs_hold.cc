// What people decide: holds that are placed, cleared and overridden, substitutes, and which packets are one
// case.
#include "scenario/stage.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "packet/disclosure.h"
#include "packet/statement.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace sallyport::scenario {
namespace {

canon::Object body_of(const Args& args, const char* name, const char* otherwise) {
  canon::Object body;
  if (!args.has("silently")) {
    body.set(name, args.get("words", otherwise));
  }
  return body;
}

// The open hold that the sentence names: of several the one that blocks.
Tried<HoldId> hold_named(const Args& args, const gate::Packet& packet, const std::string& subject) {
  std::optional<HoldId> found;
  bool blocks = false;
  for (const auto& [id, hold] : packet.holds) {
    if (hold.code == args.at("code") && (subject.empty() || hold.subject == subject) && !blocks) {
      found = id;
      blocks = hold.mode == "blocking";
    }
  }
  if (!found) {
    return unusable("the packet has no such open hold", "code");
  }
  return *found;
}

packet::SignedStatement signed_by(const Actor& who, const canon::Value& statement,
                                  std::string_view name_space) {
  return {statement, {who.sign(name_space, canon::write(statement))}};
}

Done stops(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Step step,
         stage.apply(gate::PlaceHold{who->account, play->id, args.get("code", "GOV.MANUAL"),
                                     args.get("step", ""), body_of(args, "reason", "Something is odd.")}));
  (void)step;
  return {};
}

Done clears(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  SP_TRY(const HoldId hold, hold_named(args, *packet, args.get("subject", "")));
  SP_TRY(const gate::Step step, stage.apply(gate::ClearHold{who->account, play->id, hold,
                                                            body_of(args, "evidence", "I looked at it.")}));
  (void)step;
  return {};
}

Tried<const PlayedManifest*> last_manifest(const Play& play) {
  if (play.manifests.empty()) {
    return unusable("the packet has no manifest in review so far", "packet");
  }
  return &play.manifests.back();
}

Done overrides(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.person(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  SP_TRY(const PlayedManifest* manifest, last_manifest(*play));
  SP_TRY(const HoldId hold, hold_named(args, *packet, args.get("subject", "")));
  const packet::Disclosure why =
      packet::rationale_disclosure(packet::Salt{5}, args.get("words", "It is awaited, and this cannot be."));
  const canon::Value statement = packet::statement(packet::OverrideStatement{
      stage.state().origin, play->id, manifest->id, manifest->digest, hold, why.digest});
  SP_TRY(const gate::Step step,
         stage.apply(gate::OverrideHold{who->account, play->id, signed_by(*who, statement, packet::act::hold),
                                        why.encoded}));
  (void)step;
  return {};
}

Done lets_sign(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.person(args));
  SP_TRY(const Actor* substitute, stage.person(args, "substitute"));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const PlayedManifest* manifest, last_manifest(*play));
  const canon::Value statement = packet::statement(packet::SubstituteStatement{
      stage.state().origin, play->id, manifest->id, manifest->digest, args.at("role"), *substitute->person});
  SP_TRY(const gate::Step step, stage.apply(gate::RatifySubstitute{
                                    who->account, play->id, signed_by(*who, statement, packet::act::hold)}));
  (void)step;
  return {};
}

// ---- one case or two

Done splits(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.person(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const Play* other, stage.play(args, "other"));
  const packet::Disclosure why =
      packet::rationale_disclosure(packet::Salt{6}, args.get("words", "Two grants and two operators."));
  const canon::Value statement =
      packet::statement(packet::SplitStatement{stage.state().origin, std::min(play->id, other->id),
                                               std::max(play->id, other->id), crypto::sha256(why.encoded)});
  SP_TRY(const gate::Step step,
         stage.apply(gate::SplitPackets{who->account, play->id, other->id,
                                        signed_by(*who, statement, packet::act::split), why.encoded}));
  (void)step;
  return {};
}

Done dismisses_hold(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.actor(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  SP_TRY(const Play* other, stage.play(args, "other"));
  const auto hold = std::ranges::find_if(packet->holds, [&](const auto& open) {
    return open.second.code == "LINE.DUP_PENDING" && open.second.subject == other->id.str();
  });
  if (hold == packet->holds.end()) {
    return unusable("the packet is not held for the other", "other");
  }
  SP_TRY(const gate::Step step,
         stage.apply(gate::DismissSuspicion{who->account, play->id, hold->first,
                                            body_of(args, "rationale", "Another person, another day.")}));
  (void)step;
  return {};
}

Done holds_back(Stage& stage, const Args& args) {
  SP_TRY(const Actor* who, stage.person(args));
  SP_TRY(const Play* play, stage.play(args));
  SP_TRY(const gate::Packet* packet, stage.packet(args));
  const charter::Charter* charter = stage.world().active_charter(packet->lane);
  const gate::Dossier* dossier = stage.world().dossier(play->id);
  if (!packet->head || dossier == nullptr || charter == nullptr || play->specs.empty()) {
    return unusable("the packet has no head", "packet");
  }
  if (stage.plays().contains(args.at("rest"))) {
    return unusable("there is a packet of this name already", "rest");
  }
  packet::PartialStatement act{stage.state().origin,
                               play->id,
                               packet->head->number,
                               packet->head->digest,
                               charter->admission.partial_dim.value_or("tenant"),
                               {},
                               args.list("elements")};
  std::ranges::sort(act.held);
  if (const auto whole = dossier->revision.scope.find(act.dimension);
      whole != dossier->revision.scope.end()) {
    std::ranges::set_difference(whole->second, act.held, std::back_inserter(act.free));
  }
  const PacketId rest = PacketId::from_random(stage.core().random());
  SP_TRY(const gate::Step step,
         stage.apply(gate::SplitScope{who->account, play->id, rest,
                                      signed_by(*who, packet::statement(act), packet::act::split)}));
  if (step.ok()) {
    Play& remainder = stage.plays()[args.at("rest")];
    remainder.id = rest;
    remainder.whole = play->specs.back();
  }
  return {};
}

constexpr std::array hold_table{
    Verb{
        Sort::event,
        "<who:name> stops <packet:name> [with <code:code>] [before <step:name>] [saying <words:text>] "
        "[silently]",
        "Places a hold that only a person opens: GOV.MANUAL, unless the sentence says which; `before` is the "
        "act that was asked for, with GOV.OUT_OF_BOUNDS.",
        stops},
    Verb{Sort::event,
         "<who:name> clears <code:code> of <packet:name> [on <subject:pointer>] [saying <words:text>] "
         "[silently]",
         "Ends a hold that a person may end, with what was found.", clears},
    Verb{Sort::event,
         "<who:name> overrides <code:code> of <packet:name> [on <subject:pointer>] [saying <words:text>]",
         "Signs that the hold may cross with the manifest that was submitted last.", overrides},
    Verb{Sort::event, "<who:name> lets <substitute:name> sign for <role:name> on <packet:name>",
         "Signs that the substitute whom that manifest names may stand in.", lets_sign},
    Verb{Sort::event, "<who:name> splits <packet:name> from <other:name> [saying <words:text>]",
         "Signs that two packets are two cases, and why.", splits},
    Verb{Sort::event,
         "<who:name> dismisses the suspicion of <other:name> on <packet:name> [saying <words:text>] "
         "[silently]",
         "Says that what was only suspected is not so.", dismisses_hold},
    Verb{Sort::event, "<who:name> holds back <elements:names> of <packet:name> as <rest:name>",
         "Signs that these elements of the scope wait in a packet of their own; the others go on.",
         holds_back},
};

} // namespace

std::span<const Verb> hold_verbs() {
  return hold_table;
}

} // namespace sallyport::scenario
