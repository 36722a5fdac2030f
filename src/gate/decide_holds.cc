// T12, T19: what people do about holds beside clearing them: one is placed by hand, one is overridden for
// one manifest; and a substitute is ratified. Each is a person's act, with its reason or its signature.
#include "gate/by_hand.h"
#include "gate/deciding.h"
#include "gate/waivers.h"

#include "canon/json.h"
#include "packet/disclosure.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

// The manifest in review that a statement names, with all that its judgement needs.
struct Subject {
  const Packet* packet = nullptr;
  const ManifestState* manifest = nullptr;
  const charter::Charter* charter = nullptr;
  const LaneRoster* roster = nullptr;
};

std::string find_subject(const World& world, const PacketId& id, const ManifestId& manifest,
                         const Digest& digest, Subject& out) {
  out.packet = world.state.find(id);
  if (out.packet == nullptr) {
    return "packet_unknown";
  }
  if (!out.packet->open()) {
    return "packet_closed";
  }
  const auto at = out.packet->manifests.find(manifest);
  if (at == out.packet->manifests.end() || at->second.leaf == 0 || at->second.digest != digest) {
    return "manifest_unknown";
  }
  if (!at->second.in_review()) {
    return "manifest_closed";
  }
  out.manifest = &at->second;
  out.charter = world.active_charter(out.packet->lane);
  out.roster = world.active_roster(out.packet->lane);
  return out.charter == nullptr || out.roster == nullptr ||
                 out.manifest->charter != *world.state.lanes.at(out.packet->lane).charter
             ? "GOV.CHARTER"
             : "";
}

} // namespace

Decision decide_one(Deciding& d, const PlaceHold& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("hold.place", e.by, e.packet, std::move(code));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  const Packet* packet = d.world.state.find(e.packet);
  if (packet == nullptr || !packet->open()) {
    return refuse(packet == nullptr ? "packet_unknown" : "packet_closed");
  }
  if (!involved(d.world, e.packet, *person, d.now)) {
    return refuse("role_missing");
  }
  if (!is_placed_by_hand(e.code)) {
    return refuse("hold_not_placeable");
  }
  // A hold is its opener's: what one person stopped for, another's reason does not end.
  std::string subject = person->str();
  if (e.code == "GOV.OUT_OF_BOUNDS") {
    const charter::Charter* charter = d.world.active_charter(packet->lane);
    const auto step = charter::from_word<charter::StopVerb>(e.step);
    if (charter == nullptr || !step || !charter->lane.stop_before.contains(*step)) {
      return refuse("step_unknown");
    }
    subject = e.step;
  }
  if (packet->find_hold(e.code, subject) != nullptr) {
    return refuse("hold_exists");
  }
  if (e.body.empty()) {
    return refuse("reason_missing");
  }
  d.place_hold(e.packet, {e.code, Outcome::hold, subject, {{"placed_by", person->str()}}, ""}, e.by, e.body);
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const OverrideHold& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("hold.override", e.by, e.packet, std::move(code));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  const auto said = packet::read_override(e.act.statement);
  if (!said || e.act.sigs.size() != 1 || said->packet != e.packet || said->origin != d.world.state.origin) {
    return refuse("statement_malformed");
  }
  Subject subject;
  if (std::string code = find_subject(d.world, e.packet, said->manifest, said->manifest_digest, subject);
      !code.empty()) {
    return refuse(std::move(code));
  }
  const auto hold = subject.packet->holds.find(said->hold);
  if (hold == subject.packet->holds.end()) {
    return refuse("hold_unknown");
  }
  const charter::Override* rule = override_rule(*subject.charter, hold->second.code);
  if (rule == nullptr || !subject.manifest->waived.overrides.contains(said->hold)) {
    return refuse("hold_not_overridable");
  }
  if (!holds_one_of(*subject.roster, *person, rule->roles, d.now)) {
    return refuse("role_missing");
  }
  // As for a signature: whoever had a part in the packet that bars it lets no hold of it cross either.
  if (has_signed(*subject.manifest, *person) ||
      !barred(d.world, e.packet, said->manifest, *person, d.now).empty()) {
    return refuse("SIGN.CONFLICT");
  }
  if (overriders(d.world, *subject.packet, *subject.manifest, said->hold, d.now).contains(*person)) {
    return refuse("already_signed");
  }
  const auto rationale = packet::open_disclosure(e.rationale);
  if (!rationale || rationale->name != "/rationale" || rationale->digest != said->rationale) {
    return refuse("rationale_mismatch");
  }
  if (rationale->value.string() == nullptr || rationale->value.string()->empty()) {
    return refuse("reason_missing");
  }
  if (std::string code =
          why_not_signed(d, *subject.packet, e.act, packet::act::hold, *person, *subject.charter);
      !code.empty()) {
    return refuse(std::move(code));
  }
  packet::HoldOverridden record{e.packet, said->hold, said->manifest_digest, *person, e.by, e.act};
  if (!fits(record)) {
    return refuse("signature_invalid"); // a passkey's client data may be longer than a leaf
  }
  d.emit(std::move(record), {{"rationale", e.rationale}}, unit_of(e.packet));
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const RatifySubstitute& e) {
  const auto refuse = [&](std::string code) {
    return d.refuse("substitute.ratify", e.by, e.packet, std::move(code));
  };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  const auto said = packet::read_substitute(e.act.statement);
  if (!said || e.act.sigs.size() != 1 || said->packet != e.packet || said->origin != d.world.state.origin) {
    return refuse("statement_malformed");
  }
  Subject subject;
  if (std::string code = find_subject(d.world, e.packet, said->manifest, said->manifest_digest, subject);
      !code.empty()) {
    return refuse(std::move(code));
  }
  const auto named = subject.manifest->waived.substitutes.find(said->role);
  if (named == subject.manifest->waived.substitutes.end() || named->second != said->substitute) {
    return refuse("substitute_not_asked");
  }
  if (!holds_role(*subject.roster, *person, subject.charter->signers.substitute.at(said->role).ratified_by,
                  d.now)) {
    return refuse("role_missing");
  }
  // Who proposes a substitute, or is one, does not say that it may be so.
  if (*person == said->substitute || subject.manifest->drafter_person == *person ||
      subject.manifest->submitter == *person) {
    return refuse("SIGN.CONFLICT");
  }
  if (std::string code =
          why_not_substitute(d.world, e.packet, said->manifest, said->role, said->substitute, d.now);
      !code.empty()) {
    return refuse(std::move(code));
  }
  if (std::string code =
          why_not_signed(d, *subject.packet, e.act, packet::act::hold, *person, *subject.charter);
      !code.empty()) {
    return refuse(std::move(code));
  }
  packet::SubstituteRatified record{
      e.packet, said->manifest_digest, said->role, said->substitute, *person, e.by, e.act};
  if (!fits(record)) {
    return refuse("signature_invalid");
  }
  d.emit(std::move(record));
  return std::move(d.out);
}

} // namespace sallyport::gate
