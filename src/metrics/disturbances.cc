#include "metrics/disturbances.h"

#include <algorithm>
#include <utility>

namespace sallyport::metrics {
namespace {

using charter::CheckKind;

// Whether a check of this kind looks at every citation of the source; nothing where only at some kinds, which
// no leaf tells apart; false where there is none.
std::optional<bool> looks(const charter::Source& source, CheckKind kind) {
  std::optional<bool> out = false;
  for (const charter::Check& check : source.checks) {
    if (check.kind == kind) {
      if (check.of == source.supplies) {
        return true;
      }
      out = std::nullopt;
    }
  }
  return out;
}

const charter::Check* check_of(const charter::Source& source, CheckKind kind) {
  const auto found = std::ranges::find(source.checks, kind, &charter::Check::kind);
  return found == source.checks.end() ? nullptr : &*found;
}

bool stands(const gate::Packet& packet, const Disturbance& one) {
  return std::ranges::any_of(packet.holds, [&](const auto& hold) {
    return one.codes.contains(hold.second.code) &&
           (one.subject.empty() || one.subject == hold.second.subject);
  });
}

} // namespace

const Watch::Window* Watch::window(const PacketId& packet, Instant at) const {
  const auto found = windows_.find(packet);
  if (found == windows_.end()) {
    return nullptr;
  }
  const Window& one = found->second;
  const bool just_now = one.ended == at && (one.cause == "merged" || one.cause == "superseded");
  return !one.ended || just_now ? &one : nullptr;
}

const charter::Charter* Watch::text(const Window& window) const {
  const auto found = charters_.find(window.charter);
  return found == charters_.end() ? nullptr : &found->second;
}

// What its hold stands against already is not a second disturbance.
void Watch::add(const gate::State& state, Disturbance one) {
  const gate::Packet* packet = state.find(one.packet);
  if (packet == nullptr || stands(*packet, one)) {
    return;
  }
  one.determined =
      one.determined && packet->split() == nullptr; // a part that is held elsewhere may not count
  found_[one.packet].push_back(one);
}

std::vector<Disturbance> Watch::take() const {
  std::vector<Disturbance> out;
  for (const auto& [id, all] : found_) {
    out.insert(out.end(), all.begin(), all.end());
  }
  std::ranges::stable_sort(out, {}, &Disturbance::at);
  return out;
}

// ---- what time alone does

void Watch::before(const gate::State& state, const packet::Leaf& leaf) {
  // An answer that comes at the very instant is in time; any other record finds it reached.
  time_passes(state, leaf.at, !std::holds_alternative<packet::SourceObserved>(leaf.record));
}

void Watch::time_passes(const gate::State& state, Instant now, bool inclusive) {
  if (now == looked_ && (looked_inclusive_ || !inclusive)) {
    return;
  }
  looked_ = now;
  looked_inclusive_ = inclusive;
  std::erase_if(windows_, [&](const auto& at) { return at.second.ended && *at.second.ended < now; });
  for (const auto& [id, window] : windows_) {
    const gate::Packet* packet = state.find(id);
    const charter::Charter* charter = text(window);
    if (window.ended || charter == nullptr || packet == nullptr || !packet->head) {
      continue;
    }
    std::set<std::string> sources;
    for (const packet::Cite& cite : packet->head->cites) {
      citation_ages(state, id, window, cite, now, inclusive);
      sources.insert(cite.source);
    }
    sources.insert(charter::roster_source(*charter));
    for (const std::string& source : sources) {
      source_silent(state, id, window, source, now, inclusive);
    }
  }
}

void Watch::citation_ages(const gate::State& state, const PacketId& id, const Window& window,
                          const packet::Cite& cite, Instant now, bool inclusive) {
  const auto rule = text(window)->sources.find(cite.source);
  const auto object = state.objects.find(cite.object);
  const charter::Check* check =
      rule == text(window)->sources.end() ? nullptr : check_of(rule->second, CheckKind::max_age);
  if (check == nullptr || object == state.objects.end()) {
    return;
  }
  const gate::ObjectState& seen = object->second;
  const bool same = seen.status != "gone" && seen.ordinal == cite.ordinal;
  const Instant through =
      same ? std::max(seen.complete_through, cite.complete_through) : cite.complete_through;
  const std::string subject = "/citations/" + cite.citation;
  due(state, id, window, through + *check->limit, now, inclusive,
      {.packet = id,
       .charter = window.charter,
       .kind = "freshness",
       .codes = {"FRESH.STALE"},
       .subject = subject,
       .determined = looks(rule->second, CheckKind::max_age) == true});
}

void Watch::source_silent(const gate::State& state, const PacketId& id, const Window& window,
                          const std::string& source, Instant now, bool inclusive) {
  const auto rule = text(window)->sources.find(source);
  const auto known = state.sources.find(source);
  if (rule == text(window)->sources.end() || known == state.sources.end() || !known->second.last_contact) {
    return;
  }
  const bool roster = source == charter::roster_source(*text(window));
  due(state, id, window, *known->second.last_contact + rule->second.unknown_after, now, inclusive,
      {.packet = id,
       .charter = window.charter,
       .kind = roster ? "roster" : "freshness",
       .codes = {roster ? "AUD.UNKNOWN" : "FRESH.UNKNOWN"},
       .subject = "/sources/" + source});
}

void Watch::due(const gate::State& state, const PacketId& id, const Window& window, Instant when, Instant now,
                bool inclusive, Disturbance one) {
  const Due key{id, *one.codes.begin(), one.subject};
  if (inclusive ? when > now : when >= now) {
    if (due_.erase(key) != 0) { // it was reached, and an answer came since
      for (Disturbance& earlier : found_[id]) {
        const bool same = earlier.codes == one.codes && earlier.subject == one.subject;
        earlier.over = earlier.over || (same && !earlier.hold);
      }
    }
    return;
  }
  if (due_.insert(key).second && when >= window.from) {
    one.at = when;
    add(state, std::move(one));
  }
}

// ---- what records say

void Watch::after(const gate::State& state, const packet::Leaf& leaf) {
  if (const auto* submitted = std::get_if<packet::ManifestSubmitted>(&leaf.record)) {
    whole_again(submitted->packet, {"roster"}); // over the roster as it is
    windows_[submitted->packet] = {submitted->id, submitted->charter, submitted->roster, leaf.at, {}, ""};
  } else if (const auto* voided = std::get_if<packet::ManifestVoided>(&leaf.record)) {
    if (const auto at = windows_.find(voided->packet);
        at != windows_.end() && at->second.manifest == voided->id) {
      at->second.ended = leaf.at;
      at->second.cause = voided->cause;
    }
  } else if (const auto* committed = std::get_if<packet::ReleaseCommitted>(&leaf.record)) {
    windows_.erase(committed->packet);
    for (Disturbance& one : found_[committed->packet]) {
      one.crossed = one.crossed || (one.determined && !one.over);
    }
  } else if (const auto* merged = std::get_if<packet::DuplicateMerged>(&leaf.record)) {
    if (const Window* open = window(merged->packet, leaf.at)) { // the loser is closed, and cannot cross
      add(state, {.packet = merged->packet,
                  .charter = open->charter,
                  .kind = "merge",
                  .at = leaf.at,
                  .codes = {"LINE.SUPERSEDED"}});
    }
  } else if (const auto* sealed = std::get_if<packet::RevisionSealed>(&leaf.record)) {
    whole_again(sealed->packet, {"merge", "freshness"});
  } else if (const auto* roster = std::get_if<packet::RosterActivated>(&leaf.record)) {
    rostered(state, leaf.at, *roster);
  } else if (const auto* seen = std::get_if<packet::SourceObserved>(&leaf.record)) {
    observed(state, leaf, *seen);
    looked_ = Instant{}; // what was reached may be whole again, and be reached once more
    time_passes(state, leaf.at, false);
  } else if (const auto* event = std::get_if<packet::SourceEvent>(&leaf.record)) {
    reported(state, leaf.at, *event);
  } else if (const auto* hold = std::get_if<packet::HoldOpened>(&leaf.record)) {
    opened(leaf.at, *hold);
  } else if (const auto* gone = std::get_if<packet::HoldCleared>(&leaf.record)) {
    cleared(*gone);
  }
}

void Watch::rostered(const gate::State& state, Instant at, const packet::RosterActivated& record) {
  for (const auto& [id, one] : windows_) {
    const gate::Packet* packet = state.find(id);
    if (one.ended || packet == nullptr || packet->lane != record.lane || one.roster == record.roster) {
      continue;
    }
    add(state,
        {.packet = id, .charter = one.charter, .kind = "roster", .at = at, .codes = {"AUD.ROSTER_DRIFT"}});
  }
}

// A cited object is other than it was cited, or gone.
void Watch::observed(const gate::State& state, const packet::Leaf& leaf,
                     const packet::SourceObserved& record) {
  for (const packet::ObservedObject& seen : record.objects) {
    const auto object = state.objects.find(seen.object);
    const auto citing = state.citing.find(seen.object);
    if (object == state.objects.end() || object->second.leaf != leaf.n || citing == state.citing.end()) {
      continue; // an older answer than the one that counts, or nobody cites it
    }
    for (const PacketId& id : citing->second) {
      const Window* open = window(id, leaf.at);
      const gate::Packet* packet = state.find(id);
      const charter::Charter* charter = open == nullptr ? nullptr : text(*open);
      if (charter == nullptr || packet == nullptr || !packet->head ||
          !charter->sources.contains(record.source)) {
        continue;
      }
      const charter::Source& source = charter->sources.at(record.source);
      const std::optional<bool> digest = looks(source, CheckKind::digest);
      const bool pinned = check_of(source, CheckKind::pin) != nullptr;
      for (const packet::Cite& cite : packet->head->cites) {
        const bool other = object->second.status == "gone" || object->second.ordinal != cite.ordinal;
        if (cite.object != seen.object || !other || (digest == false && !pinned)) {
          continue;
        }
        add(state, {.packet = id,
                    .charter = open->charter,
                    .kind = "freshness",
                    .at = leaf.at,
                    .codes = {"FRESH.CHANGED", "FRESH.UNKNOWN"},
                    .subject = "/citations/" + cite.citation,
                    .determined = digest == true && !source.material});
      }
    }
  }
}

// A source reports a duplicate or a roster, and the charter has that stop the packet.
void Watch::reported(const gate::State& state, Instant at, const packet::SourceEvent& record) {
  const Window* open = record.packet ? window(*record.packet, at) : nullptr;
  const bool duplicate = record.event.starts_with("duplicate.");
  if (open == nullptr || (!duplicate && record.event != "roster.changed")) {
    return;
  }
  const bool stops = record.effect == "hold" || record.effect == "supersede";
  if (!stops && record.event != "duplicate.suspected") {
    return; // a note: what it tells of is a record of its own
  }
  add(state, {.packet = *record.packet,
              .charter = open->charter,
              .kind = duplicate ? "merge" : "roster",
              .at = at,
              .codes = {stops ? "LINE.CHANGED" : "LINE.DUP_PENDING"},
              .subject = stops ? record.event : "",
              .determined = stops}); // whether a suspicion is of a packet that is here, a body says
}

void Watch::opened(Instant at, const packet::HoldOpened& record) {
  for (Disturbance& one : found_[record.packet]) {
    if (!one.hold && !one.over && one.codes.contains(record.code) &&
        (one.subject.empty() || one.subject == record.subject)) {
      one.held = at;
      one.hold = record.hold;
    }
  }
}

void Watch::cleared(const packet::HoldCleared& record) {
  for (Disturbance& one : found_[record.packet]) {
    one.over = one.over || one.hold == record.hold;
  }
}

void Watch::whole_again(const PacketId& packet, const std::set<std::string>& kinds) {
  for (Disturbance& one : found_[packet]) {
    one.over = one.over || (!one.hold && kinds.contains(one.kind));
  }
}

} // namespace sallyport::metrics
