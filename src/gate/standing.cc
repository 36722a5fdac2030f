#include "gate/standing.h"

#include "gate/admission.h"
#include "gate/clocks.h"
#include "gate/waivers.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace sallyport::gate {
namespace {

// Fills the places of signers.require with different persons: augmenting paths over at most a few
// dozen places (Kuhn's algorithm).
class Matching {
public:
  Matching(std::vector<std::set<std::string>> places, std::vector<const Signature*> signers,
           std::function<bool(const Signature&, const std::string&)> may)
      : places_(std::move(places)), signers_(std::move(signers)), may_(std::move(may)),
        place_of_(signers_.size(), -1) {}

  bool fill() {
    bool all = true;
    for (std::size_t place = 0; place < places_.size(); ++place) {
      std::vector<bool> tried(signers_.size(), false);
      all = assign(place, tried) && all;
    }
    return all;
  }

  std::vector<Counted> counted() const {
    std::vector<Counted> out;
    for (std::size_t s = 0; s < signers_.size(); ++s) {
      if (place_of_[s] >= 0) {
        out.push_back({signers_[s]->person, role(*signers_[s], static_cast<std::size_t>(place_of_[s])),
                       signers_[s]->leaf});
      }
    }
    return out;
  }

private:
  std::string role(const Signature& signature, std::size_t place) const {
    for (const std::string& role : places_[place]) {
      if (may_(signature, role)) {
        return role;
      }
    }
    return {};
  }

  bool assign(std::size_t place, std::vector<bool>& tried) {
    for (std::size_t s = 0; s < signers_.size(); ++s) {
      if (tried[s] || role(*signers_[s], place).empty()) {
        continue;
      }
      tried[s] = true;
      if (place_of_[s] < 0 || assign(static_cast<std::size_t>(place_of_[s]), tried)) {
        place_of_[s] = static_cast<int>(place);
        return true;
      }
    }
    return false;
  }

  std::vector<std::set<std::string>> places_;
  std::vector<const Signature*> signers_;
  std::function<bool(const Signature&, const std::string&)> may_;
  std::vector<int> place_of_;
};

} // namespace

std::string barred(const World& world, const PacketId& id, const ManifestId& manifest_id,
                   const PersonId& person, Instant now) {
  const Packet& packet = *world.state.find(id);
  const charter::Charter* charter = world.active_charter(packet.lane);
  const LaneRoster* roster = world.active_roster(packet.lane);
  if (charter == nullptr || roster == nullptr) {
    return "no charter or roster";
  }
  for (const std::string& entry : charter->signers.not_also) {
    const auto part = charter::from_word<charter::Part>(entry);
    if (!part) {
      if (holds_role(*roster, person, entry, now)) {
        return entry;
      }
      continue;
    }
    bool played = false;
    switch (*part) {
    case charter::Part::packet_triager:
      played = packet.triager == person;
      break;
    case charter::Part::packet_author:
      played = packet.authors.contains(person);
      break;
    case charter::Part::packet_merger:
      played = packet.mergers.contains(person);
      break;
    case charter::Part::packet_drafter: {
      const auto manifest = packet.manifests.find(manifest_id);
      played = manifest != packet.manifests.end() && manifest->second.drafter_person == person;
      break;
    }
    }
    if (played) {
      return entry;
    }
  }
  return {};
}

bool stands(const World& world, const Packet& packet, const ManifestState& manifest,
            const Signature& signature, Instant now, std::string* why) {
  const auto no = [&](const char* reason) {
    if (why != nullptr) {
      *why = reason;
    }
    return false;
  };
  const charter::Charter* charter = world.active_charter(packet.lane);
  const LaneRoster* roster = world.active_roster(packet.lane);
  if (!manifest.in_review() || charter == nullptr || roster == nullptr || !packet.head) {
    return no("SIGN.MISSING");
  }
  if (signature.withdrawn) {
    return no("SIGN.WITHDRAWN");
  }
  if (manifest.revision != packet.head->digest) {
    return no("LINE.SUPERSEDED");
  }
  const LaneState& lane = world.state.lanes.at(packet.lane);
  if (manifest.charter != *lane.charter) {
    return no("GOV.CHARTER");
  }
  if (manifest.roster != *lane.roster) {
    return no("AUD.ROSTER_DRIFT");
  }
  if (now - signature.at >= charter->signers.valid_for) {
    return no("SIGN.EXPIRED");
  }
  if (signature.leaf <= packet.last_resign) {
    return no("SIGN.MISSING"); // a re-sign hold opened since (INV-46)
  }
  const Account* account = world.state.account(signature.account);
  if (account == nullptr || account->disabled) {
    return no("SIGN.ROLE_LAPSED");
  }
  const auto key = world.state.keys.find(signature.key);
  if (key == world.state.keys.end() || !key->second.valid(now) ||
      !may_sign_as(world, packet, manifest, signature.person, signature.role, now)) {
    return no("SIGN.ROLE_LAPSED");
  }
  return true;
}

