// SCOPE.*: what the evidence touches lies within what the packet declares, that within the charter's bound,
// and every declared value is known to the dimension's source. Of hidden values refs are compared.
#include "gate/checks.h"
#include "gate/scope.h"

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
    if (rule.type == charter::ScopeType::snapshot) {
      snapshot(here);
    } else if (rule.source) {
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

  // One digest, and an object that the head cites of the dimension's source has it still. What such an object
  // touches of the dimension is its own content.
  void snapshot(const std::string& here) {
    if (declared.size() > 1) {
      hold("SCOPE.UNDEFINED", here, {{"declared", declared.size()}},
           "Upstream declares one snapshot in a new revision.");
    }
    bool cited = false;
    bool still = false;
    for (const packet::Cite& cite : packet.head->cites) {
      if (cite.source != *rule.source) {
        continue;
      }
      if (!observed(world, cite.object)) {
        return; // FRESH.UNKNOWN holds until it has answered
      }
      cited = true;
      const Refs* contents = touched(world, cite.object, name);
      still = still || (world.state.objects.at(cite.object).status != "gone" && contents != nullptr &&
                        declared.size() == 1 &&
                        std::ranges::find(*contents, declared.begin()->second) != contents->end());
    }
    if (!declared.empty() && !cited) {
      hold("SCOPE.UNDEFINED", here, {{"source", *rule.source}, {"cited", false}},
           "Upstream cites the object that the snapshot is of, in a new revision.");
    } else if (!declared.empty() && !still) {
      hold("SCOPE.DRIFT", here, {{"source", *rule.source}},
           "Upstream seals a revision over what the source says now.");
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

// A dimension whose value stands in clear.
struct ClearDimension {
  const World& world;
  const Packet& packet;
  const Dossier& dossier;
  const std::string& name;
  const charter::Dimension& rule;
  Report& report;
  bool failed = false;

  const charter::Charter& charter() const { return *world.active_charter(packet.lane); }

  void hold(std::string code, std::string subject, canon::Object saw, std::string remedy) {
    failed = true;
    saw.set("dimension", name);
    report.push_back({std::move(code), Outcome::hold, std::move(subject), std::move(saw), std::move(remedy)});
  }

  // a lies within b; else the holds that say so.
  void must_lie(const packet::Bound& a, const packet::Bound& b, const std::string& subject,
                const std::string& remedy) {
    const auto inside = within(rule, a, b);
    if (!inside) {
      hold("SCOPE.UNDEFINED", subject, {{"comparable", false}},
           "Upstream states a value of the dimension's type in a new revision.");
    } else if (!*inside) {
      hold("SCOPE.EXCEEDS", subject, {{"inside", false}}, remedy);
    }
  }

  void run() {
    const std::string here = "/scope/" + name;
    const auto at = dossier.revision.bounds.find(name);
    const packet::Bound* declared = at == dossier.revision.bounds.end() ? nullptr : &at->second;
    if (declared == nullptr && rule.required) {
      hold("SCOPE.UNDEFINED", here, {{"declared", 0}}, "Upstream declares the scope in a new revision.");
    } else if (declared != nullptr && !is_of(rule, *declared)) {
      hold("SCOPE.UNDEFINED", here, {{"of_its_type", false}},
           "Upstream declares a value of the dimension's type in a new revision.");
      declared = nullptr;
    }
    if (declared != nullptr && rule.max) {
      const auto max = max_of(rule);
      must_lie(*declared, max.value_or(packet::Bound{}), here,
               "Upstream declares less in a new revision, or the charter allows more.");
    }
    if (declared != nullptr && rule.source) {
      known(*declared, here);
    }
    touches(declared);
    parts(declared);
    if (!failed) {
      for (const char* code : {"SCOPE.EXCEEDS", "SCOPE.UNDEFINED"}) {
        report.push_back({code, Outcome::pass, here, {{"declared", declared != nullptr}}, ""});
      }
    }
  }

  const std::vector<std::string>* stated(const ObjectId& object) const {
    const auto facts = world.facts.objects.find(object);
    if (facts == world.facts.objects.end()) {
      return nullptr;
    }
    const auto at = facts->second.stated.find(name);
    return at == facts->second.stated.end() || at->second.empty() ? nullptr : &at->second;
  }

  void touches(const packet::Bound* declared) {
    for (const packet::Cite& cite : packet.head->cites) {
      const auto source = charter().sources.find(cite.source);
      if (source == charter().sources.end() || !source->second.touches.contains(name) ||
          !observed(world, cite.object)) {
        continue;
      }
      const std::string subject = "/citations/" + cite.citation;
      const auto* values = stated(cite.object);
      if (values == nullptr) {
        hold("SCOPE.UNDEFINED", subject, {{"stated", false}},
             "The source states what its object touches; then a new revision.");
        continue;
      }
      for (const std::string& text : *values) {
        const auto value = stated_value(rule, text);
        if (!value) {
          hold("SCOPE.UNDEFINED", subject, {{"readable", false}},
               "The source states what its object touches, as the dimension's type is written.");
        } else if (declared == nullptr) {
          hold("SCOPE.EXCEEDS", subject, {{"declared", false}},
               "Upstream declares the scope in a new revision.");
        } else {
          must_lie(*value, *declared, subject,
                   "Upstream declares the wider scope, or cites less, in a new revision.");
        }
      }
    }
  }

  // The declared value is one that the dimension's source has: each section, or the value itself.
  void known(const packet::Bound& declared, const std::string& here) {
    packet::Sections sections;
    bool found = false;
    for (const packet::Cite& cite : packet.head->cites) {
      if (cite.source != *rule.source) {
        continue;
      }
      if (!observed(world, cite.object)) {
        return; // FRESH.UNKNOWN holds until it has answered
      }
      const auto* values = stated(cite.object);
      for (const std::string& text : values == nullptr ? std::vector<std::string>{} : *values) {
        const auto value = stated_value(rule, text);
        found = found || value == declared;
        sections.push_back(text);
      }
    }
    if (const auto* all = std::get_if<packet::Sections>(&declared.value)) {
      std::ranges::sort(sections);
      found = std::ranges::includes(sections, *all);
    }
    if (!found) {
      hold("SCOPE.UNDEFINED", here, {{"source", *rule.source}, {"known", false}},
           "The source knows the value, or a new revision declares another.");
    }
  }

  // INV-33: what crosses as a part has a level, or a threshold, of its own.
  void parts(const packet::Bound* declared) {
    if (rule.type != charter::ScopeType::level && rule.type != charter::ScopeType::threshold) {
      return;
    }
    for (const auto& [part, clear] : dossier.revision.parts) {
      const auto state = packet.head->parts.find(part);
      const bool crosses =
          clear.include || (state != packet.head->parts.end() && state->second == "included");
      if (!crosses || declared == nullptr) {
        continue; // without a declared value it is SCOPE.UNDEFINED already, or nothing is bounded
      }
      const auto own = clear.bounds.find(name);
      if (own == clear.bounds.end()) {
        hold("SCOPE.UNDEFINED", "/parts/" + part, {{"stated", false}},
             "Upstream states the part's own value in a new revision.");
      } else {
        must_lie(own->second, *declared, "/parts/" + part,
                 "Upstream reduces the part, or declares the wider scope, in a new revision.");
      }
    }
  }
};

// A dimension of parts: each is one that its source has, by hash.
struct PartsDimension {
  const World& world;
  const Packet& packet;
  const Dossier& dossier;
  const std::string& name;
  const charter::Dimension& rule;
  Report& report;
  bool failed = false;

  void hold(std::string code, std::string subject, canon::Object saw, std::string remedy) {
    failed = true;
    report.push_back({std::move(code), Outcome::hold, std::move(subject), std::move(saw), std::move(remedy)});
  }

  void run() {
    const std::string here = "/scope/" + name;
    const packet::Coproduced* co = dossier.revision.co.get();
    if (rule.required && (co == nullptr || co->fragments.empty())) {
      hold("SCOPE.UNDEFINED", here, {{"declared", 0}}, "A new revision cites the parts.");
    }
    if (co != nullptr) {
      for (const auto& [id, fragment] : co->fragments) {
        at_source("/fragments/" + id, fragment);
      }
    }
    if (!failed) {
      report.push_back({"SCOPE.UNDEFINED", Outcome::pass, here, {{"declared", true}}, ""});
    }
  }

  void at_source(const std::string& subject, const packet::SealedFragment& fragment) {
    bool cited = false;
    bool known = false;
    for (const packet::Cite& cite : packet.head->cites) {
      if (cite.source != *rule.source || std::ranges::count(fragment.cites, cite.citation) == 0) {
        continue;
      }
      cited = true;
      if (!observed(world, cite.object)) {
        return; // FRESH.UNKNOWN holds until it has answered
      }
      const auto facts = world.facts.objects.find(cite.object);
      if (facts == world.facts.objects.end() || !facts->second.stated.contains(name) ||
          world.state.objects.at(cite.object).status == "gone") {
        continue;
      }
      known = known || std::ranges::count(facts->second.stated.at(name), fragment.sha256.hex()) != 0;
    }
    if (!cited) {
      hold("SCOPE.UNDEFINED", subject, {{"source", *rule.source}, {"cited", false}},
           "A new revision cites where the part comes from.");
    } else if (!known) {
      hold("LINE.DIGEST_MISMATCH", subject, {{"source", *rule.source}, {"has_it", false}},
           "A new revision cites the part as its source has it.");
    }
  }
};

// Fragments say how deep their symbols go, so something has to bound it: the `level` that is called
// symbolization, which the leaders accept and the verifier looks for.
void check_depth(const Dossier& dossier, const charter::Charter& charter, Report& report) {
  const packet::Coproduced* co = dossier.revision.co.get();
  const auto rule = charter.scope.find("symbolization");
  const bool known = rule != charter.scope.end() && rule->second.type == charter::ScopeType::level;
  // Where it is required and not declared, the dimension itself holds.
  const bool bounded = known && (rule->second.required || dossier.revision.bounds.contains("symbolization"));
  if (co == nullptr || co->fragments.empty() || bounded) {
    return;
  }
  const std::string here = "/scope/symbolization";
  std::erase_if(
      report, [&](const CheckLine& line) { return line.code == "SCOPE.UNDEFINED" && line.subject == here; });
  report.push_back(
      {"SCOPE.UNDEFINED",
       Outcome::hold,
       here,
       {{"declared_in_charter", known}},
       known ? "A new revision declares the level, or cites no fragment."
             : "A new revision cites no fragment; or the charter declares a level of that name, and "
               "then a new revision does."});
}

// What the head declares and the charter does not know, or knows to be of the other kind.
void check_declared(const Dossier& dossier, const charter::Charter& charter, Report& report) {
  const auto fits = [&](const std::string& name, bool clear) {
    const auto rule = charter.scope.find(name);
    if (rule != charter.scope.end() && stands_in_clear(rule->second.type) == clear) {
      return;
    }
    report.push_back({"SCOPE.UNDEFINED",
                      Outcome::hold,
                      "/scope/" + name,
                      {{"declared_in_charter", rule != charter.scope.end()}},
                      "A new revision leaves the dimension out or declares it as its type asks, or the "
                      "charter declares it."});
  };
  for (const auto& [name, elements] : dossier.scope) {
    fits(name, false);
  }
  for (const auto& [name, bound] : dossier.revision.bounds) {
    fits(name, true);
  }
}

} // namespace

void check_scope(const World& world, const PacketId& id, const Packet& packet, Instant, Report& report) {
  static const std::map<std::string, std::string> nothing;
  const Dossier& dossier = *world.dossier(id);
  const charter::Charter& charter = *world.active_charter(packet.lane);
  for (const auto& [name, rule] : charter.scope) {
    if (rule.type == charter::ScopeType::parts) {
      PartsDimension{world, packet, dossier, name, rule, report}.run();
      continue;
    }
    if (stands_in_clear(rule.type)) {
      ClearDimension{world, packet, dossier, name, rule, report}.run();
      continue;
    }
    const auto declared = dossier.scope.find(name);
    Dimension{world, packet, name, rule, declared == dossier.scope.end() ? nothing : declared->second, report}
        .run();
  }
  check_depth(dossier, charter, report);
  check_declared(dossier, charter, report);
  const bool snapshots = std::ranges::any_of(
      charter.scope, [](const auto& at) { return at.second.type == charter::ScopeType::snapshot; });
  report.push_back({"SCOPE.DRIFT", snapshots ? Outcome::pass : Outcome::not_applicable, "", {}, ""});
}

} // namespace sallyport::gate
