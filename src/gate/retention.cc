#include "gate/retention.h"

#include "crypto/digest.h"

#include <algorithm>
#include <set>

namespace sallyport::gate {
namespace {

// The packets of one case, as one continues the other or was merged into it.
std::set<PacketId> lineage_of(const State& state, const PacketId& id) {
  std::set<PacketId> out{id};
  for (std::size_t before = 0; before != out.size();) {
    before = out.size();
    for (const auto& [other, packet] : state.packets) {
      for (const auto& next :
           {packet.continues ? std::optional(packet.continues->packet) : std::nullopt, packet.merged_into}) {
        if (next && (out.contains(other) || out.contains(*next))) {
          out.insert(other);
          out.insert(*next);
        }
      }
    }
  }
  return out;
}

std::optional<Digest> digest_of(const Packet& packet, std::uint32_t number) {
  if (packet.head && packet.head->number == number) {
    return packet.head->digest;
  }
  const auto at = std::ranges::find(packet.spent, number, &SpentRevision::number);
  return at == packet.spent.end() ? std::nullopt : std::optional(at->digest);
}

bool needs(const World& world, const PacketId& id, const Packet& packet, const std::string& unit) {
  const Dossier* dossier = packet.head ? world.dossier(id) : nullptr;
  if (!packet.workspace || dossier == nullptr || dossier->revision.co == nullptr) {
    return true; // nothing is sealed that is without it
  }
  const std::string subject = "/fragments/" + unit;
  return dossier->revision.co->fragments.contains(unit) ||
         std::ranges::any_of(packet.workspace->edits, [&](const auto& at) {
           const EditState& edit = at.second; // whether it brings it back, the next seal says
           return edit.status == "accepted" && edit.decided > packet.head->leaf &&
                  std::ranges::any_of(edit.touches, [&](const std::string& touched) {
                    return packet::overlap(touched, subject);
                  });
         });
}

} // namespace

std::uint32_t keys_of(const std::string& end_state) {
  const auto at = std::ranges::find(packet::end_states, end_state);
  return at == packet::end_states.end() ? 0 : static_cast<std::uint32_t>(at - packet::end_states.begin()) + 1;
}

std::optional<KeptUnit> kept_unit(const Packet& packet, const std::string& unit,
                                  std::span<const std::string> revisions) {
  std::map<Digest, const std::string*> by_digest;
  for (const std::string& bytes : revisions) {
    by_digest[crypto::sha256(as_bytes(bytes))] = &bytes;
  }
  for (std::uint32_t number = packet.last_number(); number != 0; --number) {
    const auto digest = digest_of(packet, number);
    const auto bytes = digest ? by_digest.find(*digest) : by_digest.end();
    const auto revision =
        bytes == by_digest.end() ? fail(ErrorCode::not_found, "", "") : packet::read_revision(*bytes->second);
    if (!revision || revision->co == nullptr) {
      return std::nullopt;
    }
    if (const auto fragment = revision->co->fragments.find(unit); fragment != revision->co->fragments.end()) {
      return KeptUnit{revision->co->retention.at(fragment->second.retention), *digest};
    }
  }
  return std::nullopt;
}

std::optional<Instant> own_deadline(const World& world, const Packet& packet) {
  const auto charter = packet.closed && packet.closed->charter
                           ? world.library.charters.find(*packet.closed->charter)
                           : world.library.charters.end();
  return charter == world.library.charters.end()
             ? std::nullopt
             : std::optional(packet.closed->at + charter->second.governance.record_retention);
}

std::optional<PacketId> needed_by(const World& world, const PacketId& id, const std::string& unit) {
  for (const PacketId& other : lineage_of(world.state, id)) {
    const Packet& packet = *world.state.find(other);
    if (packet.open() && needs(world, other, packet, unit)) {
      return other;
    }
  }
  return std::nullopt;
}

std::optional<PacketId> needed_by(const State& state, const PacketId& id) {
  const std::set<PacketId> lineage = lineage_of(state, id);
  const auto open =
      std::ranges::find_if(lineage, [&](const PacketId& other) { return state.find(other)->open(); });
  return open == lineage.end() ? std::nullopt : std::optional(*open);
}

std::optional<EntryId> pending_entry(const State& state, const Packet& packet) {
  if (!packet.entry) {
    return std::nullopt;
  }
  const EntryState& entry = state.entries.at(*packet.entry);
  return entry.delivered && entry.verdict ? std::nullopt : packet.entry;
}

std::optional<std::string> kept_fragment(const Packet& packet) {
  const auto kept = std::ranges::find_if_not(
      packet.fragments, [&](const std::string& fragment) { return packet.erasures.contains(fragment); });
  return kept == packet.fragments.end() ? std::nullopt : std::optional(*kept);
}

std::optional<PacketId> legally_held(const World& world, const PacketId& id,
                                     const std::optional<std::string>& unit) {
  for (const PacketId& other : lineage_of(world.state, id)) {
    const Packet& packet = *world.state.find(other);
    const bool by_people = std::ranges::any_of(
        packet.legal_holds, [&](const LegalHold& hold) { return !unit || !hold.unit || hold.unit == unit; });
    const bool by_source = std::ranges::any_of(
        packet.holds, [](const auto& at) { return at.second.code == "STATE.LEGAL_HOLD"; });
    if (by_people || by_source) {
      return other;
    }
  }
  return std::nullopt;
}

bool is_erased(const State& state, const PacketId& id, const std::string& unit) {
  return std::ranges::any_of(lineage_of(state, id), [&](const PacketId& other) {
    return state.find(other)->erasures.contains(unit);
  });
}

bool words_are_gone(const State& state, const PacketId& id) {
  return std::ranges::all_of(lineage_of(state, id),
                             [&](const PacketId& other) { return state.find(other)->erased(); });
}

} // namespace sallyport::gate
