#include "engine/intake.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "engine/dossier.h"
#include "engine/withhold.h"
#include "gate/lineage.h"

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

// What is looked for by name, and the sources whose names should be and are not known.
struct Names {
  std::vector<scan::Dictionary> dictionaries;
  std::vector<std::string> lacking;
  bool complete = true; // false: the packet has more names than can be looked for
};

// The names that the packet itself has: tenants from the scope, the operator. A snapshot's digest is no name.
void add_own_names(const Core& core, const packet::Submission& submission, Names& names) {
  std::vector<std::string> tenants;
  const charter::Charter* charter = core.world().active_charter(submission.lane);
  const auto is_snapshot = [&](const std::string& dimension) {
    return charter != nullptr && charter->scope.contains(dimension) &&
           charter->scope.at(dimension).type == charter::ScopeType::snapshot;
  };
  for (const auto& [dimension, elements] : submission.scope) {
    if (is_snapshot(dimension)) {
      continue;
    }
    for (const auto& [id, forms] : elements) {
      if (const std::string* text = text_of(forms)) {
        tenants.push_back(*text);
      }
    }
  }
  std::vector<std::string> operators;
  if (const auto at = submission.fields.find("/operator"); at != submission.fields.end()) {
    if (const std::string* text = text_of(at->second)) {
      operators.push_back(*text);
    }
  }
  const ByteView key = core.secrets().refs.expose();
  for (const auto& [detector, terms] : {std::pair(scan::Detector::tenant_identifier, &tenants),
                                        std::pair(scan::Detector::operator_identifier, &operators)}) {
    const auto made = dictionary_of(detector, *terms, key);
    names.complete = names.complete && made.has_value();
    if (made && *made) {
      names.dictionaries.push_back(**made);
    }
  }
}

// The names that the charter has detectors take from a source, as of less than its `unknown_after` ago.
void add_listed_names(Core& core, const charter::Charter& charter, Names& names) {
  for (const auto& [word, rule] : charter.exposure.detectors) {
    if (!rule.terms_from) {
      continue;
    }
    const auto source = charter.sources.find(*rule.terms_from);
    const auto detector = scan::detector_of(charter::to_word(word));
    const Terms* terms = core.terms().find(*rule.terms_from);
    const bool young = terms != nullptr && source != charter.sources.end() &&
                       core.now() - terms->read_at < source->second.unknown_after;
    const auto made = young && detector
                          ? core.terms().dictionary(*rule.terms_from, *detector, core.secrets().refs.expose())
                          : fail(ErrorCode::unavailable, "", "no list of names that is young enough");
    if (made && *made) {
      names.dictionaries.push_back(**made);
    } else { // an empty list is none: whoever may no longer read the registry gets one as well
      names.lacking.push_back(*rule.terms_from);
    }
  }
}

void add_findings(const scan::DocumentResult& found, const std::string& name, gate::Dossier& dossier) {
  dossier.scan_complete = dossier.scan_complete && found.complete;
  for (const scan::Located& located : found.findings) {
    const gate::ScanFinding finding{std::string(scan::to_string(located.finding.detector)),
                                    located.finding.klass, name.empty() ? located.pointer : name};
    const auto same = [&](const gate::ScanFinding& f) {
      return f.detector == finding.detector && f.klass == finding.klass && f.name == finding.name;
    };
    if (std::ranges::none_of(dossier.findings, same)) {
      dossier.findings.push_back(finding);
    }
  }
}

// All disclosures as one document, so that what is split between two of them is found as well; a finding is
// of the disclosure that it lies in.
void scan_disclosures(const scan::Scanner& scanner, const std::vector<packet::Disclosure>& disclosures,
                      gate::Dossier& dossier) {
  canon::Object all;
  for (const packet::Disclosure& disclosure : disclosures) {
    all.set(disclosure.name, disclosure.value);
  }
  scan::DocumentResult found = scan::scan_value(scanner, std::move(all));
  dossier.scan_complete = dossier.scan_complete && found.complete;
  for (scan::Located& located : found.findings) {
    std::vector<std::string> segments;
    canon::pointer_split(located.pointer, segments);
    add_findings({{std::move(located)}, true, 0}, segments.empty() ? "" : segments.front(), dossier);
  }
}

// The values of a bound as texts: each section, else the one value.
std::vector<std::string> texts_of(const packet::Bound& bound) {
  const auto* sections = std::get_if<packet::Sections>(&bound.value);
  return sections != nullptr ? *sections : std::vector{canon::write(packet::to_value(bound))};
}

