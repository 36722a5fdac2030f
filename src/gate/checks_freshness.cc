// FRESH.*: is what the packet cites still so, and do we know? Reached is passed: an age equal to its
// limit is stale. Unknown is never fresh.
#include "gate/checks.h"

#include <algorithm>
#include <array>

namespace sallyport::gate {
namespace {

class Freshness {
public:
  Freshness(const World& world, const PacketId& id, const Packet& packet, Instant now, Report& report)
      : world_(world), packet_(packet), charter_(*world.active_charter(packet.lane)),
        dossier_(*world.dossier(id)), now_(now), report_(report) {}

  void run() {
    missing();
    for (const packet::Cite& cite : packet_.head->cites) {
      citation(cite);
    }
    sources();
    for (std::size_t i = 0; i < codes.size(); ++i) {
      if (!failed_[i]) {
        report_.push_back({codes[i], Outcome::pass, "", {{"citations", packet_.head->cites.size()}}, ""});
      }
    }
  }

private:
  static constexpr std::array codes{"FRESH.MISSING", "FRESH.UNKNOWN", "FRESH.CLOCK", "FRESH.CHANGED",
                                    "FRESH.STALE"};

  void line(const std::string& code, Outcome outcome, std::string subject, canon::Object saw,
            std::string remedy) {
    failed_[static_cast<std::size_t>(std::ranges::find(codes, code) - codes.begin())] = true;
    report_.push_back({code, outcome, std::move(subject), std::move(saw), std::move(remedy)});
  }

  // How many objects of each kind the head must cite; of which source they must be present, where that is
  // asked.
  void missing() {
    for (const auto& [kind, mode] : charter_.lane.citations) {
      const bool cited = std::ranges::any_of(dossier_.revision.citations,
                                             [&](const auto& c) { return c.second.kind == kind; });
      if (!cited) {
        absent(kind, {{"cited", 0}}, "Upstream cites one in a new revision.");
      }
    }
    for (const auto& [source, rule] : charter_.sources) {
      for (const charter::Check& check : rule.checks) {
        for (const std::string& kind :
             check.kind == charter::CheckKind::present ? check.of : charter::Names{}) {
          if (const std::int64_t there = present(source, kind); there < *check.count) {
            absent(kind, {{"present", there}, {"count", *check.count}},
                   "The object appears at its source, or upstream cites another in a new revision.");
          }
        }
      }
    }
  }

  void absent(const std::string& kind, canon::Object saw, std::string remedy) {
    const auto rule = charter_.lane.citations.find(kind);
    const bool may_cross = rule != charter_.lane.citations.end() && rule->second == charter::Missing::visible;
    line("FRESH.MISSING", may_cross ? Outcome::visible : Outcome::hold, "citation_kind:" + kind,
         std::move(saw), std::move(remedy));
  }

  // Objects of that kind, each once, that are cited and not gone. Whether one is known at all is
  // FRESH.UNKNOWN.
  std::int64_t present(const std::string& source, const std::string& kind) const {
    std::set<ObjectId> there;
    for (const packet::Cite& cite : packet_.head->cites) {
      const auto cited = dossier_.revision.citations.find(cite.citation);
      const auto object = world_.state.objects.find(cite.object);
      if (cite.source == source && cited != dossier_.revision.citations.end() && cited->second.kind == kind &&
          object != world_.state.objects.end() && object->second.status != "gone") {
        there.insert(cite.object);
      }
    }
    return static_cast<std::int64_t>(there.size());
  }

  void citation(const packet::Cite& cite) {
    const std::string subject = "/citations/" + cite.citation;
    const auto source = charter_.sources.find(cite.source);
    const auto cited = dossier_.revision.citations.find(cite.citation);
    const auto object = world_.state.objects.find(cite.object);
    if (source == charter_.sources.end() || cited == dossier_.revision.citations.end() ||
        object == world_.state.objects.end()) {
      line("FRESH.UNKNOWN", Outcome::hold, subject, {{"source_declared", false}},
           "The charter declares its source, or a new revision cites another.");
      return;
    }
    const ObjectState& seen = object->second;
    clocks(cite, seen, subject);
    if (!seen.observed) {
      line("FRESH.UNKNOWN", Outcome::hold, subject, {{"observed", false}},
           "The source is asked and answers.");
      return;
    }
    for (const charter::Check& check : source->second.checks) {
      if (check.of.contains(cited->second.kind)) {
        one(check, source->second, cite, seen, subject);
      }
    }
  }

  void clocks(const packet::Cite& cite, const ObjectState& seen, const std::string& subject) {
    const Instant observed = std::max(cite.observed_at, seen.observed_at);
    const Instant through = std::max(cite.complete_through, seen.complete_through);
    if (observed > now_ || through > now_ || seen.clock_fault) {
      line("FRESH.CLOCK", Outcome::hold, subject,
           {{"observed_at", to_string(observed)},
            {"complete_through", to_string(through)},
            {"contradicts", seen.clock_fault}},
           "A person looks at the source's clock and clears it.");
    }
  }

