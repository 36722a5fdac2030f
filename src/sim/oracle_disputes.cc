// What of the ledger must be so when a manifest enters review and when something crosses; and the level
// beyond which nothing goes.
#include "crypto/digest.h"
#include "packet/coproduced.h"
#include "packet/entry.h"
#include "sim/oracle.h"

#include <algorithm>

namespace sallyport::sim {

// An item that is neither over nor accepted in words that were sealed with the head, or a flag nobody saw.
bool Oracle::unaddressed(const Case& c, Instant at) const {
  return c.written && std::ranges::any_of(c.written->items, [&](const auto& row) {
           const auto& [id, item] = row;
           const auto said = c.written->said_then.find(id);
           const std::uint32_t sealed = said == c.written->said_then.end() ? 0 : said->second;
           return item.state == "open" && (!accepted(c, id, at) || sealed < item.statements);
         });
}

// INV-35, INV-36: what is bound of the ledger is what the leaves say of it.
void Oracle::binds_ledger(const Case& c, const packet::Manifest& m, const packet::ManifestSubmitted& r) {
  require("INV-36", m.ledger.has_value() == c.written.has_value() && m.is_release() == c.written.has_value(),
          "a manifest binds a ledger where there is none, or none where there is one");
  if (broken_ || !c.written) {
    return;
  }
  const Written& w = *c.written;
  require("INV-36", r.ledger_at == w.at && m.ledger->at == w.at && r.ledger == m.ledger->digest,
          "a manifest binds another ledger than there is");
  require("INV-34", m.ledger->items.size() == w.items.size(), "a manifest leaves an item out");
  for (const auto& [id, item] : w.items) {
    const auto bound = m.ledger->items.find(id.str());
    require("INV-34",
            bound != m.ledger->items.end() && bound->second.state == item.state &&
                bound->second.category == item.category && bound->second.code == item.code &&
                bound->second.subject == item.subject && bound->second.status == item.status &&
                bound->second.stub == item.stub &&
                (item.state != "open" || bound->second.statements.size() == item.statements),
            "a manifest binds an item as it is not");
  }
  require("INV-34", !unaddressed(c, at_), "a manifest is in review over an item that nobody addressed");
  require("INV-34", std::ranges::all_of(w.flags, [](const auto& flag) { return flag.second; }),
          "a manifest is in review over a flag that nobody looked at");
  require("INV-35", m.accepted == all_accepted(c, at_) && r.accepted == packet::accepted_digest(m.accepted),
          "a manifest binds other acceptances than were given");
  require("INV-12", m.owner && m.owner->person == w.owner, "a manifest names another owner");
}

// The same again, when it crosses.
void Oracle::disputes_cross(const Case& c, const Bound& bound, const packet::Entry& entry, Instant at) {
  require("INV-36", entry.disputes == bound.said.ledger, "an entry has another ledger than its manifest");
  require("INV-35", entry.accepted == bound.said.accepted,
          "an entry has other acceptances than its manifest");
  if (broken_ || !c.written) {
    return;
  }
  require("INV-36", bound.said.ledger->at == c.written->at, "released over another ledger than was signed");
  for (const Signed& s : bound.signatures) {
    require("INV-36", s.withdrawn || s.ledger_at == c.written->at,
            "a signature counts that was made over another ledger");
  }
  require("INV-34", !unaddressed(c, at), "released with an item that nobody addressed");
  require("INV-35", entry.accepted == all_accepted(c, at), "released with other acceptances than stand");
  const auto sealing = truth_->sealings.find(entry.revision.digest);
  const auto read = sealing == truth_->sealings.end() ? fail(ErrorCode::not_found, "", "no such revision")
                                                      : packet::read_revision(sealing->second.bytes);
  require("INV-01", read && read->co != nullptr, "what crosses is no revision of a workspace");
  for (const auto& [id, item] : c.written->items) {
    require("INV-34",
            entry.disputes->items.contains(id.str()) &&
                entry.disputes->items.at(id.str()).state == item.state,
            "released without an item that was raised");
    require("INV-34", broken_ || item.how != "subject_removed" || packet::has_left(*read->co, item.subject),
            "released with what was said to be gone"); // also where that was said after the seal
  }
}

// Between steps: whatever changed the ledger, or the text, has voided what was in review.
void Oracle::reviews_what_is(const Case& c) {
  if (!c.written) {
    return;
  }
  for (const auto& [digest, bound] : c.manifests) {
    require("INV-36", bound.over || !bound.said.ledger || bound.said.ledger->at == c.written->at,
            "a manifest is in review over a ledger that has changed since");
    require("INV-09", bound.over || bound.leaf > c.written->taken,
            "a manifest is in review over a text that has changed since");
  }
}

// ---- levels

std::optional<std::string> Oracle::level_of(const Case& c) const {
  const auto read = c.head && truth_->sealings.contains(*c.head)
                        ? packet::read_revision(truth_->sealings.at(*c.head).bytes)
                        : std::unexpected(Error{});
  const auto level = read ? read->bounds.find("symbolization") : packet::Bounds::const_iterator{};
  return read && level != read->bounds.end() ? std::optional(packet::in_words(level->second)) : std::nullopt;
}

// INV-33: nothing beyond the declared level, and that not beyond the charter's.
void Oracle::levels_cross(const Case& c, const packet::Manifest& m) {
  for (const auto& [dimension, rule] : charter(c.lane)->scope) {
    if (rule.type != charter::ScopeType::level) {
      continue;
    }
    const auto depth = [&](const std::string& level) {
      const auto at = std::ranges::find(rule.levels, level);
      return at == rule.levels.end() ? std::optional<std::ptrdiff_t>() : at - rule.levels.begin();
    };
    const auto declared = level_of(c);
    const auto here = declared ? depth(*declared) : std::nullopt;
    require("INV-33", here.has_value(),
            "released without a level, or with one that the charter does not know");
    require("INV-33",
            m.bounds && m.bounds->contains(dimension) &&
                packet::in_words(m.bounds->at(dimension)) == declared,
            "a manifest binds another level than the revision declares");
    if (broken_) {
      return;
    }
    require("INV-33", !rule.max || *here <= depth(*rule.max->string()).value_or(-1),
            "released beyond the level that the charter allows");
    for (const packet::Cite& cite : c.cites) {
      const Thing* thing = snapshot(cite.object);
      if (!charter(c.lane)->sources.at(cite.source).touches.contains(dimension)) {
        continue;
      }
      require("INV-33", thing != nullptr && thing->touches.contains(dimension),
              "released on evidence that states no level");
      for (const std::string& level : broken_ ? std::set<std::string>{} : thing->touches.at(dimension)) {
        require("INV-33", depth(level) && *depth(level) <= *here,
                "released on evidence that goes beyond the declared level");
      }
    }
  }
}

} // namespace sallyport::sim
