#include "engine/lists.h"

#include "engine/present.h"
#include "gate/reading.h"

#include <concepts>
#include <map>
#include <utility>

namespace sallyport::engine {
namespace {

std::string text_of(const std::string& key) {
  return key;
}

std::string text_of(const Digest& key) {
  return key.hex();
}

template <class Kind> std::string text_of(const Id<Kind>& key) {
  return key.str();
}

// The first row behind a key; keys sort as their texts do. A text that is no key stands before all.
template <class Map> auto first_behind(const Map& map, const std::string& after) {
  using Key = typename Map::key_type;
  if constexpr (std::same_as<Key, std::string>) {
    return after.empty() ? map.begin() : map.upper_bound(after);
  } else if constexpr (std::same_as<Key, Digest>) {
    const auto key = Digest::from_hex(after);
    return key ? map.upper_bound(*key) : map.begin();
  } else {
    const auto key = Key::parse(after);
    return key ? map.upper_bound(*key) : map.begin();
  }
}

// One page of `map`; `row` answers nothing for what is left out.
template <class Map, class Row> Listed list(const Map& map, const Page& page, const Row& row) {
  Listed out;
  std::string last;
  for (auto at = first_behind(map, page.after); at != map.end(); ++at) {
    std::optional<canon::Object> one = row(at->first, at->second);
    if (!one) {
      continue;
    }
    if (out.rows.size() == page.limit) {
      out.next = last;
      break;
    }
    out.rows.emplace_back(*std::move(one));
    last = text_of(at->first);
  }
  return out;
}

} // namespace

Listed list_packets(const Core& core, const Page& page, const std::string& lane, Instant now) {
  return list(core.state().packets, page,
              [&](const PacketId& id, const gate::Packet& packet) -> std::optional<canon::Object> {
                if (!lane.empty() && packet.lane != lane) {
                  return std::nullopt;
                }
                return summarise_packet(core, id, now);
              });
}

Listed list_holds(const Core& core, const Page& page, const std::optional<PacketId>& only) {
  std::map<HoldId, std::pair<const PacketId*, const gate::Hold*>> holds;
  const auto add = [&](const PacketId& id, const gate::Packet& packet) {
    for (const auto& [hold_id, hold] : packet.holds) {
      holds.emplace(hold_id, std::pair{&id, &hold});
    }
  };
  if (only) {
    const auto at = core.state().packets.find(*only);
    add(at->first, at->second);
  } else {
    for (const auto& [id, packet] : core.state().packets) {
      add(id, packet);
    }
  }
  return list(holds, page, [](const HoldId& id, const auto& hold) -> std::optional<canon::Object> {
    return show_hold(*hold.first, id, *hold.second);
  });
}

Listed list_entries(const Core& core, const Page& page, const std::string& lane,
                    const std::optional<PersonId>& reader) {
  return list(core.state().entries, page,
              [&](const EntryId& id, const gate::EntryState& entry) -> std::optional<canon::Object> {
                if (!reader || entry.lane != lane || !gate::may_read(core.world(), id, *reader)) {
                  return std::nullopt;
                }
                canon::Object row{{"entry", id.str()},
                                  {"packet", entry.packet.str()},
                                  {"released_at", to_string(entry.released_at)},
                                  {"acknowledged", entry.acknowledged}};
                if (entry.verdict) {
                  row.set("verdict", *entry.verdict);
                }
                return row;
              });
}

Listed list_lanes(const Core& core, const Page& page) {
  return list(core.state().lanes, page,
              [](const std::string& lane, const gate::LaneState& state) -> std::optional<canon::Object> {
                canon::Object row{{"lane", lane}};
                if (state.charter) {
                  row.set("charter", state.charter->hex());
                }
                if (state.roster) {
                  row.set("roster", state.roster->hex());
                  row.set("roster_version", std::int64_t{state.roster_version});
                }
                return row;
              });
}

Listed list_charters(const Core& core, const Page& page) {
  return list(core.state().charters, page,
              [](const Digest& digest, const gate::CharterVersion& version) -> std::optional<canon::Object> {
                canon::Array ratified;
                for (const gate::Ratification& ratification : version.ratified) {
                  ratified.emplace_back(ratification.person.str());
                }
                return canon::Object{{"digest", digest.hex()},
                                     {"charter", version.id},
                                     {"version", std::int64_t{version.version}},
                                     {"lane", version.lane},
                                     {"status", version.status},
                                     {"proposer", version.proposer.str()},
                                     {"ratified", std::move(ratified)}};
              });
}

Listed list_principals(const Core& core, const Page& page) {
  return list(core.state().accounts, page,
              [&](const AccountId& id, const gate::Account& account) -> std::optional<canon::Object> {
                canon::Object row{{"account", id.str()},
                                  {"kind", account.kind},
                                  {"name", core.name_of(id)},
                                  {"disabled", account.disabled}};
                if (account.person) {
                  row.set("person", account.person->str());
                }
                if (account.operator_) {
                  row.set("operator", account.operator_->str());
                }
                return row;
              });
}

Listed list_keys(const Core& core, const Page& page) {
  return list(core.state().keys, page,
              [](const Digest& fingerprint, const gate::Key& key) -> std::optional<canon::Object> {
                return canon::Object{{"fingerprint", fingerprint.hex()},
                                     {"person", key.person.str()},
                                     {"key", key.line},
                                     {"class", key.key_class},
                                     {"from", to_string(key.from)},
                                     {"until", to_string(key.until)},
                                     {"revoked", key.revoked}};
              });
}

Listed list_sources(const Core& core, const Page& page, Instant now) {
  return list(core.state().sources, page,
              [&](const std::string& id, const gate::SourceState& source) -> std::optional<canon::Object> {
                canon::Object row{{"source", id},
                                  {"epoch", std::int64_t{source.epoch}},
                                  {"unreachable", source.unreachable}};
                if (source.last_contact) {
                  row.set("last_contact", to_string(*source.last_contact));
                  row.set("silent_for", to_words(now - *source.last_contact));
                }
                return row;
              });
}

} // namespace sallyport::engine
