// What follows from the present world for one packet: the register is brought up to what the checks
// say, a head that the charter has a change supersede is spent, and a manifest whose quorum stands with
// nothing in its way is authorised, or no longer.
#include "gate/admission.h"
#include "gate/clocks.h"
#include "gate/deciding.h"
#include "gate/lineage.h"

#include <algorithm>
#include <optional>

namespace sallyport::gate {
namespace {

bool matches(const CheckLine& line, const Hold& hold) {
  return line.code == hold.code && line.subject == hold.subject &&
         (line.outcome == Outcome::hold || line.outcome == Outcome::visible ||
          line.outcome == Outcome::overridden);
}

bool computed(const CheckLine& line) {
  return line.saw.find("latched") == nullptr;
}

// The rule by which an open hold that is no longer so ends; empty: it stays.
std::string ends_by(const World& world, const PacketId& id, const Packet& packet, const Hold& hold) {
  if (is_held_back(world, id, hold.subject)) {
    return "split"; // it stands against the remainder's own packet
  }
  if (!hold.latched) {
    return "auto";
  }
  if (hold.code == "LINE.DUP_PENDING" || hold.code == "LINE.DUP_SPLIT") {
    const auto other = PacketId::parse(hold.subject);
    const Packet* with = other ? world.state.find(*other) : nullptr;
    if (with != nullptr && with->status == "merged") {
      return "merge";
    }
    return with != nullptr && !is_live(world.state, *with) ? "moot" : ""; // withdrawn, or judged by the lane
  }
  if (hold.clears == "new_revision") {
    if (packet.head && packet.head->leaf > hold.leaf) {
      return "new_revision";
    }
    if ((hold.code == "MIN.UNSCANNED" || hold.code == "MIN.FINDING") && hold.subject.starts_with("/dumps/")) {
      return "scan"; // of the dump, or what became known of it, which needs no other revision
    }
    // An annex may also be promoted by a person.
    const bool promoted = hold.code == "MIN.ANNEX" && packet.head && hold.subject.starts_with("/parts/") &&
                          packet.head->parts.contains(hold.subject.substr(7)) &&
                          packet.head->parts.at(hold.subject.substr(7)) == "included";
    return promoted ? "promotion" : "";
  }
  if (hold.clears == "new_manifest") {
    const ManifestState* manifest = packet.reviewed();
    return manifest != nullptr && manifest->leaf > hold.leaf ? "new_manifest" : "";
  }
  if (hold.clears == "ratification") { // it is no longer so: ratified, or its manifest is gone
    const ManifestState* manifest = packet.reviewed();
    return manifest == nullptr ? "moot" : manifest->leaf > hold.leaf ? "new_manifest" : "ratification";
  }
  return "";
}

// A new revision came and did not end it: it is the new head's hold now, and takes yet another revision.
bool still_so_in_the_next(const Packet& packet, const Hold& hold) {
  return hold.clears == "new_revision" && packet.head && packet.head->leaf > hold.leaf;
}

// What people may let cross once they have accepted it is an item of the ledger: where sources disagree.
std::optional<packet::ConflictOpened> as_conflict(Deciding& d, const PacketId& id, const Packet& packet,
                                                  const CheckLine& line) {
  const charter::Charter* charter = d.world.active_charter(packet.lane);
  const bool disagree = line.code == "TIME.RETENTION_CONFLICT";
  if (!packet.workspace || !disagree || charter == nullptr || !charter->ledger ||
      !charter->ledger->categories.contains("retention_conflict")) {
    return std::nullopt;
  }
  return packet::ConflictOpened{
      id, ItemId::from_random(d.draws.take()), line.code, "retention_conflict", line.subject, {}};
}

void bring_up_register(Deciding& d, const PacketId& id, const Packet& packet, const Report& report) {
  const bool judged = !packet.head || d.world.dossier(id) != nullptr;
  for (const auto& [hold_id, hold] : packet.holds) {
    if (!judged) {
      break; // most checks read the head; a hold that was not checked has not ended
    }
    const bool still = std::ranges::any_of(report, [&](const CheckLine& line) {
      return matches(line, hold) && (computed(line) || !hold.latched);
    });
    if (still) {
      continue;
    }
    if (const std::string rule = ends_by(d.world, id, packet, hold); !rule.empty()) {
      d.emit(packet::HoldCleared{id, hold_id, rule, packet.last_leaf, std::nullopt});
    }
  }
  for (const CheckLine& line : report) {
    if ((line.outcome != Outcome::hold && line.outcome != Outcome::visible) || !computed(line) || line.item) {
      continue;
    }
    if (const auto conflict = as_conflict(d, id, packet, line)) {
      d.emit(*conflict);
      d.void_reviewed(id, "ledger_changed");
      continue;
    }
    const auto open =
        std::ranges::find_if(packet.holds, [&](const auto& at) { return matches(line, at.second); });
    if (open == packet.holds.end()) {
      d.open_hold(id, line);
    } else if (const std::string mode = line.outcome == Outcome::visible ? "visible" : "blocking";
               open->second.mode != mode || still_so_in_the_next(packet, open->second)) {
      d.open_hold(id, line, &open->first); // the same hold, opened again: id and first opening stay
    }
  }
}

// T06: what the head cites is other than it was, and `on_change` of its source has that supersede the head.
// Nothing where none is so; what is held back is relied on by nobody.
std::optional<packet::MaterialTriggered> superseding(const World& world, const PacketId& id,
                                                     const Packet& packet, const Report& report) {
  if (!packet.head || world.active_charter(packet.lane) == nullptr) {
    return std::nullopt;
  }
  packet::MaterialTriggered out{id, packet.head->digest, "object.changed",          {},
                                {}, std::nullopt,        fallen_acceptances(packet)};
  for (const packet::Cite& cite : packet.head->cites) {
    const auto& sources = world.active_charter(packet.lane)->sources;
    const auto source = sources.find(cite.source);
    const bool changed = std::ranges::any_of(report, [&](const CheckLine& line) {
      return line.code == "FRESH.CHANGED" && line.outcome == Outcome::hold && computed(line) &&
             line.subject == "/citations/" + cite.citation;
    });
    if (changed && source != sources.end() && source->second.on_change == charter::Effect::supersede) {
      out.matched.push_back(cite.citation);
      const auto object = world.state.objects.find(cite.object);
      if (object != world.state.objects.end() && object->second.status == "gone") {
        out.trigger = "object.gone";
      }
    }
  }
  if (out.matched.empty()) {
    return std::nullopt;
  }
  std::ranges::sort(out.matched);
  for (const auto& [manifest, state] : packet.manifests) {
    if (state.open()) {
      out.voids.push_back(manifest);
    }
  }
  return out;
}

} // namespace

Decision follow_up(const World& world, const PacketId& id, Instant now, Draws& draws) {
  Deciding d(world, now, draws);
  const Packet* packet = world.state.find(id);
  if (packet == nullptr || !packet->open()) {
    return std::move(d.out);
  }
  const Report report = evaluate(world, id, now);
  bring_up_register(d, id, *packet, report);
  if (auto material = superseding(world, id, *packet, report)) {
    const CheckLine line{"LINE.CHANGED", Outcome::hold, material->trigger, {{"on_change", "supersede"}}, ""};
    const auto open = std::ranges::find_if(packet->holds, [&](const auto& at) {
      return matches(line, at.second) && at.second.leaf > packet->head->leaf; // an older one has just ended
    });
    d.void_manifests(id, "superseded");
    d.emit(*std::move(material));
    d.open_hold(id, line, open == packet->holds.end() ? nullptr : &open->first);
    return std::move(d.out);
  }
  if (packet->request) {
    if (std::string code = why_lapsed(world, id, now); !code.empty()) {
      d.emit(packet::ReleaseLapsed{id, std::move(code)});
    }
  }
  ManifestId manifest_id;
  if (windows_moved(world, id) && packet->reviewed(&manifest_id) != nullptr) {
    d.emit(packet::ManifestVoided{id, manifest_id, "window_moved"}); // people signed another instant
  } else if (partners_moved(world, id)) {
    packet->reviewed(&manifest_id);
    d.emit(packet::ManifestVoided{id, manifest_id, "split"}); // people signed beside whom it stands
  } else if (const ManifestState* manifest = packet->reviewed(&manifest_id)) {
    const bool clear = blocking(report).empty() && quorum(world, id, now).met;
    if (clear != (manifest->status == "authorised")) {
      d.emit(packet::ManifestAuthorised{id, manifest_id, clear});
    }
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const Reevaluate&) {
  return std::move(d.out);
} // step() follows up

std::vector<PacketId> touched_by(const World& world, const packet::Record& record) {
  std::set<PacketId> out;
  const auto lane = [&](const std::string& name) {
    if (const auto at = world.state.open_in_lane.find(name); at != world.state.open_in_lane.end()) {
      out.insert(at->second.begin(), at->second.end());
    }
  };
  const auto all = [&] {
    for (const auto& [name, packets] : world.state.open_in_lane) {
      out.insert(packets.begin(), packets.end());
    }
  };
  if (const auto* observed = std::get_if<packet::SourceObserved>(&record)) {
    if (observed->objects.empty()) {
      all(); // a directory answers for a whole lane
    }
    for (const packet::ObservedObject& object : observed->objects) {
      if (const auto at = world.state.citing.find(object.object); at != world.state.citing.end()) {
        out.insert(at->second.begin(), at->second.end());
      }
    }
  } else if (const auto* roster = std::get_if<packet::RosterActivated>(&record)) {
    lane(roster->lane);
  } else if (const auto* activated = std::get_if<packet::CharterActivated>(&record)) {
    lane(world.state.charters.at(activated->digest).lane);
  } else if (std::holds_alternative<packet::KeyRevoked>(record) ||
             std::holds_alternative<packet::PrincipalDisabled>(record) ||
             std::holds_alternative<packet::SourceConfigured>(record)) {
    all();
  } else if (const auto* told = std::get_if<packet::LaneStateSet>(&record)) {
    lane(told->lane);
  } else if (const auto* merged = std::get_if<packet::DuplicateMerged>(&record)) {
    lane(world.state.find(merged->packet)->lane); // whoever waited for the loser
  } else if (const auto* withdrawn = std::get_if<packet::PacketWithdrawn>(&record)) {
    lane(world.state.find(withdrawn->packet)->lane);
  } else if (const auto* judged = std::get_if<packet::LaneVerdict>(&record)) {
    lane(world.state.find(judged->packet)->lane); // whoever was held for the release
  }
  if (const auto* sealed = std::get_if<packet::RevisionSealed>(&record)) {
    for (const auto& [other, apart] : world.state.find(sealed->packet)->apart) {
      if (world.state.find(other)->open()) {
        out.insert(other); // whether a split still fits is a matter of both
      }
    }
    for (const Partial* split : world.state.find(sealed->packet)->splits()) {
      for (const auto& [element, rest] : split->held) {
        if (world.state.find(rest)->open()) {
          out.insert(rest); // it may not have what goes on with the whole
        }
      }
    }
  }
  if (const PacketId* id = packet::packet_of(record)) {
    out.insert(*id);
  }
  return {out.begin(), out.end()};
}

} // namespace sallyport::gate
