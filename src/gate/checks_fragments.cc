// What a workspace cites of dumps: each fragment lies in a scanned revision of its dump, under the rules of
// today, with a known state for every class of exposure, and may still be kept.
#include "gate/attrs.h"
#include "gate/ledger.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sallyport::gate {
namespace {

constexpr std::array classes{"customer_identifier", "session_payload", "stack_local"};

class FragmentChecks {
public:
  FragmentChecks(const World& world, const PacketId& id, const Packet& packet, Instant now, Report& report)
      : world_(world), packet_(packet), charter_(*world.active_charter(packet.lane)),
        co_(*world.dossier(id)->revision.co), now_(now), report_(report) {
    for (const auto& [name, due] : charter_.clocks.due) {
      if (due.kind == charter::DueKind::retention) {
        registries_[due.from.source] = read_instants(world, id, charter_, due.from);
      }
    }
  }

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
    for (const char* klass : classes) {
      left_over(dump, klass, last);
    }
  }

  // What the scan left is in the ledger, where people accept it; and what it did not look for may be there.
  void left_over(const std::string& dump, const std::string& klass, const ScanState& last) {
    const std::string subject = "/dumps/" + dump;
    const auto left = last.facts.residual.find(klass);
    if (left == last.facts.residual.end()) {
      hold("MIN.UNSCANNED", subject, {{"class", klass}, {"stated", false}}, "The dump is scanned for it.");
    } else if (const std::uint32_t known = known_left(dump, klass); left->second > known) {
      hold("MIN.FINDING", subject,
           {{"class", klass}, {"left", std::int64_t{left->second}}, {"in_ledger", std::int64_t{known}}},
           "A finding is opened for what the scan left, or a newer dump revision is without it.");
    }
  }

  // The most of the class that open findings of the dump, or of its fragments, were opened for.
  std::uint32_t known_left(const std::string& dump, const std::string& klass) const {
    std::uint32_t out = 0;
    for (const auto& [id, item] : packet_.workspace->ledger.items) {
      if (!item.open() || item.kind != "finding" || item.exposure != klass || !is_of(dump, item.subject)) {
        continue;
      }
      const auto& scans = world_.state.scans.at(dump);
      const auto cause = std::ranges::find(scans, item.cause, &ScanState::leaf);
      if (cause != scans.end() && cause->facts.residual.contains(klass)) {
        out = std::max(out, cause->facts.residual.at(klass));
      }
    }
    return out;
  }

  bool is_of(const std::string& dump, const std::string& subject) const {
    constexpr std::string_view below = "/fragments/";
    if (!subject.starts_with(below)) {
      return subject == "/dumps/" + dump;
    }
    const auto fragment = co_.fragments.find(subject.substr(below.size()));
    return fragment != co_.fragments.end() && fragment->second.dump == dump;
  }

  // Each pin is the content of its source that the head cites, as it is now.
  bool outdated(const ScanState& scan) const {
    const auto older = [&](const std::string& pin, const std::optional<std::string>& source) {
      const auto pinned = scan.pins.find(pin);
      return source && std::ranges::any_of(packet_.head->cites, [&](const packet::Cite& cite) {
               const auto object = world_.state.objects.find(cite.object);
               return cite.source == *source && object != world_.state.objects.end() &&
                      (pinned == scan.pins.end() || pinned->second != object->second.ordinal);
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

  // B02, B03: a cell is what its open item says, and clean only where there is none; passed once is not
  // clean.
  void exposed(const std::string& subject, const packet::SealedFragment& fragment) {
    for (const char* klass : classes) {
      const auto cell = fragment.exposure.find(klass);
      if (cell == fragment.exposure.end()) {
        hold("MIN.UNSCANNED", subject, {{"class", klass}, {"stated", false}},
             "The fragment is scanned for it.");
        continue;
      }
      const std::string believed = believed_of(subject, klass);
      if (cell->second != believed) {
        hold("MIN.FINDING", subject, {{"class", klass}, {"cell", cell->second}, {"ledger", believed}},
             "The finding is opened, or the next revision states the cell as the ledger has it.");
      }
    }
  }

  std::string believed_of(const std::string& subject, const std::string& klass) const {
    std::string out = "clean";
    for (const auto& [id, item] : packet_.workspace->ledger.items) {
      if (item.open() && item.kind == "finding" && item.subject == subject && item.exposure == klass &&
          out != "confirmed") {
        out = item.status.value_or("");
      }
    }
    return out;
  }

  void kept(const std::string& subject, const packet::SealedFragment& fragment) {
    const auto retention = co_.retention.find(fragment.retention);
    if (retention == co_.retention.end() || now_ >= retention->second.deadline) {
      hold("TIME.RETENTION_EXPIRED", subject,
           {{"due", retention == co_.retention.end() ? "" : to_string(retention->second.deadline)}},
           "The next revision is without the fragment.");
      return;
    }
    // What people wrote is what the registry that they name says of a record that the head cites. Where that
    // is not known, the clock itself holds.
    const auto registry = registries_.find(retention->second.source);
    const bool stated =
        registry != registries_.end() &&
        (!registry->second.known ||
         std::ranges::find(registry->second.at, retention->second.deadline) != registry->second.at.end());
    if (!registries_.empty() && !stated) {
      hold("STATE.CONFLICT", subject, {{"due", to_string(retention->second.deadline)}},
           "The next revision has the deadline that the cited record states.");
    }
  }

  const World& world_;
  const Packet& packet_;
  const charter::Charter& charter_;
  const packet::Coproduced& co_;
  Instant now_;
  Report& report_;
  std::map<std::string, ReadInstants> registries_; // by source, what the cited records state
};

} // namespace

void check_fragments(const World& world, const PacketId& id, const Packet& packet, Instant now,
                     Report& report) {
  FragmentChecks(world, id, packet, now, report).run();
}

} // namespace sallyport::gate
