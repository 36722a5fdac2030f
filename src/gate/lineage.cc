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
  const Digest last = whole->head            ? whole->head->digest
                      : whole->spent.empty() ? Digest{}
                                             : whole->spent.back().digest;
  if (whole->partial->revision == last) {
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
  if (packet.status != "released" || !packet.entry) {
    return false;
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

const PacketId* held_elsewhere(const World& world, const Packet& packet, const std::string& element) {
  if (!packet.partial || packet.split() != nullptr || !packet.partial->held.contains(element)) {
    return nullptr;
  }
  const PacketId& remainder = packet.partial->held.at(element);
  return in_the_gate_or_crossed(*world.state.find(remainder)) ? &remainder : nullptr;
}

void check_partial(const World& world, const PacketId& id, const Packet& packet, Report& report) {
  const auto before = report.size();
  const auto declared = [&](const std::string& dimension, const std::string& element) {
    const auto at = world.dossier(id)->scope.find(dimension);
    return at != world.dossier(id)->scope.end() && at->second.contains(element);
  };
  const auto hold = [&](const std::string& dimension, const std::string& element, const PacketId& other) {
    report.push_back({"SCOPE.PARTIAL",
                      Outcome::hold,
                      "/scope/" + dimension + "/" + element,
                      {{"packet", other.str()}},
                      "Upstream leaves the element out in a new revision; it is in the other packet."});
  };
  if (packet.partial && packet.split() == nullptr) { // a later revision takes back what was held
    const auto kept = std::ranges::find_if(packet.partial->held, [&](const auto& at) {
      return in_the_gate_or_crossed(*world.state.find(at.second));
    });
    const auto here = world.dossier(id)->scope.find(packet.partial->dimension);
    if (kept != packet.partial->held.end() && here != world.dossier(id)->scope.end()) {
      for (const auto& [element, ref] : here->second) {
        // An id says nothing of its value: what is new may be what was held, under another name.
        if (std::ranges::find(packet.partial->free, element) == packet.partial->free.end()) {
          hold(packet.partial->dimension, element, kept->second);
        }
      }
    }
  }
  const Packet* from = packet.continues ? world.state.find(packet.continues->packet) : nullptr;
  const bool remainder =
      from != nullptr && from->partial &&
      std::ranges::any_of(from->partial->held, [&](const auto& at) { return at.second == id; });
  if (remainder && in_the_gate_or_crossed(*from)) { // the remainder takes what went on
    const Dossier* whole = world.dossier(packet.continues->packet);
    const std::string& dimension = from->partial->dimension;
    const auto here = world.dossier(id)->scope.find(dimension);
    for (const std::string& element : from->partial->free) {
      if (declared(dimension, element)) {
        hold(dimension, element, packet.continues->packet);
      } else if (whole != nullptr && whole->scope.contains(dimension) &&
                 whole->scope.at(dimension).contains(element) && here != world.dossier(id)->scope.end()) {
        const std::string& ref = whole->scope.at(dimension).at(element);
        for (const auto& [other, value] : here->second) { // the same value under another id
          if (value == ref) {
            hold(dimension, other, packet.continues->packet);
          }
        }
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
