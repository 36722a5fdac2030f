#include "engine/lists.h"

#include "engine/agents.h"
#include "engine/present.h"
#include "gate/reading.h"

#include <concepts>

namespace sallyport::engine {
namespace {

std::unexpected<Error> strange_cursor() {
  return fail(ErrorCode::malformed, "/query/cursor", "expected the `next` of an earlier page of this list");
}

std::string text_of(const std::string& key) {
  return key;
}

std::string text_of(const Digest& key) {
  return key.hex();
}

template <class Kind> std::string text_of(const Id<Kind>& key) {
  return key.str();
}

// The key that a page goes on behind; nothing: from the first row.
template <class Key> Result<std::optional<Key>> key_of(const std::string& after) {
  if (after.empty()) {
    return std::nullopt;
  }
  if constexpr (std::same_as<Key, std::string>) {
    return after;
  } else {
    const auto key = [&] {
      if constexpr (std::same_as<Key, Digest>) {
        return Digest::from_hex(after);
      } else {
        return Key::parse(after);
      }
    }();
    if (!key) {
      return strange_cursor();
    }
    return *key;
  }
}

// One page of `map`; `row` answers nothing for what is left out.
template <class Map, class Row> Result<Listed> list(const Map& map, const Page& page, const Row& row) {
  SP_TRY(const auto after, key_of<typename Map::key_type>(page.after));
  Listed out;
  std::string last;
  for (auto at = after ? map.upper_bound(*after) : map.begin(); at != map.end(); ++at) {
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

Result<Listed> list_packets(const Core& core, const Page& page, const std::string& lane, Instant now) {
  return list(core.state().packets, page,
              [&](const PacketId& id, const gate::Packet& packet) -> std::optional<canon::Object> {
                if (!lane.empty() && packet.lane != lane) {
                  return std::nullopt;
                }
                return summarise_packet(core, id, now);
              });
}

// In the order of packets, so that a page costs what it shows. A row's key is both ids.
Result<Listed> list_holds(const Core& core, const Page& page, const std::optional<PacketId>& only) {
  const auto& packets = core.state().packets;
  auto at = only ? packets.find(*only) : packets.begin();
  std::optional<HoldId> after;
  if (!page.after.empty()) {
    const auto space = page.after.find(' ');
    const auto packet = PacketId::parse(page.after.substr(0, space));
    const auto hold = HoldId::parse(space == std::string::npos ? "" : page.after.substr(space + 1));
    if (!packet || !hold || (only && *only != *packet)) {
      return strange_cursor();
    }
    at = packets.lower_bound(*packet);
    if (at != packets.end() && at->first == *packet) {
      after = *hold;
    }
  }
  Listed out;
  std::string last;
  for (; at != packets.end() && (!only || at->first == *only); ++at) {
    const auto& holds = at->second.holds;
    for (auto hold = after ? holds.upper_bound(*after) : holds.begin(); hold != holds.end(); ++hold) {
      if (out.rows.size() == page.limit) {
        out.next = last;
        return out;
      }
      out.rows.emplace_back(show_hold(at->first, hold->first, hold->second));
      last = at->first.str() + " " + hold->first.str();
    }
    after.reset();
  }
  return out;
}

Result<Listed> list_entries(const Core& core, const Page& page, const std::string& lane,
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

Result<Listed> list_lanes(const Core& core, const Page& page) {
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

Result<Listed> list_charters(const Core& core, const Page& page) {
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

Result<Listed> list_principals(const Core& core, const Page& page) {
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
                if (auto model = account.kind == "agent" ? model_of(core, id) : std::nullopt) {
                  row.set("model", *std::move(model));
                }
                return row;
              });
}

Result<Listed> list_keys(const Core& core, const Page& page) {
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

Result<Listed> list_sources(const Core& core, const Page& page) {
  return list(core.state().sources, page,
              [&](const std::string& id, const gate::SourceState& source) -> std::optional<canon::Object> {
                canon::Object row{{"source", id},
                                  {"epoch", std::int64_t{source.epoch}},
                                  {"unreachable", source.unreachable}};
                if (source.last_contact) {
                  row.set("last_contact", to_string(*source.last_contact));
                }
                return row;
              });
}

} // namespace sallyport::engine
