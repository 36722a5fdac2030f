#include "gate/lineage.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "packet/disclosure.h"

#include <algorithm>
#include <iterator>

namespace sallyport::gate {
namespace {

std::vector<Refs> shared(std::vector<Refs> a, std::vector<Refs> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  std::vector<Refs> out;
  std::ranges::set_intersection(a, b, std::back_inserter(out));
  return out;
}

bool in_the_gate_or_crossed(const Packet& packet) {
  return packet.status == "open" || packet.status == "released";
}

std::set<std::string> named_by_citation(const World& world, const PacketId& id, const std::string& dimension,
                                        const std::string& citation) {
  const Packet& packet = *world.state.find(id);
  const Dossier& dossier = *world.dossier(id);
  std::set<std::string> out;
  const auto declared = dossier.scope.find(dimension);
  const auto cite = std::ranges::find(packet.head->cites, citation, &packet::Cite::citation);
  if (declared == dossier.scope.end() || cite == packet.head->cites.end()) {
    return out;
  }
  const auto facts = world.facts.objects.find(cite->object);
  if (facts == world.facts.objects.end() || !facts->second.touches.contains(dimension)) {
    return out;
  }
  const Refs& touched = facts->second.touches.at(dimension);
  for (const auto& [element, ref] : declared->second) {
    if (std::ranges::find(touched, ref) != touched.end()) {
      out.insert(element);
    }
  }
  return out;
}

std::set<std::string> named_by_claim(const World& world, const PacketId& id, const std::string& dimension,
                                     const std::string& claim) {
  std::set<std::string> out;
  for (const auto& [citation, cited] : world.dossier(id)->revision.citations) {
    if (std::ranges::find(cited.supports, claim) == cited.supports.end()) {
      continue;
    }
    std::set<std::string> named = named_by_citation(world, id, dimension, citation);
    if (named.empty()) {
      return {};
    }
    out.merge(named);
  }
  return out;
}

// ---- values by the splits of a lineage

// The packet that it is the rest of by a split; null where it is none, as is a case that came again.
const PacketId* whole_of(const State& state, const PacketId& id) {
  const Packet& packet = *state.find(id);
  const Packet* whole = packet.continues ? state.find(packet.continues->packet) : nullptr;
  const bool rest =
      whole != nullptr && std::ranges::any_of(whole->splits(), [&](const Partial* split) {
        return std::ranges::any_of(split->held, [&](const auto& held) { return held.second == id; });
      });
  return rest ? &packet.continues->packet : nullptr;
}

// The revision that it sealed last.
Digest last_revision(const Packet& packet) {
  return packet.head ? packet.head->digest : packet.spent.empty() ? Digest{} : packet.spent.back().digest;
}

// Which packet but `own` the split gave the value to, while it may still cross.
std::optional<PacketId> owner_by(const World& world, const PacketId& whole, const Partial& split,
                                 const PacketId& own, const std::string& ref) {
  const auto scope = world.facts.split_scopes.find(split.revision);
  const bool known = scope != world.facts.split_scopes.end() && scope->second.contains(split.dimension);
  const auto is_it = [&](const std::string& element) {
    if (!known) {
      return true; // what cannot be compared may be the same
    }
    const auto at = scope->second.at(split.dimension).find(element);
    return at != scope->second.at(split.dimension).end() && at->second == ref;
  };
  const auto may_cross = [&](const PacketId& id) { return in_the_gate_or_crossed(*world.state.find(id)); };
  const bool went_on = std::ranges::any_of(split.free, is_it);
  if (whole != own && went_on && may_cross(whole)) {
    return whole;
  }
  // Two elements of one value: what went on is the whole's, what is held is of each packet that holds it.
  const bool own_too = whole == own ? went_on : std::ranges::any_of(split.held, [&](const auto& held) {
    return held.second == own && is_it(held.first);
  });
  if (known && own_too) {
    return std::nullopt;
  }
  const auto other = std::ranges::find_if(split.held, [&](const auto& held) {
    return held.second != own && is_it(held.first) && may_cross(held.second);
  });
  return other == split.held.end() ? std::nullopt : std::optional(other->second);
}

// Whether the value goes on with the whole as it is now, or went on with it.
bool goes_on_with(const World& world, const PacketId& whole, const std::string& dimension,
                  const std::string& ref) {
  const Packet& packet = *world.state.find(whole);
  const Digest last = last_revision(packet);
  const auto scope = world.facts.split_scopes.find(last);
  if (!in_the_gate_or_crossed(packet) || held_elsewhere(world, whole, dimension, ref)) {
    return false;
  }
  if (scope == world.facts.split_scopes.end()) {
    return true;
  }
  const auto values = scope->second.find(dimension);
  return values != scope->second.end() && std::ranges::any_of(values->second, [&](const auto& value) {
           const bool held = packet.partial->revision == last && packet.partial->held.contains(value.first);
           return value.second == ref && !held;
         });
}

} // namespace

std::optional<Likeness> likeness(const charter::Charter& charter, const CaseTuples& a, const CaseTuples& b) {
  for (std::size_t row = 0; row < std::min(a.size(), b.size()); ++row) {
    const std::vector<Refs> both = shared(a[row], b[row]);
    if (both.empty()) {
      continue;
    }
    const auto& rows = charter.lineage.case_keys;
    return Likeness{{static_cast<std::uint32_t>(row), crypto::sha256(canon::write(packet::to_value(both)))},
                    row < rows.size() ? rows[row].on_equal
                                      : charter::OnEqual::duplicate}; // a row of an earlier charter
  }
  return std::nullopt;
}

std::optional<Likeness> likeness(const World& world, const PacketId& a, const PacketId& b) {
  const Dossier* left = world.dossier(a);
  const Dossier* right = world.dossier(b);
  const charter::Charter* charter = world.active_charter(world.state.find(a)->lane);
  if (left == nullptr || right == nullptr || charter == nullptr) {
    return std::nullopt;
  }
  return likeness(*charter, left->cases, right->cases);
}

bool told_apart(const World& world, const PacketId& a, const PacketId& b, const Likeness& like) {
  const auto from = [&](const PacketId& later, const PacketId& earlier) -> const Packet* {
    const Packet* packet = world.state.find(later);
    const bool continues = packet != nullptr && packet->continues && packet->continues->packet == earlier;
    return continues ? world.state.find(earlier) : nullptr;
  };
  const Packet* whole = from(a, b) != nullptr ? from(a, b) : from(b, a);
  if (whole == nullptr || !whole->partial) {
    return false;
  }
  if (whole->partial->revision == last_revision(*whole)) {
    return true; // the whole still says what is held; SCOPE.PARTIAL keeps the two apart
  }
  const charter::Charter* charter = world.active_charter(whole->lane);
  if (charter == nullptr || like.equal.row >= charter->lineage.case_keys.size()) {
    return false;
  }
  const std::string place = "scope." + whole->partial->dimension;
  return std::ranges::none_of(charter->lineage.case_keys[like.equal.row].key, [&](const std::string& name) {
    const auto places = charter->lineage.keys.find(name);
    return places != charter->lineage.keys.end() && places->second.contains(place);
  });
}

bool is_live(const State& state, const Packet& packet) {
  if (packet.open()) {
    return true;
  }
  return packet.status == "released" && packet.entry && !state.entries.at(*packet.entry).verdict;
}

bool was_returned(const State& state, const Packet& packet) {
  if (packet.status != "released" || !packet.entry || packet.own_erasure) {
    return false; // nothing continues what is kept no longer
  }
  const auto& verdict = state.entries.at(*packet.entry).verdict;
  const auto word = verdict ? charter::from_word<charter::Verdict>(*verdict) : std::nullopt;
  return word && !charter::is_positive(*word);
}

std::vector<PacketId> split_from(const State& state, const Packet& packet) {
  std::vector<PacketId> out;
  for (const auto& [other, apart] : packet.apart) {
    const Packet* with = state.find(other);
    if (apart.how == "split" && with != nullptr && in_the_gate_or_crossed(*with)) {
      out.push_back(other);
    }
  }
  return out;
}

std::set<std::string> elements_named(const World& world, const PacketId& id, const std::string& dimension,
                                     std::string_view pointer) {
  std::vector<std::string> at;
  const Packet* packet = world.state.find(id);
  if (packet == nullptr || !packet->head || world.dossier(id) == nullptr ||
      !canon::pointer_split(packet::split_form(pointer).pointer, at) || at.size() < 2) {
    return {};
  }
  if (at[0] == "scope" && at.size() > 2 && at[1] == dimension) {
    return {at[2]};
  }
  if (at[0] == "citations") {
    return named_by_citation(world, id, dimension, at[1]);
  }
  return at[0] == "claims" ? named_by_claim(world, id, dimension, at[1]) : std::set<std::string>{};
}

bool is_held_back(const World& world, const PacketId& id, std::string_view pointer) {
  const Partial* partial = world.state.find(id)->split();
  if (partial == nullptr) {
    return false;
  }
  const std::set<std::string> named = elements_named(world, id, partial->dimension, pointer);
  return !named.empty() &&
         std::ranges::all_of(named, [&](const auto& element) { return partial->held.contains(element); });
}

bool goes_on(const World& world, const PacketId& id, std::string_view name) {
  const Partial* partial = world.state.find(id)->split();
  if (partial == nullptr) {
    return true;
  }
  const std::set<std::string> named = elements_named(world, id, partial->dimension, name);
  return !named.empty() && std::ranges::includes(partial->free, named);
}

void leave_held_back(const World& world, const PacketId& id, Report& report) {
  if (world.state.find(id)->split() == nullptr) {
    return;
  }
  for (CheckLine& line : report) {
    if ((line.outcome == Outcome::hold || line.outcome == Outcome::visible) &&
        is_held_back(world, id, line.subject)) {
      line.outcome = Outcome::not_applicable;
      line.remedy.clear();
    }
  }
}

std::optional<PacketId> held_elsewhere(const World& world, const PacketId& id, const std::string& dimension,
                                       const std::string& ref) {
  const auto by_splits_of = [&](const PacketId& whole, const PacketId& own) -> std::optional<PacketId> {
    const Packet& packet = *world.state.find(whole);
    for (const Partial* split : packet.splits()) {
      // The whole still says what the split of its own head holds: that does not go on.
      if (split->dimension == dimension && (whole != own || split != packet.split())) {
        if (auto other = owner_by(world, whole, *split, own, ref)) {
          return other;
        }
      }
    }
    return std::nullopt;
  };
  auto other = by_splits_of(id, id);
  PacketId rest = id;
  for (const PacketId* whole = whole_of(world.state, rest); !other && whole != nullptr;
       whole = whole_of(world.state, rest)) {
    other = by_splits_of(*whole, rest);
    if (!other && goes_on_with(world, *whole, dimension, ref)) {
      other = *whole;
    }
    rest = *whole;
  }
  return other;
}

void check_partial(const World& world, const PacketId& id, Report& report) {
  const auto before = report.size();
  for (const auto& [dimension, elements] : world.dossier(id)->scope) {
    for (const auto& [element, ref] : elements) {
      if (const auto other = held_elsewhere(world, id, dimension, ref)) {
        report.push_back({"SCOPE.PARTIAL",
                          Outcome::hold,
                          "/scope/" + dimension + "/" + element,
                          {{"packet", other->str()}},
                          "Upstream leaves the element out in a new revision; it is in the other packet."});
      }
    }
  }
  if (report.size() == before) {
    report.push_back({"SCOPE.PARTIAL", Outcome::pass, "", {}, ""});
  }
}

bool partners_moved(const World& world, const PacketId& id) {
  ManifestId manifest;
  const Packet& packet = *world.state.find(id);
  const BoundManifest* bound = packet.reviewed(&manifest) == nullptr ? nullptr : world.manifest(manifest);
  return bound != nullptr &&
         bound->manifest.also.value_or(std::vector<PacketId>{}) != split_from(world.state, packet);
}

void check_splits(const World& world, const PacketId& id, const Packet& packet, Report& report) {
  const auto before = report.size();
  for (const PacketId& other : split_from(world.state, packet)) {
    if (!is_live(world.state, *world.state.find(other))) {
      continue;
    }
    const auto like = likeness(world, id, other);
    if (like && like->equal != packet.apart.at(other).equal) {
      report.push_back({"LINE.DUP_SPLIT",
                        Outcome::hold,
                        other.str(),
                        {{"row", std::int64_t{like->equal.row}}},
                        "A person splits the two anew, or they are merged."});
    }
  }
  if (report.size() == before) {
    report.push_back({"LINE.DUP_SPLIT", Outcome::pass, "", {}, ""});
  }
}

} // namespace sallyport::gate
