#include "engine/intake.h"

#include "canon/json.h"
#include "crypto/digest.h"
#include "engine/case_keys.h"
#include "engine/dossier.h"
#include "engine/look_alike.h"
#include "engine/secrets.h"
#include "gate/lineage.h"
#include "gate/retention.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

// A pointer may repeat what somebody typed as a name; in the log it stands only where it cannot.
std::string safe_where(std::string_view where) {
  const bool plain =
      where.size() <= 80 &&
      where.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-/") == std::string_view::npos;
  return plain ? std::string(where) : "(a name that is not repeated)";
}

const std::string* text_of(const packet::Forms& forms) {
  return forms.value.string();
}

// The values of a bound as texts: each section, else the one value.
std::vector<std::string> texts_of(const packet::Bound& bound) {
  const auto* sections = std::get_if<packet::Sections>(&bound.value);
  return sections != nullptr ? *sections : std::vector{canon::write(packet::to_value(bound))};
}

std::string scope_text(const packet::Forms& forms) {
  const std::string* text = text_of(forms);
  return text != nullptr ? *text : canon::write(forms.value);
}

// Values of one case key's name: refs, one per value found, the same for values that look alike.
std::vector<std::string> key_refs(const Core& core, const packet::Submission& submission,
                                  const std::string& name, const charter::Names& places) {
  std::vector<std::string> out;
  for (const std::string& place : places) {
    if (place.starts_with("scope.")) {
      if (const auto at = submission.scope.find(place.substr(6)); at != submission.scope.end()) {
        for (const auto& [element, forms] : at->second) {
          out.push_back(look_alike_ref(core.secrets(), place, scope_text(forms)));
        }
      }
      if (const auto at = submission.bounds.find(place.substr(6)); at != submission.bounds.end()) {
        for (const std::string& text : texts_of(at->second)) {
          out.push_back(look_alike_ref(core.secrets(), place, text));
        }
      }
    } else if (const auto at = submission.fields.find(place); at != submission.fields.end()) {
      if (const std::string* text = text_of(at->second)) {
        out.push_back(look_alike_ref(core.secrets(), "key/" + name, *text));
      }
    }
  }
  return out;
}

void add_refs(const Core& core, const packet::Submission& submission, gate::Dossier& dossier) {
  for (const auto& [dimension, elements] : submission.scope) {
    for (const auto& [id, forms] : elements) {
      dossier.scope[dimension][id] = core.secrets().ref("scope/" + dimension, scope_text(forms));
    }
  }
  const charter::Charter* charter = core.world().active_charter(submission.lane);
  if (charter == nullptr) {
    return;
  }
  dossier.cases = case_tuples(*charter, [&](const std::string& name, const charter::Names& places) {
    return key_refs(core, submission, name, places);
  });
}

struct Prepared {
  gate::Sealed sealed;
  packet::SealedRevision revision;
  packet::Submission submission;
};

Result<Prepared> prepare(Core& core, const PacketId& packet, std::uint32_t number,
                         std::vector<packet::Predecessor> predecessors, const Scanned& scanned) {
  if (scanned.fault) {
    return std::unexpected(*scanned.fault);
  }
  Prepared out;
  out.submission = scanned.clean.submission;
  gate::Sealed& sealed = out.sealed;
  sealed.dossier.scan_complete = scanned.complete;
  sealed.dossier.scan_lacks = scanned.lacking;
  sealed.dossier.findings = scanned.findings;
  const packet::SealInput input{packet,
                                number,
                                std::move(predecessors),
                                scanned.clean.withheld,
                                core.rules().digest(),
                                static_cast<std::uint32_t>(scanned.findings.size())};
  SP_TRY(out.revision, packet::seal(out.submission, input, draw_salt));

  SP_TRY(sealed.revision, packet::read_revision(out.revision.bytes));
  for (const auto& [id, citation] : out.submission.citations) {
    const ObjectId object = core.objects().obtain(citation.source, citation.key, core.random());
    sealed.cites.push_back({id, citation.source, object, core.objects().ordinal(object, citation.content),
                            citation.observed_at, citation.complete_through});
  }
  for (const auto& [id, part] : out.submission.parts) {
    sealed.part_states[id] = part.state;
  }
  sealed.triager = out.submission.triage.by;
  sealed.authors = out.submission.authors;
  for (const auto& [pointer, forms] : out.submission.fields) {
    sealed.intake_pointers.push_back(pointer);
  }
  for (const packet::Disclosure& disclosure : out.revision.disclosures) {
    sealed.intake_pointers.push_back(disclosure.name);
  }
  add_refs(core, out.submission, sealed.dossier);
  const UpstreamKey key{out.submission.upstream.system, out.submission.upstream.case_name,
                        out.submission.upstream.revision};
  sealed.body = sealed_body(sealed.dossier, key, out.submission.upstream_digest);
  // From the same body that a restart reads, so that memory and store say the same.
  canon::Object body = sealed.body;
  body.set("salt", "");
  SP_TRY(sealed.dossier, make_dossier(sealed.revision, out.revision.disclosures, std::move(body)));
  return out;
}

