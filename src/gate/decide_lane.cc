// T14, T20: after the crossing: delivery, acknowledgement, verdict, corrections, notices. None of them
// touches the packet or its entry again.
#include "gate/deciding.h"
#include "gate/reading.h"
#include "gate/words_taken.h"
#include "gate/workspace.h"

#include <algorithm>

namespace sallyport::gate {

bool may_read(const World& world, const EntryId& id, const PersonId& person) {
  const auto entry = world.state.entries.find(id);
  if (entry == world.state.entries.end() || !entry->second.delivered) {
    return false;
  }
  const Packet& packet = *world.state.find(entry->second.packet);
  ManifestId manifest_id;
  if (packet.by_digest(entry->second.manifest, &manifest_id) == nullptr) {
    return false;
  }
  const BoundManifest* bound = world.manifest(manifest_id);
  const LaneRoster* roster = world.active_roster(entry->second.lane);
  if (bound == nullptr || roster == nullptr) {
    return false;
  }
  const auto audience = roster->audience.find(bound->manifest.audience.name);
  if (audience == roster->audience.end()) {
    return false;
  }
  const auto in = [&](const std::vector<packet::AudienceMember>& members) {
    return std::ranges::any_of(members, [&](const packet::AudienceMember& m) { return m.person == person; });
  };
  return in(bound->members) && in(audience->second);
}

namespace {

// The refusal's code where this account may not act on this entry.
std::string not_a_reader(Deciding& d, const AccountId& by, const EntryId& id) {
  const auto person = d.person(by);
  if (!person) {
    return d.why_not_person(by);
  }
  if (!d.world.state.entries.contains(id)) {
    return "entry_unknown";
  }
  return may_read(d.world, id, *person) ? "" : "not_audience";
}

} // namespace

Decision decide_one(Deciding& d, const DeliverEntry& e) {
  const auto entry = d.world.state.entries.find(e.entry);
  if (entry == d.world.state.entries.end()) {
    d.out.refused = {{"entry_unknown", ""}};
  } else if (!entry->second.delivered) { // one entry is delivered once, however often it is asked
    d.emit(packet::EntryDelivered{entry->second.packet, e.entry, e.checkpoint});
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const AcknowledgeEntry& e) {
  const auto entry = d.world.state.entries.find(e.entry);
  if (std::string code = not_a_reader(d, e.by, e.entry); !code.empty()) {
    return d.refuse("lane.ack", e.by,
                    entry == d.world.state.entries.end() ? std::nullopt : std::optional(entry->second.packet),
                    code);
  }
  if (!entry->second.acknowledged) {
    d.emit(packet::EntryAcknowledged{entry->second.packet, e.entry, *d.person(e.by), e.by});
  }
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const SetLane& e) {
  const auto refuse = [&](std::string code) { return d.refuse("lane.state", e.by, {}, std::move(code)); };
  const auto person = d.person(e.by);
  if (!person) {
    return refuse(d.why_not_person(e.by));
  }
  const charter::Charter* charter = d.world.active_charter(e.lane);
  const LaneRoster* roster = d.world.active_roster(e.lane);
  if (charter == nullptr || roster == nullptr) {
    return refuse("lane_unknown");
  }
  if (!holds_role(*roster, *person, charter->lane.steward, d.now)) {
    return refuse("role_missing");
  }
  if (e.state != "open" && e.state != "closed" && e.state != "unreachable") {
    return refuse("lane_state_unknown");
  }
  if (d.world.state.lanes.at(e.lane).status == e.state) {
    return refuse("lane_state_same");
  }
  if (e.body.empty()) {
    return refuse("reason_missing");
  }
  d.emit(packet::LaneStateSet{e.lane, e.state, *person, e.by}, e.body, log_unit);
  return std::move(d.out);
}

namespace {

// A reader's wish has no category of its own: that of what it is about, where the charter has such a one.
std::string category_of(const charter::Charter& charter, const std::string& subject) {
  const char* usual = subject.starts_with("/symbolization/") ? "stack_frame_necessity"
                      : subject.starts_with("/retention/")   ? "retention_conflict"
                                                             : "memory_region";
  return charter.ledger->categories.contains(usual) ? usual : *charter.ledger->categories.begin();
}

// A verdict that asks for more opens the workspace in which the case goes on: the same sections, owner and
// items.
void open_successor(Deciding& d, const PacketId& from_id, const EntryId& entry, const PacketId& successor,
                    LeafNumber cause, const std::vector<Wish>& wanted, const PersonId& reader) {
  const Packet& from = *d.world.state.find(from_id);
  const Workspace& old = *from.workspace;
  packet::WorkspaceOpened record;
  record.packet = successor;
  record.lane = from.lane;
  record.charter = *d.world.state.lanes.at(from.lane).charter;
  for (const auto& [section, state] : old.sections) {
    if (state.owner) {
      record.sections.emplace(section, *state.owner);
    }
  }
  record.owner = old.owner;
  record.boundary = old.boundary;
  record.continues =
      packet::ContinuedEntry{from_id, from.spent.back().number, from.spent.back().digest, entry};
  record.carried.emplace();
  for (const auto& [item, state] : old.ledger.items) {
    record.carried->push_back(item);
  }
  record.cause = cause;
  d.emit(std::move(record));
  const charter::Charter& charter = *d.world.active_charter(from.lane);
  for (const Wish& wish : wanted) {
    const packet::InstructionGiven given{successor,    wish.subject, wish.stance, reader,
                                         std::nullopt, "lane",       cause};
    const LeafNumber own = d.next();
    d.emit(given);
    contradict(d, old.ledger, given, category_of(charter, wish.subject), own); // what stands goes on there
  }
}

} // namespace

Decision decide_one(Deciding& d, const GiveVerdict& e) {
  const auto entry = d.world.state.entries.find(e.entry);
  if (std::string code = not_a_reader(d, e.by, e.entry); !code.empty()) {
    return d.refuse("lane.verdict", e.by,
                    entry == d.world.state.entries.end() ? std::nullopt : std::optional(entry->second.packet),
                    code);
  }
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("lane.verdict", e.by, entry->second.packet, std::move(code), std::move(where));
  };
  const charter::Charter* charter = d.world.active_charter(entry->second.lane);
  const auto verdict = charter::from_word<charter::Verdict>(e.code);
  if (charter == nullptr || !verdict || !charter->lane.verdicts.contains(*verdict)) {
    return refuse("verdict_unknown");
  }
  const Packet& packet = *d.world.state.find(entry->second.packet);
  const auto of_the_list = [&](const std::string& found) {
    if (packet.workspace) {
      return std::ranges::find(found_in_release, found) != found_in_release.end();
    }
    const auto word = charter::from_word<charter::Verdict>(found);
    return word && charter->lane.verdicts.contains(*word);
  };
  const std::size_t found_max = packet.workspace ? found_in_release.size() : charter->lane.verdicts.size();
  if (!std::ranges::all_of(e.found, of_the_list) || e.found.size() > found_max) {
    return refuse("verdict_unknown", "/found");
  }
  if (entry->second.verdict) {
    return refuse("verdict_given");
  }
  std::set<std::string> wished; // each subject once: nobody contradicts themselves
  const auto is_wish = [&](const Wish& wish) {
    return packet.workspace && why_no_subject(d.world, entry->second.packet, wish.subject).empty() &&
           (wish.stance == "include" || wish.stance == "exclude") && wished.insert(wish.subject).second;
  };
  constexpr std::size_t wishes_max = 64;
  if (e.wanted.size() > wishes_max || !std::ranges::all_of(e.wanted, is_wish)) {
    return refuse("subject_malformed", "/wanted");
  }
  packet::LaneVerdict record{entry->second.packet, e.entry, *d.person(e.by), e.by, e.code, e.found,
                             std::nullopt};
  const bool goes_on = packet.workspace && !charter::is_positive(*verdict);
  if (goes_on) {
    record.successor = PacketId::from_random(d.draws.take());
  }
  const LeafNumber own = d.next();
  if (e.body.empty()) {
    d.emit(record);
  } else {
    d.emit(record, e.body, unit_of(entry->second.packet));
  }
  if (goes_on) {
    open_successor(d, entry->second.packet, e.entry, *record.successor, own, e.wanted, record.person);
  }
  return std::move(d.out);
}

namespace {

// Who may say something of an entry: its readers, and the people who took part in its packet.
std::string may_not_remark(Deciding& d, const AccountId& by, const EntryId& id) {
  const auto person = d.person(by);
  if (!person) {
    return d.why_not_person(by);
  }
  const auto entry = d.world.state.entries.find(id);
  if (entry == d.world.state.entries.end()) {
    return "entry_unknown";
  }
  if (d.world.state.find(entry->second.packet)->own_erasure) {
    return "packet_erased"; // the words would lie under a key that goes, or is gone
  }
  return may_read(d.world, id, *person) || involved(d.world, entry->second.packet, *person, d.now)
             ? ""
             : "role_missing";
}

std::optional<PacketId> packet_of_entry(const World& world, const EntryId& id) {
  const auto entry = world.state.entries.find(id);
  return entry == world.state.entries.end() ? std::nullopt : std::optional(entry->second.packet);
}

bool says_something(const canon::Object& body) {
  const canon::Value* note = body.find("note");
  return note != nullptr && note->string() != nullptr && !note->string()->empty();
}

} // namespace

Decision decide_one(Deciding& d, const RecordCorrection& e) {
  const auto packet = packet_of_entry(d.world, e.entry);
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("entry.correct", e.by, packet, std::move(code), std::move(where));
  };
  if (std::string code = may_not_remark(d, e.by, e.entry); !code.empty()) {
    return refuse(std::move(code));
  }
  if (std::ranges::find(correction_kinds, e.code) == correction_kinds.end()) {
    return refuse("correction_kind", "/code");
  }
  if (!says_something(e.body)) {
    return refuse("rationale_missing", "/note");
  }
  d.emit(packet::CorrectionRecorded{*packet, e.entry, *d.person(e.by), e.by, e.code}, e.body,
         unit_of(*packet));
  return std::move(d.out);
}