  void one(const charter::Check& check, const charter::Source& source, const packet::Cite& cite,
           const ObjectState& seen, const std::string& subject) {
    switch (check.kind) {
    case charter::CheckKind::max_age:
      return max_age(*check.limit, cite, seen, subject);
    case charter::CheckKind::digest:
      if (seen.status == "gone" || (seen.ordinal != cite.ordinal && is_material(source, cite))) {
        changed(cite, seen, subject,
                {{"status", seen.status},
                 {"cited", std::int64_t{cite.ordinal}},
                 {"seen", std::int64_t{seen.ordinal}}});
      }
      return;
    case charter::CheckKind::pin:
      if (!source.material || source.material->contains(*check.attr)) {
        pin(*check.attr, cite, seen, subject);
      }
      return;
    case charter::CheckKind::valid_until: // clocks.cc
    case charter::CheckKind::state:       // checks_state.cc
    case charter::CheckKind::present:     // missing()
    case charter::CheckKind::agree:       // checks_state.cc
      return;
    }
  }

  // Whether a changed object counts: where the charter names what is material, only when one of those
  // attributes is not known to be as it was sealed. What does not count is a note: the observation's record.
  bool is_material(const charter::Source& source, const packet::Cite& cite) const {
    if (!source.material) {
      return true;
    }
    return source.material->empty() || std::ranges::any_of(*source.material, [&](const std::string& attr) {
             const std::string* now_value = attr_text(world_, cite.object, attr);
             const std::string* as_sealed = sealed(cite, attr);
             return now_value == nullptr || as_sealed == nullptr || *now_value != *as_sealed;
           });
  }

  // The value that upstream pinned; null where it pinned none.
  const std::string* sealed(const packet::Cite& cite, const std::string& attr) const {
    const auto pins = dossier_.pins.find(cite.citation);
    if (pins == dossier_.pins.end()) {
      return nullptr;
    }
    const auto at = pins->second.find(attr);
    return at == pins->second.end() ? nullptr : &at->second;
  }

  void max_age(Duration limit, const packet::Cite& cite, const ObjectState& seen,
               const std::string& subject) {
    const bool matching = seen.status != "gone" && seen.ordinal == cite.ordinal;
    const Instant through =
        matching ? std::max(seen.complete_through, cite.complete_through) : cite.complete_through;
    if (now_ - through >= limit) {
      line("FRESH.STALE", Outcome::hold, subject,
           {{"complete_through", to_string(through)}, {"max_age", limit.ms}},
           "The source is observed again with the same content.");
    }
  }

  // Upstream cites what it saw later than our last observation: we do not know yet, and ask.
  void changed(const packet::Cite& cite, const ObjectState& seen, const std::string& subject,
               canon::Object saw) {
    if (seen.observed_at < cite.observed_at) {
      line("FRESH.UNKNOWN", Outcome::hold, subject, std::move(saw), "The source is asked again and answers.");
    } else {
      line("FRESH.CHANGED", Outcome::hold, subject, std::move(saw),
           "Upstream cites the present content in a new revision.");
    }
  }

  void pin(const std::string& attr, const packet::Cite& cite, const ObjectState& seen,
           const std::string& subject) {
    const std::string* now_value = attr_text(world_, cite.object, attr);
    const std::string* as_sealed = sealed(cite, attr);
    if (now_value == nullptr || as_sealed == nullptr) {
      line("FRESH.UNKNOWN", Outcome::hold, subject, {{"attr", attr}, {"sealed", as_sealed != nullptr}},
           as_sealed == nullptr ? "Upstream pins the attribute in a new revision."
                                : "The source states the attribute.");
    } else if (*now_value != *as_sealed) {
      changed(cite, seen, subject, {{"attr", attr}, {"pin", "differs"}});
    }
  }

  void sources() {
    std::set<std::string> cited;
    for (const packet::Cite& cite : packet_.head->cites) {
      cited.insert(cite.source);
    }
    for (const std::string& name : cited) {
      const auto rule = charter_.sources.find(name);
      const auto source = world_.state.sources.find(name);
      const bool contact = source != world_.state.sources.end() && source->second.last_contact.has_value();
      if (rule == charter_.sources.end()) {
        continue; // said per citation
      }
      if (!contact || now_ - *source->second.last_contact >= rule->second.unknown_after) {
        canon::Object saw{{"unknown_after", rule->second.unknown_after.ms}};
        if (contact) {
          saw.set("last_contact", to_string(*source->second.last_contact));
        }
        line("FRESH.UNKNOWN", Outcome::hold, "/sources/" + name, std::move(saw), "The source answers again.");
      }
    }
  }

  const World& world_;
  const Packet& packet_;
  const charter::Charter& charter_;
  const Dossier& dossier_;
  Instant now_;
  Report& report_;
  std::array<bool, codes.size()> failed_{};
};

} // namespace

void check_freshness(const World& world, const PacketId& id, const Packet& packet, Instant now,
                     Report& report) {
  Freshness(world, id, packet, now, report).run();
}

} // namespace sallyport::gate