// Revision bytes, disclosures and parts under the packet's data key; in the batch of the leaf.
Result<void> store_revision(Core& core, const PacketId& packet, const Prepared& prepared) {
  const std::string unit = gate::unit_of(packet);
  const std::uint32_t number = prepared.sealed.revision.number;
  SP_CHECK(core.tx().put_revision(stored_revision(packet, number, unit, prepared.revision)));
  if (prepared.revision.parts.empty()) {
    return {};
  }
  SP_TRY(const store::DataKey key, core.unit_key(unit));
  for (const auto& [id, part] : prepared.revision.parts) {
    SP_TRY(const Digest address, core.vault().put(unit, key.expose(), part.content));
    SP_CHECK(core.tx().put_part({packet, std::to_string(number) + "/" + id, number, unit, address,
                                 part.content.size(), prepared.submission.parts.at(id).media_type}));
  }
  return {};
}

Result<IntakeOutcome> refuse(Core& core, const AccountId& by, const Error& fault) {
  IntakeOutcome outcome;
  outcome.fault = fault;
  const char* code = fault.code == ErrorCode::too_large ? "too_large" : "intake_contract";
  SP_TRY(const gate::Step step, core.apply(gate::RefuseIntake{by, {{code, safe_where(fault.where)}}}));
  outcome.refused = step.refused;
  return outcome;
}

IntakeOutcome outcome_of(const PacketId& packet, const Prepared& prepared, const gate::Step& step) {
  return {packet,
          prepared.sealed.revision.number,
          prepared.sealed.revision.digest,
          false,
          static_cast<std::uint32_t>(prepared.sealed.revision.withheld.size()),
          step.refused,
          std::nullopt,
          prepared.submission.lane};
}

// The packets that upstream's case has become, in the order of its revisions.
std::vector<PacketId> packets_of_case(const Core& core, const UpstreamKey& key) {
  std::vector<PacketId> out;
  for (auto at = core.upstream().lower_bound({key.system, key.case_name, 0});
       at != core.upstream().end() && at->first.system == key.system && at->first.case_name == key.case_name;
       ++at) {
    out.push_back(at->second.packet);
  }
  return out;
}

// The revision at which a packet was continued, by its number.
packet::Predecessor revision_of(const Core& core, const packet::Continues& continues) {
  const gate::Packet& from = *core.state().find(continues.packet);
  for (const gate::SpentRevision& spent : from.spent) {
    if (spent.digest == continues.revision) {
      return {continues.packet, spent.number, spent.digest};
    }
  }
  return {continues.packet, from.last_number(), continues.revision};
}

// The same upstream revision again: known, or other bytes under the same name.
Result<std::optional<IntakeOutcome>> seen_before(Core& core, const AccountId& by, const UpstreamKey& key,
                                                 const Digest& digest) {
  const auto at = core.upstream().find(key);
  if (at == core.upstream().end()) {
    return std::nullopt;
  }
  IntakeOutcome outcome;
  outcome.packet = at->second.packet;
  if (at->second.digest == digest) {
    outcome.known = true;
    outcome.revision = at->second.revision;
    outcome.digest = at->second.revision_digest;
    return outcome;
  }
  SP_TRY(const gate::Step step, core.apply(gate::ReportMismatch{by, outcome.packet}));
  outcome.refused = step.refused;
  return outcome;
}

} // namespace

