// The faults of a charter, once (charter.md section 4): what is wrong, and what to write instead. The
// message of a fault says where and which; it is made where the fault is found.
#pragma once

#include <span>
#include <string_view>

namespace sallyport::charter {

struct FaultRule {
  std::string_view id;
  std::string_view wrong;  // a sentence without a full stop
  std::string_view remedy; // the same
  // Keys, as docs/charter.md writes them, between spaces. Faults that a key's type shows name none.
  std::string_view keys = {};
};

// Sorted: E01-E32, H01, W01-W08.
std::span<const FaultRule> fault_rules();
// Null where there is no such fault.
const FaultRule* find_fault_rule(std::string_view id);

} // namespace sallyport::charter
