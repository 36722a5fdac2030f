#include "gate/world.h"

#include "canon/pointer.h"
#include "gate/agents.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

packet::Openness openness(charter::ViewKind kind) {
  switch (kind) {
  case charter::ViewKind::omit:
    return packet::Openness::omit;
  case charter::ViewKind::ref:
    return packet::Openness::reference;
  case charter::ViewKind::pseudonym:
    return packet::Openness::pseudonym;
  case charter::ViewKind::coarsen:
    return packet::Openness::coarse;
  case charter::ViewKind::show:
    return packet::Openness::show;
  }
  SP_ASSERT(false);
  return packet::Openness::omit;
}

packet::Recipe recipe_of(const charter::Charter& charter, charter::View charter::Field::* view) {
  packet::Recipe recipe;
  for (const auto& [pattern, field] : charter.exposure.fields) {
    recipe.push_back({pattern, openness((field.*view).kind)});
  }
  return recipe;
}

} // namespace

void Dossiers::put(const PacketId& id, Dossier dossier) {
  erase(id);
  for (std::size_t row = 0; row < dossier.cases.size(); ++row) {
    for (const Refs& tuple : dossier.cases[row]) {
      by_tuple_[{row, tuple}].insert(id);
    }
  }
  by_packet_[id] = std::move(dossier);
}

void Dossiers::erase(const PacketId& id) {
  const auto at = by_packet_.find(id);
  if (at == by_packet_.end()) {
    return;
  }
  for (std::size_t row = 0; row < at->second.cases.size(); ++row) {
    for (const Refs& tuple : at->second.cases[row]) {
      const auto shared = by_tuple_.find({row, tuple});
      if (shared != by_tuple_.end() && shared->second.erase(id) != 0 && shared->second.empty()) {
        by_tuple_.erase(shared);
      }
    }
  }
  by_packet_.erase(at);
}

const Dossier* Dossiers::find(const PacketId& id) const {
  const auto at = by_packet_.find(id);
  return at == by_packet_.end() ? nullptr : &at->second;
}

Dossier* Dossiers::find(const PacketId& id) {
  auto* found = const_cast<Dossier*>(std::as_const(*this).find(id));
  if (found != nullptr) {
    found->last_shown.reset(); // whoever asks so may change its names
  }
  return found;
}

std::set<PacketId> Dossiers::sharing(const CaseTuples& cases) const {
  std::set<PacketId> out;
  for (std::size_t row = 0; row < cases.size(); ++row) {
    for (const Refs& tuple : cases[row]) {
      if (const auto at = by_tuple_.find({row, tuple}); at != by_tuple_.end()) {
        out.insert(at->second.begin(), at->second.end());
      }
    }
  }
  return out;
}

const charter::Charter* World::active_charter(const std::string& lane) const {
  const auto at = state.lanes.find(lane);
  if (at == state.lanes.end() || !at->second.charter) {
    return nullptr;
  }
  const auto found = library.charters.find(*at->second.charter);
  return found == library.charters.end() ? nullptr : &found->second;
}

const LaneRoster* World::active_roster(const std::string& lane) const {
  const auto at = state.lanes.find(lane);
  if (at == state.lanes.end() || !at->second.roster) {
    return nullptr;
  }
  const auto found = library.rosters.find(*at->second.roster);
  return found == library.rosters.end() ? nullptr : &found->second;
}

const Dossier* World::dossier(const PacketId& id) const {
  return facts.dossiers.find(id);
}

const BoundManifest* World::manifest(const ManifestId& id) const {
  const auto at = facts.manifests.find(id);
  return at == facts.manifests.end() ? nullptr : &at->second;
}

std::optional<packet::AudienceOpenings> read_audience_openings(const canon::Object& body) {
  const canon::Value* audiences = body.find("audience");
  if (audiences == nullptr || audiences->object() == nullptr) {
    return std::nullopt;
  }
  packet::AudienceOpenings out;
  for (const auto& [name, opening] : *audiences->object()) {
    const canon::Value* members = opening.find("members");
    if (members == nullptr || !packet::from_value(*members, out[name])) {
      return std::nullopt;
    }
  }
  return out;
}

bool holds_role(const LaneRoster& roster, const PersonId& person, const std::string& role, Instant now) {
  return std::ranges::any_of(roster.roster.grants, [&](const packet::Grant& grant) {
    return grant.person == person && grant.role == role && now >= grant.from && now < grant.until;
  });
}

std::set<PersonId> holders(const LaneRoster& roster, const std::string& role, Instant now) {
  std::set<PersonId> out;
  for (const packet::Grant& grant : roster.roster.grants) {
    if (grant.role == role && now >= grant.from && now < grant.until) {
      out.insert(grant.person);
    }
  }
  return out;
}