Result<IntakeOutcome> submit_packet(Core& core, const AccountId& by, const Scanned& scanned) {
  SP_ASSERT(is_current(core, scanned));
  const Result<packet::Submission>& submission = scanned.submission;
  if (!submission) {
    return refuse(core, by, submission.error());
  }
  const UpstreamKey key{submission->upstream.system, submission->upstream.case_name,
                        submission->upstream.revision};
  SP_TRY(auto before, seen_before(core, by, key, submission->upstream_digest));
  if (before) {
    return *before;
  }
  for (const PacketId& other : packets_of_case(core, key)) {
    if (const gate::Packet* same = core.state().find(other); same != nullptr && same->open()) {
      return refuse(core, by,
                    Error{ErrorCode::malformed, "/upstream/case",
                          "the case is " + other.str() + ", which is open; send this as its next revision"});
    }
  }
  // A case that the lane returned comes again: the new packet continues the last one of the case.
  std::optional<PacketId> continues;
  std::vector<packet::Predecessor> predecessors;
  if (const std::vector<PacketId> same = packets_of_case(core, key); !same.empty()) {
    const gate::Packet& last = *core.state().find(same.back());
    if (gate::was_returned(core.state(), last) && last.submitter == by && last.lane == submission->lane) {
      continues = same.back();
      predecessors.push_back({same.back(), last.spent.back().number, last.spent.back().digest});
    }
  }
  const PacketId packet = PacketId::from_random(core.random());
  auto prepared = prepare(core, packet, 1, std::move(predecessors), scanned);
  if (!prepared) {
    return refuse(core, by, prepared.error());
  }
  SP_TRY(const gate::Step step, core.apply(gate::SubmitPacket{by, packet, prepared->sealed, continues}));
  if (step.ok()) {
    SP_CHECK(store_revision(core, packet, *prepared));
    SP_CHECK(core.remember_upstream(
        key, {packet, submission->upstream_digest, 1, prepared->sealed.revision.digest}));
  }
  return outcome_of(packet, *prepared, step);
}

Result<IntakeOutcome> revise_packet(Core& core, const AccountId& by, const PacketId& id,
                                    const Digest& predecessor, const Scanned& scanned) {
  SP_ASSERT(is_current(core, scanned));
  const Result<packet::Submission>& submission = scanned.submission;
  if (!submission) {
    return refuse(core, by, submission.error());
  }
  const UpstreamKey key{submission->upstream.system, submission->upstream.case_name,
                        submission->upstream.revision};
  SP_TRY(auto before, seen_before(core, by, key, submission->upstream_digest));
  if (before && before->known && before->packet != id) {
    return refuse(core, by,
                  Error{ErrorCode::malformed, "/upstream",
                        "this revision of the case came in before, as " + before->packet.str()});
  }
  if (before) {
    return *before;
  }
  // A packet keeps its case: its revisions come from where the first one came.
  const std::vector<PacketId> same_case = packets_of_case(core, key);
  const gate::Packet* packet = core.state().find(id);
  const auto of_case = [&](const PacketId& one) {
    return std::ranges::find(same_case, one) != same_case.end();
  };
  // The rest of a split packet has no revision yet: it is of the case of what it continues.
  const bool rest = packet != nullptr && packet->continues && of_case(packet->continues->packet);
  if (packet != nullptr && !of_case(id) && !rest) {
    return refuse(core, by, Error{ErrorCode::malformed, "/upstream", "names another case than the packet's"});
  }
  if (const auto next = core.upstream().upper_bound(key); next != core.upstream().end()) {
    const UpstreamKey& later = next->first;
    if (later.system == key.system && later.case_name == key.case_name) {
      return refuse(
          core, by,
          Error{ErrorCode::malformed, "/upstream/revision", "a later revision of the case is here already"});
    }
  }
  std::uint32_t number = 1;
  std::vector<packet::Predecessor> predecessors;
  if (packet != nullptr) {
    number = packet->last_number() + 1;
    if (packet->head) {
      predecessors.push_back({id, packet->head->number, packet->head->digest});
    } else if (!packet->spent.empty()) {
      predecessors.push_back({id, packet->spent.back().number, packet->spent.back().digest});
    }
    if (packet->last_number() == 0 && packet->continues) {
      predecessors.push_back(revision_of(core, *packet->continues));
    }
    for (const auto& [other, p] : core.state().packets) {
      if (p.merged_into == id && !p.spent.empty()) {
        predecessors.push_back({other, p.spent.back().number, p.spent.back().digest});
      }
    }
  }
  auto prepared = prepare(core, id, number, std::move(predecessors), scanned);
  if (!prepared) {
    return refuse(core, by, prepared.error());
  }
  SP_TRY(const gate::Step step, core.apply(gate::RevisePacket{by, id, predecessor, prepared->sealed}));
  if (step.ok()) {
    SP_CHECK(store_revision(core, id, *prepared));
    SP_CHECK(core.remember_upstream(key, {id, submission->upstream_digest, prepared->sealed.revision.number,
                                          prepared->sealed.revision.digest}));
  }
  return outcome_of(id, *prepared, step);
}

Result<IntakeOutcome> submit_packet(Core& core, const AccountId& by, std::string_view document) {
  return submit_packet(core, by, scan_submission(scan_terms(core), document));
}

Result<IntakeOutcome> revise_packet(Core& core, const AccountId& by, const PacketId& packet,
                                    const Digest& predecessor, std::string_view document) {
  return revise_packet(core, by, packet, predecessor, scan_submission(scan_terms(core), document));
}

} // namespace sallyport::engine
