#include "gate/machine.h"

#include "canon/json.h"
#include "charter/canonical.h"
#include "crypto/digest.h"
#include "gate/admission.h"
#include "gate/apply.h"
#include "gate/deciding.h"

#include <algorithm>
#include <map>
#include <set>

namespace sallyport::gate {
namespace {

packet::Salt draw_salt(Draws& draws) {
  packet::Salt salt;
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t number = draws.take();
    for (std::size_t i = 0; i < 8; ++i) {
      salt[half * 8 + i] = static_cast<std::uint8_t>(number);
      number >>= 8U;
    }
  }
  return salt;
}

// The packet that an event names, so that its register is up to date before the event is judged.
std::optional<PacketId> named_by(const Event& event) {
  return std::visit(
      [](const auto& e) -> std::optional<PacketId> {
        using E = std::remove_cvref_t<decltype(e)>;
        if constexpr (std::is_same_v<E, SubmitPacket> || std::is_same_v<E, OpenWorkspace>) {
          return std::nullopt; // not there yet
        } else if constexpr (std::is_same_v<E, MergePackets>) {
          return e.winner;
        } else if constexpr (requires { e.packet; }) {
          return e.packet;
        } else {
          return std::nullopt;
        }
      },
      event);
}

// Who holds a slot on the way to the lane.
std::map<RecheckId, std::string> on_the_way(const State& state) {
  std::map<RecheckId, std::string> out;
  for (const auto& [recheck, packet] : state.rechecks) {
    if (state.find(packet)->releasing()) {
      out.emplace(recheck, state.find(packet)->lane);
    }
  }
  return out;
}

bool is_clock(const Event& event) {
  return std::holds_alternative<Reevaluate>(event) || std::holds_alternative<ExpireRecheck>(event);
}

// The lane whose slots an act may have given away without ending a recheck.
std::optional<std::string> lane_moved_by(const State& state, const Event& event, bool happened) {
  const auto of = [&](const PacketId& id) {
    const Packet* packet = state.find(id);
    return packet == nullptr ? std::nullopt : std::optional(packet->lane);
  };
  if (const auto* acknowledged = std::get_if<AcknowledgeEntry>(&event); acknowledged != nullptr && happened) {
    return state.entries.at(acknowledged->entry).lane;
  }
  const auto* request = std::get_if<RequestRelease>(&event);
  return request == nullptr || !happened ? std::nullopt : of(request->packet);
}

} // namespace

void Machine::take(Step& step, Decision decision, Instant now, Draws& draws) {
  if (!decision.records.empty() || decision.manifest) {
    quiet_.clear();
  }
  for (Drafted& drafted : decision.records) {
    LeafOut out;
    out.leaf.n = state_.size;
    out.leaf.at = now;
    out.leaf.record = std::move(drafted.record);
    const auto* genesis = std::get_if<packet::Genesis>(&out.leaf.record);
    out.leaf.log = genesis != nullptr ? packet::read_genesis(genesis->act.statement)->origin : state_.origin;
    if (const PacketId* id = packet::packet_of(out.leaf.record)) {
      if (const Packet* p = state_.find(*id)) {
        out.leaf.prev = p->last_leaf;
      }
    }
    if (drafted.body) {
      drafted.body->set("salt", to_base64url(draw_salt(draws)));
      out.body = canon::write(*drafted.body);
      out.unit = drafted.unit;
      out.leaf.body = crypto::sha256(as_bytes(*out.body));
    }
    auto bytes = packet::encode(out.leaf);
    SP_ASSERT(bytes.has_value()); // limits at the door keep every record within its size
    out.bytes = *std::move(bytes);
    apply(state_, out.leaf);
    for (const PacketId& id : touched_by(world(), out.leaf.record)) {
      if (std::ranges::find(step.touched, id) == step.touched.end()) {
        step.touched.push_back(id);
      }
    }
    step.leaves.push_back(std::move(out));
  }
  if (decision.manifest) {
    facts_.manifests[decision.manifest->id] = decision.manifest->bound;
    step.manifest = std::move(decision.manifest);
  }
  if (decision.entry) {
    step.entries.push_back(*std::move(decision.entry));
  }
  if (decision.probe) {
    step.probes.push_back(*decision.probe);
  }
}

