// What a scan can find. Detectors and classes have the names that charters use (charter language,
// section 2, "Detectors" and "Classes").
#pragma once

#include <optional>
#include <string_view>

namespace sallyport::scan {

enum class Detector {
  secret_or_token,
  tenant_identifier,
  customer_identifier,
  person_identifier,
  operator_identifier,
  session_payload,
  stack_local,
  document_identifier,
  network_address,
  privileged_path,
  small_cell,
  raw_dump,
  // Not a detector of a charter: bytes that were not looked at because a budget ended. Whoever
  // switches over detectors must decide what an unfinished scan means (MIN.UNSCANNED).
  unscanned,
};

enum class Confidence { low, medium, high };

enum class RuleKind {
  pattern,  // an alphabet, with an entropy floor or a validator where it has one
  checksum, // digits or hex with a check that random text fails
  term,     // the caller's dictionary
  budget,   // the scan itself was not complete
};

// A rule in words: what a finding's `rule` refers to. All views have static lifetime.
struct Rule {
  std::string_view id; // "secret.jwt": stable, part of the rule-set digest
  Detector detector;
  std::string_view klass; // a class of the charter language: "secret", "tenant_identity"
  RuleKind kind;
};

inline constexpr std::string_view secret_class = "secret";

std::string_view to_string(Detector detector);
std::string_view to_string(Confidence confidence);
std::string_view to_string(RuleKind kind);

// The charter's word; nothing where it is none of them.
std::optional<Detector> detector_of(std::string_view word);

// The rule of a dictionary's terms; null for a detector that cannot have one.
const Rule* rule_of_terms(Detector detector);

} // namespace sallyport::scan
