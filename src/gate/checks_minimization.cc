// MIN.*: what would cross is no more than the lane's view shows, and all of it has been scanned.
#include "gate/checks.h"

#include "packet/view.h"

#include <algorithm>
#include <array>

namespace sallyport::gate {
namespace {

class Minimization {
public:
  Minimization(const World& world, const PacketId& id, const Packet& packet, Report& report)
      : world_(world), packet_(packet), charter_(*world.active_charter(packet.lane)),
        dossier_(*world.dossier(id)), shown_(shown(world, packet, dossier_)), choice_(shown_.choice),
        report_(report) {}

  void run() {
    for (const std::string& name : choice_.lacking) {
      hold("MIN.POLICY_STALE", name, {{"form", "absent"}},
           "Upstream seals the form that the lane's view asks for.");
    }
    handling();
    for (const auto& [id, withheld] : dossier_.revision.withheld) {
      hold("MIN.SECRET", "/withheld/" + id, {{"class", withheld.secret_class}, {"at", withheld.at}},
           "Upstream sends a revision without it.");
    }
    findings();
    if (!dossier_.scan_complete) {
      hold("MIN.UNSCANNED", "", {{"complete", false}},
           "Upstream sends a revision that can be scanned whole.");
    }
    for (const std::string& source : dossier_.scan_lacks) {
      hold("MIN.UNSCANNED", "/sources/" + source, {{"names", "not read"}},
           "The source lists its names; then upstream sends a revision.");
    }
    annexes();
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (!failed_[i]) {
        report_.push_back({codes[i], Outcome::pass, "", {{"shown", choice_.names.size()}}, ""});
      }
    }
  }

private:
  static constexpr std::array codes{"MIN.POLICY_STALE", "MIN.SECRET",    "MIN.FIELD",
                                    "MIN.FINDING",      "MIN.UNSCANNED", "MIN.ANNEX"};

  void hold(const std::string& code, std::string subject, canon::Object saw, std::string remedy) {
    failed_[static_cast<std::size_t>(std::ranges::find(codes, code) - codes.begin())] = true;
    report_.push_back({code, Outcome::hold, std::move(subject), std::move(saw), std::move(remedy)});
  }

  bool crosses(const std::string& name) const {
    if (std::ranges::find(choice_.names, name) != choice_.names.end()) {
      return true;
    }
    if (name.starts_with("/parts/")) {
      const auto part = packet_.head->parts.find(name.substr(7));
      const auto clear = dossier_.revision.parts.find(name.substr(7));
      return part != packet_.head->parts.end() &&
             (part->second == "included" ||
              (clear != dossier_.revision.parts.end() && clear->second.include));
    }
    return !dossier_.names.contains(name); // the clear part crosses always
  }

  // What the tenant's constraint forbids is neither shown nor coarsened.
  void handling() {
    if (!charter_.exposure.handling) {
      return;
    }
    const charter::Handling& rule = *charter_.exposure.handling;
    const auto values = read_attr(world_, packet_, rule.from);
    const bool asked = std::ranges::any_of(packet_.head->cites, [&](const packet::Cite& cite) {
      const auto object = world_.state.objects.find(cite.object);
      return cite.source == rule.from.source && object != world_.state.objects.end() &&
             object->second.observed;
    });
    bool said = false;
    for (const auto& value : values) {
      if (!value) {
        continue;
      }
      said = true;
      const auto forbids = rule.forbids.find(*value);
      if (forbids == rule.forbids.end()) {
        hold("MIN.POLICY_STALE", "/exposure/handling", {{"value", "not in the charter"}},
             "The owners say in the charter what this constraint forbids.");
        continue;
      }
      for (const auto& [name, field_class] : shown_.classes) {
        if (forbids->second.contains(field_class) &&
            packet::split_form(name).form != packet::Form::pseudonym) {
          hold("MIN.FIELD", name, {{"class", std::string(charter::to_word(field_class))}},
               "Upstream seals a pseudonym, and the owners show only that.");
        }
      }
    }
    if (!said && (asked || values.empty())) {
      hold("MIN.POLICY_STALE", "/exposure/handling", {{"value", "not stated"}},
           "The source states the handling constraint and a new revision cites it.");
    }
  }

  bool in_the_ledger(const ScanFinding& finding) const {
    return packet_.workspace && std::ranges::any_of(packet_.workspace->ledger.items, [&](const auto& at) {
             return at.second.open() && at.second.kind == "finding" && at.second.subject == finding.name &&
                    at.second.exposure == finding.detector;
           });
  }

  void findings() {
    for (const ScanFinding& finding : dossier_.findings) {
      if (finding.klass == "secret") {
        continue; // replaced before sealing, and held as MIN.SECRET
      }
      const auto detector = charter::from_word<charter::Detector>(finding.detector);
      const auto rule =
          detector ? charter_.exposure.detectors.find(*detector) : charter_.exposure.detectors.end();
      if (rule == charter_.exposure.detectors.end() || !crosses(finding.name)) {
        continue;
      }
      const bool block = rule->second.on_hit == charter::OnHit::block;
      if (!block && in_the_ledger(finding)) {
        continue; // its item holds until it is accepted
      }
      hold(block ? "MIN.FIELD" : "MIN.FINDING", finding.name,
           {{"detector", finding.detector}, {"class", finding.klass}},
           "Upstream removes it from what the lane is shown.");
    }
  }

  void annexes() {
    for (const auto& [id, part] : dossier_.revision.parts) {
      const auto state = packet_.head->parts.find(id);
      if (part.include && (state == packet_.head->parts.end() || state->second != "included")) {
        hold(
            "MIN.ANNEX", "/parts/" + id,
            {{"state", state == packet_.head->parts.end() ? "absent" : state->second}},
            "A person with the promoting role promotes the redacted annex, or a new revision leaves it out.");
      }
    }
  }

  const World& world_;
  const Packet& packet_;
  const charter::Charter& charter_;
  const Dossier& dossier_;
  const Shown& shown_;
  const packet::ViewChoice& choice_;
  Report& report_;
  std::array<bool, codes.size()> failed_{};
};

} // namespace

void check_minimization(const World& world, const PacketId& id, const Packet& packet, Instant,
                        Report& report) {
  Minimization(world, id, packet, report).run();
}

} // namespace sallyport::gate
