// STATE.*: what the cited objects say of themselves, and whether two sources say the same. A condition that
// cannot be read is not met: FRESH.UNKNOWN.
#include "gate/checks.h"

#include "gate/attrs.h"
#include "gate/lineage.h"

#include <algorithm>
#include <set>

namespace sallyport::gate {
namespace {

class States {
public:
  States(const World& world, const PacketId& id, const Packet& packet, Report& report)
      : world_(world), id_(id), packet_(packet), charter_(*world.active_charter(packet.lane)),
        dossier_(*world.dossier(id)), report_(report) {}

  void run() {
    for (const packet::Cite& cite : packet_.head->cites) {
      const auto source = charter_.sources.find(cite.source);
      const auto cited = dossier_.revision.citations.find(cite.citation);
      const auto object = world_.state.objects.find(cite.object);
      if (source == charter_.sources.end() || cited == dossier_.revision.citations.end() ||
          object == world_.state.objects.end() || !object->second.observed) {
        continue; // FRESH.UNKNOWN says so of the citation
      }
      for (const charter::Check& check : source->second.checks) {
        if (check.kind == charter::CheckKind::state && check.of.contains(cited->second.kind)) {
          state(check, cite);
        } else if (check.kind == charter::CheckKind::agree && check.of.contains(cited->second.kind)) {
          agree(check, source->second, cite);
        }
      }
    }
    for (const std::string& code : asked_) {
      if (!failed_.contains(code)) {
        report_.push_back({code, Outcome::pass, "", {}, ""});
      }
    }
  }

private:
  void hold(const std::string& code, const packet::Cite& cite, canon::Object saw, std::string remedy) {
    failed_.insert(code);
    report_.push_back(
        {code, Outcome::hold, "/citations/" + cite.citation, std::move(saw), std::move(remedy)});
  }

  void unknown(const packet::Cite& cite, const std::string& attr) {
    hold("FRESH.UNKNOWN", cite, {{"attr", attr}, {"stated", false}},
         "The source states the attribute as the charter declares it.");
  }

  void state(const charter::Check& check, const packet::Cite& cite) {
    const std::string code = check.code.value_or("STATE.PREREQ");
    asked_.insert(code);
    const auto value = attr_of(world_, charter_, cite.object, {cite.source, *check.attr});
    std::optional<bool> met;
    if (*check.op == charter::Op::exists) {
      met = attr_text(world_, cite.object, *check.attr) != nullptr;
    } else if (value && check.value) {
      met = holds_true(*value, *check.op, *check.value);
    }
    if (!met) {
      unknown(cite, *check.attr);
    } else if (!*met) {
      hold(code, cite, {{"attr", *check.attr}, {"op", std::string(charter::to_word(*check.op))}},
           "The source says that the condition is met.");
    }
  }

  // The same object at the other source is the one with the same key, and the head cites it too. What is held
  // back says nothing: no recheck asks for it.
  void agree(const charter::Check& check, const charter::Source& source, const packet::Cite& cite) {
    asked_.insert("STATE.CONFLICT");
    const auto mine = attr_of(world_, charter_, cite.object, {cite.source, *check.attr});
    const std::string* key = key_of(cite.object);
    bool compared = false;
    for (const packet::Cite& other : packet_.head->cites) {
      const std::string* other_key = other.source == *check.with ? key_of(other.object) : nullptr;
      if (key == nullptr || other_key == nullptr || *other_key != *key ||
          is_held_back(world_, id_, "/citations/" + other.citation)) {
        continue;
      }
      compared = true;
      const auto theirs = attr_of(world_, charter_, other.object, {other.source, *check.attr});
      if (!mine || !theirs) {
        unknown(cite, *check.attr);
      } else if (*mine != *theirs) {
        const auto with = charter_.sources.find(*check.with);
        const bool equal =
            with != charter_.sources.end() && with->second.authority_rank == source.authority_rank;
        hold("STATE.CONFLICT", cite, {{"attr", *check.attr}, {"with", other.citation}, {"equal_rank", equal}},
             "The two sources say the same again.");
      }
    }
    if (!compared) {
      unknown(cite, *check.attr);
    }
  }

  const std::string* key_of(const ObjectId& object) const {
    const auto facts = world_.facts.objects.find(object);
    return facts == world_.facts.objects.end() || facts->second.key.empty() ? nullptr : &facts->second.key;
  }

  const World& world_;
  const PacketId& id_;
  const Packet& packet_;
  const charter::Charter& charter_;
  const Dossier& dossier_;
  Report& report_;
  std::set<std::string> asked_;
  std::set<std::string> failed_;
};

} // namespace

void check_state(const World& world, const PacketId& id, const Packet& packet, Instant, Report& report) {
  States(world, id, packet, report).run();
}

} // namespace sallyport::gate