void Machine::follow(Step& step, const PacketId& id, Instant now, Draws& draws) {
  // Opening holds may take an authorisation away, so twice is enough; it never opens a way.
  for (int round = 0; round < 2; ++round) {
    if (const auto at = quiet_.find(id); at != quiet_.end() && at->second == now) {
      return;
    }
    Decision more = follow_up(world(), id, now, draws);
    if (more.records.empty()) {
      quiet_[id] = now;
      return;
    }
    take(step, std::move(more), now, draws);
  }
}

void Machine::learn_directory(const std::string& source, const std::vector<std::string>& lanes,
                              const Directory& directory) {
  quiet_.clear();
  for (const std::string& lane : lanes) {
    const charter::Charter* charter = world().active_charter(lane);
    if (charter != nullptr && charter::roster_source(*charter) != source) {
      continue;
    }
    const auto at = facts_.directories.find(lane);
    if (at == facts_.directories.end() || directory.observed_at >= at->second.observed_at) {
      facts_.directories[lane] = directory;
    }
  }
}

// What a packet that was split declares: later revisions of it, and the rest, are compared with that.
void Machine::learn_scope(const PacketId& id) {
  const Packet& packet = *state_.find(id);
  if (packet.partial && packet.head) {
    facts_.split_scopes[packet.head->digest] = facts_.dossiers.find(id)->scope;
  }
}

// What bodies say, for the checks to come. Only of what happened; `own` are the event's own leaves.
void Machine::learn(const Event& event, std::span<const LeafOut> own) {
  if (!own.empty()) {
    quiet_.clear();
  }
  if (const auto* submit = std::get_if<SubmitPacket>(&event)) {
    facts_.dossiers.put(submit->packet, submit->sealed.dossier);
  } else if (const auto* revise = std::get_if<RevisePacket>(&event)) {
    facts_.dossiers.put(revise->packet, revise->sealed.dossier);
    learn_scope(revise->packet);
  } else if (const auto* open = std::get_if<OpenWorkspace>(&event)) {
    Dossier cases; // compared for duplicates before anything is sealed
    cases.cases = open->cases;
    facts_.dossiers.put(open->packet, std::move(cases));
  } else if (const auto* sealed = std::get_if<SealWorkspace>(&event)) {
    facts_.dossiers.put(sealed->packet, sealed->sealed.dossier);
    learn_scope(sealed->packet);
  } else if (const auto* judged = std::get_if<GiveVerdict>(&event)) {
    const auto* verdict = own.empty() ? nullptr : std::get_if<packet::LaneVerdict>(&own.front().leaf.record);
    const Dossier* old = verdict == nullptr || !verdict->successor
                             ? nullptr
                             : facts_.dossiers.find(state_.entries.at(judged->entry).packet);
    if (old != nullptr) {
      Dossier cases;
      cases.cases = old->cases;
      facts_.dossiers.put(*verdict->successor, std::move(cases));
    }
  } else if (const auto* observe = std::get_if<Observe>(&event)) {
    for (const auto& [object, facts] : observe->facts) {
      const auto at = state_.objects.find(object);
      if (at != state_.objects.end() && !own.empty() && at->second.leaf == own.front().leaf.n) {
        facts_.objects[object] = facts; // only where this observation is the one that counts
      }
    }
    if (observe->directory) {
      Directory directory = *observe->directory;
      // An answer from the future is no later than its leaf: it must not outlive the next one.
      directory.observed_at = std::min(observe->observed_at, own.front().leaf.at);
      learn_directory(observe->source, observe->lanes, directory);
    }
  } else if (const auto* roster = std::get_if<ActivateRoster>(&event)) {
    LaneRoster& lane = library_.rosters[*state_.lanes.at(roster->roster.lane).roster];
    lane.roster = roster->roster;
    if (const auto openings = read_audience_openings(roster->body)) {
      lane.audience = *openings;
    }
  } else if (const auto* propose = std::get_if<ProposeCharter>(&event)) {
    library_.charters.emplace(charter::digest(propose->charter), propose->charter);
  } else if (const auto* split = std::get_if<SplitScope>(&event)) {
    learn_scope(split->packet);
  } else if (const auto* merge = std::get_if<MergePackets>(&event)) {
    facts_.dossiers.erase(merge->loser); // the winner's case keys still count while it waits
  } else if (const auto* withdraw = std::get_if<WithdrawPacket>(&event)) {
    facts_.dossiers.erase(withdraw->packet);
  } else if (const auto* confirm = std::get_if<ConfirmErasure>(&event);
             confirm != nullptr && !confirm->unit) {
    forget(confirm->packet);
  }
}

