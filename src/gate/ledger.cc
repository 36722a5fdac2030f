#include "gate/ledger.h"

#include "gate/deciding.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

constexpr std::string_view leakage = "identifier_leakage";
constexpr std::string_view region = "memory_region";
constexpr std::string_view depth = "symbolization_depth";

// An acceptance counts while its person could give it now.
bool stands(const World& world, const Packet& packet, const AcceptanceState& acceptance, Instant now) {
  const LaneRoster* roster = world.active_roster(packet.lane);
  const Account* account = world.state.account(acceptance.account);
  const auto key = world.state.keys.find(acceptance.key);
  return roster != nullptr && account != nullptr && !account->disabled && key != world.state.keys.end() &&
         key->second.valid(now) && holds_role(*roster, acceptance.person, acceptance.role, now);
}

std::optional<PersonId> who_offered(const Ledger& ledger, const std::string& wording) {
  const auto offered = ledger.wordings.find(wording);
  return offered == ledger.wordings.end() ? std::nullopt : std::optional(offered->second.by);
}

// Whether those who signed these words are enough for the row; who they are.
bool enough(const charter::Acceptance& row, const std::vector<const AcceptanceState*>& acts) {
  const auto given = [&](const std::string& role) {
    std::set<PersonId> out;
    for (const AcceptanceState* act : acts) {
      if (act->role == role) {
        out.insert(act->person);
      }
    }
    return out;
  };
  if (!row.all) {
    return !acts.empty();
  }
  std::vector<std::set<PersonId>> places;
  std::set<PersonId> persons;
  for (const std::string& role : row.roles) {
    const std::set<PersonId>& able = places.emplace_back(given(role));
    if (able.empty()) {
      return false;
    }
    persons.insert(able.begin(), able.end());
  }
  return !row.distinct || places_filled(places, persons) == places.size();
}

} // namespace

bool is_barred(const World& world, const Packet& packet, const charter::Acceptance& row,
               const PersonId& person, const std::optional<PersonId>& offered_by, Instant now) {
  const LaneRoster* roster = world.active_roster(packet.lane);
  return std::ranges::any_of(row.not_also, [&](const std::string& entry) {
    const auto part = charter::from_word<charter::Part>(entry);
    if (!part) {
      return roster == nullptr || holds_role(*roster, person, entry, now);
    }
    switch (*part) {
    case charter::Part::packet_author:
      return !offered_by || *offered_by == person;
    case charter::Part::packet_triager:
      return packet.triager == person;
    case charter::Part::packet_merger:
      return packet.mergers.contains(person);
    case charter::Part::packet_drafter:
      return std::ranges::any_of(packet.manifests,
                                 [&](const auto& at) { return at.second.drafter_person == person; });
    }
    return true;
  });
}

std::string item_kind(const Item& item) {
  if (item.kind == "finding" || item.category == leakage || item.category == region) {
    return std::string(charter::item_leakage_residual);
  }
  if (item.kind == "boundary" || item.category == depth) {
    return std::string(charter::item_symbolization_boundary);
  }
  return std::string(charter::item_other);
}

const charter::Acceptance* acceptance_row(const charter::Charter& charter, const Item& item) {
  const bool confirmed = item.kind == "finding" && item.status == "confirmed";
  if (!charter.ledger || confirmed || charter.ledger->must_resolve.contains(item.category)) {
    return nullptr;
  }
  const std::string kind = item_kind(item);
  for (const charter::Acceptance& row : charter.signers.accepts) {
    if (row.item_kind == kind || (row.item_kind == item.category && kind == charter::item_other)) {
      return &row;
    }
  }
  return nullptr;
}

