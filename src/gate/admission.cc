#include "gate/admission.h"

#include "gate/clocks.h"
#include "gate/standing.h"

#include <algorithm>
#include <limits>

namespace sallyport::gate {
namespace {

// The packets of a lane whose request stands, as far as leaves say.
std::set<PacketId> requested_in(const State& state, const std::string& lane) {
  const auto at = state.requested.find(lane);
  return at == state.requested.end() ? std::set<PacketId>{} : at->second;
}

bool stands(const World& world, const PacketId& id, Instant now) {
  return why_lapsed(world, id, now).empty();
}

std::string why_not(const Report& report, Outcome outcome) {
  const auto at = std::ranges::find(report, outcome, &CheckLine::outcome);
  return at == report.end() ? std::string() : at->code;
}

// A severity that the charter does not list comes after all that it lists.
std::size_t urgency(const charter::Charter& charter, const Packet& packet) {
  const auto& listed = charter.admission.severities;
  return static_cast<std::size_t>(std::ranges::find(listed, packet.head ? packet.head->severity : "") -
                                  listed.begin());
}

constexpr Instant never{std::numeric_limits<std::int64_t>::max()};

} // namespace

bool comes_before(const World& world, const PacketId& a, const PacketId& b, Instant now) {
  const Packet& first = *world.state.find(a);
  const Packet& second = *world.state.find(b);
  const charter::Charter& charter = *world.active_charter(first.lane);
  for (const charter::OrderKey key : charter.admission.order) {
    switch (key) {
    case charter::OrderKey::upstream_severity:
      if (const auto x = urgency(charter, first), y = urgency(charter, second); x != y) {
        return x < y;
      }
      break;
    case charter::OrderKey::clock_nearest:
      if (const Instant x = nearest_due(world, a, now).value_or(never),
          y = nearest_due(world, b, now).value_or(never);
          x != y) {
        return x < y;
      }
      break;
    case charter::OrderKey::readiness_time:
      if (const Instant x = first.head ? first.head->sealed_at : never,
          y = second.head ? second.head->sealed_at : never;
          x != y) {
        return x < y;
      }
      break;
    }
  }
  return a.str() < b.str();
}

std::string why_lapsed(const World& world, const PacketId& id, Instant now) {
  const Packet& packet = *world.state.find(id);
  const ManifestState* manifest = packet.reviewed();
  if (manifest == nullptr || !packet.request || manifest->digest != packet.request->manifest) {
    return "manifest_closed";
  }
  if (std::string code = why_not(evaluate(world, id, now), Outcome::hold); !code.empty()) {
    return code;
  }
  if (std::string code = why_not(quorum(world, id, now).waits, Outcome::wait); !code.empty()) {
    return code;
  }
  return why_not(lane_closed(world, id, now), Outcome::wait);
}

CheckLine capacity_line(const World& world, const PacketId& id, Instant now) {
  const Packet& packet = *world.state.find(id);
  const charter::Charter* charter = world.active_charter(packet.lane);
  if (charter == nullptr || !charter->admission.capacity || !charter->admission.window) {
    return {"LANE.CAPACITY", Outcome::not_applicable, "", {}, ""};
  }
  const auto lane = world.state.unread.find(packet.lane);
  std::int64_t taken =
      lane == world.state.unread.end() ? 0 : std::ranges::count_if(lane->second, [&](const EntryId& entry) {
        return now - world.state.entries.at(entry).released_at < *charter->admission.window;
      });
  canon::Object saw{{"unacknowledged", taken}, {"capacity", *charter->admission.capacity}};
  // An open recheck has its slot: what was let in is not overtaken, and never takes more than there is.
  if (!packet.releasing() && taken < *charter->admission.capacity) {
    const std::int64_t on_the_way = std::ranges::count_if(world.state.rechecks, [&](const auto& recheck) {
      const Packet& other = *world.state.find(recheck.second);
      return other.lane == packet.lane && other.releasing();
    });
    const std::int64_t before =
        std::ranges::count_if(requested_in(world.state, packet.lane), [&](const PacketId& other) {
          return other != id && stands(world, other, now) && comes_before(world, other, id, now);
        });
    saw.set("in_recheck", on_the_way);
    saw.set("before", before);
    taken += on_the_way + before;
  }
  const bool free = taken < *charter->admission.capacity;
  const std::string remedy = packet.request ? "A slot comes free when the lane acknowledges an entry; the "
                                              "first in the charter's order gets it."
                                            : "A person requests the release; the request stands until the "
                                              "packet gets a slot.";
  return {"LANE.CAPACITY", free ? Outcome::pass : Outcome::wait, "", std::move(saw), free ? "" : remedy};
}

std::optional<PacketId> next_admitted(const World& world, const std::string& lane, Instant now) {
  std::optional<PacketId> first;
  for (const PacketId& id : requested_in(world.state, lane)) {
    if (stands(world, id, now) && (!first || comes_before(world, id, *first, now))) {
      first = id;
    }
  }
  return first && capacity_line(world, *first, now).outcome != Outcome::wait ? first : std::nullopt;
}

} // namespace sallyport::gate
