// SCOPE.*: what the evidence touches lies within what the packet declares, and every declared value is
// known to the dimension's source. Refs are compared, never values.
#include "gate/checks.h"

#include <algorithm>

namespace sallyport::gate {
namespace {

const Refs* touched(const World& world, const ObjectId& object, const std::string& dimension) {
  const auto facts = world.facts.objects.find(object);
  if (facts == world.facts.objects.end()) {
    return nullptr;
  }
  const auto at = facts->second.touches.find(dimension);
  return at == facts->second.touches.end() || at->second.empty() ? nullptr : &at->second;
}

bool observed(const World& world, const ObjectId& object) {
  const auto at = world.state.objects.find(object);
  return at != world.state.objects.end() && at->second.observed;
}

struct Dimension {
  const World& world;
  const Packet& packet;
  const std::string& name;
  const charter::Dimension& rule;
  const std::map<std::string, std::string>& declared; // element -> ref
  Report& report;
  bool failed = false;

  void hold(std::string code, std::string subject, canon::Object saw, std::string remedy) {
    failed = true;
    report.push_back({std::move(code), Outcome::hold, std::move(subject), std::move(saw), std::move(remedy)});
  }

  void run() {
    const std::string here = "/scope/" + name;
    if (rule.required && declared.empty()) {
      hold("SCOPE.UNDEFINED", here, {{"declared", 0}}, "Upstream declares the scope in a new revision.");
    }
    if (rule.source) {
      known(*rule.source);
    }
    for (const packet::Cite& cite : packet.head->cites) {
      const auto source = world.active_charter(packet.lane)->sources.find(cite.source);
      if (source != world.active_charter(packet.lane)->sources.end() &&
          source->second.touches.contains(name) && observed(world, cite.object)) {
        touches(cite);
      }
    }
    if (!failed) {
      report.push_back({"SCOPE.EXCEEDS", Outcome::pass, here, {{"declared", declared.size()}}, ""});
      report.push_back({"SCOPE.UNDEFINED", Outcome::pass, here, {{"declared", declared.size()}}, ""});
    }
  }

  void touches(const packet::Cite& cite) {
    const std::string subject = "/citations/" + cite.citation;
    const Refs* refs = touched(world, cite.object, name);
    if (refs == nullptr) {
      hold("SCOPE.UNDEFINED", subject, {{"dimension", name}, {"stated", false}},
           "The source states what its object touches; then a new revision.");
      return;
    }
    const auto outside = std::ranges::count_if(*refs, [&](const std::string& ref) {
      return std::ranges::none_of(declared, [&](const auto& element) { return element.second == ref; });
    });
    if (outside != 0) {
      hold("SCOPE.EXCEEDS", subject, {{"dimension", name}, {"outside", std::int64_t{outside}}},
           "Upstream declares the wider scope, or cites less, in a new revision.");
    }
  }

  // Every declared value is one that the dimension's source knows.
  void known(const std::string& source) {
    std::set<std::string> refs;
    for (const packet::Cite& cite : packet.head->cites) {
      if (cite.source != source) {
        continue;
      }
      if (!observed(world, cite.object)) {
        return; // FRESH.UNKNOWN holds until it has answered
      }
      if (const Refs* values = touched(world, cite.object, name)) {
        refs.insert(values->begin(), values->end());
      }
    }
    for (const auto& [element, ref] : declared) {
      if (!refs.contains(ref)) {
        hold("SCOPE.UNDEFINED", "/scope/" + name + "/" + element, {{"source", source}, {"known", false}},
             "The source knows the value, or a new revision declares another.");
      }
    }
  }
};

} // namespace

void check_scope(const World& world, const PacketId& id, const Packet& packet, Instant, Report& report) {
  static const std::map<std::string, std::string> nothing;
  const Dossier& dossier = *world.dossier(id);
  const charter::Charter& charter = *world.active_charter(packet.lane);
  for (const auto& [name, rule] : charter.scope) {
    const auto declared = dossier.scope.find(name);
    Dimension{world, packet, name, rule, declared == dossier.scope.end() ? nothing : declared->second, report}
        .run();
  }
  for (const auto& [name, elements] : dossier.scope) {
    if (!charter.scope.contains(name)) {
      report.push_back({"SCOPE.UNDEFINED",
                        Outcome::hold,
                        "/scope/" + name,
                        {{"declared_in_charter", false}},
                        "A new revision leaves the dimension out, or the charter declares it."});
    }
  }
  report.push_back({"SCOPE.DRIFT", Outcome::not_applicable, "", {}, ""}); // snapshots only
}

} // namespace sallyport::gate