std::optional<packet::BoundAcceptance> accepted(const World& world, const Packet& packet, const ItemId& id,
                                                Instant now) {
  const charter::Charter* charter = world.active_charter(packet.lane);
  const Ledger& ledger = packet.workspace->ledger;
  const auto item = ledger.items.find(id);
  const charter::Acceptance* row = charter == nullptr || item == ledger.items.end() || !item->second.open()
                                       ? nullptr
                                       : acceptance_row(*charter, item->second);
  if (row == nullptr || !packet.head) {
    return std::nullopt;
  }
  std::map<std::string, std::vector<const AcceptanceState*>> by_wording;
  for (const AcceptanceState& act : ledger.acceptances) {
    const auto words = act.items.find(id.str());
    if (words != act.items.end() && row->roles.contains(act.role) && act.leaf > item->second.moved &&
        stands(world, packet, act, now) &&
        !is_barred(world, packet, *row, act.person, who_offered(ledger, words->second), now)) {
      by_wording[words->second].push_back(&act);
    }
  }
  std::optional<packet::BoundAcceptance> out;
  LeafNumber latest = 0;
  for (const auto& [wording, acts] : by_wording) {
    if (!enough(*row, acts) || acts.back()->leaf < latest) {
      continue;
    }
    latest = acts.back()->leaf;
    out = packet::BoundAcceptance{id, item_kind(item->second), item->second.category, wording, {}};
    for (const AcceptanceState* act : acts) {
      out->by.push_back({act->person, act->role, act->statement, act->leaf});
    }
    std::ranges::sort(out->by);
  }
  return out;
}

std::vector<packet::BoundAcceptance> all_accepted(const World& world, const Packet& packet, Instant now) {
  std::vector<packet::BoundAcceptance> out;
  for (const auto& [id, item] : packet.workspace->ledger.items) {
    if (auto one = accepted(world, packet, id, now)) {
      out.push_back(*std::move(one));
    }
  }
  return out; // a map by id, so these are sorted
}

bool still_contrary(const World& world, const PacketId& id, const Item& item, Instant now) {
  const Packet& packet = *world.state.find(id);
  if (item.code == "LEDG.INSTRUCTION_CONFLICT") {
    std::set<std::string> stances;
    for (const Instruction& instruction : packet.workspace->ledger.instructions) {
      if (instruction.subject == item.subject && !instruction.withdrawn) {
        stances.insert(instruction.stance);
      }
    }
    return stances.size() > 1;
  }
  if (!packet.head || world.dossier(id) == nullptr || world.active_charter(packet.lane) == nullptr) {
    return true;
  }
  Report report;
  check_time(world, id, packet, now, report);
  return std::ranges::none_of(
      report, [&](const CheckLine& line) { return line.code == item.code && line.outcome == Outcome::pass; });
}

std::map<std::string, packet::SealedItem> sealed_ledger(const Ledger& ledger) {
  std::map<std::string, packet::SealedItem> out;
  for (const auto& [id, item] : ledger.items) {
    out[id.str()] = {item.kind,         item.category,   item_kind(item), item.code,
                     item.state,        item.status,     item.subject,    item.raised,
                     item.first_opened, item.statements, item.stub,       item.resolution};
  }
  return out;
}

packet::BoundLedger bound_ledger(const Packet& packet, const Dossier& dossier) {
  const Ledger& ledger = packet.workspace->ledger;
  packet::BoundLedger out;
  out.sealed_at = packet.head->ledger_at.value_or(0);
  out.at = ledger.at;
  for (const auto& [id, item] : ledger.items) {
    packet::BoundItem& bound = out.items[id.str()];
    bound = {item.category, item_kind(item), item.code, item.state, item.status, item.subject, {}, item.stub};
    for (std::uint32_t i = 1; i <= item.statements; ++i) {
      const auto digest = dossier.names.find("/ledger/" + id.str() + "/statements/s" + std::to_string(i));
      if (digest != dossier.names.end()) {
        bound.statements.push_back(digest->second);
      }
    }
  }
  out.digest = packet::ledger_digest(out.items);
  return out;
}

bool is_stubbed(const Packet& packet, std::string_view name) {
  constexpr std::string_view below = "/ledger/";
  if (!packet.workspace || !name.starts_with(below)) {
    return false;
  }
  const std::string_view rest = name.substr(below.size());
  const auto id = ItemId::parse(rest.substr(0, rest.find('/')));
  const auto item = id ? packet.workspace->ledger.items.find(*id) : packet.workspace->ledger.items.end();
  return item == packet.workspace->ledger.items.end() || item->second.stub.has_value();
}

} // namespace sallyport::gate
