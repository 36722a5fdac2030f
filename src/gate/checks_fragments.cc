// What a workspace cites of dumps: each fragment lies in a scanned revision of its dump, under the rules of
// today, with a known state for every class of exposure, and may still be kept.
#include "gate/ledger.h"

#include <algorithm>
#include <array>

namespace sallyport::gate {
namespace {

constexpr std::array classes{"customer_identifier", "session_payload", "stack_local"};

class FragmentChecks {
public:
  FragmentChecks(const World& world, const PacketId& id, const Packet& packet, Instant now, Report& report)
      : world_(world), packet_(packet), charter_(*world.active_charter(packet.lane)),
        co_(*world.dossier(id)->revision.co), now_(now), report_(report) {}

  void run() {
    for (const auto& [dump, sealed] : co_.dumps) {
      scanned(dump, sealed);
    }
    for (const auto& [id, fragment] : co_.fragments) {
      const std::string subject = "/fragments/" + id;
      const auto dump = co_.dumps.find(fragment.dump);
      if (dump == co_.dumps.end() || dump->second.rev != fragment.rev || dump->second.size != fragment.size ||
          !packet::lies_in(fragment, dump->second.root)) {
        hold("LINE.DIGEST_MISMATCH", subject, {{"in_tree", false}},
             "The next revision cites the fragment as the vault has it.");
      }
      exposed(subject, fragment);
      kept(subject, fragment);
    }
  }

private:
  void hold(std::string code, std::string subject, canon::Object saw, std::string remedy) {
    std::erase_if(report_,
                  [&](const CheckLine& line) { return line.code == code && line.outcome == Outcome::pass; });
    report_.push_back(
        {std::move(code), Outcome::hold, std::move(subject), std::move(saw), std::move(remedy)});
  }

  // The newest scan of the dump is of the revision that is cited, whole, and under the rules of today.
  void scanned(const std::string& dump, const packet::SealedDump& sealed) {
    const std::string subject = "/dumps/" + dump;
    const auto scans = world_.state.scans.find(dump);
    if (scans == world_.state.scans.end() || scans->second.empty()) {
      hold("MIN.UNSCANNED", subject, {{"scans", 0}}, "The dump is scanned.");
      return;
    }
    const ScanState& last = scans->second.back();
    if (last.facts.rev != sealed.rev || last.facts.root != sealed.root || last.facts.size != sealed.size) {
      hold("LINE.DIGEST_MISMATCH", subject, {{"rev", std::int64_t{last.facts.rev}}, {"same", false}},
           "The next revision cites the dump as it was scanned last.");
    }
    const bool whole = last.facts.unaccounted == 0 && last.facts.budgets_hit == 0;
    if (!whole || outdated(last)) {
      hold("MIN.UNSCANNED", subject, {{"whole", whole}, {"rules_of_today", !outdated(last)}},
           "The dump is scanned to its end under the rules of today.");
    }
    if (last.facts.re_exposed != 0) {
      hold("MIN.FINDING", subject, {{"re_exposed", std::int64_t{last.facts.re_exposed}}},
           "A newer dump revision hides again what an older one hid.");
    }
  }

  // Each pin is the content of its source that the head cites, as it is now.
  bool outdated(const ScanState& scan) const {
    const auto older = [&](const std::string& pin, const std::optional<std::string>& source) {
      const auto pinned = scan.pins.find(pin);
      return source && std::ranges::any_of(packet_.head->cites, [&](const packet::Cite& cite) {
               const auto object = world_.state.objects.find(cite.object);
               return cite.source == *source && object != world_.state.objects.end() &&
                      (pinned == scan.pins.end() || pinned->second < object->second.ordinal);
             });
    };
    std::optional<std::string> taxonomy;
    for (const auto& [detector, rule] : charter_.exposure.detectors) {
      if (detector == charter::Detector::customer_identifier) {
        taxonomy = rule.terms_from;
      }
    }
    return older("ruleset", charter_.exposure.ruleset_source) || older("taxonomy", taxonomy);
  }

  // B02, B03: a cell is clean only where nothing is open; passed once is not clean.
  void exposed(const std::string& subject, const packet::SealedFragment& fragment) {
    for (const char* klass : classes) {
      const auto cell = fragment.exposure.find(klass);
      if (cell == fragment.exposure.end()) {
        hold("MIN.UNSCANNED", subject, {{"class", klass}, {"stated", false}},
             "The fragment is scanned for it.");
        continue;
      }
      const bool open = std::ranges::any_of(packet_.workspace->ledger.items, [&](const auto& at) {
        return at.second.open() && at.second.kind == "finding" && at.second.subject == subject &&
               at.second.exposure == klass;
      });
      if (open != (cell->second != "clean")) {
        hold("MIN.FINDING", subject, {{"class", klass}, {"cell", cell->second}, {"item_open", open}},
             "The finding is opened, or the next revision states the cell as the ledger has it.");
      }
    }
  }

  void kept(const std::string& subject, const packet::SealedFragment& fragment) {
    const auto retention = co_.retention.find(fragment.retention);
    if (retention == co_.retention.end() || now_ >= retention->second.deadline) {
      hold("TIME.RETENTION_EXPIRED", subject,
           {{"due", retention == co_.retention.end() ? "" : to_string(retention->second.deadline)}},
           "The next revision is without the fragment.");
    }
  }

  const World& world_;
  const Packet& packet_;
  const charter::Charter& charter_;
  const packet::Coproduced& co_;
  Instant now_;
  Report& report_;
};

} // namespace

void check_fragments(const World& world, const PacketId& id, const Packet& packet, Instant now,
                     Report& report) {
  FragmentChecks(world, id, packet, now, report).run();
}

} // namespace sallyport::gate