bool may_hold(std::string_view account_kind, std::string_view scope) {
  const bool prepares = scope == "read" || scope == "prepare";
  const bool feeds = scope == "read" || scope == "intake" || scope == "source";
  return account_kind == "agent" ? prepares : account_kind == "service" ? feeds : account_kind == "person";
}

packet::Recipe lane_recipe(const charter::Charter& charter) {
  return recipe_of(charter, &charter::Field::lane_view);
}

packet::Recipe agent_recipe(const charter::Charter& charter) {
  return recipe_of(charter, &charter::Field::agent_view);
}

std::optional<charter::FieldClass> class_of(const charter::Charter& charter, std::string_view name) {
  const std::string pointer = packet::split_form(name).pointer;
  const std::pair<const std::string, charter::Field>* best = nullptr;
  const auto stars = [](const std::string& pattern) { return std::ranges::count(pattern, '*'); };
  for (const auto& row : charter.exposure.fields) {
    if (!canon::pointer_matches(row.first, pointer)) {
      continue;
    }
    if (best == nullptr || stars(row.first) < stars(best->first) ||
        (stars(row.first) == stars(best->first) && row.first.size() > best->first.size())) {
      best = &row;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(best->second.field_class);
}

const Shown& shown(const World& world, const Packet& packet, const Dossier& dossier) {
  const Digest& digest = *world.state.lanes.at(packet.lane).charter;
  if (!dossier.last_shown || dossier.last_shown->charter != digest) {
    const charter::Charter& charter = *world.active_charter(packet.lane);
    std::vector<std::string> available;
    for (const auto& [name, of] : dossier.names) {
      available.push_back(name);
    }
    Shown made{digest, packet::choose(lane_recipe(charter), available), {}};
    for (const std::string& name : made.choice.names) {
      if (const auto field_class = class_of(charter, name)) {
        made.classes.emplace(name, *field_class);
      }
    }
    dossier.last_shown = std::move(made);
  }
  return *dossier.last_shown;
}

const std::string* attr_text(const World& world, const ObjectId& object, const std::string& attr) {
  const auto state = world.state.objects.find(object);
  const auto facts = world.facts.objects.find(object);
  if (state == world.state.objects.end() || state->second.status == "gone" ||
      facts == world.facts.objects.end()) {
    return nullptr;
  }
  const auto at = facts->second.attrs.find(attr);
  return at == facts->second.attrs.end() ? nullptr : &at->second;
}

std::vector<std::optional<std::string>> read_attr(const World& world, const Packet& packet,
                                                  const charter::AttrRef& attr) {
  std::vector<std::optional<std::string>> out;
  if (!packet.head) {
    return out;
  }
  for (const packet::Cite& cite : packet.head->cites) {
    if (cite.source != attr.source) {
      continue;
    }
    const std::string* value = attr_text(world, cite.object, attr.attr);
    out.push_back(value == nullptr ? std::nullopt : std::optional(*value));
  }
  return out;
}

AudienceCut cut_audience(const World& world, const Packet& packet, const charter::Charter& charter,
                         const LaneRoster& roster) {
  AudienceCut cut;
  std::set<std::string> base;
  for (const auto& tag : {charter.lane.clearance, charter.lane.privilege}) {
    if (tag) {
      base.insert(*tag);
    }
  }
  std::set<std::string> named;
  if (charter.lane.clearance_by) {
    const auto values = read_attr(world, packet, charter.lane.clearance_by->from);
    bool known = false;
    for (const auto& value : values) {
      if (!value) {
        continue; // other kinds of the same source need not say it; none at all is unknown
      }
      const auto need = charter.lane.clearance_by->needs.find(*value);
      if (need == charter.lane.clearance_by->needs.end()) {
        cut.unknown = true;
      } else {
        named.insert(need->second);
        known = true;
      }
    }
    cut.unknown = cut.unknown || !known;
  }
  cut.asked = base;
  cut.asked.insert(named.begin(), named.end());
  const auto audience = roster.audience.find(charter.lane.audience_max);
  if (audience == roster.audience.end()) {
    return cut;
  }
  for (packet::AudienceMember member : audience->second) {
    std::ranges::sort(member.clearances);
    const auto has = [&](const std::string& tag) { return std::ranges::count(member.clearances, tag) != 0; };
    if (!std::ranges::all_of(base, has)) {
      continue; // never counted
    }
    if (std::ranges::all_of(named, has)) {
      cut.members.push_back(member);
    } else {
      cut.lacking.push_back(member.person);
    }
  }
  std::ranges::sort(cut.members);
  return cut;
}

} // namespace sallyport::gate
