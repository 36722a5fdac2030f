#include "scan/taxonomy.h"

namespace sallyport::scan {

std::string_view to_string(Detector detector) {
  switch (detector) {
  case Detector::secret_or_token:
    return "secret_or_token";
  case Detector::tenant_identifier:
    return "tenant_identifier";
  case Detector::customer_identifier:
    return "customer_identifier";
  case Detector::person_identifier:
    return "person_identifier";
  case Detector::operator_identifier:
    return "operator_identifier";
  case Detector::session_payload:
    return "session_payload";
  case Detector::stack_local:
    return "stack_local";
  case Detector::document_identifier:
    return "document_identifier";
  case Detector::network_address:
    return "network_address";
  case Detector::privileged_path:
    return "privileged_path";
  case Detector::small_cell:
    return "small_cell";
  case Detector::raw_dump:
    return "raw_dump";
  case Detector::unscanned:
    return "unscanned";
  }
  return "";
}

std::optional<Detector> detector_of(std::string_view word) {
  for (int i = 0; i < static_cast<int>(Detector::unscanned); ++i) {
    if (to_string(static_cast<Detector>(i)) == word) {
      return static_cast<Detector>(i);
    }
  }
  return std::nullopt;
}

std::string_view to_string(Confidence confidence) {
  switch (confidence) {
  case Confidence::low:
    return "low";
  case Confidence::medium:
    return "medium";
  case Confidence::high:
    return "high";
  }
  return "";
}

std::string_view to_string(RuleKind kind) {
  switch (kind) {
  case RuleKind::pattern:
    return "pattern";
  case RuleKind::checksum:
    return "checksum";
  case RuleKind::term:
    return "term";
  case RuleKind::budget:
    return "budget";
  }
  return "";
}

const Rule* rule_of_terms(Detector detector) {
  static constexpr Rule rules[] = {
      {"term.customer", Detector::customer_identifier, "customer_identifier", RuleKind::term},
      {"term.document", Detector::document_identifier, "reference", RuleKind::term},
      {"term.operator", Detector::operator_identifier, "operator_identity", RuleKind::term},
      {"term.person", Detector::person_identifier, "person_identity", RuleKind::term},
      {"term.tenant", Detector::tenant_identifier, "tenant_identity", RuleKind::term},
  };
  for (const Rule& rule : rules) {
    if (rule.detector == detector) {
      return &rule;
    }
  }
  return nullptr;
}

} // namespace sallyport::scan