// Values of one case key's name: refs, one per value found.
std::vector<std::string> key_refs(const Core& core, const packet::Submission& submission,
                                  const gate::Dossier& dossier, const std::string& name,
                                  const charter::Names& places) {
  std::vector<std::string> out;
  for (const std::string& place : places) {
    if (place.starts_with("scope.")) {
      if (const auto at = dossier.scope.find(place.substr(6)); at != dossier.scope.end()) {
        for (const auto& [element, ref] : at->second) {
          out.push_back(ref);
        }
      }
      if (const auto at = submission.bounds.find(place.substr(6)); at != submission.bounds.end()) {
        for (const std::string& text : texts_of(at->second)) {
          out.push_back(core.secrets().ref(place, text));
        }
      }
    } else if (const auto at = submission.fields.find(place); at != submission.fields.end()) {
      if (const std::string* text = text_of(at->second)) {
        out.push_back(core.secrets().ref("key/" + name, *text));
      }
    }
  }
  return out;
}

// One tuple per combination, in the order of the row's key.
std::vector<gate::Refs> tuples(const std::vector<std::vector<std::string>>& columns) {
  std::vector<gate::Refs> out{{}};
  for (const auto& column : columns) {
    std::vector<gate::Refs> longer;
    for (const gate::Refs& tuple : out) {
      for (const std::string& ref : column) {
        longer.push_back(tuple);
        longer.back().push_back(ref);
      }
    }
    out = std::move(longer);
  }
  return out;
}

void add_refs(const Core& core, const packet::Submission& submission, gate::Dossier& dossier) {
  for (const auto& [dimension, elements] : submission.scope) {
    for (const auto& [id, forms] : elements) {
      const std::string* text = text_of(forms);
      const std::string value = text != nullptr ? *text : canon::write(forms.value);
      dossier.scope[dimension][id] = core.secrets().ref("scope/" + dimension, value);
    }
  }
  const charter::Charter* charter = core.world().active_charter(submission.lane);
  if (charter == nullptr) {
    return;
  }
  for (const charter::CaseKey& row : charter->lineage.case_keys) {
    std::vector<std::vector<std::string>> columns;
    for (const std::string& name : row.key) {
      const auto places = charter->lineage.keys.find(name);
      columns.push_back(places == charter->lineage.keys.end()
                            ? std::vector<std::string>{}
                            : key_refs(core, submission, dossier, name, places->second));
    }
    dossier.cases.push_back(tuples(columns));
  }
}

packet::Salt draw_salt() {
  packet::Salt salt;
  crypto::random_bytes(salt);
  return salt;
}

struct Prepared {
  gate::Sealed sealed;
  packet::SealedRevision revision;
  packet::Submission submission;
};

Result<Prepared> prepare(Core& core, const PacketId& packet, std::uint32_t number,
                         std::vector<packet::Predecessor> predecessors, const canon::Value& document,
                         const packet::Submission& submission) {
  Names names;
  add_own_names(core, submission, names);
  if (const charter::Charter* charter = core.world().active_charter(submission.lane)) {
    add_listed_names(core, *charter, names);
  }
  const scan::Scanner scanner(core.rules(), std::move(names.dictionaries));
  SP_TRY(CleanSubmission clean,
         withhold_secrets(scanner, document, submission, core.secrets().refs.expose()));
  Prepared out;
  out.submission = std::move(clean.submission);
  gate::Sealed& sealed = out.sealed;
  sealed.dossier.scan_complete = clean.complete && names.complete;
  sealed.dossier.scan_lacks = std::move(names.lacking);

  const packet::SealInput probe_input{packet, number, predecessors, clean.withheld, core.rules().digest(), 0};
  SP_TRY(out.revision, packet::seal(out.submission, probe_input, draw_salt));
  scan_disclosures(scanner, out.revision.disclosures, sealed.dossier);
  scan::Spent spent;
  for (const auto& [id, part] : out.submission.parts) {
    add_findings(scan::scan_part(scanner, as_text(part.content), part.media_type, part.file_name, spent),
                 "/parts/" + id, sealed.dossier);
  }
  // The clear part is scanned as it will stand; the count of findings is part of it.
  SP_TRY(canon::Value clear, canon::parse(out.revision.bytes, {.bytes = limits::request_bytes}));
  clear.object()->erase("_sd");
  add_findings(scan::scan_value(scanner, clear), "", sealed.dossier);
  packet::SealInput input = probe_input;
  input.findings = static_cast<std::uint32_t>(sealed.dossier.findings.size());
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
  const std::string unit = "packet/" + packet.str();
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
          std::nullopt};
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

Result<IntakeOutcome> submit_packet(Core& core, const AccountId& by, std::string_view document) {
  const auto value = canon::parse(document, {.bytes = limits::request_bytes});
  if (!value) {
    return refuse(core, by, value.error());
  }
  const auto submission = packet::read_submission(*value);
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
  auto prepared = prepare(core, packet, 1, std::move(predecessors), *value, *submission);
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
                                    const Digest& predecessor, std::string_view document) {
  const auto value = canon::parse(document, {.bytes = limits::request_bytes});
  if (!value) {
    return refuse(core, by, value.error());
  }
  const auto submission = packet::read_submission(*value);
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
  auto prepared = prepare(core, id, number, std::move(predecessors), *value, *submission);
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

} // namespace sallyport::engine