Decision decide_one(Deciding& d, const GiveNotice& e) {
  const auto packet = packet_of_entry(d.world, e.entry);
  const auto refuse = [&](std::string code, std::string where = "") {
    return d.refuse("entry.notify", e.by, packet, std::move(code), std::move(where));
  };
  if (std::string code = may_not_remark(d, e.by, e.entry); !code.empty()) {
    return refuse(std::move(code));
  }
  const Packet* successor = e.successor ? d.world.state.find(*e.successor) : nullptr;
  if (e.successor && (successor == nullptr || *e.successor == *packet)) {
    return refuse("packet_unknown", "/successor");
  }
  if (successor != nullptr && successor->lane != d.world.state.find(*packet)->lane) {
    return refuse("LANE.MISMATCH", "/successor");
  }
  if (!says_something(e.body)) {
    return refuse("rationale_missing", "/note");
  }
  d.emit(packet::SupersessionNotice{*packet, e.entry, *d.person(e.by), e.by, e.successor}, e.body,
         unit_of(*packet));
  return std::move(d.out);
}

std::set<std::string> corrections_of(const EntryState& entry) {
  std::set<std::string> out;
  for (const Remark& remark : entry.remarks) {
    if (remark.what == "correction") {
      out.insert(remark.code);
    }
  }
  std::vector<std::string> judged = entry.found;
  if (entry.verdict) {
    judged.push_back(*entry.verdict);
  }
  for (const std::string& code : judged) {
    if (const auto word = charter::from_word<charter::Verdict>(code); word && charter::is_correction(*word)) {
      out.insert(code);
    }
  }
  return out;
}

} // namespace sallyport::gate
