#include "metrics/fold.h"

#include "charter/words.h"
#include "gate/apply.h"

#include <algorithm>
#include <utility>

namespace sallyport::metrics {
namespace {

bool in_groups(charter::HoldGroup group) {
  return group != charter::HoldGroup::none;
}

charter::HoldGroup group_of(std::string_view code) {
  const charter::HoldCode* row = charter::find_hold_code(code);
  return row == nullptr ? charter::HoldGroup::none : row->group;
}

std::vector<std::string> codes_of(const std::vector<packet::Reason>& reasons) {
  std::set<std::string> codes;
  for (const packet::Reason& reason : reasons) {
    codes.insert(reason.code);
  }
  return {codes.begin(), codes.end()};
}

bool is_correction_word(const std::string& word) {
  const auto verdict = charter::from_word<charter::Verdict>(word);
  return verdict && charter::is_correction(*verdict);
}

} // namespace

void Fold::take(const packet::Leaf& leaf) {
  watch_.before(state_, leaf);
  if (const auto* committed = std::get_if<packet::ReleaseCommitted>(&leaf.record)) {
    release(leaf, *committed); // by the state that it was decided in
  }
  gate::apply(state_, leaf);
  if (const PacketId* id = packet::packet_of(leaf.record);
      id != nullptr && state_.find(*id) != nullptr && !packets_.contains(*id)) {
    packets_[*id] = out_.packets.size();
    out_.packets.push_back({*id, active_charter(*id), leaf.at, {}});
  }
  tell(leaf);
  watch_.after(state_, leaf);
}

Digest Fold::active_charter(const PacketId& packet) const {
  const gate::Packet* known = state_.find(packet);
  const auto lane = known == nullptr ? state_.lanes.end() : state_.lanes.find(known->lane);
  return lane == state_.lanes.end() ? Digest{} : lane->second.charter.value_or(Digest{});
}

void Fold::tell(const packet::Leaf& leaf) {
  const auto& record = leaf.record;
  const Instant at = leaf.at;
  if (const auto* submitted = std::get_if<packet::PacketSubmitted>(&record)) {
    seal(leaf, submitted->packet, submitted->facts);
  } else if (const auto* sealed = std::get_if<packet::RevisionSealed>(&record)) {
    end_revision(sealed->packet, at, "superseded");
    seal(leaf, sealed->packet, sealed->facts);
    reflect(sealed->packet, at);
  } else if (const auto* triggered = std::get_if<packet::MaterialTriggered>(&record)) {
    end_revision(triggered->packet, at, "superseded");
    reflect(triggered->packet, at);
  } else if (const auto* event = std::get_if<packet::SourceEvent>(&record)) {
    if (event->packet && event->effect == "supersede") {
      end_revision(*event->packet, at, "superseded");
    }
    if (event->packet && event->changed_at) { // the event is the packet's own record of it
      out_.changes.push_back(
          {*event->packet, active_charter(*event->packet), event->source, *event->changed_at, at, at});
    }
  } else if (const auto* merged = std::get_if<packet::DuplicateMerged>(&record)) {
    merge(at, *merged);
  } else if (const auto* split = std::get_if<packet::DuplicateSplit>(&record)) {
    told_apart(split->packet, split->other);
  } else if (const auto* dismissed = std::get_if<packet::DuplicateDismissed>(&record)) {
    told_apart(dismissed->packet, dismissed->other);
  } else if (const auto* withdrawn = std::get_if<packet::PacketWithdrawn>(&record)) {
    close(withdrawn->packet, at, "withdrawn");
  } else if (const auto* hold = std::get_if<packet::HoldOpened>(&record)) {
    open_hold(at, *hold);
    reflect(hold->packet, at);
  } else if (const auto* cleared = std::get_if<packet::HoldCleared>(&record)) {
    clear_hold(at, *cleared);
  } else if (const auto* overridden = std::get_if<packet::HoldOverridden>(&record)) {
    if (ManifestStory* one = manifest(overridden->packet, overridden->manifest)) {
      one->overridden.insert(overridden->hold);
    }
  } else if (const auto* review = std::get_if<packet::ManifestSubmitted>(&record)) {
    manifests_[review->manifest] = out_.manifests.size();
    out_.manifests.push_back({review->packet, review->manifest, review->charter, at, {}, {}, {}});
  } else if (const auto* authorised = std::get_if<packet::ManifestAuthorised>(&record)) {
    const Digest digest = state_.packets.at(authorised->packet).manifests.at(authorised->id).digest;
    ManifestStory* one = manifest(authorised->packet, digest);
    if (one != nullptr && authorised->authorised && !one->authorised) {
      one->authorised = at;
    }
  } else if (const auto* one_signed = std::get_if<packet::ManifestSigned>(&record)) {
    named_.signatures[leaf.n] = one_signed->sig;
  } else if (const auto* seen = std::get_if<packet::SourceObserved>(&record)) {
    if (seen->recheck) {
      named_.answers[leaf.n] = *seen;
    }
    change(leaf, *seen);
  } else if (const auto* closed = std::get_if<packet::RecheckClosed>(&record)) {
    if (!closed->result) { // a preview asks for nothing
      block(at, closed->packet, closed->reasons);
    }
  } else if (const auto* refused = std::get_if<packet::AttemptRefused>(&record)) {
    refuse(at, *refused);
  } else if (const auto* committed = std::get_if<packet::ReleaseCommitted>(&record)) {
    close(committed->packet, at, "released");
  } else if (const auto* delivered = std::get_if<packet::EntryDelivered>(&record)) {
    if (ReleaseStory* one = release_of(delivered->entry)) {
      one->delivered = true;
    }
  } else if (const auto* verdict = std::get_if<packet::LaneVerdict>(&record)) {
    judge(at, *verdict);
  } else if (const auto* correction = std::get_if<packet::CorrectionRecorded>(&record)) {
    if (ReleaseStory* one = release_of(correction->entry)) {
      one->corrections.push_back({correction->code, at});
    }
  } else if (const auto* activated = std::get_if<packet::CharterActivated>(&record)) {
    activate(*activated);
  } else if (const auto* edit = std::get_if<packet::EditProposed>(&record)) {
    if (edit->machine) {
      out_.edits.push_back({edit->edit, active_charter(edit->packet), at, false, ""});
    }
  } else if (const auto* taken = std::get_if<packet::EditAccepted>(&record)) {
    look_at(taken->edit, "");
  } else if (const auto* rejected = std::get_if<packet::EditRejected>(&record)) {
    look_at(rejected->edit, rejected->code);
  }
}

// ---- revisions and holds

void Fold::seal(const packet::Leaf& leaf, const PacketId& packet, const packet::SealedFacts& facts) {
  RevisionStory story{packet, facts.charter, leaf.at, {}, "", {}, {}, {}};
  for (const HoldId& id : open_holds_[packet]) {
    if (in_groups(out_.holds[holds_.at(id)].group)) {
      story.inherited.push_back(id);
    }
  }
  heads_[packet] = out_.revisions.size();
  out_.revisions.push_back(std::move(story));
}

void Fold::end_revision(const PacketId& packet, Instant at, const std::string& cause) {
  if (const auto head = heads_.find(packet); head != heads_.end()) {
    out_.revisions[head->second].ended = at;
    out_.revisions[head->second].cause = cause;
    heads_.erase(head);
  }
}

void Fold::close(const PacketId& packet, Instant at, const std::string& cause) {
  end_revision(packet, at, cause);
  for (const HoldId& id : open_holds_[packet]) {
    HoldStory& hold = out_.holds[holds_.at(id)];
    hold.ended = at;
    hold.rule = "closed";
  }
  open_holds_.erase(packet);
  changes_.erase(packet); // what was not reflected until now never is
  out_.packets[packets_.at(packet)].ended = at;
}

void Fold::open_hold(Instant at, const packet::HoldOpened& record) {
  const bool blocks = record.mode == "blocking";
  auto known = holds_.find(record.hold);
  if (known == holds_.end() || out_.holds[known->second].ended) {
    holds_[record.hold] = out_.holds.size();
    known = holds_.find(record.hold);
    out_.holds.push_back({record.hold,
                          record.packet,
                          active_charter(record.packet),
                          record.code,
                          record.subject,
                          group_of(record.code),
                          at,
                          {},
                          {},
                          ""});
    open_holds_[record.packet].push_back(record.hold);
  }
  HoldStory& hold = out_.holds[known->second];
  if (blocks && !hold.blocking) {
    hold.blocking = at;
  }
  if (const auto head = heads_.find(record.packet); head != heads_.end() && in_groups(hold.group)) {
    RevisionStory& revision = out_.revisions[head->second];
    revision.held = revision.held.value_or(at);
    if (blocks) {
      revision.blocked = revision.blocked.value_or(at);
    }
  }
  // Another packet of a case that has crossed.
  if (record.code == "LINE.DUP_PENDING") {
    const auto other = PacketId::parse(record.subject);
    const gate::Packet* before = other ? state_.find(*other) : nullptr;
    if (before != nullptr && before->entry) {
      release_of(*before->entry)->claimed_by.insert(record.packet);
    }
  }
}

void Fold::clear_hold(Instant at, const packet::HoldCleared& record) {
  const auto known = holds_.find(record.hold);
  if (known == holds_.end()) {
    return;
  }
  out_.holds[known->second].ended = at;
  out_.holds[known->second].rule = record.rule;
  std::erase(open_holds_[record.packet], record.hold);
}

// ---- lineage

void Fold::merge(Instant at, const packet::DuplicateMerged& record) {
  end_revision(record.packet, at, "merged");
  // What a person stopped the loser for goes on against the winner.
  for (const auto& [id, hold] : state_.packets.at(record.packet).holds) {
    auto& of_loser = open_holds_[record.loser];
    if (std::erase(of_loser, id) != 0) {
      open_holds_[record.packet].push_back(id);
      out_.holds[holds_.at(id)].packet = record.packet;
    }
  }
  close(record.loser, at, "merged");
}

void Fold::told_apart(const PacketId& packet, const std::optional<PacketId>& other) {
  for (const auto& [one, two] :
       {std::pair(std::optional(packet), other), std::pair(other, std::optional(packet))}) {
    const gate::Packet* known = one ? state_.find(*one) : nullptr;
    if (known != nullptr && known->entry && two) {
      release_of(*known->entry)->claimed_by.erase(*two);
    }
  }
}

// ---- releases and attempts

ManifestStory* Fold::manifest(const PacketId& packet, const Digest& digest) {
  const auto known = manifests_.find(digest);
  if (known == manifests_.end() || out_.manifests[known->second].packet != packet) {
    return nullptr;
  }
  return &out_.manifests[known->second];
}

ReleaseStory* Fold::release_of(const EntryId& entry) {
  const auto known = releases_.find(entry);
  return known == releases_.end() ? nullptr : &out_.releases[known->second];
}

void Fold::release(const packet::Leaf& leaf, const packet::ReleaseCommitted& record) {
  ReleaseStory story;
  story.entry = record.entry;
  story.packet = record.packet;
  story.at = leaf.at;
  if (ManifestStory* one = manifest(record.packet, record.manifest)) {
    story.charter = one->charter;
    one->entry = record.entry;
  }
  story.edges = edges_of(state_, record, leaf.at, named_, texts_);
  story.bound = bound_of(state_, record, texts_);
  story.first_of_lineage = !state_.packets.at(record.packet).continues;
  releases_[record.entry] = out_.releases.size();
  out_.releases.push_back(std::move(story));
}

void Fold::judge(Instant at, const packet::LaneVerdict& record) {
  ReleaseStory* one = release_of(record.entry);
  if (one == nullptr) {
    return;
  }
  one->judged = at;
  one->verdict = record.code;
  one->found = record.found;
  std::set<std::string> said(record.found.begin(), record.found.end());
  said.insert(record.code);
  for (const std::string& word : said) {
    if (is_correction_word(word)) {
      one->corrections.push_back({word, at});
    }
  }
}

void Fold::block(Instant at, const PacketId& packet, const std::vector<packet::Reason>& reasons) {
  out_.blocked.push_back({packet, active_charter(packet), at, codes_of(reasons)});
}

void Fold::refuse(Instant at, const packet::AttemptRefused& record) {
  if (record.verb == "release.request" && record.packet) {
    block(at, *record.packet, record.reasons);
  }
  if (const gate::Account* account = state_.account(record.actor);
      record.packet && account != nullptr && account->kind == "agent") {
    out_.denials.push_back({active_charter(*record.packet), at, record.topic.value_or(record.verb)});
  }
}

void Fold::look_at(const EditId& edit, const std::string& code) {
  if (const auto known = std::ranges::find(out_.edits, edit, &EditStory::edit); known != out_.edits.end()) {
    known->reviewed = true;
    known->rejected = code;
  }
}

// Of packets that cite what changed; an answer that came late, behind a newer one, is no change.
void Fold::change(const packet::Leaf& leaf, const packet::SourceObserved& record) {
  std::set<PacketId> concerned;
  for (const packet::ObservedObject& seen : record.objects) {
    const auto citing = state_.citing.find(seen.object);
    const bool counts = state_.objects.at(seen.object).leaf == leaf.n;
    if (record.changed_at && counts && seen.status == "changed" && citing != state_.citing.end()) {
      concerned.insert(citing->second.begin(), citing->second.end());
    }
  }
  for (const PacketId& id : concerned) {
    changes_[id].push_back(out_.changes.size());
    out_.changes.push_back({id, active_charter(id), record.source, *record.changed_at, leaf.at, {}});
  }
}

void Fold::reflect(const PacketId& packet, Instant at) {
  if (const auto waiting = changes_.extract(packet)) {
    for (const std::size_t change : waiting.mapped()) {
      out_.changes[change].reflected = at;
    }
  }
}

void Fold::activate(const packet::CharterActivated& record) {
  auto text = texts_.charter(record.digest);
  if (text) {
    watch_.learn(record.digest, *text);
  }
  out_.charters.push_back({record.digest, record.charter, record.version,
                           state_.charters.at(record.digest).lane, std::move(text)});
}

// ---- the end

Stories Fold::finish(Instant now) {
  out_.leaves = state_.size;
  out_.now = now;
  out_.disturbances = watch_.take();
  // A hold that a revision found open stood against it from the start, unless the seal itself ended it.
  for (RevisionStory& revision : out_.revisions) {
    for (const HoldId& id : revision.inherited) {
      const HoldStory& hold = out_.holds[holds_.at(id)];
      if (hold.ended && *hold.ended <= revision.sealed) {
        continue;
      }
      revision.held = revision.sealed;
      if (hold.blocking && *hold.blocking <= revision.sealed) {
        revision.blocked = revision.sealed;
      }
    }
  }
  for (const auto& [id, packet] : state_.packets) {
    if (packet.open()) {
      const bool fresh = std::ranges::any_of(
          packet.holds, [](const auto& hold) { return hold.second.code.starts_with("FRESH."); });
      out_.waiting.push_back({id, active_charter(id), fresh});
    }
  }
  return std::move(out_);
}

} // namespace sallyport::metrics
