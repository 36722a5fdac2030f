// AUD.*: who could read the entry is exactly who was bound. Nobody is never an audience.
#include "gate/checks.h"

#include "packet/roster.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

// Enough to see who; the number is said beside them, and all must fit into a leaf.
canon::Array names(const std::set<PersonId>& persons) {
  constexpr std::size_t shown = 16;
  canon::Array out;
  for (const PersonId& person : persons) {
    if (out.size() < shown) {
      out.emplace_back(person.str());
    }
  }
  return out;
}

class Audience {
public:
  Audience(const World& world, const Packet& packet, Instant now, Report& report)
      : world_(world), packet_(packet), charter_(*world.active_charter(packet.lane)), now_(now),
        report_(report) {}

  void run() {
    const LaneRoster* roster = world_.active_roster(packet_.lane);
    if (roster == nullptr) {
      hold("AUD.EMPTY", "/audience", {{"roster", false}},
           "The governance owners activate a roster for this lane.");
      return;
    }
    const AudienceCut cut = cut_audience(world_, packet_, charter_, *roster);
    if (cut.members.empty()) {
      hold("AUD.EMPTY", "/audience", {{"members", 0}, {"lacking", cut.lacking.size()}},
           "The roster gets a member with the clearances that the lane asks for; then a new manifest.");
    } else {
      pass("AUD.EMPTY", {{"members", cut.members.size()}});
    }
    unknown(cut);
    drift(*roster);
    exceeds(cut);
  }

private:
  void hold(const char* code, std::string subject, canon::Object saw, std::string remedy) {
    report_.push_back({code, Outcome::hold, std::move(subject), std::move(saw), std::move(remedy)});
  }

  void pass(const char* code, canon::Object saw) {
    report_.push_back({code, Outcome::pass, "", std::move(saw), ""});
  }

  void unknown(const AudienceCut& cut) {
    const std::string source = charter::roster_source(charter_);
    const auto state = world_.state.sources.find(source);
    const auto rule = charter_.sources.find(source);
    const bool contact = state != world_.state.sources.end() && state->second.last_contact.has_value() &&
                         world_.facts.directories.contains(packet_.lane);
    const bool silent = rule == charter_.sources.end() || !contact ||
                        now_ - *state->second.last_contact >= rule->second.unknown_after;
    if (silent) {
      hold("AUD.UNKNOWN", "/sources/" + source, {{"answered", contact}},
           contact ? "The reviewer directory answers again."
                   : "The reviewer directory is asked for this lane, and answers.");
    }
    if (cut.unknown) {
      hold("AUD.UNKNOWN", "/audience", {{"clearance", "not known"}},
           "The source names a class that the charter knows, or the charter gets a rule for it.");
    }
    if (!silent && !cut.unknown) {
      pass("AUD.UNKNOWN", {{"last_contact", to_string(*state->second.last_contact)}});
    }
  }

  void drift(const LaneRoster& roster) {
    std::set<PersonId> bound;
    if (const auto audience = roster.audience.find(charter_.lane.audience_max);
        audience != roster.audience.end()) {
      for (const packet::AudienceMember& member : audience->second) {
        bound.insert(member.person);
      }
    }
    bool drifted = false;
    if (const auto directory = world_.facts.directories.find(packet_.lane);
        directory != world_.facts.directories.end()) {
      std::set<PersonId> added;
      std::set<PersonId> removed;
      std::ranges::set_difference(directory->second.members, bound, std::inserter(added, added.end()));
      std::ranges::set_difference(bound, directory->second.members, std::inserter(removed, removed.end()));
      drifted = !added.empty() || !removed.empty();
      if (drifted) {
        hold("AUD.ROSTER_DRIFT", "/audience",
             {{"added", names(added)},
              {"added_count", added.size()},
              {"removed", names(removed)},
              {"removed_count", removed.size()}},
             "The directory is put right, or the owners activate a new roster; then a new manifest.");
      }
    }
    const ManifestState* manifest = packet_.reviewed();
    if (!drifted && manifest != nullptr && manifest->roster != *world_.state.lanes.at(packet_.lane).roster) {
      drifted = true;
      hold("AUD.ROSTER_DRIFT", "/audience", {{"roster_version", std::int64_t{roster.roster.version}}},
           "A person submits a manifest over the new roster.");
    }
    if (!drifted) {
      pass("AUD.ROSTER_DRIFT",
           {{"roster_version", std::int64_t{roster.roster.version}}, {"members", bound.size()}});
    }
  }

  // The bound audience stays within what the lane would admit now.
  void exceeds(const AudienceCut& cut) {
    ManifestId id;
    const ManifestState* reviewed = packet_.reviewed(&id);
    const BoundManifest* bound = reviewed == nullptr ? nullptr : world_.manifest(id);
    std::int64_t beyond = 0;
    if (bound != nullptr) {
      beyond = std::ranges::count_if(bound->members, [&](const packet::AudienceMember& member) {
        return std::ranges::find(cut.members, member) == cut.members.end();
      });
    }
    if (beyond != 0) {
      hold("AUD.EXCEEDS", "/audience", {{"beyond", beyond}},
           "A person submits a manifest with the audience cut again.");
    } else {
      pass("AUD.EXCEEDS", {{"bound", bound == nullptr ? 0 : static_cast<int>(bound->members.size())}});
    }
  }

  const World& world_;
  const Packet& packet_;
  const charter::Charter& charter_;
  Instant now_;
  Report& report_;
};

} // namespace

void check_audience(const World& world, const PacketId&, const Packet& packet, Instant now, Report& report) {
  Audience(world, packet, now, report).run();
}

} // namespace sallyport::gate
