#include "engine/scanned.h"

#include "canon/json.h"
#include "canon/pointer.h"
#include "packet/seal.h"

#include <algorithm>

namespace sallyport::engine {
namespace {

// What is looked for by name.
struct Names {
  std::vector<scan::Dictionary> dictionaries;
  bool complete = true; // false: the packet has more names than can be looked for
};

// The names that the packet itself has: tenants from the scope, the operator. A snapshot's digest is no name.
void add_own_names(const ScanTerms& terms, const LaneTerms& lane, const packet::Submission& submission,
                   Names& names) {
  std::vector<std::string> tenants;
  for (const auto& [dimension, elements] : submission.scope) {
    if (lane.snapshots.contains(dimension)) {
      continue;
    }
    for (const auto& [id, forms] : elements) {
      if (const std::string* text = forms.value.string()) {
        tenants.push_back(*text);
      }
    }
  }
  std::vector<std::string> operators;
  if (const auto at = submission.fields.find("/operator"); at != submission.fields.end()) {
    if (const std::string* text = at->second.value.string()) {
      operators.push_back(*text);
    }
  }
  for (const auto& [detector, own] : {std::pair(scan::Detector::tenant_identifier, &tenants),
                                      std::pair(scan::Detector::operator_identifier, &operators)}) {
    const auto made = dictionary_of(detector, *own, terms.key.expose());
    names.complete = names.complete && made.has_value();
    if (made && *made) {
      names.dictionaries.push_back(**made);
    }
  }
}

template <class Out> void add_findings(const scan::DocumentResult& found, const std::string& name, Out& out) {
  out.complete = out.complete && found.complete;
  for (const scan::Located& located : found.findings) {
    const gate::ScanFinding finding{std::string(scan::to_string(located.finding.detector)),
                                    located.finding.klass, name.empty() ? located.pointer : name};
    const auto same = [&](const gate::ScanFinding& f) {
      return f.detector == finding.detector && f.klass == finding.klass && f.name == finding.name;
    };
    if (std::ranges::none_of(out.findings, same)) {
      out.findings.push_back(finding);
    }
  }
}

// All disclosures as one document, so that what is split between two of them is found as well; a finding is
// of the disclosure that it lies in.
template <class Out>
void scan_disclosures(const scan::Scanner& scanner, const std::vector<packet::Disclosure>& disclosures,
                      Out& out) {
  canon::Object all;
  for (const packet::Disclosure& disclosure : disclosures) {
    all.set(disclosure.name, disclosure.value);
  }
  scan::DocumentResult found = scan::scan_value(scanner, std::move(all));
  out.complete = out.complete && found.complete;
  for (scan::Located& located : found.findings) {
    std::vector<std::string> segments;
    canon::pointer_split(located.pointer, segments);
    add_findings({{std::move(located)}, true, 0}, segments.empty() ? "" : segments.front(), out);
  }
}

template <class Out>
Result<void> scan_clear(const scan::Scanner& scanner, const packet::SealedRevision& sealed, Out& out) {
  SP_TRY(canon::Value clear, canon::parse(sealed.bytes, {.bytes = limits::request_bytes}));
  clear.object()->erase("_sd");
  add_findings(scan::scan_value(scanner, clear), "", out);
  return {};
}

// Everything that could cross, as it will stand but for ids, salts and digests.
Result<void> scan_sealed(const ScanTerms& terms, const scan::Scanner& scanner, Scanned& out) {
  const packet::SealInput input{PacketId{}, 1, {}, out.clean.withheld, terms.rules.digest(), 0};
  SP_TRY(const packet::SealedRevision sealed,
         packet::seal(out.clean.submission, input, [] { return packet::Salt{}; }));
  scan_disclosures(scanner, sealed.disclosures, out);
  scan::Spent spent;
  for (const auto& [id, part] : out.clean.submission.parts) {
    add_findings(scan::scan_part(scanner, as_text(part.content), part.media_type, part.file_name, spent),
                 "/parts/" + id, out);
  }
  return scan_clear(scanner, sealed, out);
}

Result<void> scan(const ScanTerms& terms, const canon::Value& document, Scanned& out) {
  Names names;
  add_own_names(terms, out.terms, *out.submission, names);
  std::ranges::copy(out.terms.dictionaries, std::back_inserter(names.dictionaries));
  const scan::Scanner scanner(terms.rules, std::move(names.dictionaries));
  SP_TRY(out.clean, withhold_secrets(scanner, document, *out.submission, terms.key.expose()));
  out.complete = out.clean.complete && names.complete;
  out.lacking = out.terms.lacking;
  return scan_sealed(terms, scanner, out);
}

} // namespace

LaneTerms lane_terms(Core& core, const charter::Charter& charter) {
  LaneTerms out;
  for (const auto& [dimension, rule] : charter.scope) {
    if (rule.type == charter::ScopeType::snapshot) {
      out.snapshots.insert(dimension);
    }
  }
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
      out.dictionaries.push_back(**made);
    } else { // an empty list is none: whoever may no longer read the registry gets one as well
      out.lacking.push_back(*rule.terms_from);
    }
  }
  return out;
}

LookedThrough look_through(const scan::Scanner& scanner, const packet::SealedRevision& sealed) {
  LookedThrough out{{}, true};
  scan_disclosures(scanner, sealed.disclosures, out);
  out.complete = scan_clear(scanner, sealed, out).has_value() && out.complete;
  return out;
}

bool LaneTerms::same_as(const LaneTerms& other) const {
  return snapshots == other.snapshots && lacking == other.lacking &&
         std::ranges::equal(dictionaries, other.dictionaries, {}, &scan::Dictionary::digest,
                            &scan::Dictionary::digest);
}

ScanTerms scan_terms(Core& core) {
  ScanTerms out{core.rules(), {}, core.secrets().refs};
  for (const auto& [lane, state] : core.state().lanes) {
    if (const charter::Charter* charter = core.world().active_charter(lane)) {
      out.lanes.emplace(lane, lane_terms(core, *charter));
    }
  }
  return out;
}

Scanned scan_document(const ScanTerms& terms, const Result<canon::Value>& document) {
  Scanned out{document ? packet::read_submission(*document) : std::unexpected(document.error()),
              {},
              {},
              {},
              {},
              {},
              false};
  if (!out.submission) {
    return out;
  }
  if (const auto lane = terms.lanes.find(out.submission->lane); lane != terms.lanes.end()) {
    out.terms = lane->second;
  }
  if (auto scanned = scan(terms, *document, out); !scanned) {
    out.fault = std::move(scanned.error());
  }
  return out;
}

Scanned scan_submission(const ScanTerms& terms, std::string_view document) {
  return scan_document(terms, canon::parse(document, {.bytes = limits::request_bytes}));
}

bool is_current(Core& core, const Scanned& scanned) {
  if (!scanned.submission) {
    return true;
  }
  const charter::Charter* charter = core.world().active_charter(scanned.submission->lane);
  return scanned.terms.same_as(charter == nullptr ? LaneTerms{} : lane_terms(core, *charter));
}

} // namespace sallyport::engine
