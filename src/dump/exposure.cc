#include "dump/exposure.h"

namespace sallyport::dump {

std::string_view name_of(Exposure exposure) {
  switch (exposure) {
  case Exposure::customer_identifier:
    return "customer_identifier";
  case Exposure::session_payload:
    return "session_payload";
  case Exposure::stack_local:
    return "stack_local";
  case Exposure::unscanned:
    return "unscanned";
  }
  return {};
}

bool is_stack(RegionClass klass) {
  return klass == RegionClass::stack || klass == RegionClass::below_stack;
}

Exposure exposure_of(scan::Detector detector, RegionClass klass) {
  using scan::Detector;
  switch (detector) {
  case Detector::secret_or_token:
  case Detector::session_payload:
    return Exposure::session_payload;
  case Detector::unscanned:
    return Exposure::unscanned;
  case Detector::stack_local:
    return Exposure::stack_local;
  case Detector::privileged_path:
  case Detector::document_identifier:
  case Detector::small_cell:
  case Detector::raw_dump:
    return is_stack(klass) ? Exposure::stack_local : Exposure::customer_identifier;
  case Detector::tenant_identifier:
  case Detector::customer_identifier:
  case Detector::person_identifier:
  case Detector::operator_identifier:
  case Detector::network_address:
    return Exposure::customer_identifier;
  }
  return Exposure::customer_identifier;
}

} // namespace sallyport::dump