// What a restart would not find again, as its key is gone, is not known until then either.
void Machine::forget(const PacketId& id) {
  const Packet& packet = *state_.find(id);
  facts_.dossiers.erase(id);
  for (const auto& [manifest, state] : packet.manifests) {
    facts_.manifests.erase(manifest);
  }
  for (const SpentRevision& spent : packet.spent) {
    facts_.split_scopes.erase(spent.digest);
  }
}

Step Machine::step(const Event& event, Instant now, Draws& draws) {
  SP_ASSERT(now >= state_.last_at);
  Step step;
  const auto slots = on_the_way(state_);
  if (const auto id = named_by(event); id && state_.find(*id) != nullptr) {
    follow(step, *id, now, draws);
  }
  const std::size_t first = step.leaves.size();
  const auto* signing = std::get_if<SignManifest>(&event);
  const bool completes = signing != nullptr && state_.find(signing->packet) != nullptr &&
                         !quorum(world(), signing->packet, now).met;
  Decision decision = decide(world(), event, now, draws);
  step.refused = decision.refused;
  const LeafNumber own = state_.size;
  take(step, std::move(decision), now, draws);
  if (step.ok()) {
    learn(event, std::span(step.leaves).subspan(first));
  }
  for (std::size_t i = 0; i < step.touched.size(); ++i) {
    follow(step, PacketId(step.touched[i]), now, draws);
  }
  if (completes && step.ok()) {
    chain(step, *signing, own, now, draws);
  }
  // A recheck that ended gives its slot away, however it ended: crossed or not, withdrawn, merged, revised,
  // superseded. Never by a clock (docs/adr/0009).
  std::set<std::string> moved;
  for (const auto& [recheck, lane] : slots) {
    if (!is_clock(event) && !state_.rechecks.contains(recheck)) {
      moved.insert(lane);
    }
  }
  if (const auto lane = lane_moved_by(state_, event, step.ok())) {
    moved.insert(*lane);
  }
  for (const std::string& lane : moved) {
    admit(step, lane, now, draws);
  }
  return step;
}

// Nothing crosses by itself but in the chain that the completing signature starts (INV-37).
void Machine::chain(Step& step, const SignManifest& signed_manifest, LeafNumber cause, Instant now,
                    Draws& draws) {
  const Packet& packet = *state_.find(signed_manifest.packet);
  const charter::Charter* charter = world().active_charter(packet.lane);
  const ManifestState* manifest = packet.by_digest(signed_manifest.manifest);
  if (charter == nullptr || charter->admission.release_on != charter::ReleaseOn::authorised ||
      manifest == nullptr || manifest->status != "authorised" || packet.releasing()) {
    return;
  }
  if (!reasons_of(lane_waits(world(), signed_manifest.packet, now), Outcome::wait).empty()) {
    return; // it waits for a slot, and then for a person's request
  }
  Deciding d(world(), now, draws);
  open_recheck(d, signed_manifest.packet, "completing_signature", std::nullopt, cause);
  take(step, std::move(d.out), now, draws);
}

// A slot goes to the first of the requests that stand, on that request (INV-37, INV-39).
void Machine::admit(Step& step, const std::string& lane, Instant now, Draws& draws) {
  while (const auto id = next_admitted(world(), lane, now)) {
    const StandingRequest request = *state_.find(*id)->request;
    Deciding d(world(), now, draws);
    open_recheck(d, *id, "request", request.person, request.leaf);
    take(step, std::move(d.out), now, draws);
  }
}

void Machine::replay(const packet::Leaf& leaf) {
  quiet_.clear();
  apply(state_, leaf);
}

} // namespace sallyport::gate
