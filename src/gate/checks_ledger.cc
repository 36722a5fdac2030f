// LEDG.* and MIN.FINDING of a workspace: every open item is its own hold until enough of the right people
// accept it in one wording; nothing that was raised is missing; every claim is linked or contested, every
// section owned.
#include "gate/ledger.h"
#include "gate/workspace.h"

#include <algorithm>
#include <array>

namespace sallyport::gate {
namespace {

constexpr std::array codes{"LEDG.UNADDRESSED", "LEDG.INSTRUCTION_CONFLICT", "LEDG.LOST",
                           "LEDG.CLAIM_UNLINKED", "LEDG.UNOWNED"};

class LedgerChecks {
public:
  LedgerChecks(const World& world, const PacketId& id, const Packet& packet, Instant now, Report& report)
      : world_(world), packet_(packet), charter_(*world.active_charter(packet.lane)), now_(now),
        report_(report) {
    const Dossier* dossier = packet.head ? world.dossier(id) : nullptr;
    co_ = dossier == nullptr ? nullptr : dossier->revision.co.get();
  }

  void run() {
    for (const auto& [id, item] : packet_.workspace->ledger.items) {
      if (item.open()) {
        open(id, item);
      }
      if (co_ != nullptr) {
        lost(id, item);
      }
    }
    if (co_ != nullptr) {
      claims();
    }
    sections();
    for (const char* code : codes) {
      if (std::ranges::none_of(report_, [&](const CheckLine& line) { return line.code == code; })) {
        report_.push_back({code, Outcome::pass, "", {{"items", packet_.workspace->ledger.items.size()}}, ""});
      }
    }
  }

private:
  void open(const ItemId& id, const Item& item) {
    const auto by = accepted(world_, packet_, id, now_);
    const charter::Acceptance* row = acceptance_row(charter_, item);
    canon::Object saw{{"kind", item.kind},
                      {"category", item.category},
                      {"subject", item.subject},
                      {"since", to_string(item.first_opened)},
                      {"accepted", by.has_value()}};
    if (item.status) {
      saw.set("status", *item.status);
    }
    std::string remedy;
    if (!by && row == nullptr) {
      remedy = item.kind == "finding" ? "A newer scan of a newer dump revision without it, and a person."
                                      : "It is resolved, or withdrawn by whoever raised it.";
    } else if (!by) {
      remedy = "The people whom the charter names accept it in the same words, or it is resolved.";
    }
    // What is accepted crosses with its words, and those that came after the seal are in no revision.
    const bool sealed = says_all(id, item);
    if (by && !sealed) {
      saw.set("sealed", false);
      remedy = "The next revision has what was said of it, and is accepted again.";
    }
    CheckLine line{item.code, by && sealed ? Outcome::visible : Outcome::hold, id.str(), std::move(saw),
                   std::move(remedy)};
    line.item = true;
    report_.push_back(std::move(line));
  }

  bool says_all(const ItemId& id, const Item& item) const {
    if (co_ == nullptr) {
      return true; // nothing is sealed, and nothing crosses
    }
    const auto known = co_->ledger.find(id.str());
    return item.statements <= (known == co_->ledger.end() ? 0 : known->second.statements);
  }

  // B05: what an open item is about, or what was said to be gone, is in the head as the ledger says.
  void lost(const ItemId& id, const Item& item) {
    const bool content =
        packet::is_content(item.subject) && item.raised <= packet_.head->ledger_at.value_or(0);
    const bool left = packet::has_left(*co_, item.subject);
    const auto hold = [&](const char* what, const char* remedy) {
      report_.push_back(
          {"LEDG.LOST", Outcome::hold, id.str(), {{"subject", item.subject}, {what, true}}, remedy});
    };
    if (item.resolution && item.resolution->code == "subject_removed" && !left) {
      hold("still_there", "The next revision leaves it out.");
    } else if (item.open() && content && left) {
      hold("missing",
           item.kind == "conflict"
               ? "The next revision carries it again, or an instruction is withdrawn and it is resolved."
               : "The next revision carries it again, or the item is resolved because its subject left.");
    } else if (item.open() && content && item.kind == "objection" && unmarked(item.subject)) {
      hold("unmarked", "The next revision marks it as disputed.");
    }
  }

  // The open item that the text names; null where it names none.
  const Item* open_item(const std::optional<std::string>& text) const {
    const auto id = text ? ItemId::parse(*text) : fail(ErrorCode::malformed, "", "");
    const auto& items = packet_.workspace->ledger.items;
    const auto item = id ? items.find(*id) : items.end();
    return item != items.end() && item->second.open() ? &item->second : nullptr;
  }

  // A region or a claim that somebody objects to names an item about it.
  bool unmarked(const std::string& subject) const {
    const auto marks = [&](const std::optional<std::string>& text) {
      const Item* item = open_item(text);
      return item != nullptr && packet::same_item(item->subject, subject);
    };
    for (const auto& [id, region] : co_->regions) {
      if (packet::same_item("/regions/" + id, subject)) {
        return !marks(region.dispute);
      }
    }
    for (const auto& [id, claim] : co_->claims) {
      if (packet::same_item("/claims/" + id, subject)) {
        return !marks(claim.contested);
      }
    }
    return false;
  }

  // C15: linked to evidence, or contested in an item that is open.
  void claims() {
    for (const auto& [id, claim] : co_->claims) {
      const bool contested = open_item(claim.contested) != nullptr && charter_.ledger->contested_allowed;
      const bool linked = claim.evidence && !claim.evidence->empty() &&
                          std::ranges::all_of(*claim.evidence, [&](const std::string& citation) {
                            return std::ranges::any_of(packet_.head->cites, [&](const packet::Cite& cite) {
                              return cite.citation == citation;
                            });
                          });
      if (!linked && !contested) {
        report_.push_back({"LEDG.CLAIM_UNLINKED",
                           Outcome::hold,
                           "/claims/" + id,
                           {{"contested", claim.contested.has_value()}},
                           "The next revision links the claim to evidence or marks it contested."});
      }
    }
  }

  void sections() {
    for (const auto& [section, role] : charter_.ledger->sections) {
      if (section_owner(world_, packet_, section, now_) == nullptr) {
        report_.push_back(
            {"LEDG.UNOWNED",
             Outcome::hold,
             "/sections/" + section,
             {{"role", role}},
             "The release owner names somebody with the role, and the revision is sealed again."});
      }
    }
  }

  const World& world_;
  const Packet& packet_;
  const charter::Charter& charter_;
  const packet::Coproduced* co_ = nullptr;
  Instant now_;
  Report& report_;
};

} // namespace

void check_ledger(const World& world, const PacketId& id, const Packet& packet, Instant now, Report& report) {
  LedgerChecks(world, id, packet, now, report).run();
}

} // namespace sallyport::gate