Quorum quorum(const World& world, const PacketId& id, Instant now) {
  Quorum result;
  const Packet& packet = *world.state.find(id);
  const charter::Charter* charter = world.active_charter(packet.lane);
  ManifestId manifest_id;
  const ManifestState* manifest = packet.reviewed(&manifest_id);
  if (charter == nullptr || manifest == nullptr) {
    const bool refused = std::ranges::any_of(packet.manifests, [&](const auto& m) {
      return m.second.void_cause == "refused" && packet.head && m.second.revision == packet.head->digest;
    });
    result.waits.push_back({refused ? "SIGN.REFUSED" : "SIGN.MISSING",
                            Outcome::wait,
                            "",
                            {{"manifest", false}},
                            "A person submits a manifest."});
    return result;
  }
  std::vector<const Signature*> standing;
  for (const Signature& signature : manifest->signatures) {
    std::string why;
    const bool counts = stands(world, packet, *manifest, signature, now, &why) &&
                        barred(world, id, manifest_id, signature.person, now).empty();
    if (counts &&
        std::ranges::any_of(standing, [&](const Signature* s) { return s->person == signature.person; })) {
      continue; // a person counts once
    }
    if (counts) {
      standing.push_back(&signature);
    } else if (why == "SIGN.WITHDRAWN" || why == "SIGN.EXPIRED") {
      result.waits.push_back({why,
                              Outcome::wait,
                              signature.person.str(),
                              {{"signed_at", to_string(signature.at)}},
                              "The person signs again, or another holder of the role does."});
    }
  }
  std::vector<std::set<std::string>> places;
  for (const charter::Requirement& row : charter->signers.require) {
    places.insert(places.end(), static_cast<std::size_t>(row.count), row.roles);
  }
  const auto may = [&](const Signature& signature, const std::string& role) {
    return may_sign_as(world, packet, *manifest, signature.person, role, now) &&
           may_sign_as(world, packet, *manifest, signature.person, role, signature.at);
  };
  Matching matching(places, standing, may);
  result.met = !places.empty() && matching.fill();
  result.counted = matching.counted();
  if (result.met) {
    result.waits.clear(); // somebody signed again, or somebody else did
  } else {
    result.waits.push_back({"SIGN.MISSING",
                            Outcome::wait,
                            "",
                            {{"needed", places.size()}, {"standing", result.counted.size()}},
                            "Those whom the manifest names as eligible sign exactly its bytes."});
  }
  return result;
}

std::vector<packet::EligibleSigner> eligible(const World& world, const PacketId& id,
                                             const ManifestId& manifest, Instant now) {
  std::vector<packet::EligibleSigner> out;
  const Packet& packet = *world.state.find(id);
  const charter::Charter* charter = world.active_charter(packet.lane);
  const LaneRoster* roster = world.active_roster(packet.lane);
  if (charter == nullptr || roster == nullptr) {
    return out;
  }
  for (const charter::Requirement& row : charter->signers.require) {
    for (const std::string& role : row.roles) {
      for (const PersonId& person : holders(*roster, role, now)) {
        const bool named = !row.principal || *row.principal == person;
        if (named && barred(world, id, manifest, person, now).empty()) {
          out.push_back({person, role});
        }
      }
    }
  }
  const auto state = packet.manifests.find(manifest);
  if (state != packet.manifests.end() && state->second.signers) { // the flow names who is to sign
    std::erase_if(out, [&](const packet::EligibleSigner& signer) {
      const packet::NamedSigner as{signer.person, signer.role};
      return std::ranges::find(*state->second.signers, as) == state->second.signers->end();
    });
  }
  std::ranges::sort(out);
  const auto [first, last] = std::ranges::unique(out);
  out.erase(first, last);
  return out;
}

Report lane_closed(const World& world, const PacketId& id, Instant now) {
  Report report;
  const auto lane = world.state.lanes.find(world.state.find(id)->lane);
  const std::string status = lane == world.state.lanes.end() ? "open" : lane->second.status;
  const auto says = [&](const char* code, const char* word, const char* remedy) {
    const bool so = status == word;
    report.push_back({code, so ? Outcome::wait : Outcome::pass, "",
                      so ? canon::Object{{"since", to_string(lane->second.since)}} : canon::Object{},
                      so ? remedy : ""});
  };
  says("LANE.CLOSED", "closed", "The lane's steward opens it; then a person requests the release.");
  says("LANE.UNREACHABLE", "unreachable",
       "The lane's steward says that it answers again; then a person requests the release.");
  check_windows(world, id, now, report);
  return report;
}

Report lane_waits(const World& world, const PacketId& id, Instant now) {
  Report report = lane_closed(world, id, now);
  report.insert(report.begin(), capacity_line(world, id, now));
  return report;
}

Report waits(const World& world, const PacketId& id, Instant now) {
  Report report = quorum(world, id, now).waits;
  std::ranges::move(lane_waits(world, id, now), std::back_inserter(report));
  const Packet& packet = *world.state.find(id);
  const ManifestState* manifest = packet.reviewed();
  if (std::ranges::any_of(report, [](const CheckLine& line) { return line.outcome == Outcome::wait; })) {
    return report;
  }
  if (packet.releasing()) {
    report.push_back({"RELEASE.RECHECK",
                      Outcome::wait,
                      "",
                      {{"opened_at", to_string(packet.recheck->opened_at)}},
                      "Every source that is asked answers, or the recheck runs out."});
  } else if (manifest != nullptr && manifest->status == "authorised") {
    report.push_back({"RELEASE.REQUEST", Outcome::wait, "", {}, "A person requests the release."});
  }
  return report;
}

} // namespace sallyport::gate
