// Time, and what sources say of the state of things: read from what they really held.
#include "sim/charters.h"
#include "sim/oracle.h"

#include <algorithm>

namespace sallyport::sim {

std::optional<std::vector<Instant>> Oracle::instants(const Case& c, const std::string& source,
                                                     const std::string& attr) const {
  std::vector<Instant> out;
  for (const packet::Cite& cite : c.cites) {
    if (cite.source != source || held_back(c, "/citations/" + cite.citation)) {
      continue; // no recheck asks for what is held back
    }
    const Thing* thing = snapshot(cite.object);
    if (thing == nullptr || thing->status == "gone" || !thing->attrs.contains(attr)) {
      return std::nullopt;
    }
    const auto at = parse_instant(thing->attrs.at(attr));
    if (!at) {
      return std::nullopt;
    }
    out.push_back(*at);
  }
  return out.empty() ? std::nullopt : std::optional(std::move(out));
}

// ---- windows

namespace {

// The instant as people in the zone read it: a weekday from Monday on, and minutes since midnight.
struct Local {
  std::int64_t weekday = 0;
  std::int64_t minute = 0;
};

std::optional<Local> local_time(const std::string& zone, Instant at) {
  const auto known = zones().offsets.find(zone);
  std::optional<Duration> offset;
  for (const gate::ZoneOffset& row :
       known == zones().offsets.end() ? std::vector<gate::ZoneOffset>{} : known->second) {
    if (row.from <= at) {
      offset = row.offset;
    }
  }
  if (!offset || at >= zones().until) {
    return std::nullopt;
  }
  const std::int64_t ms = at.ms + offset->ms;
  constexpr std::int64_t thursday = 3; // 1970-01-01
  return Local{(ms / day.ms + thursday) % 7, ms % day.ms / minute.ms};
}

bool in_shift(const charter::Shift& shift, Instant at) {
  const auto local = local_time(shift.tz, at);
  if (!local) {
    return false;
  }
  const auto listed = [&](std::int64_t weekday) {
    return shift.days.contains(static_cast<charter::Weekday>(weekday));
  };
  if (shift.from < shift.to) {
    return listed(local->weekday) && local->minute >= shift.from.minute && local->minute < shift.to.minute;
  }
  return (local->minute >= shift.from.minute && listed(local->weekday)) ||
         (local->minute < shift.to.minute && listed((local->weekday + 6) % 7)); // it began yesterday
}

} // namespace

std::vector<packet::BoundWindow> Oracle::windows(const Case& c) const {
  std::vector<packet::BoundWindow> out;
  for (const auto& [id, window] : charter(c.lane)->clocks.windows) {
    packet::BoundWindow bound{id, "shift", {}};
    if (const auto* embargo = std::get_if<charter::Embargo>(&window)) {
      bound.kind = embargo->until ? "embargo_until" : "embargo_after";
      if (const auto* said = std::get_if<Instant>(&embargo->at)) {
        bound.instants = {*said};
      } else {
        const auto& from = std::get<charter::AttrRef>(embargo->at);
        bound.instants = instants(c, from.source, from.attr).value_or(std::vector<Instant>{});
        std::ranges::sort(bound.instants);
      }
    } else if (const auto* freeze = std::get_if<charter::Freeze>(&window)) {
      bound.kind = "freeze";
      if (const auto* said = std::get_if<charter::Interval>(&freeze->range)) {
        bound.instants = {said->from, said->until};
      } else {
        const auto& from = std::get<charter::AttrInterval>(freeze->range);
        const auto starts = instants(c, from.source, from.starts_attr);
        const auto ends = instants(c, from.source, from.ends_attr);
        for (std::size_t i = 0; starts && ends && i < starts->size(); ++i) {
          bound.instants.push_back((*starts)[i]);
          bound.instants.push_back((*ends)[i]);
        }
      }
    }
    out.push_back(std::move(bound));
  }
  return out;
}

bool Oracle::windows_open(const Case& c, Instant at) const {
  const std::vector<packet::BoundWindow> now = windows(c);
  return std::ranges::all_of(now, [&](const packet::BoundWindow& window) {
    const std::vector<Instant>& t = window.instants;
    if (window.kind == "shift") {
      return in_shift(std::get<charter::Shift>(charter(c.lane)->clocks.windows.at(window.window)), at);
    }
    if (t.empty()) {
      return false; // nobody says when
    }
    if (window.kind == "freeze") {
      for (std::size_t i = 0; i + 1 < t.size(); i += 2) {
        if (t[i] >= t[i + 1] || (at >= t[i] && at < t[i + 1])) {
          return false;
        }
      }
      return true;
    }
    return std::ranges::all_of(
        t, [&](Instant edge) { return window.kind == "embargo_until" ? at >= edge : at < edge; });
  });
}

// ---- at a commit

void Oracle::clocks(const Case& c, Instant at) {
  const charter::Charter& active = *charter(c.lane);
  const Bound* bound = in_review(c);
  require("INV-37", bound != nullptr && bound->said.windows == windows(c),
          "released though a window is not the one that was signed");
  const auto near_is_shown = [&](const std::string& subject) {
    return std::ranges::any_of(c.holds, [&](const auto& row) {
      return row.second.record.code == "TIME.CLOCK_NEAR" && row.second.record.subject == subject;
    });
  };
  for (const auto& [id, due] : active.clocks.due) {
    const auto read = instants(c, due.from.source, due.from.attr);
    require("INV-18", read.has_value(), "released though a clock has no value");
    if (!read) {
      return;
    }
    const Instant first = std::ranges::min(*read);
    const bool must = due.kind == charter::DueKind::retention || due.kind == charter::DueKind::validity ||
                      due.at_expiry == charter::AtExpiry::hold;
    require("INV-32", !must || at < first, "released after a due instant");
    require("INV-22", at < first - due.warn_before || near_is_shown("/clocks/due/" + id),
            "a near clock crossed unseen");
    if (due.compare) {
      const auto other = instants(c, *due.compare, due.from.attr);
      require("INV-17",
              other.has_value() &&
                  std::set(other->begin(), other->end()) == std::set(read->begin(), read->end()),
              "released though two sources name different instants");
    }
  }
}

// Where a manifest is authorised, where a recheck opens, and at a commit.
void Oracle::conditions(const Case& c, Instant at) {
  const charter::Charter& active = *charter(c.lane);
  const Sealing& sealing = truth_->sealings.at(*c.head);
  const auto value_of = [&](const ObjectId& object, const std::string& attr) -> const std::string* {
    const Thing* thing = snapshot(object);
    return thing == nullptr || thing->status == "gone" || !thing->attrs.contains(attr)
               ? nullptr
               : &thing->attrs.at(attr);
  };
  for (const packet::Cite& cite : c.cites) {
    if (held_back(c, "/citations/" + cite.citation)) {
      continue;
    }
    const std::string& kind = sealing.kinds.at(cite.citation);
    for (const charter::Check& check : active.sources.at(cite.source).checks) {
      if (!check.of.contains(kind)) {
        continue;
      }
      const std::string* value = check.attr ? value_of(cite.object, *check.attr) : nullptr;
      if (check.kind == charter::CheckKind::valid_until) {
        const auto until =
            value == nullptr ? Result<Instant>(std::unexpected(Error{})) : parse_instant(*value);
        require("INV-18", until && at < *until, "let through after the end of a citation's validity");
      } else if (check.kind == charter::CheckKind::state && check.op == charter::Op::in) {
        const canon::Array& list = *check.value->array();
        require("INV-17",
                value != nullptr && std::ranges::any_of(list,
                                                        [&](const canon::Value& item) {
                                                          return item.string() != nullptr &&
                                                                 *item.string() == *value;
                                                        }),
                "let through though a source says that a condition is not met");
      } else if (check.kind == charter::CheckKind::agree) {
        const Thing* mine = snapshot(cite.object);
        bool compared = false;
        for (const packet::Cite& other : c.cites) {
          const Thing* theirs = other.source == *check.with ? snapshot(other.object) : nullptr;
          if (mine == nullptr || theirs == nullptr || mine->key.empty() || theirs->key != mine->key) {
            continue;
          }
          compared = true;
          const std::string* there = value_of(other.object, *check.attr);
          require("INV-17", value != nullptr && there != nullptr && *value == *there,
                  "let through though two sources disagree");
        }
        require("INV-18", compared, "let through though nothing was compared");
      }
    }
  }
  for (const auto& [name, source] : active.sources) {
    for (const charter::Check& check : source.checks) {
      if (check.kind != charter::CheckKind::present) {
        continue;
      }
      for (const std::string& kind : check.of) {
        std::set<ObjectId> there;
        for (const packet::Cite& cite : c.cites) {
          const Thing* thing = sealing.kinds.at(cite.citation) == kind ? snapshot(cite.object) : nullptr;
          if (thing != nullptr && thing->status != "gone") {
            there.insert(cite.object);
          }
        }
        const bool shown = std::ranges::any_of(c.holds, [&](const auto& row) {
          return row.second.record.code == "FRESH.MISSING" &&
                 row.second.record.subject == "citation_kind:" + kind;
        });
        require("INV-22", shown || static_cast<std::int64_t>(there.size()) >= *check.count,
                "something that must be present crossed as absent, unseen");
      }
    }
  }
}

} // namespace sallyport::sim
